"""Putting a new store where one is: all at once for everybody, or not at all, and the old one is kept."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from xner.errors import StoreBusy, StoreFailed
from xner.store.session import BUSY_S

_SIDES = ("-wal", "-shm", "-journal")
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def put_in_place(new: Path, live: Path) -> Path | None:
    """Make the file `live` hold the database `new`, and return where the one before is kept.

    Nothing is renamed under somebody's feet: the old file is locked, copied, and overwritten in one transaction of
    SQLite's own, so that a process which waits for it finds the new content, and one that is killed leaves the old.
    A file that is too damaged for that is moved away.

    Raises:
        StoreBusy: another program has the store open.
    """
    if not live.exists():
        _move_sides(live, _kept_name(live))  # a log without its database would be played into the new one
        os.replace(new, live)
        sync_folder(live.parent)
        return None
    kept = _kept_name(live)
    try:
        _overwrite(new, live, kept)
    except sqlite3.DatabaseError as error:
        kept.unlink(missing_ok=True)
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # Python's own errors have none
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreBusy(
                f"Another program has the store open ({live}).", "Close the app and every other xner, then restore."
            ) from error
        if code not in _DAMAGED:
            raise
        os.replace(live, kept)
        _move_sides(live, kept)
        os.replace(new, live)
    sync_folder(live.parent)
    return kept


def _overwrite(new: Path, live: Path, kept: Path) -> None:
    with closing(sqlite3.connect(live, timeout=BUSY_S, isolation_level=None)) as target:
        target.execute("PRAGMA locking_mode=EXCLUSIVE")
        target.execute("PRAGMA journal_mode=DELETE")  # fails while anybody else has the file open
        target.execute("PRAGMA synchronous=FULL")
        target.execute("BEGIN EXCLUSIVE")
        target.execute("COMMIT")  # the lock stays: that is what locking_mode=EXCLUSIVE means
        with closing(sqlite3.connect(kept)) as copy:
            target.backup(copy)
        with closing(sqlite3.connect(new)) as source:
            source.backup(target)


def _kept_name(live: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    return live.with_name(f"{live.name}.before-restore-{stamp}")


def _move_sides(live: Path, kept: Path) -> None:
    for ending in _SIDES:
        side = Path(f"{live}{ending}")
        if side.exists():
            os.replace(side, f"{kept}{ending}")


def sync_folder(folder: Path) -> None:
    """Make a rename outlive a power cut, where folders can be synced."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def disk_errors(about: Path | None = None) -> Iterator[None]:
    """Turn what disks and SQLite files answer into words; `about` is named where the answer names no file."""
    try:
        yield
    except OSError as error:
        place = f"{error.filename or about}: " if error.filename or about else ""
        raise StoreFailed(f"{place}{error.strerror or error}.", "Nothing was changed.") from error
    except sqlite3.Error as error:
        place = f"{about}: " if about else ""
        raise StoreFailed(f"{place}SQLite says: {error}.", "Nothing was changed.") from error
