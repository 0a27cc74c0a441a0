"""Invariants that SQL can tell: references, numbers of revisions, the lists' index, runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from xner.store.doctor_repairs import interrupt_runs, rebuild_heads
from xner.store.invariant import FILE_INTACT, Invariant
from xner.store.rows import BACK, OWN
from xner.store.schema import newest, schema_of
from xner.store.tables import Base, Conflict, Corpus, Head, Pair, Person, Projection, Revision, Run, UndoStack

SILENT_S = 900
"""Seconds without a heartbeat after which a run counts as interrupted; it beats with every batch of pairs."""


def file_intact(session: Session) -> Iterator[str]:
    """Yield what SQLite finds wrong with its own file; a server looks after its own."""
    if session.get_bind().dialect.name != "sqlite":
        return
    for (line,) in session.execute(text("PRAGMA integrity_check(20)")):
        if line != "ok":
            yield str(line)


def schema_known(session: Session) -> Iterator[str]:
    """Yield the schema where it is not that of this version."""
    present = schema_of(session.connection())
    if present != newest():
        yield f"schema {present}, this version has {newest()}"


def references_exist(session: Session) -> Iterator[str]:
    """Yield rows that name a row which is not there; every foreign key of the schema is asked."""
    for table in Base.metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            there = key.column.table.alias()
            query = select(*table.primary_key.columns).where(
                key.parent.is_not(None), ~exists().where(there.c[key.column.name] == key.parent)
            )
            for row in session.execute(query):
                yield f"{table.name} {_key(row)}: {key.parent.name}"


def tracks_are_people(session: Session) -> Iterator[str]:
    """Yield tracks that are nobody's."""
    for table in (Revision, Head, UndoStack, Conflict):
        query = select(table.pair_id, table.track).where(
            table.track != OWN, ~exists().where(Person.id == table.track)
        )  # fmt: skip
        for pair, track in session.execute(query.distinct()):
            yield f"{table.__tablename__} of pair {pair}: track {track}"


def revisions_gapless(session: Session) -> Iterator[str]:
    """Yield histories whose revisions are not numbered from 1 without a gap."""
    lowest, highest, n = func.min(Revision.number), func.max(Revision.number), func.count()
    query = (
        select(Revision.pair_id, Revision.track, lowest, highest, n)
        .group_by(Revision.pair_id, Revision.track)
        .having(or_(lowest != 1, highest != n))
    )
    for pair, track, first, last, count in session.execute(query):
        yield f"pair {pair}, track {track}: {count} revisions numbered {first} to {last}"


def bases_exist(session: Session) -> Iterator[str]:
    """Yield revisions that were made from one which is not there or came later."""
    base = aliased(Revision)
    there = exists().where(
        base.pair_id == Revision.pair_id, base.track == Revision.track, base.number == Revision.base_revision
    )
    wrong = or_(
        Revision.base_revision >= Revision.number, Revision.base_revision < 0, and_(Revision.base_revision > 0, ~there)
    )
    for pair, track, number in session.execute(select(Revision.pair_id, Revision.track, Revision.number).where(wrong)):
        yield f"pair {pair}, track {track}, revision {number}"


def saved_once(session: Session) -> Iterator[str]:
    """Yield saves of a page that became two revisions."""
    from xner.store.revisions import SERVER

    which = (Revision.pair_id, Revision.track, Revision.client, Revision.seq)
    query = select(*which, func.count()).where(Revision.client != SERVER).group_by(*which).having(func.count() > 1)
    for pair, track, _client, seq, n in session.execute(query):
        yield f"pair {pair}, track {track}: save {seq} is there {n} times"


def one_head(session: Session) -> Iterator[str]:
    """Yield pairs that no list would show."""
    query = select(Pair.id).where(~exists().where(Head.pair_id == Pair.id, Head.track == OWN))
    for pair in session.scalars(query):
        yield f"pair {pair}"


def heads_newest(session: Session) -> Iterator[str]:
    """Yield tracks whose line in the lists is not that of their newest revision."""
    last = (
        select(Revision.pair_id, Revision.track, func.max(Revision.number).label("number"))
        .group_by(Revision.pair_id, Revision.track)
        .subquery()
    )
    shown = case((Revision.status == BACK, Head.start), else_=Revision.status)
    query: Any = (
        select(Revision.pair_id, Revision.track, Revision.number)
        .join(last, and_(last.c.pair_id == Revision.pair_id, last.c.track == Revision.track,
                         last.c.number == Revision.number))
        .outerjoin(Head, and_(Head.pair_id == Revision.pair_id, Head.track == Revision.track))
        .where(or_(Head.pair_id.is_(None), Head.number != Revision.number, Head.status != shown,
                   func.coalesce(Head.author, 0) != func.coalesce(Revision.credit, 0)))
    )  # fmt: skip
    for pair, track, number in session.execute(query):
        yield f"pair {pair}, track {track}, newest revision {number}"
    without = ~exists().where(Revision.pair_id == Head.pair_id, Revision.track == Head.track)
    query = select(Head.pair_id, Head.track).where(
        without, or_(Head.number != 0, Head.status != Head.start, Head.author.is_not(None), Head.track != OWN)
    )
    for pair, track in session.execute(query):
        yield f"pair {pair}, track {track}, no revision"


