"""A multilingual encoder cut after one layer: token lists in, vectors of their sub-words out."""

from __future__ import annotations

import hashlib
import os
import threading
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from xner.errors import AlignmentFailed, ModelUnavailable
from xner.models.devices import Dtype, quiet, use_threads

_TRUNCATABLE = frozenset({"bert", "roberta", "xlm-roberta", "camembert", "electra"})
"""Post-norm encoders, whose layer n does not depend on the layers above it and which can be cut after it."""


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

    A sub-word of running text that straddles tokens has a row for each of them. `is_boundary` marks rows that say
    nothing but "a word begins here" beside others of the same token.
    """

    vectors: NDArray[np.float32]
    tokens: tuple[int, ...]
    is_boundary: tuple[bool, ...]


class Encoder:
    """A multilingual encoder cut after one layer, and its tokenizer. Thread-safe."""

    def __init__(self, name: str, path: str, revision: str | None, layer: int | None, dtype: Dtype) -> None:
        import torch
        from transformers import AutoConfig, AutoModel, AutoTokenizer

        use_threads()
        quiet()
        source: dict[str, Any] = {"revision": revision, "trust_remote_code": False}
        if os.path.isdir(path):
            source["local_files_only"] = True
        config = AutoConfig.from_pretrained(path, **source)
        self.name, self.revision, self.dtype = name, revision, dtype
        depth = int(config.num_hidden_layers)
        self.layer = layer if layer is not None else max(1, round(depth * 2 / 3))
        if self.layer > depth:
            raise ModelUnavailable(
                f"{name} has {depth} layers, layer {self.layer} was asked for.", "Lower align.layer."
            )
        cut = config.model_type in _TRUNCATABLE
        if cut:
            config.num_hidden_layers = max(1, self.layer)  # layer 0, the embeddings, needs a model to be in
        extra = {"add_pooling_layer": False} if cut and config.model_type != "electra" else {}
        self.tokenizer = AutoTokenizer.from_pretrained(path, use_fast=True, **source)
        self.model = AutoModel.from_pretrained(
            path, config=config, use_safetensors=True, dtype=getattr(torch, dtype), **extra, **source
        ).eval()
        self.max_pieces = self._max_pieces(config)
        self._before, self._after = self._special_ids()
        self._boundary_id = self._id_of_boundary()
        self.weights_hash = weights_hash(path, config)
        self._pass_lock = threading.Lock()

    def _max_pieces(self, config: Any) -> int:
        positions = int(getattr(config, "max_position_embeddings", 512))
        if config.model_type in {"roberta", "xlm-roberta", "camembert"}:
            positions -= 2  # positions are counted from the padding id
        known = min(positions, int(self.tokenizer.model_max_length))
        return known - int(self.tokenizer.num_special_tokens_to_add())

    def _special_ids(self) -> tuple[list[int], list[int]]:
        bare = self.tokenizer("a", add_special_tokens=False)["input_ids"]
        full = list(self.tokenizer("a")["input_ids"])
        start = next(i for i in range(len(full)) if full[i : i + len(bare)] == bare)
        return full[:start], full[start + len(bare) :]

    def _id_of_boundary(self) -> int | None:
        """Return the id of SentencePiece's bare word boundary, None where the vocabulary has none."""
        known = self.tokenizer.convert_tokens_to_ids("\u2581")
        return None if known is None or known == self.tokenizer.unk_token_id else int(known)

    def pieces(self, sentences: Sequence[EncoderInput]) -> list[Pieces]:
        """Return the sub-words of tokenised sentences; a token may have none."""
        tokens = [tuple(unicodedata.normalize("NFC", token) for token in sentence.tokens) for sentence in sentences]
        result = [Pieces((), (), ())] * len(sentences)
        words = [k for k, sentence in enumerate(sentences) if sentence.spaces is None and sentence.tokens]
        texts = [k for k, sentence in enumerate(sentences) if sentence.spaces is not None and sentence.tokens]
        if words:
            encoded = self._tokenize([tokens[k] for k in words], is_split_into_words=True)
            for row, k in enumerate(words):
                result[k] = self._pieces(encoded["input_ids"][row], [(w,) for w in encoded.word_ids(row)])
        if texts:
            running = [_running_text(tokens[k], sentences[k].spaces or ()) for k in texts]
            encoded = self._tokenize([text for text, _ in running], return_offsets_mapping=True)
            for row, (k, (_, owners)) in enumerate(zip(texts, running, strict=True)):
                places = encoded["offset_mapping"][row]
                held = [tuple(dict.fromkeys(t for t in owners[a:b] if t is not None)) for a, b in places]
                result[k] = self._pieces(encoded["input_ids"][row], held)
        return result

    def _tokenize(self, inputs: list[Any], **options: bool) -> Any:
        return self.tokenizer(inputs, add_special_tokens=False, truncation=False, verbose=False, **options)

    def _pieces(self, ids: list[int], tokens: list[tuple[int, ...]]) -> Pieces:
        n_of_token = Counter(token for held in tokens for token in held)
        boundary = [
            piece == self._boundary_id and all(n_of_token[token] > 1 for token in held)
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
            for start in _window_starts(len(sentence.ids), self.max_pieces)
        ]
        windows.sort(key=lambda window: len(window[2]))
        parts: dict[int, list[tuple[int, NDArray[np.float32]]]] = {}
        for batch in _batches(windows, batch_tokens, len(self._before) + len(self._after)):
            vectors = self._forward([ids for _, _, ids in batch])
            for (k, start, _), part in zip(batch, vectors, strict=True):
                parts.setdefault(k, []).append((start, part))
        hidden = int(self.model.config.hidden_size)
        return [
            _rows(_join(parts.get(k, []), len(held.ids), hidden), held, is_running=sentences[k].spaces is not None)
            for k, held in enumerate(pieces)
        ]

    def _forward(self, rows: list[tuple[int, ...]]) -> list[NDArray[np.float32]]:
        import torch

        n_before, longest = len(self._before), max(map(len, rows))
        width = longest + n_before + len(self._after)
        pad = self.tokenizer.pad_token_id or 0
        ids = np.full((len(rows), width), pad, np.int64)
        mask = np.zeros((len(rows), width), np.int64)
        for row, pieces in enumerate(rows):
            full = [*self._before, *pieces, *self._after]
            ids[row, : len(full)] = full
            mask[row, : len(full)] = 1
        with self._pass_lock, torch.inference_mode():
            output = self.model(
                input_ids=torch.from_numpy(ids),
                attention_mask=torch.from_numpy(mask),
                output_hidden_states=True,
            )
            states = output.hidden_states[self.layer].float().numpy()
        if not np.isfinite(states[mask.astype(bool)]).all():
            raise AlignmentFailed(f"The encoder {self.name} returned values that are not numbers.")
        return [states[row, n_before : n_before + len(pieces)] for row, pieces in enumerate(rows)]

    def describe(self) -> str:
        """Return model, weights, layer and number type for the signature."""
        revision = f"@{self.revision}" if self.revision else ""
        return f"{self.name}{revision}+sha256:{self.weights_hash}+layer:{self.layer}+{self.dtype}"


