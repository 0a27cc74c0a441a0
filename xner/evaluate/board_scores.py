"""F1 of methods by language with intervals, and how two of them differ."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xner.evaluate.board import Board, Known, Part
from xner.evaluate.bootstrap import Difference, Interval, f1_interval, paired_mean_difference
from xner.evaluate.permutation import permutation_p
from xner.evaluate.schemas import Schema
from xner.evaluate.statistics import EXACT, HALF, N_GOLD, N_PREDICTED, STRICT, TYPE, Statistics

IntArray = NDArray[np.int64]
N_RESAMPLES = 1000


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
    f1, interval = part.known.get(schema) or score(part.load().statistics, schema, n_resamples)
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


def score(statistics: Statistics, schema: Schema, n_resamples: int = N_RESAMPLES) -> Known:
    """Return F1 over the sentences that ran and its percentile bootstrap interval, seeded."""
    counts = f1_counts(statistics, schema)
    sums = counts.sum(axis=0)
    total = int(sums[1] + sums[2])
    if not total:
        return None, None
    # F1 is 2 tp / (predicted + gold): equal sums are equal rows, and the fewer rows differ, the faster it draws.
    right, either = counts[:, 0], counts[:, 1] + counts[:, 2]
    return float(2 * sums[0] / total), f1_interval(np.column_stack([right, right, either - right]), n_resamples)


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
