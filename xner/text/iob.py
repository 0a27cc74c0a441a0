"""Entities to one label per token and back: IOB2 written; IOB1, IOB2 and IOBES (BILOU) read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xner.types import Entity, Span

_OPENS = frozenset("BSU")
_CLOSES = frozenset("ESLU")
_PREFIXES = frozenset("BIESLU")


def split_tag(tag: str) -> tuple[str, str]:
    """Return (prefix, label) of a tag, ``("O", "")`` for O.

    Raises:
        ValueError: the tag is neither O nor one of B- I- E- S- L- U- and a label.

    Example:
        >>> split_tag("B-PER"), split_tag("O")
        (('B', 'PER'), ('O', ''))
    """
    if tag == "O":
        return "O", ""
    prefix, dash, label = tag.partition("-")
    if prefix not in _PREFIXES or not dash or not label:
        raise ValueError(f"tag {tag!r} is neither O nor B-, I-, E- or S- and a label")
    return prefix, label


def entities_from_labels(labels: Sequence[str]) -> tuple[Entity, ...]:
    """Return the entities of a label sequence, in order.

    An ``I-`` without an open entity of its label opens one, as in IOB1; adjacent entities stay two.

    Raises:
        ValueError: a tag of no known scheme.

    Example:
        >>> [(e.span.start, e.span.end, e.label) for e in entities_from_labels(["B-PER", "I-PER", "B-ORG", "O"])]
        [(0, 2, 'PER'), (2, 3, 'ORG')]
    """
    entities: list[Entity] = []
    start, open_label = 0, ""
    for index, tag in enumerate([*labels, "O"]):
        prefix, label = split_tag(tag)
        if open_label and (prefix in _OPENS or label != open_label):
            entities.append(Entity(Span(start, index), open_label))
            open_label = ""
        if label and not open_label:
            start, open_label = index, label
        if open_label and prefix in _CLOSES:
            entities.append(Entity(Span(start, index + 1), open_label))
            open_label = ""
    return tuple(entities)


def labels_from_entities(entities: Iterable[Entity], n_tokens: int) -> list[str]:
    """Return one IOB2 tag per token.

    Raises:
        ValueError: two entities share a token, or one ends beyond the last.

    Example:
        >>> labels_from_entities([Entity(Span(1, 3), "LOC")], 4)
        ['O', 'B-LOC', 'I-LOC', 'O']
    """
    labels = ["O"] * n_tokens
    for entity in entities:
        if entity.span.end > n_tokens:
            raise ValueError(f"entity ends at token {entity.span.end}, the sentence has {n_tokens}")
        for position in entity.span:
            if labels[position] != "O":
                raise ValueError(f"two entities share token {position}")
            labels[position] = f"{'B' if position == entity.span.start else 'I'}-{entity.label}"
    return labels
