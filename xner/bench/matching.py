"""The exact matcher against HiGHS and greedy selection: equal objectives, and how long each takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any, get_args

import numpy as np

from xner.config import Constraint, MatchConfig
from xner.errors import MatchInfeasible
from xner.match import milp
from xner.match.base import Matching, MatchRequest
from xner.match.check import check_matching
from xner.match.constraints import Problem, lowered, problem_of, without_repetition
from xner.match.exact import ExactMatcher, solve
from xner.match.greedy import GreedyMatcher, greedy_pairs
from xner.types import Alignment, Candidate, Entity, ScoreTable, Sentence, Span

_TIME_LIMIT_S = 60.0
_N_TOKENS, _N_ENTITIES, _MAX_TOKENS = 40, 4, 10
_N_TIMED = 40


def run(n_instances: int = 2000, seed: int = 0) -> dict[str, Any]:
    """Return what was measured; see `compare` and `time_matchers`.

    Args:
        n_instances: Random sentences on which objectives are compared.
        seed: Of both parts.
    """
    return {
        "agreement": compare(n_instances, seed),
        "speed": time_matchers(seed),
        "instance": f"{_N_TOKENS} tokens, {_N_ENTITIES} entities, all n-grams <= {_MAX_TOKENS}, dense scores, <= 1",
    }


def random_request(rng: np.random.Generator) -> tuple[MatchRequest, MatchConfig]:
    """Return a sentence with 1 to 5 entities and 5 to 40 tokens, and a setting of the matcher.

    Scores are dense, sparse or full of ties; constraints are mixed, with or without a solution.
    """
    n_tokens, n_entities = int(rng.integers(5, 41)), int(rng.integers(1, 6))
    spans = _ngrams(n_tokens, int(rng.integers(1, 9)))
    kept = rng.random(len(spans)) < rng.choice([0.1, 0.5, 1.0])
    spans = [span for span, keep in zip(spans, kept, strict=True) if keep] or spans[:1]
    scores = rng.random((n_entities, len(spans)))
    if rng.random() < 0.4:
        scores = np.ceil(scores * 4) / 3
    scores *= rng.random(scores.shape) < rng.choice([0.05, 0.3, 1.0])
    config = MatchConfig(
        constraint=str(rng.choice(get_args(Constraint))),
        per_entity=int(rng.choice([1, 1, 2, 3])),
        offset=float(rng.choice([0.0, 0.0, 0.25])),
    )
    return _request(n_tokens, spans, scores), config


def compare(n_instances: int, seed: int) -> dict[str, Any]:
    """Return on how many random sentences the exact matcher and HiGHS agree.

    `n_equal` counts sentences where both find the same objective, or both that there is no solution;
    `max_difference` is between objectives, relative to the larger one; `n_valid` counts solutions without a complaint
    of `check_matching`, of the `n_feasible` ones.
    """
    rng = np.random.default_rng(seed)
    n_equal = n_feasible = n_valid = 0
    largest = 0.0
    for _ in range(n_instances):
        request, config = random_request(rng)
        found = _match(request, config)
        reference = _reference(request, config)
        n_feasible += found is not None
        n_valid += found is not None and not check_matching(request, found, config)
        if found is None or reference is None:
            n_equal += found is None and reference is None
            continue
        objective = found.objective or 0.0
        difference = abs(objective - reference) / max(1.0, objective, reference)
        largest = max(largest, difference)
        n_equal += difference < 1e-6
    return {
        "n_instances": n_instances,
        "n_equal": n_equal,
        "n_feasible": n_feasible,
        "n_valid": n_valid,
        "max_difference": largest,
    }


def time_matchers(seed: int, n_timed: int = _N_TIMED) -> dict[str, float]:
    """Return median times in ms and how they relate, each sentence being solved by all in turn.

    `matcher` is the whole call of the registered matcher on a request; the others start from arrays. `runners_up`
    says whether the best solution without each choice is found, too.
    """
    rng = np.random.default_rng(seed)
    spans = _ngrams(_N_TOKENS, _MAX_TOKENS)
    config = MatchConfig()
    exact, greedy = ExactMatcher(config), GreedyMatcher(config)
    times: dict[str, list[float]] = {}
    for _ in range(n_timed):
        request = _request(_N_TOKENS, spans, rng.random((_N_ENTITIES, len(spans))))
        problem = problem_of(request, config)
        for name, call in _calls(request, problem, exact, greedy).items():
            times.setdefault(name, []).append(_best_of(call, 1 if name == "milp" else 5))
    median = {name: statistics.median(values) for name, values in times.items()}
    return {
        **{f"{name}_ms": 1000.0 * value for name, value in median.items()},
        "milp_over_exact": median["milp"] / median["exact"],
        "milp_over_exact_runners_up": median["milp"] / median["exact_runners_up"],
        "matcher_exact_over_greedy": median["matcher_exact"] / median["matcher_greedy"],
        "matcher_exact_runners_up_over_greedy": median["matcher_exact_runners_up"] / median["matcher_greedy"],
    }


def _calls(
    request: MatchRequest, problem: Problem, exact: ExactMatcher, greedy: GreedyMatcher
) -> dict[str, Callable[[], object]]:
    def by_solver() -> object:
        program = milp.Program(problem)
        return program.maximise(program.values, time.monotonic() + _TIME_LIMIT_S)

    return {
        "milp": by_solver,
        "exact": lambda: solve(problem, with_runners_up=False),
        "exact_runners_up": lambda: solve(problem),
        "greedy": lambda: greedy_pairs(problem),
        "matcher_exact": lambda: exact.match(request, with_runners_up=False),
        "matcher_exact_runners_up": lambda: exact.match(request),
        "matcher_greedy": lambda: greedy.match(request),
    }


def _best_of(call: Callable[[], object], n_times: int) -> float:
    """Return the shortest time in s: of repeated calls, the one that nothing interrupted."""
    times = []
    for _ in range(n_times):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return min(times)


def _match(request: MatchRequest, config: MatchConfig) -> Matching | None:
    try:
        return ExactMatcher(config).match(request)
    except MatchInfeasible:
        return None


def _reference(request: MatchRequest, config: MatchConfig) -> float | None:
    problem = without_repetition(lowered(problem_of(request, config), config.offset))
    able = problem.values.max(axis=1) > 0.0
    program = milp.Program(replace(problem, values=problem.values[able]))
    try:
        chosen = program.maximise(program.values, time.monotonic() + _TIME_LIMIT_S)
    except MatchInfeasible:
        return None
    return float(program.values[chosen].sum())


def _ngrams(n_tokens: int, max_tokens: int) -> list[Span]:
    return [Span(a, b) for a, b in combinations(range(n_tokens + 1), 2) if b - a <= max_tokens]


def _request(n_tokens: int, spans: list[Span], scores: np.ndarray[Any, np.dtype[np.float64]]) -> MatchRequest:
    entities = tuple(Entity(Span(i, i + 1), "PER") for i in range(len(scores)))
    table = ScoreTable(entities, tuple(map(Candidate, spans)), scores)
    return MatchRequest(table, Alignment(frozenset()), Sentence(("w",) * n_tokens, "und"))
