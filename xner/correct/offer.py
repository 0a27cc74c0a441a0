"""A span that could take the place of an entity's, with the reasons to believe in it."""

from __future__ import annotations

from dataclasses import dataclass

from xner.types import Span


@dataclass(frozen=True, slots=True)
class Offer:
    """A candidate as the editor offers it: `span` counts imported tokens, `source` is the source entity's index."""

    source: int
    span: Span
    score: float | None = None
    methods: tuple[str, ...] = ()
