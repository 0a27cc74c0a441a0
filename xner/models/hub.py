"""Load encoders: the embedded one, a local folder, or a hub id. The only place that loads their weights."""

from __future__ import annotations

import hashlib
import os
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xner.errors import AlignmentFailed, ModelUnavailable
from xner.models import embedded
from xner.models.devices import Dtype, fast_dtype, quiet, use_threads

_BEST_LAYER = {embedded.NAME: 7}
"""Layer with the lowest alignment error rate, measured; other models take two thirds of their depth."""
_TRUNCATABLE = frozenset({"bert", "roberta", "xlm-roberta", "camembert", "electra"})
"""Post-norm encoders, whose layer n does not depend on the layers above it and which can be cut after it."""
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class EncodedSentence:
    """Vectors of the sub-words of one sentence: (n_pieces, hidden) float32, and the token of each piece."""

    vectors: NDArray[np.float32]
    token_of_piece: tuple[int, ...]


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
        self.layer = layer if layer is not None else min(_BEST_LAYER.get(name, max(1, round(depth * 2 / 3))), depth)
        if self.layer > depth:
            raise ModelUnavailable(
                f"{name} has {depth} layers, layer {self.layer} was asked for.", "Lower align.layer."
            )
        cut = config.model_type in _TRUNCATABLE
        if cut:
            config.num_hidden_layers = self.layer
        extra = {"add_pooling_layer": False} if cut and config.model_type != "electra" else {}
        self.tokenizer = AutoTokenizer.from_pretrained(path, use_fast=True, **source)
        self.model = AutoModel.from_pretrained(
            path, config=config, use_safetensors=True, dtype=getattr(torch, dtype), **extra, **source
        ).eval()
        self.max_pieces = self._max_pieces(config)
        self._before, self._after = self._special_ids()
        self.weights_hash = _hash_weights(path, config)
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

    def pieces(self, sentences: Sequence[Sequence[str]]) -> list[tuple[list[int], tuple[int, ...]]]:
        """Return (sub-word ids, token of each) of tokenised sentences; a token may have no sub-word."""
        words = [[unicodedata.normalize("NFC", token) for token in sentence] for sentence in sentences]
        filled = [k for k, sentence in enumerate(words) if sentence]
        result: list[tuple[list[int], tuple[int, ...]]] = [([], ()) for _ in words]
        if filled:
            encoded = self.tokenizer(
                [words[k] for k in filled], is_split_into_words=True, add_special_tokens=False, truncation=False,
                verbose=False,
            )  # fmt: skip
            for row, k in enumerate(filled):
                result[k] = (encoded["input_ids"][row], tuple(encoded.word_ids(row)))
        return result

    def encode(self, sentences: Sequence[Sequence[str]], batch_tokens: int = 1024) -> list[EncodedSentence]:
        """Return the sub-word vectors of every sentence, in order.

        Sentences longer than the model's limit run in windows that overlap by half; each sub-word takes its vector
        from the window in which it stands farthest from an edge. Batches hold sentences of like length.

        Args:
            sentences: tokens of each.
            batch_tokens: sub-words in one batch, padding included.
        """
        pieces = self.pieces(sentences)
        windows = [
            (k, start, ids[start : start + self.max_pieces])
            for k, (ids, _) in enumerate(pieces)
            for start in _window_starts(len(ids), self.max_pieces)
        ]
        windows.sort(key=lambda window: len(window[2]))
        parts: dict[int, list[tuple[int, NDArray[np.float32]]]] = {}
        for batch in _batches(windows, batch_tokens, len(self._before) + len(self._after)):
            vectors = self._forward([ids for _, _, ids in batch])
            for (k, start, _), part in zip(batch, vectors, strict=True):
                parts.setdefault(k, []).append((start, part))
        hidden = int(self.model.config.hidden_size)
        return [
            EncodedSentence(_join(parts.get(k, []), len(ids), hidden), tokens) for k, (ids, tokens) in enumerate(pieces)
        ]

    def _forward(self, rows: list[list[int]]) -> list[NDArray[np.float32]]:
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


def load_encoder(
    name: str, *, revision: str | None = None, layer: int | None = None, dtype: str = "float32"
) -> Encoder:
    """Return the encoder called `name`, loaded once per process.

    Args:
        name: ``e5-small``, a local folder, or a hub id.
        revision: commit of a hub id.
        layer: 0 = embeddings; None takes the best known one.
        dtype: ``float32``, ``bfloat16`` or ``auto``.

    Raises:
        ModelUnavailable: not here and not to be had, damaged, or of a kind that is not loaded (pickle, remote code).
    """
    with _lock:
        return _load(name, revision, layer, fast_dtype(dtype))  # type: ignore[arg-type]


@lru_cache(maxsize=2)
def _load(name: str, revision: str | None, layer: int | None, dtype: Dtype) -> Encoder:
    from safetensors import SafetensorError

    path = str(embedded.prepare()) if name == embedded.NAME else name
    try:
        return Encoder(name, path, revision, layer, dtype)
    except ImportError as error:
        raise ModelUnavailable(f"{name} needs a package that is not installed: {error}.") from error
    except (OSError, ValueError, KeyError, RuntimeError, StopIteration, SafetensorError) as error:
        reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ModelUnavailable(
            f"The model {name!r} can't be loaded: {reason[:300]}",
            "Give the path of a folder with config.json, tokenizer.json and model.safetensors, or the id of a hub model"
            " while online (HF_HUB_OFFLINE unset); e5-small needs neither.",
        ) from error


def _hash_weights(path: str, config: Any) -> str:
    """Return 12 hex digits that change when the weights do."""
    if not os.path.isdir(path):
        return str(getattr(config, "_commit_hash", None) or "unknown")[:12]
    digest = hashlib.sha256()
    for file in sorted(Path(path).glob("*.safetensors")):
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:12]


def _window_starts(n_pieces: int, limit: int) -> list[int]:
    if n_pieces == 0:
        return []
    if n_pieces <= limit:
        return [0]
    starts = list(range(0, n_pieces - limit, max(1, limit // 2)))
    return [*starts, n_pieces - limit]


def _batches(
    windows: list[tuple[int, int, list[int]]], batch_tokens: int, n_special: int
) -> list[list[tuple[int, int, list[int]]]]:
    batches: list[list[tuple[int, int, list[int]]]] = []
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
