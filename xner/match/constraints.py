"""The matching problem as arrays: which spans an entity may take, at what value, how many of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from xner.config import Constraint, MatchConfig
from xner.errors import MatchInfeasible
from xner.match.base import MatchRequest
from xner.types import ScoreTable

Number = TypeVar("Number", np.int64, np.float64)
Choice = tuple[int, int, int]
"""Entity, start, end."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Choose disjoint spans for entities such that the sum of values is largest.

    Span t is ``[starts[t], ends[t])``. `values` is (n_entities, n_spans), finite, >= 0; a pair of value 0 can't be
    chosen. Each entity gets `constraint` `per_entity` spans; entities without a positive value take no part, so they
    can't make a sentence infeasible.
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
    """Return the problem that a request poses, its values being the scores themselves (see `lowered`).

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
    return Problem(starts, ends, checked_scores(request.table), n_tokens, config.constraint, config.per_entity)


def lowered(problem: Problem, offset: float) -> Problem:
    """Return the problem with `offset` taken off every value; what is then not positive can't be chosen."""
    return replace(problem, values=np.maximum(problem.values - offset, 0.0)) if offset else problem


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
    order = _order(problem)
    if (order[1:] > order[:-1]).all():
        return problem
    _, where, which = np.unique(order, return_index=True, return_inverse=True)
    values = np.zeros((len(problem.values), len(where)))
    for row, given in zip(values, problem.values, strict=True):
        np.maximum.at(row, which, given)
    return replace(problem, starts=problem.starts[where], ends=problem.ends[where], values=values)


def _order(problem: Problem) -> NDArray[np.int64]:
    """Return a number for each span that grows with its start, then with its end."""
    return problem.starts * (problem.n_tokens + 1) + problem.ends


def by_start(
    matrix: NDArray[Number], starts: NDArray[np.int64], ends: NDArray[np.int64], n_tokens: int, *, empty: float
) -> NDArray[Number]:
    """Return (n_entities, n_spans) as (n_lengths, n_entities, n_tokens): by length - 1, entity and start.

    Args:
        matrix: One value for each (entity, span).
        starts: (n_spans,), spans without repetition.
        ends: (n_spans,).
        n_tokens: Length of the sentence.
        empty: What stands where no span is.
    """
    lengths = ends - starts
    table = np.full((int(lengths.max()), len(matrix), n_tokens), empty, dtype=matrix.dtype)
    table[lengths - 1, :, starts] = matrix.T
    return table


def values_of(problem: Problem, choices: Sequence[Choice]) -> list[float]:
    """Return the value of each choice; the problem is one `without_repetition`."""
    places = _order(problem).searchsorted([start * (problem.n_tokens + 1) + end for _, start, end in choices])
    return [float(problem.values[choice[0], place]) for choice, place in zip(choices, places, strict=True)]


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
