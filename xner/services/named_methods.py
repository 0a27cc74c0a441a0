"""Methods that have a name: chosen by one word on Run, Inspect and Compare, in an address and on the command line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from xner.config import RunConfig, parse_config
from xner.errors import ConfigError, XnerError
from xner.io.json_lines import loads


@dataclass(frozen=True, slots=True)
class Preset:
    """A method with a name: settings as `run.toml` has them, by dotted key."""

    title: str
    settings: Mapping[str, Any]


_E5_NER = "e5-ner"
"""What a recogniser of transformers runs where no model is named."""
_LINKS = {"score.preset": "align"}
_GREEDY_LINKS = {"match.name": "greedy", **_LINKS}
_UNITED = {"align.name": "argmax", "align.unite": "statistical"}
_FUSION = {"score.preset": "coverage_soft_edges", "score.power": 2.0, "align.max_iterations": 3,
           "extract.max_tokens": 20}  # fmt: skip
_CENTRED = {"align.centred": True, "score.soft_temperature": 0.08, "score.weights.edges": 0.9}

PRESETS: dict[str, Preset] = {
    "default": Preset("Default", {}),
    "heuristic": Preset("Heuristic (NoDaLiDa 2025)", {"match.name": "heuristic", "match.preset": "nodalida2025"}),
    "fusion": Preset("Best fusion", _FUSION),
    "fusion-centred": Preset("Best fusion, centred vectors", {**_FUSION, **_CENTRED}),
    "fusion-united": Preset("Best fusion, united links", {**_FUSION, **_UNITED}),
    "edges": Preset("Exact with edges of names", {"score.preset": "coverage_soft_edges"}),
    "greedy": Preset("Greedy", {"match.name": "greedy"}),
    "exact-links": Preset("Exact on links", _LINKS),
    "greedy-links": Preset("Greedy on links", _GREEDY_LINKS),
    "recognised": Preset("Greedy on links, spans of e5-ner", {"extract.name": "recognised", **_GREEDY_LINKS}),
    "linked-spans": Preset("Exact over spans that links lead to", {"extract.name": "aligned"}),
    "heuristic-thesis": Preset("Heuristic (thesis 2025)", {"match.name": "heuristic", "match.preset": "thesis2025"}),
    "garcia-ferrero": Preset("García-Ferrero", {"match.name": "garcia_ferrero"}),
    "argmax": Preset("Exact over argmax links", {"align.name": "argmax"}),
    "mwmf": Preset("Exact over mwmf links", {"align.name": "mwmf"}),
    "awesome": Preset("Exact over awesome links", {"align.name": "awesome"}),
    "simalign": Preset("Exact over simalign links", {"align.name": "simalign"}),
    "statistical": Preset("Exact over statistical links", {"align.name": "statistical"}),
    "united": Preset("Exact over united links", _UNITED),
    "given-links": Preset("Exact over links of the file", {"align.name": "given"}),
    "ner": Preset("Exact on NER", {"score.preset": "ner"}),
    "nmt": Preset("Exact on translation", {"score.preset": "nmt"}),
    "exact-ner": Preset("Exact on links and NER", {"score.preset": "align_ner"}),
    "exact-ner-spans": Preset("Exact on links and NER spans", {"score.preset": "align_ner_spans"}),
    "exact-nmt": Preset("Exact on links and translation", {"score.preset": "align_nmt"}),
    "ner-spans-nmt": Preset("Exact on NER spans and translation", {"score.preset": "ner_spans_nmt"}),
    "all-fusion": Preset("Exact on links, NER spans, translation", {"score.preset": "all_fusion"}),
    "marked-back": Preset(
        "Marked back-translation (Apertium)",
        {"back_translate.name": "marked:apertium", "back_translate.use": "replace"},
    ),
    "model-transfer": Preset(
        "Model transfer (e5-ner)",
        {"pipeline": "model-transfer", "recognise.name": "transformers", "recognise.model": _E5_NER},
    ),
}
"""Methods by the word that stands for them; a word keeps its meaning, for addresses and scripts hold it."""
_APART = ("labels", "translate", "recognise", "cache")
_MODELS = {
    "align": ("model", "revision", "layer", "dtype", "batch_tokens"),
    "score": ("ner_model", "ner_revision", "ner_label_map", "nmt_model", "nmt_revision", "nmt_batch_size"),
}
"""What a method's name says nothing of: whose labels, by which model, on which machine."""


