"""Saving: a revision is added, or a conflict is kept; the list's index follows in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from xner.correct.annotation import digest
from xner.store.corpora import packed, pair_row
from xner.store.projections import current, projection_row, start_of
from xner.store.rows import BACK, OWN, ConflictRow, NewRevision, RevisionRow, State
from xner.store.session import now
from xner.store.tables import Conflict, Head, Pair, Projection, Revision, UndoStack

SERVER = "server"
"""Client of what the app itself saves: bulk actions, restored revisions, adjudication."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A save that is in the store; `is_new` is False for one that had been saved before."""

    number: int
    seq: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A save that came too late. What a page sent is kept under `conflict_id`; an action of the app has none."""

    conflict_id: int | None


def seen_token(number: int) -> str:
    """Return the base of an action of the app: the revision that its user saw, 0 for none."""
    return f"n{number}"


def state(session: Session, pair_id: int, track: int = OWN) -> State | None:
    """Return where a pair stands on a track, ``None`` for an unknown pair."""
    row = session.get(Pair, pair_id)
    if row is None:
        return None
    revision = newest_revision(session, pair_id, track)
    newest = current(session, pair_id)
    stands = revision if revision and revision.status != BACK else None
    projection = _projection_of(session, stands) or newest
    start = start_of(newest)
    return State(
        pair_row(row), _revision(revision) if revision else None, projection_row(projection) if projection else None,
        start, stands.status if stands else start,
    )  # fmt: skip


def base_token(session: Session, pair_id: int, track: int, client: str) -> str:
    """Return what a page of this client was opened on: the newest revision that the client did not make itself.

    Without one, or where it took everything back, it is the projection: that which the client's own first revision
    since began from, else the newest.
    """
    here = select(Revision).where(Revision.pair_id == pair_id, Revision.track == track)
    foreign = session.scalars(here.where(Revision.client != client).order_by(Revision.number.desc()).limit(1)).first()
    if foreign is not None and foreign.status != BACK:
        return f"r{foreign.number}"
    since = foreign.number if foreign else 0
    own = session.scalars(here.where(Revision.number > since).order_by(Revision.number).limit(1)).first()
    if own is not None:
        return f"p{own.projection_id or 0}"
    projection = current(session, pair_id)
    return f"p{projection.id if projection else 0}"


def last_seq(session: Session, pair_id: int, track: int, client: str) -> int:
    """Return the highest number that this client has saved on a pair, refused saves included; 0 without any."""
    numbers = [
        session.scalar(
            select(func.max(table.seq)).where(table.pair_id == pair_id, table.track == track, table.client == client)
        )
        for table in (Revision, Conflict)
    ]
    return max(number or 0 for number in numbers)


def append(session: Session, new: NewRevision) -> Saved | Refused:
    """Add a revision, unless the client saved it before, or somebody else saved since the client looked.

    Then the save is kept as a conflict. Everything of it happens in the transaction of `session`.
    """
    session.get_one(Pair, new.pair_id, with_for_update=True)  # one writer at a time for a pair (PostgreSQL)
    newest = newest_revision(session, new.pair_id, new.track)
    number = newest.number if newest else 0
    if new.client != SERVER and (conflict_id := _refused_before(session, new)) is not None:
        return Refused(conflict_id)
    if new.client != SERVER and new.seq <= last_seq(session, new.pair_id, new.track, new.client):
        return Saved(number, new.seq, is_new=False)
    if new.client == SERVER and new.base not in (None, seen_token(number)):
        return Refused(None)
    if new.client != SERVER and new.base != base_token(session, new.pair_id, new.track, new.client):
        return Refused(_keep_conflict(session, new))
    projection = current(session, new.pair_id)
    # an annotation counts the source entities of the projection that it began from, whatever was projected since
    begun = newest.projection_id if newest and newest.status != BACK else None
    origin = new.projection_id or begun or (projection.id if projection else None)
    time = now()
    revision = Revision(
        pair_id=new.pair_id, track=new.track, number=number + 1, base_revision=number,
        projection_id=origin, author=new.author, client=new.client, seq=new.seq,
        status=new.status, note=new.note, payload=new.payload, sha256=digest(new.payload), parents=new.parents,
        batch=new.batch, ops=new.ops, created=time,
        credit=new.credit if new.is_undo else new.author,
    )  # fmt: skip
    session.add(revision)
    if new.history is not None:
        _keep_history(session, new, number + 1)
    head = session.get(Head, (new.pair_id, new.track))
    if head is None:
        own = session.get_one(Head, (new.pair_id, OWN))
        head = Head(
            pair_id=new.pair_id, track=new.track, corpus_id=own.corpus_id, place=own.place,
            target_lang=own.target_lang, archived=own.archived,
        )  # fmt: skip
        session.add(head)
    head.projection_id, head.start = (projection.id if projection else None), start_of(projection)
    head.number, head.author, head.changed = number + 1, revision.credit, time
    head.status = head.start if new.status == BACK else new.status
    head.risk, head.tags, head.labels = new.risk, packed(new.tags), packed(new.labels)
    session.flush()
    return Saved(number + 1, new.seq, is_new=True)


def history(session: Session, pair_id: int, track: int = OWN) -> list[RevisionRow]:
    """Return all revisions of a pair on a track, the newest first."""
    query = select(Revision).where(Revision.pair_id == pair_id, Revision.track == track)
    return [_revision(row) for row in session.scalars(query.order_by(Revision.number.desc()))]


def revision(session: Session, pair_id: int, track: int, number: int) -> RevisionRow | None:
    """Return one revision."""
    query = select(Revision).where(Revision.pair_id == pair_id, Revision.track == track, Revision.number == number)
    found = session.scalar(query)
    return _revision(found) if found else None


def known_to(session: Session, kept: ConflictRow) -> RevisionRow | None:
    """Return the newest revision that a refused save knew of: the one it names, or a later one of its own client."""
    number = int(kept.base[1:]) if kept.base[:1] == "r" and kept.base[1:].isdigit() else 0
    own = and_(Revision.client == kept.client, Revision.seq < kept.seq)
    query = select(Revision).where(
        Revision.pair_id == kept.pair_id, Revision.track == kept.track, or_(own, Revision.number == number)
    )
    found = session.scalars(query.order_by(Revision.number.desc()).limit(1)).first()
    return _revision(found) if found else None


def revisions_of_batch(
    session: Session, batch: str, *, after: int = 0, limit: int | None = None
) -> list[RevisionRow]:  # fmt: skip
    """Return what one bulk action saved, in the order of saving; of a large one a part behind a revision's id."""
    query = select(Revision).where(Revision.batch == batch, Revision.id > after).order_by(Revision.id).limit(limit)
    return [_revision(row) for row in session.scalars(query)]


