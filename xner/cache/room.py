"""One SQLite file of results, shared by processes: checksummed, bounded, and never in the way of the work itself."""

from __future__ import annotations

import atexit
import hashlib
import logging
import os
import sqlite3
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from xner.cache.disk import FILL, bytes_of_pages, give_back, in_transaction, make_room

log = logging.getLogger(__name__)
T = TypeVar("T")
U = TypeVar("U")
_BUSY_S = 5.0
_REST_S = 30.0
"""Seconds without a further try after others held the file for `_BUSY_S`, so that work is slowed once, not at each."""
_NOTED_S = 1.0
"""Hits are written down so often, at most: when an entry was used, and the counts of `cache info`."""
_LARGEST = 0.25
"""Share of the size above which a single value is not kept."""
_N_AT_ONCE = 500
"""Keys in one question; SQLite takes 999 in older versions."""
_HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED_FILE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_TABLES = """
CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, content BLOB, used REAL NOT NULL,
    size INTEGER NOT NULL, checksum BLOB NOT NULL, value BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS entry_used ON entry (used);
CREATE INDEX IF NOT EXISTS entry_content ON entry (content) WHERE content IS NOT NULL;
CREATE TABLE IF NOT EXISTS tally (
    kind TEXT NOT NULL, event TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (kind, event));
"""


class Entry(NamedTuple):
    """A value under its key (32 bytes). `content` is a second key, under which any of several values may be found."""

    key: bytes
    value: bytes
    content: bytes | None = None


