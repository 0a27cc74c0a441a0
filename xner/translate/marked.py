"""Any translator as one that carries entities along, in brackets (EasyProject)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from xner.cache import Keeps
from xner.config import BackTranslateConfig, CacheConfig, TranslateConfig
from xner.errors import ConfigError, TranslationFailed
from xner.signature import plain_number
from xner.text.tokenise import detokenise, sentence_from_tokens, tokenise, with_text
from xner.translate.base import CarriesEntities, MarkedTranslation, Translator, translators
from xner.translate.markers import mark, one_kind_of_brackets, read_marked
from xner.types import Entity, Sentence

_BRACKETS = str.maketrans("", "", "[]")
Marked = tuple[Sentence, tuple[Entity, ...]]


class MarkedTranslator:
    """Translates sentences with brackets around their entities, and each entity alone, to know it again."""

    def __init__(self, name: str, config: TranslateConfig) -> None:
        inner = translators.get(name)(config)
        if isinstance(inner, CarriesEntities):
            raise ConfigError(f"{name!r} carries entities already.", "Name it without 'marked:'.")
        self.inner: Translator = inner
        reading = config if isinstance(config, BackTranslateConfig) else BackTranslateConfig()
        self.similarity, self.keep_brackets = reading.similarity, reading.keep_brackets

    def keep_by(self, settings: CacheConfig) -> None:
        """Let the translator keep its translations as `settings` say."""
        if isinstance(self.inner, Keeps):
            self.inner.keep_by(settings)

    def translate_marked(self, pairs: Sequence[Marked], target: str) -> list[MarkedTranslation]:
        """Return the translation of each sentence into the language `target`, in order.

        The entities stand in brackets, attached to their first and last letter, because that is what Apertium and
        the EasyProject checkpoints keep. In the translation a bracketed string belongs to the entity whose own
        translation it resembles most, see `read_marked`.

        Raises:
            TranslationFailed: a text could not be translated, or nothing came back for it.
            ModelUnavailable: program, package or weights are not here, or don't know one of the languages.
        """
        made: dict[int, MarkedTranslation] = {}
        for source in dict.fromkeys(sentence.lang for sentence, _ in pairs):
            places = [k for k, (sentence, _) in enumerate(pairs) if sentence.lang == source]
            made.update(zip(places, self._one_language([pairs[k] for k in places], source, target), strict=True))
        return [made[k] for k in range(len(pairs))]

    def _one_language(self, pairs: Sequence[Marked], source: str, target: str) -> list[MarkedTranslation]:
        phrases = [[_phrase(sentence, entity) for entity in entities] for sentence, entities in pairs]
        alone = list(dict.fromkeys(phrase for row in phrases for phrase in row))
        sent = [mark(sentence, entities) for sentence, entities in pairs]
        answers = self.inner.translate([*sent, *alone], source, target)
        translated = dict(zip(alone, answers[len(sent) :], strict=True))
        return [
            self._read(raw, entities, [translated[phrase] for phrase in row], target)
            for raw, (_, entities), row in zip(answers[: len(sent)], pairs, phrases, strict=True)
        ]

    def _read(self, answer: str, entities: Sequence[Entity], phrases: Sequence[str], target: str) -> MarkedTranslation:
        raw = one_kind_of_brackets(answer)
        found = read_marked(
            raw, phrases, [entity.label for entity in entities], threshold=self.similarity,
            keep_brackets=self.keep_brackets, tokenise=lambda text: tokenise(text, target).tokens,
        )  # fmt: skip
        if not found.tokens:
            raise TranslationFailed("The translator returned nothing for a sentence.")
        text = None if self.keep_brackets else " ".join(raw.translate(_BRACKETS).split())
        sentence = sentence_from_tokens(found.tokens, target, text)
        return MarkedTranslation(sentence, found.entities, len(entities) - len(found.entities), raw)

    def describe(self) -> str:
        """Return the translator, and how brackets are read."""
        kept = "+keep_brackets" if self.keep_brackets else ""
        return f"marked+{self.inner.describe()}+similarity:{plain_number(self.similarity)}{kept}"


def _phrase(sentence: Sentence, entity: Entity) -> str:
    shown = with_text(sentence)
    offsets = shown.offsets or ()
    return detokenise(shown)[offsets[entity.span.start][0] : offsets[entity.span.end - 1][1]]


for _name in ("apertium", "ctranslate2", "m2m", "marian", "nllb"):
    translators.register(f"marked:{_name}")(partial(MarkedTranslator, _name))
