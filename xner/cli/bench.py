"""``xner bench``: ratios against references measured in the same process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from xner.cli.bench_data import add_benchmarks
from xner.cli.console import tell
from xner.cli.options import Settings
from xner.config import load_config
from xner.services.output_files import refuse_overwriting, write_whole

app = typer.Typer(no_args_is_help=True)
add_benchmarks(app)
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the figures here too.", dir_okay=False)]


@app.command("matching")
def matching(
    n_instances: Annotated[int, typer.Option(help="Random instances to compare with scipy's milp.", min=1)] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the instances.")] = 0,
    json_file: JsonFile = None,
) -> None:
    """Compare exact matching with `scipy.optimize.milp` (same optimum?) and time it beside milp and greedy.

    Example: `python -m xner bench matching`
    """
    from xner.bench.matching import run

    refuse_overwriting([], [json_file])
    _show(run(n_instances=n_instances, seed=seed), json_file)


@app.command("alignment")
def alignment(
    source: Annotated[Path | None, typer.Argument(help="Sentence pairs; the sample corpus when left out.")] = None,
    n_pairs: Annotated[int, typer.Option(help="Pairs to align, at most.", min=10)] = 500,
    model: Annotated[str, typer.Option(help="Encoder that both use.")] = "e5-small",
    json_file: JsonFile = None,
) -> None:
    """Compare our batched itermax with the package simalign: same links? how much faster?

    Example: `python -m xner bench alignment pairs.jsonl`
    """
    from xner.bench.alignment import run
    from xner.services.import_corpus import first_pairs

    refuse_overwriting([source], [json_file])
    tell("aligning every pair several times, simalign one by one; this takes a minute or two")
    _show(run(first_pairs(source, n_pairs), model=model), json_file)


@app.command("projection")
def projection(
    sources: Annotated[list[Path], typer.Argument(help="Sentence pairs with gold entities on both sides.")],
    settings: Settings = None,
    ignore: Annotated[list[str] | None, typer.Option("--ignore", help="A label to leave out.")] = None,
    n_pairs: Annotated[int, typer.Option(help="Pairs of each file, at most.", min=1)] = 10_000,
    systems: Annotated[
        list[str] | None,
        typer.Option(
            help="A system, a score preset, or NAME=run.toml; may be given again. The first is the reference."
        ),
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Strict F1 of scores and matchers on the same links, with 95 % intervals and the difference to the first.

    Example: `python -m xner bench projection gold.jsonl --systems "greedy links" --systems coverage_soft_edges`
    """
    from xner.bench.projection import SYSTEMS, run, systems_from
    from xner.services.import_corpus import first_pairs

    refuse_overwriting(sources, [json_file])
    config = load_config(None, settings or ())
    chosen = systems_from(systems) if systems else SYSTEMS
    figures = {}
    for source in sources:
        tell(f"{_name(source)} …")
        figures[_name(source)] = run(first_pairs(source, n_pairs), config, chosen, ignore_labels=ignore or ())
    _show(figures, json_file)


@app.command("links")
def links(
    sources: Annotated[list[Path], typer.Argument(help="Sentence pairs with gold alignments.")],
    model: Annotated[str, typer.Option(help="Encoder.")] = "e5-small",
    json_file: JsonFile = None,
) -> None:
    """Alignment error rate, precision and recall of the aligners.

    Example: `python -m xner bench links gold-links.jsonl`
    """
    from xner.bench.links import run, with_means
    from xner.services.import_corpus import first_pairs

    refuse_overwriting(sources, [json_file])
    figures = {_name(source): run(first_pairs(source, 10_000), model=model) for source in sources}
    _show(with_means(figures), json_file)


@app.command("markers")
def markers(
    source: Annotated[Path, typer.Argument(help="Sentence pairs, or sentences, with source entities.")],
    to: Annotated[str, typer.Option(help="BCP-47 tag of the language to translate into.")],
    settings: Settings = None,
    n_pairs: Annotated[int, typer.Option(help="Pairs, at most.", min=1)] = 10_000,
    json_file: JsonFile = None,
) -> None:
    """Share of sentences whose entities come through a translator, by style of marker, and sentences a second.

    On pairs with gold entities on both sides also strict F1: the spans that markers carried are taken on to the gold
    target by aligning the marked translation with it, beside projection without markers.

    Example: `python -m xner bench markers gold.jsonl --to es --set translate.name=apertium`
    """
    from xner.bench import marked_projection
    from xner.bench.markers import run
    from xner.services.import_corpus import first_pairs

    refuse_overwriting([source], [json_file])
    config, pairs = load_config(None, settings or ()), first_pairs(source, n_pairs)
    figures = run(pairs, config.translate, to)
    if any(pair.target_entities for pair in pairs):
        figures["projection"] = marked_projection.run(pairs, config)
    _show(figures, json_file)


