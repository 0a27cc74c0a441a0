"""Finished cells into a results directory; what a row holds is told in `xner.services.results`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xner.evaluate.taxonomy import count_errors
from xner.io import results_files as files
from xner.io.records import record_from_pair
from xner.services.results_arrays import arrays_path, write_arrays
from xner.services.results_scoring import compare_links, evaluated, plain_interval, plain_scores, without_gold
from xner.types import Alignment, Projection, SentencePair

Row = dict[str, Any]
_N_RESAMPLES = 1000


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


def write_cell(
    directory: Path,
    cell: NewCell,
    pairs: Sequence[SentencePair],
    projections: Sequence[Projection],
    seconds: float,
    *,
    projected_from: Sequence[SentencePair] | None = None,
    n_resamples: int = _N_RESAMPLES,
) -> Row:
    """Write a finished cell and return its row, which comes last: what a row names is there.

    Args:
        directory: of `xner.io.results_files.write_run`; nobody else may be writing it.
        cell: what it is.
        pairs: with gold `target_entities`.
        projections: one a pair, in the same order.
        seconds: that the method took.
        projected_from: the pairs as the method had them, where it made or found a part of them; in the same order.
        n_resamples: bootstrap resamples of the intervals.

    Raises:
        ConfigError: the directory can't be written.
    """
    gold, gold_hash = files.write_records(
        directory, files.GOLD, files.file_stem(cell.dataset), map(record_from_pair, pairs)
    )
    sources = pairs if projected_from is None else projected_from
    records = (record_from_pair(without_gold(p), made) for p, made in zip(sources, projections, strict=True))
    predictions, hash_ = files.write_records(directory, files.PREDICTIONS, cell.name, records)
    report, packed = evaluated(pairs, sources, projections, cell.ignore_labels, n_resamples)
    of = {"gold": gold_hash, "predictions": hash_}
    write_arrays(arrays_path(directory, predictions), packed, of)
    overall = report.overall
    row = cell.as_row() | {
        "metric": "f1", "seconds": round(seconds, 2), "n_sentences": overall.n_sentences,
        "n_failed": overall.n_not_run, "n_entities": overall.strict.n_gold,
        "scores": plain_scores(report, n_resamples), "interval": plain_interval(overall.interval),
        "errors": {count.kind: count.n_cases for count in count_errors(packed.cases.cases())},
        "score_max": cell.score_max, "gold": gold, "predictions": predictions,
        "gold_sha256": gold_hash, "predictions_sha256": hash_,
    }  # fmt: skip
    files.append_row(directory, row)
    return row


def write_links_cell(
    directory: Path,
    cell: NewCell,
    pairs: Sequence[SentencePair],
    alignments: Sequence[Alignment | None],
    seconds: float,
    *,
    n_resamples: int = _N_RESAMPLES,
) -> Row:
    """Write a finished cell of word links, ``None`` where a pair could not be aligned, and return its row.

    Args:
        directory: as in `write_cell`, as for `cell`, `seconds` and `n_resamples`.
        cell: what it is.
        pairs: with gold `alignment`.
        alignments: one a pair, in the same order.
        seconds: that the aligner took.
        n_resamples: bootstrap resamples of the interval.

    Raises:
        ConfigError: the directory can't be written.
    """
    gold, gold_hash = files.write_records(
        directory, files.GOLD, files.file_stem(cell.dataset), map(record_from_pair, pairs)
    )
    made = [
        missing(pair.id) if links is None else Projection(pair.id, (), "empty", "links only", alignment=links)
        for pair, links in zip(pairs, alignments, strict=True)
    ]
    records = (record_from_pair(without_gold(p), projection) for p, projection in zip(pairs, made, strict=True))
    predictions, hash_ = files.write_records(directory, files.PREDICTIONS, cell.name, records)
    counts, interval = compare_links(pairs, alignments, n_resamples)
    row = cell.as_row() | {
        "metric": "aer", "seconds": round(seconds, 2), "n_sentences": sum(links is not None for links in alignments),
        "n_failed": sum(links is None for links in alignments), "n_entities": counts.n_sure,
        "scores": {"links": {"aer": counts.aer, "precision": counts.precision, "recall": counts.recall}},
        "interval": plain_interval(interval), "errors": {}, "score_max": None, "gold": gold,
        "predictions": predictions, "gold_sha256": gold_hash, "predictions_sha256": hash_,
    }  # fmt: skip
    files.append_row(directory, row)
    return row


def missing(name: str) -> Projection:
    """Return what stands for a sentence that a method has no answer for."""
    return Projection.failed(name, "there is no prediction for it")
