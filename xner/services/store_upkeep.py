"""Backup, restore and doctor for the command line and the app, and a word where the store would not last."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from xner.services.access import require
from xner.services.identity import Role, User
from xner.store import doctor
from xner.store.backup import BackupReport, Manifest, RestoreReport, store_file, verify
from xner.store.backup import backup as write_backup
from xner.store.backup import restore as read_back
from xner.store.doctor import Finding, RepairReport
from xner.store.session import Store, default_url

__all__ = ["BackupReport", "Finding", "Manifest", "RepairReport", "RestoreReport", "backup", "backup_for",
           "check", "check_for", "fleeting", "invariant_names", "repair", "restore", "verify"]  # fmt: skip

_FLEETING = {
    "tmpfs": "in memory (tmpfs)",
    "ramfs": "in memory (ramfs)",
    "overlay": "in a container's own layer (overlay)",
}
"""File systems whose content is gone with the machine or the container."""
_MOUNTS = Path("/proc/self/mountinfo")


def backup(path: Path | None = None, *, replace: bool = False, url: str | None = None) -> BackupReport:
    """Write a backup of the store; without a path into the current folder, under the time.

    Raises:
        ConfigError: the file is there already.
        StoreFailed: the store is damaged, or there is no room.
    """
    store = Store(url)
    try:
        return write_backup(store, path or Path(f"xner-{datetime.now():%Y%m%d-%H%M%S}.backup"), replace=replace)
    finally:
        store.close()


def backup_for(store: Store, user: User, path: Path) -> BackupReport:
    """Write a backup for somebody who may administer everything: it holds all corpora and all people.

    Raises:
        NotAllowed: it takes an admin of all corpora.
    """
    require(store, user, None, Role.ADMIN)
    return write_backup(store, path, replace=True)


def restore(path: Path, *, replace: bool = False, accept_damage: bool = False, url: str | None = None) -> RestoreReport:
    """Make the store hold what a backup holds; see `xner.store.backup.restore`."""
    return read_back(path, url, replace=replace, accept_damage=accept_damage)


def check(url: str | None = None) -> list[Finding]:
    """Return the invariants of the store that don't hold."""
    store = Store(url)
    try:
        return doctor.check(store)
    finally:
        store.close()


def check_for(store: Store, user: User) -> list[Finding]:
    """Return the invariants that don't hold, for somebody who may administer everything.

    Raises:
        NotAllowed: it takes an admin of all corpora.
    """
    require(store, user, None, Role.ADMIN)
    return doctor.check(store)


def repair(name: str, url: str | None = None) -> RepairReport:
    """Repair what breaks one invariant.

    Raises:
        ConfigError: there is no such invariant, or no safe repair.
    """
    store = Store(url)
    try:
        return doctor.repair(store, name)
    finally:
        store.close()


def invariant_names() -> dict[str, str]:
    """Return invariant to the sentence that says what it is, all that the doctor checks."""
    return {invariant.name: invariant.says for invariant in doctor.invariants()}


def fleeting(url: str | None = None, mounts: Path = _MOUNTS) -> str | None:
    """Return a warning where the store lies on a file system that does not last, ``None`` where it does.

    What can't be asked (a server, another operating system) is not warned about.
    """
    path = store_file(url or default_url())
    if path is None or not mounts.exists():
        return None
    kind = _file_system(path.absolute(), mounts.read_text(encoding="utf-8", errors="replace"))
    if kind not in _FLEETING:
        return None
    return (
        f"The store ({path}) lies {_FLEETING[kind]}: it is gone when the machine or the container is. "
        "Set XNER_DATA to a folder that lasts, and back up: python -m xner backup"
    )


def _file_system(path: Path, mounts: str) -> str | None:
    """Return the type of the file system that holds a path: that of the longest mount point above it."""
    real = os.path.realpath(path)
    best, kind = -1, None
    for line in mounts.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = fields[4].encode().decode("unicode_escape").encode("latin-1", "replace").decode("utf-8", "replace")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:  # of two on one point the later one is seen
            best, kind = len(point), after.split(" ")[0]
    return kind
