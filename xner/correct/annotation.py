"""What a linguist can change of a pair, as one value: it is saved whole, and an equal value has an equal hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from xner.types import Entity, Link, Projection, Span

EntityStatus = Literal["projected", "edited", "accepted", "flagged"]
ENTITY_STATUSES: tuple[EntityStatus, ...] = get_args(EntityStatus)


@dataclass(frozen=True, slots=True)
class AnnotatedEntity:
    """An entity of the target under correction.

    `span` counts the tokens as they are cut now (`Annotation.cuts`); `source` is the index of the source entity that
    it belongs to; `score` is that of the projection and goes when the span is changed by hand.
    """

    id: str
    span: Span
    label: str
    score: float | None = None
    source: int | None = None
    status: EntityStatus = "edited"

    def __post_init__(self) -> None:
        if not self.id or not self.label:
            raise ValueError("an entity needs an id and a label")


@dataclass(frozen=True, slots=True)
class Annotation:
    """The whole editable state of a pair. Entities are in order of start and don't overlap.

    `dropped` holds the source entities marked as dropped in translation; `links` the links that were set (True) or
    removed (False) by hand, between tokens as they were imported; `cuts` where the target is cut into tokens, counted
    in its graphemes (see `xner.correct.tokens`), ``None`` for the tokens as imported.
    """

    entities: tuple[AnnotatedEntity, ...] = ()
    dropped: frozenset[int] = frozenset()
    links: Mapping[Link, bool] = field(default_factory=dict, hash=False)
    cuts: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        ids = [entity.id for entity in self.entities]
        if len(set(ids)) < len(ids):
            raise ValueError("two entities have the same id")
        for before, entity in zip(self.entities, self.entities[1:], strict=False):
            if entity.span.start < before.span.end:
                raise ValueError(f"entities overlap or are out of order at token {entity.span.start}")


def annotation_of(projection: Projection | None) -> Annotation:
    """Return what a linguist starts from: the projected entities; nothing where the projection failed or is missing."""
    entities = projection.entities if projection else ()
    ordered = sorted(entities, key=lambda entity: entity.span)
    return Annotation(
        tuple(
            AnnotatedEntity(f"p{number}", e.span, e.label, e.score, e.source, "projected")
            for number, e in enumerate(ordered)
        )
    )


def plain_annotation(annotation: Annotation) -> dict[str, Any]:
    """Return the payload of a revision: JSON values only, equal for equal annotations."""
    return {
        "entities": [
            {
                "id": e.id, "start": e.span.start, "end": e.span.end, "label": e.label,
                "score": None if e.score is None else float(e.score), "source": e.source, "status": e.status,
            }
            for e in annotation.entities
        ],
        "dropped": sorted(annotation.dropped),
        "links": [[i, j, stands] for (i, j), stands in sorted(annotation.links.items())],
        "cuts": None if annotation.cuts is None else list(annotation.cuts),
    }  # fmt: skip


def parse_annotation(payload: Mapping[str, Any]) -> Annotation:
    """Return the annotation of a payload that `plain_annotation` wrote.

    Raises:
        ValueError: it is not such a payload.
        KeyError: a field is missing.
    """
    return Annotation(
        entities=tuple(
            AnnotatedEntity(
                e["id"], Span(e["start"], e["end"]), e["label"], e["score"], e["source"], _entity_status(e["status"])
            )
            for e in payload["entities"]
        ),
        dropped=frozenset(payload["dropped"]),
        links={(i, j): bool(stands) for i, j, stands in payload["links"]},
        cuts=None if payload["cuts"] is None else tuple(payload["cuts"]),
    )


def entities_of(annotation: Annotation) -> tuple[Entity, ...]:
    """Return the entities as every other part of xner has them, on the tokens as they are cut now."""
    return tuple(Entity(e.span, e.label, e.score, e.source) for e in annotation.entities)


def canonical(payload: Mapping[str, Any]) -> str:
    """Return a payload as the text that is stored and hashed: one way to write it.

    Example:
        >>> canonical({"b": 1, "a": "é"})
        '{"a":"é","b":1}'
    """
    return json.dumps(payload, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """Return the SHA-256 of a stored text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _entity_status(value: str) -> EntityStatus:
    if value not in ENTITY_STATUSES:
        raise ValueError(f"an entity has the status {value!r}")
    return value
