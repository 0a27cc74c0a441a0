"""The matching problem as arrays: which spans an entity may take, at what value, how many of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xner.config import Constraint, MatchConfig
from xner.errors import MatchInfeasible
from xner.match.base import MatchRequest
from xner.types import ScoreTable

Choice = tuple[int, int, int]
"""Entity, start, end."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Choose disjoint spans for entities such that the sum of values is largest.

    `values` is (n_entities, n_spans), finite: score minus offset where that is positive, else 0, which means that the
    pair can't be chosen. Span t is ``[starts[t], ends[t])``. Each entity gets `constraint` `per_entity` spans;
    entities without a positive value take no part, so they can't make a sentence infeasible.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    values: NDArray[np.float64]
    n_tokens: int
    constraint: Constraint = "<="
    per_entity: int = 1

    @property
    def is_capped(self) -> bool:
        """Whether an entity may not have more than `per_entity` spans."""
        return self.constraint != ">="

    @property
    def has_minimum(self) -> bool:
        """Whether an entity must have `per_entity` spans."""
        return self.constraint != "<="


def problem_of(request: MatchRequest, config: MatchConfig) -> Problem:
    """Return the problem that a request poses.

    Raises:
        ValueError: a score is negative, infinite or not a number, or a candidate ends beyond the sentence.
    """
    spans = [candidate.span for candidate in request.table.candidates]
    starts = np.array([span.start for span in spans], dtype=np.int64)
    ends = np.array([span.end for span in spans], dtype=np.int64)
    n_tokens = len(request.target)
    if len(spans) and int(ends.max()) > n_tokens:
        late = spans[int(ends.argmax())]
        raise ValueError(f"candidate [{late.start}, {late.end}) ends beyond the sentence of {n_tokens} tokens")
    values = checked_scores(request.table)
    if config.offset:
        values = np.maximum(values - config.offset, 0.0)
    return Problem(starts, ends, values, n_tokens, config.constraint, config.per_entity)


def checked_scores(table: ScoreTable) -> NDArray[np.float64]:
    """Return the scores as float64, (n_entities, n_candidates).

    Raises:
        ValueError: a score is negative, infinite or not a number; says which.
    """
    scores = np.asarray(table.values, dtype=np.float64)
    fine = (scores >= 0.0) & (scores < np.inf)
    if not fine.all():
        entity, candidate = (int(index) for index in np.argwhere(~fine)[0])
        span = table.candidates[candidate].span
        raise ValueError(
            f"score of entity {entity} and candidate [{span.start}, {span.end}) is {scores[entity, candidate]}, "
            "expected a finite number >= 0"
        )
    return scores


def without_repetition(problem: Problem) -> Problem:
    """Return the problem with spans ordered by start, then end, each once with its best value for every entity."""
    order = problem.starts * (problem.n_tokens + 1) + problem.ends
    if (order[1:] > order[:-1]).all():
        return problem
    _, where, which = np.unique(order, return_index=True, return_inverse=True)
    values = np.zeros((len(problem.values), len(where)))
    for row, given in zip(values, problem.values, strict=True):
        np.maximum.at(row, which, given)
    return replace(problem, starts=problem.starts[where], ends=problem.ends[where], values=values)


def scores_of(problem: Problem, scores: NDArray[np.floating], choices: Sequence[Choice]) -> list[float]:
    """Return the score of each choice from a matrix (n_entities, n_spans); the largest where a span is repeated."""
    if not choices:
        return []
    entities, starts, ends = np.array(choices).T
    is_chosen = (problem.starts == starts[:, None]) & (problem.ends == ends[:, None])
    found: list[float] = np.where(is_chosen, scores[entities], 0.0).max(axis=1).tolist()
    return found


def new_span(choice: Choice, chosen: Sequence[Choice], other: Iterable[Choice]) -> tuple[int, int] | None:
    """Return the span that the entity of `choice` has in another solution and not in the present one.

    Of several, the one that overlaps the choice, else the leftmost; None where there is none.
    """
    entity, start, end = choice
    new = [(found[1], found[2]) for found in other if found[0] == entity and found not in chosen]
    if len(new) < 2:
        return new[0] if new else None
    overlapping = [span for span in new if span[0] < end and start < span[1]]
    return min(overlapping or new)


def infeasible(problem: Problem) -> MatchInfeasible:
    """Return the error of a problem without a solution."""
    wanted = "exactly" if problem.constraint == "=" else "at least"
    return MatchInfeasible(
        f"No choice of disjoint spans gives every entity {wanted} {problem.per_entity}.",
        "Set match.constraint to <=, or allow more candidates.",
    )
