"""The programs of one Apertium direction, kept running, and the stream format that they speak.

Each text ends in a NUL, on which every program hands on what it holds. No shell takes part: the pipeline of a mode
is cut into its programs, each started with its own list of arguments.
"""

from __future__ import annotations

import os
import re
import select
import shlex
import subprocess
import tempfile
import threading
import time
import weakref
from collections.abc import Sequence
from typing import IO

from xner.errors import TranslationFailed

_RESERVED = re.compile(r"([\[\]{}^$/\\@<>])")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SENTENCE_END = ".[]"
"""What Apertium's own readers of plain text put at the end, so that the last word is analysed as one."""
_END = re.compile(r"\.?\s*\[\]\s*\Z")
_SHELL = frozenset("&;<>()`")
_BLOCK_BYTES = 1 << 16
_KEPT_OF_MESSAGE = 200


def to_stream(text: str) -> str:
    r"""Return a text as Apertium's programs read it: one line, reserved characters escaped, its end marked.

    Example:
        >>> print(to_stream("Hello [Ada]\n& co"))
        Hello \[Ada\] & co.[]
    """
    return _RESERVED.sub(r"\\\1", " ".join(text.replace("\0", " ").split())) + _SENTENCE_END


def from_stream(stream: str) -> str:
    r"""Return the text of a stream, without its end mark and with single blanks.

    Example:
        >>> from_stream(r"Hola  \[Ada\].[]")
        'Hola [Ada]'
    """
    return " ".join(_ESCAPED.sub(r"\1", _END.sub("", stream)).split())


def programs_of(pipeline: str) -> list[list[str]] | None:
    """Return the programs of a mode with their arguments; None where it is more than programs joined by ``|``.

    ``$1``, what a generator does with unknown words, becomes ``-n``: no marks. ``$2``, an option of taggers, goes.

    Example:
        >>> programs_of("lt-proc -z 'a b.bin' | lt-proc $1 c.bin"), programs_of("a > b")
        ([['lt-proc', '-z', 'a b.bin'], ['lt-proc', '-n', 'c.bin']], None)
    """
    lexer = shlex.shlex(pipeline, posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    programs: list[list[str]] = [[]]
    try:
        for word in lexer:
            if word == "|":
                programs.append([])
            elif word == "$1":
                programs[-1].append("-n")
            elif "$" not in word and not _SHELL & set(word):
                programs[-1].append(word)
            elif word != "$2":
                return None
    except ValueError:  # a quotation that does not end
        return None
    return programs if all(programs) else None


class Pipe:
    """The running programs of one direction. Thread-safe: one batch at a time goes through."""

    def __init__(self, programs: Sequence[Sequence[str]]) -> None:
        self._lock = threading.Lock()
        self._complaints = tempfile.TemporaryFile()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._n_batches = 0
        self._stop = weakref.finalize(self, _stop, self._processes, self._complaints)
        feed: int | IO[bytes] | None = subprocess.PIPE
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        try:
            for program in programs:
                process = subprocess.Popen(
                    program, stdin=feed, stdout=subprocess.PIPE, stderr=self._complaints, env=environment
                )
                if self._processes and self._processes[-1].stdout:
                    self._processes[-1].stdout.close()  # the next program holds it
                self._processes.append(process)
                feed = process.stdout
        except OSError as error:
            self.close()
            raise TranslationFailed(f"Apertium: {error.filename} can't be started: {error.strerror}.") from error
        os.set_blocking(self._ends()[0], False)

    def ask(self, texts: Sequence[str], time_limit_s: float) -> list[str]:
        """Return what comes out for each text, in stream format. After a failure the programs are gone.

        Raises:
            TranslationFailed: a program ended, nothing came in time, or more came than was asked for.
        """
        with self._lock:
            if not self.is_open:
                raise TranslationFailed("Apertium was ended by another batch that failed.", "Try again.")
            try:
                return self._ask(texts, time.monotonic() + time_limit_s, time_limit_s)
            except BaseException:
                self.close()
                raise

    def _ask(self, texts: Sequence[str], deadline: float, time_limit_s: float) -> list[str]:
        into, out = self._ends()
        self._n_batches += 1
        last = f"[{self._n_batches}]"  # format, which no program changes: when it is back, so is all before it
        to_send = memoryview(b"".join(text.encode("utf-8", "replace") + b"\0" for text in [*texts, last]))
        received = bytearray()
        n_received = 0
        while n_received <= len(texts):
            readable, writable, _ = select.select(
                [out], [into] if to_send else [], [], max(0.0, deadline - time.monotonic())
            )
            if not readable and not writable:
                raise TranslationFailed(
                    f"Apertium gave {n_received} of {len(texts)} translations in {time_limit_s:g} s.",
                    "Raise translate.time_limit_s, or look at the sentence that it hangs on.",
                )
            try:
                if writable:
                    to_send = to_send[os.write(into, to_send[:_BLOCK_BYTES]) :]
                block = os.read(out, _BLOCK_BYTES) if readable else None
            except OSError as error:
                raise TranslationFailed(f"Apertium ended early: {self._complaint(error)}.") from error
            if block == b"":
                raise TranslationFailed(f"Apertium ended early: {self._complaint()}.")
            received += block or b""
            n_received += (block or b"").count(b"\0")
        *answers, end, rest = bytes(received).decode("utf-8", "replace").split("\0")
        if len(answers) != len(texts) or end.strip() != last or rest:
            raise TranslationFailed(f"Apertium did not give one answer for each of {len(texts)} texts.")
        return answers

    def _ends(self) -> tuple[int, int]:
        first, last = self._processes[0].stdin, self._processes[-1].stdout
        if first is None or last is None:
            raise AssertionError("a pipe without ends")
        return first.fileno(), last.fileno()

    def _complaint(self, error: OSError | None = None) -> str:
        self._complaints.seek(0)
        said = self._complaints.read().decode("utf-8", "replace").split("\n")
        last = next((line.strip() for line in reversed(said) if line.strip()), "")
        return last[:_KEPT_OF_MESSAGE] or (str(error) if error else "a program of it stopped without a word")

    @property
    def is_open(self) -> bool:
        """Whether the programs may still be asked."""
        return self._stop.alive

    def close(self) -> None:
        """End the programs."""
        self._stop()


def _stop(processes: list[subprocess.Popen[bytes]], complaints: IO[bytes]) -> None:
    for process in processes:
        process.kill()
    for process in processes:
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None and not stream.closed:
                stream.close()
    complaints.close()
