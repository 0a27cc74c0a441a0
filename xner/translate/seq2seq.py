"""Neural translation models through transformers: NLLB, M2M100 and Marian, of which each translation is kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from xner.cache import open_room
from xner.config import CacheConfig, TranslateConfig
from xner.models.seq2seq import Seq2Seq, load_seq2seq
from xner.text.script import normalise_tag
from xner.translate.base import translators
from xner.translate.cache import translate_once

_MODELS = {"nllb": "facebook/nllb-200-distilled-600M", "m2m": "facebook/m2m100_418M"}
"""The usual model of a name; Marian has one a direction."""
_MARIAN = "Helsinki-NLP/opus-mt-{source}-{target}"


def usual_model(name: str) -> str | None:
    """Return the model of a translator where none is named, None where there is one for each direction."""
    return _MODELS.get(name)


class Seq2SeqTranslator:
    """Translates in batches with a model that is loaded when first used."""

    def __init__(self, name: str, config: TranslateConfig) -> None:
        self.name, self.config = name, config
        self._used: set[str] = set()
        self._cache = CacheConfig()

    def keep_by(self, settings: CacheConfig) -> None:
        """Keep translations as `settings` say."""
        self._cache = settings

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """Return the translation of each text; those that an earlier run has made come from the cache.

        Raises:
            TranslationFailed: a text is longer than the model reads, or its translation had no end within
                `translate.max_new_tokens`.
            ModelUnavailable: the model is not here, or does not know one of the languages.
        """
        if not any(text.strip() for text in texts):
            return list(texts)
        config = self.config
        model = self._load(self._model_of(source, target))
        self._used.add(model.describe())
        ask = partial(
            model.translate, source=source, target=target, beams=config.beams, max_new_tokens=config.max_new_tokens
        )
        direction = f"{model.describe()}+{self._parameters()}+{source}>{target}"
        any_batch = self._cache.reuse == "any_batch"
        return translate_once(
            texts, direction, ask, config.batch_size, open_room(self._cache), any_batch=any_batch
        )  # fmt: skip

    def describe(self) -> str:
        """Return model, weights and parameters; of Marian without a model those of the directions used so far.

        Raises:
            ModelUnavailable: the model is not here.
        """
        fixed = self.config.model or _MODELS.get(self.name)
        models = [self._load(fixed).describe()] if fixed else sorted(self._used)
        return "+".join([self.name, *models, self._parameters()])

    def _model_of(self, source: str, target: str) -> str:
        sides = {side: normalise_tag(tag).partition("-")[0] for side, tag in (("source", source), ("target", target))}
        return self.config.model or _MODELS.get(self.name) or _MARIAN.format(**sides)

    def _load(self, name: str) -> Seq2Seq:
        config = self.config
        return load_seq2seq(name, revision=config.revision, dtype=config.dtype, tokenizer=config.tokenizer)

    def _parameters(self) -> str:
        return f"beams:{self.config.beams}+max_new_tokens:{self.config.max_new_tokens}"


for _name in ("m2m", "marian", "nllb"):
    translators.register(_name)(partial(Seq2SeqTranslator, _name))
