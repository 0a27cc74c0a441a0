"""Find and load models: the embedded one, a local folder, or a hub id."""

from __future__ import annotations

import threading
from functools import lru_cache

from xner.errors import ModelUnavailable
from xner.models import embedded
from xner.models.devices import Dtype, fast_dtype
from xner.models.encoder import Encoder

_BEST_LAYER = {embedded.NAME: 7}
"""Layer with the lowest alignment error rate, measured; other models take two thirds of their depth."""
_lock = threading.Lock()


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
        return Encoder(name, path, revision, _BEST_LAYER.get(name) if layer is None else layer, dtype)
    except ImportError as error:
        raise ModelUnavailable(f"{name} needs a package that is not installed: {error}.") from error
    except (OSError, ValueError, KeyError, RuntimeError, StopIteration, SafetensorError) as error:
        reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ModelUnavailable(
            f"The model {name!r} can't be loaded: {reason[:300]}",
            "Give the path of a folder with config.json, tokenizer.json and model.safetensors, or the id of a hub model"
            " while online (HF_HUB_OFFLINE unset); e5-small needs neither.",
        ) from error
