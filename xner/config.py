"""The configuration of a run: one model per stage, unknown keys refused.

`run.toml` and `--set key=value` speak the same keys, for example ``match.name`` or ``score.weights.soft``.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from xner.errors import ConfigError

Constraint = Literal["<=", "=", ">="]
PipelineName = Literal["parallel", "translate-test", "translate-train", "model-transfer"]

_LABEL_MAP = {"PERSON": "PER", "PER": "PER", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC", "ORG": "ORG"}

SCORE_PRESETS: dict[str, dict[str, float]] = {
    "coverage_soft": {"coverage": 1.0, "soft": 1.0},
    "coverage_soft_edges": {"coverage": 1.0, "soft": 1.0, "edges": 0.6, "copy": 0.3},
    "align": {"links": 1.0},
    "ner": {"ner": 1.0},
    "nmt": {"nmt": 1.0},
    "align_ner": {"links": 0.5, "ner": 0.5},
    "align_ner_spans": {"links": 0.5, "ner_span": 0.5},
    "align_nmt": {"links": 0.5, "nmt": 1.0},
    "ner_spans_nmt": {"ner_span": 0.5, "nmt": 1.0},
    "all_fusion": {"links": 0.5, "ner_span": 0.5, "nmt": 1.0},
}
"""Weights of the published fusions (methods of Shkalikov's thesis) and of our own, by preset name."""

MATCH_PRESETS: dict[str, dict[str, Any]] = {
    "nodalida2025": {
        "merge_distance": 1, "only_i": False, "min_length_ratio": 0.8, "top_k": None,
        "order": "given", "collision": "overwrite",
    },
    "thesis2025": {
        "merge_distance": 1, "only_i": False, "min_length_ratio": 0.8, "top_k": None,
        "order": "shortest_first", "collision": "skip",
    },
}  # fmt: skip
"""Parameters of the heuristic projection as published."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TranslateConfig(_Section):
    """How a missing side of a pair comes about. ``marked:NAME`` carries the entities along in brackets."""

    name: str = "given"
    to: str | None = None
    """BCP-47 tag of the missing side; None: that of the record, else English for ``translate-test``."""
    model: str | None = None
    """Local folder or hub id; None takes the translator's usual one."""
    revision: str | None = None
    tokenizer: str | None = None
    """Folder or hub id to take the tokenizer from; None: the model's own, but of a marker checkpoint its base's."""
    beams: Annotated[int, Field(ge=1, le=32)] = 1
    max_new_tokens: Annotated[int, Field(ge=1)] = 400
    dtype: Literal["auto", "float32", "bfloat16"] = "float32"
    batch_size: Annotated[int, Field(ge=1)] = 16
    """Sentences that the model gets at once."""
    time_limit_s: Annotated[float, Field(gt=0)] = 60.0
    """Seconds that an outside program may take for one batch."""


class BackTranslateConfig(TranslateConfig):
    """A second translation as evidence: the source with its entities in brackets, or the target for the reader.

    ``replace`` projects from the marked translation instead of the source, ``add`` sums the scores of both, ``check``
    translates the target into the source language, for the round-trip check, where the record does not bring it.
    """

    use: Literal["off", "check", "replace", "add"] = "off"
    similarity: Annotated[float, Field(ge=0, le=1)] = 0.5
    """What a bracketed string and the translation of an entity must exceed to belong together."""
    keep_brackets: bool = False
    """Whether brackets that belong to no entity stay as tokens, as in the published code."""


class RecogniseConfig(_Section):
    """Source entities: those in the record are kept, `name` finds the missing ones."""

    name: str = "transformers"
    model: str | None = None
    """A token classifier (local folder, hub id) or a spaCy pipeline; None: the embedded one, ``e5-ner`` or spaCy's."""
    revision: str | None = None
    """Commit of a hub model."""
    label_map: dict[str, str] = _LABEL_MAP
    """Model label to label of the run; what is given is added to the default, an empty label takes one out."""
    trim_articles: bool = True
    """Cut a leading article off an entity."""
    trim_possessive: bool = True
    """Cut a trailing possessive ('s) off an entity."""

    @field_validator("label_map")
    @classmethod
    def _add_to_default(cls, value: dict[str, str]) -> dict[str, str]:
        return {model: ours for model, ours in {**_LABEL_MAP, **value}.items() if ours or model in value}


class AlignConfig(_Section):
    """Word alignment. `layer` counts from 0 = embeddings; None takes the model's best known layer."""

    name: str = "itermax"
    model: str = "e5-small"
    revision: str | None = None
    layer: Annotated[int, Field(ge=0)] | None = None
    level: Literal["subword", "word"] = "subword"
    join_unspaced: bool = True
    """Show the encoder scripts without spaces as they are written. False sets every token apart, as simalign does."""
    centred: bool = False
    """Take from every sub-word vector the mean of its sentence, which tells sub-words apart that all lie close."""
    distortion: Annotated[float, Field(ge=0, le=1)] = 0.0
    max_iterations: Annotated[int, Field(ge=1, le=10)] = 2
    """Rounds of itermax, the first being argmax."""
    awesome_threshold: Annotated[float, Field(gt=0, lt=1)] = 0.001
    unite: str | None = None
    """Another aligner whose links are added."""
    symmetrisation: Literal["intersection", "grow-diag-final-and", "union"] = "grow-diag-final-and"
    """How ``statistical`` joins its two directions."""
    dtype: Literal["auto", "float32", "bfloat16"] = "float32"
    batch_tokens: Annotated[int, Field(ge=64)] = 1024
    """Sub-words in one batch of the encoder."""


class ExtractConfig(_Section):
    """Candidate spans on the target side."""

    name: str = "ngram"
    min_tokens: Annotated[int, Field(ge=1)] = 1
    max_tokens: Annotated[int, Field(ge=1)] | None = 10
    """Longest candidate; None means no limit. Sentences cut into single graphemes get three times as much."""
    stop_tokens: tuple[str, ...] = ("!", "?")
    """No candidate contains one of these."""
    edge_punctuation: bool = False
    """Whether a candidate may start or end with a punctuation token."""
    model: str = "e5-ner"
    """Token classifier of ``recognised``, run on the target."""
    revision: str | None = None
    sub_spans: bool = False
    """Whether ``recognised`` proposes all parts of its spans, too."""

    @model_validator(mode="after")
    def _some_length_is_allowed(self) -> ExtractConfig:
        if self.max_tokens is not None and self.min_tokens > self.max_tokens:
            raise ValueError(f"min_tokens {self.min_tokens} is above max_tokens {self.max_tokens}")
        return self


class ScoreConfig(_Section):
    """Scores of (entity, candidate) and their weights; a weight given singly wins over the preset's."""

    preset: str = "coverage_soft"
    weights: dict[str, Annotated[float, Field(ge=0)]] = {}
    thresholds: dict[str, Annotated[float, Field(ge=0)]] = {}
    """A component score not strictly above its threshold counts as 0."""
    power: Annotated[float, Field(gt=0, le=8)] = 1.0
    """Exponent of the sum; above 1 one good span counts more than two middling ones."""
    soft_temperature: Annotated[float, Field(gt=0)] = 0.05
    soft_floor: Annotated[float, Field(ge=0)] = 0.1
    """A soft score below this counts as 0."""
    ner_model: str = "e5-ner"
    """Token classifier of ``ner`` and ``ner_span``, run on the target."""
    ner_revision: str | None = None
    ner_label_map: dict[str, str] = {}
    """Label of the run to label of the model, where they differ."""
    ner_alpha: Annotated[float, Field(ge=1)] = 1.15
    """Bonus for length."""
    ner_bonus: Literal["if_consistent", "always"] = "if_consistent"
    ner_only_inside: bool = False
    """Read I- for the first token, too."""
    ner_ignored: tuple[str, ...] = ("MISC",)
    """Labels of the model that ``ner_span`` leaves aside."""
    nmt_model: str = "facebook/nllb-200-distilled-600M"
    nmt_revision: str | None = None
    nmt_batch_size: Annotated[int, Field(ge=1)] = 32
    """Phrase pairs that the model gets at once."""
    copy_floor: Annotated[float, Field(ge=0, le=1)] = 0.8
    """A similarity of names below this counts as 0."""
    copy_romanise: bool = True
    """Whether other scripts are written in Latin letters before names are compared."""

    @field_validator("preset")
    @classmethod
    def _known_preset(cls, value: str) -> str:
        return _one_of(value, SCORE_PRESETS)

    def fused_weights(self) -> dict[str, float]:
        """Return score name to weight, zero weights left out."""
        merged = {**SCORE_PRESETS[self.preset], **self.weights}
        return {name: weight for name, weight in merged.items() if weight > 0}


class MatchConfig(_Section):
    """Matching of entities and candidates, and the parameters of the heuristic projection."""

    name: str = "exact"
    per_entity: Annotated[int, Field(ge=1, le=20)] = 1
    constraint: Constraint = "<="
    offset: Annotated[float, Field(ge=0)] = 0.0
    """Taken off every score before matching, so that weak pairs are not selected."""
    time_limit_s: Annotated[float, Field(gt=0)] = 10.0
    preset: str | None = None
    merge_distance: Annotated[int, Field(ge=0)] = 1
    only_i: bool = False
    min_length_ratio: Annotated[float, Field(ge=0)] | None = 0.8
    top_k: Annotated[int, Field(ge=1)] | None = None
    top_k_by: Literal["longest", "shortest"] = "longest"
    order: Literal["given", "shortest_first"] = "shortest_first"
    collision: Literal["skip", "overwrite"] = "skip"
    fill_gap_size: Annotated[int, Field(ge=0)] = 1
    lost_markers: Literal["fail", "keep"] = "fail"
    """Whether ``marked`` refuses a sentence that lost a marker, or keeps the entities that came through."""

    @model_validator(mode="before")
    @classmethod
    def _apply_preset(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and data.get("preset") is not None:
            return {**MATCH_PRESETS[_one_of(str(data["preset"]), MATCH_PRESETS)], **data}
        return data


class CacheConfig(_Section):
    """Results of models that are kept on disk; they change no result and are no part of a signature.

    ``same_batch`` takes an alignment only where the same sentences shared a batch, which the last digits of an encoder
    depend on: the output is the same byte for byte whatever the cache holds. ``any_batch`` takes it from any.
    """

    reuse: Literal["same_batch", "any_batch", "off"] = "same_batch"
    size: str | int | None = None
    """Largest size on disk, ``2GB``; 0 keeps nothing; None: `XNER_CACHE_SIZE`, else 1 GB."""


class RunConfig(_Section):
    """All settings of a run. `labels` None means: the labels of the input."""

    pipeline: PipelineName = "parallel"
    labels: tuple[str, ...] | None = None
    translate: TranslateConfig = TranslateConfig()
    back_translate: BackTranslateConfig = BackTranslateConfig()
    recognise: RecogniseConfig = RecogniseConfig()
    align: AlignConfig = AlignConfig()
    extract: ExtractConfig = ExtractConfig()
    score: ScoreConfig = ScoreConfig()
    match: MatchConfig = MatchConfig()
    cache: CacheConfig = CacheConfig()

    @field_validator("labels", mode="before")
    @classmethod
    def _split_labels(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    def updated(self, settings: Mapping[str, Any]) -> RunConfig:
        """Return a configuration with dotted keys replaced, for example ``{"match.name": "greedy"}``.

        Raises:
            ConfigError: an unknown key or an impossible value.
        """
        data = self.model_dump(exclude_unset=True)
        if "match.preset" in settings:  # what came from the preset before goes with it
            match = data.get("match", {})
            for key, value in MATCH_PRESETS.get(self.match.preset or "", {}).items():
                if match.get(key) == value:
                    del match[key]
        for key, value in settings.items():
            _insert(data, key, value)
        return parse_config(data)


def parse_config(data: Mapping[str, Any], origin: str = "configuration") -> RunConfig:
    """Check nested settings and return the configuration.

    Raises:
        ConfigError: names the key, the problem and the nearest known key.
    """
    try:
        return RunConfig.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            near = difflib.get_close_matches(key, list(setting_keys()), n=1, cutoff=0.4)
            hint = f"Did you mean {near[0]!r}?" if near else "See `python -m xner project --help`."
            raise ConfigError(f"{origin}: there is no setting {key!r}.", hint, key=key) from None
        problem = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{origin}: {key} = {first['input']!r}: {problem}.", key=key) from None


def load_config(
    path: Path | None, overrides: Iterable[str] = (), *, change: Callable[[RunConfig], RunConfig] | None = None
) -> RunConfig:
    """Read `run.toml` (or take the defaults), let `change` make another one of it, and apply ``key=value`` overrides.

    Values are TOML; what is not TOML is taken as a string, so ``match.name=greedy`` needs no quotes. ``null`` stands
    for "not set".
    """
    data: dict[str, Any] = {}
    if path is not None:
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ConfigError(f"{path}: no such file.", "Give the path of a TOML file with --config.") from None
        except OSError as error:
            raise ConfigError(f"{path}: can't be read: {error.strerror}.", "Check the path and its rights.") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: not TOML: {error}.", "See the README for an example of run.toml.") from None
    origin = str(path) if path else "--set"
    if change is not None:
        data = change(parse_config(data, origin)).model_dump(exclude_unset=True)
    for override in overrides:
        key, equals, raw = override.partition("=")
        if not equals or not key.strip():
            raise ConfigError(f"--set {override!r}: expected key=value.", "Example: --set match.name=greedy")
        _insert(data, key.strip(), _toml_value(raw.strip()))
    return parse_config(data, origin)


def setting_keys(model: type[BaseModel] = RunConfig, prefix: str = "") -> Iterator[str]:
    """Yield every key that `run.toml` and `--set` know, dotted."""
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from setting_keys(info.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _toml_value(raw: str) -> Any:
    if raw == "null":
        return None
    try:
        return tomllib.loads(f"v = {raw}")["v"]
    except tomllib.TOMLDecodeError:
        return raw


def _insert(data: dict[str, Any], key: str, value: Any) -> None:
    *parents, last = key.split(".")
    here = data
    for parent in parents:
        inner = here.setdefault(parent, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"--set {key}: {parent!r} is a value, not a group of settings.", key=key)
        here = inner
    here[last] = value


def _one_of(value: str, known: Mapping[str, Any]) -> str:
    if value not in known:
        near = difflib.get_close_matches(value, known, n=1, cutoff=0.4)
        raise ValueError(f"unknown preset{f', did you mean {near[0]!r}' if near else ''}; known: {', '.join(known)}")
    return value
