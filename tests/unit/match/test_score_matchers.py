"""Exact and greedy matching over score tables."""

from __future__ import annotations

import numpy as np
import pytest

from xner.config import MatchConfig
from xner.errors import ConfigError, MatchInfeasible, MatchTimeout
from xner.match import MatchRequest, matchers
from xner.match import exact as exact_module
from xner.match.base import Matching
from xner.match.check import check_matching
from xner.match.constraints import Problem
from xner.match.exact import solve
from xner.types import Alignment, Candidate, Entity, RunnerUp, ScoreTable, Sentence, Span


def request(spans: list[tuple[int, int]], scores: list[list[float]], n_tokens: int | None = None) -> MatchRequest:
    entities = tuple(Entity(Span(i, i + 1), "X") for i in range(len(scores)))
    values = np.array(scores, dtype=float).reshape(len(scores), len(spans))
    table = ScoreTable(entities, tuple(Candidate(Span(a, b)) for a, b in spans), values)
    n_tokens = max((b for _, b in spans), default=1) if n_tokens is None else n_tokens
    return MatchRequest(table, Alignment(frozenset()), Sentence(("w",) * n_tokens, "und"))


def match(given: MatchRequest, **settings: object) -> Matching:
    config = MatchConfig(**settings)
    found = matchers.get(config.name)(config).match(given)
    if config.name == "exact":
        assert check_matching(given, found, config) == []
    return found


def chosen(found: Matching) -> list[tuple[int, int, int]]:
    return [(selection.entity, selection.span.start, selection.span.end) for selection in found.selections]


OPPOSED = request([(0, 3), (0, 1), (2, 3)], [[1.0, 0, 0], [0, 0.9, 0], [0, 0, 0.9]])


def test_exact_finds_two_spans_that_one_greedy_choice_blocks() -> None:
    assert chosen(match(OPPOSED)) == [(1, 0, 1), (2, 2, 3)]
    assert match(OPPOSED).objective == pytest.approx(1.8)
    assert chosen(match(OPPOSED, name="greedy")) == [(0, 0, 3)]


def test_the_runner_up_is_the_best_solution_without_the_choice() -> None:
    first, second = match(OPPOSED).selections
    assert first.runner_up == RunnerUp(None, pytest.approx(0.8))
    assert second.runner_up == RunnerUp(None, pytest.approx(0.8))
    (only,) = match(request([(0, 1), (0, 2)], [[1.0, 0.75]])).selections
    assert only.runner_up == RunnerUp(Span(0, 2), pytest.approx(0.25))


def test_a_choice_that_every_solution_needs_has_no_runner_up() -> None:
    (only,) = match(request([(0, 1)], [[0.5]]), constraint="=").selections
    assert only.runner_up == RunnerUp(None, None)


def test_greedy_and_matching_without_runners_up_have_none() -> None:
    assert all(selection.runner_up is None for selection in match(OPPOSED, name="greedy").selections)
    bare = matchers.get("exact")(MatchConfig()).match(OPPOSED, with_runners_up=False)
    assert all(selection.runner_up is None for selection in bare.selections)


TIES = [
    pytest.param([(0, 1), (1, 2), (0, 2)], [[0.25, 0.25, 0.5]], 2, [(0, 0, 2)], id="fewer spans"),
    pytest.param([(0, 1), (0, 3), (1, 2)], [[0.5, 0.5, 0.5]], 1, [(0, 0, 3)], id="wider coverage"),
    pytest.param([(0, 1), (2, 3)], [[0.5, 0.5]], 1, [(0, 0, 1)], id="leftmost"),
    pytest.param([(0, 1)], [[0.5], [0.5]], 1, [(0, 0, 1)], id="first entity"),
    pytest.param([(0, 1), (1, 2), (0, 2)], [[1 / 3, 2 / 3, 1.0]], 2, [(0, 0, 2)], id="sum of thirds"),
    pytest.param([(0, 1), (1, 2), (0, 2)], [[0.1, 0.2, 0.3]], 2, [(0, 0, 2)], id="sum of tenths"),
]


