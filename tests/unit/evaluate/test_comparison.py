import json

import pytest

from xner.evaluate.comparison import compare
from xner.evaluate.report import EvaluationReport, evaluate
from xner.io.labelled import LabelledSentence
from xner.types import Entity, Sentence, Span

PER, LOC = Entity(Span(0, 1), "PER"), Entity(Span(2, 3), "LOC")


def row(name: str, lang: str, *found: Entity) -> LabelledSentence:
    return LabelledSentence(name, Sentence(("x",) * 4, lang), found)


GOLD = [row(f"{lang}{n}", lang, PER, LOC) for lang, size in (("sw", 30), ("yo", 10)) for n in range(size)]


def report(n_wrong: dict[str, int], n_ran: int = 40) -> EvaluationReport:
    """Return the report of a system that misses LOC in the first sentences of each language."""
    predicted = [
        row(g.id, g.sentence.lang, PER, *([] if int(g.id[2:]) < n_wrong[g.sentence.lang] else [LOC])) for g in GOLD
    ]
    return evaluate(GOLD, predicted[:n_ran], n_resamples=1)


BASE, BETTER = report({"sw": 20, "yo": 8}), report({"sw": 2, "yo": 8})


def test_differences_are_those_of_the_scores_beside_them() -> None:
    found = compare({"base": BASE, "better": BETTER, "base again": BASE}, n_resamples=200)
    scores = {(s.system, s.slice): s.f1 for s in found.scores}
    assert [d.slice for d in found.differences if d.system == "better"] == ["all", "mean", "sw", "yo"]
    for d in found.differences:
        assert d.reference == "base"
        assert d.delta == pytest.approx((scores[d.system, d.slice] or 0) - (scores["base", d.slice] or 0), abs=1e-12)
        assert d.low is not None
        assert d.high is not None
        assert d.low <= d.delta <= d.high
    assert [(d.delta, d.low, d.high, d.p) for d in found.differences if d.system == "base again"] == [(0, 0, 0, 1)] * 4


def test_scores_are_those_of_the_reports() -> None:
    found = compare({"base": BASE, "better": BETTER}, n_resamples=100)
    scores = {s.slice: s for s in found.scores if s.system == "better"}
    assert scores["all"].f1 == BETTER.overall.strict.f1
    assert scores["mean"].f1 == BETTER.mean_language_f1
    assert [scores[s.name].f1 for s in BETTER.languages] == [s.strict.f1 for s in BETTER.languages]


def test_a_real_difference_is_found_and_one_that_is_none_is_not() -> None:
    p = {d.slice: d.p for d in compare({"base": BASE, "better": BETTER}, n_resamples=999).differences}
    assert p["sw"] == 0.001
    assert p["yo"] == 1.0


def test_only_sentences_that_ran_in_all_systems_count() -> None:
    partial = report({"sw": 2, "yo": 8}, n_ran=30)
    found = compare({"base": BASE, "partial": partial}, n_resamples=100)
    assert (found.n_sentences, found.n_left_out, found.not_run) == (30, 10, {"base": 0, "partial": 10})
    # All of yo is left out, so no mean over languages is left.
    assert {d.slice for d in found.differences} == {"all"}
    assert found.scores[0].f1 == next(s.strict.f1 for s in BASE.languages if s.name == "sw")


def test_languages_without_entities_have_no_score_and_no_difference() -> None:
    gold = [*GOLD, row("fr0", "fr")]
    predicted = [*GOLD[1:], row(GOLD[0].id, "sw", PER), row("fr0", "fr")]
    reports = {"a": evaluate(gold, gold, n_resamples=1), "b": evaluate(gold, predicted, n_resamples=1)}
    found = compare(reports, n_resamples=100)
    (french,) = (d for d in found.differences if d.slice == "fr")
    assert (french.delta, french.low, french.high, french.p) == (None, None, None, None)
    assert [s.f1 for s in found.scores if s.slice == "fr"] == [None, None]
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["n_sentences"] == 41


def test_one_system_or_none_in_common_is_nothing_to_compare() -> None:
    with pytest.raises(ValueError, match="at least two"):
        compare({"base": BASE})
    nothing = report({"sw": 0, "yo": 0}, n_ran=0)
    with pytest.raises(ValueError, match="no sentence"):
        compare({"base": BASE, "nothing": nothing})


def test_another_gold_is_refused() -> None:
    other = evaluate([row(g.id, g.sentence.lang, PER) for g in GOLD], GOLD, n_resamples=1)
    with pytest.raises(ValueError, match="same gold"):
        compare({"base": BASE, "other": other}, n_resamples=1)
