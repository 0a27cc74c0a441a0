"""Which sentences of a corpus were decided on, in the order of time."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from xner.store.tables import Pair, Projection, Revision

DECIDED = ("accepted", "flagged", "adjudicated")


def in_time(session: Session, corpus_id: int) -> list[tuple[int, int, int]]:
    """Return (run it began from, pair, track) of every sentence that was decided on, by its last decision."""
    query = (
        select(Projection.run_id, Revision.pair_id, Revision.track)
        .join(Projection, Projection.id == Revision.projection_id)
        .join(Pair, Pair.id == Revision.pair_id)
        .where(Pair.corpus_id == corpus_id, Pair.archived.is_(False), Revision.status.in_(DECIDED))
        .group_by(Projection.run_id, Revision.pair_id, Revision.track)
        .order_by(func.max(Revision.id))  # numbers are given in the order of time, whatever the clocks say
    )
    return [(run, pair, track) for run, pair, track in session.execute(query)]
