"""One run at a time on one output file."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from xner.errors import ConfigError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
"""What file systems without locks answer (some network drives): there a second run can't be noticed."""


@contextmanager
def sole_writer(output: Path) -> Iterator[None]:
    """Keep ``OUTPUT.lock`` locked while the block runs; the folder of the output is made if need be.

    The system lets go of the lock when the process ends, however it ends, so a lock file that remains stops nobody.

    Raises:
        ConfigError: another run holds the lock, the output can't be written, or it is a device or a pipe, which can't
            be put in place.
    """
    if output.exists() and not output.is_file():
        raise ConfigError(f"{output} is not a regular file.", "Choose another --output.")
    path = output.with_name(output.name + ".lock")
    with _opened(path, output) as stream:
        if not (_locked(stream.fileno()) and _is_at(path, stream.fileno())):
            raise ConfigError(f"Another run is writing {output}.", "Wait for it, or choose another --output.")
        try:
            yield
        finally:
            _remove(path)  # while it is locked, so that nobody locks a file that is about to go
    if sys.platform == "win32":
        _remove(path)  # an open file can't be removed there


def _opened(path: Path, output: Path) -> BinaryIO:
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab")
    except OSError as error:
        raise ConfigError(
            f"{output} can't be written: {error.strerror or error}.", "Look at the folder's rights, or choose another."
        ) from None


def _locked(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True


def _is_at(path: Path, descriptor: int) -> bool:
    """Tell whether the locked file still has its name: the run before may have removed it in between."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
