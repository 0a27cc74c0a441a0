"""Whether the files of a folder are still those that something was made from: cheap to ask, so that it can be often."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from xner.signature import hash_file, hash_json

Stamps = tuple[tuple[str, int, int, int], ...]
"""Name, size, time and number of each file."""


def stamps(folder: str | os.PathLike[str]) -> Stamps | None:
    """Return what changes when a file of a folder is replaced, without reading any; None where there is no folder.

    What is not a folder here is the id of a model of a hub, whose commit does not change while a process runs.
    """
    try:
        with os.scandir(folder) as files:
            found = [(file.name, file.stat()) for file in files]
    except (OSError, ValueError):
        return None
    return tuple(sorted((name, stat.st_size, stat.st_mtime_ns, stat.st_ino) for name, stat in found))


def tree_hash(folder: Path) -> str:
    """Return 12 hex digits that change with the name or a byte of any file beneath a folder.

    Read once a process while size and time of no file change.
    """
    return _tree_hash(folder, tuple(_tree(folder)))


def _tree(folder: Path) -> Iterator[tuple[str, int, int, int]]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        stat = path.stat()
        yield str(path.relative_to(folder)), stat.st_size, stat.st_mtime_ns, stat.st_ino


@lru_cache(maxsize=8)
def _tree_hash(folder: Path, files: Stamps) -> str:
    digest = hashlib.sha256()
    for name, *_ in files:
        with (folder / name).open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        digest.update(f"{name}\0{content}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:12]


def files_hash(folder: str, *patterns: str) -> str:
    """Return 12 hex digits that change when the name or a byte of a file that fits a pattern does.

    Read once a process while size and time of no file change.
    """
    return _files_hash(folder, patterns, stamps(folder))


@lru_cache(maxsize=16)
def _files_hash(folder: str, patterns: tuple[str, ...], _files: Stamps | None) -> str:
    files = sorted({file for pattern in patterns for file in Path(folder).glob(pattern) if file.is_file()})
    return hash_json([[file.name, hash_file(file)] for file in files])[:12]
