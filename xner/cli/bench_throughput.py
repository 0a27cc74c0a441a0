"""``xner bench throughput``: the whole road from input to output, stage by stage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from xner.cli.bench import JsonFile, _show
from xner.cli.console import tell
from xner.cli.options import Settings
from xner.cli.score_tables import make_table, show
from xner.config import load_config
from xner.services.output_files import refuse_overwriting, write_whole


def throughput(
    source: Annotated[Path | None, typer.Argument(help="Sentence pairs; the sample corpus when left out.")] = None,
    settings: Settings = None,
    n_pairs: Annotated[int, typer.Option(help="Pairs, at most.", min=10)] = 500,
    threads: Annotated[int | None, typer.Option(help="Of torch; all cores when left out.", min=1)] = None,
    json_file: JsonFile = None,
) -> None:
    """Pairs a second from a line of input to a line of output, and what each stage takes of it.

    Beside it, in the same process and in turns: simalign with the same reading, matching and writing, pair by pair;
    and the encoder's own limit, its forward pass over the same sub-words without padding or anything around it.
    float32 is to have the same links as simalign, the fast number type (where the CPU has one) the same F1. Pairs
    with gold entities on both sides give F1. Two to four minutes for 500 pairs on two cores that do nothing else:
    `cores` says how much of them each had.

    Example: `python -m xner bench throughput gold.jsonl --json throughput.json`
    """
    from xner.bench.throughput import run
    from xner.services.import_corpus import first_pairs

    refuse_overwriting([source], [json_file])
    tell("projecting every pair several times, simalign one by one; this takes some minutes")
    figures = run(first_pairs(source, n_pairs), load_config(None, settings or ()), threads=threads)
    stages = {name: part.pop("stages") for name, part in figures.items() if "stages" in _as_dict(part)}
    _show(figures, None)
    for name, rows in stages.items():
        _show_stages(name, rows, figures[name])
        figures[name]["stages"] = rows
    if json_file:
        write_whole(json_file, json.dumps(figures, indent=1) + "\n")


def _as_dict(part: object) -> dict[str, Any]:
    return part if isinstance(part, dict) else {}


def _show_stages(name: str, rows: dict[str, dict[str, float]], whole: dict[str, float]) -> None:
    table = make_table(f"\n{name}", "\nseconds", "\nshare", "\nsub-words/s")
    for stage, row in rows.items():
        table.add_row(stage, f"{row['s']:.2f}", f"{row['share']:.1%}", f"{row['tokens_per_s']:,.0f}")
    table.add_row("all", f"{whole['s']:.2f}", "100.0%", f"{whole['tokens_per_s']:,.0f}")
    limit = whole["limit_tokens_per_s"]
    table.add_row("the encoder's limit", f"{whole['tokens'] / limit:.2f}", "", f"{limit:,.0f}")
    show(table)
