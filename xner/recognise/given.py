"""Entities that the record brings along, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from xner.config import RecogniseConfig
from xner.errors import InputError
from xner.recognise.base import recognisers
from xner.types import Entity, Sentence


@recognisers.register("given")
class GivenRecogniser:
    """Refuses to guess: the pipeline keeps given entities itself and asks only for missing ones."""

    def __init__(self, config: RecogniseConfig) -> None:
        del config  # nothing to set

    def recognise(self, sentences: Sequence[Sentence]) -> list[tuple[Entity, ...]]:
        """Return nothing for no sentences.

        Raises:
            InputError: a sentence without given entities got here.
        """
        if sentences:
            raise InputError(
                "The record has no source entities.", "Add source_entities, or set recognise.name to 'transformers'."
            )
        return []

    def describe(self) -> str:
        """Return the name for the signature."""
        return "given"
