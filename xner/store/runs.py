"""Runs over a corpus: begun, ended, listed; what is left for one to do, and what it made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from xner.store.corpora import pair_row
from xner.store.rows import OWN, PairRow
from xner.store.session import now
from xner.store.tables import Head, Pair, Projection, Run


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. `config` is JSON, `state` running, finished or interrupted."""

    id: int
    corpus_id: int
    config: str
    state: str
    started: str
    heartbeat: str
    created_by: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Which pairs of a corpus a run is over: some target languages (none named: all), some states.

    `starts` are states of a pair apart from corrections: ``new``, ``failed``, ``projected``.
    """

    corpus_id: int
    starts: tuple[str, ...]
    langs: tuple[str, ...] = ()


def begin(session: Session, corpus_id: int, config: str, person: int) -> int:
    """Return the id of a new run."""
    time = now()
    row = Run(corpus_id=corpus_id, config=config, state="running", started=time, heartbeat=time, created_by=person)
    session.add(row)
    session.flush()
    return row.id


def change(session: Session, run_id: int, *, state: str | None = None, config: str | None = None) -> None:
    """Change state or configuration of a run, which is a sign of life."""
    row = session.get_one(Run, run_id, with_for_update=True)
    row.heartbeat = now()
    if state is not None:
        row.state = state
    if config is not None:
        row.config = config


def run(session: Session, run_id: int) -> RunRow | None:
    """Return a run."""
    found = session.get(Run, run_id)
    return run_row(found) if found else None


def counts(session: Session, run_id: int) -> Counter[str]:
    """Return how many results of each status a run has stored."""
    query = select(Projection.status, func.count()).where(Projection.run_id == run_id).group_by(Projection.status)
    return Counter({status: number for status, number in session.execute(query)})


def failures(session: Session, run_id: int, limit: int) -> list[tuple[PairRow, str]]:
    """Return pairs that failed in a run, in the order of the corpus, each with the record that says why."""
    query = (
        select(Pair, Projection.record)
        .join(Projection, Projection.pair_id == Pair.id)
        .where(Projection.run_id == run_id, Projection.status == "failed")
        .order_by(Pair.place)
        .limit(limit)
    )
    return [(pair_row(pair), record) for pair, record in session.execute(query)]


def starts(session: Session, corpus_id: int) -> Counter[tuple[str, str]]:
    """Return (target language, state apart from corrections) to the number of pairs."""
    query = (
        select(Head.target_lang, Head.start, func.count())
        .where(Head.corpus_id == corpus_id, Head.track == OWN, Head.archived.is_(False))
        .group_by(Head.target_lang, Head.start)
    )
    return Counter({(lang, start): number for lang, start, number in session.execute(query)})


def todo(
    session: Session, chosen: Selection, run_id: int | None, *, after: int = 0, limit: int
) -> list[PairRow]:  # fmt: skip
    """Return the next pairs of a selection that a run has not stored a result of, behind a place of the corpus."""
    query = _chosen(select(Pair).join(Head, Head.pair_id == Pair.id), chosen, run_id)
    query = query.where(Head.place > after).order_by(Head.place).limit(limit)
    return [pair_row(row) for row in session.scalars(query)]


def n_todo(session: Session, chosen: Selection, run_id: int | None = None, *, after: int = 0) -> int:
    """Return how many pairs of a selection a run (None: one that has not begun) has no result of, behind a place."""
    query = _chosen(select(func.count()).select_from(Head), chosen, run_id).where(Head.place > after)
    return session.scalar(query) or 0


def last_place(session: Session, chosen: Selection) -> int:
    """Return the place of the last pair of a selection, 0 without any."""
    return session.scalar(_chosen(select(func.max(Head.place)), chosen, None)) or 0


def made_records(session: Session, pair_ids: Sequence[int]) -> dict[int, str]:
    """Return pair to the record of its newest projection that did not fail, where it has one."""
    newest = (
        select(func.max(Projection.id))
        .where(Projection.pair_id.in_(pair_ids), Projection.status != "failed")
        .group_by(Projection.pair_id)
    ).scalar_subquery()
    rows = session.execute(select(Projection.pair_id, Projection.record).where(Projection.id.in_(newest)))
    return {pair_id: record for pair_id, record in rows}


def worked_on(session: Session, pair_ids: Sequence[int]) -> set[int]:
    """Return those of the pairs that somebody has saved something on, on whatever track."""
    return set(session.scalars(select(Head.pair_id).where(Head.pair_id.in_(pair_ids), Head.number > 0)))


def _chosen(query: Select[Any], chosen: Selection, run_id: int | None) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = [
        Head.corpus_id == chosen.corpus_id, Head.track == OWN, Head.archived.is_(False),
        Head.start.in_(chosen.starts),
    ]  # fmt: skip
    if chosen.langs:
        conditions.append(Head.target_lang.in_(chosen.langs))
    if run_id is not None:  # asked of each pair by an index: as a list it would be made anew for every batch
        conditions.append(~exists().where(Projection.run_id == run_id, Projection.pair_id == Head.pair_id))
    return query.where(*conditions)


def run_row(row: Run) -> RunRow:
    """Return a run as services see it."""
    return RunRow(row.id, row.corpus_id, row.config, row.state, row.started, row.heartbeat, row.created_by)
