"""Aligners over the vectors of a multilingual encoder: `argmax`, `itermax`, `mwmf` and `awesome`, batched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xner.align import matrices
from xner.align.base import aligners
from xner.config import AlignConfig
from xner.models.hub import EncodedSentence, Encoder, EncoderInput, Pieces, load_encoder
from xner.text.script import writes_spaces
from xner.text.tokenise import with_text
from xner.types import Alignment, Sentence, SentencePair


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
        sides = [(self._input(pair.source), self._input(pair.target)) for pair in pairs]
        distinct = list(dict.fromkeys(sentence for side in sides for sentence in side))
        encoded = dict(zip(distinct, self.encoder.encode(distinct, batch_tokens=self.config.batch_tokens), strict=True))
        return [self._link(encoded[source], encoded[target]) for source, target in sides]

    def _input(self, sentence: Sentence | None) -> EncoderInput:
        if sentence is None:
            return EncoderInput(())
        if self.config.join_unspaced and not writes_spaces(sentence.lang, "".join(sentence.tokens)):
            return EncoderInput(sentence.tokens, with_text(sentence).spaces)
        return EncoderInput(sentence.tokens)

    def _link(self, source: EncodedSentence, target: EncodedSentence) -> Alignment:
        if self.config.level == "word":
            source, target = _averaged(source), _averaged(target)
        if not source.pieces.ids or not target.pieces.ids:
            return Alignment(frozenset())
        similarity = matrices.cosine(source.vectors, target.vectors)
        mask = self._mask(similarity, source.vectors, target.vectors)
        rows, source_pieces = _evidence(source.pieces)
        columns, target_pieces = _evidence(target.pieces)
        return Alignment(
            links=matrices.token_links(mask, source.pieces.tokens, target.pieces.tokens),
            similarity=similarity[np.ix_(rows, columns)],
            source_pieces=source_pieces,
            target_pieces=target_pieces,
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
        spacing = "joined" if config.join_unspaced else "apart"
        return f"{config.name}{extra}{distortion}+{config.level}+{spacing}+{self.encoder.describe()}"


for _name in ("argmax", "itermax", "mwmf", "awesome"):
    aligners.register(_name)(EmbeddingAligner)


def _evidence(pieces: Pieces) -> tuple[list[int], tuple[int, ...]]:
    """Return the rows of the sub-words that count as evidence, and the token of each row.

    Bare word boundaries are left out: set apart, every Japanese or Chinese character gets one, and half of the soft
    score of a span would hang on vectors that mean nothing. A sub-word that straddles tokens counts for each.
    """
    pairs = [
        (row, token)
        for row, (tokens, boundary) in enumerate(zip(pieces.tokens, pieces.is_boundary, strict=True))
        if not boundary
        for token in tokens
    ]
    return [row for row, _ in pairs], tuple(token for _, token in pairs)


def _averaged(sentence: EncodedSentence) -> EncodedSentence:
    """Return one vector per token that has sub-words: the mean of theirs."""
    rows_of: dict[int, list[int]] = {}
    for row, tokens in enumerate(sentence.pieces.tokens):
        for token in tokens:
            rows_of.setdefault(token, []).append(row)
    tokens_in_order = sorted(rows_of)
    pieces = Pieces(
        tuple(tokens_in_order), tuple((token,) for token in tokens_in_order), (False,) * len(tokens_in_order)
    )
    if not tokens_in_order:
        return EncodedSentence(sentence.vectors[:0], pieces)
    vectors = np.stack([sentence.vectors[rows_of[token]].mean(axis=0) for token in tokens_in_order])
    return EncodedSentence(vectors.astype(np.float32), pieces)
