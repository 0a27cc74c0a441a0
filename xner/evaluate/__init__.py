"""Scores of predictions against gold: spans, boundaries, links, intervals."""