def heads_start(session: Session) -> Iterator[str]:
    """Yield lines of the lists that don't begin from the newest projection, or stand under another corpus or place."""
    last = select(Projection.pair_id, func.max(Projection.id).label("id")).group_by(Projection.pair_id).subquery()
    query = (
        select(Head, Projection.id, Projection.status, Pair.corpus_id)
        .join(Pair, Pair.id == Head.pair_id)
        .outerjoin(last, last.c.pair_id == Head.pair_id)
        .outerjoin(Projection, Projection.id == last.c.id)
        .where(
            or_(
                func.coalesce(Head.projection_id, 0) != func.coalesce(Projection.id, 0),
                Head.corpus_id != Pair.corpus_id,
                Head.place != Pair.place,
                Head.target_lang != Pair.target_lang,
                Head.archived != Pair.archived,
                and_(Projection.id.is_(None), Head.start != "new"),
                and_(Projection.status == "failed", Head.start != "failed"),
                and_(Projection.status != "failed", Head.start != "projected"),
            )
        )
    )
    for head, *_ in session.execute(query):
        yield f"pair {head.pair_id}, track {head.track}"


def projections_signed(session: Session) -> Iterator[str]:
    """Yield projections that don't say what made them."""
    query = select(Projection.id).where(
        Projection.status != "failed", or_(Projection.signature.is_(None), Projection.signature == "")
    )
    for number in session.scalars(query):
        yield f"projection {number}"


def one_corpus(session: Session) -> Iterator[str]:
    """Yield projections whose run belongs to another corpus than their pair."""
    query = (
        select(Projection.id)
        .join(Pair, Pair.id == Projection.pair_id)
        .join(Run, Run.id == Projection.run_id)
        .where(Run.corpus_id != Pair.corpus_id)
    )
    for number in session.scalars(query):
        yield f"projection {number}"


def conflicts_decided(session: Session) -> Iterator[str]:
    """Yield conflicts of which it isn't clear whether they were decided."""
    query = select(Conflict.id).where(Conflict.resolved.is_(None) != Conflict.resolved_at.is_(None))
    for number in session.scalars(query):
        yield f"conflict {number}"


def names_free(session: Session) -> Iterator[str]:
    """Yield names that two corpora in use share."""
    query = select(Corpus.name).where(Corpus.archived.is_(False)).group_by(Corpus.name).having(func.count() > 1)
    for name in session.scalars(query):
        yield f"corpus {name!r}"


def runs_alive(session: Session) -> Iterator[str]:
    """Yield runs that say they are running and have been silent for a quarter of an hour."""
    for number in session.scalars(select(Run.id).where(Run.state == "running", Run.heartbeat < silent_since())):
        yield f"run {number}"


def silent_since() -> str:
    """Return the time, as stored, before which a heartbeat is too old."""
    return (datetime.now(UTC) - timedelta(seconds=SILENT_S)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _key(row: Any) -> str:
    return "/".join(str(value) for value in row)


_REBUILD = "rebuild the lists' index from revisions and projections"
INVARIANTS = (
    Invariant(FILE_INTACT, "SQLite's own integrity check passes", file_intact),
    Invariant("schema-known", "the schema is that of this version", schema_known),
    Invariant("references-exist", "every row that is named is there", references_exist),
    Invariant("tracks-are-people", "every track is a pair's own or a person's", tracks_are_people),
    Invariant("revisions-gapless", "revisions are numbered 1, 2, 3 … for each pair and track", revisions_gapless),
    Invariant("bases-exist", "every revision was made from an earlier one that is there", bases_exist),
    Invariant("saved-once", "no save of a page is there twice", saved_once),
    Invariant("one-head", "every pair stands in the lists", one_head, repair=rebuild_heads, repair_says=_REBUILD),
    Invariant("heads-newest", "the lists show the newest revision of every pair and track", heads_newest,
              repair=rebuild_heads, repair_says=_REBUILD),
    Invariant("heads-start", "the lists know the newest projection, the corpus, place and language of every pair",
              heads_start, repair=rebuild_heads, repair_says=_REBUILD),
    Invariant("projections-signed", "every projection that ran says what made it", projections_signed),
    Invariant("one-corpus", "a run and the pairs that it projected are of one corpus", one_corpus),
    Invariant("conflicts-decided", "a conflict is open, or it is noted how and when it was decided", conflicts_decided),
    Invariant("names-free", "no two corpora in use share a name", names_free, "untidy"),
    Invariant("runs-alive", "a run that says it is running has given a sign of life", runs_alive, "untidy",
              lambda session: interrupt_runs(session, silent_since()), "mark them as interrupted"),
)  # fmt: skip
