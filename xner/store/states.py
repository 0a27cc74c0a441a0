"""Where the pairs of a corpus stand, all of them in their order: for exports, and to compare what annotators made."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from xner.store.corpora import iterate_pairs, pair_row
from xner.store.projections import newest_of, projection_row
from xner.store.revisions import newest_revisions
from xner.store.rows import BACK, OWN, PairRow, RevisionRow, State
from xner.store.tables import Head, Pair, Projection, Revision

_CHUNK = 500
_PROJECTION = {"new": None, "projected": "ok", "failed": "failed"}
"""Where a pair begins to the status of its newest projection; whether that found something makes no difference."""


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


def iterate_standings(
    session: Session, corpus_id: int, track: int = OWN, *, worked_on: bool = False, apart: Collection[int] = ()
) -> Iterator[Standing]:
    """Yield the standing of every pair that is not archived, in order.

    Args:
        session: to read with.
        corpus_id: which corpus.
        track: whose versions.
        worked_on: leave out the pairs that nobody has worked on, apart from some.
        apart: which those are.
    """
    own, mine = aliased(Head), aliased(Head)
    begun, newest = aliased(Projection), aliased(Projection)
    stands = and_(
        Revision.pair_id == own.pair_id, Revision.track == track, Revision.number == mine.number,
        Revision.status != BACK,
    )  # fmt: skip
    query = (
        select(
            own.pair_id, own.target_lang, Revision.status, Revision.credit,
            func.coalesce(begun.status, newest.status),
        )
        .outerjoin(mine, and_(mine.pair_id == own.pair_id, mine.track == track))
        .outerjoin(Revision, stands)
        .outerjoin(begun, begun.id == Revision.projection_id)
        .outerjoin(newest, newest.id == own.projection_id)
        .where(*_listed(own, corpus_id))
        .order_by(own.place)
        .execution_options(yield_per=_CHUNK)
    )  # fmt: skip
    if worked_on:
        query = query.where(or_(_is_worked_on(own, track), own.pair_id.in_(apart)))
    for row in session.execute(query):
        yield Standing(*row)


def counted_standings(
    session: Session, corpus_id: int, track: int = OWN, apart: Collection[int] = ()
) -> Iterator[tuple[Standing, int]]:
    """Yield every standing with its number of pairs; those that nobody has worked on are counted by the database.

    Their `pair_id` is 0. Pairs of `apart` are told one by one all the same.
    """
    own = aliased(Head)
    untouched = (~_is_worked_on(own, track), own.pair_id.not_in(apart)) if apart else (~_is_worked_on(own, track),)
    query = select(own.target_lang, own.start, func.count()).where(*_listed(own, corpus_id), *untouched)
    for lang, start, number in session.execute(query.group_by(own.target_lang, own.start)):
        yield Standing(0, lang, None, None, _PROJECTION[start]), number
    for standing in iterate_standings(session, corpus_id, track, worked_on=True, apart=apart):
        yield standing, 1


def _listed(own: type[Head], corpus_id: int) -> tuple[ColumnElement[bool], ...]:
    return own.corpus_id == corpus_id, own.track == OWN, own.archived.is_(False)


def _is_worked_on(own: type[Head], track: int) -> ColumnElement[bool]:
    if track == OWN:
        return own.number > 0
    mine = aliased(Head)
    return exists().where(mine.pair_id == own.pair_id, mine.track == track, mine.number > 0)


def iterate_states(session: Session, corpus_id: int, track: int = OWN) -> Iterator[State]:
    """Yield the state of every pair that is not archived, some hundred in memory.

    They are those of `revisions.state`, without revisions that only took everything back.
    """
    pairs = iterate_pairs(session, corpus_id, _CHUNK)
    while rows := list(itertools.islice(pairs, _CHUNK)):
        yield from _states(session, rows, track)


def states_of(session: Session, pair_ids: Sequence[int], track: int = OWN) -> list[State]:
    """Return the states of some pairs as `iterate_states` has them, in the order of the corpus."""
    rows = session.scalars(select(Pair).where(Pair.id.in_(pair_ids)).order_by(Pair.place))
    return list(_states(session, [pair_row(row) for row in rows], track))


def iterate_versions(session: Session, corpus_id: int, statuses: Collection[str]) -> Iterator[list[VersionRow]]:
    """Yield for every pair, in order, what people have made of it each on their own track, in one of these statuses."""
    newest = and_(
        Revision.pair_id == Head.pair_id, Revision.track == Head.track, Revision.number == Head.number
    )  # fmt: skip
    query = (
        select(
            Head.pair_id,
            Head.target_lang,
            Head.track,
            Head.number,
            Head.status,
            Revision.payload,
            Revision.projection_id,
        )
        .join(Revision, newest)
        .where(
            Head.corpus_id == corpus_id, Head.track != OWN, Head.archived.is_(False), Head.status.in_(list(statuses))
        )
        .order_by(Head.place, Head.track)
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
        .where(Head.corpus_id == corpus_id, Head.track == OWN, Head.number > 0)
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
