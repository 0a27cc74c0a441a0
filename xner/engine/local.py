"""Batches in this process. A pair that fails is recorded as failed and never stops the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from xner.engine.plan import BATCH_SIZE as BATCH_SIZE
from xner.engine.plan import batches, words_of
from xner.errors import ConfigError, ModelUnavailable, XnerError
from xner.pipeline import Pipeline, Trace
from xner.types import Projection, SentencePair

log = logging.getLogger(__name__)
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A pair, with its source entities where they were found, and its projection; `trace` has the evidence."""

    pair: SentencePair
    projection: Projection
    trace: Trace | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """What stands in the place of a result: why there is none."""

    reason: str


def run(pipeline: Pipeline, pairs: Iterable[SentencePair], batch_size: int = BATCH_SIZE) -> Iterator[Outcome]:
    """Yield one outcome a pair, in order, holding no more than one batch in memory.

    Raises:
        ConfigError: a setting is impossible, whatever the pair.
        ModelUnavailable: a model is not here.
    """
    for batch in batches(pairs, batch_size, weigh=words_of):
        yield from run_batch(pipeline, batch)


def run_batch(pipeline: Pipeline, batch: Sequence[SentencePair]) -> Iterator[Outcome]:
    """Yield one outcome a pair of a batch; see `run`."""
    for pair, result in zip(batch, results_of(batch, pipeline.run), strict=True):
        if isinstance(result, Failure):
            yield Outcome(pair, Projection.failed(pair.id, result.reason))
        else:
            yield Outcome(result.pair, result.projection, result)


def isolated(
    items: Iterable[T], work: Callable[[Sequence[T]], Sequence[R]], batch_size: int = BATCH_SIZE
) -> Iterator[tuple[T, R | Failure]]:
    """Yield every item with its result, in order; a batch that fails is done again one by one.

    Args:
        items: taken a batch at a time.
        work: returns one result an item.
        batch_size: items that `work` gets at once.

    Raises:
        ConfigError: a setting is impossible, whatever the item.
        ModelUnavailable: a model is not here.

    Example:
        >>> [result for _, result in isolated(["1", "x"], lambda batch: [int(item) for item in batch])][0]
        1
    """
    for batch in batches(items, batch_size):
        yield from zip(batch, results_of(batch, work), strict=True)


def results_of(batch: Sequence[T], work: Callable[[Sequence[T]], Sequence[R]]) -> list[R | Failure]:
    """Return one result an item, `Failure` where there is none; see `isolated`."""
    try:
        return [*work(batch)]
    except (ConfigError, ModelUnavailable):
        raise  # no other item would fare better
    except Exception as error:  # whatever it is, it becomes the reason of the items that failed
        if len(batch) == 1:
            return [Failure(_reason(error))]
        return [result for item in batch for result in results_of([item], work)]


def _reason(error: Exception) -> str:
    if isinstance(error, XnerError):
        return f"{error.code}: {error}"
    log.error("a pair failed unexpectedly", exc_info=error)
    return f"UNEXPECTED: {type(error).__name__}: {error}"
