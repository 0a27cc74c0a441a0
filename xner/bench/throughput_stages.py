"""Where the time between a line of input and a line of output goes, and how fast the encoder alone would be."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from xner.models.encoder import Encoder
from xner.models.hub import load_encoder
from xner.models.loaded import LoadedModel
from xner.pipeline import Pipeline
from xner.services.stage_times import StageClock

STAGES = ("read", "tokenise", "encoder", "links", "candidates", "scores", "match", "write", "other")
"""``encoder``: its forward pass alone. ``links``: padding, cosine, itermax, sub-words to words; of simalign, all of it.
``other``: sum of the scores, records of what was found, signatures."""


class Passes:
    """What the encoder was asked for: the tensors of its batches, as they came."""

    def __init__(self) -> None:
        self.batches: list[tuple[Any, Any, int]] = []
        self.n_tokens = self.n_places = 0
        """Sub-words with special tokens; the same with padding."""
        self.limit_s = 0.0
        self.n_limit_tokens = 0

    def add(self, ids: Any, mask: Any, layer: int) -> None:
        """Keep a batch."""
        self.batches.append((ids, mask, layer))
        self.n_tokens += int(mask.sum())
        self.n_places += int(mask.numel())

    def measure_limit(self, model: LoadedModel, batch_tokens: int) -> None:
        """Add the time of the kept batches as they would be at best, and forget them.

        That is all sub-words in one stream, cut into rows of the mean length: no padding, no mask, nothing but the
        forward pass.
        """
        import torch

        stream = torch.cat([ids[mask.bool()] for ids, mask, _ in self.batches])
        width = max(1, len(stream) // sum(len(ids) for ids, _, _ in self.batches))
        rows = stream[: len(stream) // width * width].reshape(-1, width)
        layer = self.batches[0][2]
        parts = rows.split(max(1, batch_tokens // width))
        masks = [torch.ones_like(part) for part in parts]
        with torch.inference_mode():
            began = time.perf_counter()
            for part, mask in zip(parts, masks, strict=True):
                model.forward(part, mask, layer)
            self.limit_s += time.perf_counter() - began
        self.n_limit_tokens += int(rows.numel())
        self.batches.clear()


def model_of(pipeline: Pipeline) -> LoadedModel:
    """Return the weights that the pipeline's aligner reads with."""
    align = pipeline.config.align
    return load_encoder(align.model, revision=align.revision, layer=align.layer, dtype=align.dtype).model


@contextmanager
def watched(pipeline: Pipeline, clock: StageClock, passes: Passes) -> Iterator[None]:
    """Let the stages of a pipeline tell the clock while the block runs."""
    forward = LoadedModel.forward

    def kept(model: LoadedModel, ids: Any, mask: Any, layer: int) -> Any:
        with clock.inside("encoder"):
            states = forward(model, ids, mask, layer)
        passes.add(ids, mask, layer)
        return states

    places = {
        (Encoder, "pieces"): "tokenise",
        (type(pipeline), "align"): "links",
        (type(pipeline.extractor), "extract"): "candidates",
        (type(pipeline.matcher), "match"): "match",
        **{(type(scorer), "score"): "scores" for scorer in pipeline.scorers.values()},
    }
    with ExitStack() as stack:
        stack.enter_context(_replaced(LoadedModel, "forward", kept))
        for (kind, name), stage in places.items():
            stack.enter_context(_replaced(kind, name, _timed(getattr(kind, name), clock, stage)))
        yield


def _timed(work: Callable[..., Any], clock: StageClock, stage: str) -> Callable[..., Any]:
    def timed(*args: Any, **options: Any) -> Any:
        with clock.inside(stage):
            return work(*args, **options)

    return timed


@contextmanager
def _replaced(kind: type, name: str, work: Callable[..., Any]) -> Iterator[None]:
    own = vars(kind).get(name)  # None where it is inherited
    setattr(kind, name, work)
    try:
        yield
    finally:
        if own is None:
            delattr(kind, name)
        else:
            setattr(kind, name, own)
