"""Batches in this process. A pair that fails is recorded as failed and never stops the others."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from xner.errors import XnerError
from xner.pipeline import Pipeline
from xner.types import Projection, SentencePair

BATCH_SIZE = 64
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A pair, with its source entities where they were found, and its projection."""

    pair: SentencePair
    projection: Projection


def run(pipeline: Pipeline, pairs: Iterable[SentencePair], batch_size: int = BATCH_SIZE) -> Iterator[Outcome]:
    """Yield one outcome a pair, in order, holding no more than one batch in memory."""
    iterator = iter(pairs)
    while batch := list(itertools.islice(iterator, batch_size)):
        yield from _run_batch(pipeline, batch)


def _run_batch(pipeline: Pipeline, batch: Sequence[SentencePair]) -> list[Outcome]:
    try:
        return [Outcome(trace.pair, trace.projection) for trace in pipeline.run(batch)]
    except Exception as error:  # whatever it is, it becomes the reason of the rows that failed
        if len(batch) == 1:
            return [Outcome(batch[0], Projection.failed(batch[0].id, _reason(error)))]
        return [outcome for pair in batch for outcome in _run_batch(pipeline, [pair])]


def _reason(error: Exception) -> str:
    if isinstance(error, XnerError):
        return f"{error.code}: {error}"
    log.error("a pair failed unexpectedly", exc_info=error)
    return f"UNEXPECTED: {type(error).__name__}: {error}"
