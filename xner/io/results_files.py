"""The files of a results directory: what they are called, how they grow, and what is said of damaged ones.

``run.json`` says what the directory is, ``cells.jsonl`` has one row a finished cell, ``not_run.json`` the cells that
could not run and why. `gold/` and `predictions/` hold packed records, `statistics/` arrays made from these. Every file
but ``cells.jsonl`` appears under its name when complete; that one grows by whole lines. So a directory that is being
written can be read at any moment. One process writes at a time (`xner.engine.lock`).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xner.errors import ConfigError, InputError
from xner.io.json_lines import dumps, loads
from xner.io.lines import open_lines
from xner.io.report import RowProblem

SCHEMA = 1
RUN, CELLS, NOT_RUN = "run.json", "cells.jsonl", "not_run.json"
GOLD, PREDICTIONS, STATISTICS = "gold", "predictions", "statistics"
HASH_DIGITS = 12

_TEXTS = ("cell", "benchmark", "dataset", "method", "signature", "gold", "predictions")
_NUMBERS = ("seconds", "n_sentences", "n_failed", "n_entities")
_AGAIN = "Delete the line and run the benchmark again with the same -o: it computes what is missing."
_UNSAFE = re.compile(r"[^A-Za-z0-9.+_-]+")
_ID = re.compile(r'\{"id": ("(?:[^"\\]|\\.)*+")')


def file_stem(*words: str) -> str:
    """Return words as a part of a file name.

    Example:
        >>> file_stem("uner_pud.en-de", "exact links")
        'uner_pud.en-de_exact-links'
    """
    return "_".join(_UNSAFE.sub("-", word).strip("-.") or "x" for word in words)


def write_run(directory: Path, title: str, **facts: Any) -> None:
    """Make the directory, and its ``run.json`` unless it has one.

    Raises:
        ConfigError: the folder holds something else, or can't be written.
        InputError: its ``run.json`` is damaged or of a newer version.
    """
    if directory.exists() and not (directory / RUN).exists():
        foreign = [path.name for path in directory.iterdir() if not path.name.endswith((".lock", ".new"))]
        if foreign:
            raise ConfigError(
                f"{directory} is no results directory, and it is not empty ({min(foreign)}).",
                "Name a new directory, or one that a benchmark made.",
            )
    if (directory / RUN).exists():
        read_run(directory)
        return
    replace_file(directory / RUN, (json.dumps({"schema": SCHEMA, "title": title, **facts}, indent=1) + "\n").encode())


def read_run(directory: Path) -> dict[str, Any]:
    """Return what ``run.json`` says.

    Raises:
        InputError: there is none, it is damaged, or of a newer version.
    """
    path = directory / RUN
    if not path.is_file():
        raise InputError(
            "there is no run.json, so this is no results directory.",
            "Give the directory that `xner bench … -o` wrote.", file=str(directory),
        )  # fmt: skip
    run = _json(path, 'Restore it, or write {"schema": 1, "title": "…"}.')
    schema = run.get("schema") if isinstance(run, dict) else None
    if not isinstance(run, dict) or not isinstance(schema, int) or not isinstance(run.get("title"), str):
        raise InputError("schema or title is missing.", 'Write {"schema": 1, "title": "…"}.', file=str(path), line=1)
    if schema > SCHEMA:
        raise InputError(
            f"its schema {schema} is newer than this xner understands ({SCHEMA}).", "Upgrade xner.",
            file=str(path), line=1,
        )  # fmt: skip
    return run


def append_row(directory: Path, row: Mapping[str, Any]) -> None:
    """Add a row to ``cells.jsonl``; it is there for good when this returns. A line that was cut off is taken away.

    Raises:
        ConfigError: the disk is full, or the file can't be written.
    """
    path = directory / CELLS
    try:
        with path.open("a+b") as stream:
            stream.truncate(_end_of_whole_lines(path))
            stream.write(dumps(row).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise ConfigError(f"{path}: can't be written: {error.strerror or error}.", "Make room for it.") from None


def read_rows(directory: Path) -> tuple[list[dict[str, Any]], list[RowProblem]]:
    """Return the rows in order, of rows of one cell the last, and what is wrong with lines that are no rows.

    The beginning of a line that is just being written is neither.

    Raises:
        InputError: the file can't be read at all.
    """
    path = directory / CELLS
    rows: dict[str, dict[str, Any]] = {}
    problems: list[RowProblem] = []
    if not path.is_file():
        return [], []
    try:
        whole = path.read_bytes()
    except OSError as error:
        raise InputError(f"the file can't be read: {error.strerror or error}.", file=str(path)) from None
    for number, line in enumerate(whole[: whole.rfind(b"\n") + 1].split(b"\n")[:-1], start=1):
        raw = line.decode("utf-8", errors="replace")
        try:
            row = _checked_row(raw)
        except InputError as error:
            problems.append(RowProblem.of(error, str(path), number, raw))
        else:
            rows.pop(row["cell"], None)
            rows[row["cell"]] = row
    return list(rows.values()), problems


def read_not_run(directory: Path) -> list[dict[str, str]]:
    """Return {"benchmark", "dataset", "method", "reason"} of cells that could not run.

    Raises:
        InputError: the list is damaged.
    """
    path = directory / NOT_RUN
    if not path.is_file():
        return []
    found = _json(path, "Delete it; the next run of the benchmark writes it anew.")
    names = ("benchmark", "dataset", "method", "reason")
    if not isinstance(found, list) or not all(
        isinstance(item, dict) and all(isinstance(item.get(name), str) for name in names) for item in found
    ):
        raise InputError("it is no list of cells with reasons.", "Delete it.", file=str(path), line=1)
    return found


def write_not_run(directory: Path, items: Iterable[Mapping[str, str]]) -> None:
    """Replace the list of cells that could not run."""
    text = json.dumps([dict(item) for item in items], indent=1, ensure_ascii=False)
    replace_file(directory / NOT_RUN, f"{text}\n".encode())


def write_records(directory: Path, folder: str, stem: str, records: Iterable[Mapping[str, Any]]) -> tuple[str, str]:
    """Write packed records under a name that no other content has; return the path in the directory, and its hash.

    Equal records are written once. Where the name is taken by others the hash becomes a part of it, so that a row
    never points to records that it was not made from.
    """
    lines = b"".join(dumps(record).encode() + b"\n" for record in records)
    content = hashlib.sha256(lines).hexdigest()[:HASH_DIGITS]
    for name in (f"{stem}.jsonl.gz", f"{stem}-{content}.jsonl.gz"):
        path = directory / folder / name
        if not path.exists():
            replace_file(path, gzip.compress(lines, compresslevel=6, mtime=0))
            break
        if _hash_of_lines(path) == content:
            break
    return f"{folder}/{name}", content


def read_records(path: Path, wanted: Collection[str] | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the line numbers and records of a packed file, those of the wanted ids only where ids are given.

    Raises:
        InputError: the file is gone or damaged; names the line.
    """
    for number, line in _lines(path):
        if wanted is not None and (found := _ID.match(line)) and json.loads(found[1]) not in wanted:
            continue
        try:
            record = loads(line)
        except InputError as error:
            raise InputError(
                error.message, "Delete the file and run the benchmark again.", file=str(path), line=number
            ) from None
        if wanted is None or record.get("id") in wanted:
            yield number, record


