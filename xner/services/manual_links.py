"""Links that a linguist set or removed by hand, on top of what the aligner found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from xner.config import RunConfig
from xner.errors import XnerError
from xner.match.base import Matching
from xner.pipeline import Trace
from xner.services.inspect_pair import rematch, toggled
from xner.signature import make_signature, parse_signature
from xner.types import Link, Projection, ScoreTable

Decisions = Mapping[Link, bool]
"""Link to whether it is to stand: decided by hand, whatever the aligner says."""


def decided_links(links: frozenset[Link], decisions: Decisions) -> frozenset[Link]:
    """Return the aligner's links with the decisions applied.

    Example:
        >>> sorted(decided_links(frozenset({(0, 0), (1, 1)}), {(1, 1): False, (1, 2): True}))
        [(0, 0), (1, 2)]
    """
    added = {link for link, stands in decisions.items() if stands}
    removed = {link for link, stands in decisions.items() if not stands}
    return (links - removed) | added


def decide(links: frozenset[Link], decisions: Decisions, link: Link) -> dict[Link, bool]:
    """Return the decisions after a click on `link`; one that agrees with the aligner again is forgotten.

    Example:
        >>> decide(frozenset({(0, 0)}), {}, (0, 0)), decide(frozenset({(0, 0)}), {(0, 0): False}, (0, 0))
        ({(0, 0): False}, {})
    """
    stands = link in toggled(decided_links(links, decisions), link)
    others = {other: value for other, value in decisions.items() if other != link}
    return others if stands == (link in links) else {**others, link: stands}


def rematch_decided(trace: Trace, config: RunConfig, decisions: Decisions) -> Trace:
    """Return what follows from the links of `trace` with the decisions applied; no model is asked.

    The signature names the decisions. Matching that fails gives a trace whose projection is failed and says why.
    """
    links = decided_links(trace.alignment.links, decisions)
    try:
        matched = rematch(trace, config, links)
    except XnerError as error:
        failed = Projection.failed(trace.pair.id, f"{error.code}: {error}")
        nothing = ScoreTable((), (), np.zeros((0, 0)))
        return replace(
            trace, evidence=trace.evidence.with_links(links), candidates=(), components={}, table=nothing,
            matching=Matching(()), projection=failed,
        )  # fmt: skip
    if not decisions or matched.projection.signature is None:
        return matched
    named = ",".join(f"{'+' if stands else '-'}{i}-{j}" for (i, j), stands in sorted(decisions.items()))
    signature = make_signature({**parse_signature(matched.projection.signature), "manual_links": named})
    return replace(matched, projection=replace(matched.projection, signature=signature))
