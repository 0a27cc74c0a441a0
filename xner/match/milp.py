"""The matching problem as an integer linear program for HiGHS: the exact matcher's fallback and its reference."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from xner.errors import MatchInfeasible, MatchTimeout
from xner.match.constraints import Choice, Problem, by_start, infeasible, new_span
from xner.types import RunnerUp, Span

_TOLERANCE = 1e-9
"""Share of the objective that a tie may lose."""


class Program:
    """One variable for each (entity, span) that may be chosen, in order of entity, then span.

    Rows: every token is in at most one chosen span (equivalent to forbidding overlaps in pairs, with fewer rows and a
    tighter relaxation), and the number of spans of each entity.
    """

    def __init__(self, problem: Problem, usable: NDArray[np.bool_] | None = None) -> None:
        """Set up the rows.

        Args:
            problem: Spans without repetition; every entity has a positive value.
            usable: Which (entity, span) may be chosen; all of positive value unless given.
        """
        from scipy.optimize import LinearConstraint
        from scipy.sparse import csr_array

        self.problem = problem
        self.entities, self.spans = np.nonzero(problem.values > 0.0 if usable is None else usable)
        self.values = problem.values[self.entities, self.spans]
        self.lengths = (problem.ends - problem.starts)[self.spans]
        n_variables, n_entities = len(self.values), len(problem.values)
        variable = np.repeat(np.arange(n_variables), self.lengths)
        within = np.arange(len(variable)) - np.repeat(np.cumsum(self.lengths) - self.lengths, self.lengths)
        token = np.repeat(problem.starts[self.spans], self.lengths) + within
        takes = csr_array((np.ones(len(token)), (token, variable)), shape=(problem.n_tokens, n_variables))
        belongs = csr_array(
            (np.ones(n_variables), (self.entities, np.arange(n_variables))), shape=(n_entities, n_variables)
        )
        least = problem.per_entity if problem.has_minimum else 0
        most = problem.per_entity if problem.is_capped else np.inf
        self.rows = [LinearConstraint(takes, -np.inf, 1.0), LinearConstraint(belongs, least, most)]

    def maximise(
        self, weights: NDArray[np.float64], deadline: float, *, at_least: float | None = None
    ) -> NDArray[np.intp]:
        """Return the variables of a best solution, ascending.

        Args:
            weights: What to maximise, one a variable.
            deadline: Of `time.monotonic`.
            at_least: Smallest sum of values.

        Raises:
            MatchInfeasible: no solution.
            MatchTimeout: no proved optimum before the deadline.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        if not len(weights):
            if self.problem.has_minimum and len(self.problem.values):
                raise infeasible(self.problem)
            return np.zeros(0, dtype=np.intp)
        rows = list(self.rows)
        if at_least is not None:
            rows.append(LinearConstraint(self.values[None, :], at_least, np.inf))
        time_left = deadline - time.monotonic()
        if time_left <= 0:
            raise _timeout()
        # HiGHS stops at a relative gap of 1e-4 or, which can't be told otherwise, at an absolute one of 1e-6.
        options = {"time_limit": time_left, "mip_rel_gap": 0.0}
        scaled = weights * (-1000.0 / float(np.abs(weights).max()))
        result = milp(scaled, integrality=1, bounds=Bounds(0.0, 1.0), constraints=rows, options=options)
        if result.status == 2:
            raise infeasible(self.problem)
        if result.status != 0:
            raise _timeout()
        return np.flatnonzero(result.x > 0.5)

    def choice(self, variable: int) -> Choice:
        """Return what a variable stands for."""
        span = self.spans[variable]
        return int(self.entities[variable]), int(self.problem.starts[span]), int(self.problem.ends[span])


def _timeout() -> MatchTimeout:
    return MatchTimeout(
        "The solver has not proved an optimum within the time limit.",
        "Raise match.time_limit_s, lower extract.max_tokens, or take match.name = greedy.",
    )


def undominated(problem: Problem, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which (entity, span) can be in a best solution: no part of the span is worth more to the entity.

    Such a part could stand in for the span in every solution. It leaves about a twentieth of the variables of real
    sentences.

    Args:
        problem: Spans without repetition.
        values: (n_entities, n_spans), 0 where a pair can't be chosen.
    """
    table = by_start(values, problem.starts, problem.ends, problem.n_tokens, empty=0.0)
    most_inside = np.zeros(table.shape[1:])
    for layer in table:
        shorter = most_inside.copy()
        np.maximum(shorter[:, :-1], most_inside[:, 1:], out=shorter[:, :-1])
        most_inside = np.maximum(layer, shorter)
        layer[layer < shorter] = 0.0
    return table[problem.ends - problem.starts - 1, :, problem.starts].T > 0.0


def solve(problem: Problem, *, deadline: float, with_runners_up: bool) -> list[tuple[Choice, RunnerUp | None]]:
    """Return the best choices, ordered by span, with their runners-up.

    Ties go to fewer spans, then wider coverage; what is equal in both is HiGHS's choice. When time is up after the
    optimum has been proved, the tie stays undecided and the remaining runners-up are None.

    Args:
        problem: Spans without repetition; every entity has a positive value.
        deadline: Of `time.monotonic`.
        with_runners_up: Whether to solve again without each choice.

    Raises:
        MatchInfeasible: the constraint can't be met.
        MatchTimeout: no proved optimum before the deadline.
    """
    program = Program(problem, undominated(problem, problem.values))
    best = _narrowed(program, program.maximise(program.values, deadline), deadline)
    objective = float(program.values[best].sum())
    chosen = sorted((program.choice(variable) for variable in best), key=lambda choice: choice[1])
    if not with_runners_up:
        return [(choice, None) for choice in chosen]
    return [(choice, _runner_up(problem, choice, chosen, objective, deadline)) for choice in chosen]


def _narrowed(program: Program, best: NDArray[np.intp], deadline: float) -> NDArray[np.intp]:
    """Return the variables of an equally good solution with fewer spans, then wider coverage."""
    floor = float(program.values[best].sum()) * (1.0 - _TOLERANCE)
    preference = (program.lengths - (program.problem.n_tokens + 1)).astype(np.float64)
    try:
        narrowed = program.maximise(preference, deadline, at_least=floor)
    except (MatchTimeout, MatchInfeasible):  # the second by rounding alone: `best` is a solution
        return best
    # The solver's own tolerance is wider than ours.
    return narrowed if program.values[narrowed].sum() >= floor else best


def _runner_up(
    problem: Problem, choice: Choice, chosen: list[Choice], objective: float, deadline: float
) -> RunnerUp | None:
    if time.monotonic() >= deadline:
        return None
    entity, start, end = choice
    values = problem.values.copy()
    values[entity, (problem.starts == start) & (problem.ends == end)] = 0.0
    program = Program(problem, undominated(problem, values))
    try:
        other = program.maximise(program.values, deadline)
    except MatchInfeasible:
        return RunnerUp(None, None)
    except MatchTimeout:
        return None
    span = new_span(choice, chosen, map(program.choice, other))
    return RunnerUp(Span(*span) if span else None, max(0.0, objective - float(program.values[other].sum())))
