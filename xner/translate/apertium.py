"""Apertium, a rule-based translator that Debian packages: no weights, about a millisecond a sentence, no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from xner.config import TranslateConfig
from xner.errors import TranslationFailed
from xner.models.folders import Stamps, stamps, tree_hash
from xner.translate.apertium_modes import Installed, installed, is_serbo_croatian, mode_of, modes_folder
from xner.translate.apertium_pipe import Pipe, from_stream, programs_of, to_stream
from xner.translate.base import translators

_CYRILLIC = dict(
    zip(
        "абвгдђежзијклмнопрстћуфхцчшѓќѕАБВГДЂЕЖЗИЈКЛМНОПРСТЋУФХЦЧШЃЌЅ",
        "abvgdđežzijklmnoprstćufhcčšǵḱdABVGDĐEŽZIJKLMNOPRSTĆUFHCČŠǴḰD",
        strict=True,
    )
) | {"љ": "lj", "њ": "nj", "џ": "dž", "Љ": "Lj", "Њ": "Nj", "Џ": "Dž"}
_TO_LATIN = str.maketrans(_CYRILLIC)
_Answers = Callable[[Sequence[str], float], list[str]]


@translators.register("apertium")
class ApertiumTranslator:
    """Sends sentences through programs that stay open, one set a direction; unknown words come back unmarked."""

    def __init__(self, config: TranslateConfig) -> None:
        self.config = config
        self._pipes: dict[tuple[str, str], Pipe] = {}
        self._described = ""
        self._lock = threading.Lock()

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """Return the translation of each text; words that Apertium does not know stay as they are.

        Serbian in Cyrillic letters is read in Latin ones, as the dictionaries have them.

        Raises:
            TranslationFailed: a program of Apertium ended, hung beyond the time limit, or answered what nobody asked.
            ModelUnavailable: Apertium or the direction is not installed; the hint has the line that installs it.
        """
        self._described, apertium = "", installed_once()
        mode = mode_of(apertium, source, target)
        filled = [k for k, text in enumerate(texts) if text.strip()]
        wanted = [texts[k] for k in filled]
        if is_serbo_croatian(source):
            wanted = [text.translate(_TO_LATIN) for text in wanted]
        answers = self._answers(apertium, mode, [to_stream(text) for text in wanted]) if wanted else []
        made = dict(zip(filled, map(from_stream, answers), strict=True))
        return [made.get(k, text) for k, text in enumerate(texts)]

    def describe(self) -> str:
        """Return the version and a hash of all installed dictionaries and rules; looked up anew by each `translate`.

        Raises:
            ModelUnavailable: Apertium is not installed.
        """
        if not self._described:
            apertium = installed_once()
            self._described = f"apertium@{apertium.version}+sha256:{tree_hash(apertium.folder.parent)}"
        return self._described

    def _answers(self, apertium: Installed, mode: str, streams: Sequence[str]) -> list[str]:
        size, limit = self.config.batch_size, self.config.time_limit_s
        pipe = self._pipe(apertium, mode)
        ask: _Answers = pipe.ask if pipe else lambda batch, limit: _ask_once(apertium, mode, batch, limit)
        return [a for k in range(0, len(streams), size) for a in ask(streams[k : k + size], limit)]

    def _pipe(self, apertium: Installed, mode: str) -> Pipe | None:
        """Return the open programs of a direction; None where its mode is not a plain pipeline."""
        key = mode, self.describe()  # programs that have read other dictionaries are not asked
        with self._lock:
            pipe = self._pipes.get(key)
            if pipe is None or not pipe.is_open:
                programs = _programs(apertium.mode_file(mode))
                if programs is None:
                    return None
                for old in [known for known in self._pipes if known[0] == mode]:
                    del self._pipes[old]
                pipe = self._pipes[key] = Pipe(programs)
            return pipe


def installed_once() -> Installed:
    """Return what is installed: asked while the program and its directions stay as they are, and what is missing."""
    program = shutil.which("apertium")
    if program is None:
        return installed()
    found, folder = os.stat(program), modes_folder(program)
    return _installed((program, found.st_size, found.st_mtime_ns, str(folder), stamps(folder)))


@lru_cache(maxsize=1)
def _installed(_files: tuple[str, int, int, str, Stamps | None]) -> Installed:
    return installed()


def _programs(mode: Path) -> list[list[str]] | None:
    """Return the programs of a mode, each told to hand on at a NUL."""
    try:
        told = subprocess.run(
            ["apertium-wblank-mode", "-z", str(mode)], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):  # older than 3.8, or no such file: one call a batch does as well
        return None
    return programs_of(told.stdout)


def _ask_once(apertium: Installed, mode: str, streams: Sequence[str], time_limit_s: float) -> list[str]:
    """Return the answers of one call of `apertium`, as `Pipe.ask` does."""
    began = time.monotonic()
    command = [apertium.program, "-u", "-z", "-f", "none", mode]
    data = "".join(f"{stream}\0" for stream in streams).encode("utf-8", "replace")
    try:
        run = subprocess.run(command, input=data, capture_output=True, timeout=time_limit_s, check=True)
    except subprocess.TimeoutExpired:
        raise TranslationFailed(
            f"Apertium gave no answer in {time.monotonic() - began:.3g} s.", "Raise translate.time_limit_s."
        ) from None
    except (OSError, subprocess.CalledProcessError) as error:
        raise TranslationFailed(f"Apertium failed: {error}.") from error
    answers = run.stdout.decode("utf-8", "replace").split("\0")
    if len(answers) < len(streams) or any(answer.strip() for answer in answers[len(streams) :]):
        raise TranslationFailed(f"Apertium gave {len(answers)} answers to {len(streams)} texts.")
    return answers[: len(streams)]
