"""Find and load models: the embedded one, a local folder, or a hub id."""

from __future__ import annotations

import threading
from typing import Literal

from xner.errors import ModelUnavailable
from xner.models import embedded
from xner.models.devices import Dtype, fast_dtype
from xner.models.encoder import Encoder
from xner.models.folders import Stamps, stamps
from xner.models.loaded import LoadedModel

_BEST_LAYER = {embedded.NAME: 7}
"""Layer with the lowest alignment error rate, measured; other models take two thirds of their depth."""
_Key = tuple[str, str | None, Dtype]
_N_KEPT = 2
_models: dict[tuple[_Key, Stamps | None], LoadedModel] = {}
"""Models in memory with the files that they were loaded from, the one used longest ago first."""
_lookup = threading.Lock()
_loading = threading.Lock()
"""Apart from `_lookup`, so that a download keeps nobody waiting whose model is here."""


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
    files = stamps(key[0])
    model = _kept(key, files)
    if model is None:
        with _loading:
            model = _kept(key, files)  # by a thread that this one has waited for
            if model is None:
                model = _load(*key)
                with _lookup:
                    _keep(key, files, model)
    return model


def _kept(key: _Key, files: Stamps | None) -> LoadedModel | None:
    with _lookup:
        model = _models.get((key, files))
        if model is not None:
            _keep(key, files, model)
        return model


def _keep(key: _Key, files: Stamps | None, model: LoadedModel) -> None:
    """Put a model at the end of those in memory, in place of what was loaded from other files of its folder."""
    for known in [known for known in _models if known[0] == key]:
        del _models[known]
    _models[key, files] = model
    while len(_models) > _N_KEPT:
        del _models[next(iter(_models))]


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