@pytest.mark.parametrize("engine", ["search", "states", "groups"])
@pytest.mark.parametrize(("spans", "scores", "per_entity", "expected"), TIES)
def test_ties_go_to_fewer_then_wider_then_leftmost(
    spans, scores, per_entity, expected, engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(engine, monkeypatch)
    assert chosen(match(request(spans, scores), per_entity=per_entity)) == expected
    backwards = request(spans[::-1], [row[::-1] for row in scores])
    assert chosen(match(backwards, per_entity=per_entity)) == expected


def use(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the exact matcher take one of its ways: bounded search, dynamic programme, or groups of entities first."""
    if engine == "states":
        monkeypatch.setattr(exact_module, "_MOST_STEPS", 0)
    if engine == "groups":
        monkeypatch.setattr(exact_module, "_SPLIT_COST", -1)
    if engine == "solver":
        monkeypatch.setattr(exact_module, "_MOST_STEPS", 0)
        monkeypatch.setattr(exact_module, "_SOLVER_COST", -1)


@pytest.mark.parametrize("engine", ["search", "states", "groups", "solver"])
def test_every_engine_raises_when_the_minimum_cannot_be_met(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(engine, monkeypatch)
    for constraint in ("=", ">="):
        with pytest.raises(MatchInfeasible, match="disjoint"):
            match(request([(0, 1)], [[1.0], [1.0]]), constraint=constraint)


@pytest.mark.parametrize("engine", ["search", "states", "solver"])
def test_every_engine_has_the_same_objective_and_margins(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(engine, monkeypatch)
    first, second = match(OPPOSED).selections
    assert chosen(match(OPPOSED)) == [(1, 0, 1), (2, 2, 3)]
    assert (first.runner_up, second.runner_up) == (RunnerUp(None, pytest.approx(0.8)),) * 2


def test_matching_without_runners_up_is_the_same_matching(monkeypatch: pytest.MonkeyPatch) -> None:
    use("states", monkeypatch)
    bare = matchers.get("exact")(MatchConfig()).match(OPPOSED, with_runners_up=False)
    assert chosen(bare) == chosen(match(OPPOSED))


def test_entities_that_compete_for_one_token_with_many_spans_are_matched_optimally() -> None:
    spans = [(a, 12) for a in range(12)] + [(b, 12 + c) for b in range(12) for c in range(1, 6)]
    scores = [[0.9 + 0.001 * t for t in range(len(spans))] for _ in range(2)]
    found = match(request(sorted(spans), scores))
    assert [selection.score for selection in found.selections] == [max(scores[0])]


def test_entities_without_evidence_do_not_make_a_sentence_infeasible() -> None:
    assert chosen(match(request([(0, 1)], [[0.0], [0.5]]), constraint="=")) == [(1, 0, 1)]


@pytest.mark.parametrize("name", ["exact", "greedy"])
@pytest.mark.parametrize("constraint", ["<=", "=", ">="])
@pytest.mark.parametrize("given", [request([], [[]]), request([(0, 1)], []), request([(0, 1)], [[0.0]])])
def test_nothing_to_choose_from_is_an_empty_matching(given, constraint: str, name: str) -> None:
    assert match(given, name=name, constraint=constraint) == Matching((), 0.0)


@pytest.mark.parametrize("name", ["exact", "greedy"])
def test_the_offset_is_taken_off_the_objective_and_never_selected_below(name: str) -> None:
    given = request([(0, 1), (1, 2)], [[0.9, 0.0], [0.0, 0.3]])
    found = match(given, name=name, offset=0.4)
    assert chosen(found) == [(0, 0, 1)]
    assert found.objective == pytest.approx(0.5)
    assert found.selections[0].score == 0.9


@pytest.mark.parametrize("name", ["exact", "greedy"])
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -0.1])
def test_impossible_scores_are_refused_with_their_place(bad: float, name: str) -> None:
    with pytest.raises(ValueError, match=r"entity 1 and candidate \[2, 3\)"):
        match(request([(0, 1), (2, 3)], [[1.0, 0.5], [0.5, bad]]), name=name)


@pytest.mark.parametrize("name", ["exact", "greedy"])
def test_a_candidate_beyond_the_sentence_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"\[0, 5\) ends beyond"):
        match(request([(0, 1), (0, 5)], [[1.0, 1.0]], n_tokens=4), name=name)


def test_a_repeated_candidate_counts_once_with_its_best_score() -> None:
    found = match(request([(0, 1), (0, 1)], [[0.3, 0.6]]), per_entity=2)
    assert chosen(found) == [(0, 0, 1)]
    assert found.objective == 0.6
    assert found.selections[0].runner_up == RunnerUp(None, pytest.approx(0.6))


@pytest.mark.parametrize("scale", [5e-324, 1e-300, 1e300])
def test_tiny_and_huge_scores_are_matched_as_others(scale: float) -> None:
    found = match(request([(0, 3), (0, 1), (2, 3)], [[2 * scale, 0, 0], [0, 1.5 * scale, 0], [0, 0, 1.75 * scale]]))
    assert chosen(found) == [(1, 0, 1), (2, 2, 3)]


def test_float32_scores_are_accepted() -> None:
    given = request([(0, 1)], [[0.5]])
    table = ScoreTable(given.table.entities, given.table.candidates, given.table.values.astype(np.float32))
    assert match(MatchRequest(table, given.alignment, given.target)).objective == 0.5


def test_greedy_ties_go_to_the_first_entity_then_the_first_candidate() -> None:
    assert chosen(match(request([(2, 3), (0, 1)], [[0.5, 0.5], [0.5, 0.5]]), name="greedy")) == [(1, 0, 1), (0, 2, 3)]


def test_greedy_keeps_an_entity_open_until_it_has_its_number_of_spans() -> None:
    given = request([(0, 1), (1, 2), (2, 3)], [[0.5, 0.4, 0.3]])
    assert len(match(given, name="greedy", per_entity=2).selections) == 2
    assert len(match(given, name="greedy", constraint=">=").selections) == 3


def test_the_solver_raises_when_time_is_up_before_an_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    use("solver", monkeypatch)
    with pytest.raises(MatchTimeout, match="time limit"):
        match(OPPOSED, time_limit_s=1e-9)


def test_many_competing_entities_fall_back_to_the_solver_and_stay_optimal() -> None:
    rng = np.random.default_rng(0)
    n_entities = 26
    spans = [(a, a + 1) for a in range(n_entities - 4)]
    scores = np.round(rng.random((n_entities, len(spans))), 2)
    problem = Problem(np.arange(len(spans)), np.arange(len(spans)) + 1, scores, len(spans))
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(scores, maximize=True)
    found = solve(problem, with_runners_up=False).choices
    assert sum(scores[entity, start] for entity, start, _ in found) == pytest.approx(scores[rows, columns].sum())


def test_entities_that_share_no_token_are_solved_apart_in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def unused(*_: object, **__: object) -> None:
        raise AssertionError("the solver was called")

    monkeypatch.setattr(exact_module.milp, "solve", unused)
    spans = [(2 * i, 2 * i + 1) for i in range(30)]
    found = match(request(spans, np.eye(30).tolist()), constraint="=", per_entity=1)
    assert chosen(found) == [(i, 2 * i, 2 * i + 1) for i in range(30)]


def test_descriptions_tell_settings_apart() -> None:
    settings = [{}, {"constraint": "="}, {"per_entity": 2}, {"offset": 0.1}, {"name": "greedy"}]
    configs = [MatchConfig(**values) for values in settings]
    assert len({matchers.get(config.name)(config).describe() for config in configs}) == len(configs)


def test_registered_matchers_say_whether_they_read_scores() -> None:
    reads = {name: matchers.get(name)(MatchConfig()).uses_scores for name in matchers.names()}
    assert reads == {"exact": True, "greedy": True, "heuristic": False, "garcia_ferrero": False, "marked": False}
    with pytest.raises(ConfigError, match="exact"):
        matchers.get("exakt")
