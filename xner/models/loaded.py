"""Weights and tokenizer of one encoder, shared by all its layers: token ids in, hidden states out."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xner.errors import AlignmentFailed, ModelUnavailable
from xner.models.devices import Dtype, quiet, use_threads
from xner.models.folders import files_hash
from xner.models.unpadded import states_after

_CUTTABLE = frozenset({"bert", "roberta", "xlm-roberta", "camembert", "electra"})
"""Post-norm encoders: what comes out of the first n layers alone is hidden state n, so only those n need to run."""
_MOST_WORDS = 200_000
"""Of which the sub-words are remembered, some 40 MB."""
_HASHED = (
    "*.safetensors",
    "config.json",
    "ner.json",
    "tokenizer*.json",
    "*tokens*.json",
    "vocab*",
    "merges.txt",
    "*.model",
    "*.spm",
    "generation_config.json",
    "*.safetensors.index.json",
)
"""Files of a model folder that change its vectors, its sub-words or what it writes."""


class LoadedModel:
    """A transformer in memory at its full depth. Thread-safe; a pass runs no more layers than it is asked for."""

    def __init__(self, name: str, path: str, revision: str | None, dtype: Dtype, *, classifies: bool = False) -> None:
        import torch
        from transformers import AutoConfig, AutoModel, AutoModelForTokenClassification, AutoTokenizer

        use_threads()
        quiet()
        source: dict[str, Any] = {"revision": revision, "trust_remote_code": False}
        if os.path.isdir(path):
            source["local_files_only"] = True
        config = AutoConfig.from_pretrained(path, **source)
        self.name, self.revision, self.dtype = name, revision, dtype
        self.depth = int(config.num_hidden_layers)
        self.hidden = int(config.hidden_size)
        is_cuttable = config.model_type in _CUTTABLE and not classifies
        extra = {"add_pooling_layer": False} if is_cuttable and config.model_type != "electra" else {}
        self.tokenizer = AutoTokenizer.from_pretrained(path, use_fast=True, **source)
        self.tags = tuple(str(config.id2label[k]) for k in range(len(config.id2label))) if classifies else ()
        kind = AutoModelForTokenClassification if classifies else AutoModel
        self._model = kind.from_pretrained(
            path, config=config, use_safetensors=True, dtype=getattr(torch, dtype), **extra, **source
        ).eval()
        self._layers = self._model.encoder.layer if is_cuttable else None
        self.max_pieces = self._max_pieces(config)
        self._before, self._after = self._special_ids()
        self.n_special = len(self._before) + len(self._after)
        self.boundary_id = self._id_of_boundary()
        self.weights_hash = weights_hash(path, revision)
        self._pass_lock = threading.Lock()
        self._ids_of_words: dict[str, tuple[int, ...]] = {}

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

    def tokenize(self, inputs: list[Any], **options: bool) -> Any:
        """Return what the tokenizer says of texts, or of words under ``is_split_into_words``; nothing is cut off."""
        return self.tokenizer(inputs, add_special_tokens=False, truncation=False, verbose=False, **options)

    def ids_of_words(self, words: Iterable[str]) -> dict[str, tuple[int, ...]]:
        """Return the sub-words of every word; none depends on its neighbours, so that most are known from before."""
        found = {word: self._ids_of_words.get(word) for word in words}
        missing = [word for word, ids in found.items() if ids is None]
        if missing:
            encoded = self.tokenize([missing], is_split_into_words=True)
            pieces: list[list[int]] = [[] for _ in missing]
            for place, piece in zip(encoded.word_ids(0), encoded["input_ids"][0], strict=True):
                pieces[place].append(piece)
            new = {word: tuple(ids) for word, ids in zip(missing, pieces, strict=True)}
            if len(self._ids_of_words) + len(new) > _MOST_WORDS:
                self._ids_of_words = {}
            self._ids_of_words.update(new)
            found.update(new)
        return {word: ids or () for word, ids in found.items()}

    def hidden_states(
        self, rows: list[tuple[int, ...]], layer: int, *, with_special: bool = False
    ) -> list[NDArray[np.float32]]:
        """Return the vectors after `layer` (0 = embeddings) of each row of sub-words, (n, hidden), as one batch.

        Args:
            rows: sub-word ids, at most `max_pieces` each, without special tokens, which are put around them here.
            layer: in [0, depth].
            with_special: whether the vectors of the special tokens come along, for layers that go on from here.

        Raises:
            AlignmentFailed: a value is not a number.
        """
        states = self._pass(rows, lambda ids, mask: self.forward(ids, mask, layer))
        return states if with_special else [state[self.n_before : len(state) - len(self._after)] for state in states]

    def logits(self, rows: list[tuple[int, ...]]) -> list[NDArray[np.float32]]:
        """Return what a token classifier says of each sub-word, (n, n_tags), as one batch."""
        found = self._pass(rows, lambda ids, mask: self._model(input_ids=ids, attention_mask=mask).logits[mask.bool()])
        return [row[self.n_before : len(row) - len(self._after)] for row in found]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Width of the vectors, attention heads, and width inside the feed-forward part."""
        config = self._model.config
        return self.hidden, int(config.num_attention_heads), int(config.intermediate_size)

    def upper_layers(self, n_layers: int) -> list[Any]:
        """Return the last layers of a model that can be cut.

        Raises:
            ModelUnavailable: this kind of model can't be cut into layers, or has fewer.
        """
        if self._layers is None or not 0 < n_layers < self.depth:
            raise ModelUnavailable(
                f"{self.name} can't be cut above its layer {self.depth - n_layers}.", "Name a BERT-like encoder."
            )
        return list(self._layers[self.depth - n_layers :])

    @property
    def n_before(self) -> int:
        """Special tokens before a sentence."""
        return len(self._before)

    def _pass(self, rows: list[tuple[int, ...]], run: Callable[[Any, Any], Any]) -> list[NDArray[np.float32]]:
        import torch

        lengths = [self.n_special + len(pieces) for pieces in rows]
        ids = np.full((len(rows), max(lengths)), self.tokenizer.pad_token_id or 0, np.int64)
        mask = np.zeros(ids.shape, np.int64)
        for row, pieces in enumerate(rows):
            ids[row, : lengths[row]] = [*self._before, *pieces, *self._after]
            mask[row, : lengths[row]] = 1
        with self._pass_lock, torch.inference_mode():
            states = run(torch.from_numpy(ids), torch.from_numpy(mask)).float().numpy()
        if not np.isfinite(states).all():
            raise AlignmentFailed(f"The encoder {self.name} returned values that are not numbers.")
        return np.split(states, np.cumsum(lengths[:-1]))

    def forward(self, ids: Any, mask: Any, layer: int) -> Any:
        """Return the states after `layer` of all sub-words that the mask has, (n, hidden), sentence after sentence.

        What the encoder computes and nothing else; tensors in and out.
        """
        held = mask.bool()
        if self._layers is None:
            output = self._model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
            return output.hidden_states[layer][held]
        states = self._model.embeddings(input_ids=ids)[held]
        if hasattr(self._model, "embeddings_project"):  # electra, where it embeds narrower than it computes
            states = self._model.embeddings_project(states)
        return states_after(self._layers[:layer], states, mask.sum(dim=1).tolist(), self.shape[1])


def weights_hash(path: str, revision: str | None = None) -> str:
    """Return 12 hex digits that change when weights, configuration or tokenizer do; of a hub model, its commit.

    Args:
        path: a folder, or the id of a hub model that has been loaded.
        revision: the commit, branch or tag that it was loaded at.
    """
    if not os.path.isdir(path):
        from huggingface_hub import constants, try_to_load_from_cache

        file = try_to_load_from_cache(path, "config.json", cache_dir=constants.HF_HUB_CACHE, revision=revision)
        return Path(file).parent.name[:12] if isinstance(file, str) else "unknown"
    digest = hashlib.sha256()
    for file in sorted({file for pattern in _HASHED for file in Path(path).glob(pattern) if file.is_file()}):
        with file.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        digest.update(f"{file.name}\0{content}\n".encode())
    return digest.hexdigest()[:12]


def tokenizer_hash(tokenizer: str) -> str:
    """Return 12 hex digits that change when a tokenizer does: of its files without weights; of a hub's, its commit."""
    if not os.path.isdir(tokenizer):
        return weights_hash(tokenizer)
    return files_hash(tokenizer, "*.json", "*.model", "*.txt", "*.spm")
