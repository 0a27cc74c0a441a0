"""Train: gold sentences in, a model folder out."""
