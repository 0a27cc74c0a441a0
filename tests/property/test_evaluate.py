"""Our counts against seqeval, on corpora nobody would write by hand."""

import random
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import precision_recall_fscore_support as seqeval_default
from seqeval.metrics.v1 import precision_recall_fscore_support as seqeval_strict
from seqeval.scheme import IOB2

from xner.evaluate.spans import (
    Counts,
    count_boundaries,
    count_spans,
    entities_from_iob2,
    projection_ratio,
    score_label_sequences,
)
from xner.text.iob import entities_from_labels, labels_from_entities

LABELS = ("PER", "ORG", "LOC", "X-Y")
# What seqeval's f1_score calls with and without mode="strict"; the public functions give one number each.
SEQEVAL = {
    "strict": partial(seqeval_strict, scheme=IOB2, zero_division=0),
    "lenient": partial(seqeval_default, zero_division=0),
}

tags = st.sampled_from(["O", *(f"{prefix}-{label}" for prefix in "BI" for label in LABELS)])
sentences = st.integers(0, 8).flatmap(
    lambda n: st.tuples(st.lists(tags, min_size=n, max_size=n), st.lists(tags, min_size=n, max_size=n))
)


def draw_corpus(rng: random.Random) -> tuple[list[list[str]], list[list[str]]]:
    """Return tags of gold and prediction, invalid ones too; sides may lack labels, entities or tokens."""
    sides = []
    lengths = [rng.choice([0, 1, 3, 6, 12]) for _ in range(rng.randint(1, 5))]
    gold: list[list[str]] = []
    for labels in (rng.sample(LABELS, rng.randint(1, 4)), rng.sample(LABELS, rng.randint(1, 4))):
        p_outside = rng.choice([0.2, 0.5, 0.8, 1.0])
        side = [
            ["O" if rng.random() < p_outside else f"{rng.choice('BII')}-{rng.choice(labels)}" for _ in range(n)]
            for n in lengths
        ]
        if gold and rng.random() < 0.7:
            side = [
                [g if rng.random() < 0.7 else p for g, p in zip(old, new, strict=True)]
                for old, new in zip(gold, side, strict=True)
            ]
        gold = side
        sides.append(side)
    return sides[0], sides[1]


def plain(counts: Counts) -> tuple[float, float, float]:
    """Return P, R, F1 as seqeval shows them: 0 where undefined."""
    return (counts.precision or 0.0, counts.recall or 0.0, counts.f1 or 0.0)


def assert_equals_seqeval(gold: list[list[str]], predicted: list[list[str]], scheme: str) -> None:
    seqeval = SEQEVAL[scheme]
    ours = score_label_sequences(gold, predicted, scheme=scheme)
    decode = entities_from_iob2 if scheme == "strict" else entities_from_labels
    by_label: dict[str, Counts] = {}
    for gold_tags, predicted_tags in zip(gold, predicted, strict=True):
        for label, counts in count_spans(decode(gold_tags), decode(predicted_tags)).items():
            by_label[label] = by_label.get(label, Counts()) + counts
    theirs = seqeval(gold, predicted, average="micro")
    assert plain(ours) == pytest.approx(theirs[:3], abs=1e-12)
    assert ours.n_gold == theirs[3]
    if by_label:
        theirs = seqeval(gold, predicted, average=None)
        assert [len(column) for column in theirs] == [len(by_label)] * 4
        for index, label in enumerate(sorted(by_label)):
            assert plain(by_label[label]) == pytest.approx([column[index] for column in theirs[:3]], abs=1e-12)
            assert by_label[label].n_gold == theirs[3][index]


@pytest.mark.parametrize("scheme", ["strict", "lenient"])
def test_counts_equal_seqeval_on_two_thousand_corpora(scheme: str) -> None:
    rng = random.Random(20250)
    n_with_entities = n_stray = 0
    for _ in range(2000):
        gold, predicted = draw_corpus(rng)
        assert_equals_seqeval(gold, predicted, scheme)
        n_with_entities += bool(score_label_sequences(gold, predicted).n_gold)
        n_stray += score_label_sequences(gold, predicted) != score_label_sequences(gold, predicted, scheme="lenient")
    assert n_with_entities > 1000
    assert n_stray > 1000


@given(st.lists(sentences, min_size=1, max_size=5))
def test_counts_equal_seqeval_on_any_tags(corpus: list[tuple[list[str], list[str]]]) -> None:
    gold, predicted = [pair[0] for pair in corpus], [pair[1] for pair in corpus]
    for scheme in SEQEVAL:
        assert_equals_seqeval(gold, predicted, scheme)


@given(sentences)
def test_schemes_agree_once_tags_are_repaired(pair: tuple[list[str], list[str]]) -> None:
    repaired = [[labels_from_entities(entities_from_labels(side), len(side))] for side in pair]
    assert score_label_sequences(*repaired) == score_label_sequences(*repaired, scheme="lenient")


@given(sentences)
def test_ignoring_all_labels_but_one_leaves_the_counts_of_that_one(pair: tuple[list[str], list[str]]) -> None:
    gold, predicted = (entities_from_iob2(side) for side in pair)
    by_label = count_spans(gold, predicted)
    for label in LABELS:
        alone = score_label_sequences([pair[0]], [pair[1]], ignore_labels=set(LABELS) - {label})
        assert alone == by_label.get(label, Counts())


@given(sentences)
def test_right_boundaries_are_at_least_as_many_as_right_entities(pair: tuple[list[str], list[str]]) -> None:
    gold, predicted = (entities_from_iob2(side) for side in pair)
    strict, boundary = sum(count_spans(gold, predicted).values(), Counts()), count_boundaries(gold, predicted)
    assert boundary.tp >= strict.tp
    assert (boundary.n_gold, boundary.n_predicted) == (strict.n_gold, strict.n_predicted)


@given(sentences)
def test_swapping_the_sides_swaps_precision_and_recall(pair: tuple[list[str], list[str]]) -> None:
    there, back = score_label_sequences([pair[0]], [pair[1]]), score_label_sequences([pair[1]], [pair[0]])
    assert (there.precision, there.recall, there.f1) == (back.recall, back.precision, back.f1)


@given(st.lists(st.integers(0, 9), min_size=1))
def test_a_prediction_with_the_number_of_gold_entities_has_ratio_one(n_gold: list[int]) -> None:
    assert projection_ratio(n_gold, n_gold) == pytest.approx(1.0, abs=1e-12)
