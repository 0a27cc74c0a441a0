"""The file of a room: transactions, the bytes that it takes, and making room in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

FILL = 0.9
"""Share of the size that is left when room was made, so that not every write has to make some."""


def in_transaction(db: sqlite3.Connection, work: Callable[[], object]) -> None:
    """Do `work` as one transaction that has the right to write from the start."""
    db.execute("BEGIN IMMEDIATE")
    try:
        work()
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def bytes_of_pages(db: sqlite3.Connection, counted: str) -> int:
    """Return the bytes of the file (`page_count`), or of its pages that hold nothing (`freelist_count`)."""
    return int(db.execute(f"PRAGMA {counted}").fetchone()[0] * db.execute("PRAGMA page_size").fetchone()[0])


def bytes_used(db: sqlite3.Connection) -> int:
    """Return the bytes of the file that hold something."""
    return bytes_of_pages(db, "page_count") - bytes_of_pages(db, "freelist_count")


def give_back(db: sqlite3.Connection) -> None:
    """Give the disk the bytes of the file that hold nothing."""
    db.executescript("PRAGMA incremental_vacuum")  # execute would take the first of its steps alone
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def make_room(db: sqlite3.Connection, limit_bytes: int) -> None:
    """Delete the entries that were used longest ago, until the file holds a tenth less than the limit."""
    if (used := bytes_used(db)) <= limit_bytes:
        return
    while used > limit_bytes * FILL:
        oldest = db.execute("SELECT id, size FROM entry ORDER BY used, id LIMIT 2000").fetchall()
        if not oldest:
            return
        excess, going = used - limit_bytes * FILL, []
        for row, size in oldest:
            going.append((row,))
            excess -= size
            if excess <= 0:
                break
        db.executemany("DELETE FROM entry WHERE id = ?", going)
        used = bytes_used(db)
