"""Two sets of entities over one sentence: what is the same, and how the rest differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from xner.types import Entity

Kind = Literal["correct", "boundary", "label", "missing", "spurious"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One entity of either side: `expected` is None for a spurious one, `found` for a missing one."""

    kind: Kind
    expected: Entity | None
    found: Entity | None


def compare(expected: Sequence[Entity], found: Sequence[Entity]) -> list[Agreement]:
    """Return each entity of both sides in exactly one row, in order of place.

    Pairs are taken in this order: equal span and label (`correct`), equal span (`label`), overlap under one label
    (`boundary`), overlap under another (`label`); of several overlaps the first by place. What is left on the
    expected side is `missing`, on the other `spurious`.

    Example:
        >>> from xner.types import Span
        >>> gold = [Entity(Span(0, 2), "PER"), Entity(Span(4, 5), "LOC")]
        >>> [row.kind for row in compare(gold, [Entity(Span(1, 2), "PER"), Entity(Span(6, 7), "ORG")])]
        ['boundary', 'missing', 'spurious']
    """
    rounds: list[tuple[Kind, Callable[[Entity, Entity], bool]]] = [
        ("correct", lambda e, f: e.span == f.span and e.label == f.label),
        ("label", lambda e, f: e.span == f.span),
        ("boundary", lambda e, f: e.span.overlaps(f.span) and e.label == f.label),
        ("label", lambda e, f: e.span.overlaps(f.span)),
    ]
    left, right = sorted(expected, key=lambda e: e.span), sorted(found, key=lambda e: e.span)
    rows: list[Agreement] = []
    for kind, fits in rounds:
        for entity in list(left):
            partner = next((other for other in right if fits(entity, other)), None)
            if partner is not None:
                rows.append(Agreement(kind, entity, partner))
                left.remove(entity)
                right.remove(partner)
    rows += [Agreement("missing", entity, None) for entity in left]
    rows += [Agreement("spurious", None, entity) for entity in right]
    return sorted(rows, key=_place)


def _place(row: Agreement) -> tuple[int, int]:
    first = next(entity for entity in (row.expected, row.found) if entity is not None)
    return first.span.start, first.span.end
