"""Where the errors of an evaluation are: kinds, slices, calibration, links; a dashboard draws it, a report lists it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from xner.evaluate.alignment import AlignmentCounts, count_links
from xner.evaluate.calibration import Calibration, calibration
from xner.evaluate.entity_table import SLICES, EntityTable, Evidence, tabulate
from xner.evaluate.report import EvaluationReport
from xner.evaluate.slices import SliceScore, slice_scores
from xner.evaluate.taxonomy import Case, ErrorCount, count_errors, find_cases

ALL = "all"
"""Name of the row over all languages."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Errors, slices and confidence of one set of predictions, each with the sentences behind it.

    `cases` are those of `xner.evaluate.taxonomy`, right ones included; `table` that of `xner.evaluate.entity_table`;
    `links` holds the counts of word links by language, for languages of which both sides have links.
    """

    cases: tuple[Case, ...] = field(repr=False)
    table: EntityTable = field(repr=False, compare=False)
    links: Mapping[str, AlignmentCounts]

    def errors(self) -> dict[str, tuple[ErrorCount, ...]]:
        """Return the errors of each kind: of all sentences, then of each language in order of name."""
        by_language: dict[str, list[Case]] = {lang: [] for lang in sorted(set(self.table.languages))}
        for case in self.cases:
            by_language[case.lang].append(case)
        return {ALL: count_errors(self.cases), **{lang: count_errors(cases) for lang, cases in by_language.items()}}

    def slices(self, *, n_resamples: int = 1000, seed: int = 0) -> tuple[SliceScore, ...]:
        """Return the scores of all buckets of all slices, languages together."""
        return tuple(
            score for by in SLICES for score in slice_scores(self.table, by, n_resamples=n_resamples, seed=seed)
        )

    def calibrations(self, *, n_bins: int = 10, scale: float = 1.0) -> dict[str, Calibration]:
        """Return how predictions' ``score`` and ``margin`` go with their being right; see `calibration`."""
        rows = np.flatnonzero(self.table.in_predicted)
        ids = [self.table.ids[self.table.sentence[row]] for row in rows]
        right = self.table.in_gold[rows]
        columns = {"score": self.table.score, "margin": self.table.margin}
        return {
            name: calibration(values[rows], right, ids, n_bins=n_bins, scale=scale) for name, values in columns.items()
        }

    def errors_as_dict(self) -> dict[str, Any]:
        """Return the errors as JSON-ready values: by language, then a list of kinds."""
        return {name: [count.as_dict() for count in counts] for name, counts in self.errors().items()}

    def slices_as_dict(self, *, scale: float = 1.0) -> dict[str, Any]:
        """Return slices, calibration (`scale` as there) and error rates of links as JSON-ready values."""
        return {
            "slices": [score.as_dict() for score in self.slices()],
            "calibration": {name: found.as_dict() for name, found in self.calibrations(scale=scale).items()},
            "links": [
                {"language": lang, "n_links": c.n_links, "n_sure": c.n_sure, "precision": c.precision,
                 "recall": c.recall, "aer": c.aer}
                for lang, c in self.links.items()
            ],
        }  # fmt: skip


def diagnose(report: EvaluationReport, evidence: Mapping[str, Evidence] | None = None) -> Diagnosis:
    """Return where the errors of a report are.

    Args:
        report: of `xner.evaluate.report.evaluate`.
        evidence: by id of the sentence, where anything is known beside its entities.
    """
    known = evidence or {}
    by_id = {gold.id: gold.sentence.lang for gold, _ in report.scored}
    return Diagnosis(
        cases=find_cases(report.scored),
        table=tabulate(report.scored, known),
        links=_links((lang, known[name]) for name, lang in by_id.items() if name in known),
    )


def _links(rows: Iterable[tuple[str, Evidence]]) -> dict[str, AlignmentCounts]:
    counts: dict[str, AlignmentCounts] = {}
    for lang, known in rows:
        if known.links is not None and known.gold_links is not None:
            found = count_links(known.links.links, known.gold_links.links, known.gold_links.possible)
            counts[lang] = counts.get(lang, AlignmentCounts()) + found
    return dict(sorted(counts.items()))
