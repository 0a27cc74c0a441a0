"""Translation with a model that was converted for CTranslate2: `ctranslate2`, with the folder in `translate.model`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from xner.cache import open_room
from xner.config import CacheConfig, TranslateConfig
from xner.errors import ModelUnavailable
from xner.models.converted import CONVERT, ConvertedSeq2Seq, load_converted
from xner.translate.base import translators
from xner.translate.cache import translate_once


@translators.register("ctranslate2")
class ConvertedTranslator:
    """Translates in batches; on one core three to five times as fast as the same model in float32."""

    def __init__(self, config: TranslateConfig) -> None:
        self.config = config
        self._cache = CacheConfig()

    def keep_by(self, settings: CacheConfig) -> None:
        """Keep translations as `settings` say."""
        self._cache = settings

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """Return the translation of each text; those that an earlier run has made come from the cache.

        Raises:
            TranslationFailed: a text is longer than the model reads, or its translation had no end.
            ModelUnavailable: package or model are not here, or it does not know one of the languages.
        """
        if not any(text.strip() for text in texts):
            return list(texts)
        config, model = self.config, self._load()
        ask = partial(
            model.translate, source=source, target=target, beams=config.beams, max_new_tokens=config.max_new_tokens
        )
        direction = f"ctranslate2+{model.describe()}+{self._parameters()}+{source}>{target}"
        any_batch = self._cache.reuse == "any_batch"
        return translate_once(
            texts, direction, ask, config.batch_size, open_room(self._cache), any_batch=any_batch
        )  # fmt: skip

    def describe(self) -> str:
        """Return model, weights and parameters for the signature.

        Raises:
            ModelUnavailable: package or model are not here.
        """
        return f"ctranslate2+{self._load().describe()}+{self._parameters()}"

    def _load(self) -> ConvertedSeq2Seq:
        if self.config.model is None:
            raise ModelUnavailable(
                "translate.name=ctranslate2 names no model.", f"{CONVERT}, then translate.model=FOLDER"
            )
        return load_converted(self.config.model, self.config.tokenizer)

    def _parameters(self) -> str:
        return f"beams:{self.config.beams}+max_new_tokens:{self.config.max_new_tokens}"
