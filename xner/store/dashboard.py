"""What a dashboard reads of a corpus: its runs, what they made, what was corrected, and the log of the editor."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from xner.store import contents
from xner.store.rows import OWN
from xner.store.tables import Corpus, Head, Pair, Projection, Revision, Run

DECIDED = ("accepted", "adjudicated")
_CHUNK = 500
_IN_FLIGHT = 2000
"""Last numbers of a table of which some may be missing yet: PostgreSQL gives them out early, commits in any order."""


def stamp(session: Session, corpus_id: int) -> tuple[int, ...]:
    """Return numbers that change when a pair comes or goes, a run makes something, or somebody saves.

    Rows of these tables are only ever added, so that the last number tells, and how many of those before it are there:
    some may come after it. What happens in another corpus may change it too. Of the pairs only those that are archived
    are looked through.
    """
    last = session.scalar(select(func.max(Pair.place)).where(Pair.corpus_id == corpus_id)) or 0
    return contents.archived(session, corpus_id), last, *_newest(session, Projection), *_newest(session, Revision)


def _newest(session: Session, table: type[Projection | Revision]) -> tuple[int, int]:
    """Return the last number of a table, and how many there are of the last ones where several write at once."""
    last = session.scalar(select(func.max(table.id))) or 0
    if session.get_bind().dialect.name == "sqlite":  # one writer at a time
        return last, 0
    n = session.scalar(select(func.count()).select_from(table).where(table.id > last - _IN_FLIGHT))
    return last, n or 0


def traces(session: Session, corpus_id: int) -> list[str]:
    """Return what tells a store from another one with the same `stamp`, such as an older copy that was worked on.

    The last rows are enough: each has the microsecond in which it was written and the hash of its content.
    """
    found = [
        session.execute(select(Corpus.created).where(Corpus.id == corpus_id)).all(),
        session.execute(select(Run.id, Run.started).where(Run.corpus_id == corpus_id).order_by(Run.id)).all(),
        *(
            session.execute(
                select(table.id, table.created, table.sha256).where(
                    table.id == select(func.max(table.id)).scalar_subquery()
                )
            ).all()
            for table in (Projection, Revision)
        ),
    ]
    return [repr([tuple(row) for row in rows]) for rows in found]


def runs_of(session: Session, corpus_id: int) -> list[tuple[int, str, int]]:
    """Return (run, configuration, number of results) of the runs that made something, the newest first."""
    query = (
        select(Run.id, Run.config, func.count(Projection.id))
        .join(Projection, Projection.run_id == Run.id)
        .where(Run.corpus_id == corpus_id)
        .group_by(Run.id, Run.config)
        .order_by(Run.id.desc())
    )
    return [(run, config, n) for run, config, n in session.execute(query)]


def made_by(
    session: Session, corpus_id: int, *run_ids: int, only_decided: bool = False
) -> Iterator[tuple[int, str, str, str]]:
    """Yield (pair, record as imported, status, record of the run) of what runs of the corpus made, in its order.

    Of a pair that several of them made, the newest. With `only_decided`, of the pairs that `corrected` has.
    """
    query = (
        select(Pair.id, Pair.record, Projection.status, Projection.record)
        .join(Projection, Projection.pair_id == Pair.id)
        .where(Projection.run_id.in_(run_ids), Pair.corpus_id == corpus_id, Pair.archived.is_(False))
        .order_by(Pair.place, Projection.run_id.desc())
        .execution_options(yield_per=_CHUNK)
    )
    if only_decided:
        query = query.join(Head, and_(Head.pair_id == Pair.id, Head.track == OWN)).where(Head.status.in_(DECIDED))
    last = None
    for row in session.execute(query):
        if row[0] != last:
            last = row[0]
            yield tuple(row)  # type: ignore[misc]


def corrected(session: Session, corpus_id: int) -> dict[int, str]:
    """Return pair to the annotation that stands as accepted or adjudicated in its own history, as JSON."""
    query = (
        select(Head.pair_id, Revision.payload)
        .join(Revision, and_(Revision.pair_id == Head.pair_id, Revision.track == OWN, Revision.number == Head.number))
        .where(Head.corpus_id == corpus_id, Head.track == OWN, Head.status.in_(DECIDED))
    )
    return {pair_id: payload for pair_id, payload in session.execute(query)}


def n_corrected(session: Session, corpus_id: int) -> int:
    """Return how many pairs `corrected` has."""
    query = (
        select(func.count())
        .select_from(Head)
        .where(Head.corpus_id == corpus_id, Head.track == OWN, Head.archived.is_(False), Head.status.in_(DECIDED))
    )
    return session.scalar(query) or 0


def first_records(session: Session, corpus_id: int, limit: int) -> list[str]:
    """Return records of pairs spread over the corpus, as imported."""
    last = session.scalar(select(func.max(Pair.place)).where(Pair.corpus_id == corpus_id)) or 0
    places = range(1, last + 1, max(1, -(-last // limit)))
    query = select(Pair.record).where(Pair.corpus_id == corpus_id, Pair.place.in_(places), Pair.archived.is_(False))
    return list(session.scalars(query.order_by(Pair.place)))


def logged(session: Session, corpus_id: int) -> Iterator[tuple[int, int, int, str, str, str | None]]:
    """Yield (run it began from, pair, track, client, status, steps as JSON) of every save of the corpus, in order."""
    query = (
        select(
            Projection.run_id, Revision.pair_id, Revision.track, Revision.client, Revision.status, Revision.ops
        )
        .join(Projection, Projection.id == Revision.projection_id)
        .join(Pair, Pair.id == Revision.pair_id)
        .where(Pair.corpus_id == corpus_id, Pair.archived.is_(False))
        .order_by(Revision.pair_id, Revision.track, Revision.number)
        .execution_options(yield_per=_CHUNK)
    )  # fmt: skip
    yield from (tuple(row) for row in session.execute(query))  # type: ignore[misc]
