"""Runs a file of worked examples: small inputs with exact results for the rules, no model, no network.

    pytest tests/worked_examples --worked-examples PATH

The format is that of `own.json` beside this file; every kind and metric is handled, whatever the file contains.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xner.config import MATCH_PRESETS, MatchConfig
from xner.errors import MatchInfeasible
from xner.evaluate.spans import projection_ratio, score_label_sequences
from xner.extract.aligned import aligned_spans
from xner.extract.ngram import count_ngrams, ngram_spans
from xner.match.base import MatchRequest, Selection
from xner.match.check import check_matching
from xner.match.constraints import problem_of
from xner.match.exact import ExactMatcher
from xner.match.garcia_ferrero import garcia_ferrero_labels
from xner.match.greedy import GreedyMatcher, greedy_pairs
from xner.match.heuristic import heuristic_labels
from xner.score import alignment as alignment_scores
from xner.score.fusion import apply_threshold, fuse
from xner.score.recogniser import ner_score
from xner.score.translation import nmt_score
from xner.text.iob import entities_from_labels, labels_from_entities
from xner.translate.markers import bracket_similarity, read_marked
from xner.types import Alignment, Candidate, Entity, ScoreTable, Sentence, Span

Example = dict[str, Any]
OWN = Path(__file__).with_name("own.json")
LINK_SCORES = ("link_dice", "link_half", "coverage_dice", "coverage_min")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "example" in metafunc.fixturenames:
        path = Path(metafunc.config.getoption("--worked-examples") or OWN)
        examples = json.loads(path.read_text(encoding="utf-8"))["examples"]
        metafunc.parametrize("example", examples, ids=[example["id"] for example in examples])


def test_worked_example_has_the_expected_result(example: Example) -> None:
    CHECKS[example["kind"]](example)


def test_own_examples_cover_every_kind_and_metric() -> None:
    examples = json.loads(OWN.read_text(encoding="utf-8"))["examples"]
    assert {example["kind"] for example in examples} == set(CHECKS)
    assert {example["metric"] for example in examples if example["kind"] == "metric"} == set(METRICS)


def close(value: object, tolerance: float = 1e-6) -> Any:
    return pytest.approx(value, abs=tolerance, rel=0)


def spans(pairs: list[list[int]]) -> list[Span]:
    return [Span(start, end) for start, end in pairs]


def pairs(found: list[Span]) -> list[list[int]]:
    return [[span.start, span.end] for span in found]


def links(example: Example) -> set[tuple[int, int]]:
    return {(i, j) for i, j in example["alignment"]}


def entities(example: Example) -> list[Entity]:
    return [Entity(Span(e["start"], e["end"]), e.get("label", "X")) for e in example["entities"]]


def described(found: tuple[Entity, ...]) -> list[dict[str, Any]]:
    return [{"start": e.span.start, "end": e.span.end, "label": e.label} for e in found]


def check_heuristic(example: Example) -> None:
    found = heuristic_labels(len(example["target_tokens"]), entities(example), links(example), **example["params"])
    assert found == example["expected"]["labels"]


def check_backtranslation(example: Example) -> None:
    given = example["input"]
    params = MATCH_PRESETS[given["preset"]]
    found = heuristic_labels(len(given["target_tokens"]), entities(given), links(given), **params)
    assert found == example["expected"]["labels"]


def request_of(example: Example) -> tuple[MatchRequest, MatchConfig]:
    n_tokens = example["n_target_tokens"]
    table = ScoreTable(
        tuple(entities(example)), tuple(map(Candidate, spans(example["candidates"]))), np.array(example["scores"])
    )
    config = MatchConfig(constraint=example["constraint"], per_entity=example["n_proj"])
    tokens = tuple(example.get("target_tokens", ["w"] * n_tokens))
    return MatchRequest(table, Alignment(frozenset()), Sentence(tokens, "und")), config


def labels_of(selections: tuple[Selection, ...], request: MatchRequest) -> list[str]:
    labelled = [Entity(chosen.span, request.table.entities[chosen.entity].label) for chosen in selections]
    return labels_from_entities(labelled, len(request.target))


def check_matching_example(example: Example) -> None:
    request, config = request_of(example)
    check_scores(example, request)
    if "exact" in example["expected"]:
        check_exact(example, request, config)
    if "greedy" in example["expected"]:
        expected = example["expected"]["greedy"]
        found = GreedyMatcher(config).match(request)
        assert found.objective == close(expected["objective"])
        order = greedy_pairs(problem_of(request, config))
        assert [list(pair) for pair in order] == expected["selection_order"]
        assert labels_of(found.selections, request) == expected["labels"]


def check_scores(example: Example, request: MatchRequest) -> None:
    if example.get("score") in LINK_SCORES:
        rule = getattr(alignment_scores, example["score"])
        source = [entity.span for entity in request.table.entities]
        found = rule(source, [candidate.span for candidate in request.table.candidates], links(example))
        assert found.tolist() == [close(row) for row in example["scores"]]
    if "components" in example:
        components = dict(example["components"])
        weights = components.pop("weights")
        fused, used = fuse({name: np.array(rows) for name, rows in components.items()}, weights)
        assert used == weights
        assert fused.tolist() == [close(row) for row in example["scores"]]


def check_exact(example: Example, request: MatchRequest, config: MatchConfig) -> None:
    expected = example["expected"]["exact"]
    matcher = ExactMatcher(config)
    if not expected["feasible"]:
        with pytest.raises(MatchInfeasible):
            matcher.match(request)
        return
    found = matcher.match(request)
    assert check_matching(request, found, config) == []
    assert found.objective == close(expected["objective"])
    if expected["n_optimal_solutions"] <= len(expected["solutions"]):
        chosen = {(s.entity, s.span.start, s.span.end) for s in found.selections}
        optima = [{(e, *example["candidates"][c]) for e, c in solution} for solution in expected["solutions"]]
        assert chosen in optima
    if expected["labels"] is not None:
        assert labels_of(found.selections, request) == expected["labels"]


def check_align_score(example: Example) -> None:
    given = example["input"]
    for form, expected in example["expected"].items():
        rule = getattr(alignment_scores, form)
        found = rule([Span(*given["source_span"])], spans(given["target_spans"]), links(given))
        assert found[0].tolist() == close(expected), form


def check_ner_score(example: Example) -> None:
    given = example["input"]
    for bonus, expected in example["expected"].items():
        found = ner_score(
            given["probs"],
            given["columns"],
            given["label"],
            given["alpha"],
            spans(given["target_spans"]),
            bonus.removeprefix("bonus_"),  # type: ignore[arg-type]
        )
        assert found.tolist() == close(expected), bonus


def check_nmt_score(example: Example) -> None:
    assert float(nmt_score(**example["input"])) == close(example["expected"]["score"])


def check_threshold(example: Example) -> None:
    given = example["input"]
    for name, threshold in given["thresholds"].items():
        assert apply_threshold(given[name], threshold).tolist() == close(example["expected"][name]), name


def limits(given: Example) -> dict[str, Any]:
    return {name: given[name] for name in ("min_tokens", "max_tokens", "stop_tokens") if name in given}


def check_ngrams(example: Example) -> None:
    given = example["input"]
    assert pairs(ngram_spans(given["target_tokens"], **limits(given))) == example["expected"]["candidates"]


def check_ngram_count(example: Example) -> None:
    given = example["input"]
    n_tokens = given["n_tokens"] if "n_tokens" in given else len(given["target_tokens"])
    count = count_ngrams(n_tokens, given.get("max_tokens"), given.get("min_tokens", 1))
    assert count == example["expected"]["count"]
    bounds = {name: value for name, value in limits(given).items() if name != "stop_tokens"}
    assert len(ngram_spans(["w"] * n_tokens, **bounds)) == count


def check_aligned(example: Example) -> None:
    given = example["input"]
    source = [entity.span for entity in entities(given)]
    found = aligned_spans(given["target_tokens"], source, links(given), **limits(given))
    assert pairs(found) == example["expected"]["candidates"]


def check_marked(example: Example) -> None:
    given, expected = example["input"], example["expected"]
    treatments = [name for name in ("keep_brackets", "strip_brackets") if name in expected]
    for treatment in treatments or ["strip_brackets"]:
        found = read_marked(
            given["sentence"],
            given["entity_translations"],
            given["labels"],
            threshold=given["threshold"],
            keep_brackets=treatment == "keep_brackets",
        )
        result = expected.get(treatment, expected)
        assert list(found.tokens) == result["tokens"], treatment
        assert described(found.entities) == result["entities"], treatment
    for bracketed, phrase, similarity in expected.get("similarities", ()):
        assert bracket_similarity(bracketed, phrase) == close(similarity, 1e-4)


def check_gold_entities(example: Example) -> None:
    assert described(entities_from_labels(example["input"]["labels"])) == example["expected"]["entities"]


def check_garcia_ferrero(example: Example) -> None:
    given = example["input"]
    found = garcia_ferrero_labels(
        given["target_tokens"], entities(given), given["linked_targets"], given["fill_gap_size"]
    )
    assert found == example["expected"]["labels"]


def check_metric(example: Example) -> None:
    found = METRICS[example["metric"]](example["input"])
    for name, expected in example["expected"].items():
        # A ratio that nothing defines is None here and 0 in seqeval.
        assert (found[name] or 0.0) == close(expected or 0.0), name


def micro_f1(given: Example) -> dict[str, float | None]:
    ignored = frozenset(given.get("ignore_labels", ()))
    counts = score_label_sequences(given["gold"], given["pred"], ignore_labels=ignored, scheme="lenient")
    return {
        "tp": counts.tp,
        "n_pred": counts.n_predicted,
        "n_gold": counts.n_gold,
        "precision": counts.precision,
        "recall": counts.recall,
        "f1": counts.f1,
    }


METRICS: dict[str, Callable[[Example], dict[str, float | None]]] = {
    "projection_ratio": lambda given: {"proj_ratio": projection_ratio(given["n_gold"], given["n_pred"])},
    "micro_f1": micro_f1,
    "f1_mode": lambda given: {
        "default_f1": score_label_sequences(given["gold"], given["pred"], scheme="lenient").f1,
        "strict_f1": score_label_sequences(given["gold"], given["pred"], scheme="strict").f1,
    },
}

CHECKS: dict[str, Callable[[Example], None]] = {
    "heuristic_projection": check_heuristic,
    "matching": check_matching_example,
    "align_score": check_align_score,
    "ner_score": check_ner_score,
    "nmt_score": check_nmt_score,
    "score_threshold": check_threshold,
    "ngram_candidates": check_ngrams,
    "ngram_candidates_count": check_ngram_count,
    "aligned_subrange_candidates": check_aligned,
    "marker_matching": check_marked,
    "backtranslation_pipeline": check_backtranslation,
    "europarl_gold_entities": check_gold_entities,
    "metric": check_metric,
    "garcia_ferrero_projection": check_garcia_ferrero,
}
