"""The contract of an extractor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from xner.config import ExtractConfig
from xner.registry import Registry
from xner.types import Alignment, Candidate, Entity, Sentence


class Extractor(Protocol):
    """Proposes target spans for a sentence pair."""

    def extract(self, target: Sentence, entities: Sequence[Entity], alignment: Alignment) -> tuple[Candidate, ...]:
        """Return the candidates, without repetition, ordered by start, then end."""
        ...

    def describe(self) -> str:
        """Return name and parameters, as they stand in the signature."""
        ...


extractors = Registry[Callable[[ExtractConfig], Extractor]]("extractor")
