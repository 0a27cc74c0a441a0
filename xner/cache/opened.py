"""The room of this process, as settings and environment have it."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from typing import Protocol, runtime_checkable

from xner.cache.keys import SCHEMA
from xner.cache.room import Room
from xner.config import CacheConfig
from xner.errors import ConfigError
from xner.models.paths import cache_folder

_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgt]?)b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_DEFAULT_BYTES = 10**9
_SMALLEST_BYTES = 10**5
"""Below, SQLite's own pages would fill the file."""
_rooms: dict[tuple[Path, int], Room] = {}
_lock = threading.Lock()


@runtime_checkable
class Keeps(Protocol):
    """A part of the pipeline that keeps what its model said; without being told where the environment decides."""

    def keep_by(self, settings: CacheConfig) -> None:
        """Keep and look up results as `settings` say."""
        ...


def open_room(settings: CacheConfig = CacheConfig()) -> Room | None:  # noqa: B008 - frozen
    """Return the room, one a process and file; None where nothing is to be kept.

    Raises:
        ConfigError: a size that is none.
    """
    limit = limit_bytes(settings)
    if settings.reuse == "off" or limit == 0:
        return None
    place = room_file(), limit
    with _lock:
        if place not in _rooms:
            _rooms[place] = Room(*place)
        return _rooms[place]


def room_file() -> Path:
    """Return where the room of this schema is: in the folder `XNER_CACHE`, else in the user's cache folder."""
    return cache_folder() / "results" / f"results-{SCHEMA}.sqlite3"


def limit_bytes(settings: CacheConfig = CacheConfig()) -> int:  # noqa: B008 - frozen
    """Return the largest size of the room: `cache.size`, else `XNER_CACHE_SIZE`, else 1 GB; 0 keeps nothing.

    Raises:
        ConfigError: not a size.

    Example:
        >>> limit_bytes(CacheConfig(size="500 MB")), limit_bytes(CacheConfig(size=0))
        (500000000, 0)
    """
    name, given = "cache.size", settings.size
    if given is None:
        name, given = "XNER_CACHE_SIZE", os.environ.get("XNER_CACHE_SIZE") or _DEFAULT_BYTES
    found = _SIZE.fullmatch(str(given).strip())
    if found is None:
        raise ConfigError(f"{name} is {given!r}, not a size.", "For example 2GB or 500MB; 0 turns the cache off.")
    size = int(float(found[1]) * _UNITS[found[2].lower()])
    if 0 < size < _SMALLEST_BYTES:
        raise ConfigError(f"{name} is {given!r}, less than 100 kB.", "Give more, or 0 to turn the cache off.")
    return size
