"""What a report on a results directory says, benchmark by benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from textwrap import shorten

from xner.bench.catalogue import BENCHMARKS
from xner.bench.published import Published, best, nearest, published
from xner.bench.report_grid import Grid, Key
from xner.bench.report_parts import NONE, Cell, Report, Section, Table, language_words
from xner.evaluate.calibration import Calibration
from xner.services.results import Results, Row
from xner.signature import short_hash

_REASON_LETTERS = 200


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
    grid = Grid({(row["dataset"], row["method"]): row for row in rows}, "aer" if links else "f1")
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


def _beside(grid: Grid, figures: Sequence[Published]) -> Table:
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
        (Cell(language_words(row)), Cell(row["method"]), Cell(f"{row['seconds']:,.1f}"),
         Cell(f"{row['n_sentences']:,}"), Cell(short_hash(row["signature"])), Cell(row["signature"]))
        for row in rows
    ]  # fmt: skip
    note = "Seconds of one process, beside other work; links that methods share are counted for each of them."
    return Table("Time and signatures", note, ("data", "method", "s", "sentences", "hash", "signature"), tuple(cells))
