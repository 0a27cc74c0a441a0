"""Counts of entities found: strict, boundary-only, and from label sequences as seqeval reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from xner.text.iob import entities_from_labels, split_tag
from xner.types import Entity, Span

Scheme = Literal["strict", "lenient"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Entities found, predicted and expected. Counts add; ratios come last and are ``None`` where undefined.

    `precision` is ``None`` if nothing was predicted, `recall` if gold has nothing, `f1` if both are empty. Someone who
    predicts nothing where gold has entities has an F1 of 0.

    Example:
        >>> both = Counts(tp=1, n_predicted=1, n_gold=2) + Counts(tp=0, n_predicted=1, n_gold=0)
        >>> both.precision, both.recall, both.f1, Counts().f1
        (0.5, 0.5, 0.5, None)
    """

    tp: int = 0
    n_predicted: int = 0
    n_gold: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.tp <= min(self.n_predicted, self.n_gold):
            raise ValueError(f"{self.tp} found of {self.n_gold} expected and {self.n_predicted} predicted")

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.n_predicted + other.n_predicted, self.n_gold + other.n_gold)

    @property
    def precision(self) -> float | None:
        """Share of the predicted entities that are right."""
        return self.tp / self.n_predicted if self.n_predicted else None

    @property
    def recall(self) -> float | None:
        """Share of the gold entities that were found."""
        return self.tp / self.n_gold if self.n_gold else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        total = self.n_predicted + self.n_gold
        return 2 * self.tp / total if total else None


def count_spans(gold: Sequence[Entity], predicted: Sequence[Entity]) -> dict[str, Counts]:
    """Return the strict counts of one sentence by label: an entity is found if span and label are equal.

    Labels are sorted; those of neither side are left out. The same entity given twice counts once.

    Example:
        >>> person = Entity(Span(0, 2), "PER")
        >>> count_spans([person, Entity(Span(3, 4), "LOC")], [person])
        {'LOC': Counts(tp=0, n_predicted=0, n_gold=1), 'PER': Counts(tp=1, n_predicted=1, n_gold=1)}
    """
    gold_spans = {(entity.label, entity.span) for entity in gold}
    predicted_spans = {(entity.label, entity.span) for entity in predicted}
    n_gold = Counter(label for label, _ in gold_spans)
    n_predicted = Counter(label for label, _ in predicted_spans)
    tp = Counter(label for label, _ in gold_spans & predicted_spans)
    return {label: Counts(tp[label], n_predicted[label], n_gold[label]) for label in sorted({*n_gold, *n_predicted})}


def count_boundaries(gold: Sequence[Entity], predicted: Sequence[Entity]) -> Counts:
    """Return the counts of one sentence with labels ignored: an entity is found if its span is."""
    gold_spans = {entity.span for entity in gold}
    predicted_spans = {entity.span for entity in predicted}
    return Counts(len(gold_spans & predicted_spans), len(predicted_spans), len(gold_spans))


def entities_from_iob2(labels: Sequence[str]) -> tuple[Entity, ...]:
    """Return the entities that strict IOB2 sees: each opens with ``B-``, an ``I-`` that continues none is no entity.

    Raises:
        ValueError: a tag that is not O, B- or I- and a label.

    Example:
        >>> [(e.span.start, e.span.end, e.label) for e in entities_from_iob2(["I-PER", "B-PER", "I-PER", "I-LOC"])]
        [(1, 3, 'PER')]
    """
    entities: list[Entity] = []
    start, open_label = 0, ""
    for index, tag in enumerate([*labels, "O"]):
        prefix, label = split_tag(tag)
        if prefix not in "BIO":
            raise ValueError(f"tag {tag!r} is not IOB2")
        if open_label and (prefix, label) != ("I", open_label):
            entities.append(Entity(Span(start, index), open_label))
            open_label = ""
        if prefix == "B":
            start, open_label = index, label
    return tuple(entities)


_DECODERS: dict[Scheme, Callable[[Sequence[str]], tuple[Entity, ...]]] = {
    "strict": entities_from_iob2,
    "lenient": entities_from_labels,
}


def score_label_sequences(
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    *,
    ignore_labels: Collection[str] = frozenset(),
    scheme: Scheme = "strict",
) -> Counts:
    """Return the summed counts of a corpus, one sequence of IOB2 tags per sentence and side.

    Args:
        gold: tags of each sentence.
        predicted: tags of the same sentences, as many each.
        ignore_labels: entities of these labels don't exist, on either side.
        scheme: ``strict`` equals seqeval with ``mode="strict", scheme=IOB2``: a stray ``I-`` is no entity.
            ``lenient`` equals seqeval's default (and conlleval): a stray ``I-`` opens one.

    Raises:
        ValueError: unequal lengths, or a tag of another scheme.

    Example:
        >>> score_label_sequences([["B-PER", "I-PER"]], [["I-PER", "I-PER"]]).f1
        0.0
        >>> score_label_sequences([["B-PER", "I-PER"]], [["I-PER", "I-PER"]], scheme="lenient").f1
        1.0
    """
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold sentences but {len(predicted)} predicted")
    total, decode = Counts(), _DECODERS[scheme]
    for index, (gold_tags, predicted_tags) in enumerate(zip(gold, predicted, strict=True)):
        if len(gold_tags) != len(predicted_tags):
            raise ValueError(f"sentence {index}: {len(gold_tags)} gold tags but {len(predicted_tags)} predicted")
        by_label = count_spans(decode(gold_tags), decode(predicted_tags))
        total = sum((counts for label, counts in by_label.items() if label not in ignore_labels), total)
    return total


def projection_ratio(n_gold: Sequence[int], n_predicted: Sequence[int]) -> float:
    """Return the mean over sentences of predicted / gold entities; 0/0 counts as 1 and n/0 as 0.

    Above 1 the projection tends to invent or to split entities, below 1 to lose them.

    Args:
        n_gold: gold entities of each sentence, (n_sentences,), not empty.
        n_predicted: predicted entities of the same sentences.

    Raises:
        ValueError: no sentence, or unequal lengths.

    Example:
        >>> projection_ratio([2, 0, 0, 1], [1, 0, 3, 2])
        0.875
    """
    if not n_gold:
        raise ValueError("no sentence to average over")
    ratios = [
        found / expected if expected else float(found == 0) for expected, found in zip(n_gold, n_predicted, strict=True)
    ]
    return sum(ratios) / len(ratios)
