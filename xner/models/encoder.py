"""A multilingual encoder cut after one layer: token lists in, vectors of their sub-words out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from xner.errors import ModelUnavailable
from xner.models.loaded import LoadedModel
from xner.text.normalise import nfc


class EncoderInput(NamedTuple):
    """Tokens of a sentence. With `spaces` the encoder reads them as running text, else each as a word of its own."""

    tokens: tuple[str, ...]
    spaces: tuple[bool, ...] | None = None


@dataclass(frozen=True, slots=True)
class Pieces:
    """Sub-words of one sentence.

    `tokens` names the tokens of each: one, several where a sub-word of running text straddles them, or none (a blank).
    `is_boundary` marks those that say nothing but "a word begins here" beside others of the same token.
    """

    ids: tuple[int, ...]
    tokens: tuple[tuple[int, ...], ...]
    is_boundary: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class EncodedSentence:
    """Vectors of the sub-words of one sentence, (n_rows, hidden) float32, the token of each row, and its kind.

    A sub-word of running text that straddles tokens has a row for each of them, all with the same vector. These rows
    tie, and argmax links the first token alone; itermax links the others in its further rounds, where one linked side
    counts 0.9, as long as the other side has a word free. `is_boundary` marks rows that say nothing but "a word begins
    here" beside others of the same token.
    """

    vectors: NDArray[np.float32]
    tokens: tuple[int, ...]
    is_boundary: tuple[bool, ...]


class Encoder:
    """One layer of a loaded model, reading tokenised sentences. Light: the weights belong to the model."""

    def __init__(self, model: LoadedModel, layer: int) -> None:
        if layer > model.depth:
            raise ModelUnavailable(
                f"{model.name} has {model.depth} layers, layer {layer} was asked for.", "Lower align.layer."
            )
        self.model, self.layer = model, layer

    @property
    def max_pieces(self) -> int:
        """Sub-words that fit in one window."""
        return self.model.max_pieces

    def pieces(self, sentences: Sequence[EncoderInput]) -> list[Pieces]:
        """Return the sub-words of tokenised sentences; a token may have none."""
        tokens = [tuple(nfc(token) for token in sentence.tokens) for sentence in sentences]
        result = [Pieces((), (), ())] * len(sentences)
        words = [k for k, sentence in enumerate(sentences) if sentence.spaces is None and sentence.tokens]
        texts = [k for k, sentence in enumerate(sentences) if sentence.spaces is not None and sentence.tokens]
        if words:
            known = self.model.ids_of_words(token for k in words for token in tokens[k])
            for k in words:
                result[k] = self._pieces_of_words([known[token] for token in tokens[k]])
        if texts:
            running = [_running_text(tokens[k], sentences[k].spaces or ()) for k in texts]
            encoded = self.model.tokenize([text for text, _ in running], return_offsets_mapping=True)
            for row, (k, (_, owners)) in enumerate(zip(texts, running, strict=True)):
                places = encoded["offset_mapping"][row]
                held = [tuple(dict.fromkeys(t for t in owners[a:b] if t is not None)) for a, b in places]
                result[k] = self._pieces(encoded["input_ids"][row], held)
        return result

    def _pieces_of_words(self, words: Sequence[tuple[int, ...]]) -> Pieces:
        boundary = self.model.boundary_id
        ids = tuple(chain.from_iterable(words))
        tokens: list[tuple[int, ...]] = []
        for place, word in enumerate(words):
            tokens += [(place,)] * len(word)
        if boundary not in ids:
            return Pieces(ids, tuple(tokens), (False,) * len(ids))
        is_boundary = tuple(piece == boundary and len(word) > 1 for word in words for piece in word)
        return Pieces(ids, tuple(tokens), is_boundary)

    def _pieces(self, ids: list[int], tokens: list[tuple[int, ...]]) -> Pieces:
        n_of_token = Counter(token for held in tokens for token in held)
        boundary = [
            piece == self.model.boundary_id and all(n_of_token[token] > 1 for token in held)
            for piece, held in zip(ids, tokens, strict=True)
        ]
        return Pieces(tuple(ids), tuple(tokens), tuple(boundary))

    def encode(self, sentences: Sequence[EncoderInput], batch_tokens: int = 1024) -> list[EncodedSentence]:
        """Return the sub-word vectors of every sentence, in order.

        Sentences longer than the model's limit run in windows that overlap by half; each sub-word takes its vector
        from the window in which it stands farthest from an edge. Batches hold sentences of like length.

        Args:
            sentences: tokens of each, see `EncoderInput`.
            batch_tokens: sub-words in one batch, padding included.
        """
        pieces = self.pieces(sentences)
        windows = [
            (k, start, sentence.ids[start : start + self.max_pieces])
            for k, sentence in enumerate(pieces)
            for start in window_starts(len(sentence.ids), self.max_pieces)
        ]
        windows.sort(key=lambda window: len(window[2]))
        parts: dict[int, list[tuple[int, NDArray[np.float32]]]] = {}
        for batch in in_batches(windows, batch_tokens, self.model.n_special):
            vectors = self.model.hidden_states([ids for _, _, ids in batch], self.layer)
            for (k, start, _), part in zip(batch, vectors, strict=True):
                parts.setdefault(k, []).append((start, part))
        return [
            _rows(
                join_windows(parts.get(k, []), len(held.ids), self.model.hidden),
                held,
                is_running=sentences[k].spaces is not None,
            )
            for k, held in enumerate(pieces)
        ]

    def describe(self) -> str:
        """Return model, weights, layer and number type for the signature."""
        model = self.model
        revision = f"@{model.revision}" if model.revision else ""
        return f"{model.name}{revision}+sha256:{model.weights_hash}+layer:{self.layer}+{model.dtype}"


def _rows(vectors: NDArray[np.float32], pieces: Pieces, *, is_running: bool) -> EncodedSentence:
    """Return a row for each token of each sub-word; the word boundaries of running text are left out.

    The rows of a sub-word that straddles tokens are made before links are, so that they tie and argmax takes only the
    first. That is chosen: links expanded to all tokens afterwards join names to what stands beside them in the same
    sub-word, as in 今日は (strict F1 on Japanese xSID .47 instead of .60).
    """
    if not is_running:  # each sub-word is of one token
        return EncodedSentence(vectors, tuple(token for (token,) in pieces.tokens), pieces.is_boundary)
    rows = [
        (row, token, boundary)
        for row, (tokens, boundary) in enumerate(zip(pieces.tokens, pieces.is_boundary, strict=True))
        if not boundary
        for token in tokens
    ]
    picked = [row for row, _, _ in rows]
    return EncodedSentence(vectors[picked], tuple(t for _, t, _ in rows), tuple(b for _, _, b in rows))


def _running_text(tokens: Sequence[str], spaces: Sequence[bool]) -> tuple[str, list[int | None]]:
    """Return the text, and for each of its characters the token that it belongs to."""
    owners: list[int | None] = []
    for index, (token, space) in enumerate(zip(tokens, spaces, strict=True)):
        owners += [index] * len(token) + [None] * space
    return "".join(token + " " * space for token, space in zip(tokens, spaces, strict=True)), owners


def window_starts(n_pieces: int, limit: int) -> list[int]:
    """Return where windows of `limit` sub-words begin that overlap by half and cover all of them."""
    if n_pieces == 0:
        return []
    if n_pieces <= limit:
        return [0]
    starts = list(range(0, n_pieces - limit, max(1, limit // 2)))
    return [*starts, n_pieces - limit]


def in_batches(
    windows: list[tuple[int, int, tuple[int, ...]]], batch_tokens: int, n_special: int
) -> list[list[tuple[int, int, tuple[int, ...]]]]:
    """Return windows (sentence, start, ids), sorted by length, in batches of so many sub-words, padding included."""
    batches: list[list[tuple[int, int, tuple[int, ...]]]] = []
    for window in windows:
        width = len(window[2]) + n_special
        if batches and width * (len(batches[-1]) + 1) <= batch_tokens:
            batches[-1].append(window)
        else:
            batches.append([window])
    return batches


def join_windows(parts: list[tuple[int, NDArray[np.float32]]], n_pieces: int, hidden: int) -> NDArray[np.float32]:
    """Return one row a sub-word, (n_pieces, hidden), from the window in which it stands farthest from an edge."""
    if len(parts) == 1:
        return np.ascontiguousarray(parts[0][1])
    vectors = np.zeros((n_pieces, hidden), np.float32)
    margin = np.full(n_pieces, -1.0)
    for start, part in parts:
        n = len(part)
        here = np.minimum(np.arange(n), np.arange(n)[::-1]).astype(float)
        better = here > margin[start : start + n]
        vectors[start : start + n][better] = part[better]
        margin[start : start + n][better] = here[better]
    return vectors
