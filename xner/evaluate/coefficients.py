"""Coefficients of agreement: tolerant matching of spans, Cohen's kappa and Krippendorff's alpha.

The last two come as functions of codes and as functions of sums of any number of resamples at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xner.types import Entity

FloatArray = NDArray[np.float64]


def n_tolerant_matches(left: Sequence[Entity], right: Sequence[Entity], tolerance: int = 1) -> int:
    """Return how many entities of either side have a partner: same label, both ends at most `tolerance` tokens off.

    The largest number of one-to-one partners. Spans of one side don't overlap, so in order of start the partners that
    an entity may have are a run of the other side, and both ends of the run only move forward: taking the first free
    one is then a maximum matching.

    Source:
        Glover, Maximum matching in a convex bipartite graph (Naval Research Logistics Quarterly 14, 1967).

    Example:
        >>> from xner.types import Span
        >>> n_tolerant_matches([Entity(Span(0, 2), "PER")], [Entity(Span(1, 3), "PER"), Entity(Span(5, 6), "PER")])
        1
    """
    n_found = 0
    for label in {entity.label for entity in left}:
        partners = sorted(e.span for e in right if e.label == label)
        place = 0
        for span in sorted(e.span for e in left if e.label == label):
            while place < len(partners) and (
                partners[place].start < span.start - tolerance or partners[place].end < span.end - tolerance
            ):
                place += 1
            if place == len(partners):
                break
            if partners[place].start <= span.start + tolerance and partners[place].end <= span.end + tolerance:
                n_found += 1
                place += 1
    return n_found


def cohen_kappa(left: ArrayLike, right: ArrayLike) -> float | None:
    """Return Cohen's kappa of two annotators, ``None`` without units or if both use one and the same value only.

    Args:
        left: (n_units,) codes, integers >= 0.
        right: the same units.

    Source:
        Cohen, A coefficient of agreement for nominal scales (Educational and Psychological Measurement 20, 1960).

    Example:
        >>> cohen_kappa([0, 0, 1, 1], [0, 0, 1, 0])
        0.5
    """
    a, b = np.asarray(left, np.int64), np.asarray(right, np.int64)
    n_values = int(max(a.max(initial=0), b.max(initial=0))) + 1
    counts = [np.bincount(codes, minlength=n_values) for codes in (a[a == b], a, b)]
    return value_of(kappas(*(row[None].astype(np.float64) for row in counts)))


def krippendorff_alpha(values: ArrayLike) -> float | None:
    """Return Krippendorff's alpha for nominal values, ``None`` where fewer than two different values can be paired.

    Units that fewer than two annotators have are left out.

    Args:
        values: (n_annotators, n_units) codes, integers >= 0; a negative one is missing.

    Source:
        Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C.

    Example:
        >>> round(krippendorff_alpha([[0, 0, 1, 1, -1], [0, 0, 1, 0, 1]]), 3)
        0.533
    """
    codes = np.asarray(values, np.int64)
    n_values = int(codes.max(initial=0)) + 1
    counted, agreed = pairable(codes, np.zeros(codes.shape[1], np.int64), 1, n_values)
    return value_of(alphas(counted, agreed))


def pairable(
    codes: NDArray[np.int64], groups: NDArray[np.int64], n_groups: int, n_values: int
) -> tuple[FloatArray, FloatArray]:
    """Return, (n_groups, n_values) each, the values that can be paired and the diagonal of the coincidence matrix.

    A unit that m annotators have adds n(n - 1) / (m - 1) to the diagonal for a value that n of them gave.
    """
    n_given = (codes >= 0).sum(axis=0)
    kept = n_given >= 2
    codes, groups, n_given = codes[:, kept], groups[kept], n_given[kept]
    counted, agreed = np.zeros((n_groups, n_values)), np.zeros((n_groups, n_values))
    for value in range(n_values):
        n = (codes == value).sum(axis=0)
        counted[:, value] = np.bincount(groups, weights=n, minlength=n_groups)
        agreed[:, value] = np.bincount(groups, weights=n * (n - 1) / (n_given - 1), minlength=n_groups)
    return counted, agreed


def f1s(found: FloatArray, left: FloatArray, right: FloatArray) -> FloatArray:
    """Return the micro F1 of every resample, NaN without any entity.

    Args:
        found: (n_resamples, n_labels), entities that both have.
        left: the same shape, those of one side.
        right: the same shape, those of the other.
    """
    return ratio(2 * found.sum(axis=-1), left.sum(axis=-1) + right.sum(axis=-1))


def kappas(both: FloatArray, left: FloatArray, right: FloatArray) -> FloatArray:
    """Return Cohen's kappa of every resample, NaN where one value is all that either used.

    Args:
        both: (n_resamples, n_values), units to which both gave the value.
        left: the same shape, units to which one annotator did.
        right: the same shape, units to which the other did.
    """
    n, chance = left.sum(axis=-1), (left * right).sum(axis=-1)
    return ratio(n * both.sum(axis=-1) - chance, n**2 - chance)


def alphas(counted: FloatArray, agreed: FloatArray) -> FloatArray:
    """Return Krippendorff's alpha of every resample from sums of what `pairable` returns, NaN for one value only."""
    n = counted.sum(axis=-1)
    disagreement: FloatArray = ratio((n - 1) * (n - agreed.sum(axis=-1)), n**2 - (counted**2).sum(axis=-1))
    return 1 - disagreement


def ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """Return the quotients, NaN where undefined."""
    quotients = np.full(below.shape, np.nan)
    np.divide(above, below, out=quotients, where=below > 0)
    return quotients


def value_of(scores: FloatArray) -> float | None:
    """Return the only score of one row of sums, ``None`` for NaN."""
    return float(scores[0]) if np.isfinite(scores[0]) else None
