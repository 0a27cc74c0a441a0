"""How likely a pair is to need work, in [0, 1]: a weighted sum of its smart tags and of the narrowest margin."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from xner.correct.smart_tags import TAGS, relative_margin
from xner.types import Projection

WEIGHTS: Mapping[str, float] = {
    "failed": 1.0, "missing": 0.4, "unaligned": 0.15, "split": 0.2, "duplicate": 0.2, "non-contiguous": 0.25,
    "crossing": 0.1, "punct-inside": 0.2, "clitic": 0.2, "length-ratio": 0.2, "label-conflict": 0.2,
    "methods-disagree": 0.4, "roundtrip-lost": 0.2, "low-confidence": 0.2,
}  # fmt: skip
"""Weight of each smart tag, set by hand: a pair that can't be accepted as it is (failed, missing) comes first, then
what went with errors most often on pairs with gold (methods-disagree, non-contiguous)."""
MARGIN_WEIGHT = 0.3
"""Weight of the narrowest margin: all of it for none, nothing for a lead of half the score or more."""


def margin_of(projection: Projection | None) -> float | None:
    """Return the smallest lead of an entity over its runner-up as a share of its score, in [0, 1].

    ``None`` where the matcher knows no runner-up or nothing else was feasible: no evidence is no doubt.
    """
    if projection is None or projection.runner_up is None:
        return None
    leads = [
        lead
        for entity, runner_up in zip(projection.entities, projection.runner_up, strict=True)
        if (lead := relative_margin(entity, runner_up.margin)) is not None
    ]
    return min(leads, default=None)


def risk_of(tags: Collection[str], projection: Projection | None = None) -> float:
    """Return the risk of a pair in [0, 1]: never less with one tag more, never less with a smaller margin.

    Raises:
        KeyError: a name that is no smart tag.

    Example:
        >>> risk_of(["missing", "crossing"]), risk_of([])
        (0.5, 0.0)
    """
    return round(min(1.0, sum((share for _, share in _terms(tags, projection)), 0.0)), 6)


def formula() -> str:
    """Return how risk is computed, for Help; `margin` is that of `margin_of`, and the term is 0 where it has none."""
    terms = " + ".join(f"{WEIGHTS[name]:.2f} {name}" for name in TAGS)
    return f"risk = {terms} + {MARGIN_WEIGHT:.2f} max(0, 1 - 2 * margin), at most 1"


def explain(tags: Collection[str], projection: Projection | None = None) -> str:
    """Return where the risk of a pair comes from, largest first, for the hover text.

    Example:
        >>> explain(["missing", "crossing"])
        'risk 0.50 = 0.40 missing + 0.10 crossing'
    """
    terms = sorted(_terms(tags, projection), key=lambda term: -term[1])
    total = risk_of(tags, projection)
    if not terms:
        return f"risk {total:.2f}: no smart tag is set"
    capped = " (at most 1)" if sum(share for _, share in terms) > 1 else ""
    return f"risk {total:.2f} = {' + '.join(f'{share:.2f} {name}' for name, share in terms)}{capped}"


def _terms(tags: Collection[str], projection: Projection | None) -> list[tuple[str, float]]:
    terms = [(name, WEIGHTS[name]) for name in dict.fromkeys(tags)]
    margin = margin_of(projection)
    if margin is not None and margin < 0.5:
        terms.append(("narrow margin", MARGIN_WEIGHT * (1 - 2 * margin)))
    return terms
