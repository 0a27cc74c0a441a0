"""What a page learns from the corpus of its sentence first: a bar while it does, and from how much it was learned."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from xner.config import RunConfig
from xner.services import corpus_learning
from xner.services.corpus_learning import Extent
from xner.services.identity import User
from xner.store.session import Store
from xner.trace import Learned

_TELL_AFTER_S = 2.0
"""Before that a guess of what is left says nothing."""


def from_corpus(
    store: Store, user: User, corpus_id: int, config: RunConfig, first_pass: RunConfig | None = None
) -> tuple[Learned | None, tuple[Extent, ...]]:
    """Return what a configuration has learned from a corpus, under a bar while it learns.

    Raises:
        XnerError: it can't be learned; says why.
    """
    if not corpus_learning.parts_of(config):
        return None, ()
    place, began = st.empty(), time.monotonic()

    def tell(share: float, what: str) -> None:
        place.progress(min(share, 1.0), f"{what}{_left(time.monotonic() - began, share)}")

    try:
        return corpus_learning.learned(store, user, corpus_id, config, tell, first_pass=first_pass)
    finally:
        place.empty()


def _left(seconds: float, share: float) -> str:
    if seconds < _TELL_AFTER_S or share <= 0:
        return " …"
    return f", about {max(1, round(seconds * (1 - share) / share))} s left"


_WORDS = {"statistical": "links", "edges": "the edges of names"}


def extent_words(extents: Sequence[Extent]) -> str:
    """Return from how much was learned, in words; empty where nothing was.

    Example:
        >>> extent_words([Extent("statistical", 5000, 20000)])
        'Learned links from the first 5,000 of 20,000 sentences of this corpus; a run learns from more.'
        >>> extent_words([Extent("statistical", 40, 40), Extent("edges", 40, 40)])
        'Learned links from the 40 sentences of this corpus. Learned the edges of names from the same.'
    """
    lines: list[str] = []
    before: tuple[int, int] | None = None
    for extent in extents:
        read = extent.n_read, extent.n_pairs
        what = _WORDS.get(extent.part, extent.part)
        if read == before:
            lines.append(f"Learned {what} from the same.")
        elif extent.n_read < extent.n_pairs:
            lines.append(
                f"Learned {what} from the first {extent.n_read:,} of {extent.n_pairs:,} sentences of this corpus; "
                "a run learns from more."
            )
        else:
            lines.append(f"Learned {what} from the {extent.n_read:,} sentences of this corpus.")
        before = read
    return " ".join(lines)
