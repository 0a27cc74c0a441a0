"""Zip archives: written as a stream with equal bytes for equal content, read without trusting anything in them."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from xner.errors import InputError, LimitExceeded
from xner.io.limits import FREE_UNZIPPED_BYTES, MAX_ARCHIVE_MEMBERS, MAX_UNZIP_RATIO, MAX_UNZIPPED_BYTES

_BLOCK_BYTES = 1024**2
_MEMBER_MARK = b"PK\x01\x02"
"""Begins the entry of every member in the directory of an archive."""
_ARCHIVES = (".zip", ".jar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst", ".7z", ".rar")
_ARCHIVE_MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf")
_NEVER = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold; the same in every archive."""
_MANY_SPARE = 100


class _Chunks(io.RawIOBase):
    """What was written since the last look."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def drain(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


class ZipWriter:
    """An archive whose bytes are handed out as they come."""

    def __init__(self) -> None:
        self._sink = _Chunks()
        self._archive = zipfile.ZipFile(self._sink, "w")
        self._n_members = 0

    def add(self, name: str, content: IO[bytes] | str) -> Iterator[bytes]:
        """Yield the bytes of one more member; a stream, which is packed already, is stored as it is.

        Raises:
            LimitExceeded: no reader of xner would take so many members.
        """
        self._n_members += 1
        if self._n_members > MAX_ARCHIVE_MEMBERS:
            raise LimitExceeded(f"the archive would have more than {MAX_ARCHIVE_MEMBERS:,} files.", "Export parts.")
        info = zipfile.ZipInfo(name, _NEVER)
        info.external_attr = (stat.S_IFREG | 0o644) << 16
        info.compress_type = zipfile.ZIP_DEFLATED if isinstance(content, str) else zipfile.ZIP_STORED
        with self._archive.open(info, "w", force_zip64=not isinstance(content, str)) as member:
            if isinstance(content, str):
                member.write(content.encode())
            else:
                while block := content.read(_BLOCK_BYTES):
                    member.write(block)
                    yield self._sink.drain()
        yield self._sink.drain()

    def close(self) -> bytes:
        """Return the rest of the archive."""
        self._archive.close()
        return self._sink.drain()


class Zipped:
    """The members of an archive that was checked."""

    def __init__(self, name: str, archive: zipfile.ZipFile, infos: dict[str, zipfile.ZipInfo]) -> None:
        self.name = name
        self._archive = archive
        self._infos = infos

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files, in the order of the archive."""
        return tuple(self._infos)

    def read(self, member: str) -> bytes:
        """Return the content of a member, of the size that the directory of the archive promised.

        Raises:
            InputError: there is none of that name, it is damaged, or an archive itself.
        """
        if member not in self._infos:
            raise InputError(f"there is no {member!r} in the archive.", "Export it again.", file=self.name)
        with _unpacking(self.name), self._archive.open(self._infos[member]) as stream:
            content = stream.read(self._infos[member].file_size + 1)
        if content.startswith(_ARCHIVE_MARKS):
            raise _refused(self.name, f"{member[:40]!r} is an archive itself")
        return content

    def text(self, member: str) -> str:
        """Return a member as text.

        Raises:
            InputError: see `read`; also where it isn't UTF-8.
        """
        try:
            return self.read(member).decode("utf-8")
        except UnicodeDecodeError:
            raise _refused(self.name, f"{member[:40]!r} is not UTF-8") from None


@contextmanager
def open_zip(stream: io.BufferedReader[Any], name: str) -> Iterator[Zipped]:
    """Open an archive after looking at all its entries; nothing is ever unpacked to the disk.

    Raises:
        InputError: it is no zip or a damaged one, or a member has an absolute or foreign path, is a link, encrypted,
            there twice, or an archive.
        LimitExceeded: too many members, or too large unpacked.
    """
    _check_number(stream, name)
    with _unpacking(name):
        archive = zipfile.ZipFile(stream)
    with archive:
        infos: dict[str, zipfile.ZipInfo] = {}
        seen: set[str] = set()
        for info in archive.infolist():
            _check_member(info, seen, name)
            if not info.is_dir():
                infos[info.filename] = info
        _check_size(infos, stream, name)
        yield Zipped(name, archive, infos)


def _check_number(stream: io.BufferedReader[Any], name: str) -> None:
    """Count the entries before zipfile makes an object of each: a million fit into an upload."""
    stream.seek(0)
    n_members, tail = 0, b""
    while block := stream.read(_BLOCK_BYTES):
        n_members += (tail + block).count(_MEMBER_MARK)
        tail = block[-len(_MEMBER_MARK) + 1 :]
        # The mark can stand in packed data by chance.
        if n_members > MAX_ARCHIVE_MEMBERS + _MANY_SPARE:
            raise LimitExceeded(f"the archive has more than {MAX_ARCHIVE_MEMBERS:,} files.", "Pack fewer.", file=name)
    stream.seek(0)


def _check_member(info: zipfile.ZipInfo, seen: set[str], name: str) -> None:
    member = info.filename
    parts = member.removesuffix("/").split("/")
    kind = stat.S_IFMT(info.external_attr >> 16)
    problem = ""
    if (
        "\\" in member
        or ":" in member
        or any(part in ("", ".", "..") for part in parts)
        or info.orig_filename != member
    ):
        problem = "has a path that leads out of the archive"
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        problem = "is a link or a device"
    elif info.flag_bits & 0x1:
        problem = "is encrypted"
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        problem = "is packed in an unusual way"
    elif member.casefold() in seen:
        problem = "stands twice in it"
    elif member.lower().endswith(_ARCHIVES):
        problem = "is an archive itself"
    if problem:
        raise _refused(name, f"{member[:40]!r} {problem}")
    seen.add(member.casefold())
    if len(seen) > MAX_ARCHIVE_MEMBERS:
        raise LimitExceeded(f"the archive has more than {MAX_ARCHIVE_MEMBERS:,} files.", "Pack fewer.", file=name)


def _check_size(infos: dict[str, zipfile.ZipInfo], stream: io.BufferedReader[Any], name: str) -> None:
    n_unpacked = sum(info.file_size for info in infos.values())
    n_packed = stream.seek(0, io.SEEK_END)
    if n_unpacked > min(MAX_UNZIPPED_BYTES, max(FREE_UNZIPPED_BYTES, MAX_UNZIP_RATIO * n_packed)):
        problem = f"the archive is {n_unpacked / 1024**2:,.0f} MB unpacked, of {n_packed / 1024**2:,.1f} MB packed."
        fix = f"The limits are {MAX_UNZIPPED_BYTES // 1024**2} MB and {MAX_UNZIP_RATIO} times its size."
        raise LimitExceeded(problem, fix, file=name)


def _refused(name: str, problem: str) -> InputError:
    return InputError(f"the archive is refused: {problem}.", "Pack the plain files again.", file=name)


@contextmanager
def _unpacking(name: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise InputError(f"the archive is damaged: {error}.", "Copy or download it again.", file=name) from None
