"""Score from a translation model, given its probabilities of entity and candidate phrase."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def nmt_score(
    p_a_given_b: ArrayLike, p_a_given_a: ArrayLike, p_b_given_a: ArrayLike, p_b_given_b: ArrayLike
) -> NDArray[np.float64]:
    """Return how well a and b translate each other: the mean of both directions, each over its own copy.

    Args:
        p_a_given_b: Geometric mean of the token probabilities of a, the source being b; any shape.
        p_a_given_a: The same for a given itself, > 0.
        p_b_given_a: Of b given a.
        p_b_given_b: Of b given itself, > 0.

    Returns:
        Scores of the common shape, >= 0, mostly below 1.

    Raises:
        ValueError: a probability is negative, or that of a phrase given itself is not above 0.

    Source: Vamvas and Sennrich 2022, NMTScore, direct, normalised.

    Example:
        >>> float(nmt_score(0.2, 0.8, 0.3, 0.6).round(3))
        0.375
    """
    cross = [np.asarray(p_a_given_b, dtype=np.float64), np.asarray(p_b_given_a, dtype=np.float64)]
    own = [np.asarray(p_a_given_a, dtype=np.float64), np.asarray(p_b_given_b, dtype=np.float64)]
    if not all((values >= 0).all() for values in cross):
        raise ValueError("a translation probability is negative or not a number")
    if not all((values > 0).all() for values in own):
        raise ValueError("the probability of a phrase given itself must be above 0")
    return np.asarray((cross[0] / own[0] + cross[1] / own[1]) / 2.0)
