"""Runs that outlive the page that started them: one queue for each process, seen and stopped from any page.

What is done is in the store, batch by batch. What this process knows beside it, stage and rate, is lost with it, and
the run is then interrupted: `go_on` does the rest.
"""

from __future__ import annotations

import atexit
import logging
import secrets
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from xner.config import RunConfig, parse_config
from xner.engine.local import BATCH_SIZE
from xner.errors import InputError, NotAllowed, XnerError
from xner.io.json_lines import loads
from xner.services import browse
from xner.services.access import corpus_for, require
from xner.services.corpora import person
from xner.services.identity import Role, User
from xner.services.project_corpus import CorpusRun, pairs_of_corpus, project_batch
from xner.services.run_claims import claim, is_alive, release
from xner.services.run_order import MARK, Kept, Order, read
from xner.services.stage_times import StageClock, TimedPipeline
from xner.services.whole_corpus import learn_from
from xner.store import people, runs
from xner.store.runs import RunRow
from xner.store.session import Store

log = logging.getLogger(__name__)
_GRACE_S = 5.0
"""How long the end of the process waits for the batch that is being worked on."""


@dataclass(frozen=True, slots=True)
class Job:
    """A run as the pages show it. `state`: waiting, running, elsewhere (another server), finished, interrupted."""

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
    ended: str
    config: RunConfig | None
    """None where the settings are those of another version."""
    kept: Kept
    ahead: int = 0
    """Jobs of this server before it."""
    stage: str = ""
    stages: Mapping[str, float] = field(default_factory=dict)
    """Stage to seconds since the run was started or went on."""
    rate: float | None = None
    """Sentences a second, None before the first batch is done."""
    is_stopping: bool = False

    @property
    def n_done(self) -> int:
        """Sentences that need no more work."""
        return self.n_ok + self.n_empty + self.n_failed + sum(self.left_out.values())

    @property
    def is_live(self) -> bool:
        """Tell whether somebody is working on it, or will."""
        return self.state in ("waiting", "running", "elsewhere")

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


@dataclass(slots=True)
class _Work:
    """A job of this process."""

    store: Store
    run_id: int
    order: Order
    kept: Kept
    done: CorpusRun
    clock: StageClock = field(default_factory=StageClock)
    cancel: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    before: Counter[str] = field(default_factory=Counter)
    """Status to number of results that it had when it was taken up again."""
    since: float | None = None
    """When its first batch began."""


_work: dict[tuple[str, int], _Work] = {}
_queue: deque[_Work] = deque()
_lock = threading.Lock()
_worker: threading.Thread | None = None


def start(store: Store, user: User, order: Order) -> int:
    """Put a run into the queue and return its id; it begins when those before it are done.

    Raises:
        NotAllowed: it takes a reviewer.
        InputError: there is no sentence to project.
        ConfigError: the settings exclude each other.
        StoreBusy: a run over this corpus is under way.
    """
    corpus_for(store, user, order.corpus_id, Role.REVIEWER)
    TimedPipeline(order.config, StageClock())  # settings that exclude each other are told now
    with store.read() as session:
        n = runs.n_todo(session, order.selection)
    if not n:
        raise InputError("No sentence of this corpus is chosen.", "Choose other sentences or languages.")
    kept = Kept(order.starts, order.langs, n).mine()
    run_id = claim(store, order.corpus_id, order.config, kept, person(store, user))
    _put(_Work(store, run_id, order, kept, CorpusRun(run_id)))
    return run_id


def go_on(store: Store, user: User, run_id: int) -> None:
    """Put the rest of an interrupted run into the queue, under the settings that it began with.

    Raises:
        NotAllowed: there is no such run, or it takes a reviewer of its corpus.
        ConfigError: its settings are those of another version.
        StoreBusy: a run over this corpus is under way.
    """
    row, settings, kept = _row(store, user, run_id)
    config = parse_config(settings, f"run {run_id}")
    order = Order(row.corpus_id, config, kept.starts, kept.langs)
    with store.read() as session:
        done = runs.counts(session, run_id)
        n_rest = runs.n_todo(session, order.selection, run_id)
    kept = replace(kept, n_total=done.total() + n_rest, left_out={}).mine()
    claim(store, row.corpus_id, config, kept, row.created_by, run_id=run_id)
    _put(_Work(store, run_id, order, kept, CorpusRun(run_id), before=done))


def cancel(store: Store, user: User, run_id: int) -> None:
    """Stop a run of this process after its current batch; what is stored stays.

    Raises:
        NotAllowed: there is no such run, or it takes a reviewer of its corpus.
        InputError: another server is at it.
    """
    row, _, _ = _row(store, user, run_id)
    found = _work.get((str(store.url), run_id))
    if found is None:
        if is_alive(store, row):
            raise InputError("Another server works on this run.", "Cancel it there.")
        return
    found.kept = replace(found.kept, stopped_by=user.name)
    found.cancel.set()


def jobs(store: Store, user: User, *, corpus_id: int | None = None, limit: int = 20) -> list[Job]:
    """Return the newest runs that the user may see, of one corpus or of all, those under way first."""
    names = {c.id: c.name for c in browse.names(store, user) if corpus_id in (None, c.id)}
    with store.read() as session:
        rows = runs.latest(session, names, limit, marked=MARK)
        who = people.names(session)
    found = [_job(store, row, names[row.corpus_id], who) for row in rows]
    return sorted((job for job in found if job is not None), key=lambda job: (not job.is_live, job.ahead, -job.run_id))


