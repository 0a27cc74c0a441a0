"""How far an F1, or a difference of two, could be chance: bootstrap over sentences.

Everything starts from sufficient statistics, one row ``(tp, n_predicted, n_gold)`` a sentence. Drawing n sentences with
replacement is a multinomial over sentences; sentences with equal rows can't be told apart by a sum, so it is drawn over
the distinct rows instead. That is the same distribution, not an approximation, and the cost no longer grows with the
corpus: real corpora have tens of distinct rows, not thousands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Number = TypeVar("Number", np.int64, np.float64)

_CHUNK_CELLS = 4_000_000
"""Multinomial counts held at a time (32 MB)."""


class Interval(NamedTuple):
    """Ends of a confidence interval."""

    low: float
    high: float


class Difference(NamedTuple):
    """F1 of one system minus F1 of another, its interval, and the p of "there is none"."""

    delta: float
    low: float
    high: float
    p: float


def f1_interval(counts: ArrayLike, n_resamples: int = 5000, seed: int = 0, level: float = 0.95) -> Interval | None:
    """Return the percentile bootstrap interval of the micro F1, ``None`` if no sentence has an entity.

    Sentences are resampled, since entities of one sentence aren't independent. Resamples that hold no entity at all
    have no F1 and are left out. Equal input (in any order of sentences) and seed give equal intervals.

    Args:
        counts: (n_sentences, 3) integers: found, predicted, gold entities of each sentence.
        n_resamples: resamples drawn, >= 1.
        seed: of NumPy's PCG64.
        level: share of resamples inside, in (0, 1).

    Raises:
        ValueError: another shape, or impossible counts or settings.

    Source:
        Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3.

    Example:
        >>> interval = f1_interval([[1, 1, 1], [0, 1, 1], [2, 2, 3], [1, 2, 1]] * 50)
        >>> round(interval.low, 2), round(interval.high, 2)
        (0.63, 0.7)
    """
    return mean_f1_interval([counts], n_resamples, seed, level)


def mean_f1_interval(
    strata: Sequence[ArrayLike], n_resamples: int = 5000, seed: int = 0, level: float = 0.95
) -> Interval | None:
    """Return the interval of the mean F1 over strata (languages); see `f1_interval` and `paired_mean_difference`."""
    tables = [table for table in map(_checked, strata) if table[:, 1:].any()]
    if not tables:
        return None
    scores = [
        np.concatenate([_f1(sums) for sums in resampled_sums(table, n_resamples, seed + number)])
        for number, table in enumerate(tables)
    ]
    return percentiles(mean_of_defined(scores), level)


def paired_difference(
    counts_a: ArrayLike, counts_b: ArrayLike, n_resamples: int = 5000, seed: int = 0, level: float = 0.95
) -> Difference | None:
    """Return F1 of `a` minus F1 of `b` on the same sentences, ``None`` if either has no F1.

    Both systems are scored on each resample, so what makes a sentence hard for both cancels out. The interval is the
    percentile one; `p` is two-sided and read off the same resamples, twice the smaller share of differences that are
    <= 0 or >= 0 (with one added, so never 0): `p` below 1 - `level` goes with an interval without 0.

    Args:
        counts_a: (n_sentences, 3) integers: found, predicted, gold entities of each sentence.
        counts_b: the same of the other system, sentences in the same order, gold column equal.
        n_resamples: resamples drawn, >= 1.
        seed: of NumPy's PCG64.
        level: share of resamples inside, in (0, 1).

    Raises:
        ValueError: other shapes, gold that differs, impossible counts or settings.

    Source:
        Koehn, Statistical Significance Tests for Machine Translation Evaluation (EMNLP 2004), section 4.

    Example:
        >>> good, bad = [[2, 2, 2], [1, 1, 1]] * 40, [[1, 2, 2], [1, 1, 1]] * 40
        >>> difference = paired_difference(good, bad)
        >>> round(difference.delta, 2), difference.low > 0, difference.p < 0.001
        (0.33, True, True)
    """
    return paired_mean_difference([(counts_a, counts_b)], n_resamples, seed, level)


def paired_mean_difference(
    strata: Sequence[tuple[ArrayLike, ArrayLike]],
    n_resamples: int = 5000,
    seed: int = 0,
    level: float = 0.95,
) -> Difference | None:
    """Return the difference of two systems' mean F1 over strata (languages), ``None`` if no stratum has one.

    Sentences are drawn inside each stratum, so every language keeps its size; strata without an F1 don't count. One
    stratum gives `paired_difference`.

    Args:
        strata: (counts of `a`, counts of `b`) of each language, as in `paired_difference`.
        n_resamples: resamples drawn, >= 1.
        seed: of the first stratum, one more for each of the others.
        level: share of resamples inside, in (0, 1).

    Raises:
        ValueError: as in `paired_difference`.

    Example:
        >>> good, bad = [[2, 2, 2], [1, 1, 1]] * 40, [[1, 2, 2], [1, 1, 1]] * 40
        >>> round(paired_mean_difference([(good, bad), (good, good)]).delta, 3)
        0.167
    """
    tables = [paired_table(a, b) for a, b in strata]
    tables = [table for table in tables if table[:, 1:3].any() and table[:, 4:].any()]
    if not tables:
        return None
    delta = float(mean_of_defined([differences(table.sum(axis=0, keepdims=True)) for table in tables])[0])
    deltas = mean_of_defined(
        [
            np.concatenate([differences(sums) for sums in resampled_sums(table, n_resamples, seed + number)])
            for number, table in enumerate(tables)
        ]
    )
    interval = percentiles(deltas, level)
    if interval is None:
        return None
    n_defined = int(np.isfinite(deltas).sum())
    tail = min(int((deltas <= 0).sum()), int((deltas >= 0).sum()))
    return Difference(delta, *interval, min(1.0, 2 * (tail + 1) / (n_defined + 1)))


def paired_table(counts_a: ArrayLike, counts_b: ArrayLike) -> NDArray[np.int64]:
    """Return (n_sentences, 6), the counts of two systems side by side.

    Raises:
        ValueError: impossible counts, or gold that differs.
    """
    table_a, table_b = _checked(counts_a), _checked(counts_b)
    if not np.array_equal(table_a[:, 2], table_b[:, 2]):
        raise ValueError("the two systems were not scored against the same gold sentences")
    return np.hstack([table_a, table_b])


def differences(sums: NDArray[np.int64]) -> FloatArray:
    """Return F1 of the first three columns minus F1 of the last three, NaN where one has none."""
    return _f1(sums[:, :3]) - _f1(sums[:, 3:])


def mean_of_defined(scores: Sequence[FloatArray]) -> FloatArray:
    """Return the mean over strata of each resample, those left out that are NaN; NaN where all are."""
    table = np.stack(scores)
    n_defined = np.isfinite(table).sum(axis=0)
    mean = np.full(table.shape[1], np.nan)
    np.divide(np.nansum(table, axis=0), n_defined, out=mean, where=n_defined > 0)
    return mean


def _checked(counts: ArrayLike) -> NDArray[np.int64]:
    table: NDArray[Any] = np.asarray(counts)
    if table.ndim != 2 or table.shape[1] != 3 or not len(table):
        raise ValueError(f"counts are {table.shape}, expected (n_sentences, 3)")
    if not np.issubdtype(table.dtype, np.integer):
        raise ValueError(f"counts are {table.dtype}, expected integers")
    if (table < 0).any() or (table[:, :1] > table[:, 1:]).any():
        raise ValueError("a sentence has more entities found than predicted or expected")
    return table.astype(np.int64)


def resampled_sums(table: NDArray[Number], n_resamples: int, seed: int) -> Iterator[NDArray[Number]]:
    """Yield column sums of resampled rows, (chunk, n_columns), `n_resamples` rows in all.

    Args:
        table: (n_sentences, n_columns), sufficient statistics that add, one row a sentence; not empty.
        n_resamples: resamples drawn, >= 1.
        seed: of NumPy's PCG64.
    """
    if n_resamples < 1:
        raise ValueError(f"{n_resamples} resamples, expected at least 1")
    rows, repeats = np.unique(table, axis=0, return_counts=True)
    shares = repeats / len(table)
    chunk = max(1, _CHUNK_CELLS // len(rows))
    generator = np.random.default_rng(seed)
    for start in range(0, n_resamples, chunk):
        yield generator.multinomial(len(table), shares, size=min(chunk, n_resamples - start)) @ rows


def _f1(sums: NDArray[np.int64]) -> FloatArray:
    """Return the F1 of each row of (tp, n_predicted, n_gold), NaN without any entity."""
    total = sums[:, 1] + sums[:, 2]
    scores = np.full(len(sums), np.nan)
    np.divide(2 * sums[:, 0], total, out=scores, where=total > 0)
    return scores


def percentiles(scores: FloatArray, level: float) -> Interval | None:
    """Return the ends that hold the share `level` of the scores; NaN is left out, ``None`` where nothing is left."""
    if not 0 < level < 1:
        raise ValueError(f"level {level} is not between 0 and 1")
    defined = scores[np.isfinite(scores)]
    if not len(defined):
        return None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))