def n_of_batch(session: Session, batch: str) -> int:
    """Return how many revisions one bulk action saved."""
    return session.scalar(select(func.count()).where(Revision.batch == batch)) or 0


def tracks(session: Session, pair_id: int) -> list[int]:
    """Return the tracks of a pair that have a revision."""
    query = select(Head.track).where(Head.pair_id == pair_id, Head.number > 0).order_by(Head.track)
    return list(session.scalars(query))


def undo_history(session: Session, pair_id: int, track: int, person: int) -> tuple[int, str] | None:
    """Return (revision that it ends at, deltas as JSON) of a person's undo history on a pair."""
    found = session.get(UndoStack, (pair_id, track, person))
    return (found.number, found.history) if found else None


def open_conflicts(
    session: Session, corpus_id: int | None = None, *, pair_id: int | None = None, author: int | None = None
) -> list[ConflictRow]:
    """Return the refused saves that nobody has decided on."""
    query = select(Conflict).where(Conflict.resolved.is_(None)).order_by(Conflict.id)
    if corpus_id is not None:
        query = query.join(Pair, Pair.id == Conflict.pair_id).where(Pair.corpus_id == corpus_id)
    if pair_id is not None:
        query = query.where(Conflict.pair_id == pair_id)
    if author is not None:
        query = query.where(Conflict.author == author)
    return [_conflict(row) for row in session.scalars(query)]


def conflict(session: Session, conflict_id: int) -> ConflictRow | None:
    """Return a refused save."""
    found = session.get(Conflict, conflict_id)
    return _conflict(found) if found else None


def resolve(session: Session, conflict_id: int, how: str) -> None:
    """Note how a conflict was decided; the refused save stays in the table."""
    found = session.get_one(Conflict, conflict_id, with_for_update=True)
    found.resolved, found.resolved_at = how, now()


def newest_revisions(session: Session, pair_ids: Sequence[int], track: int = OWN) -> dict[int, RevisionRow]:
    """Return pair to its newest revision on a track, where there is one that did not take everything back."""
    newest = (
        select(func.max(Revision.id))
        .where(Revision.pair_id.in_(pair_ids), Revision.track == track)
        .group_by(Revision.pair_id)
    ).scalar_subquery()
    rows = session.scalars(select(Revision).where(Revision.id.in_(newest), Revision.status != BACK))
    return {row.pair_id: _revision(row) for row in rows}


def _refused_before(session: Session, new: NewRevision) -> int | None:
    """Return the conflict that this very save is kept under: a page sends until it hears an answer."""
    return session.scalar(
        select(Conflict.id).where(
            Conflict.pair_id == new.pair_id, Conflict.track == new.track, Conflict.client == new.client,
            Conflict.seq == new.seq,
        )
    )  # fmt: skip


def _keep_conflict(session: Session, new: NewRevision) -> int:
    row = Conflict(
        pair_id=new.pair_id, track=new.track, author=new.author, client=new.client, seq=new.seq, base=new.base or "",
        status=new.status, note=new.note, payload=new.payload, sha256=digest(new.payload), created=now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def _keep_history(session: Session, new: NewRevision, number: int) -> None:
    json.loads(new.history or "[]")  # what is no JSON fails here, not when somebody opens the page
    found = session.get(UndoStack, (new.pair_id, new.track, new.author))
    if found is None:
        found = UndoStack(pair_id=new.pair_id, track=new.track, person_id=new.author)
        session.add(found)
    found.number, found.history = number, new.history or "[]"


def newest_revision(session: Session, pair_id: int, track: int) -> Revision | None:
    """Return the row of the newest revision; for use inside the store."""
    query = select(Revision).where(Revision.pair_id == pair_id, Revision.track == track)
    return session.scalars(query.order_by(Revision.number.desc()).limit(1)).first()


def _projection_of(session: Session, revision: Revision | None) -> Projection | None:
    if revision is None or revision.projection_id is None:
        return None
    return session.get(Projection, revision.projection_id)


def _revision(row: Revision) -> RevisionRow:
    return RevisionRow(
        row.id, row.pair_id, row.track, row.number, row.base_revision, row.projection_id, row.author, row.client,
        row.seq, row.status, row.note, row.payload, row.sha256, row.parents, row.batch, row.ops, row.created,
        row.credit,
    )  # fmt: skip


def _conflict(row: Conflict) -> ConflictRow:
    return ConflictRow(
        row.id, row.pair_id, row.track, row.author, row.client, row.seq, row.base, row.status, row.note, row.payload,
        row.created, row.resolved,
    )  # fmt: skip
