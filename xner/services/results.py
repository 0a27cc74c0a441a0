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
                    undefined; of "partial", "type" and "exact" also "interval" (older rows lack it);
                    "projection_ratio", "token_accuracy", "counting_failed" (strict F1 that counts what did
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

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from xner.errors import ConfigError, InputError
from xner.evaluate.entity_table import EntityTable
from xner.evaluate.packed import CaseTable, Packed
from xner.evaluate.statistics import Statistics
from xner.evaluate.taxonomy import Case
from xner.io import results_files as files
from xner.io.records import pair_from_record, projection_onto
from xner.io.report import RowProblem
from xner.services.results_arrays import arrays_path, read_arrays, write_arrays
from xner.services.results_scoring import evaluated
from xner.services.results_writing import NewCell, Row, missing, write_cell, write_links_cell
from xner.types import Projection, SentencePair

__all__ = ["CellRecord", "NewCell", "Results", "Row", "open_results", "stamp", "write_cell", "write_links_cell"]

_KEPT = 512
"""Cells whose arrays stay in memory: 55 languages x 8 methods are 440."""


@dataclass(frozen=True, slots=True)
class CellRecord:
    """A sentence of a cell: the pair with its gold (`target_entities`, `alignment`), and what the method made of it."""

    pair: SentencePair
    projection: Projection


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
        by_name={row["cell"]: row for row in rows},
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
    by_name: Mapping[str, Row] = field(repr=False, compare=False)
    problems: tuple[RowProblem, ...]
    not_run: tuple[Mapping[str, str], ...]

    def row(self, cell: str) -> Row:
        """Return the row of a cell.

        Raises:
            ConfigError: there is no such cell.
        """
        if cell not in self.by_name:
            raise ConfigError(f"There is no cell {cell!r} in {self.directory}.", "Open the directory again.")
        return self.by_name[cell]

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

    def records(self, cell: str, sentence_ids: Collection[str] | None = None) -> dict[str, CellRecord]:
        """Return sentences of a cell by id, in the order of the file; ids that the cell lacks are left out.

        ``None`` are all of them.

        Raises:
            InputError: gold or predictions are gone or damaged.
        """
        row, wanted = self.row(cell), None if sentence_ids is None else frozenset(sentence_ids)
        gold = _read_pairs(self.directory / row["gold"], wanted)
        made = _read_projections(self.directory / row["predictions"], wanted)
        found = {}
        for name, pair in gold.items():
            source, projection = made.get(name, (pair, missing(name)))
            with_gold = replace(source, target_entities=pair.target_entities, alignment=pair.alignment)
            found[name] = CellRecord(with_gold, projection)
        return found

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
    path = arrays_path(directory, predictions)
    found = read_arrays(path, of)
    if found is None:
        pairs = _read_pairs(directory / gold, None)
        made = _read_projections(directory / predictions, None)
        sources, projections = zip(
            *(made.get(name, (pair, missing(name))) for name, pair in pairs.items()), strict=True
        )
        found = evaluated(list(pairs.values()), sources, projections, ignored, n_resamples=1)[1]
        with suppress(ConfigError):  # somebody else's directory, or a full disk: they are only kept for the next time
            write_arrays(path, found, of)
    return found


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
        found[pair.id] = (pair, made or missing(pair.id))
    return found


def _at(path: Path, line: int, make: Any) -> Any:
    try:
        return make()
    except InputError as error:
        raise InputError(
            error.message, error.hint or "Delete the file and run the benchmark again.", file=str(path), line=line,
            column=error.column,
        ) from None  # fmt: skip
