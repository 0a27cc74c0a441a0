"""How fast a large file comes into a store by the command line, and how much memory that takes at most."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xner.bench.app_in_browser import ROOT
from xner.bench.copied_pairs import renamed
from xner.bench.large_store import example_pairs
from xner.errors import InputError
from xner.io.json_lines import dumps
from xner.io.records import record_from_pair
from xner.text.tokenise import detokenise
from xner.types import Projection, SentencePair

KINDS = ("jsonl", "projected", "tsv")
_BASE = 20_000
_HEADER = "id\tsource_text\ttarget_text\tsource_lang\ttarget_lang\n"


def run(n_rows: int = 1_000_000, kind: str = "jsonl") -> dict[str, Any]:
    """Return seconds, rows a second and the peak of the memory of ``xner import`` over a file of `n_rows` rows.

    `kind`: pairs with entities and links, the same with their projections, or a table of texts, which are tokenised.
    The store goes to a folder of its own, a SQLite file unless `XNER_DATABASE_URL` names another one.

    Raises:
        InputError: there is no such kind.
        RuntimeError: the import failed.
    """
    if kind not in KINDS:
        raise InputError(f"There is no kind {kind!r}.", f"Choose of {', '.join(KINDS)}.", column="kind")
    with tempfile.TemporaryDirectory(prefix="xner-bench-") as name:
        path = Path(name) / f"rows.{'tsv' if kind == 'tsv' else 'jsonl'}"
        write_rows(path, n_rows, kind)
        command = [sys.executable, "-m", "xner", "import", str(path), "--corpus", f"Bench {time.time_ns()}"]
        start = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "XNER_DATA": name})
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - start
        if process.returncode:
            raise RuntimeError(f"the import ended with exit code {process.returncode}")
        in_kb = 1024 if sys.platform != "darwin" else 1
        return {
            "rows": n_rows,
            "file MB": path.stat().st_size / 1e6,
            "seconds": seconds,
            "of them on the processor": used.ru_utime + used.ru_stime,
            "rows a second": n_rows / seconds,
            "peak memory MB": used.ru_maxrss * in_kb / 1e6,
        }


def write_rows(path: Path, n_rows: int, kind: str) -> None:
    """Write a file of `n_rows` rows, the same at every call."""
    line_of = _table_row if kind == "tsv" else _record
    base = [line_of(pair, found if kind == "projected" else None) for pair, found in
            example_pairs(min(_BASE, n_rows))]  # fmt: skip
    with path.open("w", encoding="utf-8") as stream:
        stream.write(_HEADER if kind == "tsv" else "")
        stream.writelines(itertools.islice(_copies(base, kind), n_rows))


def _copies(base: list[str], kind: str) -> Iterator[str]:
    for copy in itertools.count():
        for line in base:
            yield f"{copy}-{line}" if kind == "tsv" else renamed(line, f"{copy}-")


def _record(pair: SentencePair, projection: Projection | None) -> str:
    return f"{dumps(record_from_pair(pair, projection))}\n"


def _table_row(pair: SentencePair, _projection: Projection | None) -> str:
    sides = [side for side in (pair.source, pair.target) if side is not None]
    return "\t".join([pair.id, *map(detokenise, sides), *(side.lang for side in sides)]) + "\n"
