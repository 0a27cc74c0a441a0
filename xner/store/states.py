"""Where the pairs of a corpus stand, all of them in their order: for exports, and to compare what annotators made."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from xner.store.corpora import iterate_pairs
from xner.store.projections import newest_of, projection_row
from xner.store.revisions import newest_revisions
from xner.store.rows import BACK, OWN, PairRow, RevisionRow, State
from xner.store.tables import Head, Pair, Projection, Revision

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class VersionRow:
    """The newest revision of one person's track, without what only the pair's page needs."""

    pair_id: int
    target_lang: str
    track: int
    number: int
    status: str
    payload: str
    projection_id: int | None = None
    """Whose source entities it counts."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Of a pair on a track, as little as a list needs: nothing that is long is read.

    `status` and `author` are those of the newest revision, ``None`` without one or where it took everything back;
    `projection` is the status of the projection that it began from, without one of the pair's newest, ``None`` where
    there is none.
    """

    pair_id: int
    target_lang: str
    status: str | None
    author: int | None
    projection: str | None


def standing_of(state: State) -> Standing:
    """Return the standing of a state."""
    revision, projection = (state.revision if state.payload is not None else None), state.projection
    return Standing(
        state.pair.id, state.pair.target_lang, revision.status if revision else None,
        revision.credit if revision else None, projection.status if projection else None,
    )  # fmt: skip


def iterate_standings(session: Session, corpus_id: int, track: int = OWN) -> Iterator[Standing]:
    """Yield the standing of every pair that is not archived, in order."""
    begun, newest = aliased(Projection), aliased(Projection)
    last = (
        select(Projection.pair_id, func.max(Projection.id).label("id"))
        .join(Pair, Pair.id == Projection.pair_id)
        .where(Pair.corpus_id == corpus_id)
        .group_by(Projection.pair_id)
        .subquery()
    )
    stands = and_(
        Revision.pair_id == Pair.id, Revision.track == track, Revision.number == Head.number, Revision.status != BACK
    )
    query = (
        select(Pair.id, Pair.target_lang, Revision.status, Revision.credit, func.coalesce(begun.status, newest.status))
        .outerjoin(Head, and_(Head.pair_id == Pair.id, Head.track == track))
        .outerjoin(Revision, stands)
        .outerjoin(begun, begun.id == Revision.projection_id)
        .outerjoin(last, last.c.pair_id == Pair.id)
        .outerjoin(newest, newest.id == last.c.id)
        .where(Pair.corpus_id == corpus_id, Pair.archived.is_(False))
        .order_by(Pair.place)
        .execution_options(yield_per=_CHUNK)
    )
    for row in session.execute(query):
        yield Standing(*row)


def iterate_states(session: Session, corpus_id: int, track: int = OWN) -> Iterator[State]:
    """Yield the state of every pair that is not archived, some hundred in memory.

    They are those of `revisions.state`, without revisions that only took everything back.
    """
    pairs = iterate_pairs(session, corpus_id, _CHUNK)
    while rows := list(itertools.islice(pairs, _CHUNK)):
        yield from _states(session, rows, track)


def iterate_versions(session: Session, corpus_id: int, statuses: Collection[str]) -> Iterator[list[VersionRow]]:
    """Yield for every pair, in order, what people have made of it each on their own track, in one of these statuses."""
    newest = and_(
        Revision.pair_id == Head.pair_id, Revision.track == Head.track, Revision.number == Head.number
    )  # fmt: skip
    query = (
        select(
            Pair.id, Pair.target_lang, Head.track, Head.number, Head.status, Revision.payload, Revision.projection_id
        )
        .join(Head, Head.pair_id == Pair.id)
        .join(Revision, newest)
        .where(
            Pair.corpus_id == corpus_id, Pair.archived.is_(False), Head.track != OWN, Head.status.in_(list(statuses))
        )
        .order_by(Pair.place, Head.track)
        .execution_options(yield_per=_CHUNK)
    )
    rows = (VersionRow(*row) for row in session.execute(query))
    for _, versions in itertools.groupby(rows, key=lambda row: row.pair_id):
        yield list(versions)


def people_with(session: Session, corpus_id: int, statuses: Collection[str]) -> list[int]:
    """Return everybody who has a version of some pair on their own track in one of these statuses, by id."""
    query = select(Head.track).where(
        Head.corpus_id == corpus_id, Head.track != OWN, Head.status.in_(list(statuses))
    )  # fmt: skip
    return list(session.scalars(query.distinct().order_by(Head.track)))


def own_revisions(session: Session, corpus_id: int) -> dict[int, tuple[str, str | None]]:
    """Return (status, parents) of the newest revision of the pairs' own history, where there is one."""
    newest = and_(
        Revision.pair_id == Head.pair_id, Revision.track == OWN, Revision.number == Head.number
    )  # fmt: skip
    query = (
        select(Head.pair_id, Revision.status, Revision.parents)
        .join(Revision, newest)
        .where(Head.corpus_id == corpus_id, Head.track == OWN)
    )
    return {pair_id: (status, parents) for pair_id, status, parents in session.execute(query)}


def _states(session: Session, rows: Sequence[PairRow], track: int) -> Iterator[State]:
    ids = [row.id for row in rows]
    revisions: dict[int, RevisionRow] = newest_revisions(session, ids, track)
    current = newest_of(session, ids)
    known = {row.id: row for row in current.values()}
    begun = {r.projection_id for r in revisions.values() if r.projection_id is not None} - known.keys()
    for row in session.scalars(select(Projection).where(Projection.id.in_(begun))):
        known[row.id] = projection_row(row)
    for pair in rows:
        revision, newest = revisions.get(pair.id), current.get(pair.id)
        begun_from = known.get(revision.projection_id) if revision and revision.projection_id else None
        start = "new" if newest is None else "failed" if newest.status == "failed" else "projected"
        yield State(pair, revision, begun_from or newest, start, revision.status if revision else start)
