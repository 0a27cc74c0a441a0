"""The optimal choice of spans, proved: by a bounded search, else by a dynamic programme, else by a solver.

Scores become integer keys first (see `keys`), which order solutions by objective, number of spans and coverage. What is
equal in all three is decided from the left, so results don't depend on the order of candidates or on rounding.
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
    by_start,
    infeasible,
    lowered,
    new_span,
    problem_of,
    values_of,
    without_repetition,
)
from xner.match.dynamic import sweep, trace
from xner.match.keys import NEVER, Keys, Packing, is_feasible, packing_for
from xner.match.states import count_states
from xner.signature import plain_number
from xner.types import RunnerUp, Span

_SPLIT_COST = 100_000
_SOLVER_COST = 40_000_000
"""Additions beyond which entities are first split into groups that don't touch, and beyond which the solver takes
over: about 0.5 and 70 ms."""
_LEAST_STEPS, _MOST_STEPS, _STEPS_PER_COST = 600, 60_000, 1 / 600
"""The bounded search gives up when it has taken a third of the time of the dynamic programme: 0.4 to 40 ms."""

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
        problem: Spans without repetition.
        time_limit_s: For all calls of the solver together; the dynamic programme needs 0.5 s at most.
        with_runners_up: Whether to find the best solution without each choice.

    Raises:
        MatchInfeasible: the constraint can't be met.
        MatchTimeout: no proved optimum inside the time limit.

    Source: Shkalikov, master thesis, projection as an integer linear program; solved here by other means.
    """
    deadline = time.monotonic() + time_limit_s
    rows = np.flatnonzero(problem.values.max(axis=1, initial=0.0) > 0.0)
    if not len(rows):
        return Solution((), ())
    found: list[_Choice] = []
    for group in [rows] if _cost(problem, len(rows)) <= _SPLIT_COST else components_of(problem, rows):
        part = problem if len(group) == len(problem.values) else _cut_out(problem, group)
        solved = _solve_group(part, deadline, with_runners_up)
        found += solved if part is problem else _renamed(solved, group)
    found.sort(key=lambda pair: pair[0][1])
    return Solution(tuple(choice for choice, _ in found), tuple(runner_up for _, runner_up in found))


def _solve_group(part: Problem, deadline: float, with_runners_up: bool) -> list[_Choice]:
    packing = packing_for(part)
    keys = packing.keys(part.values, part.ends - part.starts)
    cost = _cost(part, len(part.values))
    if part.per_entity == 1 and part.is_capped:
        proved = bounded.solve(
            keys,
            part.starts,
            part.ends,
            is_optional=not part.has_minimum,
            with_others=with_runners_up,
            most_steps=int(min(max(_LEAST_STEPS, cost * _STEPS_PER_COST), _MOST_STEPS)),
        )
        if proved is not None:
            return _described(proved, packing)
    if cost > _SOLVER_COST:
        return milp.solve(part, deadline=deadline, with_runners_up=with_runners_up)
    return _solve_by_states(part, keys, packing, with_runners_up)


def _described(proved: list[bounded.Found], packing: Packing) -> list[_Choice]:
    (best, choices), *others = proved
    if not others:
        return [(choice, None) for choice in choices]
    return [
        (choice, packing.runner_up(best, key, new_span(choice, choices, other)))
        for choice, (key, other) in zip(choices, others, strict=True)
    ]


def _solve_by_states(part: Problem, keys: Keys, packing: Packing, with_runners_up: bool) -> list[_Choice]:
    states = count_states(len(part.values), part.per_entity, part.constraint)
    starts, ends, n_tokens = part.starts, part.ends, part.n_tokens
    solved = sweep(by_start(keys, starts, ends, n_tokens, empty=NEVER), states)
    if not is_feasible(solved.optimum):
        raise infeasible(part)
    choices = trace(solved, states.n_states - 1, 0)
    if not with_runners_up:
        return [(choice, None) for choice in choices]
    mirrored = sweep(by_start(keys, n_tokens - ends, n_tokens - starts, n_tokens, empty=NEVER), states)
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

    def match(self, request: MatchRequest, *, with_runners_up: bool = True) -> Matching:
        """Return the best choice; the objective is the sum of score minus offset.

        Args:
            request: What to match.
            with_runners_up: Whether to find the best solution without each choice, too.

        Raises:
            MatchInfeasible: the constraint can't be met.
            MatchTimeout: no proved optimum inside the time limit.
            ValueError: a score is negative, infinite or not a number.
        """
        problem = without_repetition(problem_of(request, self.config))
        solution = solve(
            lowered(problem, self.config.offset),
            time_limit_s=self.config.time_limit_s,
            with_runners_up=with_runners_up,
        )
        scores = values_of(problem, solution.choices)
        selections = tuple(
            Selection(entity, Span(start, end), score, runner_up)
            for (entity, start, end), score, runner_up in zip(
                solution.choices, scores, solution.runners_up, strict=True
            )
        )
        return Matching(selections, sum((score - self.config.offset for score in scores), 0.0))

    def describe(self) -> str:
        """Return name and parameters."""
        config = self.config
        offset = f"+offset:{plain_number(config.offset)}" if config.offset else ""
        limit = f"+limit:{plain_number(config.time_limit_s)}s"
        return f"exact+per_entity:{config.constraint}{config.per_entity}{offset}{limit}"
