"""The pairs of a corpus: whether they are still those that something was computed from, and some of them by id."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from xner.store.corpora import pair_row
from xner.store.rows import OWN, PairRow
from xner.store.tables import Head, Pair, Projection, Run

_CHUNK = 500


def stamp(session: Session, corpus_id: int) -> tuple[int, int, int, int, int]:
    """Return the number of pairs, their highest place, which are archived, how many are new, the last translation.

    Pairs are never changed once they are in, but a run may have made a side that one lacks, and another run makes
    another one. What the other runs make changes no pair. Their places never change either, and an index has them.
    """
    mine = (Head.corpus_id == corpus_id, Head.track == OWN, Head.archived.is_(False))
    pairs = select(func.count(), func.coalesce(func.max(Head.place), 0)).where(*mine)
    untouched = select(func.count()).where(*mine, Head.start == "new")
    settings = session.execute(select(Run.id, Run.config).where(Run.corpus_id == corpus_id))
    translating = [run_id for run_id, written in settings if _translates(written)]
    made = select(func.max(Projection.id)).where(Projection.run_id.in_(translating))
    n, last = session.execute(pairs).one()
    last_made = session.scalar(made) if translating else None
    return int(n), int(last), archived(session, corpus_id), int(session.scalar(untouched) or 0), int(last_made or 0)


def archived(session: Session, corpus_id: int) -> int:
    """Return a number that tells which pairs are archived: a sum stays when two are for two others."""
    whole = (Head.corpus_id == corpus_id, Head.track == OWN, Head.archived.is_(True))
    found = hashlib.sha256()
    for place in session.scalars(select(Head.place).where(*whole).order_by(Head.place)):
        found.update(b"%d " % place)
    return int.from_bytes(found.digest()[:8], "big")


def _translates(written: str) -> bool:
    """Tell whether a run may have made a side that a pair lacks."""
    config = json.loads(written)
    return bool(config.get("translate", {}).get("name", "given") != "given")


def records_of(session: Session, pair_ids: Sequence[int]) -> Iterator[PairRow]:
    """Yield some pairs as they were imported, in the order of the ids given."""
    for start in range(0, len(pair_ids), _CHUNK):
        chunk = pair_ids[start : start + _CHUNK]
        rows = {row.id: row for row in session.scalars(select(Pair).where(Pair.id.in_(chunk)))}
        yield from (pair_row(rows[pair_id]) for pair_id in chunk if pair_id in rows)


def ids_with(session: Session, corpus_id: int, words: str) -> list[int]:
    """Return the pairs whose record has some characters in it, in the order of the corpus."""
    query = select(Pair.id).where(
        Pair.corpus_id == corpus_id, Pair.archived.is_(False), Pair.record.contains(words, autoescape=True)
    )
    return list(session.scalars(query.order_by(Pair.place)))


def results_of(session: Session, run_id: int, pair_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return pair to (status, record) of what a run made of some pairs."""
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(pair_ids), _CHUNK):
        query = select(Projection.pair_id, Projection.status, Projection.record).where(
            Projection.run_id == run_id, Projection.pair_id.in_(pair_ids[start : start + _CHUNK])
        )
        found |= {pair_id: (status, record) for pair_id, status, record in session.execute(query)}
    return found
