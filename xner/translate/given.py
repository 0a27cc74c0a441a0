"""Translations that the record brings along, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from xner.config import TranslateConfig
from xner.errors import InputError
from xner.translate.base import translators


@translators.register("given")
class GivenTranslator:
    """Refuses to guess: both sides of a pair must be in the record."""

    def __init__(self, config: TranslateConfig) -> None:
        del config  # nothing to set

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """Return nothing for no texts.

        Raises:
            InputError: a text that has no translation got here.
        """
        if texts:
            raise InputError(
                f"The record has no sentence in {target!r} beside the one in {source!r}.",
                "Give both sides, or name a translator: translate.name=apertium, nllb or marian.",
            )
        return []

    def describe(self) -> str:
        """Return the name for the signature."""
        return "given"
