"""Figures of one cell of a results directory, from its sentences and what was projected onto them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from xner.errors import InputError
from xner.evaluate.alignment import AlignmentCounts, count_links
from xner.evaluate.board import Known
from xner.evaluate.board_scores import score
from xner.evaluate.bootstrap import Interval, percentiles, resampled_sums
from xner.evaluate.diagnosis import diagnose
from xner.evaluate.entity_table import Evidence
from xner.evaluate.packed import Packed, tabulate_cases
from xner.evaluate.report import EvaluationReport, Score, evaluate
from xner.evaluate.schemas import Schema
from xner.evaluate.spans import Counts
from xner.io.labelled import LabelledSentence
from xner.types import Alignment, Projection, Sentence, SentencePair, Span

SCHEMA_NAMES: dict[str, Schema] = {"partial": "partial", "type": "ent_type", "exact": "exact"}
"""What rows call the schemas that are not strict."""


def evaluated(
    pairs: Sequence[SentencePair],
    projected_from: Sequence[SentencePair],
    projections: Sequence[Projection],
    ignored: Collection[str],
    n_resamples: int,
) -> tuple[EvaluationReport, Packed]:
    """Return the report of projections, one a pair with gold `target_entities`, and what figures are drawn from.

    Raises:
        InputError: a pair without a target.
    """
    gold = [LabelledSentence(pair.id, _target(pair), pair.target_entities) for pair in pairs]
    report = evaluate(gold, map(_predicted, pairs, projections), ignore_labels=ignored, n_resamples=n_resamples)
    evidence = {
        pair.id: _evidence(source, made, pair.alignment)
        for pair, source, made in zip(pairs, projected_from, projections, strict=True)
    }
    found = diagnose(report, evidence)
    cases = tabulate_cases(found.cases, found.table.ids, found.table.languages)
    return report, Packed(report.statistics, found.table, cases)


def _target(pair: SentencePair) -> Sentence:
    if pair.target is None:
        raise InputError(f"{pair.id} has no target sentence to score.", "Give target_tokens.")
    return pair.target


def _predicted(pair: SentencePair, made: Projection) -> LabelledSentence:
    if made.status == "failed":
        return LabelledSentence(pair.id, _target(pair), None, status="failed", reason=made.reason)
    return LabelledSentence(pair.id, _target(pair), tuple(sorted(made.entities, key=lambda entity: entity.span)))


def _evidence(pair: SentencePair, made: Projection, gold_links: Alignment | None) -> Evidence:
    names = None
    if pair.source is not None and pair.source_entities is not None:
        names = tuple(" ".join(pair.source.tokens[e.span.start : e.span.end]) for e in pair.source_entities)
    margins: dict[Span, float | None] = {}
    if made.runner_up is not None:
        margins = {e.span: runner.margin for e, runner in zip(made.entities, made.runner_up, strict=True)}
    return Evidence(source_names=names, margins=margins, links=made.alignment, gold_links=gold_links)


def without_gold(pair: SentencePair) -> SentencePair:
    """Return what `project` would have been given: gold in the file of predictions would be taken for a correction."""
    return SentencePair(
        pair.id, pair.source, pair.target, pair.source_entities, back_translation=pair.back_translation, meta=pair.meta
    )


def compare_links(
    pairs: Sequence[SentencePair], alignments: Sequence[Alignment | None], n_resamples: int
) -> tuple[AlignmentCounts, Interval | None]:
    """Return the counts of links against gold `alignment` where there are both, and 95 % of their error rate."""
    rows = [
        count_links(links.links, pair.alignment.links, pair.alignment.possible)
        for pair, links in zip(pairs, alignments, strict=True)
        if links is not None and pair.alignment is not None
    ]
    if not rows:
        return AlignmentCounts(), None
    table = np.array([(c.n_links, c.n_sure, c.n_links_sure, c.n_links_possible) for c in rows], np.int64)
    sums = np.concatenate(list(resampled_sums(table, n_resamples, seed=0)))
    total = sums[:, 0] + sums[:, 1]
    rates = np.full(len(sums), np.nan)
    np.divide(sums[:, 2] + sums[:, 3], total, out=rates, where=total > 0)
    return sum(rows, AlignmentCounts()), percentiles(1 - rates, 0.95)


def plain_scores(report: EvaluationReport, n_resamples: int) -> dict[str, Any]:
    """Return the scores of a row, with intervals, so that a dashboard draws none of them itself."""
    overall = report.overall
    ratios = {
        name: {
            "precision": c.precision, "recall": c.recall, "f1": c.f1,
            "interval": plain_interval(score(report.statistics, schema, n_resamples)[1]),
        }
        for name, schema in SCHEMA_NAMES.items()
        for c in [overall.schemas[schema]]
    }  # fmt: skip
    return {
        "strict": _plain_counts(overall.strict),
        **ratios,
        "boundary": _plain_counts(overall.boundary or Counts()),
        "projection_ratio": overall.ratio,
        "token_accuracy": overall.token_accuracy,
        "counting_failed": overall.counting_failed.f1,
        "labels": {score.name: _of_label(score) for score in report.labels},
    }


def known_scores(row: Mapping[str, Any]) -> dict[Schema, Known]:
    """Return what `plain_scores` put into a row, F1 and interval by schema; older rows lack all but the strict one.

    Example:
        >>> known_scores({"interval": [0.4, 0.6], "scores": {"strict": {"f1": 0.5}, "exact": {"f1": 0.7}}})
        {'strict': (0.5, Interval(low=0.4, high=0.6))}
    """
    scores = row.get("scores") or {}
    found: dict[Schema, Known] = {}
    names: dict[str, Schema] = {"strict": "strict", **SCHEMA_NAMES}
    for name, schema in names.items():
        of_schema = scores.get(name) or {}
        ends = row.get("interval") if schema == "strict" else of_schema.get("interval")
        if "f1" in of_schema and (ends is not None or of_schema["f1"] is None):
            found[schema] = of_schema["f1"], Interval(*ends) if ends else None
    return found


def _plain_counts(counts: Counts) -> dict[str, Any]:
    return {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1}


def _of_label(score: Score) -> dict[str, Any]:
    counts = score.strict
    return _plain_counts(counts) | {
        "n_gold": counts.n_gold, "n_predicted": counts.n_predicted, "interval": plain_interval(score.interval)
    }  # fmt: skip


def plain_interval(interval: tuple[float, float] | None) -> list[float] | None:
    """Return an interval as JSON has it."""
    return None if interval is None else list(interval)
