"""What a run is to do: over which sentences of a corpus, with which settings."""

from __future__ import annotations

from dataclasses import dataclass

from xner.config import RunConfig
from xner.store.runs import Selection

STARTS = ("new", "failed", "projected")
"""Sentences apart from what was corrected: without a projection, with a failed one, with one."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asked for. `starts` and `langs` as in `Selection`."""

    corpus_id: int
    config: RunConfig
    starts: tuple[str, ...] = ("new", "failed")
    langs: tuple[str, ...] = ()

    @property
    def selection(self) -> Selection:
        """The pairs that it is over."""
        return Selection(self.corpus_id, self.starts, self.langs)
