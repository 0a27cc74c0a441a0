"""Tag probabilities of tokens: from upper layers over the embedded encoder, or from any transformers model."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from xner.errors import ModelUnavailable
from xner.models.encoder import Encoder, EncoderInput, Pieces, in_batches, join_windows, window_starts
from xner.models.folders import Stamps, stamps
from xner.models.hub import load_classifier_model, load_encoder
from xner.models.in_memory import InMemory
from xner.models.loaded import weights_hash

EMBEDDED = ("e5-ner",)
"""Names of recognisers in `assets/models`: upper layers and a head, over the lower layers of the embedded encoder."""
SETTINGS = "ner.json"
WEIGHTS = "model.safetensors"
_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "models"
_SCALE = ".scale"
_BATCH_PIECES = 2048
_N_REMEMBERED = 16
"""Calls whose answers are kept, for parts of a pipeline that ask the same one after the other."""
_N_KEPT = 2
Probabilities = NDArray[np.float64]
_Files = tuple[Stamps | None, ...]
"""Of a classifier, and of the encoder beneath it."""
_classifiers: InMemory[tuple[str, str | None], _Files, TokenClassifier] = InMemory(_N_KEPT)


class Network(Protocol):
    """What turns sub-words into tag logits."""

    tags: tuple[str, ...]
    encoder: Encoder

    def logits(self, rows: list[tuple[int, ...]]) -> list[NDArray[np.float32]]:
        """Return (n_pieces, n_tags) for each row of sub-words, as one batch."""
        ...

    def describe(self) -> str:
        """Return model and weights for the signature."""
        ...


class TokenClassifier:
    """Tag probabilities at the first sub-word of each token (softmax, temperature 1). Thread-safe.

    The other sentences of a call show in the last digits. So an answer is remembered for the same call alone: taken
    over into another one, a run would depend on what its process did before, and two workers would not write the same.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.columns = network.tags
        self._known: OrderedDict[tuple[tuple[str, ...], ...], dict[tuple[str, ...], Probabilities]] = OrderedDict()
        self._lock = threading.Lock()

    def probabilities(self, sentences: Sequence[Sequence[str]]) -> list[Probabilities]:
        """Return (n_tokens, n_tags) for the tokens of each sentence, rows summing to 1.

        Sentences longer than the model's limit run in overlapping windows. A token without sub-words (a lone invisible
        character) is outside every entity.
        """
        keys = [tuple(tokens) for tokens in sentences]
        call = tuple(dict.fromkeys(keys))
        with self._lock:
            if call not in self._known:
                self._known[call] = dict(zip(call, self._compute(call), strict=True))
            self._known.move_to_end(call)
            while len(self._known) > _N_REMEMBERED:
                self._known.popitem(last=False)
            known = self._known[call]
        return [known[key] for key in keys]

    def _compute(self, sentences: Sequence[tuple[str, ...]]) -> list[Probabilities]:
        encoder, n_tags = self.network.encoder, len(self.columns)
        pieces = encoder.pieces([EncoderInput(tokens) for tokens in sentences])
        windows = [
            (k, start, held.ids[start : start + encoder.max_pieces])
            for k, held in enumerate(pieces)
            for start in window_starts(len(held.ids), encoder.max_pieces)
        ]
        parts: dict[int, list[tuple[int, NDArray[np.float32]]]] = {}
        for batch in in_batches(sorted(windows, key=lambda w: len(w[2])), _BATCH_PIECES, encoder.model.n_special):
            for (k, start, _), part in zip(batch, self.network.logits([ids for _, _, ids in batch]), strict=True):
                parts.setdefault(k, []).append((start, part))
        return [
            self._of_tokens(len(tokens), held, join_windows(parts[k], len(held.ids), n_tags) if k in parts else None)
            for k, (tokens, held) in enumerate(zip(sentences, pieces, strict=True))
        ]

    def _of_tokens(self, n_tokens: int, held: Pieces, logits: NDArray[np.float32] | None) -> Probabilities:
        found = np.zeros((n_tokens, len(self.columns)))
        found[:, self._outside] = 1.0
        if logits is not None:
            places = first_pieces(held)
            rows = logits[list(places.values())].astype(np.float64)
            raised = np.exp(rows - rows.max(axis=1, keepdims=True))
            found[list(places)] = raised / raised.sum(axis=1, keepdims=True)
        return found

    @property
    def _outside(self) -> int:
        return self.columns.index("O")

    def describe(self) -> str:
        """Return model and weights for the signature."""
        return self.network.describe()


def first_pieces(held: Pieces) -> dict[int, int]:
    """Return the first sub-word of each token that has one; a bare word boundary only where there is nothing else.

    Example:
        >>> first_pieces(Pieces((5, 6, 7), ((0,), (0,), (1,)), (True, False, False)))
        {0: 1, 1: 2}
    """
    found: dict[int, int] = {}
    for boundaries in (False, True):
        for place, (tokens, is_boundary) in enumerate(zip(held.tokens, held.is_boundary, strict=True)):
            for token in tokens:
                if is_boundary == boundaries:
                    found.setdefault(token, place)
    return dict(sorted(found.items()))


def load_classifier(name: str, revision: str | None = None) -> TokenClassifier:
    """Return the classifier called `name`: ``e5-ner``, a folder, or a hub id; the last two stay in memory.

    A folder whose files have changed is loaded again.

    Raises:
        ModelUnavailable: it is not here, or no token classifier with an O tag.
    """
    return _classifiers.get((name, revision), tuple(map(stamps, folders_of(name))), lambda: _load(name, revision))


def folder_of(name: str) -> Path:
    """Return the folder of a recogniser that comes with xner, else what is named as a path.

    Raises:
        ModelUnavailable: a recogniser that comes with xner is not here.
    """
    return embedded_weights(name).parent if name in EMBEDDED else Path(name)


