"""Our batched aligner beside simalign: same model, layer, method, threads and process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from xner.align import aligners
from xner.config import AlignConfig
from xner.models.devices import fast_dtype
from xner.types import Alignment, SentencePair

_CHUNK = 50
"""Pairs between two turns of the contestants, so that a change of the machine's speed meets all of them."""


def run(pairs: Sequence[SentencePair], model: str = "e5-small", layer: int | None = None) -> dict[str, Any]:
    """Return link agreement and speed ratios of our itermax against simalign's.

    Args:
        pairs: with both sides tokenised.
        model: encoder that both use.
        layer: None takes the best known layer.

    Returns:
        ``n_pairs``, ``threads``, and for each number type ``same_links`` (pairs with equal links), ``ratio`` (total
        time of simalign over ours), ``ratio_median`` (over chunks) and seconds in all.
    """
    import torch

    dtypes = ["float32", *(["bfloat16"] if fast_dtype("auto") == "bfloat16" else [])]
    contestants: dict[str, Callable[[Sequence[SentencePair]], list[Alignment]]] = {
        "simalign": aligners.get("simalign")(AlignConfig(model=model, layer=layer)).align
    }
    for dtype in dtypes:
        config = AlignConfig.model_validate({"model": model, "layer": layer, "dtype": dtype, "join_unspaced": False})
        contestants[dtype] = aligners.get("itermax")(config).align
    for align in contestants.values():
        align(pairs[:4])  # loads the model
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    links: dict[str, list[Alignment]] = {name: [] for name in contestants}
    for start in range(0, len(pairs), _CHUNK):
        chunk = pairs[start : start + _CHUNK]
        for name, align in contestants.items():
            begin = time.perf_counter()
            links[name] += align(chunk)
            seconds[name].append(time.perf_counter() - begin)
    return {
        "n_pairs": len(pairs),
        "threads": torch.get_num_threads(),
        "simalign_s": sum(seconds["simalign"]),
        **{
            dtype: {
                "same_links": sum(a == b for a, b in zip(links[dtype], links["simalign"], strict=True)),
                "ratio": sum(seconds["simalign"]) / sum(seconds[dtype]),
                "ratio_median": statistics.median(
                    a / b for a, b in zip(seconds["simalign"], seconds[dtype], strict=True)
                ),
                "s": sum(seconds[dtype]),
            }
            for dtype in dtypes
        },
    }
