"""``xner project``: the whole pipeline on a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xner.cli.console import EXIT_SOME_FAILED, EXIT_UNUSABLE, progress_bar, tell
from xner.cli.options import (
    ConfigFile,
    Force,
    Format,
    Input,
    LabelSet,
    LinksFile,
    Method,
    Settings,
    SourceLang,
    TargetFile,
    TargetLang,
    configured,
    labels_of,
)
from xner.engine.plan import Plan
from xner.services.input_files import InputOptions
from xner.services.output_files import refuse_existing, refuse_overwriting
from xner.services.run_projection import RunSummary, project_file
from xner.signature import parse_signature

_SHOWN_SIGNATURES = 4


def project(
    source: Input,
    output: Annotated[Path, typer.Option("--output", "-o", help="JSONL (.gz) to write.", dir_okay=False)],
    pipeline: Annotated[
        str | None,
        typer.Option(
            "--pipeline",
            help="parallel (both sides given), translate-test, translate-train or model-transfer.",
        ),
    ] = None,
    preset: Method = None,
    config: ConfigFile = None,
    settings: Settings = None,
    format: Format = "auto",
    source_lang: SourceLang = None,
    target_lang: TargetLang = None,
    target: TargetFile = None,
    links: LinksFile = None,
    label_set: LabelSet = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run stopped.")] = False,
    force: Force = False,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Processes that project, the cores shared out among them.")
    ] = 1,
    engine: Annotated[str, typer.Option("--engine", help="local, or ray (needs the package ray).")] = "local",
    address: Annotated[
        str, typer.Option("--address", help="Of the Ray cluster: local starts one here, auto finds one that runs.")
    ] = "local",
) -> None:
    """Project entities from the source to the target side of every pair.

    Source entities in the record are kept; where they are missing the recogniser finds them. A side that is missing is
    made by the translator (translate.name): translate-test makes the source of unlabelled target sentences,
    translate-train the target of labelled source sentences; model-transfer runs the recogniser on the target.

    The output has every readable row: status `ok`, `empty` (nothing to project) or `failed` with its reason. It is
    written to OUTPUT.partial and appears under its name when complete. It is the same file for any number of workers,
    on either engine; --resume may come with other ones.

    Example: `python -m xner project pairs.jsonl -o silver.jsonl --preset fusion-centred`
    """
    refuse_overwriting((source, target, links, config), [output])
    refuse_existing([output], force=force, resume=resume)
    plan = Plan.of(workers, engine, address)
    given = ["align.name=given", "align.unite=null"] if links else []
    given += [f'pipeline="{pipeline}"'] if pipeline else []
    run_config = configured(config, preset, [*given, *(settings or ())])
    options = InputOptions(format, source_lang, target_lang, target, links, labels_of(label_set))
    try:
        with progress_bar("projecting") as (bar, task):

            def on_row(summary: RunSummary) -> None:
                bar.update(task, completed=summary.n_done)

            summary = project_file(
                source, output, run_config, options, resume=resume, on_row=on_row,
                on_problem=lambda problem: tell(str(problem)), plan=plan,
            )  # fmt: skip
    except KeyboardInterrupt:
        partial = Path(f"{output}.partial")
        kept = f" Finished rows are kept in {partial}; run again with --resume to go on." if partial.exists() else ""
        tell(f"Interrupted.{kept}")
        raise typer.Exit(EXIT_SOME_FAILED) from None
    _report(summary, output)
    if plan.threads is not None:
        tell(f"{plan.workers} workers ({plan.engine}), torch threads in each: {plan.threads}")
    if summary.n_done == len(summary.failed):
        raise typer.Exit(EXIT_UNUSABLE)
    if summary.failed or summary.n_rejected:
        raise typer.Exit(EXIT_SOME_FAILED)


def _report(summary: RunSummary, output: Path) -> None:
    for pair_id, reason in summary.failed:
        tell(f"failed  {pair_id}: {reason}")
    placed = f"{summary.n_placed} of {summary.n_entities} source entities found a place." if summary.n_entities else ""
    resumed = f" ({summary.n_resumed} of them from before)" if summary.n_resumed else ""
    tell(
        f"{output}: {summary.n_done} rows{resumed}: {summary.n_ok} with entities, {summary.n_empty} without, "
        f"{len(summary.failed)} failed; {summary.n_rejected} input rows rejected. {placed}".rstrip()
    )
    for signature, n_rows in summary.signatures.most_common(_SHOWN_SIGNATURES):
        left_out = parse_signature(signature).get("without")
        note = f" ({left_out} left out: these rows have no data for it)" if left_out else ""
        tell(f"signature of {n_rows} rows{note}: {signature}")
    if len(summary.signatures) > _SHOWN_SIGNATURES:
        tell(f"and {len(summary.signatures) - _SHOWN_SIGNATURES} more signatures; every row has its own.")
