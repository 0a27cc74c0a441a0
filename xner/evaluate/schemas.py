"""Four ways to say whether an entity was found: strict, exact, partial, ent_type (those of SemEval-2013 task 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Literal

from xner.types import Entity

Schema = Literal["strict", "exact", "partial", "ent_type"]
SCHEMAS: tuple[Schema, ...] = ("strict", "exact", "partial", "ent_type")

_MIN_PERCENT = 1
"""Share of a gold entity that has to be covered for the two to meet, as nervaluate has it: of an entity of more than
100 tokens one is not enough."""


@dataclass(frozen=True, slots=True)
class SchemaCounts:
    """Predicted entities that are right, wrong and half right, gold ones that nothing met, predictions that met none.

    Counts add; ratios come last and are ``None`` where undefined, as in `xner.evaluate.spans.Counts`. A half right
    one counts half. Only ``partial`` has half right ones, and it has no wrong ones.
    """

    correct: int = 0
    incorrect: int = 0
    partial: int = 0
    missed: int = 0
    spurious: int = 0

    def __add__(self, other: SchemaCounts) -> SchemaCounts:
        return SchemaCounts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def n_gold(self) -> int:
        """Gold entities."""
        return self.correct + self.incorrect + self.partial + self.missed

    @property
    def n_predicted(self) -> int:
        """Predicted entities."""
        return self.correct + self.incorrect + self.partial + self.spurious

    @property
    def precision(self) -> float | None:
        """Share of the predicted entities that are right."""
        return (self.correct + self.partial / 2) / self.n_predicted if self.n_predicted else None

    @property
    def recall(self) -> float | None:
        """Share of the gold entities that were found."""
        return (self.correct + self.partial / 2) / self.n_gold if self.n_gold else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        total = self.n_predicted + self.n_gold
        return (2 * self.correct + self.partial) / total if total else None


def count_schemas(gold: Iterable[Entity], predicted: Iterable[Entity]) -> dict[Schema, SchemaCounts]:
    """Return the counts of one sentence under each schema.

    Predictions are taken in order; each meets at most one gold entity, each gold entity at most one prediction.

    * ``strict``: span and label equal is right, any other overlap is wrong.
    * ``exact``: span equal is right whatever the label, any other overlap is wrong.
    * ``partial``: span equal is right whatever the label, any other overlap is half right.
    * ``ent_type``: overlap with an entity of the label is right (the one with the nearest ends), any other is wrong.

    The counts of a label are those of its entities alone; except for ``strict`` they don't add up to the whole, where
    entities of different labels meet too.

    Args:
        gold: entities that don't overlap; the same entity given twice counts once.
        predicted: the same of a system.

    Source:
        Segura-Bedmar et al., SemEval-2013 Task 9, section 4; ties and order are those of nervaluate 1.2.1.

    Example:
        >>> from xner.types import Span
        >>> found = count_schemas([Entity(Span(0, 3), "PER")], [Entity(Span(0, 2), "PER")])
        >>> [(name, counts.f1) for name, counts in found.items()]
        [('strict', 0.0), ('exact', 0.0), ('partial', 0.5), ('ent_type', 1.0)]
    """
    expected, found = in_order(gold), in_order(predicted)
    if expected == found:
        return dict.fromkeys(SCHEMAS, SchemaCounts(correct=len(found)))
    n_sides = (len(expected), len(found))
    met = [[k for k, other in enumerate(expected) if _overlap(entity, other)] for entity in found]
    n_strict, n_strict_wrong = _meet(expected, found, met, _is_same)
    n_exact, n_exact_wrong = _meet(expected, found, met, _has_same_span)
    n_type, n_type_wrong = _meet(expected, found, met, _has_same_label, nearest=True)
    return {
        "strict": _schema(*n_sides, n_strict, incorrect=n_strict_wrong),
        "exact": _schema(*n_sides, n_exact, incorrect=n_exact_wrong),
        "partial": _schema(*n_sides, n_exact, partial=n_exact_wrong),
        "ent_type": _schema(*n_sides, n_type, incorrect=n_type_wrong),
    }


def in_order(entities: Iterable[Entity]) -> list[Entity]:
    """Return entities from left to right, each (span, label) once."""
    unique = {(entity.span.start, entity.span.end, entity.label): entity for entity in entities}
    return [unique[key] for key in sorted(unique)]


def _schema(n_gold: int, n_predicted: int, correct: int, *, incorrect: int = 0, partial: int = 0) -> SchemaCounts:
    n_met = correct + incorrect + partial
    return SchemaCounts(correct, incorrect, partial, n_gold - n_met, n_predicted - n_met)


def _meet(
    gold: Sequence[Entity],
    predicted: Sequence[Entity],
    overlapping: Sequence[Sequence[int]],
    is_right: Callable[[Entity, Entity], bool],
    *,
    nearest: bool = False,
) -> tuple[int, int]:
    """Return how many predictions met a gold entity rightly, and how many met only some other one.

    `overlapping` has the places of the gold entities that each prediction overlaps.
    """
    is_open = [True] * len(gold)
    n_right = n_other = 0
    for entity, places in zip(predicted, overlapping, strict=True):
        met = [index for index in places if is_open[index]]
        right = [index for index in met if is_right(entity, gold[index])]
        if right:
            n_right += 1
            is_open[min(right, key=lambda index: _distance(entity, gold[index])) if nearest else right[0]] = False
        elif met:
            n_other += 1
            is_open[met[0]] = False
    return n_right, n_other


def _overlap(predicted: Entity, gold: Entity) -> bool:
    n_shared = min(predicted.span.end, gold.span.end) - max(predicted.span.start, gold.span.start)
    return n_shared > 0 and 100 * n_shared >= _MIN_PERCENT * len(gold.span)


def _distance(one: Entity, other: Entity) -> int:
    return abs(one.span.start - other.span.start) + abs(one.span.end - other.span.end)


def _is_same(one: Entity, other: Entity) -> bool:
    return one.span == other.span and one.label == other.label


def _has_same_span(one: Entity, other: Entity) -> bool:
    return one.span == other.span


def _has_same_label(one: Entity, other: Entity) -> bool:
    return one.label == other.label
