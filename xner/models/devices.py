"""What this machine computes fast: number type and threads for models on the CPU."""

from __future__ import annotations

import os
from typing import Literal

from xner.errors import ConfigError

Dtype = Literal["float32", "bfloat16"]


def fast_dtype(wanted: Literal["auto", "float32", "bfloat16"]) -> Dtype:
    """Return the number type to compute in; ``auto`` takes bfloat16 only where the CPU multiplies it natively.

    Elsewhere bfloat16 is emulated and slower than float32, and float16 is slower still.
    """
    if wanted != "auto":
        return wanted
    import torch

    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return "bfloat16" if native else "float32"


def use_threads() -> None:
    """Set torch's threads once from `XNER_THREADS`, where it is given.

    Raises:
        ConfigError: it is not a whole number from 1.
    """
    if threads := os.environ.get("XNER_THREADS"):
        if not threads.strip().isdecimal() or int(threads) < 1:
            raise ConfigError(
                f"XNER_THREADS is {threads!r}, not a number of threads.", "Set it to 1 or more, or unset it."
            )
        import torch

        torch.set_num_threads(int(threads))


def quiet() -> None:
    """Keep transformers from printing progress bars and load reports; failures still raise."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
