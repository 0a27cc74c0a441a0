"""The evaluation of one set of predictions: overall, by label, by language, failures apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from xner import __version__
from xner.evaluate.bootstrap import Interval, f1_interval
from xner.evaluate.pairing import pair_sentences
from xner.evaluate.schemas import Schema, SchemaCounts
from xner.evaluate.spans import Counts, projection_ratio
from xner.evaluate.statistics import (
    EXACT,
    F1_COLUMNS,
    N_GOLD,
    N_PREDICTED,
    Statistics,
    all_schemas,
    collect,
    strict_counts,
    token_accuracy,
)
from xner.io.labelled import LabelledSentence
from xner.signature import make_signature
from xner.types import Entity

By = Literal["target_lang", "label"]
SCHEME = "strict-IOB2"


@dataclass(frozen=True, slots=True)
class Score:
    """Scores of one slice: everything (``all``), a label or a language.

    `strict`, `boundary`, `interval` (95 % of the strict F1), `ratio`, `schemas` (the four of
    `xner.evaluate.schemas`) and `token_accuracy` are of the `n_sentences` that ran. `n_not_run` sentences failed or are
    missing; their `n_gold_not_run` gold entities enter `counting_failed` alone. `boundary`, `ratio` and
    `token_accuracy` are ``None`` for a label, and what is undefined is ``None`` too.
    """

    name: str
    n_sentences: int
    strict: Counts
    boundary: Counts | None
    interval: Interval | None
    ratio: float | None
    n_not_run: int
    n_gold_not_run: int
    schemas: Mapping[Schema, SchemaCounts]
    token_accuracy: float | None

    @property
    def counting_failed(self) -> Counts:
        """Strict counts in which every gold entity of a sentence that did not run is missed."""
        return self.strict + Counts(n_gold=self.n_gold_not_run)

    def as_dict(self) -> dict[str, Any]:
        """Return plain numbers by name, ready for JSON."""
        low, high = self.interval or (None, None)
        return {
            "name": self.name,
            "n_sentences": self.n_sentences,
            "n_gold": self.strict.n_gold,
            "n_predicted": self.strict.n_predicted,
            "tp": self.strict.tp,
            "precision": self.strict.precision,
            "recall": self.strict.recall,
            "f1": self.strict.f1,
            "f1_low": low,
            "f1_high": high,
            "boundary_f1": self.boundary.f1 if self.boundary else None,
            "projection_ratio": self.ratio,
            "n_not_run": self.n_not_run,
            "n_gold_not_run": self.n_gold_not_run,
            "f1_counting_failed": self.counting_failed.f1,
            **{f"{schema}_f1": counts.f1 for schema, counts in self.schemas.items() if schema != "strict"},
            "token_accuracy": self.token_accuracy,
        }


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What there is to say about one set of predictions.

    `failed` holds (id, reason) of predictions that did not run, `missing_ids` gold sentences without one, `surplus_ids`
    predictions without gold, `n_without_gold` gold rows without known entities. `other_labels` counts predicted
    entities by label outside the label set: false alarms in `overall`, without a row of their own.
    `macro_f1` is the plain mean of F1 over the labels that gold has. `statistics` are what every score, interval and
    comparison starts from, those of rows that did not run included. `scored` holds the sentences that ran and what was
    predicted in them, ignored labels left out: what errors and slices start from.
    """

    overall: Score
    labels: tuple[Score, ...]
    languages: tuple[Score, ...]
    failed: tuple[tuple[str, str], ...]
    missing_ids: tuple[str, ...]
    surplus_ids: tuple[str, ...]
    n_without_gold: int
    other_labels: Mapping[str, int]
    signature: str
    macro_f1: float | None
    statistics: Statistics = field(repr=False, compare=False)
    scored: tuple[tuple[LabelledSentence, tuple[Entity, ...]], ...] = field(repr=False, compare=False)

    @property
    def sentence_ids(self) -> tuple[str, ...]:
        """Ids of the sentences that ran."""
        return tuple(name for name, ran in zip(self.statistics.ids, self.statistics.ran, strict=True) if ran)

    @property
    def sentence_counts(self) -> NDArray[np.int64]:
        """Strict counts of these, (n_sentences, 3): found, predicted, gold."""
        return self.statistics.whole[self.statistics.ran][:, F1_COLUMNS]

    @property
    def mean_language_f1(self) -> float | None:
        """Plain mean of F1 over the languages that have one, as averages are published."""
        scores = [score.strict.f1 for score in self.languages if score.strict.f1 is not None]
        return sum(scores) / len(scores) if scores else None

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready values; numbers per sentence are left out."""
        return {
            "signature": self.signature,
            "overall": self.overall.as_dict(),
            "labels": [score.as_dict() for score in self.labels],
            "languages": [score.as_dict() for score in self.languages],
            "mean_language_f1": self.mean_language_f1,
            "macro_f1": self.macro_f1,
            "n_failed": len(self.failed),
            "n_missing": len(self.missing_ids),
            "failed": [{"id": name, "reason": reason} for name, reason in self.failed],
            "missing_ids": list(self.missing_ids),
            "surplus_ids": list(self.surplus_ids),
            "n_without_gold": self.n_without_gold,
            "other_labels": dict(self.other_labels),
        }

    def as_table(self) -> list[dict[str, Any]]:
        """Return one row per slice, `Score.as_dict` and its ``slice``: ``all``, ``label`` or ``language``."""
        slices = (("all", (self.overall,)), ("label", self.labels), ("language", self.languages))
        return [{"slice": kind, **score.as_dict()} for kind, scores in slices for score in scores]


def evaluate(
    gold: Iterable[LabelledSentence],
    predicted: Iterable[LabelledSentence],
    *,
    by: By | None = "target_lang",
    ignore_labels: Collection[str] = frozenset(),
    labels: Collection[str] = (),
    n_resamples: int = 5000,
    seed: int = 0,
    provenance: Mapping[str, str] | None = None,
) -> EvaluationReport:
    """Return the scores of `predicted` against `gold`: strict (exact span and label), boundary-only, intervals.

    Rows are paired by id, by order if a side has none. A failed row is neither scored as empty nor dropped: F1 is that
    of the rows that ran, `f1_counting_failed` counts the gold of failed and missing rows as not found.

    Args:
        gold: sentences with their entities; rows whose entities are ``None`` are counted and left out.
        predicted: the same sentences, labelled by a system.
        by: ``target_lang`` gives rows per label and per language, ``label`` per label, ``None`` only the whole.
        ignore_labels: entities of these labels don't exist, on either side.
        labels: labels that get a row in any case; all others come from gold, so that rows don't depend on a system.
        n_resamples: bootstrap resamples of each interval.
        seed: of the bootstrap.
        provenance: parts that stand first in the signature, such as hashes of the files.

    Raises:
        InputError: rows that can't be paired, or that differ in their number of tokens.
    """
    pairing = pair_sentences(gold, predicted)
    ignored = frozenset(ignore_labels)
    scored = tuple(
        (_kept(row, ignored), _without(prediction.entities or (), ignored)) for row, prediction in pairing.scored
    )
    not_run = [_kept(row, ignored) for row in (*(row for row, _ in pairing.failed), *pairing.missing)]
    statistics = collect([*scored, *((row, None) for row in not_run)])
    gold_labels = {entity.label for row in (*(row for row, _ in scored), *not_run) for entity in row.entities or ()}
    label_set = sorted((gold_labels | set(labels)) - ignored) if by else []
    languages = sorted(set(statistics.languages)) if by == "target_lang" else []
    bootstrap = (n_resamples, seed)
    settings = {
        "scheme": SCHEME,
        "ignored": ",".join(sorted(ignored)) or "none",
        "interval": f"bootstrap+n:{n_resamples}+seed:{seed}",
        "xner": __version__,
    }
    return EvaluationReport(
        overall=_slice("all", statistics, bootstrap),
        labels=tuple(_slice(name, statistics, bootstrap, label=name) for name in label_set),
        languages=tuple(_slice(lang, statistics.of_language(lang), bootstrap) for lang in languages),
        failed=tuple((p.id, p.reason or "it holds no entities") for _, p in pairing.failed),
        missing_ids=tuple(row.id for row in pairing.missing),
        surplus_ids=pairing.surplus_ids,
        n_without_gold=pairing.n_without_gold,
        other_labels=_other_labels(statistics, gold_labels | set(labels)),
        signature=make_signature({**(provenance or {}), **settings}),
        macro_f1=_macro(statistics, gold_labels),
        statistics=statistics,
        scored=scored,
    )


def _kept(gold: LabelledSentence, ignored: frozenset[str]) -> LabelledSentence:
    return replace(gold, entities=_without(gold.entities or (), ignored)) if ignored else gold


def _without(entities: Sequence[Entity], ignored: frozenset[str]) -> tuple[Entity, ...]:
    return tuple(entity for entity in entities if entity.label not in ignored)


def _slice(name: str, statistics: Statistics, bootstrap: tuple[int, int], *, label: str | None = None) -> Score:
    counts, ran = statistics.counts(label), statistics.ran
    scored, not_run = counts[ran], counts[~ran]
    sums = scored.sum(axis=0)
    some, whole = len(scored) > 0, label is None
    return Score(
        name=name,
        n_sentences=len(scored),
        strict=strict_counts(sums),
        boundary=Counts(int(sums[EXACT]), int(sums[N_PREDICTED]), int(sums[N_GOLD])) if whole else None,
        interval=f1_interval(scored[:, F1_COLUMNS], *bootstrap) if some else None,
        ratio=projection_ratio(scored[:, N_GOLD].tolist(), scored[:, N_PREDICTED].tolist()) if some and whole else None,
        n_not_run=len(not_run),
        n_gold_not_run=int(not_run[:, N_GOLD].sum()),
        schemas=all_schemas(sums),
        token_accuracy=token_accuracy(sums) if whole else None,
    )


def _macro(statistics: Statistics, labels: Collection[str]) -> float | None:
    sums = [statistics.counts(label)[statistics.ran].sum(axis=0) for label in sorted(labels)]
    scores = [strict_counts(row).f1 or 0.0 for row in sums if row[N_GOLD]]
    return sum(scores) / len(scores) if scores else None


def _other_labels(statistics: Statistics, label_set: Collection[str]) -> dict[str, int]:
    others = [label for label in statistics.labels if label not in label_set]
    found = {label: int(statistics.counts(label)[:, N_PREDICTED].sum()) for label in others}
    return {label: n_predicted for label, n_predicted in found.items() if n_predicted}
