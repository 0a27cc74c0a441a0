"""Train the upper layers of the embedded encoder, and a head, to tag names; the lower layers run once and stay."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from xner.errors import InputError
from xner.models.encoder import Encoder, EncoderInput, in_batches
from xner.models.hub import load_encoder
from xner.models.token_classifier import first_pieces, read_top_layers
from xner.text.iob import labels_from_entities
from xner.types import Entity, Sentence

IGNORED = -100
"""Target of sub-words that are not the first of their token, as torch's cross entropy has it."""
Example = tuple[Sentence, tuple[Entity, ...]]


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How to train; equal settings and data give equal weights on one machine with one number of threads."""

    n_layers: int = 6
    """Upper layers that are trained: each is 1.8 MB in 8 bits."""
    epochs: int = 3
    batch_size: int = 32
    learning_rate: float = 1e-4
    head_rate: float = 1e-3
    warmup: float = 0.1
    """Share of the steps over which the rate rises; it then falls to 0."""
    dropout: float = 0.1
    weight_decay: float = 0.01
    affixes: float = 0.0
    """Chance that a name grows a made-up affix in a copy of its sentence; 0 makes no copies."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    """Of the products; weights and their changes are float32. bfloat16 takes 0.6 of the time where the processor has
    it."""
    seed: int = 1
    share: float = 1.0
    """In (0, 1]: of the trained weights in the result; the rest is of the recogniser that training went on from, so
    that silver of new languages is learned and what gold taught is kept (Wortsman et al. 2022, WiSE-FT)."""


@dataclass(frozen=True, slots=True)
class Features:
    """One sentence: states of the layer below, (n, hidden) with special tokens, and a tag number for each row."""

    states: NDArray[np.float16]
    targets: NDArray[np.int64]


def tags_of(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the IOB2 tags of some labels, ``O`` first.

    Example:
        >>> tags_of(["PER", "LOC"])
        ('O', 'B-LOC', 'I-LOC', 'B-PER', 'I-PER')
    """
    return ("O", *(f"{prefix}-{label}" for label in sorted(labels) for prefix in "BI"))


def encode(
    examples: Sequence[Example], tags: Sequence[str], n_layers: int, model: str = "e5-small",
    tell: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Features]:  # fmt: skip
    """Return what the frozen layers make of gold sentences; those without tokens or too long for one pass are left out.

    Args:
        examples: gold; labels that have no tag are O.
        tags: see `tags_of`.
        n_layers: upper layers that will be trained.
        model: encoder whose lower layers are used.
        tell: called with sentences done and all.
    """
    whole = load_encoder(model)
    encoder = Encoder(whole.model, whole.model.depth - n_layers)
    number = {tag: k for k, tag in enumerate(tags)}
    pieces = encoder.pieces([EncoderInput(sentence.tokens) for sentence, _ in examples])
    windows = [(k, 0, p.ids) for k, p in enumerate(pieces) if 0 < len(p.ids) <= encoder.max_pieces]
    found: dict[int, Features] = {}
    for batch in in_batches(sorted(windows, key=lambda window: len(window[2])), 2048, encoder.model.n_special):
        rows = encoder.model.hidden_states([ids for _, _, ids in batch], encoder.layer, with_special=True)
        for (k, _, _), row in zip(batch, rows, strict=True):
            sentence, entities = examples[k]
            labels = labels_from_entities([e for e in entities if f"B-{e.label}" in number], len(sentence.tokens))
            targets = np.full(len(row), IGNORED, np.int64)
            for token, piece in first_pieces(pieces[k]).items():
                targets[encoder.model.n_before + piece] = number[labels[token]]
            found[k] = Features(row.astype(np.float16), targets)
        tell(len(found), len(windows))
    return [found[k] for k in sorted(found)]


