"""Components to one score: thresholds first, then a weighted sum."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xner.errors import ConfigError, InputError
from xner.score.base import scorers

Matrix = NDArray[np.float64]


def apply_threshold(scores: ArrayLike, threshold: float) -> Matrix:
    """Return the scores with everything that is not strictly above `threshold` set to 0.

    Example:
        >>> apply_threshold([0.05, 0.0501], 0.05).tolist()
        [0.0, 0.0501]
    """
    values = np.asarray(scores, dtype=np.float64)
    return np.where(values > threshold, values, 0.0)


def fuse(
    components: Mapping[str, Matrix | None],
    weights: Mapping[str, float],
    thresholds: Mapping[str, float] | None = None,
    power: float = 1.0,
) -> tuple[Matrix, dict[str, float]]:
    """Return the weighted sum of the components, and the weights that took part.

    A component that is None (this pair has no data for it) or has weight 0 is left out of the sum; the other weights
    stay as they are. The sum runs in the order of names, so equal input gives equal bytes.

    Args:
        components: Name to scores, (n_entities, n_candidates), all of one shape.
        weights: Name to weight.
        thresholds: Name to threshold; see `apply_threshold`.
        power: Exponent of the sum. Above 1 the best span of one entity counts more than two middling ones, so that
            matching gives no half of a name to an entity without a place of its own.

    Raises:
        ConfigError: a weight or threshold has an unknown name.
        InputError: this pair has data for none of the components.
        ValueError: components of different shapes.

    Example:
        >>> fuse({"links": np.array([[1.0, 0.5]]), "soft": None}, {"links": 0.5, "soft": 1.0})
        (array([[0.5 , 0.25]]), {'links': 0.5})
    """
    floors = dict(thresholds or {})
    _check_names("weight", weights, components)
    _check_names("threshold", floors, {*components, *scorers.names()})
    used = {name: float(weights[name]) for name in sorted(weights) if weights[name] and components[name] is not None}
    if not used:
        wanted = ", ".join(sorted(weights)) or "none"
        raise InputError(
            f"No score is left to match by (weights: {wanted}).",
            "Give a weight above 0 to a score that this input has data for; given links have 'links' and 'coverage'.",
        )
    parts = {name: matrix for name, matrix in components.items() if name in used and matrix is not None}
    if len({part.shape for part in parts.values()}) > 1:
        raise ValueError(f"score components of different shapes: { {n: p.shape for n, p in parts.items()} }")
    terms = [
        weight * (apply_threshold(parts[name], floors[name]) if name in floors else parts[name])
        for name, weight in used.items()
    ]
    total = np.sum(terms, axis=0)
    return total if power == 1.0 else total**power, used


def _check_names(what: str, names: Iterable[str], known: Iterable[str]) -> None:
    choices = sorted(known)
    for name in names:
        if name not in choices:
            near = difflib.get_close_matches(name, choices, n=1, cutoff=0.4)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise ConfigError(f"There is no score {name!r} to give a {what}.", f"{hint}Known: {', '.join(choices)}.")
