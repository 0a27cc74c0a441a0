"""A save that came too late: what it began from, and what it and the version that stands would be together."""

from __future__ import annotations

import json
from dataclasses import dataclass

from xner.correct.annotation import Annotation, annotation_of, parse_annotation
from xner.correct.differences import Conflict, Merge, merge
from xner.io.json_lines import loads, pair_from_record, projection_from_record
from xner.services.documents import Document
from xner.store import projections, revisions
from xner.store.rows import ConflictRow
from xner.store.session import Session
from xner.types import SentencePair


@dataclass(frozen=True, slots=True)
class Base:
    """What a refused save and the version that stands have in common.

    `projection_id` is the projection whose source entities the save counts; `is_comparable` is False where those of the
    version that stands are others.
    """

    annotation: Annotation
    projection_id: int | None
    is_comparable: bool


def base_of(session: Session, document: Document, kept: ConflictRow) -> Base:
    """Return the newest version that the author of a refused save knew: own saves after the page was opened count."""
    known = revisions.known_to(session, kept)
    number = int(kept.base[1:]) if kept.base[:1] == "p" and kept.base[1:].isdigit() else 0
    row = projections.projection(session, (known.projection_id if known else number) or 0)
    if row is None or row.pair_id != kept.pair_id:
        start, is_comparable, projection_id = annotation_of(document.projection), True, None
    else:
        record = loads(row.record)
        start, projection_id = annotation_of(projection_from_record(record)), row.id
        is_comparable = pair_from_record(record).source_entities == document.pair.source_entities
    return Base(parse_annotation(json.loads(known.payload)) if known else start, projection_id, is_comparable)


def pair_counted(session: Session, document: Document, rev: str) -> SentencePair:
    """Return the pair with the source entities that an edit counts: those of the base that its page was opened on.

    They may be found anew since; the edit is then too late, and must be readable to be kept.
    """
    number = int(rev[1:]) if rev[1:].isdigit() else 0
    if rev == document.rev or not number:
        return document.pair
    if rev[:1] == "r":
        named = revisions.revision(session, document.id, document.track, number)
        number = (named.projection_id if named else None) or 0
    row = projections.projection(session, number)
    return document.pair if row is None or row.pair_id != document.id else pair_from_record(loads(row.record))


def merged(base: Base, document: Document, kept: ConflictRow) -> Merge:
    """Return the refused save and the version that stands in one, or why they exclude each other."""
    if not base.is_comparable:
        reason = "The source entities were found anew in between, so the links to them can't be compared."
        return Merge(None, (Conflict("entity", reason),))
    return merge(base.annotation, parse_annotation(json.loads(kept.payload)), document.annotation)
