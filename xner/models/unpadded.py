"""The layers of a BERT-like encoder over the sub-words of a batch alone: padding costs nothing but in attention.

In a batch of sentences from 5 to 140 sub-words a seventh to a fifth of the places is padding, and nine tenths of the
work are products of matrices that treat each place for itself. So the places that hold something stand in one long
row, and only attention sees sentences, neighbours of like length together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

_WASTE = 1.1
"""Places of a block over its sub-words, at most: what attention may spend on padding to see more sentences at once."""


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring sentences that attention takes together: rows ``[start, stop)`` of all sub-words.

    `places` says where in (n_sentences, width) these belong, and `mask` which places hold something; both are None
    where all sentences are as long.
    """

    start: int
    stop: int
    n_sentences: int
    width: int
    places: Any = None
    mask: Any = None


def states_after(layers: Sequence[Any], states: Any, lengths: Sequence[int], n_heads: int) -> Any:
    """Return the states after the last of some post-norm layers, as `transformers` has them for BERT and its kin.

    Args:
        layers: modules of the encoder, in order.
        states: what the first reads, (n, hidden), sentence after sentence.
        lengths: sub-words of each sentence; n together.
        n_heads: of attention.
    """
    blocks = blocks_of(lengths)
    for layer in layers:
        attention = layer.attention
        looked = _attend(attention.self, states, blocks, n_heads)
        states = attention.output.LayerNorm(attention.output.dense(looked) + states)
        states = layer.output.LayerNorm(layer.output.dense(layer.intermediate(states)) + states)
    return states


def blocks_of(lengths: Sequence[int]) -> list[Block]:
    """Return the blocks of sentences in this order; each takes in neighbours while little padding is needed."""
    edges, total = [0], 0
    widest = 0
    for k, length in enumerate(lengths):
        widest, total = max(widest, length), total + length
        if widest * (k + 1 - edges[-1]) > _WASTE * total:
            edges.append(k)
            widest, total = length, length
    edges.append(len(lengths))
    blocks, start = [], 0
    for first, last in pairwise(edges):
        here = lengths[first:last]
        if here:
            blocks.append(_block(start, here))
            start = blocks[-1].stop
    return blocks


def _block(start: int, lengths: Sequence[int]) -> Block:
    import torch

    width, stop = max(lengths), start + sum(lengths)
    if width * len(lengths) == stop - start:
        return Block(start, stop, len(lengths), width)
    held = torch.arange(width)[None, :] < torch.tensor(lengths)[:, None]
    return Block(start, stop, len(lengths), width, held.flatten().nonzero().squeeze(1), held[:, None, None, :])


def _attend(attention: Any, states: Any, blocks: Sequence[Block], n_heads: int) -> Any:
    """Return what each sub-word takes over from its own sentence, (n, hidden)."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    asked = [part(states) for part in (attention.query, attention.key, attention.value)]
    taken = torch.empty_like(asked[0])
    for block in blocks:
        shape = block.n_sentences, block.width, n_heads, -1
        query, key, value = (
            _padded(part[block.start : block.stop], block).view(shape).transpose(1, 2) for part in asked
        )
        found = scaled_dot_product_attention(query, key, value, attn_mask=block.mask)
        found = found.transpose(1, 2).flatten(0, 1).flatten(1)
        taken[block.start : block.stop] = found if block.places is None else found[block.places]
    return taken


def _padded(part: Any, block: Block) -> Any:
    if block.places is None:
        return part
    padded = part.new_zeros(block.n_sentences * block.width, part.shape[1])
    padded[block.places] = part
    return padded
