"""The contract of a translator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from xner.config import TranslateConfig
from xner.registry import Registry
from xner.types import Entity, Sentence


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


@dataclass(frozen=True, slots=True)
class MarkedTranslation:
    """A translation with the entities whose markers came through.

    `Entity.source` is the index of the source entity; `n_lost` counts those without one; `raw` still has the markers.
    """

    sentence: Sentence
    entities: tuple[Entity, ...]
    n_lost: int
    raw: str


@runtime_checkable
class CarriesEntities(Protocol):
    """A translator that puts entities between markers and finds them again in the translation."""

    def translate_marked(
        self, pairs: Sequence[tuple[Sentence, tuple[Entity, ...]]], target: str
    ) -> list[MarkedTranslation]:
        """Return the translation of each sentence into the language `target`, in order.

        Raises:
            TranslationFailed: a text could not be translated; the batch is void and the caller goes on one by one.
            ModelUnavailable: as in `Translator.translate`.
        """
        ...

    def describe(self) -> str:
        """Return name, parameters and model version, as they stand in the signature."""
        ...


translators = Registry[Callable[[TranslateConfig], Translator | CarriesEntities]]("translator")
