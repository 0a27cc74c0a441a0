"""Figures beside the queue: who did what, what the order by risk gained, which bulk action can be taken back."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from xner.store.rows import OWN
from xner.store.tables import Head, Pair, Projection, Revision


@dataclass(frozen=True, slots=True)
class ShareRow:
    """How many sentences stand where because of one person; `changed` is when the last of them was."""

    author: int
    status: str
    n_pairs: int
    changed: str


@dataclass(frozen=True, slots=True)
class DecidedRow:
    """A sentence that somebody decided on: the risk it had when it was projected, what was projected, what stands."""

    pair_id: int
    risk: float
    record: str
    payload: str


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One bulk action: how many revisions it made, and how many of them are still the newest of their pair."""

    batch: str
    note: str
    created: str
    n_pairs: int
    n_newest: int


def shares(session: Session, corpus_id: int) -> list[ShareRow]:
    """Return who made the newest revisions, by status; on every track."""
    query = (
        select(Head.author, Head.status, func.count(), func.max(Head.changed))
        .where(Head.corpus_id == corpus_id, Head.author.is_not(None), Head.archived.is_(False))
        .group_by(Head.author, Head.status)
    )
    return [ShareRow(author, status, n, changed) for author, status, n, changed in session.execute(query) if author]


def decided(session: Session, corpus_id: int, *, track: int = OWN, limit: int = 500) -> list[DecidedRow]:
    """Return the sentences decided on last, riskiest first by the risk that their projection had."""
    query = (
        select(Head.pair_id, Projection.risk, Projection.record, Revision.payload)
        .join(Projection, Projection.id == Head.projection_id)
        .join(
            Revision,
            and_(Revision.pair_id == Head.pair_id, Revision.track == Head.track, Revision.number == Head.number),
        )
        .where(
            Head.corpus_id == corpus_id, Head.track == track, Head.status.in_(("accepted", "flagged", "adjudicated"))
        )
        .order_by(Head.changed.desc())
        .limit(limit)
    )
    rows = [DecidedRow(*row) for row in session.execute(query)]
    return sorted(rows, key=lambda row: (-row.risk, row.pair_id))


def batches(session: Session, corpus_id: int, author: int, *, limit: int = 5) -> list[BatchRow]:
    """Return the last bulk actions of a person in a corpus, the newest first."""
    newest = and_(
        Head.pair_id == Revision.pair_id, Head.track == Revision.track, Head.number == Revision.number
    )  # fmt: skip
    query = (
        select(
            Revision.batch, func.max(Revision.note), func.max(Revision.created), func.count(), func.count(Head.pair_id)
        )
        .join(Pair, Pair.id == Revision.pair_id)
        .outerjoin(Head, newest)
        .where(Pair.corpus_id == corpus_id, Revision.author == author, Revision.batch.is_not(None))
        .group_by(Revision.batch)
        .order_by(func.max(Revision.id).desc())
        .limit(limit)
    )
    return [
        BatchRow(str(batch), note or "", created, n, left) for batch, note, created, n, left in session.execute(query)
    ]
