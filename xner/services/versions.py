"""Versions of a document beside each other: its history, and a refused save against what stands."""

from __future__ import annotations

import json
from dataclasses import dataclass

from xner.correct.annotation import Annotation, annotation_of, parse_annotation
from xner.correct.differences import Comparison, Merge, differences
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


@dataclass(frozen=True, slots=True)
class Clash:
    """A refused save: who saved first and when, both versions compared (left: what stands, right: the refused one)."""

    conflict: ConflictRow
    author: str
    created: str
    theirs: Annotation
    mine: Annotation
    compared: Comparison
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
    mine, theirs = parse_annotation(json.loads(conflict.payload)), document.annotation
    newest = document.revision
    return Clash(
        conflict=conflict,
        author=names.get(newest.author, "?") if newest else "a new projection",
        created=newest.created if newest else conflict.created,
        theirs=theirs,
        mine=mine,
        compared=differences(theirs, mine, document.pair.target),
        merged=merged(base, document, conflict),
    )


def author_of(store: Store, document: Document) -> str:
    """Return the name of whose work stands in a document, ``""`` where it is nobody's, or nobody's again."""
    if document.revision is None or document.revision.credit is None:
        return ""
    with store.read() as session:
        return people.names(session).get(document.revision.credit, "?")
