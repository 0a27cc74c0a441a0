"""Which versions of models a configuration runs with on this machine, told without loading any.

What is kept of a method, and what it is to go on with, follows from these beside the settings: a name alone says
nothing, since another file may stand in a folder by now, and another version may be installed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from xner.cache import files_hash
from xner.config import RunConfig, TranslateConfig
from xner.errors import ModelUnavailable
from xner.match import matchers
from xner.models import embedded, seq2seq
from xner.models.folders import files_hash as folder_hash
from xner.models.folders import tree_hash
from xner.models.loaded import tokenizer_hash, weights_hash
from xner.models.token_classifier import folders_of
from xner.recognise import spacy_pipeline, transformers_model
from xner.signature import parse_signature
from xner.translate import translators
from xner.translate.seq2seq import usual_model
from xner.translate.sides import MARKED

Versions = Mapping[str, Mapping[str, str | None]]
"""Part of the signature to names of models, and the version of each: None where nothing here tells it."""
_Found = Iterator[tuple[str, str | None]]
_META = "meta.json"
"""What a pipeline of spaCy says of itself."""
_IN_SIGNATURE = re.compile(
    r"sha256:([0-9a-f]{12})|tokenizer:[^|]*?@([0-9a-f]{12})|spacy\+[^@]*@([^+]+)|simalign\+(\d[^+]*)|"
    r"apertium@([^+]+)|ctranslate2:([^+]+)"
)


def models_in_use(config: RunConfig) -> dict[str, dict[str, str | None]]:
    """Return the models of a configuration by the part of the signature that names them, each with its version.

    The version of a folder is a hash of its files, read once while they stay; of a model of a hub its commit; of what
    a package or program brings, its version. None: it is not here yet, or, as of Marian without a model, follows from
    the sentences. Parts of others, which nobody here knows, are left out.

    Example:
        >>> models_in_use(RunConfig().updated({"align.name": "given", "recognise.name": "given"}))
        {}
    """
    return {part: found for part, models in _parts(config) if (found := dict(models))}


def versions_key(config: RunConfig) -> str:
    """Return the models of a configuration as one text: what is kept in memory of a method goes by it too.

    Example:
        >>> versions_key(RunConfig().updated({"align.name": "given", "recognise.name": "given"}))
        '{}'
    """
    return json.dumps(models_in_use(config), sort_keys=True)


def _parts(config: RunConfig) -> Iterator[tuple[str, _Found]]:
    recognise = config.recognise
    if recognise.name == "transformers":
        model = recognise.model or transformers_model.DEFAULT
        part = "recognise" if config.pipeline == "model-transfer" else "entities"
        yield part, _classifier(model, recognise.revision)
    elif recognise.name == "spacy":
        yield "entities", _spacy(recognise.model or spacy_pipeline.EMBEDDED)
    if config.pipeline == "model-transfer":
        return
    yield "translate", _translator(config.translate)
    if config.back_translate.use != "off":
        yield "back_translate", _translator(config.back_translate)
    aligners = filter(None, (config.align.name, config.align.unite))
    yield "align", (one for name in aligners for one in _links(config, name))
    if matchers.get(config.match.name)(config.match).uses_scores:
        if config.extract.name == "recognised":
            yield "extract", _classifier(config.extract.model, config.extract.revision)
        yield "score", (one for name in config.score.fused_weights() for one in _score(config, name))


def changed_models(before: Versions, now: Versions) -> list[str]:
    """Return what has another version now, in words; nothing where all that is known is the same."""
    return [
        f"{name} ({part.replace('_', '-')}) was {old} and is {new}"
        for part, models in before.items()
        for name, old in models.items()
        if old is not None and (new := now.get(part, {}).get(name)) is not None and new != old
    ]


class SameWeights:
    """Takes rows by their signature as long as all of them come from the same versions of the models.

    Those are the versions of today; of a model that is not here, that of the first row which was made by it.
    """

    def __init__(self, today: Versions) -> None:
        self._known = {part: {v for v in models.values() if v is not None} for part, models in today.items()}
        self._n_open = {part: sum(v is None for v in models.values()) for part, models in today.items()}

    def takes(self, signature: str | None) -> bool:
        """Tell whether a row is of these versions; one without a signature was made by none."""
        if signature is None:
            return True
        try:
            parts = parse_signature(signature)
        except ValueError:
            return False
        new = {part: versions_in(words) - self._known.get(part, set()) for part, words in parts.items()}
        if any(len(found) > self._n_open.get(part, 0) for part, found in new.items()):
            return False
        for part, found in new.items():
            if found:
                self._known[part] |= found
                self._n_open[part] -= len(found)
        return True


def versions_in(words: str) -> set[str]:
    """Return the versions of models that a part of a signature names.

    Example:
        >>> sorted(versions_in("itermax+rounds:2+e5-small+sha256:0123456789ab+layer:7"))
        ['0123456789ab']
    """
    return {next(filter(None, found)) for found in _IN_SIGNATURE.findall(words)}


def _links(config: RunConfig, name: str) -> _Found:
    if name == "simalign":
        yield "simalign", _package("simalign")
    if name in ("argmax", "itermax", "mwmf", "awesome", "simalign"):
        yield config.align.model, _weights(config.align.model, config.align.revision)


def _score(config: RunConfig, name: str) -> _Found:
    if name in ("ner", "ner_span"):
        yield from _classifier(config.score.ner_model, config.score.ner_revision)
    elif name == "nmt":
        yield from _seq2seq(config.score.nmt_model, config.score.nmt_revision, None)


def _translator(config: TranslateConfig) -> _Found:
    name = config.name.removeprefix(MARKED)
    if name == "apertium":
        yield from _apertium()
    elif name == "ctranslate2" and config.model is not None:
        yield config.model, folder_hash(config.model, "*") if os.path.isdir(config.model) else None
        yield f"tokenizer {config.tokenizer or config.model}", _tokenizer(config.tokenizer or config.model)
        yield "ctranslate2", _package("ctranslate2")
    elif name in ("nllb", "m2m", "marian"):
        model = config.model or usual_model(name)
        if model is None:
            yield name, None
        else:
            yield from _seq2seq(model, config.revision, config.tokenizer)


def _apertium() -> _Found:
    try:
        words = translators.get("apertium")(TranslateConfig(name="apertium")).describe()
    except ModelUnavailable:
        words = ""
    program, _, data = words.partition("+sha256:")
    yield "apertium", program.partition("@")[2] or None
    yield "dictionaries of apertium", data or None


def _seq2seq(model: str, revision: str | None, tokenizer: str | None) -> _Found:
    yield model, _weights(model, revision)
    words_from = seq2seq.tokenizer_of(model, tokenizer)
    if words_from is not None:
        yield f"tokenizer {words_from}", _tokenizer(words_from)


def _classifier(name: str, revision: str | None) -> _Found:
    try:
        folder, *below = folders_of(name)
    except ModelUnavailable:
        folder, below = "", []
    yield name, _weights(folder, revision) if folder else None
    for encoder in below:
        yield encoder, _weights(encoder, None)


def _spacy(model: str) -> _Found:
    spec = None if os.path.isdir(model) else importlib.util.find_spec(model)
    file = Path(model) / _META if spec is None or spec.origin is None else Path(spec.origin).parent / _META
    try:
        told = json.loads(file.read_text("utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError):  # not here, or whoever loads it tells what is wrong with it
        told = None
    yield f"version of {model}", told
    if os.path.isdir(model):
        yield model, tree_hash(Path(model))


def _weights(model: str, revision: str | None) -> str | None:
    if model == embedded.NAME or os.path.isdir(model):
        return files_hash(model)
    found = weights_hash(model, revision)
    return None if found == "unknown" else found


def _tokenizer(name: str) -> str | None:
    found = tokenizer_hash(name)
    return None if found == "unknown" else found


def _package(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
