"""What runs made of pairs: stored a batch in a few statements, and the newest of each found again."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import JSON, ColumnElement, bindparam, case, cast, func, insert, select, update
from sqlalchemy.orm import Session

from xner.correct.annotation import digest
from xner.store.corpora import packed
from xner.store.rows import NewProjection, ProjectionRow
from xner.store.searched import searched_text
from xner.store.session import now
from xner.store.tables import Head, Pair, Projection, Run, table_of

_BATCH = 500
"""Rows that one statement names; databases limit them."""


def _shown() -> Any:
    """Return the statement by which the rows of a pair in `head` follow a new projection.

    It is decided in the row itself whether anybody has worked on the pair: nothing has to be read first.
    """
    is_untouched = Head.status == Head.start  # also where what somebody did was taken back
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("status", "changed", "risk", "tags", "labels")}
    followed: dict[str, Any] = {
        name: case((is_untouched, value), else_=getattr(Head, name)) for name, value in new.items()
    }
    return (
        update(table_of(Head))
        .where(Head.pair_id == bindparam("pair"))
        .values(projection_id=bindparam("made"), start=bindparam("new_start"), **followed)
    )


_INSERT = insert(table_of(Projection))
_SHOWN = _shown()


def add(session: Session, run_id: int, projections: Iterable[NewProjection]) -> None:
    """Store what a run made of some pairs; a pair that nobody has worked on shows it from now on."""
    time = now()
    session.get_one(Run, run_id, with_for_update=True).heartbeat = time
    iterator = iter(projections)
    while batch := list(itertools.islice(iterator, _BATCH)):
        _add(session, run_id, batch, time)


def _add(session: Session, run_id: int, batch: Sequence[NewProjection], time: str) -> None:
    ids = [new.pair_id for new in batch]
    locked = select(Pair.id, Pair.searched).where(Pair.id.in_(ids)).order_by(Pair.id).with_for_update()
    searched = {row.id: row.searched for row in session.execute(locked)}
    listed = [(packed(new.tags), packed(new.labels)) for new in batch]
    session.execute(
        _INSERT,
        [
            {
                "run_id": run_id, "pair_id": new.pair_id, "status": new.status, "record": new.record,
                "sha256": digest(new.record), "signature": new.signature, "risk": new.risk, "tags": tags,
                "labels": labels, "created": time,
            }
            for new, (tags, labels) in zip(batch, listed, strict=True)
        ],
    )  # fmt: skip
    texts = ((new.pair_id, searched_text(new.record)) for new in batch)  # a run may have translated
    changed = [{"id": pair_id, "searched": text} for pair_id, text in texts if searched[pair_id] != text]
    if changed:
        session.execute(update(Pair), changed)
    stored = select(Projection.pair_id, Projection.id).where(Projection.run_id == run_id, Projection.pair_id.in_(ids))
    made = {pair_id: number for pair_id, number in session.execute(stored)}
    rows = []
    for new, (tags, labels) in zip(batch, listed, strict=True):
        start = "failed" if new.status == "failed" else "projected"
        rows.append(
            {
                "pair": new.pair_id, "made": made[new.pair_id], "new_start": start, "new_status": start,
                "new_changed": time, "new_risk": new.risk, "new_tags": tags, "new_labels": labels,
            }
        )  # fmt: skip
    session.execute(_SHOWN, rows)


def newest_of(session: Session, pair_ids: Sequence[int]) -> dict[int, ProjectionRow]:
    """Return pair to its newest projection, where it has one."""
    newest = (
        select(func.max(Projection.id)).where(Projection.pair_id.in_(pair_ids)).group_by(Projection.pair_id)
    ).scalar_subquery()
    rows = session.scalars(select(Projection).where(Projection.id.in_(newest)))
    return {row.pair_id: projection_row(row) for row in rows}


def with_back_translation(session: Session, pair_ids: Sequence[int]) -> set[int]:
    """Return the pairs whose newest projection has a back-translation; the database looks, no record is read."""
    newest = (
        select(func.max(Projection.id)).where(Projection.pair_id.in_(pair_ids)).group_by(Projection.pair_id)
    ).scalar_subquery()
    field: ColumnElement[Any] = func.json_type(Projection.record, "$.back_translation")
    if session.get_bind().dialect.name == "postgresql":
        field = cast(Projection.record, JSON).op("->")("back_translation")
    return set(session.scalars(select(Projection.pair_id).where(Projection.id.in_(newest), field.is_not(None))))


def projection(session: Session, projection_id: int) -> ProjectionRow | None:
    """Return one projection."""
    found = session.get(Projection, projection_id)
    return projection_row(found) if found else None


def current(session: Session, pair_id: int) -> Projection | None:
    """Return the row of the newest projection; for use inside the store."""
    query = select(Projection).where(Projection.pair_id == pair_id).order_by(Projection.id.desc()).limit(1)
    return session.scalars(query).first()


def start_of(projection: Projection | None) -> str:
    """Return the status of a pair without revisions."""
    if projection is None:
        return "new"
    return "failed" if projection.status == "failed" else "projected"


def projection_row(row: Projection) -> ProjectionRow:
    """Return a projection detached from its session."""
    return ProjectionRow(row.id, row.run_id, row.pair_id, row.status, row.record, row.signature, row.created)
