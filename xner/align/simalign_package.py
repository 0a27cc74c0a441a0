"""The package simalign itself, pair by pair: the reference for our own aligners, with its limits guarded."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from xner.align.base import aligners
from xner.config import AlignConfig
from xner.errors import AlignmentFailed, ConfigError, ModelUnavailable
from xner.models import embedded
from xner.models.encoder import Encoder, EncoderInput
from xner.models.folders import Stamps, stamps
from xner.models.hub import load_encoder
from xner.types import Alignment, Link, SentencePair

METHODS = {"argmax": "inter", "itermax": "itermax", "mwmf": "mwmf"}
"""Our name of a method and simalign's."""
_lock = threading.Lock()


def package_links(
    model: str, layer: int, source: Sequence[str], target: Sequence[str], method: str = "itermax"
) -> frozenset[Link]:
    """Return what simalign itself links, with the model as we name it, loaded once per process.

    simalign would pick ``model_max_length`` from the tokenizer and cut longer input without a word; callers count
    sub-words first. One call runs at a time: tokenizer, layer and method are state that sessions share.

    Raises:
        ModelUnavailable: simalign is not installed.
    """
    with _lock:
        aligner = _loaded(model, stamps(model))
        aligner.embed_loader.layer = layer
        aligner.matching_methods = [METHODS[method]]
        return frozenset(aligner.get_word_aligns(list(source), list(target))[METHODS[method]])


@lru_cache(maxsize=1)
def _loaded(model: str, _files: Stamps | None) -> Any:
    try:
        from simalign import SentenceAligner
    except ImportError as error:
        raise ModelUnavailable(f"The package simalign can't be imported: {error}.", "pip install simalign") from error

    path = str(embedded.prepare()) if model == embedded.NAME else model
    return SentenceAligner(model=path, token_type="bpe")  # noqa: S106


@aligners.register("simalign")
class SimAlignPackageAligner:
    """Runs simalign's itermax; slower than `itermax`, with the same links.

    Raises:
        ConfigError: a revision is set, which the package has no way to ask for.
    """

    def __init__(self, config: AlignConfig) -> None:
        if config.revision is not None:
            raise ConfigError(
                "The aligner simalign can't load a given align.revision.",
                "Choose itermax, which has the same links, or give align.model a folder with that revision.",
            )
        self.config = config

    @property
    def encoder(self) -> Encoder:
        """Our own copy of the encoder, which counts sub-words and has the name for the signature."""
        return load_encoder(self.config.model, layer=self.config.layer)

    def align(self, pairs: Sequence[SentencePair]) -> list[Alignment]:
        """Return itermax links of each pair; no similarity, so the soft score is left out.

        Raises:
            AlignmentFailed: a sentence is longer than the model takes, where simalign would cut it silently.
        """
        return [self._align_one(pair) for pair in pairs]

    def _align_one(self, pair: SentencePair) -> Alignment:
        encoder = self.encoder
        sides = [list(sentence.tokens) if sentence else [] for sentence in (pair.source, pair.target)]
        pieces = encoder.pieces([EncoderInput(tuple(side)) for side in sides])
        kept = [sorted({token for tokens in sentence.tokens for token in tokens}) for sentence in pieces]
        if not all(kept):
            return Alignment(frozenset())
        longest = max(len(sentence.ids) for sentence in pieces)
        if longest > encoder.max_pieces:
            raise AlignmentFailed(
                f"{pair.id}: {longest} sub-words, simalign takes {encoder.max_pieces}.",
                "Choose the aligner itermax, which reads long sentences in windows.",
            )
        words = [[side[i] for i in tokens] for side, tokens in zip(sides, kept, strict=True)]
        links = package_links(self.config.model, encoder.layer, words[0], words[1])
        return Alignment(frozenset((kept[0][i], kept[1][j]) for i, j in links))

    def describe(self) -> str:
        """Return name, version and encoder for the signature."""
        return f"simalign+{version('simalign')}+itermax+{self.encoder.describe()}"
