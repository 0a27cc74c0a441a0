"""Work off the queue of this machine: ``python -m xner.services.job_runner``, started by the app, ended by itself.

It outlives the server. The sentences are projected in a worker process under it, which a cancelled job loses in the
middle of its batch; each batch is stored in one transaction, together with how far the job has come.
"""

from __future__ import annotations

import functools
import logging
import os
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from xner.config import RunConfig, parse_config
from xner.engine.local import Failure
from xner.engine.lock import sole_writer
from xner.engine.plan import BATCH_SIZE, Plan, batches
from xner.errors import ConfigError, XnerError
from xner.io.json_lines import loads
from xner.services.project_corpus import (
    CorpusRun,
    Item,
    JobTaken,
    Made,
    items_of,
    made_of,
    pairs_of_corpus,
    store_batch,
    weight_of,
)
from xner.services.run_claims import is_alive, this_process
from xner.services.run_order import Order
from xner.services.run_workers import work_off
from xner.services.stage_times import StageClock, TimedPipeline
from xner.services.whole_corpus import learn_from, learns
from xner.store import jobs, runs
from xner.store.jobs import JobRow
from xner.store.session import Session, Store, data_folder, open_store

log = logging.getLogger(__name__)
_LOOK_S, _BEAT_S = 0.25, 5.0
Timed = tuple[Made, Mapping[str, float]]


def work_off_queue(store: Store, *, apart: bool = True) -> None:
    """Work on the jobs that were put into the queue on this machine, the oldest first, until there is none.

    Args:
        store: where they are.
        apart: project in a process of its own, so that a job can be stopped in the middle of a batch.
    """
    while True:
        try:
            with sole_writer(data_folder() / "jobs"):
                _sweep(store)
                while (row := _next(store)) is not None:
                    _run(store, row, apart=apart)
        except ConfigError:
            return  # another process is at it: it looks once more after it has let go, as is done here
        if _next(store) is None:
            return


def _sweep(store: Store) -> None:
    """Note which jobs died with an earlier process of this kind: while this one has the lock there is no other."""
    me = this_process()
    with store.read() as session:
        rows = jobs.live(session, host=me.host)
    dead = [row.run.id for row in rows if row.state == "running" and not is_alive(row)]

    def work(session: Session) -> None:
        for run_id in dead:
            jobs.end(session, run_id, "interrupted")
            jobs.tell(session, run_id, "interrupted: the process that worked on it ended")

    if dead:
        store.write(work)


def _next(store: Store) -> JobRow | None:
    with store.read() as session:
        rows = jobs.live(session, host=this_process().host)
    return next((row for row in rows if row.state == "queued"), None)


class _Pulse:
    """Gives signs of life while a job is worked on, and finds out that somebody wants it to stop."""

    def __init__(self, store: Store, run_id: int) -> None:
        self.stop, self._ended = threading.Event(), threading.Event()
        self._store, self._run_id = store, run_id
        self._thread = threading.Thread(target=self._watch, name="xner-pulse", daemon=True)

    def _watch(self) -> None:
        me, beaten = this_process(), 0.0
        while not self._ended.wait(_LOOK_S):
            with suppress(XnerError):  # a store that is busy now is asked again
                with self._store.read() as session:
                    row = jobs.job(session, self._run_id)
                if row is None or row.stopped_by or (row.host, row.pid) != (me.host, me.pid):
                    self.stop.set()
                if time.monotonic() - beaten > _BEAT_S:
                    self._store.write(lambda session: jobs.beat(session, me))
                    beaten = time.monotonic()

    def __enter__(self) -> _Pulse:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()


