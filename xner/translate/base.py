"""The contract of a translator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from xner.config import TranslateConfig
from xner.registry import Registry


class Translator(Protocol):
    """Translates sentences."""

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """Return the translation of each text, in order; a blank text stays as it is.

        Args:
            texts: one sentence each.
            source: BCP-47 tag of their language.
            target: BCP-47 tag of the language wanted.

        Raises:
            TranslationFailed: a text could not be translated; the batch is void and the caller goes on one by one.
            ModelUnavailable: program, package or weights are not here, or don't know one of the languages.
        """
        ...

    def describe(self) -> str:
        """Return name, parameters and model version, as they stand in the signature."""
        ...


translators = Registry[Callable[[TranslateConfig], Translator]]("translator")
