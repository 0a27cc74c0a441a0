"""The store: one function writes, and it either commits whole or says why not; reading never writes.

SQLite by default: WAL, `synchronous=FULL`, foreign keys, and `BEGIN IMMEDIATE`, because upgrading a read snapshot to a
write fails at once, whatever the timeout. PostgreSQL by address.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, IntegrityError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session as Session  # services annotate with it and know no SQL

from xner.errors import ConfigError, StoreBusy, StoreFailed

T = TypeVar("T")

BUSY_S = 5.0
"""Seconds that a save waits for another writer before it gives up."""
WRITES = "xner_write"
"""Option of a connection whose transactions take the writer's turn at once (SQLite)."""
_RETRIES = 3
_PASSING = ("40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08000", "08001", "08003", "08006")
"""SQLSTATE of failures that pass: serialisation, deadlock, lock timeout, server going down or coming up, connection."""


def default_url() -> str:
    """Return the address of the store: `XNER_DATABASE_URL`, else a SQLite file in the user's data folder."""
    if chosen := os.environ.get("XNER_DATABASE_URL"):
        return chosen
    return f"sqlite:///{data_folder() / 'xner.db'}"


def data_folder() -> Path:
    """Return the folder for what can't be made again: `XNER_DATA`, else the user's data folder of this platform."""
    if chosen := os.environ.get("XNER_DATA"):
        return Path(chosen)
    import sys

    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "xner"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "xner"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "xner"


def now() -> str:
    """Return the time as it is stored: UTC, microseconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Store:
    """An open store whose schema is that of this version.

    Raises:
        ConfigError: the address can't be read, or its driver is not installed.
        StoreFailed: the file is no store, is damaged, or was written by a newer version.
        StoreBusy: another process holds it.
    """

    def __init__(self, url: str | URL | None = None) -> None:
        self.url = parsed_url(url or default_url())
        if self.is_sqlite and self.path is not None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreFailed(
                    f"The folder of the store, {self.path.parent}, can't be made: {error.strerror}.",
                    "Choose another one with XNER_DATA.",
                ) from None
        self._engine = _engine(self.url)
        self._writer = self._engine.execution_options(**{WRITES: True})
        snapshot = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reader = self._engine.execution_options(**snapshot)
        from xner.store.schema import upgrade

        self._upgrade = upgrade
        try:
            with _translated(self):
                self._retried(lambda: upgrade(self._writer))
        except BaseException:
            self.close()
            raise

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the store is a file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path | None:
        """Return the file of a SQLite store, ``None`` for one in memory or on a server."""
        name = self.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session that sees one state of the store and writes nothing."""
        with _translated(self), Session(self._reader, expire_on_commit=False) as session:
            yield session
            session.rollback()

    def write(self, work: Callable[[Session], T]) -> T:
        """Return what `work` returns, after its changes were committed whole.

        `work` may run more than once: it must not do anything but read and write through the session.

        Raises:
            StoreBusy: another writer held the store for longer than 5 s.
            StoreFailed: the disk is full, the file is damaged, or the server is gone. Nothing was changed.
        """
        with _translated(self):
            return self._retried(lambda: self._once(work))

    def _once(self, work: Callable[[Session], T]) -> T:
        with Session(self._writer, expire_on_commit=False) as session:
            result = work(session)
            try:
                session.commit()
            except BaseException:
                session.invalidate()  # else the connection goes back to the pool in mid-transaction, holding the lock
                raise
            return result

    def _retried(self, work: Callable[[], T]) -> T:
        deadline = time.monotonic() + BUSY_S
        for attempt in range(_RETRIES + 1):
            try:
                return work()
            except (OperationalError, IntegrityError, DBAPIError) as error:
                if attempt == _RETRIES or not _passes(error) or time.monotonic() > deadline:
                    raise
            time.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 (spreads the writers, guards nothing)
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def raw_connection(self) -> Any:
        """Return a connection of the driver itself, which SQLite's backup needs; the caller closes it."""
        return self._engine.raw_connection()


_OPEN: dict[str, Store] = {}
_OPEN_LOCK = Lock()


