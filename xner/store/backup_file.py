"""The file of a backup: one line that hashes the rest, one line of facts, and a SQLite database under gzip.

Any changed, missing or added byte is noticed before anything of it is used. Without xner the database comes out with
``tail -n +3 FILE | gunzip``.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from xner.errors import StoreFailed

_MAGIC = b"xner backup 1 "
_HASH_LENGTH = 64
_MAX_FACTS = 1024**2
_BLOCK = 1024**2
_LEVEL = 3
"""Of gzip: twice as fast as the usual 9 and hardly larger."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says about itself.

    `rows` maps a table to its number of rows; `hashes` to the hash of their content, the same from every back end.
    """

    schema: str
    xner: str
    created: str
    backend: str
    rows: dict[str, int]
    hashes: dict[str, str]


def write(target: Path, manifest: Manifest, database: Path) -> None:
    """Write a backup of a closed SQLite file; it is on the disk when this returns."""
    facts = json.dumps(asdict(manifest), ensure_ascii=False, sort_keys=True).encode() + b"\n"
    with target.open("w+b") as stream:
        stream.write(_MAGIC + b"0" * _HASH_LENGTH + b"\n")
        stream.write(facts)
        with (
            database.open("rb") as plain,
            gzip.GzipFile("", "wb", _LEVEL, stream, mtime=0) as packed,
        ):  # the name and time of the file are nobody's business
            shutil.copyfileobj(plain, packed, _BLOCK)
        stream.seek(len(_MAGIC) + _HASH_LENGTH + 1)
        found = _hash(stream)
        stream.seek(len(_MAGIC))
        stream.write(found.encode())
        stream.flush()
        os.fsync(stream.fileno())


def read_manifest(path: Path) -> Manifest:
    """Return what a backup says about itself, after every byte of it was checked.

    Raises:
        StoreFailed: it is no backup, or not all of it is there as it was written.
    """
    with _opened(path) as stream:
        return _checked(path, stream)


def unpack(path: Path, database: Path) -> Manifest:
    """Write the database of a backup to a new file, and return what the backup says about itself.

    Raises:
        StoreFailed: see `read_manifest`.
    """
    with _opened(path) as stream, database.open("xb") as plain:
        manifest = _checked(path, stream)
        try:
            with gzip.GzipFile(fileobj=stream) as packed:
                shutil.copyfileobj(packed, plain, _BLOCK)
        except (OSError, EOFError, zlib.error) as error:
            if isinstance(error, OSError) and error.errno is not None:  # of the disk that is written to
                raise
            raise _damaged(path) from None
        plain.flush()
        os.fsync(plain.fileno())
        return manifest


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise StoreFailed(f"The backup {path} can't be read: {error.strerror}.", "Give the path of a backup.") from None


def _checked(path: Path, stream: BinaryIO) -> Manifest:
    """Return the facts and leave the stream where the database begins."""
    first = stream.read(len(_MAGIC) + _HASH_LENGTH + 1)
    if not first.startswith(_MAGIC):
        what = "is empty" if not first else "is no backup of xner"
        raise StoreFailed(f"{path} {what}.", "Give a file that python -m xner backup wrote.")
    start = stream.tell()
    if first[len(_MAGIC) :] != _hash(stream).encode() + b"\n":
        raise _damaged(path)
    stream.seek(start)
    try:
        manifest = Manifest(**json.loads(stream.readline(_MAX_FACTS)))
    except (ValueError, TypeError):  # a hash that is right over facts that are not ours: a later form of backup
        raise StoreFailed(
            f"The backup {path} was written by a newer version of xner.", "Restore it with that version."
        ) from None
    return manifest


def _hash(stream: BinaryIO) -> str:
    found = hashlib.sha256()
    while block := stream.read(_BLOCK):
        found.update(block)
    return found.hexdigest()


def _damaged(path: Path) -> StoreFailed:
    return StoreFailed(
        f"The backup {path} is damaged: it is cut off or was changed after it was written.", "Use another backup."
    )
