"""Rules of the NER and translation scores, given a model's probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from xner.score.recogniser import ner_score, ner_span_score
from xner.score.translation import nmt_score
from xner.types import Span

PROBS = np.array([[0.7, 0.1, 0.1, 0.1], [0.1, 0.6, 0.2, 0.1], [0.1, 0.1, 0.7, 0.1]])
COLUMNS = ["B-PER", "I-PER", "B-LOC", "O"]


def test_a_span_scores_its_mean_tag_probability_with_a_bonus_for_length() -> None:
    found = ner_score(PROBS, COLUMNS, "PER", 1.5, [Span(0, 1), Span(0, 2), Span(0, 3)], "always")
    assert found == pytest.approx([0.7, 1.5 * (0.7 + 0.6) / 2, 2.25 * (0.7 + 0.6 + 0.1) / 3])


def test_the_bonus_needs_the_most_probable_tags_to_agree() -> None:
    found = ner_score(PROBS, COLUMNS, "PER", 1.5, [Span(0, 2), Span(0, 3), Span(1, 3)])
    assert found == pytest.approx([1.5 * 0.65, (0.7 + 0.6 + 0.1) / 3, (0.1 + 0.1) / 2])


def test_a_label_without_inside_tag_uses_its_begin_tag_for_both_and_the_reverse() -> None:
    assert ner_score(PROBS, COLUMNS, "LOC", 1.0, [Span(1, 3)]) == pytest.approx([(0.2 + 0.7) / 2])
    assert ner_score(PROBS, ["O", "I-PER", "O", "O"], "PER", 1.0, [Span(0, 2)]) == pytest.approx([(0.1 + 0.6) / 2])


def test_only_inside_reads_the_inside_tag_at_the_first_token() -> None:
    assert ner_score(PROBS, COLUMNS, "PER", 1.0, [Span(1, 2)], only_inside=True) == pytest.approx([0.6])
    assert ner_score(PROBS, COLUMNS, "LOC", 1.0, [Span(2, 3)], only_inside=True) == pytest.approx([0.7])


def test_a_label_unknown_to_the_model_scores_zero() -> None:
    assert ner_score(PROBS, COLUMNS, "DATE", 1.15, [Span(0, 1), Span(1, 2)]).tolist() == [0.0, 0.0]


def test_no_spans_give_no_scores() -> None:
    assert ner_score(PROBS, COLUMNS, "PER", 1.15, []).shape == (0,)
    assert ner_span_score(PROBS, ["O"] * 4, 1.15, [Span(0, 1)]).tolist() == [0.0]


def test_the_span_form_is_the_best_label_that_counts() -> None:
    spans = [Span(0, 1), Span(2, 3)]
    assert ner_span_score(PROBS, COLUMNS, 1.15, spans) == pytest.approx([0.7, 0.7])
    assert ner_span_score(PROBS, COLUMNS, 1.15, spans, ignored={"LOC"}) == pytest.approx([0.7, 0.1])


def test_the_translation_score_is_symmetric_and_one_for_a_perfect_copy() -> None:
    assert nmt_score(0.2, 0.8, 0.3, 0.6) == pytest.approx(nmt_score(0.3, 0.6, 0.2, 0.8))
    assert float(nmt_score(0.5, 0.5, 0.4, 0.4)) == 1.0


def test_translation_scores_keep_the_shape_of_their_input() -> None:
    assert nmt_score(np.full((2, 3), 0.1), np.ones((2, 1)), np.full((2, 3), 0.3), np.ones(3)).shape == (2, 3)


@pytest.mark.parametrize(("cross", "own"), [(0.1, 0.0), (-0.1, 0.5), (float("nan"), 0.5), (0.1, float("nan"))])
def test_impossible_probabilities_are_refused(cross: float, own: float) -> None:
    with pytest.raises(ValueError, match="probabilit"):
        nmt_score(cross, own, 0.1, 0.5)
