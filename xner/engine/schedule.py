"""Who gets which batch when: bounded, ordered, and with a second and a smaller try for what ends its worker."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from xner.engine.local import Failure

T = TypeVar("T")
R = TypeVar("R")
_TRIES = 2
"""Workers that a batch may end before it is cut in two, and a single item before it is given up."""


@dataclass(slots=True)
class Task(Generic[T]):
    """Some neighbours of one planned batch."""

    batch: int
    start: int
    items: list[T]
    n_deaths: int = 0


class _Open(Generic[T, R]):
    """A batch that has been handed out, and what is known of it."""

    def __init__(self, items: list[T]) -> None:
        self.items = items
        self.results: list[R | Failure | None] = [None] * len(items)
        self.n_missing = len(items)


class Schedule(Generic[T, R]):
    """Hands out the batches of a plan and takes in their results; holds no more than `window` batches at once.

    It knows nothing of processes: whoever works asks `take`, then says `done` or `died`, and reads `ready`.
    """

    def __init__(self, planned: Iterable[list[T]], window: int) -> None:
        self._planned = iter(planned)
        self._window = window
        self._again: deque[Task[T]] = deque()
        self._open: dict[int, _Open[T, R]] = {}
        self._n_planned = self._n_given = 0
        self._is_read = False

    def take(self) -> Task[T] | None:
        """Return what is to be done next, None while nothing can be handed out."""
        if self._again:
            return self._again.popleft()
        if self._is_read or len(self._open) >= self._window:
            return None
        items = next(self._planned, None)
        if items is None:
            self._is_read = True
            return None
        self._open[self._n_planned] = _Open(items)
        self._n_planned += 1
        return Task(self._n_planned - 1, 0, items)

    def done(self, task: Task[T], results: Sequence[R | Failure]) -> None:
        """Take in what came of a task."""
        if len(results) != len(task.items):
            raise AssertionError(f"{len(task.items)} items but {len(results)} results")
        found = self._open[task.batch]
        found.results[task.start : task.start + len(results)] = results
        found.n_missing -= len(results)

    def again(self, task: Task[T]) -> None:
        """Plan a task once more that nobody has begun."""
        self._again.appendleft(task)

    def died(self, task: Task[T], how: str) -> None:
        """Plan a task again whose worker ended in the middle: once as it is, then in halves, at last not at all."""
        task.n_deaths += 1
        if task.n_deaths < _TRIES:
            self._again.appendleft(task)
        elif len(task.items) == 1:
            self.done(
                task, [Failure(f"WORKER: the process that worked on this sentence ended {task.n_deaths} times: {how}")]
            )
        else:
            middle = len(task.items) // 2
            for at, items in ((middle, task.items[middle:]), (0, task.items[:middle])):
                # A half that ends its worker is cut at once; a single sentence gets two tries.
                self._again.appendleft(Task(task.batch, task.start + at, items, 1 if len(items) > 1 else 0))

    def ready(self) -> Iterator[tuple[list[T], list[R | Failure]]]:
        """Yield the batches that are whole, in the order of the plan."""
        while (found := self._open.get(self._n_given)) is not None and not found.n_missing:
            del self._open[self._n_given]
            self._n_given += 1
            yield found.items, [result for result in found.results if result is not None]

    @property
    def is_finished(self) -> bool:
        """Tell whether every batch has been given out and taken back."""
        return self._is_read and not self._open
