"""The matching problem as an integer linear program for HiGHS: the exact matcher's fallback and its reference."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from xner.errors import MatchInfeasible, MatchTimeout
from xner.match.constraints import Choice, Problem, infeasible, new_span
from xner.types import RunnerUp, Span

_TOLERANCE = 1e-9
"""Share of the objective that a tie may lose."""


class Program:
    """One variable for each (entity, span) of positive value, in order of entity, then span.

    Rows: every token is in at most one chosen span (equivalent to forbidding overlaps in pairs, with fewer rows and a
    tighter relaxation), and the number of spans of each entity that has a variable.
    """

    def __init__(self, problem: Problem) -> None:
        from scipy.optimize import LinearConstraint
        from scipy.sparse import csr_array

        self.problem = problem
        self.entities, self.spans = np.nonzero(problem.values > 0.0)
        self.values = problem.values[self.entities, self.spans]
        self.lengths = (problem.ends - problem.starts)[self.spans]
        n_variables = len(self.values)
        variable = np.repeat(np.arange(n_variables), self.lengths)
        within = np.arange(len(variable)) - np.repeat(np.cumsum(self.lengths) - self.lengths, self.lengths)
        token = np.repeat(problem.starts[self.spans], self.lengths) + within
        takes = csr_array((np.ones(len(token)), (token, variable)), shape=(problem.n_tokens, n_variables))
        present, row = np.unique(self.entities, return_inverse=True)
        belongs = csr_array((np.ones(n_variables), (row, np.arange(n_variables))), shape=(len(present), n_variables))
        least = problem.per_entity if problem.has_minimum else 0
        most = problem.per_entity if problem.is_capped else np.inf
        self.rows = [LinearConstraint(takes, -np.inf, 1.0), LinearConstraint(belongs, least, most)]

    def maximise(
        self,
        weights: NDArray[np.float64],
        deadline: float,
        *,
        without: int | None = None,
        at_least: float | None = None,
    ) -> NDArray[np.intp]:
        """Return the variables of a best solution, ascending.

        Args:
            weights: What to maximise, one a variable.
            deadline: Of `time.monotonic`.
            without: A variable that must stay 0.
            at_least: Smallest sum of values.

        Raises:
            MatchInfeasible: no solution.
            MatchTimeout: no proved optimum before the deadline.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        upper = np.ones(len(weights))
        if without is not None:
            upper[without] = 0.0
        rows = list(self.rows)
        if at_least is not None:
            rows.append(LinearConstraint(self.values[None, :], at_least, np.inf))
        left = deadline - time.monotonic()
        if left <= 0:
            raise _timeout()
        # HiGHS stops at a relative gap of 1e-4 or, which can't be told otherwise, at an absolute one of 1e-6.
        options = {"time_limit": left, "mip_rel_gap": 0.0}
        scaled = weights * (-1000.0 / float(np.abs(weights).max()))
        result = milp(scaled, integrality=1, bounds=Bounds(0.0, upper), constraints=rows, options=options)
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


def solve(problem: Problem, *, deadline: float, with_runners_up: bool) -> list[tuple[Choice, RunnerUp | None]]:
    """Return the best choices, ordered by span, with their runners-up.

    Ties go to fewer spans, then wider coverage; what is equal in both is HiGHS's choice. When time is up after the
    optimum has been proved, the tie stays undecided and the remaining runners-up are None.

    Args:
        problem: Spans without repetition.
        deadline: Of `time.monotonic`.
        with_runners_up: Whether to solve again without each choice.

    Raises:
        MatchInfeasible: the constraint can't be met.
        MatchTimeout: no proved optimum before the deadline.
    """
    program = Program(problem)
    best = _narrowed(program, program.maximise(program.values, deadline), deadline)
    chosen = sorted((program.choice(variable) for variable in best), key=lambda choice: choice[1])
    if not with_runners_up:
        return [(choice, None) for choice in chosen]
    objective = float(program.values[best].sum())
    variable_of = {program.choice(variable): int(variable) for variable in best}
    return [(choice, _runner_up(program, variable_of[choice], chosen, objective, deadline)) for choice in chosen]


def _narrowed(program: Program, best: NDArray[np.intp], deadline: float) -> NDArray[np.intp]:
    """Return the variables of an equally good solution with fewer spans, then wider coverage."""
    floor = float(program.values[best].sum()) * (1.0 - _TOLERANCE)
    preference = (program.lengths - (program.problem.n_tokens + 1)).astype(np.float64)
    try:
        narrowed = program.maximise(preference, deadline, at_least=floor)
    except MatchTimeout:
        return best
    # The solver's own tolerance is wider than ours.
    return narrowed if program.values[narrowed].sum() >= floor else best


def _runner_up(
    program: Program, variable: int, chosen: list[Choice], objective: float, deadline: float
) -> RunnerUp | None:
    try:
        other = program.maximise(program.values, deadline, without=variable)
    except MatchInfeasible:
        return RunnerUp(None, None)
    except MatchTimeout:
        return None
    span = new_span(program.choice(variable), chosen, map(program.choice, other))
    margin = max(0.0, objective - float(program.values[other].sum()))
    return RunnerUp(Span(*span) if span else None, margin)
