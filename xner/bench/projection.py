"""F1 of several systems on the same links: which score, which matcher, on data with gold entities on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from xner.bench.all_pairs import align_all, project_all
from xner.config import SCORE_PRESETS, AlignConfig, RunConfig, load_config
from xner.errors import ConfigError, InputError
from xner.evaluate.bootstrap import f1_interval, paired_difference
from xner.evaluate.spans import Counts, count_boundaries, count_spans
from xner.pipeline import Pipeline
from xner.services.named_methods import PRESETS
from xner.types import Projection, SentencePair

_WORDS = {
    "greedy links": "greedy-links",
    "exact links": "exact-links",
    "greedy coverage+soft": "greedy",
    "exact coverage+soft": "default",
    "exact coverage+soft+edges": "fusion",
    "exact coverage+soft+edges centred": "fusion-centred",
    "heuristic nodalida2025": "heuristic",
    "heuristic thesis2025": "heuristic-thesis",
    "garcia_ferrero": "garcia-ferrero",
}
_EXPLICIT = {"match.name": "exact", "score.preset": "coverage_soft"}
"""A system is what its name says, whatever settings all of a benchmark share."""
SYSTEMS: dict[str, dict[str, Any]] = {name: _EXPLICIT | dict(PRESETS[word].settings) for name, word in _WORDS.items()}
"""Name of a system to its settings; the first one is the reference of the differences."""


def systems_from(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the systems meant by names of `SYSTEMS`, methods, score presets (exact matching), and ``NAME=run.toml``.

    Raises:
        ConfigError: a name that is none of these, or a file that is no configuration.

    Example:
        >>> systems_from(["exact links", "ner"])["ner"]
        {'score.preset': 'ner'}
    """
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        title, is_file, path = name.partition("=")
        if is_file:
            found[title] = _flat(load_config(Path(path)).model_dump(exclude_unset=True))
        elif name in SYSTEMS:
            found[name] = SYSTEMS[name]
        elif name in PRESETS:
            found[name] = dict(PRESETS[name].settings)
        elif name in SCORE_PRESETS:
            found[name] = {"score.preset": name}
        else:
            known = ", ".join(dict.fromkeys([*SYSTEMS, *PRESETS, *SCORE_PRESETS]))
            raise ConfigError(f"There is no system {name!r}.", f"Known: {known}; or NAME=run.toml.")
    return found


def _flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for key, value in data.items():
        nested = isinstance(value, dict) and f"{prefix}{key}" not in ("score.weights", "score.thresholds")
        rows |= _flat(value, f"{prefix}{key}.") if nested else {f"{prefix}{key}": value}
    return rows


def run(
    pairs: Sequence[SentencePair],
    base: RunConfig,
    systems: Mapping[str, Mapping[str, Any]] = SYSTEMS,
    *,
    ignore_labels: Iterable[str] = (),
) -> dict[str, Any]:
    """Return strict F1 with a 95 % interval for every system, and its difference to the first one.

    Source entities must be given and target entities are gold; systems of the same aligner share its links. Entities of
    ignored labels take part on neither side. What learns from a corpus (`statistical`, `edges`) learns from the pairs,
    never from their gold.

    Args:
        pairs: with `source_entities` and `target_entities`.
        base: settings that all systems share.
        systems: name to dotted settings.
        ignore_labels: dropped before matching.

    Raises:
        InputError: no pair has entities on both sides.
    """
    usable = [pair for pair in pairs if pair.source_entities is not None and pair.target_entities is not None]
    if not usable:
        raise InputError(
            f"none of {len(pairs)} pairs has entities on both sides.", "Give source_entities and gold target_entities."
        )
    ignored = frozenset(ignore_labels)
    if ignored:
        kept = {e.label for pair in pairs for e in pair.source_entities or ()} - ignored
        base = base.updated({"labels": sorted(kept)})
    pipelines = {name: Pipeline(base.updated(settings)) for name, settings in systems.items()}
    strict: dict[str, list[Counts]] = {}
    untyped: dict[str, Counts] = {}
    align = cache(lambda config: align_all(AlignConfig.model_validate_json(config), usable))
    for name, pipeline in pipelines.items():
        projections = project_all(pipeline, usable, align(pipeline.config.align.model_dump_json()))
        strict[name], untyped[name] = _counted(usable, projections, ignored)
    tables = {name: [(c.tp, c.n_predicted, c.n_gold) for c in counts] for name, counts in strict.items()}
    reference = next(iter(tables.values()))
    return {
        "n_pairs": len(usable),
        "n_gold": sum(n_gold for _, _, n_gold in reference),
        "systems": {name: row_of(table, reference, untyped[name]) for name, table in tables.items()},
    }


def _counted(
    pairs: Sequence[SentencePair], projections: Sequence[Projection], ignored: frozenset[str]
) -> tuple[list[Counts], Counts]:
    """Return the strict counts of each pair, and the sum of the untyped ones; what failed has found nothing."""
    strict, untyped = [], Counts()
    for pair, projection in zip(pairs, projections, strict=True):
        gold = [entity for entity in pair.target_entities or () if entity.label not in ignored]
        strict.append(sum(count_spans(gold, projection.entities).values(), Counts()))
        untyped += count_boundaries(gold, projection.entities)
    return strict, untyped


def row_of(
    table: list[tuple[int, int, int]], reference: list[tuple[int, int, int]], untyped: Counts
) -> dict[str, float | None]:
    """Return F1, interval and difference to a reference from ``(tp, n_predicted, n_gold)`` of each sentence."""
    total = Counts(*(sum(column) for column in zip(*table, strict=True)))
    interval = f1_interval(table)
    difference = paired_difference(table, reference)
    return {
        "f1": total.f1,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "boundary_f1": untyped.f1,
        "delta": difference.delta if difference else None,
        "delta_low": difference.low if difference else None,
        "delta_high": difference.high if difference else None,
    }
