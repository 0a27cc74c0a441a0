"""Seconds until many pairs are matched again after a score weight moved, their alignments coming from the cache."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from xner.cache import open_room
from xner.config import RunConfig
from xner.engine.local import BATCH_SIZE, Outcome, run
from xner.errors import ConfigError
from xner.pipeline import Pipeline
from xner.services.inspect_pair import rematch
from xner.types import SentencePair

_MOVED = {"score.weights.soft": 0.5}


def measure(pairs: Sequence[SentencePair], config: RunConfig) -> dict[str, Any]:
    """Return seconds, by the clock and of this process, of a first run, after a weight moved, and from memory alone.

    Only the first may ask the encoder; where the cache has seen the pairs, it does not either.

    Raises:
        ConfigError: the cache is off.
    """
    room = open_room(config.cache)
    if room is None:
        raise ConfigError("The cache is off, so there is nothing to measure.", "Unset XNER_CACHE_SIZE and cache.reuse.")
    first_time, first = _timed(pairs, config)
    moved = config.updated(_MOVED)
    again_time, again = _timed(pairs, moved)
    unmoved_time, unmoved = _timed(pairs, config)
    began, cpu_began = time.perf_counter(), time.process_time()
    traces = [outcome.trace for outcome in first if outcome.trace is not None]
    matched = [rematch(trace, moved).projection for trace in traces]
    in_memory = {"s": time.perf_counter() - began, "CPU s": time.process_time() - cpu_began}
    room.flush()
    return {
        "pairs": len(pairs),
        "failed": sum(outcome.projection.status == "failed" for outcome in first),
        "first run": first_time,
        "after a weight moved": again_time,
        "back again": unmoved_time,
        "in memory": in_memory,
        "rows that changed": sum(a.projection != b.projection for a, b in zip(first, again, strict=True)),
        "rows equal when back": sum(a.projection == b.projection for a, b in zip(first, unmoved, strict=True)),
        "rows equal in memory": sum(
            a.projection == b for a, b in zip((o for o in again if o.trace is not None), matched, strict=True)
        ),
    }


def _timed(pairs: Sequence[SentencePair], config: RunConfig) -> tuple[dict[str, float], list[Outcome]]:
    began, cpu_began = time.perf_counter(), time.process_time()
    outcomes = list(run(Pipeline(config), pairs, BATCH_SIZE))
    return {"s": time.perf_counter() - began, "CPU s": time.process_time() - cpu_began}, outcomes
