"""Jobs: put into the queue, watched, stopped, ended; what a worker may still write is decided here."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from xner.store.job_table import JobTable
from xner.store.runs import RunRow, run_row
from xner.store.session import now
from xner.store.tables import Run

LIVE = ("queued", "running")
"""States in which somebody works on a job, or will; unless that process has died."""
_RUN_STATE = {"queued": "running", "running": "running", "done": "finished"}
_LOG_LINES = 200


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job as it stands in the store; fields as in `JobTable`."""

    run: RunRow
    state: str
    starts: tuple[str, ...]
    langs: tuple[str, ...]
    n_total: int
    n_ok: int
    n_empty: int
    n_failed: int
    after_place: int
    left_out: Mapping[str, int]
    stage: str
    stages: Mapping[str, float]
    rate: float | None
    problem: tuple[str, str, str] | None
    stopped_by: str
    host: str
    pid: int
    beat: str
    log: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that works on a job."""

    host: str
    pid: int


def put(
    session: Session, run_id: int, owner: Owner, *, state: str, starts: tuple[str, ...], langs: tuple[str, ...],
    n_total: int,
) -> None:  # fmt: skip
    """Make a run a job, or a job that ended without being done one that is to go on: what it has counted stays."""
    row, run = session.get(JobTable, run_id, with_for_update=True), session.get_one(Run, run_id)
    is_new = row is None
    if row is None:
        chosen = json.dumps({"starts": starts, "langs": langs})
        row = JobTable(
            run_id=run_id, chosen=chosen, n_ok=0, n_empty=0, n_failed=0, after_place=0, left_out="{}", stages="{}",
            log="",
        )  # fmt: skip
    row.n_total, row.stage, row.rate, row.problem, row.stopped_by = n_total, "", None, None, None
    row.host, row.pid, row.state = owner.host, owner.pid, state
    run.state = _RUN_STATE.get(state, "interrupted")
    run.heartbeat = row.beat = now()
    if is_new:
        session.add(row)


def job(session: Session, run_id: int) -> JobRow | None:
    """Return a job."""
    found = session.get(JobTable, run_id)
    return _row(found, session.get_one(Run, run_id)) if found else None


def latest(session: Session, corpus_ids: Collection[int], limit: int) -> list[JobRow]:
    """Return the newest jobs over some corpora, the newest first."""
    query = select(JobTable, Run).join(Run, Run.id == JobTable.run_id).where(Run.corpus_id.in_(corpus_ids))
    return [_row(found, run) for found, run in session.execute(query.order_by(Run.id.desc()).limit(limit))]


def live(session: Session, *, corpus_id: int | None = None, host: str | None = None) -> list[JobRow]:
    """Return what is queued or running, the oldest first: over one corpus, or of one machine, or all."""
    query = select(JobTable, Run).join(Run, Run.id == JobTable.run_id).where(JobTable.state.in_(LIVE))
    if corpus_id is not None:
        query = query.where(Run.corpus_id == corpus_id)
    if host is not None:
        query = query.where(JobTable.host == host)
    return [_row(found, run) for found, run in session.execute(query.order_by(Run.id))]


def begin(session: Session, run_id: int, owner: Owner) -> bool:
    """Take a job from the queue; tell whether it was still there to be taken."""
    row = session.get(JobTable, run_id, with_for_update=True)
    if row is None or row.state != "queued":
        return False
    row.state, row.host, row.pid = "running", owner.host, owner.pid
    _touch(session, row)
    return True


def holds(session: Session, run_id: int, owner: Owner) -> bool:
    """Tell whether a job is still this process's to work on, and keep that so until the transaction ends."""
    row = session.get(JobTable, run_id, with_for_update=True)
    return row is not None and row.state == "running" and (row.host, row.pid) == (owner.host, owner.pid)


def count(
    session: Session, run_id: int, *, n_ok: int, n_empty: int, n_failed: int, left_out: Mapping[str, int],
    after_place: int,
) -> None:  # fmt: skip
    """Add a batch that is stored in the same transaction."""
    row = session.get_one(JobTable, run_id)
    row.n_ok, row.n_empty, row.n_failed = row.n_ok + n_ok, row.n_empty + n_empty, row.n_failed + n_failed
    known = json.loads(row.left_out)
    row.left_out = json.dumps({reason: known.get(reason, 0) + left_out.get(reason, 0) for reason in known | left_out})
    row.after_place = max(row.after_place, after_place)
    _touch(session, row)


def show(session: Session, run_id: int, *, stage: str, stages: Mapping[str, float], rate: float | None) -> None:
    """Note where a running job stands."""
    row = session.get_one(JobTable, run_id)
    row.stage, row.stages, row.rate = stage, json.dumps(stages), rate
    _touch(session, row)


def beat(session: Session, owner: Owner) -> None:
    """Give a sign of life for the job that a process works on, and for all that wait for it."""
    for found in live(session, host=owner.host):
        if found.state == "queued" or found.pid == owner.pid:
            _touch(session, session.get_one(JobTable, found.run.id))


def stop(session: Session, run_id: int, name: str) -> None:
    """Note who wants a job to stop; one that waits is cancelled at once."""
    row = session.get_one(JobTable, run_id, with_for_update=True)
    if row.state not in LIVE:
        return
    row.stopped_by = name
    if row.state == "queued":
        _end(session, row, "cancelled")


def end(
    session: Session, run_id: int, state: str, problem: tuple[str, str, str] | None = None
) -> None:  # fmt: skip
    """Note how a job ended."""
    row = session.get_one(JobTable, run_id, with_for_update=True)
    row.problem = json.dumps(problem) if problem else None
    _end(session, row, state)


def tell(session: Session, run_id: int, line: str) -> None:
    """Add a line to the log of a job; of very many the first are dropped."""
    row = session.get_one(JobTable, run_id)
    row.log = "\n".join([*row.log.split("\n")[-_LOG_LINES:], f"{now()[:19]}Z {line}"]).strip()


def _end(session: Session, row: JobTable, state: str) -> None:
    row.state, row.stage = state, ""
    session.execute(update(Run).where(Run.id == row.run_id).values(state=_RUN_STATE.get(state, "interrupted")))
    _touch(session, row)


def _touch(session: Session, row: JobTable) -> None:
    time = now()
    row.beat = time
    session.execute(update(Run).where(Run.id == row.run_id).values(heartbeat=time))


def _row(found: JobTable, run: Run) -> JobRow:
    chosen: dict[str, Any] = json.loads(found.chosen)
    problem = json.loads(found.problem) if found.problem else None
    return JobRow(
        run_row(run), found.state, tuple(chosen["starts"]), tuple(chosen["langs"]), found.n_total, found.n_ok,
        found.n_empty, found.n_failed, found.after_place, json.loads(found.left_out), found.stage,
        json.loads(found.stages), found.rate, (problem[0], problem[1], problem[2]) if problem else None,
        found.stopped_by or "", found.host, found.pid, found.beat,
        tuple(line for line in found.log.split("\n") if line),
    )  # fmt: skip
