"""What a report on a results directory says, benchmark by benchmark; `report_html` and `report_markdown` write it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Any, NamedTuple

import numpy as np

from xner.bench.catalogue import BENCHMARKS
from xner.bench.published import Published, best, nearest, published
from xner.evaluate.bootstrap import Difference, paired_mean_difference
from xner.evaluate.calibration import Calibration, calibration
from xner.evaluate.entity_table import SLICES, SliceBy
from xner.evaluate.spans import Counts
from xner.evaluate.statistics import F1_COLUMNS, IntArray, Statistics
from xner.evaluate.taxonomy import ERRORS
from xner.services.results import Results, Row
from xner.signature import short_hash

NONE = "–"
REFERENCE = "greedy links"
"""Method that others are compared with, where it is there; else the first one."""
_ACROSS = 10
"""More data sets than this stand below each other."""
_N_BUCKETS = 12
_REASON_LETTERS = 200
_N_RESAMPLES, _N_RESAMPLES_OF_MANY, _MANY = 5000, 1000, 200
"""Bootstrap resamples, and fewer where there are more comparisons than this."""
_SLICE_TITLES: Mapping[SliceBy, str] = {
    "entity_length": "tokens of the entity", "sentence_length": "tokens of the sentence", "label": "label",
    "frequency": "gold entities of the same surface", "script": "script", "copy": "likeness to the source name",
    "margin": "margin to the runner-up (precision)",
}  # fmt: skip
Key = tuple[str, str]
"""Data set and method."""


class Cell(NamedTuple):
    """Text of a cell; `shade` in [0, 1] is how deep its ground is, ``None`` for none."""

    text: str
    shade: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what is in it, its columns, and its rows, whose first cell names them."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """Figures of all methods on one data set: (method, value, low, high)."""

    title: str
    points: tuple[tuple[str, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One benchmark. `reliability` is by method; `is_error_rate` tells that lower is better."""

    name: str
    title: str
    command: str
    is_error_rate: bool
    panels: tuple[Panel, ...]
    tables: tuple[Table, ...]
    reliability: tuple[tuple[str, Calibration], ...]
    setup: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. `problems` are damaged lines of the directory, in words."""

    title: str
    directory: str
    sections: tuple[Section, ...]
    problems: tuple[str, ...]


def build(results: Results) -> Report:
    """Return the report on a results directory.

    Raises:
        InputError: the sentences behind a figure are gone or damaged.
    """
    by_benchmark: dict[str, list[Row]] = {}
    for row in results.cells:
        by_benchmark.setdefault(row["benchmark"], []).append(row)
    names = [name for name in BENCHMARKS if name in by_benchmark or _misses(results, name)]
    names += [name for name in by_benchmark if name not in BENCHMARKS]
    return Report(
        title=results.title,
        directory=str(results.directory.resolve()),
        sections=tuple(_section(results, name, by_benchmark.get(name, [])) for name in names),
        problems=tuple(str(problem) for problem in results.problems),
    )


def _misses(results: Results, name: str) -> bool:
    return any(item["benchmark"] == name for item in results.not_run)


def _section(results: Results, name: str, rows: Sequence[Row]) -> Section:
    known = BENCHMARKS.get(name)
    figures = published(known.corpus) if known else []
    links = any(row.get("metric") == "aer" for row in rows)
    grid = _Grid({(row["dataset"], row["method"]): row for row in rows}, "aer" if links else "f1")
    tables = [grid.scores()] if rows else []
    reliability: list[tuple[str, Calibration]] = []
    if rows and not links:
        if len(grid.methods) > 1:
            tables.append(grid.differences(results))
        tables += [grid.errors(), *grid.slices(results)]
        reliability = grid.reliability(results)
    if figures:
        tables.append(_beside(grid, figures))
    missing = [item for item in results.not_run if item["benchmark"] == name]
    if missing:
        tables.append(_not_run(missing))
    if rows:
        tables.append(_provenance(rows))
    return Section(
        name=name,
        title=known.title if known else name,
        command=f"python -m xner bench {name} --data DIR -o {results.directory.name}" if known else "",
        is_error_rate=links,
        panels=grid.panels(),
        tables=tuple(tables),
        reliability=tuple(reliability),
        setup=known.setup if known else (),
    )


class _Grid:
    """Rows of one benchmark by data set and method."""

    def __init__(self, rows: Mapping[Key, Row], metric: str) -> None:
        self.rows, self.metric = rows, metric
        self.datasets = sorted({dataset for dataset, _ in rows})
        self.methods = list(dict.fromkeys(method for _, method in rows))

    def value(self, dataset: str, method: str) -> float | None:
        row = self.rows.get((dataset, method))
        if row is None:
            return None
        found = row["scores"]["links" if self.metric == "aer" else "strict"][self.metric]
        return None if found is None else float(found)

    def panels(self) -> tuple[Panel, ...]:
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
            panels.append(Panel(f"{_language(first)} · {n_all:,} sentences", tuple(points)))
        return tuple(panels)

    def scores(self) -> Table:
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
        labels = [_language(next(r for (name, _), r in self.rows.items() if name == d)) for d in self.datasets]
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


def _language(row: Row) -> str:
    return "–".join(str(row[side]) for side in ("source_lang", "target_lang") if row.get(side)) or str(row["dataset"])


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


def _beside(grid: _Grid, figures: Sequence[Published]) -> Table:
    rows = []
    languages = {str(row["target_lang"]): dataset for (dataset, _), row in grid.rows.items()}
    for language, dataset in sorted(languages.items()):
        top = best(figures, language)
        for method in grid.methods:
            value, like = grid.value(dataset, method), nearest(method, figures, language)
            if value is not None and like is not None:
                rows.append(_beside_row(language, method, value, like, top))
        ours = max(((v, m) for m in grid.methods if (v := grid.value(dataset, m)) is not None), default=None)
        if ours is not None and top is not None:
            rows.append(_beside_row(language, f"best of ours: {ours[1]}", ours[0], top, top))
    for method in grid.methods:
        values = [value for dataset in grid.datasets if (value := grid.value(dataset, method)) is not None]
        like = nearest(method, figures, None)
        if values and like is not None:
            mean = sum(values) / len(values)
            rows.append(_beside_row(f"mean ({len(values)} of ours)", method, mean, like, best(figures, None)))
    note = f"Published: {figures[0].source}. The set-up differs as told above: no difference is that of methods alone."
    columns = ("", "method", "F1", "published", "F1", "best published")
    return Table("Beside published figures", note, columns, tuple(rows))


def _beside_row(language: str, method: str, value: float, like: Published, top: Published | None) -> tuple[Cell, ...]:
    beaten = Cell(NONE if top is None else f"{top.f1:.3f}")
    return (Cell(language), Cell(method), Cell(f"{value:.3f}"), Cell(like.system), Cell(f"{like.f1:.3f}"), beaten)


def _not_run(items: Iterable[Mapping[str, str]]) -> Table:
    by_reason: dict[Key, list[str]] = {}
    for item in items:
        reason = shorten(item["reason"], _REASON_LETTERS, placeholder=" …")
        by_reason.setdefault((item["method"], reason), []).append(item["dataset"].partition(".")[2])
    rows = [(Cell(method), Cell(", ".join(sets)), Cell(reason)) for (method, reason), sets in by_reason.items()]
    note = "What could not run here, and why; not_run.json has it in full."
    return Table("Not run", note, ("method", "data", "reason"), tuple(rows))


def _provenance(rows: Sequence[Row]) -> Table:
    cells = [
        (Cell(_language(row)), Cell(row["method"]), Cell(f"{row['seconds']:,.1f}"), Cell(f"{row['n_sentences']:,}"),
         Cell(short_hash(row["signature"])), Cell(row["signature"]))
        for row in rows
    ]  # fmt: skip
    note = "Seconds of one process, beside other work; links that methods share are counted for each of them."
    return Table("Time and signatures", note, ("data", "method", "s", "sentences", "hash", "signature"), tuple(cells))


def plain(value: Any) -> str:
    """Return text on one line, as a cell of a table is."""
    return " ".join(str(value).split())
