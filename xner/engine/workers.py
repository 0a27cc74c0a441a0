"""Batches in worker processes: spawned, each with the pipeline once, replaced when they end unasked."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Generic, TypeVar

from xner.engine.local import Failure, results_of
from xner.engine.plan import Plan
from xner.engine.schedule import Schedule, Task
from xner.errors import ConfigError, XnerError

T = TypeVar("T")
R = TypeVar("R")
Work = Callable[[Sequence[T]], Sequence[R]]
_FIRST_TRIES = 3
"""Workers in a row that may end before one of them is ready to work."""
_LOOK_S = 0.2
"""How often it is asked whether to stop, where no worker has anything to say."""
_READY, _DONE, _FATAL = "ready", "done", "fatal"


def map_batches(
    make: Callable[[], Work[T, R]],
    planned: Iterable[list[T]],
    plan: Plan,
    *,
    stops: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[list[T], list[R | Failure]]]:
    """Yield every batch with its results, in order; workers end with the iteration.

    A worker that is killed is replaced and its batch done again. A batch that ends two workers is cut in halves until
    the item that does it is alone: that one fails, the others don't. A few batches for each worker are in memory.

    Args:
        make: called once in each worker; returns what does a batch. It and all items and results can be pickled.
        planned: batches, the same for every number of workers.
        plan: how many workers, with how many threads of torch each.
        stops: asked several times a second; once it is true the workers are ended at once, and the iteration with them.

    Raises:
        ConfigError: a setting is impossible, or workers end before they are ready.
        ModelUnavailable: a model is not here.
    """
    pool: _Pool[T, R] = _Pool(make, plan)
    schedule: Schedule[T, R] = Schedule(planned, window=2 * plan.workers + 1)
    try:
        while not stops():
            pool.feed(schedule)
            pool.listen(schedule)
            yield from schedule.ready()
            if schedule.is_finished:
                return
    finally:
        pool.end()


class _Worker(Generic[T]):
    def __init__(self, process: SpawnProcess, line: Connection) -> None:
        self.process, self.line = process, line
        self.task: Task[T] | None = None
        self.is_ready = False


class _Pool(Generic[T, R]):
    def __init__(self, make: Callable[[], Work[T, R]], plan: Plan) -> None:
        self._make, self._plan = make, plan
        self._context = multiprocessing.get_context("spawn")  # a fork of a process that has run torch may hang
        self._workers: list[_Worker[T]] = []
        self._n_stillborn = 0

    def feed(self, schedule: Schedule[T, R]) -> None:
        """Give everybody who is free something to do; workers are started when there is something for them."""
        while len(self._workers) < self._plan.workers and (task := schedule.take()) is not None:
            self._start(task)
        for worker in self._workers:
            if worker.is_ready and worker.task is None and (task := schedule.take()) is not None:
                self._give(worker, task)

    def _start(self, task: Task[T]) -> None:
        here, there = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(there, self._make, self._plan.threads), daemon=True)
        process.start()
        there.close()
        worker: _Worker[T] = _Worker(process, here)
        worker.task = task
        self._workers.append(worker)

    def _give(self, worker: _Worker[T], task: Task[T]) -> None:
        worker.task = task
        with suppress(BrokenPipeError, ConnectionResetError):  # it has ended; `listen` finds that
            worker.line.send(task.items)

    def listen(self, schedule: Schedule[T, R]) -> None:
        """Take in what workers say, and replace those that say nothing more."""
        heard = wait([worker.line for worker in self._workers], _LOOK_S)
        for worker in [worker for worker in self._workers if worker.line in heard]:
            try:
                kind, what = worker.line.recv()
            except (EOFError, ConnectionResetError):
                self._lost(worker, schedule)
                continue
            if kind == _FATAL:
                raise what
            task = worker.task
            if task is None:
                raise AssertionError("a worker answered that was not asked")
            if kind == _READY:
                worker.is_ready, self._n_stillborn = True, 0
                self._give(worker, task)
            else:
                worker.task = None
                schedule.done(task, what)

    def _lost(self, worker: _Worker[T], schedule: Schedule[T, R]) -> None:
        worker.process.join()
        worker.line.close()
        self._workers.remove(worker)
        how = _words(worker.process.exitcode)
        task = worker.task
        if worker.is_ready:
            if task is not None:
                schedule.died(task, how)
            return
        self._n_stillborn += 1
        if self._n_stillborn >= _FIRST_TRIES:
            raise ConfigError(
                f"{self._n_stillborn} workers ended before they could begin ({how}).",
                "There may be too little memory: use fewer workers.",
            )
        if task is not None:
            schedule.again(task)  # it is not the batch that ended it

    def end(self) -> None:
        """End all workers now, whatever they are at."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.line.close()


def _words(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def _serve(line: Connection, make: Callable[[], Work[T, R]], threads: int | None) -> None:
    """Be a worker: make the pipeline, then answer every batch with its results until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver ends its workers
    threading.Thread(target=_end_with_driver, daemon=True).start()
    if threads is not None:
        os.environ["OMP_NUM_THREADS"] = os.environ["XNER_THREADS"] = str(threads)  # before torch is imported
    try:
        work = make()
        line.send((_READY, None))
        while True:
            line.send((_DONE, results_of(line.recv(), work)))
    except XnerError as error:
        line.send((_FATAL, error))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _end_with_driver() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)  # a batch may take minutes, and nobody will take it
