"""Rows of one benchmark by data set and method, and the tables and panels that are made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from xner.bench.report_parts import NONE, Cell, Panel, Table, language_words
from xner.evaluate.bootstrap import Difference, paired_mean_difference
from xner.evaluate.calibration import Calibration, calibration
from xner.evaluate.entity_table import SLICES, SliceBy
from xner.evaluate.spans import Counts
from xner.evaluate.statistics import F1_COLUMNS, IntArray, Statistics
from xner.evaluate.taxonomy import ERRORS
from xner.services.results import Results, Row

REFERENCE = "greedy links"
"""Method that others are compared with, where it is there; else the first one."""
_ACROSS = 10
"""More data sets than this stand below each other."""
_N_BUCKETS = 12
_N_RESAMPLES, _N_RESAMPLES_OF_MANY, _MANY = 5000, 1000, 200
"""Bootstrap resamples, and fewer where there are more comparisons than this."""
_SLICE_TITLES: Mapping[SliceBy, str] = {
    "entity_length": "tokens of the entity", "sentence_length": "tokens of the sentence", "label": "label",
    "frequency": "gold entities of the same surface", "script": "script", "copy": "likeness to the source name",
    "margin": "margin to the runner-up (precision)",
}  # fmt: skip
Key = tuple[str, str]
"""Data set and method."""


class Grid:
    """Rows of one benchmark by data set and method."""

    def __init__(self, rows: Mapping[Key, Row], metric: str) -> None:
        self.rows, self.metric = rows, metric
        self.datasets = sorted({dataset for dataset, _ in rows})
        self.methods = list(dict.fromkeys(method for _, method in rows))

    def value(self, dataset: str, method: str) -> float | None:
        """Return the figure of a cell, ``None`` where there is none."""
        row = self.rows.get((dataset, method))
        if row is None:
            return None
        found = row["scores"]["links" if self.metric == "aer" else "strict"][self.metric]
        return None if found is None else float(found)

    def panels(self) -> tuple[Panel, ...]:
        """Return one panel a data set."""
        panels = []
        for dataset in self.datasets:
            points = []
            for method in self.methods:
                value = self.value(dataset, method)
                if value is not None:
                    low, high = self.rows[dataset, method]["interval"] or (value, value)
                    points.append((method, value, low, high))
            first = next(row for (name, _), row in self.rows.items() if name == dataset)
            n_all = first["n_sentences"] + first["n_failed"]
            panels.append(Panel(f"{language_words(first)} · {n_all:,} sentences", tuple(points)))
        return tuple(panels)

    def scores(self) -> Table:
        """Return the figures with intervals, and their means."""

        def cell(dataset: str, method: str) -> Cell:
            value = self.value(dataset, method)
            if value is None:
                return Cell(NONE)
            row = self.rows[dataset, method]
            low, high = row["interval"] or (None, None)
            failed = f" ({row['n_failed']} not run)" if row["n_failed"] else ""
            return Cell(f"{value:.3f}{_between(low, high)}{failed}", 1 - value if self.metric == "aer" else value)

        means: list[Cell] = []
        for method in self.methods:
            values = [value for name in self.datasets if (value := self.value(name, method)) is not None]
            complete = len(values) == len(self.datasets)
            means.append(Cell(f"{sum(values) / len(values):.3f}" if complete else NONE))
        what = "Alignment error rate (lower is better)" if self.metric == "aer" else "Strict F1"
        note = "In brackets 95 % bootstrap intervals over sentences; the mean is over languages, if all have a figure."
        return self._laid_out(what, note, cell, means)

    def differences(self, results: Results) -> Table:
        """Return how methods differ from `REFERENCE`, on the sentences that ran in both."""
        reference = REFERENCE if REFERENCE in self.methods else self.methods[0]
        n_resamples = _N_RESAMPLES if len(self.rows) <= _MANY else _N_RESAMPLES_OF_MANY
        strata: dict[str, list[tuple[IntArray, IntArray]]] = {method: [] for method in self.methods}

        def cell(dataset: str, method: str) -> Cell:
            ours, other = self.rows.get((dataset, method)), self.rows.get((dataset, reference))
            if ours is None or other is None or method == reference:
                return Cell(NONE)
            both = _shared(results.statistics(ours["cell"]), results.statistics(other["cell"]))
            if not len(both[0]):
                return Cell(NONE)
            strata[method].append(both)
            return _difference_cell(paired_mean_difference([both], n_resamples))

        table = self._laid_out(
            f"Difference to {reference}",
            "Strict F1 minus that of the reference on the sentences that ran in both, with the 95 % interval of a "
            f"paired bootstrap ({n_resamples:,} resamples); ▲ and ▼ mark intervals without 0. Nothing is corrected for "
            "the number of comparisons.",
            cell,
            None,
        )
        if len(self.datasets) < 2:
            return table
        means = [
            _difference_cell(paired_mean_difference(found, n_resamples))
            if len(found) == len(self.datasets)
            else Cell(NONE)
            for found in strata.values()
        ]
        return self._with_means(table, means)

    def errors(self) -> Table:
        """Return the cases of each kind of error by method."""
        rows = []
        for method in self.methods:
            totals: dict[str, int | None] = dict.fromkeys(ERRORS)
            for dataset in self.datasets:
                for kind, n in self.rows.get((dataset, method), {}).get("errors", {}).items():
                    totals[kind] = totals.get(kind) if n is None else (totals.get(kind) or 0) + n
            n_all = sum(n or 0 for n in totals.values()) or 1
            cells = [Cell(NONE) if n is None else Cell(f"{n:,}", n / n_all) for n in totals.values()]
            rows.append((Cell(method), *cells))
        note = "Cases of each kind, all languages together; the ground shows the share of the method's errors."
        return Table("Errors by kind", note, ("", *(kind.replace("_", " ") for kind in ERRORS)), tuple(rows))

    def slices(self, results: Results) -> list[Table]:
        """Return F1 by what entities are like, a table for every slice that has two buckets."""
        tables = []
        for by in SLICES:
            counts = {method: self._bucket_counts(results, method, by) for method in self.methods}
            sums: dict[str, int] = {}
            for found in counts.values():
                for bucket, row in found.items():
                    sums[bucket] = max(sums.get(bucket, 0), row.n_predicted if by == "margin" else row.n_gold)
            if len(sums) < 2:
                continue
            buckets = list(sums)
            left_out = 0
            if len(buckets) > _N_BUCKETS:
                kept = set(sorted(buckets, key=lambda name: -sums[name])[:_N_BUCKETS])
                left_out, buckets = len(buckets) - len(kept), [name for name in buckets if name in kept]
            rows = [
                (Cell(method), *(_bucket_cell(found.get(bucket), by) for bucket in buckets))
                for method, found in counts.items()
                if found
            ]
            note = f"All languages together; in brackets the {'predicted' if by == 'margin' else 'gold'} entities."
            note += f" {left_out} rarer ones are left out." if left_out else ""
            what = "Precision" if by == "margin" else "F1"
            title = f"{what} by {_SLICE_TITLES[by].removesuffix(' (precision)')}"
            tables.append(Table(title, note, ("", *buckets), tuple(rows)))
        return tables

    def _bucket_counts(self, results: Results, method: str, by: SliceBy) -> dict[str, Counts]:
        found: dict[str, Counts] = {}
        for dataset in self.datasets:
            row = self.rows.get((dataset, method))
            if row is None:
                continue
            table = results.entity_table(row["cell"])
            names, codes = table.buckets[by]
            known = codes >= 0
            sides = (table.in_gold & table.in_predicted, table.in_predicted, table.in_gold)
            for code, counts in enumerate(
                zip(*(np.bincount(codes[known & side], minlength=len(names)) for side in sides), strict=True)
            ):
                if any(counts):
                    tp, n_predicted, n_gold = map(int, counts)
                    found[names[code]] = found.get(names[code], Counts()) + Counts(tp, n_predicted, n_gold)
        if by in ("label", "script"):
            return dict(sorted(found.items()))
        order = [name for row in self.rows.values() for name in results.entity_table(row["cell"]).buckets[by][0]][:99]
        return {name: found[name] for name in dict.fromkeys(order) if name in found}

    def reliability(self, results: Results) -> list[tuple[str, Calibration]]:
        """Return how scores go with being right, of the methods that have scores."""
        found = []
        for method in self.methods:
            scores, right = [], []
            for dataset in self.datasets:
                row = self.rows.get((dataset, method))
                if row is not None and row.get("score_max"):
                    table = results.entity_table(row["cell"])
                    scores.append(table.score[table.in_predicted] / row["score_max"])
                    right.append(table.in_gold[table.in_predicted])
            values = np.concatenate(scores) if scores else np.zeros(0)
            if np.isfinite(values).any():
                found.append((method, calibration(values, np.concatenate(right), [""] * len(values))))
        return found

    def _laid_out(self, title: str, note: str, cell: Callable[[str, str], Cell], means: Sequence[Cell] | None) -> Table:
        """Return a table with methods below each other, or data sets where there are many."""
        labels = [language_words(next(r for (name, _), r in self.rows.items() if name == d)) for d in self.datasets]
        if len(self.datasets) <= _ACROSS:
            rows = [(Cell(method), *(cell(dataset, method) for dataset in self.datasets)) for method in self.methods]
            table = Table(title, note, ("", *labels), tuple(rows))
        else:
            rows = [
                (Cell(label), *(cell(dataset, method) for method in self.methods))
                for label, dataset in zip(labels, self.datasets, strict=True)
            ]
            table = Table(title, note, ("", *self.methods), tuple(rows))
        return table if means is None or len(self.datasets) < 2 else self._with_means(table, means)

    def _with_means(self, table: Table, means: Sequence[Cell]) -> Table:
        if len(self.datasets) > _ACROSS:
            return Table(table.title, table.note, table.columns, (*table.rows, (Cell("mean"), *means)))
        rows = tuple((*row, mean) for row, mean in zip(table.rows, means, strict=True))
        return Table(table.title, table.note, (*table.columns, "mean"), rows)


def _between(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [{low:.3f}–{high:.3f}]"


def _shared(ours: Statistics, other: Statistics) -> tuple[IntArray, IntArray]:
    """Return the strict counts of both on the sentences that ran in both, in one order."""
    places = {name: number for number, name in enumerate(other.ids) if other.ran[number]}
    kept = [(number, places[name]) for number, name in enumerate(ours.ids) if ours.ran[number] and name in places]
    rows = np.array(kept, np.int64).reshape(-1, 2)
    return ours.whole[rows[:, 0]][:, F1_COLUMNS], other.whole[rows[:, 1]][:, F1_COLUMNS]


def _difference_cell(found: Difference | None) -> Cell:
    if found is None:
        return Cell(NONE)
    mark = " ▲" if found.low > 0 else " ▼" if found.high < 0 else ""
    return Cell(f"{found.delta:+.3f} [{found.low:+.3f}, {found.high:+.3f}]{mark}")


def _bucket_cell(counts: Counts | None, by: SliceBy) -> Cell:
    if counts is None:
        return Cell(NONE)
    value, n = (counts.precision, counts.n_predicted) if by == "margin" else (counts.f1, counts.n_gold)
    return Cell(NONE) if value is None or not n else Cell(f"{value:.3f} ({n:,})", value)
