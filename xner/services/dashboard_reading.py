"""What a dashboard reads of stored pairs: sentences and entities alone; links, which are most of a record, are not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from xner.io.json_lines import loads
from xner.io.records import pair_from_record, projection_from_record
from xner.types import Projection, SentencePair

_SIDES = ("source", "target")
_READ = ("id", *(f"{side}_{field}" for side in _SIDES for field in ("lang", "tokens", "entities")))
_JUDGED = ("status", "reason", "entities", "runner_up")
_JOINT = ', "projection": '


def read_row(record: str, status: str, made: str) -> tuple[SentencePair, SentencePair, Projection]:
    """Return a pair as it was imported, as its run left it, and what the run projected onto it.

    The three lack links, notes and back-translations. Most runs add nothing to a record but a projection at its end:
    then it is read once.

    Args:
        record: of the pair as imported.
        status: of the projection.
        made: record of the run.

    Raises:
        InputError: a record is damaged.
    """
    result = _object(made)
    after = _pair(result)
    is_only_longer = made.startswith(record[:-1] + _JOINT)
    before = after if is_only_longer else _pair(_object(record))
    return before, after, _projection(result, status, after.id)


def read_projection(status: str, made: str) -> Projection:
    """Return what a run projected onto a pair.

    Raises:
        InputError: the record is damaged.
    """
    result = _object(made)
    return _projection(result, status, str(result.get("id")))


def _pair(record: Mapping[str, Any]) -> SentencePair:
    read = {name: record[name] for name in _READ if name in record}
    for side in _SIDES:  # a text says no more than the tokens that were cut from it
        if read.get(f"{side}_tokens") is None and f"{side}_text" in record:
            read[f"{side}_text"] = record[f"{side}_text"]
    return pair_from_record(read)


def _projection(result: Mapping[str, Any], status: str, name: str) -> Projection:
    made = result.get("projection")
    if status == "failed" or made is None:
        return Projection.failed(name, "it did not run")
    judged = {field: made.get(field) for field in _JUDGED} if isinstance(made, Mapping) else made
    projection = projection_from_record({**result, "projection": judged})
    assert projection is not None  # noqa: S101 (it has one)
    return projection


def _object(text: str) -> dict[str, Any]:
    """Return a record that the store wrote: looked at closely on its way in, so that now only damage matters."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else loads(text)  # which says what is wrong
