"""``xner bench europarl`` and the like: benchmarks by name, over local copies of public data."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xner.bench.catalogue import BENCHMARKS, Benchmark, DataSet, find_data
from xner.cli.console import EXIT_SOME_FAILED, tell
from xner.cli.options import Settings
from xner.config import load_config
from xner.engine.lock import sole_writer
from xner.errors import ConfigError
from xner.io.results_files import CELLS, write_run

if TYPE_CHECKING:
    from xner.services.results import Row
    from xner.types import SentencePair

_TITLE = "Benchmarks"


def add_benchmarks(app: typer.Typer) -> None:
    """Add one command a benchmark."""
    for benchmark in BENCHMARKS.values():
        app.command(benchmark.name, help=_help(benchmark))(_command(benchmark))


def _help(benchmark: Benchmark) -> str:
    what = {
        "projection": "Strict F1 of every system on",
        "target": "Strict F1 of model transfer and translate-test on",
        "links": "Alignment error rate of every aligner on",
    }[benchmark.kind]
    return (
        f"{what} {benchmark.title}.\n\nA run that was interrupted goes on where it stopped; finished cells with the "
        f"same settings and data are not run again.\n\nExample: `python -m xner bench {benchmark.name} --data DIR -o "
        "results`"
    )


def _command(benchmark: Benchmark) -> Callable[..., None]:
    def run(
        data: Annotated[
            Path | None,
            typer.Option("--data", help="Folder of the data's files. Left out: the hub's, where it has any."),
        ] = None,
        output: Annotated[
            Path | None, typer.Option("--output", "-o", help="Results directory, new or of an earlier run.")
        ] = None,
        systems: Annotated[
            list[str] | None,
            typer.Option(help="A system, a score preset, or NAME=run.toml; all that are known when left out."),
        ] = None,
        languages: Annotated[
            list[str] | None, typer.Option("--lang", help="Only this target language; may be given again.")
        ] = None,
        limit: Annotated[int | None, typer.Option(help="Sentences of each language, at most.", min=1)] = None,
        settings: Settings = None,
    ) -> None:
        with tempfile.TemporaryDirectory(prefix="xner-bench-") as temporary:
            directory = output or Path(temporary)
            _run(benchmark, data, directory, systems or [], languages or [], limit, list(settings or ()))
            if output is not None:
                tell(f"{output}: a report of it: python -m xner report {output} -o report.html")

    return run


def _run(
    benchmark: Benchmark, folder: Path | None, directory: Path, names: list[str], languages: list[str],
    limit: int | None, settings: list[str],
) -> None:  # fmt: skip
    from xner.bench.grid import Grid

    base = load_config(None, settings)
    chosen = _systems(benchmark, names)
    grid = Grid(benchmark, directory, chosen, base, tell)
    data_sets = _data(benchmark, folder, languages, limit)
    first = next(data_sets)  # data that can't be read is told before a directory is made
    write_run(directory, _TITLE)
    with sole_writer(directory / CELLS):
        grid.run(*first)
        for data, pairs in data_sets:
            grid.run(data, pairs)
    _show(benchmark, grid.done, grid.not_run)
    if not grid.done:
        raise typer.Exit(EXIT_SOME_FAILED)


def _systems(benchmark: Benchmark, names: list[str]) -> dict[str, dict[str, Any]]:
    from xner.bench.grid import default_systems
    from xner.bench.projection import systems_from

    known = default_systems(benchmark)
    if benchmark.kind != "projection" and (unknown := [name for name in names if name not in known]):
        raise ConfigError(f"{benchmark.name} has no system {unknown[0]!r}.", f"Known: {', '.join(known)}.")
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        found |= {name: known[name]} if name in known else systems_from([name])
    return found or known


def _data(
    benchmark: Benchmark, folder: Path | None, languages: list[str], limit: int | None
) -> Iterator[tuple[DataSet, list[SentencePair]]]:
    from xner.bench.data import read_data, read_hub

    if folder is None:
        yield from read_hub(benchmark, languages, limit)
        return
    found = find_data(benchmark, folder)
    if unknown := set(languages) - {data.target_lang for data in found}:
        known = ", ".join(data.target_lang for data in found)
        raise ConfigError(f"There is no {', '.join(sorted(unknown))} in {folder}.", f"There is {known}.")
    for data in found:
        if not languages or data.target_lang in languages:
            yield data, read_data(benchmark, data, limit, lambda problem: tell(str(problem)))


def _show(benchmark: Benchmark, rows: list[Row], not_run: list[dict[str, str]]) -> None:
    from xner.bench.published import best, nearest, published
    from xner.cli.score_tables import interval_text, make_table, number, plain, print_lines, show
    from xner.evaluate.bootstrap import Interval

    links = benchmark.kind == "links"
    figures = published(benchmark.corpus)
    columns = ["n", "AER", "95 %"] if links else ["n", "P", "R", "F1", "95 %", "boundary F1"]
    table = make_table("data, system", *columns, "not run", "seconds", *(["published", "best"] if figures else []))
    for row in rows:
        scores = row["scores"]["links" if links else "strict"]
        interval = interval_text(Interval(*row["interval"]) if row["interval"] else None)
        n_sentences = str(row["n_sentences"])
        if links:
            cells = [n_sentences, number(scores["aer"]), interval]
        else:
            ratios = [number(scores[name]) for name in ("precision", "recall", "f1")]
            cells = [n_sentences, *ratios, interval, number(row["scores"]["boundary"]["f1"])]
        cells += [str(row["n_failed"]), f"{row['seconds']:.1f}"]
        if figures:
            beside = (nearest(row["method"], figures, row["target_lang"]), best(figures, row["target_lang"]))
            cells += [number(found.f1 if found else None) for found in beside]
        table.add_row(plain(f"{row['dataset']}  {row['method']}"), *cells)
    show(table)
    notes = [f"- {note}" for note in benchmark.setup]
    if figures:
        notes.insert(0, "published: the system most like ours; best: the best of that language; both of "
                     f"{figures[0].source}.")  # fmt: skip
    print_lines(["Set-up:", *notes] if notes else [])
    for item in not_run:
        tell(f"not run  {item['dataset']}  {item['method']}: {item['reason']}")
