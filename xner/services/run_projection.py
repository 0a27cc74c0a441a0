"""Project a file: streaming, resumable, with failed and rejected rows told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import xner
from xner.config import RunConfig
from xner.engine.checkpoint import CheckpointedOutput
from xner.engine.local import BATCH_SIZE, run
from xner.errors import ConfigError, InputError
from xner.io.json_lines import dumps
from xner.io.records import record_from_pair
from xner.io.report import RowProblem
from xner.pipeline import Pipeline
from xner.services.input_files import AS_FOUND, InputOptions, pairs_of, usable
from xner.signature import hash_file
from xner.types import Projection, SentencePair


@dataclass(slots=True)
class RunSummary:
    """What became of the rows of a file."""

    n_ok: int = 0
    n_empty: int = 0
    n_resumed: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    """(id, reason) of every row that did not run."""
    problems: list[RowProblem] = field(default_factory=list)
    """Rows that could not be read; they are not in the output."""
    signature: str | None = None

    @property
    def n_done(self) -> int:
        """Rows in the output."""
        return self.n_ok + self.n_empty + len(self.failed)

    def add(self, pair_id: str, status: str, reason: str | None) -> None:
        """Count one row."""
        if status == "failed":
            self.failed.append((pair_id, reason or "unknown"))
        elif status == "empty":
            self.n_empty += 1
        else:
            self.n_ok += 1


def project_file(
    source: Path,
    output: Path,
    config: RunConfig,
    options: InputOptions = AS_FOUND,
    *,
    resume: bool = False,
    on_row: Callable[[RunSummary], None] = lambda _summary: None,
    on_problem: Callable[[RowProblem], None] = lambda _problem: None,
    batch_size: int = BATCH_SIZE,
) -> RunSummary:
    """Project every pair of `source` and write records with their projection to `output`.

    Rows appear in ``OUTPUT.partial`` as they are finished; `output` is put in place at the end.

    Raises:
        InputError: the file can't be read at all, or holds no usable pair.
        ConfigError: a setting is impossible, or --resume meets other settings.
    """
    if output.exists() and source.exists() and output.samefile(source):
        raise ConfigError("Input and output are the same file.", "Gold is never overwritten: choose another --output.")
    pipeline = Pipeline(config)
    summary = RunSummary()
    pairs = usable(pairs_of(source, options, config.labels), summary.problems, on_problem)
    first = next(pairs, None)  # a file that can't be read fails here, before anything is written
    if first is None:
        raise InputError(
            f"no pair could be read, {len(summary.problems)} rows were rejected.",
            "Correct the rows that are named above.",
            file=str(source),
        )
    origin = {
        "input_sha256": [hash_file(path) for path in (source, options.target, options.links) if isinstance(path, Path)],
        "options": [options.format, options.source_lang, options.target_lang],
        "config": config.model_dump(mode="json"), "xner": xner.__version__,
    }  # fmt: skip
    with CheckpointedOutput(output, origin, resume=resume) as target:
        for row in target.rows:
            summary.add(row["id"], row["status"], row["reason"])
        summary.n_resumed = len(target.rows)
        todo = (pair for pair in _chain(first, pairs) if pair.id not in target.done_ids)
        for outcome in run(pipeline, todo, batch_size):
            projection: Projection = outcome.projection
            target.write(dumps(record_from_pair(outcome.pair, projection)))
            summary.add(projection.pair_id, projection.status, projection.reason)
            summary.signature = projection.signature or summary.signature
            on_row(summary)
        target.finish()
    return summary


def _chain(first: SentencePair, rest: Iterator[SentencePair]) -> Iterator[SentencePair]:
    yield first
    yield from rest