@app.command("store")
def store(
    n_saves: Annotated[int, typer.Option(help="Saves of each of 8 processes on one document.", min=1)] = 250,
    n_kills: Annotated[int, typer.Option(help="Times that a process is killed while it writes.", min=1)] = 200,
    n_backups: Annotated[int, typer.Option(help="Backups while 4 processes write.", min=1)] = 20,
    url: Annotated[
        str | None, typer.Option(help="An empty PostgreSQL database to use; SQLite files when left out.")
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Count what the store must not lose: under simultaneous edits, under kill -9, in backups during writes.

    Example: `python -m xner bench store --n-kills 20 --n-saves 25 --n-backups 3`
    """
    import tempfile

    from xner.bench.store import backup_under_writes, kills, lost_update

    refuse_overwriting([], [json_file])
    tell("writing, killing and backing up in a temporary folder; with the usual numbers this takes some minutes")
    with tempfile.TemporaryDirectory(prefix="xner-bench-") as folder:
        where = Path(folder)
        edited, backed_up = (url or f"sqlite:///{where / name}" for name in ("edited.db", "backed_up.db"))
        figures = {
            "lost update": lost_update(edited, n_saves=n_saves),
            "kill -9": kills(where, n_cycles=n_kills, url=url),
            "backup": backup_under_writes(where, backed_up, n_backups=n_backups),
        }
    _show(figures, json_file)


@app.command("editor")
def editor(
    n_edits: Annotated[int, typer.Option(help="Edits of each sentence.", min=2)] = 50,
    json_file: JsonFile = None,
) -> None:
    """Milliseconds from a key to the picture and to "Saved", on the Correct page in Chromium.

    Example: `python -m xner bench editor --n-edits 50`
    """
    from xner.bench.editor import run

    refuse_overwriting([], [json_file])
    tell("a server over a store in a temporary folder, and Chromium")
    _show(run(n_edits), json_file)


@app.command("pages")
def pages(
    n_pairs: Annotated[int, typer.Option(help="Sentence pairs in the store.", min=100)] = 20_000,
    n_times: Annotated[int, typer.Option(help="Loads of each page; medians are shown.", min=1)] = 3,
    json_file: JsonFile = None,
) -> None:
    """Seconds until each page over a large store is there, in Chromium.

    Example: `python -m xner bench pages --n-pairs 2000 --n-times 1`
    """
    from xner.bench.pages import run

    refuse_overwriting([], [json_file])
    tell("filling a store in a temporary folder, then a server over it and Chromium; this takes a few minutes")
    _show(run(n_pairs, n_times), json_file)


@app.command("import")
def importing(
    n_rows: Annotated[int, typer.Option(help="Rows of the file.", min=100)] = 1_000_000,
    kind: Annotated[
        str, typer.Option(help="jsonl: pairs with entities and links; projected: with projections too; tsv: texts.")
    ] = "jsonl",
    json_file: JsonFile = None,
) -> None:
    """Rows a second and peak memory of `xner import` over a large file.

    Example: `python -m xner bench import --n-rows 20000`
    """
    from xner.bench.importing import run

    refuse_overwriting([], [json_file])
    _show(run(n_rows, kind), json_file)


@app.command("dashboard")
def dashboard(
    n_langs: Annotated[int, typer.Option(help="Languages.", min=1, max=55)] = 55,
    n_methods: Annotated[int, typer.Option(help="Methods.", min=2, max=8)] = 8,
    n_sentences: Annotated[int, typer.Option(help="Sentences of each method.", min=100)] = 20_000,
    n_times: Annotated[int, typer.Option(help="Loads again; the median is shown.", min=1)] = 3,
    json_file: JsonFile = None,
) -> None:
    """Seconds until the dashboard over a large results directory is there, and a filter has worked, in Chromium.

    Example: `python -m xner bench dashboard --n-langs 10 --n-sentences 2000 --n-times 1`
    """
    from xner.bench.dashboard import run

    refuse_overwriting([], [json_file])
    tell("writing random results to a temporary folder, then a server and Chromium; this takes a few minutes")
    _show(run(n_langs, n_methods, n_sentences, n_times), json_file)


def _name(source: Path) -> str:
    """Return the file with its folder, since files of several corpora share names."""
    return f"{source.resolve().parent.name}/{source.name}"


def _show(figures: dict[str, Any], json_file: Path | None) -> None:
    for key, value in _flat(figures):
        print(f"{key:44} {value:.4g}" if isinstance(value, float) else f"{key:44} {value}")
    if json_file:
        write_whole(json_file, json.dumps(figures, indent=1) + "\n")


def _flat(figures: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for key, value in figures.items():
        rows += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", value)]
    return rows
