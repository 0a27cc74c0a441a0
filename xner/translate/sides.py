"""The side of a pair that is missing, made by a translator, and the second translation that serves as evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from xner.config import BackTranslateConfig, PipelineName
from xner.errors import ConfigError, InputError, TranslationFailed
from xner.io.records import stated_language
from xner.text.tokenise import detokenise, tokenise
from xner.translate.base import CarriesEntities, MarkedTranslation, Translator, translators
from xner.types import Sentence, SentencePair, Span

MARKED = "marked:"
"""Prefix of the names of translators that carry entities along."""
_PIVOT = "en"
"""Language that unlabelled text is translated into where nobody says another one."""


@dataclass(frozen=True, slots=True)
class Sides:
    """A pair with both sides; `carried` holds the span of each source entity that markers gave (None: lost).

    `carried` is ``None`` where no markers were sent, `translated` names the side that a translator made.
    """

    pair: SentencePair
    carried: tuple[Span | None, ...] | None = None
    translated: str | None = None


def side_to_make(pair: SentencePair, pipeline: PipelineName) -> str | None:
    """Return which side a translator is to make: the missing one, or that which the pipeline leaves aside.

    Raises:
        InputError: the side to translate from is not there.
    """
    wanted = {"translate-test": "source", "translate-train": "target", "model-transfer": None}
    side = wanted[pipeline] if pipeline in wanted else _missing(pair)
    present = pair.target if side == "source" else pair.source
    if side is not None and present is None:
        raise InputError(
            f"{pair.id}: there is no sentence to translate into the {side} side.",
            "translate-test starts from the target side, translate-train from the source side.",
        )
    return side


def make_sources(pairs: Sequence[SentencePair], translator: Translator, to: str | None) -> list[Sides]:
    """Return the pairs with their target translated into the language of the source; what the source had is gone."""
    languages = [to or stated_language(pair, "source") or _PIVOT for pair in pairs]
    made = _translate([(pair.target, lang) for pair, lang in zip(pairs, languages, strict=True)], translator)
    return [
        Sides(_with_source(pair, sentence), translated="source") for pair, sentence in zip(pairs, made, strict=True)
    ]


def make_targets(
    pairs: Sequence[SentencePair], translator: Translator | CarriesEntities, to: str | None
) -> list[Sides]:
    """Return the pairs with their source translated; what the target had is gone. Source entities must be known.

    Raises:
        InputError: the language wanted stands nowhere.
    """
    languages = [_target_language(pair, to) for pair in pairs]
    if isinstance(translator, CarriesEntities):
        return [_carried(pair, m) for pair, m in zip(pairs, _marked(pairs, languages, translator), strict=True)]
    made = _translate([(pair.source, lang) for pair, lang in zip(pairs, languages, strict=True)], translator)
    return [
        Sides(_with_target(pair, sentence), translated="target") for pair, sentence in zip(pairs, made, strict=True)
    ]


def back_translator_of(config: BackTranslateConfig) -> Translator | CarriesEntities | None:
    """Return the translator of the second translation, None where there is to be none.

    Raises:
        ConfigError: it is wanted, but no translator is named.
    """
    if config.use == "off":
        return None
    if config.name == "given":
        raise ConfigError(
            f"back_translate.use = {config.use!r} needs a translator.", "For example back_translate.name=apertium."
        )
    plain = config.name.removeprefix(MARKED)
    return translators.get(plain if config.use == "check" else MARKED + plain)(config)


def with_back_translation(pairs: Sequence[SentencePair], translator: Translator) -> list[SentencePair]:
    """Return the pairs with their target in the language of the source again, where the record did not bring it."""
    todo = [k for k, pair in enumerate(pairs) if pair.back_translation is None and pair.source and pair.target]
    made = _texts([(pairs[k].target, stated_language(pairs[k], "source") or "") for k in todo], translator)
    found = dict(zip(todo, made, strict=True))
    return [replace(pair, back_translation=found[k]) if k in found else pair for k, pair in enumerate(pairs)]


def mirrored(pairs: Sequence[SentencePair], translator: CarriesEntities) -> list[MarkedTranslation]:
    """Return the source of each pair with its entities, in the language of the target."""
    return _marked(pairs, [pair.target.lang if pair.target else "" for pair in pairs], translator)


def spans_by_source(marked: MarkedTranslation, n_entities: int) -> tuple[Span | None, ...]:
    """Return the span of each source entity in a marked translation, None where its markers were lost."""
    spans = {entity.source: entity.span for entity in marked.entities}
    return tuple(spans.get(k) for k in range(n_entities))


def _missing(pair: SentencePair) -> str | None:
    if pair.source is None:
        return "source"
    return "target" if pair.target is None else None


def _target_language(pair: SentencePair, to: str | None) -> str:
    given = to or stated_language(pair, "target")
    if given is None:
        raise InputError(
            f"{pair.id}: the target sentence is missing, and the language to translate into is not known.",
            'Give the sentence; or name a translator, and translate.to or "target_lang" in the record.',
        )
    return given


def _carried(pair: SentencePair, marked: MarkedTranslation) -> Sides:
    spans = spans_by_source(marked, len(pair.source_entities or ()))
    return Sides(_with_target(pair, marked.sentence), spans, "target")


def _with_source(pair: SentencePair, source: Sentence) -> SentencePair:
    gold = pair.target_entities  # its links to the entities of the other source go
    unlinked = None if gold is None else tuple(replace(entity, source=None) for entity in gold)
    return replace(
        pair, source=source, source_entities=None, target_entities=unlinked, alignment=None, back_translation=None
    )


def _with_target(pair: SentencePair, target: Sentence) -> SentencePair:
    return replace(pair, target=target, target_entities=None, alignment=None, back_translation=None)


def _marked(
    pairs: Sequence[SentencePair], languages: Sequence[str], translator: CarriesEntities
) -> list[MarkedTranslation]:
    made: dict[int, MarkedTranslation] = {}
    for language in dict.fromkeys(languages):
        places = [k for k, lang in enumerate(languages) if lang == language]
        todo = [(pairs[k].source or Sentence((), "und"), pairs[k].source_entities or ()) for k in places]
        made.update(zip(places, translator.translate_marked(todo, language), strict=True))
    return [made[k] for k in range(len(pairs))]


def _translate(wanted: Sequence[tuple[Sentence | None, str]], translator: Translator) -> list[Sentence]:
    texts = _texts(wanted, translator)
    return [tokenise(text, language) for text, (_, language) in zip(texts, wanted, strict=True)]


def _texts(wanted: Sequence[tuple[Sentence | None, str]], translator: Translator) -> list[str]:
    """Return the translation of each sentence, asking once for all sentences of one direction."""
    directions = [(sentence.lang if sentence else "", language) for sentence, language in wanted]
    made: dict[int, str] = {}
    for direction in dict.fromkeys(directions):
        places = [k for k, other in enumerate(directions) if other == direction]
        texts = [detokenise(sentence) if (sentence := wanted[k][0]) else "" for k in places]
        made.update(zip(places, translator.translate(texts, *direction), strict=True))
    empty = [k for k, (sentence, _) in enumerate(wanted) if sentence and not made[k].strip()]
    if empty:
        raise TranslationFailed("The translator returned nothing for a sentence.")
    return [made[k] for k in range(len(wanted))]
