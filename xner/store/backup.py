"""A backup while others write, and the way back: the live store is untouched until the new one is whole and clean.

A copy of the main file alone would miss what is still in the write-ahead log (it held 903 of 1,435 rows); SQLite's own
online backup holds everything that was acknowledged before it began. PostgreSQL is copied, in one snapshot, into a
SQLite file of the same form, so that one kind of backup goes back into either.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine import URL

import xner
from xner.errors import ConfigError, StoreFailed
from xner.store import backup_file, doctor
from xner.store.backup_file import Manifest, read_manifest
from xner.store.doctor import Finding
from xner.store.schema import newest, schema_of
from xner.store.session import Store, default_url, forget_store, now, parsed_url
from xner.store.swap import disk_errors, put_in_place, sync_folder
from xner.store.tables_copy import copy_rows, hashes, n_rows

__all__ = ["BackupReport", "Manifest", "RestoreReport", "backup", "read_manifest", "restore", "store_file", "verify"]


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A backup that is on the disk."""

    path: Path
    n_bytes: int
    manifest: Manifest
    seconds: float


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """A store that holds what a backup held. `kept`: where the store that was there before is now."""

    manifest: Manifest
    findings: tuple[Finding, ...]
    """What the doctor calls untidy; damage is never restored unasked."""
    kept: Path | None
    seconds: float


def backup(store: Store, path: Path, *, replace: bool = False) -> BackupReport:
    """Write everything that the store holds to one file, while others go on writing.

    Raises:
        ConfigError: the file is there already.
        StoreFailed: the store is damaged, or there is no room.
    """
    start = time.monotonic()
    if path.is_dir() or (path.exists() and not replace):
        raise ConfigError(f"{path} is there already.", "Choose another name, or replace it with --force.")
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _scratch(path) as (database, packed):
            _copy_file(store, database) if store.is_sqlite else _copy_tables(store, database)
            manifest = _manifest(database, store.url.get_backend_name())
            backup_file.write(packed, manifest, database)
            os.replace(packed, path)
            sync_folder(path.parent)
        return BackupReport(path, path.stat().st_size, manifest, time.monotonic() - start)


def verify(path: Path) -> Manifest:
    """Return what a backup says about itself, after it was unpacked and found to hold just that.

    Raises:
        StoreFailed: it is no backup, is damaged, or a newer version wrote it.
    """
    with disk_errors(), tempfile.TemporaryDirectory(prefix="xner-") as folder:
        with closing(_unpacked(path, Path(folder) / "xner.db")):
            return read_manifest(path)


def restore(path: Path, url: str | None, *, replace: bool = False, accept_damage: bool = False) -> RestoreReport:
    """Make the store at an address hold what a backup holds.

    A SQLite store that is there is kept beside it as ``NAME.before-restore-TIME``; a PostgreSQL database has to be
    empty. `accept_damage` restores even what the doctor finds damaged, for want of a better backup.

    Raises:
        ConfigError: there is a store already and `replace` is not set, or the PostgreSQL database is not empty.
        StoreBusy: another program has the store open.
        StoreFailed: the file is no backup, is damaged, of a newer version, or the doctor finds damage in it.
    """
    start = time.monotonic()
    address = url or default_url()
    live = store_file(address)
    manifest = read_manifest(path)  # before words about a store that it could not replace anyhow
    if live is None:
        findings = _restore_rows(path, address, accept_damage)
        return RestoreReport(manifest, findings, None, time.monotonic() - start)
    if live.is_dir() or (live.exists() and live.stat().st_size > 0 and not replace):
        raise ConfigError(f"There is a store at {live}.", "Let it be replaced with --replace; it is kept beside.")
    with disk_errors(live):
        live.parent.mkdir(parents=True, exist_ok=True)
        with _scratch(live) as (database, _):
            with closing(_unpacked(path, database)) as store:
                findings = _examined(path, store, accept_damage)
            _settle(database)
            forget_store(address)
            kept = put_in_place(database, live)
    return RestoreReport(manifest, findings, kept, time.monotonic() - start)


def store_file(address: str) -> Path | None:
    """Return the file of the SQLite store at an address, ``None`` for one on a server.

    Raises:
        ConfigError: the address can't be read, or is one in memory.
    """
    parsed = parsed_url(address)
    if parsed.get_backend_name() != "sqlite":
        return None
    if not parsed.database or parsed.database == ":memory:":
        raise ConfigError("A store in memory has no file.", "Give it one: sqlite:///PATH.")
    return Path(parsed.database)


