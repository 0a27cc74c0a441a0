"""Numbers that tell whether the pairs of a corpus are still those that something was computed from."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from xner.store.tables import Pair, Projection, Run


def stamp(session: Session, corpus_id: int) -> tuple[int, int, int, int]:
    """Return the number of pairs, the highest and the sum of their ids, and how many have been projected.

    Pairs are never changed once they are in, but a run may have made a side that one lacks.
    """
    pairs = select(
        func.count(), func.coalesce(func.max(Pair.id), 0), func.coalesce(func.sum(Pair.id), 0)
    ).where(Pair.corpus_id == corpus_id, Pair.archived.is_(False))  # fmt: skip
    projected = (
        select(func.count(Projection.pair_id.distinct()))
        .join(Run, Run.id == Projection.run_id)
        .where(Run.corpus_id == corpus_id)
    )
    n, last, total = session.execute(pairs).one()
    return int(n), int(last), int(total), int(session.scalar(projected) or 0)
