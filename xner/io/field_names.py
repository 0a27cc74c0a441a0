"""The names of the fields of a record, and what is one of them misspelt."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from functools import lru_cache

from xner.errors import LimitExceeded
from xner.io.fields import wrong
from xner.io.limits import MAX_FIELDS

_SIDE_FIELDS = ("lang", "tokens", "text", "entities")
SENTENCE_FIELDS = frozenset({"id", "meta", "projection", *_SIDE_FIELDS})
PAIR_FIELDS = frozenset(
    {"id", "alignment", "possible_alignment", "back_translation", "meta", "projection"}
    | {f"{side}_{name}" for side in ("source", "target") for name in _SIDE_FIELDS}
)
LONG_NAME = 40
"""Characters of a field's name that are looked at and shown."""
_SLIP = 0.85
"""Similarity from which an unknown field is taken for a known one misspelt (`source_token`)."""


def check_field_names(record: Collection[str], known: frozenset[str] = PAIR_FIELDS) -> None:
    """Refuse a name that is a known one misspelt.

    Raises:
        InputError: with the name in `column`; also for more than 200 fields.
    """
    if len(record) > MAX_FIELDS:
        raise LimitExceeded(f"has {len(record)} fields, the limit is {MAX_FIELDS}.", "Put them into meta.")
    for name in record:
        if name not in known and (near := slip(name, known)):
            shown = name[:LONG_NAME]
            raise wrong(shown, f"there is no field {shown!r}, but {near!r}.", "Rename it, or put it into meta.")


def slip(name: str, known: frozenset[str] = PAIR_FIELDS) -> str | None:
    """Return the known field that a name is a slip of the pen for, or ``None``."""
    return _nearest(name[:LONG_NAME].lower(), known)


@lru_cache(maxsize=1024)
def _nearest(name: str, known: frozenset[str]) -> str | None:
    near = difflib.get_close_matches(name, known, n=1, cutoff=_SLIP)
    return near[0] if near else None
