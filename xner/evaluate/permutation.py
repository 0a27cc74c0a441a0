"""Whether two systems differ at all: the paired permutation test over sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xner.evaluate.bootstrap import FloatArray, differences, mean_of_defined, paired_table

_CHUNK_CELLS = 4_000_000
"""Binomial counts held at a time (32 MB)."""
_ROUNDING = 1e-12
"""Differences of ratios that are equal in exact arithmetic lie this close."""


def permutation_p(
    strata: Sequence[tuple[ArrayLike, ArrayLike]], n_resamples: int = 9999, seed: int = 0
) -> float | None:
    """Return the two-sided p of "which system said what in a sentence doesn't matter", ``None`` without an F1.

    Each resample exchanges the two systems' predictions in about half of the sentences and takes the difference of F1
    (of mean F1 over strata, where there are several). `p` is the share of resamples whose difference is as large as
    the observed one, that one included, so never 0. Only the differences between the two rows of a sentence matter,
    so sentences with equal ones are drawn together, from a binomial: the same distribution at a fraction of the cost.

    Args:
        strata: (counts of `a`, counts of `b`) of each language or of the whole corpus, both (n_sentences, 3) integers:
            found, predicted, gold; sentences in the same order, gold equal.
        n_resamples: resamples drawn, >= 1.
        seed: of NumPy's PCG64.

    Raises:
        ValueError: no resample, impossible counts, or gold that differs.

    Source:
        Yeh, More accurate tests for the statistical significance of result differences (COLING 2000), section 3.

    Example:
        >>> good, bad = [[2, 2, 2], [1, 1, 1]] * 40, [[1, 2, 2], [1, 1, 1]] * 40
        >>> permutation_p([(good, bad)]), permutation_p([(good, good)])
        (0.0001, 1.0)
    """
    if n_resamples < 1:
        raise ValueError(f"{n_resamples} resamples, expected at least 1")
    tables = [paired_table(a, b) for a, b in strata]
    tables = [table for table in tables if table[:, 1:3].any() and table[:, 4:].any()]
    if not tables:
        return None
    observed = float(mean_of_defined([differences(table.sum(axis=0, keepdims=True)) for table in tables])[0])
    generator = np.random.default_rng(seed)
    drawn = np.abs(mean_of_defined([_exchanged(table, n_resamples, generator) for table in tables]))
    # A resample in which a system has no F1 could be larger: it counts against "they differ".
    n_as_large = int((drawn >= abs(observed) - _ROUNDING).sum() + np.isnan(drawn).sum())
    return (n_as_large + 1) / (n_resamples + 1)


def _exchanged(table: NDArray[np.int64], n_resamples: int, generator: np.random.Generator) -> FloatArray:
    """Return (n_resamples,) differences of F1 with the systems exchanged in sentences drawn at random."""
    total = table.sum(axis=0)
    gaps, repeats = np.unique(table[:, :3] - table[:, 3:], axis=0, return_counts=True)
    gaps, repeats = gaps[gaps.any(axis=1)], repeats[gaps.any(axis=1)]
    chunk = max(1, _CHUNK_CELLS // max(1, len(gaps)))
    scores = []
    for start in range(0, n_resamples, chunk):
        size = (min(chunk, n_resamples - start), len(gaps))
        moved = generator.binomial(repeats, 0.5, size=size) @ gaps
        scores.append(differences(np.hstack([total[:3] - moved, total[3:] + moved])))
    return np.concatenate(scores)