def folders_of(name: str) -> tuple[str, ...]:
    """Return folder or hub id of a classifier and, where it stands upon an encoder, those of the encoder.

    Raises:
        ModelUnavailable: a recogniser that comes with xner is not here.
    """
    folder = folder_of(name)
    try:
        return (str(folder), str(json.loads((folder / SETTINGS).read_text("utf-8"))["encoder"]))
    except (OSError, ValueError, KeyError, TypeError):  # there is none, or whoever loads it tells what is wrong with it
        return (str(folder),)


def embedded_weights(name: str) -> Path:
    """Return the file of weights of a recogniser that comes with xner.

    Raises:
        ModelUnavailable: it is not here.
    """
    file = _FOLDER / name / WEIGHTS
    if not file.is_file():
        raise ModelUnavailable(
            f"The weights of {name} are not in {file.parent}.",
            "Get xner with its folder assets/models, or make a recogniser: `python -m xner train ner GOLD -o DIR`.",
        )
    return file


def _load(name: str, revision: str | None) -> TokenClassifier:
    folder = folder_of(name)
    network: Network
    if (folder / SETTINGS).is_file():
        network = _TopNetwork(name, folder)
    else:
        network = _WholeNetwork(name, revision)
    if "O" not in network.tags:
        raise ModelUnavailable(f"{name} has no tag O: {', '.join(network.tags[:9])}.", "Name a model that tags names.")
    return TokenClassifier(network)


class _WholeNetwork:
    """A transformers model with a token-classification head."""

    def __init__(self, name: str, revision: str | None) -> None:
        self.model = load_classifier_model(name, revision)
        self.encoder = Encoder(self.model, 0)
        self.tags = self.model.tags

    def logits(self, rows: list[tuple[int, ...]]) -> list[NDArray[np.float32]]:
        return self.model.logits(rows)

    def describe(self) -> str:
        revision = f"@{self.model.revision}" if self.model.revision else ""
        return f"{self.model.name}{revision}+sha256:{self.model.weights_hash}"


class _TopNetwork:
    """Upper layers and a head from a folder, over the lower layers of the encoder that it names."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.net, settings = name, *read_top_layers(folder)
        self.tags = tuple(settings["tags"])
        whole = load_encoder(settings["encoder"])
        self.encoder = Encoder(whole.model, whole.model.depth - settings["n_layers"])
        self.weights_hash = weights_hash(str(folder))

    def logits(self, rows: list[tuple[int, ...]]) -> list[NDArray[np.float32]]:
        import torch

        from xner.models.top_layers import padded

        below = self.encoder.model.hidden_states(rows, self.encoder.layer, with_special=True)
        states, mask = padded(below)
        with torch.inference_mode():
            found = self.net(states, mask).numpy()
        n = self.encoder.model.n_before
        return [found[k, n : n + len(ids)] for k, ids in enumerate(rows)]

    def describe(self) -> str:
        return f"{self.name}+sha256:{self.weights_hash}+{self.encoder.describe()}"


def read_top_layers(folder: Path) -> tuple[Any, dict[str, Any]]:
    """Return the `TopLayers` of a folder of `write_top_layers`, ready to run, and its settings.

    Raises:
        ModelUnavailable: a file is missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from xner.models.top_layers import TopLayers

    try:
        settings = json.loads((folder / SETTINGS).read_text("utf-8"))
        n_layers, hidden, n_heads, inner = (int(settings[key]) for key in ("n_layers", "hidden", "n_heads", "inner"))
        net = TopLayers(n_layers, hidden, n_heads, inner, len(settings["tags"]))
        net.load_state_dict(_unpacked(load_file(folder / WEIGHTS)))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelUnavailable(
            f"The recogniser in {folder} can't be loaded: {error}".splitlines()[0][:300],
            f"A folder of `python -m xner train ner` has {SETTINGS} and {WEIGHTS}; make it again.",
        ) from error
    return net.eval(), settings


def write_top_layers(folder: Path, net: Any, settings: dict[str, Any]) -> None:
    """Write `TopLayers` with matrices in 8 bits (one scale a row), with the settings that reading needs.

    Both files are written beside and then take their names, so that on a full disk what was there stays.

    Raises:
        OSError: the folder can't be written, or has no room.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    parts = {name: folder / f"{name}.partial" for name in (WEIGHTS, SETTINGS)}
    try:
        try:
            save_file(_packed(net.state_dict()), parts[WEIGHTS], metadata={"format": "pt"})
        except SafetensorError as error:
            raise OSError(0, str(error), str(folder / WEIGHTS)) from error
        parts[WEIGHTS].chmod(0o644)  # safetensors writes files for the owner alone
        parts[SETTINGS].write_text(json.dumps(settings, indent=1, ensure_ascii=False) + "\n", "utf-8")
        for name, part in parts.items():
            part.replace(folder / name)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _packed(state: dict[str, Any]) -> dict[str, Any]:
    """Return matrices as int8 beside one float32 scale a row; vectors, which are small, stay float32."""
    import torch

    packed: dict[str, Any] = {}
    for name, tensor in state.items():
        if tensor.dim() != 2:
            packed[name] = tensor.float().contiguous()
            continue
        scale = (tensor.abs().amax(dim=1, keepdim=True) / 127).clamp(min=1e-12)
        packed[name] = (tensor / scale).round().to(torch.int8).contiguous()
        packed[name + _SCALE] = scale.float().contiguous()
    return packed


def _unpacked(packed: dict[str, Any]) -> dict[str, Any]:
    return {
        name: tensor.float() * packed[name + _SCALE] if name + _SCALE in packed else tensor.float()
        for name, tensor in packed.items()
        if not name.endswith(_SCALE)
    }
