"""The solver behind the exact matcher: limits and degenerate programs."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from xner.errors import MatchInfeasible, MatchTimeout
from xner.match import milp
from xner.match.constraints import Problem
from xner.types import RunnerUp, Span

FAR = float("inf")


def problem(constraint: str = "<=", values: list[list[float]] | None = None) -> Problem:
    return Problem(
        np.array([0, 0, 1]), np.array([1, 2, 2]), np.array(values or [[0.4, 0.7, 0.3]]), 2, constraint, per_entity=1
    )


def clock(monkeypatch: pytest.MonkeyPatch, *times: float) -> None:
    """Let the solver's clock show `times`, then stand still."""
    left = list(times)
    monkeypatch.setattr(milp.time, "monotonic", lambda: left.pop(0) if len(left) > 1 else left[0])


def test_a_choice_that_no_solution_can_miss_has_no_runner_up() -> None:
    ((choice, runner_up),) = milp.solve(problem("=", [[0.5, 0.0, 0.0]]), deadline=FAR, with_runners_up=True)
    assert (choice, runner_up) == ((0, 0, 1), RunnerUp(None, None))


def test_the_runner_up_may_be_a_span_that_the_choice_dominated() -> None:
    ((choice, runner_up),) = milp.solve(problem(values=[[0.7, 0.6, 0.0]]), deadline=FAR, with_runners_up=True)
    assert (choice, runner_up) == ((0, 0, 1), RunnerUp(Span(0, 2), pytest.approx(0.1)))


def test_a_program_without_variables_is_empty_or_infeasible() -> None:
    nothing = np.zeros((1, 3), dtype=bool)
    assert milp.Program(problem(), nothing).maximise(np.zeros(0), FAR).tolist() == []
    with pytest.raises(MatchInfeasible):
        milp.Program(problem("="), nothing).maximise(np.zeros(0), FAR)


def test_time_that_runs_out_after_the_optimum_leaves_the_rest_open(monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, 0.0, 100.0)
    assert milp.solve(problem(), deadline=50.0, with_runners_up=True) == [((0, 0, 2), None)]


def test_time_that_runs_out_inside_the_solver_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import scipy.optimize

    monkeypatch.setattr(scipy.optimize, "milp", lambda *_, **__: SimpleNamespace(status=1, x=None))
    with pytest.raises(MatchTimeout):
        milp.solve(problem(), deadline=FAR, with_runners_up=False)


def test_the_best_of_equal_solutions_has_fewer_spans_then_wider_coverage() -> None:
    halves = Problem(np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([[0.25, 0.5, 0.25]]), 2, "<=", per_entity=2)
    assert milp.solve(halves, deadline=FAR, with_runners_up=False) == [((0, 0, 2), None)]
    assert milp.solve(problem(values=[[0.5, 0.5, 0.5]]), deadline=FAR, with_runners_up=False) == [((0, 0, 2), None)]
