"""``xner align``: only the alignments of a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from xner.cli.console import EXIT_SOME_FAILED, progress_bar, tell
from xner.cli.options import (
    ConfigFile,
    Force,
    Input,
    Method,
    Settings,
    SourceLang,
    TargetFile,
    TargetLang,
    configured,
)
from xner.services.input_files import InputOptions
from xner.services.output_files import refuse_existing, refuse_overwriting
from xner.services.run_alignment import AlignSummary, align_file


class LinkFormat(StrEnum):
    """What a line of links looks like."""

    PHARAOH = "pharaoh"
    JSONL = "jsonl"


def align(
    source: Input,
    output: Annotated[Path, typer.Option("--output", "-o", help="File of links to write.", dir_okay=False)],
    preset: Method = None,
    config: ConfigFile = None,
    settings: Settings = None,
    format: Annotated[LinkFormat, typer.Option("--format", help="`0-0 1-2` lines, or JSONL.")] = LinkFormat.PHARAOH,
    input_format: Annotated[str, typer.Option("--input-format", help="Format of the input.")] = "auto",
    source_lang: SourceLang = None,
    target_lang: TargetLang = None,
    target: TargetFile = None,
    force: Force = False,
) -> None:
    """Link the words of every pair; source token first.

    Example: `python -m xner align pairs.tsv -o links.txt --source-lang en --target-lang de --set align.name=argmax`
    """
    refuse_overwriting((source, target, config), [output])
    refuse_existing([output], force=force)
    options = InputOptions(input_format, source_lang, target_lang, target)
    with progress_bar("aligning") as (bar, task):

        def on_row(summary: AlignSummary) -> None:
            bar.update(task, completed=summary.n_aligned + len(summary.failed))

        summary = align_file(
            source, output, configured(config, preset, settings), options,
            as_pharaoh=format is LinkFormat.PHARAOH, on_row=on_row, on_problem=lambda problem: tell(str(problem)),
        )  # fmt: skip
    for pair_id, reason in summary.failed:
        tell(f"failed  {pair_id}: {reason}")
    tell(
        f"{output}: {summary.n_aligned} pairs aligned, {len(summary.failed)} failed, "
        f"{summary.n_rejected} input rows rejected."
    )
    if summary.failed or summary.n_rejected:
        raise typer.Exit(EXIT_SOME_FAILED)
