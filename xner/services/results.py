"""Results of benchmarks in a directory: figures of every cell, and the sentences behind every figure.

A cell is one method on one data set. Its row in ``cells.jsonl`` is enough for every table and for the first picture of
a dashboard, so that opening a directory reads one small file::

    cell            name, unique in the directory
    benchmark, dataset, source_lang, target_lang, method, settings (dotted names), ignore_labels
    metric          "f1" (entities) or "aer" (word links; then `scores` has "links" alone)
    signature       settings, models and data; equal signature and input mean equal predictions
    seconds         wall time of the method on all sentences, links included (shared ones counted for each method)
    n_sentences     that ran; n_failed: that did not; n_entities: gold entities (or gold links) in those that ran
    scores          "strict", "partial", "type", "exact", "boundary": {"precision", "recall", "f1"}, ``None`` where
                    undefined; "projection_ratio", "token_accuracy", "counting_failed" (strict F1 that counts what did
                    not run as missed), "labels": {label: {"precision", "recall", "f1", "n_gold", "n_predicted",
                    "interval"}}
    interval        95 % of the strict F1 (or of the alignment error rate), [low, high], or ``None``
    errors          kind of `xner.evaluate.taxonomy` -> cases, ``None`` where it can't be told
    score_max       the greatest score that an entity of the method may have, to divide by; ``None`` where not known
    gold, predictions  paths in the directory, and ``gold_sha256``, ``predictions_sha256`` of their unpacked content

`Results.statistics`, `entity_table`, `case_table` and `cases` come from arrays beside the predictions; they are made
anew where they are absent, damaged or made from something else. `records` gives the sentences with their gold and what
was projected onto them. A directory that is being written may be opened again and again; `stamp` tells whether it grew.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from xner.errors import ConfigError, InputError
from xner.evaluate.entity_table import EntityTable
from xner.evaluate.packed import CaseTable, Packed, from_arrays, to_arrays
from xner.evaluate.statistics import Statistics
from xner.evaluate.taxonomy import Case, count_errors
from xner.io import results_files as files
from xner.io.records import pair_from_record, projection_onto, record_from_pair
from xner.io.report import RowProblem
from xner.services.results_scoring import evaluated, plain_interval, plain_scores, without_gold
from xner.types import Projection, SentencePair

_KEPT = 512
"""Cells whose arrays stay in memory: 55 languages x 8 methods are 440."""
_N_RESAMPLES = 1000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewCell:
    """What a cell is, apart from its figures."""

    benchmark: str
    dataset: str
    method: str
    signature: str
    source_lang: str | None = None
    target_lang: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    ignore_labels: tuple[str, ...] = ()
    score_max: float | None = None

    @property
    def name(self) -> str:
        """Name of the cell, fit for a file."""
        return files.file_stem(self.dataset, self.method)

    def as_row(self) -> Row:
        """Return the beginning of the row."""
        return {
            "cell": self.name, "benchmark": self.benchmark, "dataset": self.dataset,
            "source_lang": self.source_lang, "target_lang": self.target_lang, "method": self.method,
            "settings": dict(self.settings), "ignore_labels": list(self.ignore_labels), "signature": self.signature,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class CellRecord:
    """A sentence of a cell: the pair with its gold (`target_entities`, `alignment`), and what the method made of it."""

    pair: SentencePair
    projection: Projection


def write_cell(
    directory: Path,
    cell: NewCell,
    pairs: Sequence[SentencePair],
    projections: Sequence[Projection],
    seconds: float,
    *,
    n_resamples: int = _N_RESAMPLES,
) -> Row:
    """Write a finished cell and return its row, which comes last: what a row names is there.

    Args:
        directory: of `xner.io.results_files.write_run`; nobody else may be writing it.
        cell: what it is.
        pairs: with gold `target_entities`.
        projections: one a pair, in the same order.
        seconds: that the method took.
        n_resamples: bootstrap resamples of the intervals.

    Raises:
        ConfigError: the directory can't be written.
    """
    gold, gold_hash = files.write_records(
        directory, files.GOLD, files.file_stem(cell.dataset), map(record_from_pair, pairs)
    )
    records = (record_from_pair(without_gold(p), made) for p, made in zip(pairs, projections, strict=True))
    predictions, hash_ = files.write_records(directory, files.PREDICTIONS, cell.name, records)
    report, packed = evaluated(pairs, projections, cell.ignore_labels, n_resamples)
    of = {"gold": gold_hash, "predictions": hash_}
    _write_arrays(_arrays_path(directory, predictions), packed, of)
    overall = report.overall
    row = cell.as_row() | {
        "metric": "f1", "seconds": round(seconds, 2), "n_sentences": overall.n_sentences,
        "n_failed": overall.n_not_run, "n_entities": overall.strict.n_gold,
        "scores": plain_scores(report), "interval": plain_interval(overall.interval),
        "errors": {count.kind: count.n_cases for count in count_errors(packed.cases.cases())},
        "score_max": cell.score_max, "gold": gold, "predictions": predictions,
        "gold_sha256": gold_hash, "predictions_sha256": hash_,
    }  # fmt: skip
    files.append_row(directory, row)
    return row


def open_results(directory: Path) -> Results:
    """Return the results in a directory, also of one that is being written.

    Raises:
        InputError: it is no results directory, or ``run.json`` is damaged or of a newer version.
    """
    run = files.read_run(directory)
    rows, problems = files.read_rows(directory)
    not_run = files.read_not_run(directory)
    done = {(row["dataset"], row["method"]) for row in rows}
    return Results(
        directory=directory,
        title=run["title"],
        cells=tuple(rows),
        problems=tuple(problems),
        not_run=tuple(item for item in not_run if (item["dataset"], item["method"]) not in done),
    )


def stamp(directory: Path) -> tuple[int, int]:
    """Return a value that changes when the directory gets a row, to open it again by; (0, 0) before the first."""
    with suppress(OSError):
        found = (directory / files.CELLS).stat()
        return found.st_mtime_ns, found.st_size
    return 0, 0


@dataclass(frozen=True, slots=True)
class Results:
    """What is in a directory: `cells` are the rows, `problems` the lines that are no rows, `not_run` what could not."""

    directory: Path
    title: str
    cells: tuple[Row, ...]
    problems: tuple[RowProblem, ...]
    not_run: tuple[Mapping[str, str], ...]

    def row(self, cell: str) -> Row:
        """Return the row of a cell.

        Raises:
            ConfigError: there is no such cell.
        """
        for row in self.cells:
            if row["cell"] == cell:
                return row
        raise ConfigError(f"There is no cell {cell!r} in {self.directory}.", "Open the directory again.")

    def packed(self, cell: str) -> Packed:
        """Return all arrays of a cell; read once for as long as its files stay what they are.

        Raises:
            ConfigError: there is no such cell, or it is one of word links, which has no entities.
            InputError: the arrays have to be made anew, and gold or predictions are gone or damaged.
        """
        row = self.row(cell)
        if row.get("metric", "f1") != "f1":
            raise ConfigError(f"{cell} compares word links, it has no entities.", "Choose a cell whose metric is f1.")
        return _packed(
            self.directory, row["gold"], row["predictions"], row.get("gold_sha256", ""),
            row.get("predictions_sha256", ""), tuple(row.get("ignore_labels", ())),
        )  # fmt: skip

    def statistics(self, cell: str) -> Statistics:
        """Return the counts of every sentence; see `packed`."""
        return self.packed(cell).statistics

    def entity_table(self, cell: str) -> EntityTable:
        """Return every entity and the buckets that it lies in; see `packed`."""
        return self.packed(cell).table

    def case_table(self, cell: str) -> CaseTable:
        """Return what is right and wrong, as arrays; see `packed`."""
        return self.packed(cell).cases

    def cases(self, cell: str) -> tuple[Case, ...]:
        """Return what is right and wrong, as objects; for many cells take `case_table`."""
        return self.packed(cell).cases.cases()

    def records(self, cell: str, sentence_ids: Collection[str]) -> dict[str, CellRecord]:
        """Return sentences of a cell by id, in the order of the file; ids that the cell lacks are left out.

        Raises:
            InputError: gold or predictions are gone or damaged.
        """
        row, wanted = self.row(cell), frozenset(sentence_ids)
        gold = _read_pairs(self.directory / row["gold"], wanted)
        made = _read_projections(self.directory / row["predictions"], wanted)
        return {
            name: CellRecord(pair, made[name][1] if name in made else _missing(name)) for name, pair in gold.items()
        }

    def record(self, cell: str, sentence_id: str) -> CellRecord:
        """Return one sentence of a cell.

        Raises:
            InputError: there is no such sentence, or gold or predictions are gone or damaged.
        """
        found = self.records(cell, [sentence_id])
        if sentence_id not in found:
            path = self.directory / self.row(cell)["gold"]
            raise InputError(f"there is no sentence {sentence_id!r}.", "Open the directory again.", file=str(path))
        return found[sentence_id]


@lru_cache(maxsize=_KEPT)
def _packed(
    directory: Path, gold: str, predictions: str, gold_hash: str, predictions_hash: str, ignored: tuple[str, ...]
) -> Packed:
    of = {"gold": gold_hash, "predictions": predictions_hash}
    path = _arrays_path(directory, predictions)
    found = _read_arrays(path, of)
    if found is None:
        pairs = _read_pairs(directory / gold, None)
        made = _read_projections(directory / predictions, None)
        projections = [made[name][1] if name in made else _missing(name) for name in pairs]
        found = evaluated(list(pairs.values()), projections, ignored, n_resamples=1)[1]
        with suppress(ConfigError):  # somebody else's directory, or a full disk: they are only kept for the next time
            _write_arrays(path, found, of)
    return found


def _arrays_path(directory: Path, predictions: str) -> Path:
    return directory / files.STATISTICS / f"{Path(predictions).name.removesuffix('.jsonl.gz')}.npz"


def _write_arrays(path: Path, packed: Packed, of: Mapping[str, str]) -> None:
    content = io.BytesIO()
    np.savez_compressed(content, **to_arrays(packed, of))  # type: ignore[arg-type]
    files.replace_file(path, content.getvalue())


def _read_arrays(path: Path, of: Mapping[str, str]) -> Packed | None:
    """Return the arrays of a cell, ``None`` where they are absent, damaged or of something else."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            return from_arrays(arrays, of)
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, zipfile.BadZipFile, zlib.error):
        return None


def _read_pairs(path: Path, wanted: Collection[str] | None) -> dict[str, SentencePair]:
    found = {}
    for number, record in files.read_records(path, wanted):
        pair = _at(path, number, lambda record=record: pair_from_record(record))
        found[pair.id] = pair
    return found


def _read_projections(path: Path, wanted: Collection[str] | None) -> dict[str, tuple[SentencePair, Projection]]:
    found = {}
    for number, record in files.read_records(path, wanted):
        pair = _at(path, number, lambda record=record: pair_from_record(record))
        made = _at(path, number, lambda record=record, pair=pair: projection_onto(pair, record))
        found[pair.id] = (pair, made or _missing(pair.id))
    return found


def _at(path: Path, line: int, make: Any) -> Any:
    try:
        return make()
    except InputError as error:
        raise InputError(
            error.message, error.hint or "Delete the file and run the benchmark again.", file=str(path), line=line,
            column=error.column,
        ) from None  # fmt: skip


def _missing(name: str) -> Projection:
    return Projection.failed(name, "it is not in the file of predictions")
