"""What a command may write, and what it may not."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from xner.engine.checkpoint import SIDE_FILES
from xner.errors import ConfigError, InputError
from xner.io.lines import Source


def refuse_overwriting(inputs: Iterable[Source | None], outputs: Iterable[Path | None]) -> None:
    """Raise where an output, or a file that is written beside it on the way, is one of the inputs.

    Whether the inputs are there and the outputs can be written is looked at too, before minutes of work.

    Raises:
        ConfigError: names both, or an output that can't be written.
        InputError: an input is not there.
    """
    read = [path for path in inputs if isinstance(path, Path)]
    for path in read:
        if not path.exists():
            raise InputError("there is no such file.", "Check the path.", file=str(path))
    for output in [output for output in outputs if output is not None]:
        _refuse_unwritable(output)
        for written in (output, *(Path(f"{output}{ending}") for ending in SIDE_FILES)):
            for path in read:
                if _is_same(path, written):
                    raise ConfigError(
                        f"Input and output are the same file: writing {output} would overwrite {path}.",
                        "What was read is never overwritten: choose another output.",
                    )


def refuse_existing(outputs: Iterable[Path | None], *, force: bool, resume: bool = False) -> None:
    """Raise where an output is there already and holds something; `force` allows it to be replaced.

    With `resume` it is said that a run whose output has its name is complete.

    Raises:
        ConfigError: names the file.
    """
    for output in outputs:
        if output is not None and not force and output.is_file() and output.stat().st_size:
            done = " That run is complete, there is nothing to resume." if resume else ""
            raise ConfigError(f"{output} is there already.{done}", "Choose another name, or replace it with --force.")


def write_whole(output: Path, text: str) -> None:
    """Write a file that appears when it is complete: on a full disk what was there before stays. Folders are made.

    Raises:
        OSError: it can't be written.
    """
    if output.exists() and not output.is_file():  # a pipe, a terminal
        output.write_text(text, encoding="utf-8")
        return
    whole = output.resolve()  # a link stays one
    part = whole.with_name(f"{whole.name}.partial")
    whole.parent.mkdir(parents=True, exist_ok=True)
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(whole)
    finally:
        part.unlink(missing_ok=True)


def _refuse_unwritable(output: Path) -> None:
    folder = next(parent for parent in output.resolve().parents if parent.exists())
    if not folder.is_dir():
        raise ConfigError(f"{output} can't be written: {folder} is not a folder.", "Choose another output.")
    if not (os.access(output if output.exists() else folder, os.W_OK)):
        raise ConfigError(f"{output} can't be written: no right to write there.", "Choose another output.")


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # one of them is not there, or can't be asked
        return os.path.realpath(path) == os.path.realpath(other)