class Room:
    """Values by key. Safe with threads and processes; what goes wrong with the file is told once and costs only time.

    Example:
        >>> import tempfile
        >>> from xner.cache.keys import key_of
        >>> room = Room(Path(tempfile.mkdtemp()) / "results.sqlite3", 10_000_000)
        >>> room.put("demo", [Entry(key_of("question"), b"answer")])
        >>> list(room.get("demo", [key_of("question"), key_of("another")]).values())
        [b'answer']
        >>> room.close()
    """

    def __init__(self, file: Path, limit_bytes: int) -> None:
        self.file, self.limit_bytes = file, limit_bytes
        self.was_begun_anew = False
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._told: set[str] = set()
        self._events: Counter[tuple[str, str]] = Counter()
        self._touched: set[int] = set()
        self._noted = 0.0
        self._rests_until = 0.0
        _rooms.add(self)

    def get(self, kind: str, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the values that are here and undamaged, by key."""
        return self._find(kind, "key", keys)

    def any_of(self, kind: str, contents: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return a value of each content that is here, the newest."""
        return self._find(kind, "content", contents)

    def put(self, kind: str, entries: Iterable[Entry]) -> None:
        """Keep values, all in one transaction, and make room for them. A key that is here already stays as it is."""
        now, largest = time.time(), self.limit_bytes * _LARGEST
        rows = [
            (e.key, kind, e.content, now, len(e.value), checksum(kind, e.key, e.content, e.value), e.value)
            for e in entries
            if len(e.value) <= largest
        ]
        if rows:
            self._guarded(lambda db: self._write(db, rows), None)

    def close(self) -> None:
        """Write down what was counted and close the file; the next call opens it again."""
        with self._lock:
            if self._connection is not None:
                self._guarded(self._note, None)
            self._drop_connection()

    def run(self, work: Callable[[sqlite3.Connection], T], otherwise: T | None = None) -> T | None:
        """Return what `work` does with the open file, or `otherwise` where it can't be used."""
        return self._guarded(work, otherwise)

    def flush(self) -> None:
        """Write down now which entries were used and what was counted."""
        self._guarded(self._note, None)

    def _find(self, kind: str, column: str, wanted: Sequence[bytes]) -> dict[bytes, bytes]:
        distinct = list(dict.fromkeys(wanted))
        empty: dict[bytes, bytes] = {}
        found = self._guarded(lambda db: self._read(db, kind, column, distinct), empty)
        with self._lock:
            self._events[kind, "hit"] += len(found)
            self._events[kind, "miss"] += len(distinct) - len(found)
        return found

    def _read(self, db: sqlite3.Connection, kind: str, column: str, wanted: Sequence[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        damaged: list[int] = []
        for start in range(0, len(wanted), _N_AT_ONCE):
            part = wanted[start : start + _N_AT_ONCE]
            rows = db.execute(
                f"SELECT id, key, content, checksum, value FROM entry WHERE kind = ? AND {column} IN "  # noqa: S608
                f"({','.join('?' * len(part))}) ORDER BY id",  # constants and question marks
                (kind, *part),
            )
            for row, key, content, kept, value in rows:
                if is_whole(kind, key, content, value, kept):
                    found[key if column == "key" else content] = value
                    self._touched.add(row)
                else:
                    damaged.append(row)
        if damaged:
            self._events[kind, "damaged"] += len(damaged)
            self._tell("damaged", "damaged entries were removed; what they held is computed again")
            in_transaction(db, lambda: db.executemany("DELETE FROM entry WHERE id = ?", [(row,) for row in damaged]))
        if time.monotonic() - self._noted > _NOTED_S:
            self._note(db)
        return found

    def _write(self, db: sqlite3.Connection, rows: Sequence[tuple[object, ...]]) -> None:
        def insert() -> None:
            db.executemany(
                "INSERT INTO entry (key, kind, content, used, size, checksum, value) VALUES (?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (key) DO NOTHING",
                rows,
            )
            make_room(db, self.limit_bytes)

        in_transaction(db, insert)
        if bytes_of_pages(db, "page_count") > self.limit_bytes / FILL:  # the limit was higher once
            give_back(db)
        if time.monotonic() - self._noted > _NOTED_S:
            self._note(db)

    def _note(self, db: sqlite3.Connection) -> None:
        """Write down hits: when entries were used, by which the oldest are known, and the counts."""
        touched, events = self._touched, self._events
        self._touched, self._events, self._noted = set(), Counter(), time.monotonic()
        if not touched and not events.total():
            return
        now = time.time()

        def note() -> None:
            db.executemany("UPDATE entry SET used = ? WHERE id = ?", [(now, row) for row in touched])
            db.executemany(
                "INSERT INTO tally (kind, event, n) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, event) DO UPDATE SET n = n + excluded.n",
                [(kind, event, n) for (kind, event), n in events.items() if n],
            )

        in_transaction(db, note)

    def _guarded(self, work: Callable[[sqlite3.Connection], T], otherwise: U) -> T | U:
        """Return what `work` gives; a file that is damaged is begun anew, once, whatever else fails is told once."""
        with self._lock:
            if time.monotonic() < self._rests_until:
                return otherwise
            for _ in range(2):
                try:
                    return work(self._open())
                except (sqlite3.Error, OSError) as error:
                    self._drop_connection()
                    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
                    if code in _HELD:
                        self._rests_until = time.monotonic() + _REST_S
                    if code not in _DAMAGED_FILE:
                        self._tell("unusable", f"{error}; what it can't keep is computed again each time")
                        return otherwise
                    self._begin_anew()
            return otherwise

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            db = sqlite3.connect(self.file, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            try:
                found = self.file.stat()
                self._identity = found.st_dev, found.st_ino
                db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # heeded by a file that is empty yet
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = NORMAL")  # no less safe against kill -9; a power cut may lose the last
                db.execute("PRAGMA journal_size_limit = 16000000")
                in_transaction(db, lambda: [db.execute(statement) for statement in _TABLES.split(";")])
            except BaseException:
                db.close()
                raise
            self._connection = db
            atexit.register(self.close)
        return self._connection

    def _drop_connection(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
            atexit.unregister(self.close)

    def forget_parent(self) -> None:
        """Begin with a connection and a lock of this process's own, after a fork."""
        _of_parent.append(self._connection)  # neither used nor closed here
        self._connection, self._lock = None, threading.RLock()
        self._events, self._touched = Counter(), set()

    def _begin_anew(self) -> None:
        """Remove the damaged file, unless another process has put a new one in its place already."""
        self.was_begun_anew = True
        self._tell("file", "the file is damaged and is begun anew")
        with suppress(OSError):
            found = self.file.stat()
            if self._identity == (found.st_dev, found.st_ino):
                for name in (self.file.name, f"{self.file.name}-wal", f"{self.file.name}-shm"):
                    self.file.with_name(name).unlink(missing_ok=True)

    def _tell(self, what: str, message: str) -> None:
        if what not in self._told:
            self._told.add(what)
            log.warning("cache %s: %s", self.file, message)


_rooms: weakref.WeakSet[Room] = weakref.WeakSet()
_of_parent: list[sqlite3.Connection | None] = []


def _after_fork() -> None:
    for room in list(_rooms):
        room.forget_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def checksum(kind: str, key: bytes, content: bytes | None, value: bytes) -> bytes:
    """Return what must stand beside a value: it covers its keys too, so that no value answers for another."""
    return hashlib.sha256(b"\0".join((kind.encode(), key, content or b"", value))).digest()


def is_whole(kind: object, key: object, content: object, value: object, kept: object) -> bool:
    """Tell whether a row is what was written; a damaged file may return other types, too."""
    if not (isinstance(kind, str) and isinstance(key, bytes) and isinstance(value, bytes)):
        return False
    return (content is None or isinstance(content, bytes)) and checksum(kind, key, content, value) == kept
