"""What is in the room, whether it is whole, and how to empty it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from xner.cache.disk import give_back, in_transaction
from xner.cache.opened import limit_bytes, room_file
from xner.cache.room import Room, is_whole
from xner.errors import ConfigError

T = TypeVar("T")
_EVENTS = ("hit", "miss", "damaged")


@dataclass(slots=True)
class KindInfo:
    """Entries of one kind, the bytes of their values, and how often they were asked for since the room was begun."""

    n_entries: int = 0
    n_bytes: int = 0
    n_hit: int = 0
    n_miss: int = 0
    n_damaged: int = 0


@dataclass(frozen=True, slots=True)
class RoomInfo:
    """The room as a whole; `file_bytes` with what SQLite itself needs, 0 without a file, `limit_bytes` 0 is off."""

    file: str
    file_bytes: int
    limit_bytes: int
    kinds: dict[str, KindInfo] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoomCheck:
    """What `check` found: damaged entries are removed, a damaged file is begun anew."""

    n_checked: int
    n_damaged: int
    file_problem: str | None


def info() -> RoomInfo:
    """Return what is in the room, kind by kind; makes no file.

    Raises:
        ConfigError: the file can't be used, or the size in the environment is none.
    """
    kinds: dict[str, KindInfo] = {}

    def look(db: sqlite3.Connection) -> bool:
        for kind, n, size in db.execute("SELECT kind, COUNT(*), SUM(size) FROM entry GROUP BY kind ORDER BY kind"):
            kinds[kind] = KindInfo(n, size)
        for kind, event, n in db.execute("SELECT kind, event, n FROM tally ORDER BY kind"):
            if event in _EVENTS:
                setattr(kinds.setdefault(kind, KindInfo()), f"n_{event}", n)
        return True

    if _exists():
        _use(look)
    return RoomInfo(str(room_file()), _n_bytes(), limit_bytes(), kinds)


def clear(kind: str | None = None) -> int:
    """Remove the entries of a kind, or all, with their counts; give the disk its bytes back; return how many went.

    Raises:
        ConfigError: the file can't be used, or holds no such kind.
    """
    if kind is not None and kind not in (known := info().kinds):
        raise ConfigError(f"The cache holds no {kind!r}.", f"It holds: {', '.join(known) or 'nothing'}.")

    def empty(db: sqlite3.Connection) -> list[int]:
        gone = [0]

        def delete() -> None:
            gone[0] = db.execute("DELETE FROM entry WHERE ?1 IS NULL OR kind = ?1", (kind,)).rowcount
            db.execute("DELETE FROM tally WHERE ?1 IS NULL OR kind = ?1", (kind,))

        in_transaction(db, delete)
        give_back(db)
        return gone

    return _use(empty)[0][0] if _exists() else 0


def check() -> RoomCheck:
    """Verify the file and every checksum; what is damaged goes, since it can be made again.

    Raises:
        ConfigError: the file can't be used.
    """
    if not _exists():
        return RoomCheck(0, 0, None)
    problems: list[str] = []

    def verify(db: sqlite3.Connection) -> tuple[int, int]:
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            problems.append(str(found).replace("\n", " "))
        bad: list[tuple[int]] = []
        n = 0
        for row, kind, key, content, kept, value in db.execute(
            "SELECT id, kind, key, content, checksum, value FROM entry"
        ):
            n += 1
            if not is_whole(kind, key, content, value, kept):
                bad.append((row,))
        in_transaction(db, lambda: db.executemany("DELETE FROM entry WHERE id = ?", bad))
        return n, len(bad)

    (n_checked, n_damaged), was_begun_anew = _use(verify)
    if was_begun_anew:
        problems.append("the file was damaged and has been begun anew")
    elif problems:  # readable so far, but not to be trusted with more
        clear()
    return RoomCheck(n_checked, n_damaged, problems[0] if problems else None)


def _n_bytes() -> int:
    """Return the bytes of the file and of the log beside it, in which what was written last stands."""
    found = 0
    for path in (room_file(), room_file().with_name(f"{room_file().name}-wal")):
        with suppress(FileNotFoundError):
            found += path.stat().st_size
    return found


def _exists() -> bool:
    return room_file().is_file()


def _use(work: Callable[[sqlite3.Connection], T]) -> tuple[T, bool]:
    """Return what `work` gives, and whether the file was damaged and begun anew for it."""
    room = Room(room_file(), max(limit_bytes(), 1))
    try:
        found = room.run(work, None)
    finally:
        room.close()
    if found is None:
        raise ConfigError(f"The cache {room_file()} can't be used.", "Check XNER_CACHE, the rights and the disk.")
    return found, room.was_begun_anew