def open_store(url: str | None = None) -> Store:
    """Return the store at an address, opened once for each process."""
    address = url or default_url()
    with _OPEN_LOCK:
        store = _OPEN.get(address)
        if store is None:
            store = _OPEN[address] = Store(address)
        return store


def forget_store(url: str | None = None) -> None:
    """Close the store at an address; the next `open_store` opens it anew. Needed after a restore."""
    with _OPEN_LOCK:
        store = _OPEN.pop(url or default_url(), None)
    if store is not None:
        store.close()


def parsed_url(url: str | URL) -> URL:
    """Return the checked address of a store.

    Raises:
        ConfigError: it can't be read, or names a database that no store is kept in.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError(
            "XNER_DATABASE_URL is no address of a database.",
            "Write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME.",
        ) from None
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        raise ConfigError(f"The store can't be kept in {parsed.get_backend_name()!r}.", "Use sqlite or postgresql.")
    return parsed


def _engine(url: URL) -> Engine:
    try:
        if url.get_backend_name() == "sqlite":
            engine = create_engine(url, connect_args={"timeout": BUSY_S, "check_same_thread": False})
            event.listen(engine, "connect", _set_up_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        options = {"options": f"-c lock_timeout={int(BUSY_S * 1000)}", "connect_timeout": 5}
        return create_engine(url, pool_pre_ping=True, connect_args=options)
    except (NoSuchModuleError, ModuleNotFoundError):
        raise ConfigError(
            "A store in PostgreSQL needs the package psycopg.", "pip install 'psycopg[binary]==3.3.9'"
        ) from None


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say so
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={int(BUSY_S * 1000)}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get(WRITES):
        connection.exec_driver_sql("BEGIN")
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout=0")
    try:
        if not _took_turn(driver):
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # once more, for an error in SQLAlchemy's form
    finally:
        driver.execute(f"PRAGMA busy_timeout={int(BUSY_S * 1000)}")


def _took_turn(driver: Any) -> bool:
    """Begin a transaction that writes as soon as no other does; tell whether that was within 5 s.

    SQLite's own waiting asks ever more rarely, so that of many writers the newest wins and the oldest gives up. Here
    who has waited longer asks more often.
    """
    start = time.monotonic()
    while (waited := time.monotonic() - start) <= BUSY_S:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return False
        else:
            return True
        pause = max(0.001, 0.02 * (1 - waited))
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 (spreads the writers, guards nothing)
    return False


def _passes(error: DBAPIError) -> bool:
    if isinstance(error, IntegrityError):  # two writers took the same number; the second sees the first one's now
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in _PASSING
    return error.connection_invalidated or "locked" in str(error.orig) or "busy" in str(error.orig)


@contextmanager
def _translated(store: Store) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, DatabaseError) as error:
        raise _words(store, error) from error


def _words(store: Store, error: DBAPIError) -> StoreBusy | StoreFailed:
    what = str(error.orig)
    state = getattr(error.orig, "sqlstate", None)
    if "locked" in what or "busy" in what or state in ("55P03", "40001", "40P01"):
        return StoreBusy("Another program is writing to the store.", "Try again in a moment: nothing was lost.")
    if "full" in what or state == "53100":
        return StoreFailed(
            f"There is no room left on the disk of the store{_where(store)}.",
            "Free some space and try again: what was saved before is safe.",
        )
    if not store.is_sqlite and (error.connection_invalidated or state is None or state.startswith(("57P", "08"))):
        return StoreBusy("The database server does not answer.", "Try again when it is back: nothing was lost.")
    if "malformed" in what or "not a database" in what:
        return StoreFailed(
            f"The file of the store is damaged{_where(store)}: {what}.",
            "Restore the newest backup: python -m xner restore FILE",
        )
    if "readonly" in what or "unable to open" in what:
        return StoreFailed(f"The store can't be written{_where(store)}: {what}.", "Check the rights of its folder.")
    return StoreFailed(f"The store failed: {what.splitlines()[0] if what else type(error).__name__}.",
                       "Run python -m xner doctor.")  # fmt: skip


def _where(store: Store) -> str:
    return f" ({store.path})" if store.path else ""
