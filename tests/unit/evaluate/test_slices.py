import numpy as np
import pytest

from xner.evaluate.entity_table import SLICES, Evidence, SliceBy, copy_ratio, tabulate
from xner.evaluate.report import evaluate
from xner.evaluate.slices import SliceScore, slice_scores
from xner.io.labelled import LabelledSentence
from xner.types import Entity, Sentence, Span

Found = tuple[int, int, str]


def row(name: str, text: str, *found: Found, lang: str = "sw") -> LabelledSentence:
    entities = tuple(Entity(Span(start, end), label, score=0.5) for start, end, label in found)
    return LabelledSentence(name, Sentence(tuple(text.split()), lang), entities)


GOLD = [
    row("1", "Ana Lu left Oslo", (0, 2, "PER"), (3, 4, "LOC")),
    row("2", "OSLO is large", (0, 1, "LOC")),
    row("3", "nobody here"),
    row("4", "Обама in Oslo", (0, 1, "PER"), (2, 3, "LOC"), lang="yo"),
]
PREDICTED = [
    row("1", "Ana Lu left Oslo", (0, 1, "PER"), (3, 4, "LOC")),
    row("2", "OSLO is large", (0, 1, "LOC")),
    row("3", "nobody here", (1, 2, "LOC")),
    row("4", "Обама in Oslo", (0, 1, "PER"), lang="yo"),
]
EVIDENCE = {
    "1": Evidence(("Anna Lu", "Oslo"), {Span(3, 4): 0.3, Span(0, 1): None}),
    "2": Evidence((), {Span(0, 1): 2.0}),
}
REPORT = evaluate(GOLD, PREDICTED)
TABLE = tabulate(REPORT.scored, EVIDENCE)


def by_bucket(by: SliceBy) -> dict[str, tuple[int, int, int | None]]:
    return {score.bucket: (score.tp, score.n_predicted, score.n_gold) for score in slice_scores(TABLE, by)}


def test_entities_are_sorted_by_what_the_slice_says() -> None:
    assert by_bucket("entity_length") == {"1": (3, 5, 4), "2": (0, 0, 1)}
    assert by_bucket("sentence_length") == {"1–10": (3, 5, 5)}
    assert by_bucket("label") == {"LOC": (2, 3, 3), "PER": (1, 2, 2)}
    assert by_bucket("script") == {"Cyrl": (1, 1, 1), "Latn": (2, 4, 4)}


def test_frequency_counts_gold_of_the_language_whatever_the_case_of_letters() -> None:
    assert by_bucket("frequency") == {"0": (0, 2, 0), "1": (1, 1, 3), "2–4": (2, 2, 2)}


def test_copies_are_told_from_the_nearest_source_name_where_the_source_is_known() -> None:
    assert by_bucket("copy") == {
        "below 0.5": (1, 1, 1),
        "0.5–0.8": (0, 1, 0),
        "0.8–1": (0, 0, 1),
        "identical": (1, 1, 1),
    }
    assert copy_ratio("Ana Lu", "Anna Lu") == copy_ratio("ANNA LU", "ana lu") == pytest.approx(12 / 13)


def test_margins_are_those_of_predictions_and_give_a_precision_alone() -> None:
    scores = slice_scores(TABLE, "margin")
    assert [(s.bucket, s.precision, s.recall, s.f1, s.n_gold, s.interval) for s in scores] == [
        ("0.25–0.5", 1.0, None, None, None, None),
        ("1+", 1.0, None, None, None, None),
    ]


@pytest.mark.parametrize("by", ["entity_length", "sentence_length", "label", "frequency", "script"])
@pytest.mark.parametrize("by_language", [False, True])
def test_buckets_add_up_to_the_whole(by: SliceBy, by_language: bool) -> None:
    scores = slice_scores(TABLE, by, by_language=by_language, n_resamples=0)
    sums = tuple(sum(getattr(s, name) for s in scores) for name in ("tp", "n_predicted", "n_gold"))
    strict = REPORT.overall.strict
    assert sums == (strict.tp, strict.n_predicted, strict.n_gold)
    if by_language:
        assert {s.language for s in scores} == {"sw", "yo"}


@pytest.mark.parametrize("by", SLICES)
def test_a_score_names_the_sentences_that_hold_its_entities(by: SliceBy) -> None:
    names, codes = TABLE.buckets[by]
    for score in slice_scores(TABLE, by):
        held = TABLE.sentence[(codes == names.index(score.bucket)) & (TABLE.in_predicted | (by != "margin"))]
        assert score.sentence_ids == tuple(TABLE.ids[i] for i in np.unique(held))


def test_the_slice_of_a_label_is_its_row_in_the_report() -> None:
    report = evaluate(GOLD, PREDICTED, n_resamples=200, seed=4)
    slices: list[SliceScore] = list(slice_scores(TABLE, "label", n_resamples=200, seed=4))
    assert [(s.bucket, s.f1, s.interval) for s in slices] == [
        (score.name, score.strict.f1, score.interval) for score in report.labels
    ]


def test_a_language_sees_only_its_own_sentences() -> None:
    (score,) = (s for s in slice_scores(TABLE, "label", by_language=True) if (s.language, s.bucket) == ("yo", "PER"))
    assert (score.f1, score.sentence_ids, score.interval) == (1.0, ("4",), (1.0, 1.0))


def test_without_entities_there_is_no_slice() -> None:
    table = tabulate([(row("3", "nobody here"), ())])
    assert [slice_scores(table, by) for by in SLICES] == [()] * len(SLICES)
    assert len(table) == 0
