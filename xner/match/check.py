"""Verifies any solution, whoever found it."""

from __future__ import annotations

import math
import operator
from collections import Counter
from itertools import pairwise

import numpy as np

from xner.config import MatchConfig
from xner.match.base import Matching, MatchRequest, Selection

_TOLERANCE = 1e-9
"""Share of the objective that summing in another order may change."""


def check_matching(request: MatchRequest, matching: Matching, config: MatchConfig) -> list[str]:
    """Return what is wrong with a solution, one sentence each; the empty list means that it is valid.

    Spans lie inside the sentence, are ordered and disjoint, and name an entity of the table. A solution with an
    objective is one over scores: then every choice is a candidate with a score above the offset, each entity that has
    any such candidate keeps `constraint` and `per_entity`, and the objective is the sum of score minus offset.
    """
    n_tokens, n_entities = len(request.target), len(request.table.entities)
    problems = [
        f"span [{chosen.span.start}, {chosen.span.end}) of entity {chosen.entity} is outside {n_tokens} tokens"
        for chosen in matching.selections
        if chosen.span.end > n_tokens
    ]
    problems += [
        f"spans [{before.span.start}, {before.span.end}) and [{after.span.start}, {after.span.end}) overlap or are "
        "out of order"
        for before, after in pairwise(matching.selections)
        if after.span.start < before.span.end
    ]
    problems += [f"there is no entity {c.entity}" for c in matching.selections if not 0 <= c.entity < n_entities]
    if matching.objective is None or problems:
        return problems
    scores = [_score(request, chosen) for chosen in matching.selections]
    problems += [
        f"entity {chosen.entity} can't have [{chosen.span.start}, {chosen.span.end}): score {score}"
        for chosen, score in zip(matching.selections, scores, strict=True)
        if score - config.offset <= 0.0
    ]
    problems += _check_counts(request, matching, config)
    total = sum((score - config.offset for score in scores), 0.0)
    if not math.isclose(total, matching.objective, rel_tol=_TOLERANCE, abs_tol=1e-300):
        problems.append(f"objective {matching.objective} is not the sum of scores, {total}")
    return problems


def _score(request: MatchRequest, chosen: Selection) -> float:
    """Return the best score of a choice in the table, 0 where its span is no candidate."""
    values = request.table.values[chosen.entity]
    return max(
        (float(v) for c, v in zip(request.table.candidates, values, strict=True) if c.span == chosen.span), default=0.0
    )


def _check_counts(request: MatchRequest, matching: Matching, config: MatchConfig) -> list[str]:
    counts = Counter(chosen.entity for chosen in matching.selections)
    able = (np.asarray(request.table.values, dtype=np.float64) - config.offset > 0.0).any(axis=1)
    holds = {"<=": operator.le, "=": operator.eq, ">=": operator.ge}[config.constraint]
    return [
        f"entity {entity} has {counts[entity]} spans, not {config.constraint} {config.per_entity}"
        for entity in np.flatnonzero(able).tolist()
        if not holds(counts[entity], config.per_entity)
    ]
