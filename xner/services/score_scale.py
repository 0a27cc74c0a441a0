"""What a score of a method can be at most: dividing by it makes scores of several methods comparable."""

from __future__ import annotations

from xner.config import RunConfig
from xner.match import matchers

_SHARES = frozenset({"coverage", "soft", "edges", "copy"})
"""Scores in [0, 1]."""
_WITHOUT_SIMILARITY = frozenset({"given", "statistical"})
"""Aligners that know links alone, so that `soft` has no data and is left out of the sum."""


def greatest_score(config: RunConfig) -> float | None:
    """Return the greatest score that a projected entity can have; ``None`` where scores are counts, sums or unknown.

    Example:
        >>> greatest_score(RunConfig()), greatest_score(RunConfig().updated({"score.preset": "align"}))
        (2.0, None)
    """
    if config.pipeline == "model-transfer":
        return 1.0
    if config.back_translate.use == "add":  # twice as much, where there is a back-translation
        return None
    left_out = {"soft"} if config.align.name in _WITHOUT_SIMILARITY else set()
    weights = {name: weight for name, weight in config.score.fused_weights().items() if name not in left_out}
    if not matchers.get(config.match.name)(config.match).uses_scores or not weights or not set(weights) <= _SHARES:
        return None
    return float(sum(weights.values()) ** config.score.power)