def live_over(store: Store, user: User, corpus_id: int) -> Job | None:
    """Return the run that is under way over a corpus, None without one."""
    name = corpus_for(store, user, corpus_id, Role.VIEWER).name
    with store.read() as session:
        rows, who = runs.running(session, corpus_id), people.names(session)
    found = [_job(store, row, name, who) for row in rows if is_alive(store, row)]
    return next((job for job in found if job is not None), None)


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
    """Wait until a run of this process has ended; tell whether it has."""
    found = _work.get((str(store.url), run_id))
    return found is None or found.ended.wait(timeout_s)


def _row(store: Store, user: User, run_id: int, needed: Role = Role.REVIEWER) -> tuple[RunRow, dict[str, object], Kept]:
    with store.read() as session:
        row = runs.run(session, run_id)
    settings, kept = read(row.config) if row else ({}, None)
    if row is None or kept is None:
        raise NotAllowed("There is no such run, or it is not yours.", "Choose one on the Run page.")
    require(store, user, row.corpus_id, needed)
    return row, settings, kept


def _job(store: Store, row: RunRow, corpus: str, who: Mapping[int, str]) -> Job | None:
    settings, kept = read(row.config)
    if kept is None:
        return None
    try:
        config: RunConfig | None = parse_config(settings)
    except XnerError:
        config = None
    by = who.get(row.created_by, "somebody")
    work = _work.get((str(store.url), row.id))
    if work is None:
        state = "elsewhere" if is_alive(store, row) else "interrupted" if row.state == "running" else row.state
        with store.read() as session:
            n = runs.counts(session, row.id)
        return Job(
            row.id, row.corpus_id, corpus, state, n["ok"], n["empty"], n["failed"], kept.n_total, kept.left_out, by,
            row.started, row.heartbeat, config, kept,
        )  # fmt: skip
    done, before, begun = work.done, work.before, work.since
    n_now = done.n_done + done.left_out.total()
    rate = n_now / (time.monotonic() - begun) if begun is not None else 0.0
    ahead = next((k for k, other in enumerate(list(_queue), 1) if other is work), 0)
    return Job(
        row.id, row.corpus_id, corpus, "waiting" if ahead else "running", before["ok"] + done.n_ok,
        before["empty"] + done.n_empty, before["failed"] + len(done.failed), work.kept.n_total, dict(done.left_out),
        by, row.started, row.heartbeat, config, work.kept, ahead, work.clock.stage, work.clock.seconds(), rate or None,
        work.cancel.is_set(),
    )  # fmt: skip


def _put(work: _Work) -> None:
    global _worker
    with _lock:
        _work[str(work.store.url), work.run_id] = work
        _queue.append(work)
        if _worker is None:
            _worker = threading.Thread(target=_run_all, name="xner-jobs", daemon=True)
            _worker.start()


@atexit.register
def _stop_all() -> None:
    """Stop what this process works on; a batch that takes longer is lost, and done again when its run goes on."""
    worker = _worker
    for work in list(_work.values()):
        work.cancel.set()
    if worker is not None:
        worker.join(_GRACE_S)


def _run_all() -> None:
    """Work until the queue is empty; the next job starts another thread."""
    global _worker
    while True:
        with _lock:
            if not _queue:
                _worker = None
                return
            work = _queue.popleft()
        _run(work)


def _run(work: _Work) -> None:
    state = "interrupted"
    try:
        state = _project(work)
    except XnerError as error:
        work.kept = replace(work.kept, problem=(error.code, error.message, error.hint))
    except Exception:  # the outer edge of a job: its page gets a code, the log the traceback
        code = f"UNEXPECTED-{secrets.token_hex(3)}"
        log.exception("run %d failed, code %s", work.run_id, code)
        words = "Something went wrong that xner did not foresee.", "What is stored stays; see the server's log."
        work.kept = replace(work.kept, problem=(code, *words))
    finally:
        left_out = dict(work.done.left_out)
        try:
            release(work.store, work.run_id, state, work.order.config, replace(work.kept, left_out=left_out))
        except XnerError:
            log.exception("the end of run %d could not be noted", work.run_id)
        _work.pop((str(work.store.url), work.run_id), None)
        work.ended.set()


def _project(work: _Work) -> str:
    """Project batch after batch and return the state that the run ends in."""
    pipeline = TimedPipeline(work.order.config, work.clock)
    if work.cancel.is_set():
        return "interrupted"
    pipeline.check_models()
    with work.clock.inside("load"):
        learn_from(pipeline, lambda: pairs_of_corpus(work.store, work.order.corpus_id, work.order.config))
    after, work.since = 0, time.monotonic()
    while not work.cancel.is_set():
        with work.store.read() as session:
            rows = runs.todo(session, work.order.selection, work.run_id, after=after, limit=BATCH_SIZE)
        if not rows:
            return "finished"
        with work.clock.inside("store"):
            project_batch(work.store, work.order.corpus_id, pipeline, rows, work.done)
        after = rows[-1].place
    return "interrupted"


def _reason(record: str) -> str:
    return str(loads(record)["projection"].get("reason") or "unknown")
