"""F1 of several systems on the same links: which score, which matcher, on data with gold entities on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xner.config import RunConfig
from xner.engine.local import BATCH_SIZE
from xner.errors import InputError
from xner.evaluate.bootstrap import f1_interval, paired_difference
from xner.evaluate.spans import Counts, count_boundaries, count_spans
from xner.pipeline import Pipeline
from xner.types import SentencePair

SYSTEMS: dict[str, dict[str, Any]] = {
    "greedy links": {"match.name": "greedy", "score.preset": "align"},
    "exact links": {"match.name": "exact", "score.preset": "align"},
    "greedy coverage+soft": {"match.name": "greedy", "score.preset": "coverage_soft"},
    "exact coverage+soft": {"match.name": "exact", "score.preset": "coverage_soft"},
    "heuristic nodalida2025": {"match.name": "heuristic", "match.preset": "nodalida2025"},
    "heuristic thesis2025": {"match.name": "heuristic", "match.preset": "thesis2025"},
    "garcia_ferrero": {"match.name": "garcia_ferrero"},
}
"""Name of a system to its settings; the first one is the reference of the differences."""


def run(
    pairs: Sequence[SentencePair],
    base: RunConfig,
    systems: Mapping[str, Mapping[str, Any]] = SYSTEMS,
    *,
    ignore_labels: Iterable[str] = (),
) -> dict[str, Any]:
    """Return strict F1 with a 95 % interval for every system, and its difference to the first one.

    Source entities must be given and target entities are gold; every pair is aligned once. Entities of ignored labels
    take part on neither side.

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
    first = next(iter(pipelines.values()))
    strict: dict[str, list[Counts]] = {name: [] for name in pipelines}
    untyped: dict[str, Counts] = {name: Counts() for name in pipelines}
    for start in range(0, len(usable), BATCH_SIZE):
        batch = usable[start : start + BATCH_SIZE]
        for pair, alignment in zip(batch, first.align(batch), strict=True):
            gold = [entity for entity in pair.target_entities or () if entity.label not in ignored]
            for name, pipeline in pipelines.items():
                predicted = pipeline.match(pair, alignment).projection.entities
                strict[name].append(sum(count_spans(gold, predicted).values(), Counts()))
                untyped[name] += count_boundaries(gold, predicted)
    tables = {name: [(c.tp, c.n_predicted, c.n_gold) for c in counts] for name, counts in strict.items()}
    reference = next(iter(tables.values()))
    return {
        "n_pairs": len(usable),
        "n_gold": sum(n_gold for _, _, n_gold in reference),
        "systems": {name: _row(table, reference, untyped[name]) for name, table in tables.items()},
    }


def _row(
    table: list[tuple[int, int, int]], reference: list[tuple[int, int, int]], untyped: Counts
) -> dict[str, float | None]:
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