def replace_file(path: Path, content: bytes) -> None:
    """Write a file that appears under its name when it is complete.

    Raises:
        ConfigError: it can't be written.
    """
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with new.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise ConfigError(
            f"{path}: can't be written: {error.strerror or error}.", "Choose another directory, or make room."
        ) from None


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with open_lines(path) as lines:
        yield from lines


def _hash_of_lines(path: Path) -> str | None:
    try:
        return hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest()[:HASH_DIGITS]
    except (OSError, EOFError, ValueError):
        return None  # damaged: the new records get another name


def _end_of_whole_lines(path: Path) -> int:
    content = path.read_bytes()
    return content.rfind(b"\n") + 1


def _json(path: Path, fix: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg}.", fix, file=str(path), line=error.lineno) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the file can't be read: {error}.", fix, file=str(path)) from None


def _checked_row(line: str) -> dict[str, Any]:
    try:
        row = loads(line)
    except InputError as error:
        raise InputError(error.message, _AGAIN) from None
    for name in _TEXTS:
        if not isinstance(row.get(name), str) or not row[name]:
            raise InputError("is missing.", _AGAIN, column=name)
    for name in _NUMBERS:
        if isinstance(row.get(name), bool) or not isinstance(row.get(name), int | float):
            raise InputError("is no number.", _AGAIN, column=name)
    if not isinstance(row.get("scores"), dict) or not row["scores"]:
        raise InputError("is no object.", _AGAIN, column="scores")
    for name in ("gold", "predictions"):
        parts = Path(row[name]).parts
        if len(parts) != 2 or parts[0] != name or ".." in parts:
            raise InputError(f"{row[name]!r} lies outside the directory.", _AGAIN, column=name)
    return row
