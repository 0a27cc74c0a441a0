"""Exact matching against enumeration of all solutions and against HiGHS; invariants of all matchers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xner.bench.matching import compare, random_request
from xner.config import MatchConfig
from xner.errors import MatchInfeasible
from xner.match import MatchRequest, check_matching, milp
from xner.match import exact as exact_module
from xner.match.base import Matching
from xner.match.constraints import Choice, Problem, new_span, without_repetition
from xner.match.exact import ExactMatcher, Solution, solve
from xner.match.greedy import GreedyMatcher
from xner.match.heuristic import heuristic_labels
from xner.types import Entity, ScoreTable, Span

ENGINES = ("search", "states", "groups", "solver")


def all_solutions(problem: Problem) -> Iterator[tuple[float, tuple[Choice, ...]]]:
    """Yield the value and the choices of every feasible solution."""
    pairs = [(int(e), int(t)) for e, t in zip(*np.nonzero(problem.values), strict=True)]
    present = sorted({entity for entity, _ in pairs})

    def extend(index: int, taken: int, chosen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if index == len(pairs):
            yield chosen
            return
        span = pairs[index][1]
        tokens = (1 << int(problem.ends[span])) - (1 << int(problem.starts[span]))
        if not taken & tokens:
            yield from extend(index + 1, taken | tokens, (*chosen, index))
        yield from extend(index + 1, taken, chosen)

    for chosen in extend(0, 0, ()):
        solution = [pairs[index] for index in chosen]
        counts = [sum(entity == other for other, _ in solution) for entity in present]
        if problem.is_capped and any(count > problem.per_entity for count in counts):
            continue
        if problem.has_minimum and any(count < problem.per_entity for count in counts):
            continue
        value = sum(float(problem.values[pair]) for pair in solution)
        yield value, tuple((entity, int(problem.starts[t]), int(problem.ends[t])) for entity, t in solution)


def preference(solution: tuple[float, tuple[Choice, ...]]) -> tuple[object, ...]:
    value, choices = solution
    order = sorted((start, entity, -end) for entity, start, end in choices)
    return -round(value, 9), len(choices), -sum(end - start for _, start, end in choices), order


def random_problem(rng: np.random.Generator) -> Problem:
    n_tokens, n_entities = int(rng.integers(1, 7)), int(rng.integers(1, 4))
    spans = [span for span in combinations(range(n_tokens + 1), 2) if span[1] - span[0] <= 4 and rng.random() < 0.6]
    spans = spans[:6] or [(0, 1)]
    values = rng.random((n_entities, len(spans))) * (rng.random((n_entities, len(spans))) < 0.7)
    if rng.random() < 0.6:
        values = rng.integers(0, 5, values.shape) / float(rng.choice([1, 3, 7]))
    constraint, per_entity = str(rng.choice(["<=", "=", ">="])), int(rng.integers(1, 4))
    starts, ends = np.array(spans).T
    return Problem(starts, ends, values, n_tokens, constraint, per_entity)


def solved(problem: Problem) -> Solution | None:
    try:
        return solve(problem)
    except MatchInfeasible:
        return None


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(3))
def test_exact_is_the_preferred_optimum_among_all_solutions_with_true_runners_up(
    seed: int, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine in ("states", "solver"):
        monkeypatch.setattr(exact_module, "_MOST_STEPS", 0)
    if engine == "solver":
        monkeypatch.setattr(exact_module, "_SOLVER_COST", -1)
    if engine == "groups":
        monkeypatch.setattr(exact_module, "_SPLIT_COST", -1)
    rng = np.random.default_rng(seed)
    for _ in range(6 if engine == "solver" else 40):
        problem = random_problem(rng)
        solutions = list(all_solutions(problem))
        found = solved(problem)
        assert (found is not None) == bool(solutions), problem
        if found is None:
            continue
        best = min(solutions, key=preference)
        if engine == "solver":  # it decides ties by number and coverage only
            value = {choices: value for value, choices in solutions}[tuple(sorted(found.choices))]
            assert preference((value, found.choices))[:3] == preference(best)[:3], problem
        else:
            assert sorted(found.choices) == sorted(best[1]), problem
        for choice, runner_up in zip(found.choices, found.runners_up, strict=True):
            others = [solution for solution in solutions if choice not in solution[1]]
            assert runner_up is not None
            assert (runner_up.margin is None) == (not others), problem
            if others:
                most = max(value for value, _ in others)
                assert runner_up.margin == pytest.approx(best[0] - most, abs=1e-9), problem
                possible = {
                    new_span(choice, found.choices, choices) for value, choices in others if most - value < 1e-9
                }
                span = runner_up.span
                assert (None if span is None else (span.start, span.end)) in possible, problem


def test_exact_equals_highs_on_random_sentences_and_every_solution_is_valid() -> None:
    report = compare(12, seed=7)
    assert report["n_equal"] == 12
    assert report["n_valid"] == report["n_feasible"] > 0
    assert report["max_difference"] < 1e-9


def test_exact_equals_highs_on_thousands_of_random_sentences() -> None:
    report = compare(2000, seed=11)
    assert (report["n_equal"], report["n_valid"]) == (2000, report["n_feasible"])


def matched(request: MatchRequest, config: MatchConfig) -> Matching | None:
    try:
        return ExactMatcher(config).match(request)
    except MatchInfeasible:
        return None


seeds = st.integers(0, 2**32 - 1)


def sentence(seed: int) -> tuple[MatchRequest, MatchConfig]:
    return random_request(np.random.default_rng(seed))


@settings(max_examples=30)
@given(seeds)
def test_exact_is_at_least_greedy_and_both_are_valid(seed: int) -> None:
    request, config = sentence(seed)
    config = config.model_copy(update={"constraint": "<="})
    exact, greedy = ExactMatcher(config).match(request), GreedyMatcher(config).match(request)
    assert check_matching(request, exact, config) == check_matching(request, greedy, config) == []
    assert exact.objective is not None
    assert greedy.objective is not None
    assert exact.objective >= greedy.objective * (1 - 1e-12)


@settings(max_examples=30)
@given(seeds)
def test_the_order_of_candidates_changes_nothing_and_that_of_entities_no_objective(seed: int) -> None:
    request, config = sentence(seed)
    rng = np.random.default_rng(seed)
    table = request.table
    rows, columns = rng.permutation(len(table.entities)), rng.permutation(len(table.candidates))
    moved = tuple(table.candidates[column] for column in columns)
    shuffled = ScoreTable(table.entities, moved, table.values[:, columns])
    first, second = matched(request, config), matched(replace(request, table=shuffled), config)
    assert first == second
    renamed = ScoreTable(tuple(table.entities[row] for row in rows), table.candidates, table.values[rows])
    third = matched(replace(request, table=renamed), config)
    assert (first is None) == (third is None)
    if first is not None and third is not None:
        assert first.objective == pytest.approx(third.objective)


@settings(max_examples=30)
@given(seeds)
def test_margins_are_not_negative_and_runners_up_are_other_candidates(seed: int) -> None:
    request, config = sentence(seed)
    candidates = {candidate.span for candidate in request.table.candidates}
    for selection in (matched(request, config) or Matching(())).selections:
        assert selection.runner_up is not None
        assert selection.runner_up.margin is None or selection.runner_up.margin >= 0.0
        assert selection.runner_up.span is None or selection.runner_up.span in candidates - {selection.span}


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6)), max_size=14),
    st.integers(0, 2),
    st.booleans(),
    st.sampled_from([None, 0.5, 0.8]),
    st.sampled_from([None, 1, 2]),
    st.sampled_from(["given", "shortest_first"]),
    st.sampled_from(["skip", "overwrite"]),
    st.randoms(use_true_random=False),
)
def test_heuristic_projection_depends_on_neither_order_nor_repetition_of_links(
    links, distance, only_i, ratio, top_k, order, collision, random
) -> None:
    entities = [Entity(Span(0, 2), "PER"), Entity(Span(2, 5), "ORG"), Entity(Span(5, 6), "LOC")]

    def labels(given_links: list[tuple[int, int]]) -> list[str]:
        return heuristic_labels(
            7,
            entities,
            given_links,
            merge_distance=distance,
            only_i=only_i,
            min_length_ratio=ratio,
            top_k=top_k,
            order=order,
            collision=collision,
        )

    shuffled = links + links[:3]
    random.shuffle(shuffled)
    assert labels(links) == labels(shuffled)


def test_dominated_spans_are_never_needed_by_the_solver() -> None:
    rng = np.random.default_rng(3)
    for _ in range(8):
        problem = without_repetition(random_problem(rng))
        problem = replace(problem, values=problem.values[problem.values.any(axis=1)], constraint="<=")
        every = milp.Program(problem)
        few = milp.Program(problem, milp.undominated(problem, problem.values))
        assert len(few.values) <= len(every.values)
        objectives = [
            program.values[program.maximise(program.values, time.monotonic() + 10)].sum() for program in (every, few)
        ]
        assert objectives[0] == pytest.approx(objectives[1])
