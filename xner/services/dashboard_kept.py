"""What a dashboard counted of a corpus, kept on disk for the next server: numbers alone, no word of any sentence."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping

import numpy as np

from xner.cache import Entry, environment, key_of, open_room
from xner.evaluate.packed import Packed, from_arrays, to_arrays

KIND = "dashboard"
_STAGES = ("evaluate", "correct", "io", "services", "store")
"""Folders whose code decides what is counted."""
_MEMBERS = ("words", "numbers", "floats")


def kept(
    material: object, count: Callable[[], Mapping[str, Packed]], is_current: Callable[[], bool]
) -> Mapping[str, Packed]:
    """Return what `count` gives by language, from disk where the same was counted before.

    Args:
        material: JSON; all that the numbers follow from beside our own code.
        count: asked where nothing is kept, or what is kept is damaged.
        is_current: tells whether the numbers follow from `material` still; asked after counting, and what was counted
            while somebody wrote is not kept.
    """
    room = open_room()
    if room is None:
        return count()
    key = key_of(KIND, environment(*_STAGES), material)
    found = _unpacked(room.get(KIND, [key]).get(key, b""))
    if found is not None:
        return found
    counted = count()
    if is_current():
        room.put(KIND, [Entry(key, _packed(counted))])
    return counted


def _packed(parts: Mapping[str, Packed]) -> bytes:
    content = io.BytesIO()
    members = {
        f"{lang}/{name}": array for lang, packed in parts.items() for name, array in to_arrays(packed, {}).items()
    }
    np.savez_compressed(content, **members)  # type: ignore[arg-type]
    return content.getvalue()


def _unpacked(content: bytes) -> dict[str, Packed] | None:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            langs = sorted({name.rpartition("/")[0] for name in arrays.files})
            found = {lang: from_arrays({name: arrays[f"{lang}/{name}"] for name in _MEMBERS}, {}) for lang in langs}
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, zipfile.BadZipFile, zlib.error):
        return None
    known = {lang: packed for lang, packed in found.items() if packed is not None}
    return known if len(known) == len(found) else None
