"""The optimal choice of spans, proved: by a bounded search, else by a dynamic programme, else by a solver.

Scores become integers that carry the order of preference in one number: larger objective, then fewer spans, then
wider coverage. What is equal in all three is decided from the left (see `dynamic.trace`), so results don't depend on
the order of candidates or on rounding.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xner.config import MatchConfig
from xner.match import bounded, milp
from xner.match.alternatives import Alternatives
from xner.match.base import Matching, MatchRequest, Selection, matchers
from xner.match.components import components_of
from xner.match.constraints import (
    Choice,
    Problem,
    infeasible,
    new_span,
    problem_of,
    scores_of,
    without_repetition,
)
from xner.match.dynamic import NEVER, Keys, is_feasible, sweep, trace
from xner.match.states import count_states
from xner.types import RunnerUp, Span

_UNIT = 232_792_560 * 100
"""Divisible by 1 to 20 and by 1000: fractions of lengths and short decimals become whole numbers, so that sums of them
tie exactly (2/3 + 2/3 = 4/3)."""
_UNIT_BITS = 35
_VALUE_BITS = 48
"""Most bits of an objective, so that the rounding of float64 stays below half a unit."""
_SPLIT_COST = 100_000
_SOLVER_COST = 40_000_000
"""Additions beyond which entities are first split into groups that don't touch, and beyond which the solver takes
over: about 0.5 and 70 ms."""


_Choice = tuple[Choice, RunnerUp | None]


@dataclass(frozen=True, slots=True)
class Solution:
    """The best choices, ordered by span, and their runners-up, one each, where asked for."""

    choices: tuple[Choice, ...]
    runners_up: tuple[RunnerUp | None, ...]


def solve(problem: Problem, *, time_limit_s: float = 10.0, with_runners_up: bool = True) -> Solution:
    """Return the best choice of spans.

    Ties: fewer spans, then wider coverage, then the leftmost span, the first entity, the longest span.

    Args:
        problem: What to solve; spans in any order, also repeated.
        time_limit_s: For all calls of the solver together; the dynamic programme needs 0.5 s at most.
        with_runners_up: Whether to find the best solution without each choice.

    Raises:
        MatchInfeasible: the constraint can't be met.
        MatchTimeout: no proved optimum inside the time limit.

    Source: Shkalikov, master thesis, projection as an integer linear program; solved here by other means.
    """
    deadline = time.monotonic() + time_limit_s
    problem = without_repetition(problem)
    rows = np.flatnonzero(problem.values.max(axis=1, initial=0.0) > 0.0)
    if not len(rows):
        return Solution((), ())
    found: list[_Choice] = []
    for group in [rows] if _cost(problem, len(rows)) <= _SPLIT_COST else components_of(problem, rows):
        part = problem if len(group) == len(problem.values) else _cut_out(problem, group)
        found += _renamed(_solve_group(part, deadline, with_runners_up), group)
    found.sort(key=lambda pair: pair[0][1])
    return Solution(tuple(choice for choice, _ in found), tuple(runner_up for _, runner_up in found))


def _solve_group(part: Problem, deadline: float, with_runners_up: bool) -> list[_Choice]:
    packing = _packing(part)
    keys = packing.keys(part.values, part.ends - part.starts)
    if part.per_entity == 1 and part.is_capped:
        proved = bounded.solve(
            keys, part.starts, part.ends, is_optional=not part.has_minimum, with_others=with_runners_up
        )
        if proved is not None:
            (best, choices), *others = proved
            if not with_runners_up:
                return [(choice, None) for choice in choices]
            spans = [new_span(choice, choices, other) for choice, (_, other) in zip(choices, others, strict=True)]
            return [
                (choice, packing.runner_up(best, key, span))
                for choice, (key, _), span in zip(choices, others, spans, strict=True)
            ]
    if _cost(part, len(part.values)) > _SOLVER_COST:
        return milp.solve(part, deadline=deadline, with_runners_up=with_runners_up)
    return _solve_by_states(part, keys, packing, with_runners_up)


def _solve_by_states(part: Problem, keys: Keys, packing: Packing, with_runners_up: bool) -> list[_Choice]:
    states = count_states(len(part.values), part.per_entity, part.constraint)
    starts, ends, n_tokens = part.starts, part.ends, part.n_tokens
    solved = sweep(_by_start(keys, starts, ends, n_tokens), states)
    if not is_feasible(solved.optimum):
        raise infeasible(part)
    choices = trace(solved, states.n_states - 1, 0)
    if not with_runners_up:
        return [(choice, None) for choice in choices]
    mirrored = sweep(_by_start(keys, n_tokens - ends, n_tokens - starts, n_tokens), states)
    others = Alternatives(solved, mirrored)
    return [(choice, packing.runner_up(solved.optimum, *others.without(choice, choices))) for choice in choices]


def _cut_out(problem: Problem, rows: NDArray[np.intp]) -> Problem:
    """Return the problem of some of the entities, with the spans that they may take."""
    values = problem.values[rows]
    columns = (values > 0.0).any(axis=0)
    return replace(problem, starts=problem.starts[columns], ends=problem.ends[columns], values=values[:, columns])


def _renamed(found: list[_Choice], rows: NDArray[np.intp]) -> list[_Choice]:
    """Return choices of some entities under their numbers in the whole problem."""
    return [((int(rows[entity]), start, end), runner_up) for (entity, start, end), runner_up in found]


@dataclass(frozen=True, slots=True)
class Packing:
    """How objective, number of spans and covered tokens share one integer: `scale` units are an objective of 1.

    `field_bits` hold a number of tokens; the lower two fields together are never above 0, so an objective is read off
    by rounding up.
    """

    scale: float
    field_bits: int

    def keys(self, values: NDArray[np.float64], lengths: NDArray[np.int64]) -> Keys:
        """Return the key of each (entity, span), NEVER where the value is not positive."""
        units = np.rint(values * self.scale).astype(np.int64) << (2 * self.field_bits)
        units += lengths - (1 << self.field_bits)
        units[values <= 0.0] = NEVER
        return units

    def runner_up(self, best: int, key: int, span: tuple[int, int] | None) -> RunnerUp:
        """Return the runner-up, given the keys of the best solution and of the best other one."""
        if not is_feasible(key):
            return RunnerUp(None, None)
        margin = (self._objective(best) - self._objective(key)) / self.scale
        return RunnerUp(Span(*span) if span else None, margin)

    def _objective(self, key: int) -> int:
        """Return the objective in a sum of keys, in units."""
        return -(-key >> 2 * self.field_bits)


def _packing(problem: Problem) -> Packing:
    field_bits = problem.n_tokens.bit_length()
    n_most = problem.n_tokens
    if problem.is_capped:
        n_most = min(n_most, len(problem.values) * problem.per_entity)
    largest = math.frexp(float(problem.values.max()))[1]
    spare = min(_VALUE_BITS, 59 - 2 * field_bits) - largest - n_most.bit_length() - _UNIT_BITS
    return Packing(math.ldexp(_UNIT, spare), field_bits)


def _by_start(keys: Keys, starts: NDArray[np.int64], ends: NDArray[np.int64], n_tokens: int) -> Keys:
    lengths = ends - starts
    table = np.full((int(lengths.max()), len(keys), n_tokens), NEVER, dtype=np.int64)
    table[lengths - 1, :, starts] = keys.T
    return table


def _cost(problem: Problem, n_entities: int) -> float:
    """Return roughly how many additions the dynamic programme needs; infinity where there are too many states."""
    if n_entities * math.log2(problem.per_entity + 1) > 24:
        return math.inf
    n_arcs = n_entities * (problem.per_entity + 1) ** n_entities
    return float(n_arcs * problem.n_tokens * int((problem.ends - problem.starts).max()))


@matchers.register("exact")
class ExactMatcher:
    """The best solution and the runner-up of every choice."""

    uses_scores = True

    def __init__(self, config: MatchConfig) -> None:
        self.config = config

    def match(self, request: MatchRequest) -> Matching:
        """Return the best choice; the objective is the sum of score minus offset.

        Raises:
            MatchInfeasible: the constraint can't be met.
            MatchTimeout: no proved optimum inside the time limit.
            ValueError: a score is negative, infinite or not a number.
        """
        problem = problem_of(request, self.config)
        solution = solve(problem, time_limit_s=self.config.time_limit_s)
        scores = scores_of(problem, request.table.values, solution.choices)
        selections = tuple(
            Selection(entity, Span(start, end), score, runner_up)
            for (entity, start, end), score, runner_up in zip(
                solution.choices, scores, solution.runners_up, strict=True
            )
        )
        return Matching(selections, math.fsum(score - self.config.offset for score in scores))

    def describe(self) -> str:
        """Return name and parameters."""
        config = self.config
        offset = f"+offset:{config.offset:g}" if config.offset else ""
        return f"exact+per_entity:{config.constraint}{config.per_entity}{offset}"
