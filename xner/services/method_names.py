"""What methods are called: runs by their settings in the words of the Compare page, data sets by their language."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from xner.config import SCORE_PRESETS, RunConfig
from xner.services.named_methods import PRESETS, stored_settings

OTHER_VERSION = "settings of another version"
_DEFAULT = PRESETS["default"].title
_WORDS: dict[str, str] = {
    "pipeline": "{}", "align.name": "links by {}", "align.model": "links of {}", "align.layer": "layer {}",
    "align.unite": "united with {}", "recognise.name": "names by {}", "recognise.model": "names by {}",
    "translate.name": "translated by {}", "translate.model": "translated by {}",
    "back_translate.name": "back-translated by {}", "back_translate.model": "back-translated by {}",
    "back_translate.use": "back-translation: {}", "extract.name": "candidates: {}",
    "extract.max_tokens": "longest span {}", "extract.min_tokens": "shortest span {}",
    "extract.model": "candidates by {}", "score.preset": "scores: {}", "score.ner_model": "NER scores of {}",
    "match.name": "{} matching", "match.preset": "{}", "match.per_entity": "{} spans an entity",
    "match.offset": "scores above {}", "match.min_length_ratio": "length ratio from {}",
}  # fmt: skip
"""Setting to how a name tells it; others are told by their key."""
_VALUES = {
    ("align.name", "given"): "links of the file", ("recognise.name", "given"): "names of the file",
    ("recognise.name", "transformers"): "names by a transformer", ("match.name", "garcia_ferrero"): "García-Ferrero",
    ("score.preset", "align"): "scores: links", ("score.preset", "ner"): "scores: NER",
    ("score.preset", "align_ner"): "scores: links and NER", ("score.preset", "align_nmt"): "scores: links, translation",
}  # fmt: skip


def run_names(configs: Mapping[str, str]) -> dict[str, str]:
    """Return what runs are called, by number; `configs` are their settings as JSON.

    A name is that of the nearest method of the Compare page and what the run changed of it. What all of several runs
    changed in the same way does not tell them apart and is left out, unless it is all there is; runs that are equal
    have their number. No run bears the title of a method that it is not.

    Example:
        >>> run_names({"3": "{}", "4": '{"match": {"name": "greedy"}, "extract": {"max_tokens": 3}}'})
        {'3': 'Default', '4': 'Greedy · longest span 3'}
        >>> run_names({"5": '{"score": {"weights": {"coverage": 1.0, "soft": 1.0, "nmt": 0.0}}}'})
        {'5': 'Default'}
    """
    found = {run: _changes(config) for run, config in configs.items()}
    known = [frozenset(changed.items()) for changed in found.values() if changed is not None]
    shared = frozenset.intersection(*known) if len(known) > 1 else frozenset()
    names = {run: OTHER_VERSION if changed is None else _name(changed, shared) for run, changed in found.items()}
    twice = {name for name, n in Counter(names.values()).items() if n > 1}
    return {run: f"{name} · run {run}" if name in twice else name for run, name in names.items()}


def _name(changed: Mapping[str, str], shared: frozenset[tuple[str, str]]) -> str:
    telling = {key: value for key, value in changed.items() if (key, value) not in shared} or changed
    title, nearest = _DEFAULT, dict[str, str]()
    for preset_title, own in _presets():
        is_matcher_its_own = "match.name" in own or "match.name" not in changed
        is_nearer = len(own) > len(nearest) and own.items() <= changed.items() and own.items() & telling.items()
        if is_nearer and is_matcher_its_own:
            title, nearest = preset_title, own
    others = [_words(key, value) for key, value in telling.items() if key not in nearest]
    words = " · ".join(([] if not nearest and others else [title]) + others)
    return words[:1].upper() + words[1:]


def _words(key: str, plain: str) -> str:
    value = json.loads(plain)
    value = ", ".join(map(str, value)) if isinstance(value, list) else value
    said = _VALUES.get((key, value)) if isinstance(value, str) else None
    if said is None and key in _WORDS and value is not None:
        said = _WORDS[key].format(value)
    return said or f"{key.replace('_', ' ').replace('.', ' ')} {'none' if value is None else value}"


@lru_cache(maxsize=256)
def _changes(config: str) -> dict[str, str] | None:
    """Return the settings that are not the default ones, values as JSON; ``None`` where they can't be read."""
    known = stored_settings(config)
    return None if known is None else _changed(known)


def _changed(config: RunConfig) -> dict[str, str]:
    default = _flat(RunConfig().model_dump(mode="json"))
    usual = SCORE_PRESETS[config.score.preset]
    telling = {name: weight for name, weight in config.score.weights.items() if weight != usual.get(name, 0.0)}
    settings = _flat(config.model_copy(update={"score": config.score.model_copy(update={"weights": telling})})
                     .model_dump(mode="json"))  # fmt: skip
    return {key: value for key, value in settings.items() if value != default.get(key)}


@lru_cache(maxsize=1)
def _presets() -> Sequence[tuple[str, dict[str, str]]]:
    return [(preset.title, _changed(RunConfig().updated(preset.settings))) for preset in PRESETS.values()]


def _flat(settings: Mapping[str, Any], before: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            found |= _flat(value, f"{before}{key}.")
        else:
            found[f"{before}{key}"] = json.dumps(value, ensure_ascii=False)
    return found


def group_names(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return data set to what it is called: its language, where that language has no other data set.

    Example:
        >>> group_names([{"dataset": "a.en-de", "target_lang": "de"}, {"dataset": "b.en-de", "target_lang": "de"},
        ...              {"dataset": "a.en-nl", "target_lang": "nl"}])
        {'a.en-de': 'a.en-de', 'b.en-de': 'b.en-de', 'a.en-nl': 'nl'}
    """
    langs = {str(row["dataset"]): row.get("target_lang") or "" for row in rows}
    n_of = Counter(langs.values())
    return {dataset: lang if lang and n_of[lang] == 1 else dataset for dataset, lang in langs.items()}
