"""Which markers a translator keeps: share of sentences whose entities are all found again, by style, and its speed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from xner.config import TranslateConfig
from xner.errors import ConfigError, InputError
from xner.text.tokenise import detokenise
from xner.translate import translators
from xner.translate.base import CarriesEntities, Translator
from xner.translate.markers import mark, one_kind_of_brackets, read_marked
from xner.types import Entity, Sentence, SentencePair

STYLES = {"[x]": ("[", "]"), "[ x ]": ("[ ", " ]"), "((x))": ("((", "))"), "{x}": ("{", "}"), "⟦x⟧": ("⟦", "⟧")}
"""What stands before and after an entity; the first is what `marked:` translators send."""


def run(pairs: Sequence[SentencePair], config: TranslateConfig, to: str) -> dict[str, Any]:
    """Return, for each style, the shares of sentences and of entities recovered, and sentences a second unmarked.

    Raises:
        InputError: no pair has entities in its source.
        ConfigError: the translator carries entities by itself, or none is named.
    """
    marked = [(pair.source, pair.source_entities) for pair in pairs if pair.source and pair.source_entities]
    if not marked:
        raise InputError("no pair has source entities to mark.", "Give a file with the field source_entities.")
    translator = translators.get(config.name)(config)
    if isinstance(translator, CarriesEntities):
        raise ConfigError(f"{config.name} sends markers of one style by itself.", "Name it without 'marked:'.")
    seconds = _seconds([detokenise(sentence) for sentence, _ in marked], translator, marked[0][0].lang, to)
    return {
        "translator": translator.describe(),
        "n_sentences": len(marked),
        "n_entities": sum(len(entities) for _, entities in marked),
        "sentences_per_s": len(marked) / seconds,
        "styles": {style: _recovered(marked, ends, translator, to) for style, ends in STYLES.items()},
    }


def _seconds(texts: Sequence[str], translator: Translator, source: str, target: str) -> float:
    translator.translate(texts[:1], source, target)  # programs and models load outside the clock
    began = time.perf_counter()
    translator.translate(texts[1:], source, target)
    return (time.perf_counter() - began) * len(texts) / max(1, len(texts) - 1)


def _recovered(
    marked: Sequence[tuple[Sentence, tuple[Entity, ...]]], ends: tuple[str, str], translator: Translator, to: str
) -> dict[str, float]:
    opening, closing = ends
    n_whole = n_found = n_entities = 0
    for sentence, entities in marked:
        sent = mark(sentence, entities).replace("[", "\0").replace("]", closing).replace("\0", opening)
        phrases = [mark(_part(sentence, entity), ()) for entity in entities]
        answer, *alone = translator.translate([sent, *phrases], sentence.lang, to)
        if opening.strip() != "[":
            answer = answer.replace("[", "(").replace("]", ")")
        read = one_kind_of_brackets(answer.replace(opening.strip(), "[").replace(closing.strip(), "]"))
        found = read_marked(read, alone, [entity.label for entity in entities]).entities
        n_whole += len(found) == len(entities)
        n_found += len(found)
        n_entities += len(entities)
    return {"sentences": n_whole / len(marked), "entities": n_found / n_entities}


def _part(sentence: Sentence, entity: Entity) -> Sentence:
    return Sentence(sentence.tokens[entity.span.start : entity.span.end], sentence.lang)
