"""The contract of a recogniser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from xner.config import RecogniseConfig
from xner.registry import Registry
from xner.types import Entity, Sentence


class Recogniser(Protocol):
    """Finds the named entities of sentences whose tokens are given."""

    def recognise(self, sentences: Sequence[Sentence]) -> list[tuple[Entity, ...]]:
        """Return the entities of each sentence, in order, disjoint, ordered by start."""
        ...

    def describe(self) -> str:
        """Return name, parameters and model version, as they stand in the signature."""
        ...


recognisers = Registry[Callable[[RecogniseConfig], Recogniser]]("recogniser")
