"""The contract of a score component."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from xner.config import ScoreConfig
from xner.registry import Registry
from xner.types import Alignment, Candidate, Entity, SentencePair


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """What is to be scored: every entity of `pair` against every candidate."""

    pair: SentencePair
    entities: tuple[Entity, ...]
    candidates: tuple[Candidate, ...]
    alignment: Alignment


class Scorer(Protocol):
    """Scores (entity, candidate) pairs by one kind of evidence."""

    def score(self, requests: Sequence[ScoreRequest]) -> list[NDArray[np.float64] | None]:
        """Return a matrix (n_entities, n_candidates), >= 0, for each request.

        ``None`` says that this pair has no data for the score, which is then left out of its sum.
        """
        ...

    def describe(self) -> str:
        """Return name and parameters, as they stand in the signature."""
        ...


scorers = Registry[Callable[[ScoreConfig], Scorer]]("score")
