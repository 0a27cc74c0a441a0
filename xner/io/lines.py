"""Numbered lines of a file or an upload: decoded strictly as UTF-8, unpacked if gzipped, never held as a whole."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from xner.errors import InputError, LimitExceeded
from xner.io.limits import (
    FREE_UNZIPPED_BYTES,
    MAX_LINE_BYTES,
    MAX_UNZIP_RATIO,
    MAX_UNZIPPED_BYTES,
    MAX_UPLOAD_BYTES,
    MAX_UPLOAD_LINES,
)

HEAD_BYTES = 8192
_GZIP = b"\x1f\x8b"
_SAVE_AS_UTF8 = (
    "Save the file as UTF-8: in a spreadsheet choose 'CSV UTF-8', in an editor 'Save with encoding', or run "
    "iconv -f {encoding} -t UTF-8 OLD > NEW."
)
_OTHER_FILES = (
    (b"PK\x03\x04", "a zip archive or an office document", "Unpack it, or save the sheet as CSV UTF-8."),
    (b"%PDF", "a PDF", "Copy its text into a text file, one sentence pair a line."),
    (b"SQLite format 3", "an SQLite database", "Export its rows as JSON Lines."),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", "Unpack it, or pack it with gzip."),
    (b"BZh", "packed with bzip2", "Unpack it, or pack it with gzip."),
    (b"\xfd7zXZ", "packed with xz", "Unpack it, or pack it with gzip."),
    (_GZIP, "packed twice", "Unpack it once."),
)
_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came through the browser. Its name is shown and tells the format, it is never a path."""

    name: str
    data: bytes


Source = Path | Upload


def source_name(source: Source) -> str:
    """Return what messages call the file."""
    return source.name if isinstance(source, Upload) else str(source)


class Lines:
    r"""The lines of one file with their numbers from 1, without their ends; only ``\n`` and ``\r\n`` end a line.

    `head` is the beginning of the text, to tell the format by. To be iterated once.
    """

    def __init__(self, name: str, stream: io.BufferedReader[Any], max_bytes: int | None = None) -> None:
        self.name = name
        self._stream = stream
        self._max_bytes = max_bytes
        with _readable(name):
            head = self._stream.peek(HEAD_BYTES)[:HEAD_BYTES]
        _refuse_other_encodings(name, head)
        self.head = head.decode("utf-8", errors="replace").removeprefix("\ufeff")
        if "\r" in self.head and "\n" not in self.head and len(re.findall(r"\r.", self.head)) > 1:
            raise InputError(
                "the lines end in a carriage return alone.", "Save the file with Unix or Windows line ends.",
                file=name, line=1,
            )  # fmt: skip

    def __iter__(self) -> Iterator[tuple[int, str]]:
        n_bytes, number = 0, 0
        with _readable(self.name):
            # The suspended generator stays inside: errors of whoever iterates don't come through here.
            while line := self._stream.readline(MAX_LINE_BYTES + 1):
                number += 1
                n_bytes += len(line)
                self._check_limits(number, len(line), n_bytes)
                yield number, self._decode(line, number)

    def _check_limits(self, number: int, n_line_bytes: int, n_bytes: int) -> None:
        problem = fix = ""
        if n_line_bytes > MAX_LINE_BYTES:
            problem = f"the line is longer than {MAX_LINE_BYTES // 1024**2} MB."
            fix = "One sentence pair a line: the line ends are missing."
        elif self._max_bytes is not None and (n_bytes > self._max_bytes or number > MAX_UPLOAD_LINES):
            many = f"{self._max_bytes // 1024**2} MB" if n_bytes > self._max_bytes else f"{MAX_UPLOAD_LINES:,} lines"
            problem = f"the upload holds more than {many}."
            fix = "Upload parts of it, or use the command line."
        if problem:
            raise LimitExceeded(problem, fix, file=self.name, line=number)

    def _decode(self, line: bytes, number: int) -> str:
        line = line.removesuffix(b"\n").removesuffix(b"\r")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            byte = line[error.start]
            raise InputError(
                f"byte {error.start + 1} of the line (0x{byte:02X}) is not UTF-8.",
                _SAVE_AS_UTF8.format(encoding="WINDOWS-1252"), file=self.name, line=number,
            ) from None  # fmt: skip
        return text.removeprefix("\ufeff") if number == 1 else text


@contextmanager
def open_lines(source: Source) -> Iterator[Lines]:
    """Open a file or an upload as lines; what is packed with gzip is unpacked, whatever its name.

    Raises:
        InputError: there is no such file, it can't be read, it isn't UTF-8 text, or the packing is damaged.
        LimitExceeded: an upload is too large, packed or unpacked, or a line is too long.
    """
    name = source_name(source)
    max_bytes = None
    with ExitStack() as stack:
        if isinstance(source, Upload):
            if len(source.data) > MAX_UPLOAD_BYTES:
                raise LimitExceeded(
                    f"the upload has {len(source.data) / 1024**2:.0f} MB, the limit is {MAX_UPLOAD_BYTES // 1024**2}.",
                    "Pack it with gzip, upload parts of it, or use the command line.", file=name,
                )  # fmt: skip
            max_bytes = min(MAX_UNZIPPED_BYTES, max(FREE_UNZIPPED_BYTES, MAX_UNZIP_RATIO * len(source.data)))
            stream: io.BufferedReader[Any] = stack.enter_context(io.BufferedReader(io.BytesIO(source.data)))
        else:
            with _readable(name):
                stream = stack.enter_context(source.open("rb"))
        with _readable(name):
            is_packed = stream.peek(2)[:2] == _GZIP
        if is_packed:
            stream = stack.enter_context(io.BufferedReader(gzip.GzipFile(fileobj=stream)))
        yield Lines(name, stream, max_bytes)


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turn what the operating system and the unpacking raise into words."""
    try:
        yield
    except FileNotFoundError:
        raise InputError("there is no such file.", "Check the path.", file=name) from None
    except IsADirectoryError:
        raise InputError("this is a folder.", "Give a file in it.", file=name) from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise InputError("the gzip packing is damaged or cut off.", "Copy or download it again.", file=name) from None
    except OSError as error:
        raise InputError(f"the file can't be read: {error.strerror or error}.", file=name) from None


def _refuse_other_encodings(name: str, head: bytes) -> None:
    for start, what, fix in _OTHER_FILES:
        if head.startswith(start):
            raise InputError(f"this is {what}, not text.", fix, file=name, line=1)
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            _refuse_encoding(name, encoding)
    n_zero = head.count(b"\x00")
    if 10 * n_zero > len(head):
        # Latin text in UTF-16 has a zero in every second byte, on the same side each time.
        odd, even = head[1::2].count(b"\x00"), head[::2].count(b"\x00")
        if max(odd, even) > 9 * min(odd, even):
            _refuse_encoding(name, "UTF-16")
        raise InputError("this is not text: it is full of zero bytes.", "Give a text file.", file=name, line=1)


def _refuse_encoding(name: str, encoding: str) -> NoReturn:
    message = f"the file is encoded as {encoding}: byte 1 is not UTF-8."
    raise InputError(message, _SAVE_AS_UTF8.format(encoding=encoding), file=name, line=1)
