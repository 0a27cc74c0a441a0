"""The contract of a score component."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from xner.config import ScoreConfig
from xner.registry import Registry
from xner.types import Alignment, Candidate, Entity, SentencePair, Span


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


@runtime_checkable
class Learns(Protocol):
    """A scorer that takes the spans of a first pass over the whole corpus as evidence; without them it has no data."""

    def learn(self, found: Iterable[tuple[SentencePair, Sequence[Span]]]) -> None:
        """Take pairs and the target spans projected onto them, in place of what was learned before."""
        ...


scorers = Registry[Callable[[ScoreConfig], Scorer]]("score")
