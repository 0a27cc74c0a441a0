"""How a run is cut: batches that depend on the input alone, so that results don't depend on who works on them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from xner.errors import ConfigError
from xner.types import SentencePair

T = TypeVar("T")
BATCH_SIZE = 64
"""Pairs in one batch, for everything that writes projections: how batches are composed shows in the last decimals."""
BATCH_WORDS = 8192
"""Words in one batch of pairs, both sides together: long sentences come in smaller batches, or memory would follow
them. 64 ordinary pairs have some 3,000."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Who works on a run. Results are the same bytes under every plan."""

    workers: int = 1
    """Processes that hold the pipeline; 1: this process itself."""
    threads: int | None = None
    """Of torch in each worker; None: as the process has them."""
    engine: Literal["local", "ray"] = "local"
    address: str = "local"
    """Of the Ray cluster: ``local`` starts one on this machine, ``auto`` finds one that runs."""

    @classmethod
    def of(cls, workers: int, engine: str = "local", address: str = "local", *, cores: int | None = None) -> Plan:
        """Return the plan for a number of workers: the cores of the machine are shared out among them.

        Raises:
            ConfigError: there is no worker, or no such engine.

        Example:
            >>> Plan.of(3, cores=8).threads, Plan.of(1).threads
            (2, None)
        """
        if workers < 1:
            raise ConfigError(f"{workers} workers can do nothing.", "Give 1 or more.")
        if engine not in ("local", "ray"):
            raise ConfigError(f"There is no engine {engine!r}.", "Choose local or ray.")
        threads = None if workers == 1 and engine == "local" else max(1, (cores or n_cores()) // workers)
        return cls(workers, threads, "ray" if engine == "ray" else "local", address)


def n_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def words_of(pair: SentencePair) -> int:
    """Return how many words a pair has on both sides."""
    return sum(len(side) for side in (pair.source, pair.target) if side is not None)


def batches(
    items: Iterable[T], size: int = BATCH_SIZE, *, weigh: Callable[[T], int] | None = None, limit: int = BATCH_WORDS
) -> Iterator[list[T]]:
    """Yield the items in batches, in order: at most `size`, and together not heavier than `limit` unless it is one.

    Example:
        >>> list(batches("abcde", 2)), list(batches([3, 1, 4, 9], 3, weigh=int, limit=5))
        ([['a', 'b'], ['c', 'd'], ['e']], [[3, 1], [4], [9]])
    """
    batch: list[T] = []
    weight = 0
    for item in items:
        heavy = weigh(item) if weigh else 0
        if batch and weight + heavy > limit:
            yield batch
            batch, weight = [], 0
        batch.append(item)
        weight += heavy
        if len(batch) == size:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch
