"""The upper layers of a post-norm encoder with a tag head, for models that share the embedded encoder's lower layers.

This module is torch code: import it inside functions.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

_EPS = 1e-12


class PostNormLayer(nn.Module):  # type: ignore[misc]
    """One BERT layer: attention, then a feed-forward part, each added to its input and normalised after."""

    def __init__(self, hidden: int, n_heads: int, inner: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.query, self.key, self.value, self.mix = (nn.Linear(hidden, hidden) for _ in range(4))
        self.widen, self.narrow = nn.Linear(hidden, inner), nn.Linear(inner, hidden)
        self.norm_attention, self.norm_output = nn.LayerNorm(hidden, eps=_EPS), nn.LayerNorm(hidden, eps=_EPS)

    def forward(self, states: Tensor, allowed: Tensor, dropout: float = 0.0) -> Tensor:
        """Return the next states, (batch, n, hidden); `allowed` is (batch, 1, 1, n) bool, False at padding."""
        batch, n, hidden = states.shape

        def heads(part: nn.Linear) -> Tensor:
            found: Tensor = part(states)
            return found.view(batch, n, self.n_heads, -1).transpose(1, 2)

        p = dropout if self.training else 0.0
        seen = functional.scaled_dot_product_attention(
            heads(self.query), heads(self.key), heads(self.value), attn_mask=allowed, dropout_p=p
        )
        mixed = functional.dropout(self.mix(seen.transpose(1, 2).reshape(batch, n, hidden)), p)
        states = self.norm_attention(states + mixed)
        inner = functional.dropout(self.narrow(functional.gelu(self.widen(states))), p)
        normed: Tensor = self.norm_output(states + inner)
        return normed


class TopLayers(nn.Module):  # type: ignore[misc]
    """Layers that go on from an encoder's hidden states, and a linear head: states in, tag logits out."""

    def __init__(self, n_layers: int, hidden: int, n_heads: int, inner: int, n_tags: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(PostNormLayer(hidden, n_heads, inner) for _ in range(n_layers))
        self.head = nn.Linear(hidden, n_tags)

    def forward(self, states: Tensor, mask: Tensor, dropout: float = 0.0) -> Tensor:
        """Return tag logits, (batch, n, n_tags).

        Args:
            states: (batch, n, hidden), of the layer below.
            mask: (batch, n) bool, False at padding.
            dropout: share of values dropped while training.
        """
        allowed = mask[:, None, None, :]
        for layer in self.layers:
            states = layer(states, allowed, dropout)
        logits: Tensor = self.head(functional.dropout(states, dropout if self.training else 0.0))
        return logits

    def start_from(self, bert_layers: Any) -> None:
        """Copy the weights of transformers' BERT layers, as many as there are here."""
        for mine, theirs in zip(self.layers, bert_layers, strict=True):
            attention = theirs.attention
            for part, source in (
                (mine.query, attention.self.query), (mine.key, attention.self.key),
                (mine.value, attention.self.value), (mine.mix, attention.output.dense),
                (mine.widen, theirs.intermediate.dense), (mine.narrow, theirs.output.dense),
                (mine.norm_attention, attention.output.LayerNorm), (mine.norm_output, theirs.output.LayerNorm),
            ):  # fmt: skip
                part.load_state_dict(source.state_dict())


def padded(rows: list[Any]) -> tuple[Tensor, Tensor]:
    """Return arrays (n, hidden) of different n as one tensor (batch, longest, hidden), float32, and its mask."""
    longest = max(len(row) for row in rows)
    states = torch.zeros(len(rows), longest, rows[0].shape[1])
    mask = torch.zeros(len(rows), longest, dtype=torch.bool)
    for k, row in enumerate(rows):
        states[k, : len(row)] = torch.as_tensor(row, dtype=torch.float32)
        mask[k, : len(row)] = True
    return states, mask
