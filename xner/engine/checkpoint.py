"""An output file that grows row by row, survives an interruption and appears under its name only when complete."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from xner.errors import ConfigError


class CheckpointedOutput:
    """Rows go to ``OUTPUT.partial``; what they were made from stands in ``OUTPUT.partial.json``.

    `finish` moves the rows to OUTPUT. A later run may take over the complete rows of the partial file when it was
    made from the same input with the same settings.
    """

    def __init__(self, output: Path, origin: Mapping[str, Any], *, resume: bool) -> None:
        self.output = output
        self.partial = output.with_name(output.name + ".partial")
        self._note = output.with_name(output.name + ".partial.json")
        self.done_ids: set[str] = set()
        self.rows: list[dict[str, Any]] = []
        output.parent.mkdir(parents=True, exist_ok=True)
        if resume and self.partial.is_file():
            self._take_over(origin)
        else:
            self.partial.write_bytes(b"")
            self._note.write_text(json.dumps(origin, ensure_ascii=False), encoding="utf-8")
        self._stream: IO[bytes] = self.partial.open("ab")

    def _take_over(self, origin: Mapping[str, Any]) -> None:
        try:
            known = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = None
        if known != json.loads(json.dumps(origin)):
            raise ConfigError(
                f"{self.partial} was made from another input or with other settings.",
                "Run with the same input and settings, or without --resume to begin again.",
            )
        complete = 0
        with self.partial.open("rb") as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    break  # the row that was being written when the run stopped
                row = json.loads(line)
                self.done_ids.add(row["id"])
                projection = row["projection"]
                self.rows.append({"id": row["id"], "status": projection["status"], "reason": projection["reason"]})
                complete += len(line)
        with self.partial.open("r+b") as stream:
            stream.truncate(complete)

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
