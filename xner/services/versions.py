"""Versions of a document beside each other: its history, and a refused save against what stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from xner.correct.annotation import Annotation, annotation_of, parse_annotation
from xner.correct.differences import Comparison, Difference, Merge, differences
from xner.services.access import pair_for
from xner.services.documents import Document
from xner.services.identity import Role, User
from xner.services.refused_saves import base_of, merged
from xner.store import people, revisions
from xner.store.rows import ConflictRow, RevisionRow
from xner.store.session import Store


@dataclass(frozen=True, slots=True)
class Version:
    """One revision (number 0: the projection), and what it changed of the one before."""

    number: int
    status: str
    author: str
    created: str
    note: str | None
    annotation: Annotation
    changed: Comparison | None


Side = Literal["theirs", "mine", "both", "nobody"]


@dataclass(frozen=True, slots=True)
class Clash:
    """A refused save: who saved first and when, both versions compared (left: what stands, right: the refused one).

    `authors` made what stands since the version that both began from, the first first; `mine_by` made the refused one.
    `changed_by` tells for each entity of `compared` who changed it, empty where that can't be told.
    """

    conflict: ConflictRow
    authors: tuple[str, ...]
    mine_by: str
    created: str
    theirs: Annotation
    mine: Annotation
    compared: Comparison
    changed_by: tuple[Side, ...]
    merged: Merge


def history(store: Store, user: User, document: Document) -> list[RevisionRow]:
    """Return the revisions of a document, the newest first.

    Raises:
        NotAllowed: it takes a viewer.
    """
    pair_for(store, user, document.id, Role.VIEWER)
    with store.read() as session:
        return revisions.history(session, document.id, document.track)


def versions(store: Store, user: User, document: Document) -> list[Version]:
    """Return all versions of a document, the newest first, the projection last.

    Raises:
        NotAllowed: it takes a viewer.
    """
    rows = history(store, user, document)
    with store.read() as session:
        names = people.names(session)
    before = annotation_of(document.projection)
    found = [Version(0, "projected", "", "", None, before, None)]
    for row in reversed(rows):
        now = parse_annotation(json.loads(row.payload))
        changed = differences(before, now, document.pair.target)
        name = names.get(row.author, "?")
        found.append(Version(row.number, row.status, name, row.created, row.note, now, changed))
        before = now
    return found[::-1]


def clash(store: Store, document: Document, conflict: ConflictRow) -> Clash:
    """Return a refused save beside what stands, and what both would be together."""
    with store.read() as session:
        names = people.names(session)
        base = base_of(session, document, conflict)
        known = revisions.known_to(session, conflict)
        since = [row.author for row in revisions.history(session, document.id, document.track)
                 if row.number > (known.number if known else 0)]  # fmt: skip
    mine, theirs = parse_annotation(json.loads(conflict.payload)), document.annotation
    newest = document.revision
    compared = differences(theirs, mine, document.pair.target)
    is_told = base.is_comparable and base.annotation.cuts == theirs.cuts == mine.cuts
    return Clash(
        conflict=conflict,
        authors=tuple(dict.fromkeys(names.get(one, "?") for one in reversed(since))) or ("a new projection",),
        mine_by=names.get(conflict.author, "?"),
        created=newest.created if newest else conflict.created,
        theirs=theirs,
        mine=mine,
        compared=compared,
        changed_by=tuple(_changed_by(row, base.annotation) for row in compared.entities) if is_told else (),
        merged=merged(base, document, conflict),
    )


def _changed_by(row: Difference, base: Annotation) -> Side:
    """Return who made two versions differ at an entity: whoever does not say what their common base says."""
    if row.kind == "same":
        return "nobody"
    said = {(entity.span, entity.label, entity.source) for entity in base.entities}
    left, right = (
        entity is not None and (entity.span, entity.label, entity.source) in said for entity in (row.left, row.right)
    )
    if row.left is None or row.right is None:  # what only one has was added by that one, or taken away by the other
        return "mine" if left or (row.right is not None and not right) else "theirs"
    return "both" if left == right else "mine" if left else "theirs"


def author_of(store: Store, document: Document) -> str:
    """Return the name of whose work stands in a document, ``""`` where it is nobody's, or nobody's again."""
    if document.revision is None or document.revision.credit is None:
        return ""
    with store.read() as session:
        return people.names(session).get(document.revision.credit, "?")