def _rows(vectors: NDArray[np.float32], pieces: Pieces, *, is_running: bool) -> EncodedSentence:
    """Return a row for each token of each sub-word; the word boundaries of running text are left out."""
    rows = [
        (row, token, boundary)
        for row, (tokens, boundary) in enumerate(zip(pieces.tokens, pieces.is_boundary, strict=True))
        if not (boundary and is_running)
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


def _window_starts(n_pieces: int, limit: int) -> list[int]:
    if n_pieces == 0:
        return []
    if n_pieces <= limit:
        return [0]
    starts = list(range(0, n_pieces - limit, max(1, limit // 2)))
    return [*starts, n_pieces - limit]


def _batches(
    windows: list[tuple[int, int, tuple[int, ...]]], batch_tokens: int, n_special: int
) -> list[list[tuple[int, int, tuple[int, ...]]]]:
    batches: list[list[tuple[int, int, tuple[int, ...]]]] = []
    for window in windows:
        width = len(window[2]) + n_special
        if batches and width * (len(batches[-1]) + 1) <= batch_tokens:
            batches[-1].append(window)
        else:
            batches.append([window])
    return batches


def _join(parts: list[tuple[int, NDArray[np.float32]]], n_pieces: int, hidden: int) -> NDArray[np.float32]:
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


def weights_hash(path: str, config: Any) -> str:
    """Return 12 hex digits that change when the weights do."""
    if not os.path.isdir(path):
        return str(getattr(config, "_commit_hash", None) or "unknown")[:12]
    digest = hashlib.sha256()
    for file in sorted(Path(path).glob("*.safetensors")):
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:12]
