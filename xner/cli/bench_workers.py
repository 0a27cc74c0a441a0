"""``xner bench workers``: what a second worker brings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xner.cli.bench import JsonFile, _show
from xner.cli.console import EXIT_SOME_FAILED, tell
from xner.cli.options import Settings
from xner.config import load_config
from xner.services.output_files import refuse_overwriting


def workers(
    source: Annotated[Path, typer.Argument(help="Sentence pairs.")],
    settings: Settings = None,
    n_pairs: Annotated[int, typer.Option(help="Pairs, at most.", min=1)] = 600,
    n_workers: Annotated[int, typer.Option("--workers", help="Workers beside one.", min=2)] = 2,
    json_file: JsonFile = None,
) -> None:
    """Pairs a second of one and of several workers, local and on Ray, without the cache; do all write the same bytes?

    Efficiency is the rate of N workers over N times that of one worker with as many threads of torch each. Starting
    and loading are told by themselves. On a machine that does something else the figures mean nothing: see the load.

    Example: `python -m xner bench workers pairs.jsonl`
    """
    from xner.bench.workers import run

    refuse_overwriting([source], [json_file])
    tell("projecting the same pairs five times (three without Ray); this takes a few minutes")
    figures = run(source, load_config(None, settings or ()), n_pairs=n_pairs, n_workers=n_workers)
    _show(figures, json_file)
    if figures["same bytes"] != "yes":
        raise typer.Exit(EXIT_SOME_FAILED)
