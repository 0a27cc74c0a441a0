"""Project a file: streaming, resumable, with failed and rejected rows told apart."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xner
from xner.cache import packages
from xner.config import RunConfig
from xner.engine.checkpoint import CheckpointedOutput, counted
from xner.engine.local import Failure
from xner.engine.lock import sole_writer
from xner.engine.plan import BATCH_SIZE, BATCH_WORDS, Plan, batches, words_of
from xner.errors import ConfigError, InputError
from xner.io.json_lines import dumps
from xner.io.records import record_from_pair
from xner.io.report import RowProblem
from xner.pipeline import Pipeline
from xner.services.input_files import AS_FOUND, InputOptions, pairs_of, usable
from xner.services.models_in_use import Versions, changed_models, models_in_use
from xner.services.output_files import refuse_overwriting
from xner.services.run_workers import can_work_apart, work_off
from xner.services.whole_corpus import learn_from, learns
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
    plan: Plan = Plan(),  # noqa: B008 - frozen
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
            f"no pair could be read, {summary.n_rejected:,} rejected.",
            "Correct the rows that are named above.",
            file=str(source),
        )
    origin = {
        "input_sha256": [hash_file(path) if path.is_file() else "stream" for path in inputs],
        "options": [options.format, options.source_lang, options.target_lang, sorted(options.labels or ())],
        "batch_size": batch_size, "batch_words": BATCH_WORDS,
        "config": config.model_dump(mode="json", exclude={"cache"}), "xner": xner.__version__,
        "packages": packages(),
    }  # fmt: skip
    models = models_in_use(config)
    is_lacking = any(known is None for part in models.values() for known in part.values())
    if learns(pipeline) or plan == Plan() or not can_work_apart(pipeline) or is_lacking:
        pipeline.check_models()  # elsewhere the workers check: this process shall not hold a model beside theirs
        models = models_in_use(config)
    origin["models"] = models
    learn_from(pipeline, again)
    with sole_writer(output), CheckpointedOutput(output, origin, resume=resume) as target:
        planned = _rest(batches(_chain(first, pairs), batch_size, weigh=words_of), target)
        for row in target.rows:
            summary.add(row)
        summary.n_resumed = len(target.rows)
        for batch, results in work_off(pipeline, planned, _lines, plan, make=Pipeline):
            _refuse_other_models(models, models_in_use(config))
            for pair, result in zip(batch, results, strict=True):
                if isinstance(result, Failure):
                    result = _line(pair, Projection.failed(pair.id, result.reason))
                line, row = result
                target.write(line)
                summary.add(row)
                on_row(summary)
        target.finish()
    return summary


def _refuse_other_models(before: Versions, now: Versions) -> None:
    """Raise ConfigError where a model was replaced while the run was under way: no file shall be made by two."""
    if changed := changed_models(before, now):
        raise ConfigError(
            f"A model was replaced while the run was under way: {'; '.join(changed)}.",
            "The rows before are kept: put the old one back and run again with --resume, or begin again without it.",
        )


def _rest(planned: Iterator[list[SentencePair]], target: CheckpointedOutput) -> Iterator[list[SentencePair]]:
    """Return the batches that are to be done, and let the output keep the rows of those that are done whole."""
    n_kept = 0
    for batch in planned:
        there = [row["id"] for row in target.rows[n_kept : n_kept + len(batch)]]
        if there != [pair.id for pair in batch]:
            target.keep(n_kept)
            return itertools.chain([batch], planned)
        n_kept += len(batch)
    target.keep(n_kept)
    return iter(())


def _lines(pipeline: Pipeline, batch: Sequence[SentencePair]) -> list[tuple[str, dict[str, Any]]]:
    return [_line(trace.pair, trace.projection) for trace in pipeline.run(batch)]


def _line(pair: SentencePair, projection: Projection) -> tuple[str, dict[str, Any]]:
    """Return the record as it is written, and what of it is counted."""
    record = record_from_pair(pair, projection)
    return dumps(record), counted(record)


def _chain(first: SentencePair, rest: Iterator[SentencePair]) -> Iterator[SentencePair]:
    yield first
    yield from rest
