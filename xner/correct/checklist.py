"""What became of every source entity: one line each, and which of them must be asked about before accepting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from xner.correct.annotation import AnnotatedEntity, Annotation
from xner.types import Entity, SentencePair

State = Literal["linked", "missing", "duplicate", "label changed", "dropped"]


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """A source entity, by index and as it is, and the target entities linked to it in order of place."""

    source: int
    entity: Entity
    state: State
    linked: tuple[AnnotatedEntity, ...]


def checklist(pair: SentencePair, annotation: Annotation) -> tuple[ChecklistLine, ...]:
    """Return one line per source entity, in order; none where the source entities aren't known.

    A span outweighs the mark "dropped in translation". Several spans are `duplicate` whatever their labels; a single
    one under another label than the source entity's is `label changed`.

    Example:
        >>> from xner.types import Sentence, Span
        >>> pair = SentencePair("1", Sentence(("Ada", "in", "Rome"), "en"), Sentence(("Ada", "Rom"), "de"),
        ...                     source_entities=(Entity(Span(0, 1), "PER"), Entity(Span(2, 3), "LOC")))
        >>> [line.state for line in checklist(pair, Annotation((AnnotatedEntity("a", Span(0, 1), "PER", source=0),)))]
        ['linked', 'missing']
    """
    lines = []
    for number, entity in enumerate(pair.source_entities or ()):
        linked = tuple(e for e in annotation.entities if e.source == number)
        lines.append(ChecklistLine(number, entity, _state(number, entity, linked, annotation), linked))
    return tuple(lines)


def unsettled(pair: SentencePair, annotation: Annotation) -> tuple[int, ...]:
    """Return the source entities that are neither linked nor marked as dropped, in order."""
    return tuple(line.source for line in checklist(pair, annotation) if line.state == "missing")


def _state(number: int, entity: Entity, linked: tuple[AnnotatedEntity, ...], annotation: Annotation) -> State:
    if not linked:
        return "dropped" if number in annotation.dropped else "missing"
    if len(linked) > 1:
        return "duplicate"
    return "linked" if linked[0].label == entity.label else "label changed"
