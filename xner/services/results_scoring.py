"""Figures of one cell of a results directory, from its sentences and what was projected onto them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from xner.errors import InputError
from xner.evaluate.diagnosis import diagnose
from xner.evaluate.entity_table import Evidence
from xner.evaluate.packed import Packed, tabulate_cases
from xner.evaluate.report import EvaluationReport, Score, evaluate
from xner.evaluate.schemas import Schema
from xner.evaluate.spans import Counts
from xner.io.labelled import LabelledSentence
from xner.types import Projection, Sentence, SentencePair, Span

_SCHEMAS: dict[str, Schema] = {"partial": "partial", "type": "ent_type", "exact": "exact"}


def evaluated(
    pairs: Sequence[SentencePair], projections: Sequence[Projection], ignored: Collection[str], n_resamples: int
) -> tuple[EvaluationReport, Packed]:
    """Return the report of projections, one a pair with gold `target_entities`, and what figures are drawn from.

    Raises:
        InputError: a pair without a target.
    """
    gold = [LabelledSentence(pair.id, _target(pair), pair.target_entities) for pair in pairs]
    report = evaluate(gold, map(_predicted, pairs, projections), ignore_labels=ignored, n_resamples=n_resamples)
    evidence = {pair.id: _evidence(pair, made) for pair, made in zip(pairs, projections, strict=True)}
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


def _evidence(pair: SentencePair, made: Projection) -> Evidence:
    names = None
    if pair.source is not None and pair.source_entities is not None:
        names = tuple(" ".join(pair.source.tokens[e.span.start : e.span.end]) for e in pair.source_entities)
    margins: dict[Span, float | None] = {}
    if made.runner_up is not None:
        margins = {e.span: runner.margin for e, runner in zip(made.entities, made.runner_up, strict=True)}
    return Evidence(source_names=names, margins=margins, links=made.alignment, gold_links=pair.alignment)


def without_gold(pair: SentencePair) -> SentencePair:
    """Return what `project` would have been given: gold in the file of predictions would be taken for a correction."""
    return SentencePair(
        pair.id, pair.source, pair.target, pair.source_entities, back_translation=pair.back_translation, meta=pair.meta
    )


def plain_scores(report: EvaluationReport) -> dict[str, Any]:
    """Return the scores of a row."""
    overall = report.overall
    ratios = {
        name: {"precision": c.precision, "recall": c.recall, "f1": c.f1}
        for name, schema in _SCHEMAS.items()
        for c in [overall.schemas[schema]]
    }
    return {
        "strict": _plain_counts(overall.strict),
        **ratios,
        "boundary": _plain_counts(overall.boundary or Counts()),
        "projection_ratio": overall.ratio,
        "token_accuracy": overall.token_accuracy,
        "counting_failed": overall.counting_failed.f1,
        "labels": {score.name: _of_label(score) for score in report.labels},
    }


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