def preset_of(word: str) -> Preset:
    """Return the method that a word stands for.

    Raises:
        ConfigError: it stands for none; names the nearest and all.
    """
    if word not in PRESETS:
        near = difflib.get_close_matches(word, PRESETS, n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise ConfigError(f"There is no method {word!r}.", f"{hint}Known: {', '.join(PRESETS)}.")
    return PRESETS[word]


def with_method(config: RunConfig, word: str) -> RunConfig:
    """Return a configuration that projects by another method; labels, translator, and what models are asked, stay.

    Of pipelines only `model-transfer` is a method: translating the missing side goes together with any.

    Raises:
        ConfigError: the word stands for no method.

    Example:
        >>> mine = RunConfig().updated({"labels": ["PER"], "align.dtype": "bfloat16", "match.name": "greedy"})
        >>> found = with_method(mine, "fusion-centred")
        >>> found.labels, found.align.dtype, found.align.centred, found.match.name
        (('PER',), 'bfloat16', True, 'exact')
    """
    settings = preset_of(word).settings
    own = _plain(word)
    named = {key.partition(".")[0] for key in settings}
    kept: dict[str, Any] = {name: getattr(config, name) for name in _APART if name not in named}
    for section, names in _MODELS.items():
        mine = {name: getattr(getattr(config, section), name) for name in names}
        kept[section] = getattr(own, section).model_copy(update=mine)
    if config.back_translate.use == "check":  # for the reader: no part of a method
        kept |= {} if "back_translate" in named else {"back_translate": config.back_translate}
    if "pipeline" not in named and config.pipeline != "model-transfer":
        kept["pipeline"] = config.pipeline
    return own.model_copy(update=kept)


@lru_cache(maxsize=128)
def _plain(word: str) -> RunConfig:
    return RunConfig().updated(PRESETS[word].settings)


def word_of(config: RunConfig) -> str | None:
    """Return the word of the method that a configuration is, ``None`` where its settings are nobody's but its own.

    Example:
        >>> word_of(RunConfig().updated({"score.weights.links": 1, "score.weights.coverage": 0,
        ...                              "score.weights.soft": 0, "match.name": "greedy", "labels": ["PER"]}))
        'greedy-links'
    """
    mine = essence(config)
    return next((word for word in PRESETS if essence(with_method(config, word)) == mine), None)


def stored_settings(written: str) -> RunConfig | None:
    """Return the settings of a stored run, ``None`` where another version wrote them that is not understood here.

    Example:
        >>> stored_settings('{"match": {"name": "greedy"}}').match.name
        'greedy'
        >>> stored_settings('{"match": {"nome": "greedy"}}') is None
        True
    """
    try:
        return parse_config(loads(written))
    except XnerError:
        return None


def essence(config: RunConfig) -> str:
    """Return what of a configuration decides projections: equal for equal methods, however they were written down.

    Example:
        >>> spelt_out = RunConfig().updated({"score.weights": {"coverage": 1.0, "soft": 1.0, "links": 0.0}})
        >>> spelt_out == RunConfig(), essence(spelt_out) == essence(RunConfig())
        (False, True)
    """
    found = config.model_dump(mode="json", exclude={"cache"})
    if config.recognise.name == "transformers":
        found["recognise"]["model"] = config.recognise.model or _E5_NER
    if config.pipeline == "model-transfer":
        found = {name: found[name] for name in ("pipeline", "labels", "recognise")}
    else:
        found["score"] |= {"weights": config.score.fused_weights(), "preset": None}
        found["match"]["preset"] = None
        if config.back_translate.use in ("off", "check"):
            found["back_translate"] = None
    return json.dumps(found, sort_keys=True)
