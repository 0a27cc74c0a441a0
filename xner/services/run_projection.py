"""Project a file: streaming, resumable, with failed and rejected rows told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xner
from xner.config import RunConfig
from xner.engine.checkpoint import CheckpointedOutput
from xner.engine.local import BATCH_SIZE, Outcome, run
from xner.engine.lock import sole_writer
from xner.errors import ConfigError, InputError
from xner.io.json_lines import dumps
from xner.io.records import record_from_pair
from xner.io.report import RowProblem
from xner.pipeline import Pipeline
from xner.services.input_files import AS_FOUND, InputOptions, pairs_of, usable
from xner.services.output_files import refuse_overwriting
from xner.services.whole_corpus import learn_from
from xner.signature import hash_file
from xner.types import SentencePair


@dataclass(slots=True)
class RunSummary:
    """What became of the rows of a file."""

    n_ok: int = 0
    n_empty: int = 0
    n_resumed: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    """(id, reason) of every row that did not run."""
    n_rejected: int = 0
    """Rows that could not be read; they are not in the output."""
    n_entities: int = 0
    """Source entities of the rows that ran."""
    n_placed: int = 0
    """Those of them that have a span in the target."""
    signatures: Counter[str] = field(default_factory=Counter)
    """Signature to number of rows; rows differ where entities were given or a score had no data."""

    @property
    def n_done(self) -> int:
        """Rows in the output."""
        return self.n_ok + self.n_empty + len(self.failed)

    def add(self, row: Mapping[str, Any]) -> None:
        """Count one row, as `CheckpointedOutput.rows` has it."""
        if row["status"] == "failed":
            self.failed.append((row["id"], row["reason"] or "unknown"))
            return
        self.n_empty += row["status"] == "empty"
        self.n_ok += row["status"] == "ok"
        self.n_entities += row["n_entities"]
        self.n_placed += row["n_placed"]
        if row["signature"]:
            self.signatures[row["signature"]] += 1


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
        ConfigError: a setting is impossible, the output is an input or another run is writing it, or the rows to resume
            were made with other settings or from a pipe.
        ModelUnavailable: the aligner's model is not here (nothing is written then), or that of the recogniser.
    """
    inputs = [path for path in (source, options.target, options.links) if isinstance(path, Path)]
    refuse_overwriting(inputs, [output])
    if resume and not all(path.is_file() for path in inputs):
        raise ConfigError(
            "An input that is a pipe can't be compared with that of the interrupted run.",
            "Save it as a file, or run without --resume.",
        )
    pipeline = Pipeline(config)
    summary = RunSummary()

    def reject(problem: RowProblem) -> None:
        summary.n_rejected += 1
        on_problem(problem)

    def again() -> Iterator[SentencePair]:
        if not all(path.is_file() for path in inputs):
            raise ConfigError("These settings read the input twice, which a pipe doesn't allow.", "Save it as a file.")
        return usable(pairs_of(source, options), lambda _problem: None)

    pairs = usable(pairs_of(source, options), reject)
    first = next(pairs, None)  # a file that can't be read fails here, before anything is written
    if first is None:
        raise InputError(
            f"no pair could be read, {summary.n_rejected} rows were rejected.",
            "Correct the rows that are named above.",
            file=str(source),
        )
    origin = {
        "input_sha256": [hash_file(path) if path.is_file() else "stream" for path in inputs],
        "options": [options.format, options.source_lang, options.target_lang, sorted(options.labels or ())],
        "batch_size": batch_size, "config": config.model_dump(mode="json"), "xner": xner.__version__,
    }  # fmt: skip
    pipeline.check_models()
    learn_from(pipeline, again)
    with sole_writer(output), CheckpointedOutput(output, origin, resume=resume, batch_size=batch_size) as target:
        for row in target.rows:
            summary.add(row)
        summary.n_resumed = len(target.rows)
        todo = (pair for pair in _chain(first, pairs) if pair.id not in target.done_ids)
        for outcome in run(pipeline, todo, batch_size):
            target.write(dumps(record_from_pair(outcome.pair, outcome.projection)))
            summary.add(_row(outcome))
            on_row(summary)
        target.finish()
    return summary


def _row(outcome: Outcome) -> dict[str, Any]:
    pair, projection = outcome.pair, outcome.projection
    placed = {entity.source for entity in projection.entities} - {None}
    return {
        "id": projection.pair_id, "status": projection.status, "reason": projection.reason,
        "n_entities": len(pair.source_entities or ()), "n_placed": len(placed),
        "signature": projection.signature,
    }  # fmt: skip


def _chain(first: SentencePair, rest: Iterator[SentencePair]) -> Iterator[SentencePair]:
    yield first
    yield from rest
