"""An output file that grows row by row, survives an interruption and appears under its name only when complete."""

from __future__ import annotations

import gzip
import json
import logging
import os
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from xner.errors import ConfigError

SIDE_FILES = (".partial", ".partial.json", ".partial.json.new", ".partial.gz", ".partial.old", ".lock")
"""Endings of the files that a run may write beside its output."""
_KINDS = {
    "input_sha256": "the input is another one", "options": "format, languages or labels of the input",
    "batch_size": "the number of pairs in a batch", "batch_words": "the number of words in a batch", "config": "{}",
    "models": "the version of {}", "packages": "the package {}", "xner": "xner",
}  # fmt: skip
"""What a note holds, in words."""
_UNTOLD = ("input_sha256",)
_DOT, _ABSENT, _N_TOLD = "\0", object(), 5
log = logging.getLogger(__name__)


def set_aside(partial: Path) -> None:
    """Move rows of an interrupted run, if there are any, to ``OUTPUT.partial.old`` and say so."""
    if partial.is_file() and partial.stat().st_size:
        old = partial.with_name(partial.name + ".old")
        partial.replace(old)
        log.warning("%s has the rows of an interrupted run; they are kept in %s", partial, old)


def counted(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is counted of a row, whether it was made now or taken over.

    Raises:
        KeyError: it is no record with a projection.

    Example:
        >>> made = {"entities": [{"label": "PER"}], "status": "ok", "reason": None, "signature": "s"}  # no source
        >>> found = counted({"id": "1", "projection": made})
        >>> found["n_entities"], found["n_placed"]
        (0, 0)
    """
    projection = record["projection"]
    return {
        "id": record["id"],
        "status": projection["status"],
        "reason": projection["reason"],
        "n_entities": len(record.get("source_entities") or ()),
        "n_placed": len({entity.get("source") for entity in projection["entities"]} - {None}),
        "signature": projection["signature"],
    }


def differences(known: object, origin: Mapping[str, Any]) -> list[str]:
    """Return in words how what rows were made from differs from what they would be made from now, at most five.

    Example:
        >>> differences({"config": {"match": {"name": "exact"}}}, {"config": {"match": {"name": "greedy"}}})
        ['match.name was "exact" and is "greedy"']
    """
    if not isinstance(known, dict):
        return ["the note of what it was made from is missing or damaged"]
    before, now = dict(_flat(known)), dict(_flat(json.loads(json.dumps(origin))))
    found = []
    for key in dict.fromkeys([*now, *before]):
        if before.get(key, _ABSENT) != now.get(key, _ABSENT):
            kind, _, rest = key.partition(_DOT)
            name = _KINDS.get(kind, kind).format(rest.replace(_DOT, "."))
            found.append(name if kind in _UNTOLD else f"{name} was {_said(before, key)} and is {_said(now, key)}")
    return [*found[:_N_TOLD], *([f"and {len(found) - _N_TOLD} more"] if len(found) > _N_TOLD else [])]


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}{_DOT}")
        else:
            yield prefix + key, value


def _said(values: Mapping[str, Any], key: str) -> str:
    return json.dumps(values[key], ensure_ascii=False) if values.get(key) is not None else "not known"


class CheckpointedOutput:
    """Rows go to ``OUTPUT.partial``; what they were made from stands in ``OUTPUT.partial.json``.

    `finish` moves the rows to OUTPUT. A later run may take over rows of the partial file when it was made from the same
    input with the same settings; it says how many with `keep`: whole batches, or its further ones would be others than
    those of an uninterrupted run.
    Without `resume` the rows of an earlier run are moved to ``OUTPUT.partial.old``.
    """

    def __init__(self, output: Path, origin: Mapping[str, Any], *, resume: bool) -> None:
        self.output = output
        self.partial = output.with_name(output.name + ".partial")
        self._note = output.with_name(output.name + ".partial.json")
        self.rows: list[dict[str, Any]] = []
        self._ends = array("Q")
        output.parent.mkdir(parents=True, exist_ok=True)
        if resume and self.partial.is_file():
            self._take_over(origin)
        else:
            self._begin(origin)
        self._stream: IO[bytes] = self.partial.open("ab")

    def _begin(self, origin: Mapping[str, Any]) -> None:
        set_aside(self.partial)
        # Rows without a note could not be taken over, a note without rows does no harm: so the note comes first.
        new = self._note.with_name(self._note.name + ".new")
        new.write_text(json.dumps(origin, ensure_ascii=False), encoding="utf-8")
        new.replace(self._note)
        self.partial.write_bytes(b"")

    def _take_over(self, origin: Mapping[str, Any]) -> None:
        try:
            known = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = None
        if known != json.loads(json.dumps(origin)):
            raise ConfigError(
                f"{self.partial} was made from another input, with other settings or by other models: "
                f"{'; '.join(differences(known, origin))}.",
                "Put back what it was made with and run again with --resume, or run without --resume to begin again; "
                f"the rows so far are then kept in {self.partial.name}.old.",
            )
        n_read = 0
        with self.partial.open("rb") as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    break  # the row that was being written when the run stopped
                self.rows.append(self._row(line, len(self.rows) + 1))
                n_read += len(line)
                self._ends.append(n_read)

    def keep(self, n_rows: int) -> None:
        """Take the first rows of the interrupted run over and drop the others; call it before `write`."""
        self._stream.truncate(self._ends[n_rows - 1] if n_rows else 0)
        del self.rows[n_rows:], self._ends[n_rows:]

    def _row(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            return counted(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ConfigError(
                f"{self.partial}:{number}: the row is damaged.",
                "Delete it and every row after it and run again with --resume, or run without --resume to begin again.",
            ) from None

    def write(self, line: str) -> None:
        """Append one row; it survives the process from here on."""
        self._stream.write(line.encode("utf-8") + b"\n")
        self._stream.flush()

    def finish(self) -> None:
        """Put the complete file in place, compressed when its name ends in .gz."""
        os.fsync(self._stream.fileno())
        self._stream.close()
        if self.output.suffix == ".gz":
            packed = self.partial.with_name(self.partial.name + ".gz")
            with self.partial.open("rb") as rows, packed.open("wb") as raw:
                with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as target:
                    while block := rows.read(1 << 20):
                        target.write(block)
            packed.replace(self.output)
            self.partial.unlink()
        else:
            self.partial.replace(self.output)
        self._note.unlink(missing_ok=True)

    def __enter__(self) -> CheckpointedOutput:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        if self.partial.is_file() and not self.partial.stat().st_size:  # nothing to go on from
            self.partial.unlink()
            self._note.unlink(missing_ok=True)
