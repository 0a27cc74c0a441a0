"""Runs in the background: put into the queue, watched and stopped from any page, by everybody who may.

All that is known of a job is in the store. A process of its own works the queue of this machine off (`job_runner`);
a server that ends, a page that is closed change nothing for it. Where that process ends, the job is interrupted and
can go on.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from xner.config import RunConfig, parse_config
from xner.errors import InputError, NotAllowed, XnerError
from xner.io.json_lines import loads
from xner.pipeline import Pipeline
from xner.services import browse, job_launch
from xner.services.access import corpus_for, require
from xner.services.corpora import person
from xner.services.identity import Role, User
from xner.services.run_claims import claim, is_alive
from xner.services.run_order import Order
from xner.store import jobs as stored
from xner.store import people, runs
from xner.store.jobs import JobRow
from xner.store.session import Store

_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Job:
    """A run as the pages show it. `state`: queued, running, interrupted, cancelled, failed, done."""

    run_id: int
    corpus_id: int
    corpus: str
    state: str
    n_ok: int
    n_empty: int
    n_failed: int
    n_total: int
    left_out: Mapping[str, int]
    by: str
    started: str
    config: RunConfig | None
    """None where the settings are those of another version."""
    problem: tuple[str, str, str] | None = None
    """Code, message and hint of what ended it."""
    stopped_by: str = ""
    ahead: int = 0
    """Jobs of its machine before it."""
    is_loading: bool = False
    stages: Mapping[str, float] = field(default_factory=dict)
    """Stage to seconds since the job was started or went on."""
    rate: float | None = None
    """Sentences a second, None before the first batch is done."""
    log: tuple[str, ...] = ()

    @property
    def n_done(self) -> int:
        """Sentences that need no more work."""
        return self.n_ok + self.n_empty + self.n_failed + sum(self.left_out.values())

    @property
    def is_live(self) -> bool:
        """Tell whether somebody is working on it, or will."""
        return self.state in stored.LIVE

    @property
    def is_stopping(self) -> bool:
        """Tell whether somebody has cancelled it and it has not stopped yet."""
        return self.is_live and bool(self.stopped_by)

    @property
    def seconds_left(self) -> float | None:
        """Time that the rest will take at the rate so far."""
        return None if not self.rate else max(0, self.n_total - self.n_done) / self.rate


@dataclass(frozen=True, slots=True)
class FailedPair:
    """A sentence that did not run, its place in the corpus counted from 1, and why."""

    pair_id: int
    place: int
    record_id: str
    reason: str


def start(store: Store, user: User, order: Order) -> int:
    """Put a run into the queue and return its id; it begins when those before it are done.

    Raises:
        NotAllowed: it takes a reviewer.
        InputError: there is no sentence to project.
        ConfigError: the settings exclude each other.
        StoreBusy: a run over this corpus is under way.
    """
    corpus_for(store, user, order.corpus_id, Role.REVIEWER)
    Pipeline(order.config)  # settings that exclude each other are told now
    with store.read() as session:
        n = runs.n_todo(session, order.selection)
    if not n:
        raise InputError("No sentence of this corpus is chosen.", "Choose other sentences or languages.")
    run_id = claim(store, order, person(store, user), n, state="queued")
    _tell(store, run_id, f"started by {user.name}: {n:,} sentences")
    job_launch.launch(store)
    return run_id


def go_on(store: Store, user: User, run_id: int) -> None:
    """Put the rest of a job that ended early into the queue, under the settings that it began with.

    Raises:
        NotAllowed: there is no such job, or it takes a reviewer of its corpus.
        InputError: it is done.
        ConfigError: its settings are those of another version.
        StoreBusy: a run over this corpus is under way.
    """
    row = _row(store, user, run_id)
    if row.state == "done":
        raise InputError("This run is done.", "Start another one.")
    order = _order(row)
    with store.read() as session:
        n_rest = runs.n_todo(session, order.selection, run_id, after=row.after_place)
    n_done = row.n_ok + row.n_empty + row.n_failed + sum(row.left_out.values())
    claim(store, order, row.run.created_by, n_done + n_rest, state="queued", run_id=run_id)
    _tell(store, run_id, f"goes on, asked for by {user.name}: {n_rest:,} sentences are left")
    job_launch.launch(store)


def retry_failed(store: Store, user: User, run_id: int) -> int:
    """Start a run over the sentences that failed, with the settings of an earlier one; return its id.

    What failed stays noted with the earlier run.

    Raises:
        NotAllowed: there is no such job, or it takes a reviewer of its corpus.
        InputError: no sentence is failed any more.
        ConfigError: its settings are those of another version.
        StoreBusy: a run over this corpus is under way.
    """
    row = _row(store, user, run_id)
    order = _order(row)
    return start(store, user, Order(order.corpus_id, order.config, ("failed",), order.langs))


def cancel(store: Store, user: User, run_id: int) -> None:
    """Stop a job, wherever it runs, in the middle of its batch; what is stored stays, and it can go on.

    Raises:
        NotAllowed: there is no such job, or it takes a reviewer of its corpus.
    """
    row = _row(store, user, run_id)
    if not is_alive(row):
        return
    store.write(lambda session: stored.stop(session, run_id, user.name))
    _tell(store, run_id, f"cancelled by {user.name}")


def jobs(store: Store, user: User, *, corpus_id: int | None = None, limit: int = 20) -> list[Job]:
    """Return the newest jobs that the user may see, over one corpus or all, those under way first."""
    names = {c.id: c.name for c in browse.names(store, user) if corpus_id in (None, c.id)}
    with store.read() as session:
        rows, waiting = stored.latest(session, names, limit), stored.live(session)
        who = people.names(session)
    found = [_job(row, names[row.run.corpus_id], who, waiting) for row in rows]
    return sorted(found, key=lambda job: (not job.is_live, job.ahead, -job.run_id))


def under_way(store: Store, user: User) -> list[Job]:
    """Return what is queued or running in corpora that the user may see, the next one first."""
    with store.read() as session:
        rows = stored.live(session)
    if not any(is_alive(row) for row in rows):
        return []
    return [job for job in jobs(store, user) if job.is_live]


def live_over(store: Store, user: User, corpus_id: int) -> Job | None:
    """Return the job that is under way over a corpus, None without one."""
    name = corpus_for(store, user, corpus_id, Role.VIEWER).name
    with store.read() as session:
        rows, who = stored.live(session, corpus_id=corpus_id), people.names(session)
        waiting = stored.live(session)
    return next((_job(row, name, who, waiting) for row in rows if is_alive(row)), None)


def failures(store: Store, user: User, run_id: int, limit: int = 20) -> list[FailedPair]:
    """Return the first sentences of a run that failed, in the order of the corpus.

    Raises:
        NotAllowed: there is no such run, or it takes a viewer of its corpus.
    """
    _row(store, user, run_id, Role.VIEWER)
    with store.read() as session:
        found = runs.failures(session, run_id, limit)
    return [FailedPair(pair.id, pair.place, pair.record_id, _reason(record)) for pair, record in found]


def wait(store: Store, run_id: int, timeout_s: float) -> bool:
    """Wait until nobody works on a job any more; tell whether that is so."""
    end = time.monotonic() + timeout_s
    while True:
        with store.read() as session:
            row = stored.job(session, run_id)
        if row is None or not is_alive(row):
            return True
        if time.monotonic() > end:
            return False
        time.sleep(_LOOK_S)


def _order(row: JobRow) -> Order:
    return Order(row.run.corpus_id, parse_config(loads(row.run.config), f"run {row.run.id}"), row.starts, row.langs)


def _row(store: Store, user: User, run_id: int, needed: Role = Role.REVIEWER) -> JobRow:
    with store.read() as session:
        row = stored.job(session, run_id)
    if row is None:
        raise NotAllowed("There is no such run, or it is not yours.", "Choose one on the Run page.")
    require(store, user, row.run.corpus_id, needed)
    return row


def _tell(store: Store, run_id: int, line: str) -> None:
    store.write(lambda session: stored.tell(session, run_id, line))


def _job(row: JobRow, corpus: str, who: Mapping[int, str], waiting: list[JobRow]) -> Job:
    try:
        config: RunConfig | None = parse_config(loads(row.run.config))
    except XnerError:
        config = None
    is_live = is_alive(row)
    before = [other for other in waiting if other.host == row.host and other.run.id < row.run.id and is_alive(other)]
    return Job(
        row.run.id, row.run.corpus_id, corpus, row.state if is_live or row.state not in stored.LIVE else "interrupted",
        row.n_ok, row.n_empty, row.n_failed, row.n_total, row.left_out, who.get(row.run.created_by, "somebody"),
        row.run.started, config, row.problem, row.stopped_by,
        ahead=len(before) if row.state == "queued" and is_live else 0, is_loading=row.stage == "load" and is_live,
        stages=row.stages, rate=row.rate if is_live else None, log=row.log,
    )  # fmt: skip


def _reason(record: str) -> str:
    return str(loads(record)["projection"].get("reason") or "unknown")
