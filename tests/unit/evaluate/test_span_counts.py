import pytest

from xner.evaluate.spans import Counts, count_boundaries, count_spans, projection_ratio, score_label_sequences
from xner.types import Entity, Span

ANNA, OSLO = Entity(Span(0, 2), "PER"), Entity(Span(4, 5), "LOC")


def test_nothing_expected_and_nothing_predicted_has_no_score() -> None:
    assert (Counts().precision, Counts().recall, Counts().f1) == (None, None, None)


def test_predicting_nothing_where_gold_has_entities_scores_zero() -> None:
    counts = Counts(n_gold=3)
    assert (counts.precision, counts.recall, counts.f1) == (None, 0.0, 0.0)


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="2 found of 1 expected"):
        Counts(tp=2, n_predicted=2, n_gold=1)


def test_a_wrong_label_is_a_miss_and_a_false_alarm_but_a_right_boundary() -> None:
    predicted = [ANNA, Entity(Span(4, 5), "ORG")]
    assert count_spans([ANNA, OSLO], predicted) == {
        "LOC": Counts(0, 0, 1),
        "ORG": Counts(0, 1, 0),
        "PER": Counts(1, 1, 1),
    }
    assert count_boundaries([ANNA, OSLO], predicted) == Counts(2, 2, 2)


def test_score_and_origin_of_an_entity_play_no_part() -> None:
    assert count_spans([ANNA], [Entity(ANNA.span, "PER", score=0.2, source=3)]) == {"PER": Counts(1, 1, 1)}


def test_ignored_labels_are_dropped_on_both_sides() -> None:
    gold = [["B-PER", "I-PER", "O", "B-DATE"], ["B-LOC", "O"]]
    predicted = [["B-PER", "I-PER", "O", "O"], ["B-ORG", "O"]]
    assert score_label_sequences(gold, predicted, ignore_labels={"DATE"}) == Counts(1, 2, 2)
    assert score_label_sequences(gold, predicted) == Counts(1, 2, 3)


@pytest.mark.parametrize("tag", ["E-PER", "PER", "B-", ""])
def test_tags_outside_iob2_are_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="tag"):
        score_label_sequences([["O"]], [[tag]])


@pytest.mark.parametrize(("gold", "predicted"), [([["O"]], []), ([["O"]], [["O", "O"]])])
def test_sides_of_unequal_length_are_refused(gold: list[list[str]], predicted: list[list[str]]) -> None:
    with pytest.raises(ValueError, match="gold"):
        score_label_sequences(gold, predicted)


def test_projection_ratio_needs_sentences_in_equal_numbers() -> None:
    with pytest.raises(ValueError, match="no sentence"):
        projection_ratio([], [])
    with pytest.raises(ValueError, match="shorter"):
        projection_ratio([1, 2], [1])
