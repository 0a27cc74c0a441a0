"""Find and load models: the embedded one, a local folder, or a hub id."""

from __future__ import annotations

from typing import Literal

from xner.errors import ModelUnavailable
from xner.models import embedded
from xner.models.devices import Dtype, fast_dtype
from xner.models.encoder import Encoder
from xner.models.folders import Stamps, stamps
from xner.models.in_memory import InMemory
from xner.models.loaded import LoadedModel

_BEST_LAYER = {embedded.NAME: 7}
"""Layer with the lowest alignment error rate, measured; other models take two thirds of their depth."""
_Key = tuple[str, str | None, Dtype]
_N_KEPT = 2
_models: InMemory[_Key, Stamps | None, LoadedModel] = InMemory(_N_KEPT)


def load_encoder(
    name: str,
    *,
    revision: str | None = None,
    layer: int | None = None,
    dtype: Literal["auto", "float32", "bfloat16"] = "float32",
) -> Encoder:
    """Return the encoder called `name`; its weights are loaded once per process, whatever the layer.

    Callers ask again rather than keep it: of the models asked for, the last two stay in memory. A folder whose files
    have changed is loaded again.

    Args:
        name: ``e5-small``, a local folder, or a hub id.
        revision: commit of a hub id.
        layer: 0 = embeddings; None takes the best known one.
        dtype: ``float32``, ``bfloat16`` or ``auto``.

    Raises:
        ModelUnavailable: not here and not to be had, damaged, or of a kind that is not loaded (pickle, remote code).
        ConfigError: `XNER_THREADS` is not a number.
    """
    model = _model((name, revision, fast_dtype(dtype)))
    if layer is None:
        layer = _BEST_LAYER.get(name, max(1, round(model.depth * 2 / 3)))
    return Encoder(model, layer)


def _model(key: _Key) -> LoadedModel:
    return _models.get(key, stamps(key[0]), lambda: _load(*key))


def load_classifier_model(name: str, revision: str | None = None) -> LoadedModel:
    """Return a transformers model with a token-classification head, from a local folder or the hub.

    Raises:
        ModelUnavailable: as in `load_encoder`.
    """
    return _load(name, revision, "float32", classifies=True)


def _load(name: str, revision: str | None, dtype: Dtype, *, classifies: bool = False) -> LoadedModel:
    from safetensors import SafetensorError

    try:
        path = str(embedded.prepare()) if name == embedded.NAME else name
        return LoadedModel(name, path, revision, dtype, classifies=classifies)
    except ImportError as error:
        raise ModelUnavailable(f"{name} needs a package that is not installed: {error}.") from error
    except (OSError, ValueError, KeyError, RuntimeError, StopIteration, SafetensorError) as error:
        reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ModelUnavailable(
            f"The model {name!r} can't be loaded: {reason[:300]}",
            "Give the path of a folder with config.json, tokenizer.json and model.safetensors, or the id of a hub model"
            " while online (HF_HUB_OFFLINE unset); e5-small needs neither.",
        ) from error