def train(features: Sequence[Features], tags: Sequence[str], settings: TrainSettings, model: str = "e5-small",
          tell: Callable[[int, int, float], None] = lambda _epoch, _step, _loss: None,
          start: Path | None = None) -> Any:  # fmt: skip
    """Return the trained `TopLayers`.

    Args:
        features: of `encode` with the same number of layers.
        tags: see `tags_of`.
        settings: how to train.
        model: encoder whose upper layers are the start.
        tell: called with epoch, step and the loss of that step.
        start: folder of a recogniser of the same tags and layers to go on from, instead of the encoder.

    Raises:
        InputError: there is nothing to train on, `start` is of another kind, or a share of it is asked for without it.
        ModelUnavailable: `start` can't be read.
    """
    import torch
    from torch.nn import functional

    from xner.models.top_layers import padded

    if not features:
        raise InputError("There is no sentence to train on.", "Give files with gold entities.")
    if settings.share < 1 and start is None:
        raise InputError(
            "the other share of the weights is of no recogniser.", "Name one to go on from, or take share 1."
        )
    torch.manual_seed(settings.seed)
    order, shuffle = list(range(len(features))), random.Random(settings.seed)  # noqa: S311 an order, no secret
    net = new_top_layers(settings.n_layers, len(tags), model)
    if start is not None:
        net.load_state_dict(check_start(start, tags, settings.n_layers, model).state_dict())
    groups = [
        {"params": list(net.layers.parameters()), "lr": settings.learning_rate},
        {"params": list(net.head.parameters()), "lr": settings.head_rate},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=settings.weight_decay)
    n_steps = settings.epochs * -(-len(features) // settings.batch_size)
    rise = max(1, round(settings.warmup * n_steps))
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / rise, max(0.0, (n_steps - step) / max(1, n_steps - rise)))
    )
    net.train()
    for epoch in range(settings.epochs):
        shuffle.shuffle(order)
        # Sentences of like length share a batch; which batches there are, and their order, is drawn anew each epoch.
        pools = [order[k : k + 50 * settings.batch_size] for k in range(0, len(order), 50 * settings.batch_size)]
        batches = [
            pool[k : k + settings.batch_size]
            for pool in (sorted(pool, key=lambda k: len(features[k].states)) for pool in pools)
            for k in range(0, len(pool), settings.batch_size)
        ]
        shuffle.shuffle(batches)
        for step, batch in enumerate(batches):
            states, mask = padded([features[k].states for k in batch])
            targets = torch.full(mask.shape, IGNORED)
            for row, k in enumerate(batch):
                targets[row, : len(features[k].targets)] = torch.from_numpy(features[k].targets)
            with torch.autocast("cpu", torch.bfloat16, enabled=settings.dtype == "bfloat16"):
                logits = net(states, mask, settings.dropout).float()
            loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            rates.step()
            tell(epoch, step, float(loss.detach()))
    if start is not None and settings.share < 1:
        before = read_top_layers(start)[0].state_dict()
        net.load_state_dict({key: before[key].lerp(now, settings.share) for key, now in net.state_dict().items()})
    return net.eval()


def check_start(start: Path, tags: Sequence[str], n_layers: int, model: str) -> Any:
    """Return the `TopLayers` of a recogniser that training can go on from.

    Raises:
        InputError: it has other tags, layers or another encoder.
        ModelUnavailable: it can't be read.
    """
    net, found = read_top_layers(start)
    here = {"encoder": model, "n_layers": n_layers, "tags": list(tags)}
    for key, wanted in here.items():
        if found[key] != wanted:
            raise InputError(f"its {key} is {found[key]!r}, here {wanted!r} is trained.", file=str(start))
    return net


def new_top_layers(n_layers: int, n_tags: int, model: str = "e5-small") -> Any:
    """Return `TopLayers` that begin as the upper layers of an encoder, with a fresh head."""
    import torch

    from xner.models.top_layers import TopLayers

    bert = load_encoder(model).model
    hidden, n_heads, inner = bert.shape
    with torch.no_grad():
        net = TopLayers(n_layers, hidden, n_heads, inner, n_tags)
        net.start_from(bert.upper_layers(n_layers))
    return net
