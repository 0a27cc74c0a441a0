"""Whether a score means what it says: reliability diagram, expected calibration error, and how well it ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Predictions whose confidence lies in [low, high]: how many, their mean confidence, the share that is right."""

    low: float
    high: float
    n: int
    confidence: float
    precision: float
    sentence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Confidence of predictions against how often they are right.

    `bins` are those that hold a prediction, in order. `ece` is the mean distance of confidence and precision over
    predictions, 0 for a perfect score, ``None`` where the confidence isn't a probability (outside [0, 1]). `auc` is
    the probability that a right prediction has a higher confidence than a wrong one, whatever its scale; ``None``
    where all are right, or all wrong. `n_unscored` predictions have no confidence and are in none of these.
    """

    n: int
    n_unscored: int
    bins: tuple[ReliabilityBin, ...]
    ece: float | None
    auc: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values by name, ready for JSON."""
        names = ("low", "high", "n", "confidence", "precision")
        bins = [{name: getattr(b, name) for name in names} | {"sentence_ids": list(b.sentence_ids)} for b in self.bins]
        return {"n": self.n, "n_unscored": self.n_unscored, "ece": self.ece, "auc": self.auc, "bins": bins}


def calibration(
    confidence: ArrayLike,
    is_right: ArrayLike,
    sentence_ids: Sequence[str],
    *,
    n_bins: int = 10,
    scale: float = 1.0,
) -> Calibration:
    """Return how the confidence of predictions goes with their being right.

    Confidences in [0, 1] are sorted into bins of equal width; others into bins of about equally many predictions, equal
    values together.

    Args:
        confidence: (n_predictions,), NaN where there is none.
        is_right: (n_predictions,) truth values.
        sentence_ids: (n_predictions,) the sentence of each.
        n_bins: at most this many bins, >= 1.
        scale: what a confidence is divided by first: the greatest score possible, such as the sum of the weights.

    Raises:
        ValueError: unequal lengths, no bin, or a scale that isn't positive.

    Source:
        Guo et al., On Calibration of Modern Neural Networks (ICML 2017), equation 3 (`ece`).

    Example:
        >>> found = calibration([0.95, 0.95, 0.15, 0.15], [True, True, True, False], ["1", "2", "3", "3"])
        >>> [(b.n, b.precision, b.sentence_ids) for b in found.bins], round(found.ece, 2), round(found.auc, 2)
        ([(2, 0.5, ('3',)), (2, 1.0, ('1', '2'))], 0.2, 0.83)
    """
    values, right = np.asarray(confidence, np.float64), np.asarray(is_right, bool)
    if not len(values) == len(right) == len(sentence_ids):
        raise ValueError(f"{len(values)} confidences, {len(right)} truth values, {len(sentence_ids)} sentences")
    if n_bins < 1 or not scale > 0:
        raise ValueError(f"{n_bins} bins of a scale of {scale}, expected at least 1 and more than 0")
    scored = np.flatnonzero(np.isfinite(values))
    values, right = values[scored] / scale, right[scored]
    is_probability = bool(len(values)) and values.min() >= 0 and values.max() <= 1
    codes, edges = _equal_width(values, n_bins) if is_probability else _equal_mass(values, n_bins)
    bins = []
    for code in np.unique(codes):
        here = codes == code
        low, high = (edges[code], edges[code + 1]) if is_probability else (values[here].min(), values[here].max())
        ids = tuple(dict.fromkeys(sentence_ids[i] for i in scored[here]))
        share, mean = float(right[here].mean()), float(values[here].mean())
        bins.append(ReliabilityBin(float(low), float(high), int(here.sum()), mean, share, ids))
    gap = sum(b.n * abs(b.precision - b.confidence) for b in bins)
    return Calibration(
        n=len(values),
        n_unscored=len(sentence_ids) - len(values),
        bins=tuple(bins),
        ece=float(gap / len(values)) if is_probability else None,
        auc=_auc(values, right),
    )


def _equal_width(values: FloatArray, n_bins: int) -> tuple[NDArray[np.int64], FloatArray]:
    edges = np.linspace(0.0, 1.0, n_bins + 1)
    return np.searchsorted(edges[1:-1], values, side="right").astype(np.int64), edges


def _equal_mass(values: FloatArray, n_bins: int) -> tuple[NDArray[np.int64], FloatArray]:
    if not len(values):
        return np.zeros(0, np.int64), values
    edges = np.unique(np.quantile(values, np.linspace(0, 1, n_bins + 1)[1:-1]))
    return np.searchsorted(edges, values, side="left").astype(np.int64), edges


def _auc(values: FloatArray, right: NDArray[np.bool_]) -> float | None:
    """Return the share of (right, wrong) pairs in which the right one is higher, ties half (Mann-Whitney)."""
    n_right, n_wrong = int(right.sum()), int((~right).sum())
    if not n_right or not n_wrong:
        return None
    wrong = np.sort(values[~right])
    n_below = np.searchsorted(wrong, values[right], side="left")
    n_not_above = np.searchsorted(wrong, values[right], side="right")
    return float((n_below + n_not_above).sum() / 2 / (n_right * n_wrong))