def _restore_rows(path: Path, address: str, accept_damage: bool) -> tuple[Finding, ...]:
    with disk_errors(), tempfile.TemporaryDirectory(prefix="xner-") as folder:
        with closing(_unpacked(path, Path(folder) / "xner.db")) as source:
            findings = _examined(path, source, accept_damage)
            with closing(Store(address)) as target, source.read() as rows:
                target.write(lambda session: _fill(rows.connection(), session.connection()))
    return findings


def _fill(source: Connection, target: Connection) -> None:
    if any(n_rows(target).values()):
        raise ConfigError("This database is not empty.", "Make a new one and restore into that.")
    copy_rows(source, target)
    if hashes(target) != hashes(source):
        raise StoreFailed("The restored tables differ from those of the backup.", "Nothing was changed.")


def _examined(path: Path, store: Store, accept_damage: bool) -> tuple[Finding, ...]:
    findings = tuple(doctor.check(store))
    damage = [f"{finding.name} ({finding.n})" for finding in findings if finding.weight == "damage"]
    if damage and not accept_damage:
        raise StoreFailed(
            f"The store in {path} was damaged when it was backed up: {', '.join(damage)}.",
            "Use another backup, or say that damage is accepted.",
        )
    return findings


def _unpacked(path: Path, database: Path) -> Store:
    """Return the store in a backup, brought to the schema of this version, after its rows were compared."""
    manifest = backup_file.unpack(path, database)
    _check_database(path, database)
    store = Store(_address(database))  # refuses the schema of a newer version, migrates that of an older one
    try:
        with store.read() as session:
            present = n_rows(session.connection())
            same = all(present.get(table) == n for table, n in manifest.rows.items())
            if manifest.schema == newest():
                same = same and hashes(session.connection()) == manifest.hashes
        if not same:
            raise StoreFailed(f"The backup {path} doesn't hold what it says.", "Use another backup.")
    except BaseException:
        store.close()
        raise
    return store


def _check_database(path: Path, database: Path) -> None:
    problem = _problem_of(database)
    if problem is None:
        with closing(sqlite3.connect(database)) as connection:
            programs = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone()
        problem = f"it holds {programs[0]!r}, which is not xner's" if programs else None
    if problem is not None:
        raise StoreFailed(f"The database in {path} is damaged: {problem}.", "Use another backup.")


def _problem_of(database: Path) -> str | None:
    with closing(sqlite3.connect(database)) as connection:
        try:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            return str(error)
    return None if found == "ok" else str(found)


def _copy_file(store: Store, database: Path) -> None:
    raw = store.raw_connection()
    try:
        with closing(sqlite3.connect(database)) as target:
            raw.driver_connection.backup(target)
    finally:
        raw.close()
    _settle(database)
    if problem := _problem_of(database):
        raise StoreFailed(f"The file of the store is damaged: {problem}.", "Restore the newest backup.")


def _copy_tables(store: Store, database: Path) -> None:
    with closing(Store(_address(database))) as target, store.read() as session:
        source = session.connection()
        target.write(lambda writing: copy_rows(source, writing.connection()))
    _settle(database)


def _manifest(database: Path, backend: str) -> Manifest:
    with closing(Store(_address(database))) as store, store.read() as session:
        connection = session.connection()
        manifest = Manifest(
            schema=schema_of(connection) or "", xner=xner.__version__, created=now(), backend=backend,
            rows=n_rows(connection), hashes=hashes(connection),
        )  # fmt: skip
    _settle(database)
    return manifest


def _settle(database: Path) -> None:
    """Bring everything of a SQLite database into its one file."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _address(database: Path) -> URL:
    return URL.create("sqlite", database=str(database))


@contextmanager
def _scratch(beside: Path) -> Iterator[tuple[Path, Path]]:
    """Yield two unused paths in the folder of a file; what is there at the end is removed."""
    stem = beside.with_name(f".{beside.name}.{secrets.token_hex(6)}")
    paths = Path(f"{stem}.db"), Path(f"{stem}.part")
    try:
        yield paths
    finally:
        for path in (*paths, *(Path(f"{paths[0]}{ending}") for ending in ("-wal", "-shm", "-journal"))):
            path.unlink(missing_ok=True)
