"""The evaluation of one set of predictions: overall, by label, by language, failures apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from xner import __version__
from xner.evaluate.bootstrap import Interval, f1_interval
from xner.evaluate.pairing import pair_sentences
from xner.evaluate.spans import Counts, count_boundaries, count_spans, projection_ratio
from xner.io.labelled import LabelledSentence
from xner.signature import make_signature
from xner.types import Entity

By = Literal["target_lang", "label"]
SCHEME = "strict-IOB2"


@dataclass(frozen=True, slots=True)
class Score:
    """Scores of one slice: everything (``all``), a label or a language.

    `strict`, `boundary`, `interval` (95 % of the strict F1) and `ratio` are of the `n_sentences` that ran. `n_not_run`
    sentences failed or are missing; their `n_gold_not_run` gold entities enter `counting_failed` alone. `boundary` and
    `ratio` are ``None`` for a label, and what is undefined is ``None`` too.
    """

    name: str
    n_sentences: int
    strict: Counts
    boundary: Counts | None
    interval: Interval | None
    ratio: float | None
    n_not_run: int
    n_gold_not_run: int

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
        }


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What there is to say about one set of predictions.

    `failed` holds (id, reason) of predictions that did not run, `missing_ids` gold sentences without one, `surplus_ids`
    predictions without gold, `n_without_gold` gold rows without known entities. `other_labels` counts predicted
    entities by label outside the label set: false alarms in `overall`, without a row of their own.
    `sentence_ids` and `sentence_counts`, (n_sentences, 3) integers (tp, n_predicted, n_gold), are what intervals and
    comparisons start from.
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
    sentence_ids: tuple[str, ...] = field(repr=False)
    sentence_counts: NDArray[np.int64] = field(repr=False, compare=False)

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


@dataclass(frozen=True, slots=True)
class _Row:
    """What one gold sentence adds to every slice; without `ran`, its gold entities are all that is known."""

    id: str
    lang: str
    by_label: Mapping[str, Counts]
    boundary: Counts
    ran: bool

    def counts(self, label: str | None) -> Counts:
        """Return the strict counts of a label, or of all together."""
        if label is None:
            return sum(self.by_label.values(), Counts())
        return self.by_label.get(label, Counts())


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
    rows = [_row(row, prediction.entities, ignored) for row, prediction in pairing.scored]
    rows += [_row(row, None, ignored) for row in (*(row for row, _ in pairing.failed), *pairing.missing)]
    label_set = {label for row in rows for label, counts in row.by_label.items() if counts.n_gold}
    label_set = (label_set | set(labels)) - ignored
    languages = sorted({row.lang for row in rows}) if by == "target_lang" else []
    bootstrap = (n_resamples, seed)
    settings = {
        "scheme": SCHEME,
        "ignored": ",".join(sorted(ignored)) or "none",
        "interval": f"bootstrap+n:{n_resamples}+seed:{seed}",
        "xner": __version__,
    }
    return EvaluationReport(
        overall=_slice("all", rows, bootstrap),
        labels=tuple(_slice(name, rows, bootstrap, label=name) for name in sorted(label_set)) if by else (),
        languages=tuple(_slice(lang, [row for row in rows if row.lang == lang], bootstrap) for lang in languages),
        failed=tuple((p.id, p.reason or "it holds no entities") for _, p in pairing.failed),
        missing_ids=tuple(row.id for row in pairing.missing),
        surplus_ids=pairing.surplus_ids,
        n_without_gold=pairing.n_without_gold,
        other_labels=_other_labels(rows, label_set),
        signature=make_signature({**(provenance or {}), **settings}),
        sentence_ids=tuple(row.id for row in rows if row.ran),
        sentence_counts=_table([row.counts(None) for row in rows if row.ran]),
    )


def _row(gold: LabelledSentence, predicted: Sequence[Entity] | None, ignored: frozenset[str]) -> _Row:
    expected, found = _kept(gold.entities, ignored), _kept(predicted, ignored)
    return _Row(
        id=gold.id,
        lang=gold.sentence.lang,
        by_label=count_spans(expected, found),
        boundary=count_boundaries(expected, found),
        ran=predicted is not None,
    )


def _kept(entities: Sequence[Entity] | None, ignored: frozenset[str]) -> list[Entity]:
    return [entity for entity in entities or () if entity.label not in ignored]


def _slice(name: str, rows: Sequence[_Row], bootstrap: tuple[int, int], *, label: str | None = None) -> Score:
    ran = [row for row in rows if row.ran]
    counts = [row.counts(label) for row in ran]
    whole = bool(ran) and label is None
    return Score(
        name=name,
        n_sentences=len(ran),
        strict=sum(counts, Counts()),
        boundary=sum((row.boundary for row in ran), Counts()) if label is None else None,
        interval=f1_interval(_table(counts), *bootstrap) if ran else None,
        ratio=projection_ratio([c.n_gold for c in counts], [c.n_predicted for c in counts]) if whole else None,
        n_not_run=len(rows) - len(ran),
        n_gold_not_run=sum(row.counts(label).n_gold for row in rows if not row.ran),
    )


def _table(counts: Sequence[Counts]) -> NDArray[np.int64]:
    rows = [(c.tp, c.n_predicted, c.n_gold) for c in counts]
    return np.array(rows, dtype=np.int64).reshape(len(rows), 3)


def _other_labels(rows: Sequence[_Row], label_set: Collection[str]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row in rows:
        found.update({label: c.n_predicted for label, c in row.by_label.items() if label not in label_set})
    return dict(sorted(found.items()))
