import json

import pytest

from xner.evaluate.report import evaluate
from xner.evaluate.spans import Counts
from xner.io.labelled import LabelledSentence
from xner.types import Entity, Sentence, Span


def row(name: str, *entities: tuple[int, int, str], lang: str = "sw", **settings: object) -> LabelledSentence:
    found = tuple(Entity(Span(start, end), label) for start, end, label in entities)
    return LabelledSentence(name, Sentence(("x",) * 6, lang), **{"entities": found, **settings})  # type: ignore[arg-type]


GOLD = [
    row("1", (0, 2, "PER"), (3, 4, "LOC")),
    row("2", (0, 1, "ORG")),
    row("3"),
    row("4", (0, 1, "PER"), lang="yo"),
    row("5", (0, 1, "PER"), (2, 3, "DATE"), lang="yo"),
]
PREDICTED = [
    row("1", (0, 2, "PER"), (3, 4, "ORG")),
    row("2", (0, 1, "ORG"), (2, 3, "MISC")),
    row("3"),
    row("4", lang="yo"),
    row("5", entities=None, status="failed", reason="no links"),
]


def test_overall_counts_are_those_of_the_rows_that_ran() -> None:
    overall = evaluate(GOLD, PREDICTED).overall
    assert overall.strict == Counts(tp=2, n_predicted=4, n_gold=4)
    assert overall.boundary == Counts(tp=3, n_predicted=4, n_gold=4)
    assert (overall.n_sentences, overall.n_not_run) == (4, 1)
    assert overall.ratio == (1 + 2 + 1 + 0) / 4


def test_gold_of_failed_rows_is_missed_only_in_the_score_that_says_so() -> None:
    overall = evaluate(GOLD, PREDICTED).overall
    assert overall.strict.f1 == 0.5
    assert overall.counting_failed == Counts(tp=2, n_predicted=4, n_gold=6)
    assert evaluate(GOLD, PREDICTED).failed == (("5", "no links"),)


def test_gold_of_missing_rows_is_missed_only_in_the_score_that_says_so() -> None:
    report = evaluate(GOLD, PREDICTED[:4])
    assert (report.overall.strict.f1, report.overall.counting_failed.n_gold) == (0.5, 6)
    assert (report.failed, report.missing_ids) == ((), ("5",))


def test_labels_with_a_row_come_from_gold_and_not_from_the_system() -> None:
    report = evaluate(GOLD, PREDICTED, labels=["GPE"])
    assert [score.name for score in report.labels] == ["DATE", "GPE", "LOC", "ORG", "PER"]
    assert report.other_labels == {"MISC": 1}


def test_counts_by_label_and_other_labels_add_up_to_the_whole() -> None:
    report = evaluate(GOLD, PREDICTED)
    total = sum((score.strict for score in report.labels), Counts())
    assert total + Counts(n_predicted=sum(report.other_labels.values())) == report.overall.strict
    assert sum(score.n_gold_not_run for score in report.labels) == report.overall.n_gold_not_run


def test_counts_by_language_add_up_to_the_whole() -> None:
    report = evaluate(GOLD, PREDICTED)
    assert [(score.name, score.n_sentences, score.n_not_run) for score in report.languages] == [
        ("sw", 3, 0),
        ("yo", 1, 1),
    ]
    assert sum((score.strict for score in report.languages), Counts()) == report.overall.strict
    assert report.mean_language_f1 == pytest.approx((2 * 2 / 7 + 0) / 2)


def test_ignored_labels_leave_no_trace() -> None:
    report = evaluate(GOLD, PREDICTED, ignore_labels={"DATE", "MISC"}, labels=["DATE"])
    assert [score.name for score in report.labels] == ["LOC", "ORG", "PER"]
    assert (report.overall.strict, report.overall.n_gold_not_run) == (Counts(2, 3, 4), 1)
    assert report.other_labels == {}


def test_by_chooses_the_breakdown() -> None:
    shapes = {
        by: (len(r.labels), len(r.languages))
        for by in ("target_lang", "label", None)
        for r in [evaluate(GOLD, PREDICTED, by=by)]
    }
    assert shapes == {"target_lang": (4, 2), "label": (4, 0), None: (0, 0)}


def test_a_slice_without_entities_has_no_score_rather_than_zero() -> None:
    report = evaluate([row("1")], [row("1")], labels=["PER"])
    assert [score.strict.f1 for score in (report.overall, *report.labels)] == [None, None]
    assert report.overall.interval is None
    assert report.overall.ratio == 1.0


def test_predictions_that_all_failed_have_no_score() -> None:
    failed = [row(gold.id, entities=None, status="failed", reason="no model") for gold in GOLD]
    report = evaluate(GOLD, failed)
    assert (report.overall.strict.f1, report.overall.counting_failed.f1, report.overall.ratio) == (None, 0.0, None)
    assert report.sentence_counts.shape == (0, 3)


def test_interval_holds_the_score_and_repeats() -> None:
    gold, predicted = GOLD[:4] * 10, PREDICTED[:4] * 10
    gold = [row(str(i), *((e.span.start, e.span.end, e.label) for e in g.entities or ())) for i, g in enumerate(gold)]
    predicted = [
        row(str(i), *((e.span.start, e.span.end, e.label) for e in p.entities or ())) for i, p in enumerate(predicted)
    ]
    interval = evaluate(gold, predicted).overall.interval
    assert interval is not None
    assert 0 < interval.low < 0.5 < interval.high < 1
    assert interval == evaluate(gold, predicted).overall.interval


def test_statistics_of_sentences_go_with_their_ids() -> None:
    report = evaluate(GOLD, PREDICTED)
    assert report.sentence_ids == ("1", "2", "3", "4")
    assert report.sentence_counts.tolist() == [[1, 2, 2], [1, 2, 1], [0, 0, 0], [0, 0, 1]]


def test_report_is_json_with_plain_numbers() -> None:
    report = evaluate(GOLD, PREDICTED)
    read = json.loads(json.dumps(report.as_dict(), allow_nan=False))
    assert (read["overall"]["f1"], read["overall"]["f1_counting_failed"]) == (0.5, 0.4)
    assert (read["n_failed"], read["failed"]) == (1, [{"id": "5", "reason": "no links"}])
    assert [entry["name"] for entry in read["languages"]] == ["sw", "yo"]


def test_table_has_a_row_for_every_slice_with_equal_columns() -> None:
    table = evaluate(GOLD, PREDICTED).as_table()
    assert [(entry["slice"], entry["name"]) for entry in table] == [
        ("all", "all"), ("label", "DATE"), ("label", "LOC"), ("label", "ORG"), ("label", "PER"),
        ("language", "sw"), ("language", "yo"),
    ]  # fmt: skip
    assert len({tuple(entry) for entry in table}) == 1


def test_signature_names_scheme_ignored_labels_and_what_the_caller_knows() -> None:
    report = evaluate(GOLD, PREDICTED, ignore_labels={"MISC", "DATE"}, provenance={"gold": "sha256+ab12"}, seed=3)
    assert report.signature.startswith(
        "gold:sha256+ab12|scheme:strict-IOB2|ignored:DATE,MISC|interval:bootstrap+n:5000+seed:3|"
    )
