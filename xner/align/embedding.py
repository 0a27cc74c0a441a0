"""Aligners over the vectors of a multilingual encoder: `argmax`, `itermax`, `mwmf` and `awesome`, batched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xner.align import matrices
from xner.align.base import aligners
from xner.config import AlignConfig
from xner.models.hub import EncodedSentence, Encoder, load_encoder
from xner.types import Alignment, SentencePair


class EmbeddingAligner:
    """Encodes all sentences of a batch at once, each distinct one a single time, and links pair by pair."""

    def __init__(self, config: AlignConfig) -> None:
        self.config = config
        self._encoder: Encoder | None = None

    @property
    def encoder(self) -> Encoder:
        """The encoder, loaded when first needed."""
        if self._encoder is None:
            config = self.config
            self._encoder = load_encoder(config.model, revision=config.revision, layer=config.layer, dtype=config.dtype)
        return self._encoder

    def align(self, pairs: Sequence[SentencePair]) -> list[Alignment]:
        """Return one alignment a pair, with its similarity matrix; an empty side gives no links."""
        sides = [(_tokens(pair.source), _tokens(pair.target)) for pair in pairs]
        distinct = list(dict.fromkeys(tokens for side in sides for tokens in side))
        encoded = dict(zip(distinct, self.encoder.encode(distinct, batch_tokens=self.config.batch_tokens), strict=True))
        return [self._link(encoded[source], encoded[target]) for source, target in sides]

    def _link(self, source: EncodedSentence, target: EncodedSentence) -> Alignment:
        if self.config.level == "word":
            source, target = _average_tokens(source), _average_tokens(target)
        if not source.token_of_piece or not target.token_of_piece:
            return Alignment(frozenset())
        similarity = matrices.cosine(source.vectors, target.vectors)
        mask = self._mask(similarity, source.vectors, target.vectors)
        return Alignment(
            links=matrices.token_links(mask, source.token_of_piece, target.token_of_piece),
            similarity=similarity,
            source_pieces=source.token_of_piece,
            target_pieces=target.token_of_piece,
        )

    def _mask(
        self, similarity: NDArray[np.float32], source: NDArray[np.float32], target: NDArray[np.float32]
    ) -> matrices.Mask:
        config = self.config
        if config.name == "awesome":
            return matrices.awesome(source @ target.T, config.awesome_threshold)
        scores = matrices.distorted((similarity + 1.0) / 2.0, config.distortion)
        if config.name == "itermax":
            return matrices.itermax(scores, config.max_iterations)
        return matrices.mwmf(scores) if config.name == "mwmf" else matrices.mutual_argmax(scores)

    def describe(self) -> str:
        """Return method, parameters and encoder for the signature."""
        config = self.config
        extra = {
            "awesome": f"+threshold:{config.awesome_threshold:g}",
            "itermax": f"+rounds:{config.max_iterations}",
        }.get(config.name, "")
        distortion = f"+distortion:{config.distortion:g}" if config.distortion and config.name != "awesome" else ""
        return f"{config.name}{extra}{distortion}+{config.level}+{self.encoder.describe()}"


for _name in ("argmax", "itermax", "mwmf", "awesome"):
    aligners.register(_name)(EmbeddingAligner)


def _tokens(sentence: object) -> tuple[str, ...]:
    tokens: tuple[str, ...] = getattr(sentence, "tokens", ())
    return tokens


def _average_tokens(sentence: EncodedSentence) -> EncodedSentence:
    """Return one vector per token that has sub-words: the mean of theirs."""
    if not sentence.token_of_piece:
        return sentence
    tokens, first = np.unique(np.array(sentence.token_of_piece), return_index=True)
    sums = np.add.reduceat(sentence.vectors, first, axis=0)
    counts = np.diff([*first, len(sentence.token_of_piece)])
    return EncodedSentence((sums / counts[:, None]).astype(np.float32), tuple(tokens.tolist()))
