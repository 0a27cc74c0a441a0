"""Answers of a model that sees several sentences at once: kept by the whole call, found by it or by the sentence alone.

In which batch sentences stand shows in the last digits of their vectors. So an answer is found again where the whole
call is the same, which gives the same bytes as no cache at all; with ``any_batch``, wherever the sentence was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xner.cache.keys import key_of
from xner.cache.room import Entry, Room


def answers(
    room: Room, kind: str, items: Sequence[object], asked: Callable[[], str],
    compute: Callable[[list[int]], Sequence[bytes]], *, any_batch: bool,
) -> list[bytes]:  # fmt: skip
    """Return the answer to each item as bytes: what is kept, else what `compute` says.

    Args:
        room: where answers are kept.
        kind: of the entries.
        items: JSON; all that the answer to each follows from, apart from `asked`.
        asked: returns what is asked, as text: model, settings and code. It is read again after `compute`, since what
            was loaded then is what computed.
        compute: returns the answers to the items at some places, as one call of the model.
        any_batch: whether an answer from another call will do.
    """
    keys = _keys(asked(), items)
    by_content = room.any_of(kind, [content for _, content in keys]) if any_batch else {}
    by_key = {} if any_batch else room.get(kind, [key for key, _ in keys])
    found = [by_key.get(key, by_content.get(content)) for key, content in keys]
    # Of a call that is not whole here all is computed again: less of it would be another batch.
    missing = [k for k, value in enumerate(found) if value is None]
    missing = missing if any_batch or not missing else list(range(len(items)))
    if missing:
        computed = compute(missing)
        keys = _keys(asked(), [items[k] for k in missing])
        room.put(
            kind, [Entry(key, value, content) for (key, content), value in zip(keys, computed, strict=True)]
        )  # fmt: skip
        for k, value in zip(missing, computed, strict=True):
            found[k] = value
    return [value for value in found if value is not None]


def kept(room: Room, kind: str, items: Sequence[object], asked: str) -> list[bytes | None]:
    """Return the answer to each item that is kept, whatever call it comes from; nobody is asked."""
    contents = [content for _, content in _keys(asked, items)]
    found = room.any_of(kind, contents)
    return [found.get(content) for content in contents]


def _keys(asked: str, items: Sequence[object]) -> list[tuple[bytes, bytes]]:
    """Return, for each item, its key in this call and that of its content in any."""
    contents = [key_of(asked, item) for item in items]
    call = key_of([content.hex() for content in contents])
    return [(key_of(call.hex(), place), content) for place, content in enumerate(contents)]
