"""With which sides the pairs of a stored corpus enter a run: what was imported or corrected is never put aside.

A side that a run made stands in the record of its projection. The imported pair stays as it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xner.config import RunConfig
from xner.errors import InputError
from xner.io.json_lines import loads, pair_from_record
from xner.store import runs
from xner.store.rows import PairRow
from xner.store.session import Store
from xner.translate.sides import side_to_make
from xner.types import SentencePair

BRINGS = {"source": "brings its own source", "target": "brings its own target"}
WORKED_ON = "somebody has worked on its translation"
LEFT_OUT = (*BRINGS.values(), WORKED_ON)
"""Reasons why a run does not touch a pair: its tokens would change under an annotation, or under its gold."""


def entering(store: Store, rows: Sequence[PairRow], config: RunConfig) -> list[SentencePair | str]:
    """Return, for each stored pair, what the pipeline gets, or the reason why a run leaves it out."""
    pairs = [pair_from_record(loads(row.record)) for row in rows]
    partial = [row.id for row, pair in zip(rows, pairs, strict=True) if pair.source is None or pair.target is None]
    made: dict[int, str] = {}
    worked_on: set[int] = set()
    if partial:
        with store.read() as session:
            made, worked_on = runs.made_records(session, partial), runs.worked_on(session, partial)
    return [
        _entering(pair, config, made.get(row.id), is_worked_on=row.id in worked_on)
        for row, pair in zip(rows, pairs, strict=True)
    ]


def _entering(pair: SentencePair, config: RunConfig, made: str | None, *, is_worked_on: bool) -> SentencePair | str:
    try:
        wanted = side_to_make(pair, config.pipeline)
    except InputError:
        return pair  # the run says of this pair what it lacks
    if wanted is not None and getattr(pair, wanted) is not None:
        return BRINGS[wanted]
    if pair.source is not None and pair.target is not None:
        return pair
    is_made_anew = wanted is not None and (config.pipeline != "parallel" or config.translate.name != "given")
    if is_made_anew and not is_worked_on:
        return pair
    if is_made_anew and config.pipeline != "parallel":
        return WORKED_ON
    return pair if made is None else _completed(pair, pair_from_record(loads(made)))


def _completed(pair: SentencePair, made: SentencePair) -> SentencePair:
    """Return a pair with the side that an earlier run made; nothing else is taken from there."""
    return replace(pair, source=pair.source or made.source, target=pair.target or made.target)
