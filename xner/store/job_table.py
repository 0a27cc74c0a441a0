"""The table of jobs: runs over a corpus that a process works off, watched and stopped from any page."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from xner.store.tables import Base


class JobTable(Base):
    """What is known of a run beside its settings and results. `beat` is the last sign of life of its process.

    `state`: queued, running, interrupted, cancelled, failed, done. A job that was cancelled, failed or interrupted can
    go on. `stopped_by` of a running job is the wish of somebody that it stop.
    """

    __tablename__ = "job"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(20))
    chosen: Mapped[str] = mapped_column(Text)
    n_total: Mapped[int]
    n_ok: Mapped[int]
    n_empty: Mapped[int]
    n_failed: Mapped[int]
    after_place: Mapped[int]
    """Place in the corpus up to which everything is stored: from there the next batches are those of the plan."""
    left_out: Mapped[str] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(String(40))
    stages: Mapped[str] = mapped_column(Text)
    rate: Mapped[float | None]
    problem: Mapped[str | None] = mapped_column(Text)
    stopped_by: Mapped[str | None] = mapped_column(String(200))
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    beat: Mapped[str] = mapped_column(String(32))
    log: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        Index("job_by_state", "state"),
        CheckConstraint(
            "state IN ('queued', 'running', 'interrupted', 'cancelled', 'failed', 'done')", name="job_state"
        ),
    )
