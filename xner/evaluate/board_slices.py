"""F1 by what entities are like, and how confidence goes with being right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xner.evaluate.behind import range_name
from xner.evaluate.board import Part
from xner.evaluate.calibration import Calibration, calibration
from xner.evaluate.entity_table import SliceBy

IntArray = NDArray[np.int64]
Column = Literal["score", "margin"]


@dataclass(frozen=True, slots=True)
class CellRow:
    """Strict F1 of the entities of a bucket, and the sentences with one; margins have only a precision (`f1` is it)."""

    row: str
    bucket: str
    f1: float | None
    n_entities: int
    n_sentences: int


def slice_rows(parts: Sequence[Part], by: SliceBy, *, rows_are_methods: bool) -> tuple[list[str], list[CellRow]]:
    """Return the buckets in order, and one cell for every row and bucket that has an entity.

    `n_entities` counts gold and predicted ones, those that were found once.
    """
    buckets: list[str] = []
    sums: dict[tuple[str, str], IntArray] = {}
    for part in parts:
        table = part.load().table
        names, codes = table.buckets[by]
        buckets += [name for name in names if name not in buckets]
        size = len(names) + 1  # the last one is "not known"
        codes = np.where(codes < 0, len(names), codes)
        sides = (table.in_gold & table.in_predicted, table.in_predicted, table.in_gold, np.ones(len(table), bool))
        counted = [np.bincount(codes[side], minlength=size) for side in sides]
        pairs = np.unique(codes * max(1, len(table.ids)) + table.sentence)
        counted.append(np.bincount(pairs // max(1, len(table.ids)), minlength=size))
        row = part.method if rows_are_methods else part.group
        for code, name in enumerate(names):
            if counted[3][code]:
                numbers = np.array([column[code] for column in counted], np.int64)
                sums[row, name] = sums.get((row, name), np.zeros(5, np.int64)) + numbers
    order = buckets if by not in ("label", "script") else sorted(buckets)
    return order, [_cell(row, name, counts, by) for (row, name), counts in sums.items()]


def _cell(row: str, bucket: str, counts: IntArray, by: SliceBy) -> CellRow:
    tp, n_predicted, n_gold, n_entities, n_sentences = (int(n) for n in counts)
    if by == "margin":
        return CellRow(row, bucket, tp / n_predicted if n_predicted else None, n_predicted, n_sentences)
    total = n_predicted + n_gold
    return CellRow(row, bucket, 2 * tp / total if total else None, n_entities, n_sentences)


@dataclass(frozen=True, slots=True)
class BinRow:
    """One point of a reliability diagram; `value` is the range that `xner.evaluate.behind` opens."""

    low: float
    high: float
    confidence: float
    precision: float
    n: int
    n_sentences: int
    value: str


def reliability(parts: Sequence[Part], column: Column) -> tuple[Calibration, list[BinRow]]:
    """Return how a method's scores or margins go with its being right, over all parts together."""
    values, right, names = [np.zeros(0)], [np.zeros(0, bool)], []
    for part in parts:
        table = part.load().table
        rows = np.flatnonzero(table.in_predicted)
        values.append((table.score if column == "score" else table.margin)[rows])
        right.append(table.in_gold[rows])
        names += [f"{part.group}\t{table.ids[k]}" for k in table.sentence[rows]]
    raw, is_right = np.concatenate(values), np.concatenate(right).astype(bool)
    known = {part.score_max for part in parts}
    scale = (known.pop() if len(known) == 1 else None) or 1.0
    found = calibration(raw, is_right, names, scale=scale if column == "score" else 1.0)
    shown = raw / (scale if column == "score" else 1.0)
    bins = []
    for one in found.bins:
        with np.errstate(invalid="ignore"):
            if found.ece is None:
                here = (shown >= one.low) & (shown <= one.high)
            else:
                here = (shown >= one.low) & ((shown < one.high) | (one.high >= 1.0))
        inside = raw[here]
        value = range_name(float(inside.min()), float(inside.max()))
        bins.append(BinRow(one.low, one.high, one.confidence, one.precision, one.n, len(one.sentence_ids), value))
    return found, bins