def _run(store: Store, row: JobRow, *, apart: bool) -> None:
    me, run_id = this_process(), row.run.id
    if not store.write(lambda session: jobs.begin(session, run_id, me)):
        return
    state, problem = "interrupted", None
    try:
        with _Pulse(store, run_id) as pulse:
            state = _project(store, row, pulse.stop, apart=apart)
    except JobTaken:
        log.warning("run %d is worked on elsewhere", run_id)
        return
    except XnerError as error:
        state, problem = "failed", (error.code, error.message, error.hint)
    except Exception:  # the outer edge of a job: its page gets a code, the log the traceback
        code = f"UNEXPECTED-{secrets.token_hex(3)}"
        log.exception("run %d failed, code %s", run_id, code)
        words = "Something went wrong that xner did not foresee.", "What is stored stays; see jobs.log in its folder."
        state, problem = "failed", (code, *words)
    store.write(lambda session: _note_end(session, run_id, state, problem))


def _note_end(session: Session, run_id: int, state: str, problem: tuple[str, str, str] | None) -> None:
    if jobs.holds(session, run_id, this_process()):  # else it is somebody else's by now, and has not ended
        jobs.end(session, run_id, state, problem)
        jobs.tell(session, run_id, f"{state}: {problem[0]} {problem[1]}" if problem else state)


def _project(store: Store, row: JobRow, stop: threading.Event, *, apart: bool) -> str:
    """Project batch after batch and return the state that the job ends in."""
    run_id, corpus_id = row.run.id, row.run.corpus_id
    config = parse_config(loads(row.run.config), f"run {run_id}")
    clock = StageClock()
    pipeline = TimedPipeline(config, clock)
    store.write(lambda session: jobs.show(session, run_id, stage="load", stages={}, rate=None))
    with clock.inside("load"):
        if learns(pipeline) or not apart:
            pipeline.check_models()
        learn_from(pipeline, lambda: pairs_of_corpus(store, corpus_id, config))
    done, taken = CorpusRun(run_id, this_process()), Counter(clock.seconds())
    order = Order(corpus_id, config, row.starts, row.langs)
    planned = batches(_items(store, order, row), BATCH_SIZE, weigh=weight_of)
    n_first, since = 0, time.monotonic()
    for items, results in work_off(
        pipeline, planned, timed, Plan.of(_n_workers()), apart=apart, make=timed_pipeline, stops=stop.is_set
    ):
        store_batch(store, corpus_id, items, [r if isinstance(r, Failure) else r[0] for r in results], done)
        for result in results:
            taken.update({} if isinstance(result, Failure) else result[1])
        n = done.n_done + done.left_out.total()
        rate = (n - n_first) / (time.monotonic() - since)
        if not n_first:  # the worker has loaded its models meanwhile, which the others need not
            n_first, since = n, time.monotonic()
        store.write(functools.partial(jobs.show, run_id=run_id, stage="", stages=dict(taken), rate=rate))
    return "cancelled" if stop.is_set() else "done"


def _items(store: Store, order: Order, row: JobRow) -> Iterator[Item]:
    """Yield what is left to do, in the order of the corpus."""
    after = row.after_place
    while True:
        with store.read() as session:
            rows = runs.todo(session, order.selection, row.run.id, after=after, limit=BATCH_SIZE)
        if not rows:
            return
        after = rows[-1].place
        yield from items_of(store, rows, order.config)


def timed_pipeline(config: RunConfig) -> TimedPipeline:
    """Return a pipeline with a clock of its own."""
    return TimedPipeline(config, StageClock())


def timed(pipeline: TimedPipeline, items: Sequence[Item]) -> list[Timed]:
    """Return what a batch comes to; with its first item go the seconds of its stages."""
    before = Counter(pipeline.clock.seconds())
    with pipeline.clock.inside("store"):
        made = made_of(pipeline, items)
    taken = Counter(pipeline.clock.seconds())
    taken.subtract(before)
    return [(one, dict(taken) if k == 0 else {}) for k, one in enumerate(made)]


def _n_workers() -> int:
    """Return `XNER_WORKERS`, 1 without it.

    Raises:
        ConfigError: it is no number.
    """
    given = os.environ.get("XNER_WORKERS") or "1"
    if not given.isdecimal() or not int(given):
        raise ConfigError(f"XNER_WORKERS is {given!r}, not a number of processes.", "Set it to 1 or more, or unset it.")
    return int(given)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    work_off_queue(open_store())
