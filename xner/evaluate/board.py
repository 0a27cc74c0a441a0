"""Figures of several methods on several languages side by side, each with what is behind it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xner.evaluate.behind import range_name
from xner.evaluate.bootstrap import Difference, Interval, f1_interval, paired_mean_difference
from xner.evaluate.calibration import Calibration, calibration
from xner.evaluate.entity_table import SliceBy
from xner.evaluate.packed import Packed
from xner.evaluate.permutation import permutation_p
from xner.evaluate.schemas import Schema
from xner.evaluate.statistics import EXACT, HALF, N_GOLD, N_PREDICTED, STRICT, TYPE, Statistics
from xner.evaluate.taxonomy import ERRORS, KINDS

IntArray = NDArray[np.int64]
N_RESAMPLES = 1000
Column = Literal["score", "margin"]


@dataclass(frozen=True, slots=True)
class Part:
    """One method on one language (or data set): what is known at once, and `load` for the rest.

    `strict` is F1 and its interval where somebody has computed them already. `score_max` is what a score is divided
    by to lie in [0, 1], ``None`` where not known.
    """

    method: str
    group: str
    lang: str
    n_sentences: int
    n_failed: int
    n_entities: int
    load: Callable[[], Packed] = field(repr=False, compare=False)
    strict: tuple[float | None, Interval | None] | None = None
    score_max: float | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """Methods by groups. `key` is equal for equal content; `names` are what methods are called, in their order.

    `groups` are languages, or data sets where a language has several; not every method need have every group.
    """

    key: str
    names: Mapping[str, str]
    groups: tuple[str, ...]
    parts: Mapping[tuple[str, str], Part]

    def of(self, methods: Collection[str], groups: Collection[str] = ()) -> list[Part]:
        """Return the parts of methods, group by group; no group means all."""
        return [
            self.parts[method, group]
            for group in self.groups
            if not groups or group in groups
            for method in self.names
            if method in methods and (method, group) in self.parts
        ]


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """F1 of a method in a group under a schema; `f1` is ``None`` without an entity on either side."""

    method: str
    group: str
    f1: float | None
    interval: Interval | None
    n_sentences: int
    n_entities: int
    n_failed: int


def score_rows(parts: Sequence[Part], schema: Schema, n_resamples: int = N_RESAMPLES) -> list[ScoreRow]:
    """Return one row a part; the interval is the percentile bootstrap over sentences, seeded."""
    return [_score(part, schema, n_resamples) for part in parts]


def _score(part: Part, schema: Schema, n_resamples: int) -> ScoreRow:
    if schema == "strict" and part.strict is not None:
        f1, interval = part.strict
    else:
        counts = f1_counts(part.load().statistics, schema)
        sums = counts.sum(axis=0)
        total = int(sums[1] + sums[2])
        f1 = float(2 * sums[0] / total) if total else None
        # F1 is 2 tp / (predicted + gold): equal sums are equal rows, and the fewer rows differ, the faster it draws.
        right, either = counts[:, 0], counts[:, 1] + counts[:, 2]
        interval = f1_interval(np.column_stack([right, right, either - right]), n_resamples) if total else None
    return ScoreRow(part.method, part.group, f1, interval, part.n_sentences, part.n_entities, part.n_failed)


def f1_counts(statistics: Statistics, schema: Schema) -> IntArray:
    """Return (n_sentences that ran, 3), what `xner.evaluate.bootstrap` wants, under a schema.

    Half right entities count half: all three columns of ``partial`` are doubled, which leaves F1 what it is.
    """
    table = statistics.whole[statistics.ran]
    if schema == "partial":
        return np.column_stack([2 * table[:, EXACT] + table[:, HALF], 2 * table[:, N_PREDICTED], 2 * table[:, N_GOLD]])
    right = {"strict": STRICT, "exact": EXACT, "ent_type": TYPE}[schema]
    return table[:, [right, N_PREDICTED, N_GOLD]]


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """F1 of the second of two methods minus that of the first on the `n_sentences` both ran; `p` by permutation."""

    group: str
    n_sentences: int
    difference: Difference | None
    p: float | None


def difference_rows(
    board: Board, first: str, second: str, schema: Schema, groups: Collection[str] = (), n_resamples: int = N_RESAMPLES
) -> list[DifferenceRow]:
    """Return one row for every group that both methods have."""
    rows = []
    for group in board.groups:
        pair = [board.parts.get((method, group)) for method in (first, second)]
        if (groups and group not in groups) or pair[0] is None or pair[1] is None:
            continue
        tables = _on_shared(pair[0].load().statistics, pair[1].load().statistics, schema)
        if tables is None:
            rows.append(DifferenceRow(group, 0, None, None))
            continue
        # The second minus the first: what is gained by going over from the method named first.
        found = paired_mean_difference([(tables[1], tables[0])], n_resamples)
        p = permutation_p([(tables[1], tables[0])], n_resamples) if found else None
        rows.append(DifferenceRow(group, len(tables[0]), found, p))
    return rows


def _on_shared(one: Statistics, other: Statistics, schema: Schema) -> tuple[IntArray, IntArray] | None:
    tables = []
    rows = [
        {name: k for k, name in enumerate(n for n, ran in zip(s.ids, s.ran, strict=True) if ran)} for s in (one, other)
    ]
    shared = [name for name in rows[0] if name in rows[1]]
    if not shared:
        return None
    for statistics, places in zip((one, other), rows, strict=True):
        tables.append(f1_counts(statistics, schema)[[places[name] for name in shared]])
    return tables[0], tables[1]


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """Errors of one kind of a method in a group: the sentences that have one, and the cases in them.

    `n_cases` is ``None`` where the kind can't be told (no sources named), which is not 0.
    """

    method: str
    group: str
    kind: str
    n_sentences: int
    n_cases: int | None


def error_rows(parts: Sequence[Part]) -> list[ErrorRow]:
    """Return one row for every part and kind of error."""
    rows = []
    for part in parts:
        packed = part.load()
        table = packed.cases.rows
        sourced = _both_sides_named(packed)
        for kind in ERRORS:
            of_kind = table[table[:, 1] == KINDS.index(kind), 0]
            n_cases = len(of_kind) if kind != "wrong_link" or sourced else None
            rows.append(ErrorRow(part.method, part.group, kind, len(np.unique(of_kind)), n_cases))
    return rows


def _both_sides_named(packed: Packed) -> bool:
    sizes = packed.cases.rows[:, 2:4].reshape(-1)
    is_gold = np.repeat(np.tile([True, False], len(packed.cases.rows)), sizes)
    named = packed.cases.entities[:, 3] >= 0
    return bool((named & is_gold).any() and (named & ~is_gold).any())


@dataclass(frozen=True, slots=True)
class EffortRow:
    """What a method leaves to do in the sentences that ran: those with an error, and entities to correct in them."""

    method: str
    n_sentences: int
    n_changed: int
    n_corrections: int


def effort_rows(parts: Sequence[Part], shared_only: bool = True) -> list[EffortRow]:
    """Return one row a method, over the sentences that ran in all of the methods unless told otherwise.

    A case of the taxonomy is one correction: what is missing is added, what is spurious deleted, all else moved or
    relabelled.
    """
    ran: dict[str, set[tuple[str, str]]] = {}
    for part in parts:
        ran.setdefault(part.method, set()).update((part.group, name) for name in part.load().table.ids)
    shared = set.intersection(*ran.values()) if ran and shared_only else None
    sums = {method: [0, 0, 0] for method in ran}
    for part in parts:
        packed = part.load()
        keep = np.array([shared is None or (part.group, name) in shared for name in packed.table.ids], bool)
        cases = packed.cases.rows
        wrong = cases[(cases[:, 1] != KINDS.index("correct")) & keep[cases[:, 0]], 0]
        for k, n in enumerate((int(keep.sum()), len(np.unique(wrong)), len(wrong))):
            sums[part.method][k] += n
    return [EffortRow(method, *sums[method]) for method in sums]


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
