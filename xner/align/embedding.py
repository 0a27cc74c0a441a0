"""Aligners over the vectors of a multilingual encoder: `argmax`, `itermax`, `mwmf` and `awesome`, batched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from xner.align import matrices
from xner.align.base import aligners
from xner.config import AlignConfig
from xner.models.encoder import EncodedSentence, Encoder, EncoderInput
from xner.models.hub import load_encoder
from xner.text.script import writes_spaces
from xner.text.tokenise import with_text
from xner.types import Alignment, Sentence, SentencePair


class EmbeddingAligner:
    """Encodes all sentences of a batch at once, each distinct one a single time, and links pair by pair.

    Scripts without spaces are read as running text (`join_unspaced`), where one sub-word may straddle tokens. Each of
    them has a row with its vector, and these rows tie: `argmax` links the first token alone, and `itermax` adds the
    others in its further rounds, where one linked side counts 0.9, as long as the other side has a word free.
    """

    def __init__(self, config: AlignConfig) -> None:
        self.config = config

    @property
    def encoder(self) -> Encoder:
        """The encoder, loaded when first needed; the loader keeps it, so that old aligners hold no weights."""
        config = self.config
        return load_encoder(config.model, revision=config.revision, layer=config.layer, dtype=config.dtype)

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
        if not source.tokens or not target.tokens:
            return Alignment(frozenset())
        if self.config.centred:
            source, target = _centred(source), _centred(target)
        similarity = matrices.cosine(source.vectors, target.vectors)
        mask = self._mask(similarity, source.vectors, target.vectors)
        rows, columns = _evidence(source), _evidence(target)
        return Alignment(
            links=matrices.token_links(mask, source.tokens, target.tokens),
            similarity=similarity[np.ix_(rows, columns)],
            source_pieces=tuple(source.tokens[row] for row in rows),
            target_pieces=tuple(target.tokens[column] for column in columns),
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
        centred = "+centred" if config.centred else ""
        return f"{config.name}{extra}{distortion}{centred}+{config.level}+{spacing}+{self.encoder.describe()}"


for _name in ("argmax", "itermax", "mwmf", "awesome"):
    aligners.register(_name)(EmbeddingAligner)


def _evidence(sentence: EncodedSentence) -> list[int]:
    """Return the rows that count as evidence: all but bare word boundaries.

    Set apart, every Japanese or Chinese character gets a boundary of its own, and half of the soft score of a span
    would hang on vectors that mean nothing. Links keep them, as simalign does.
    """
    return [row for row, boundary in enumerate(sentence.is_boundary) if not boundary]


def _centred(sentence: EncodedSentence) -> EncodedSentence:
    """Return the vectors without what all of the sentence share.

    The vectors of an encoder lie in a narrow cone, so that all cosines are high and the differences, which alone tell
    what belongs together, are small (Ethayarajh 2019). A single vector is kept: nothing would be left of it.
    """
    if len(sentence.tokens) < 2:
        return sentence
    return replace(sentence, vectors=sentence.vectors - sentence.vectors.mean(axis=0, keepdims=True))


def _averaged(sentence: EncodedSentence) -> EncodedSentence:
    """Return one vector per token that has sub-words: the mean of theirs."""
    rows_of: dict[int, list[int]] = {}
    for row, token in enumerate(sentence.tokens):
        rows_of.setdefault(token, []).append(row)
    tokens = tuple(sorted(rows_of))
    if not tokens:
        return sentence
    vectors = np.stack([sentence.vectors[rows_of[token]].mean(axis=0) for token in tokens])
    return EncodedSentence(vectors.astype(np.float32), tokens, (False,) * len(tokens))
