"""``xner evaluate``: scores of a file of predictions against gold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from xner.cli.console import EXIT_SOME_FAILED, tell
from xner.cli.score_tables import (
    confidence_lines,
    error_table,
    interval_text,
    make_table,
    number,
    plain,
    print_lines,
    schema_table,
    show,
    slice_table,
)
from xner.services.output_files import refuse_overwriting
from xner.services.score_run import diagnose_files, score_files, write_report

if TYPE_CHECKING:
    from rich.table import Table

    from xner.evaluate.report import EvaluationReport, Score

_SHOWN_FAILURES = 10


def evaluate(
    gold: Annotated[Path, typer.Argument(help="Rows with gold entities: JSONL or CoNLL.", dir_okay=False)],
    predicted: Annotated[Path, typer.Argument(help="The same sentences, projected or labelled.", dir_okay=False)],
    by: Annotated[
        Literal["target_lang", "label", "none"],
        typer.Option(help="target_lang: by language and by label; label: by label; none: the whole alone."),
    ] = "target_lang",
    labels: Annotated[
        list[str] | None,
        typer.Option("--label", help="A label that gets a row even if gold lacks it; may be repeated."),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", help="A label left out on both sides, e.g. DATE; may be repeated.")
    ] = None,
    lang: Annotated[str | None, typer.Option(help="BCP-47 tag where rows have none, e.g. sw.")] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Also F1 by exact, partial and ent_type match, and token accuracy.")
    ] = False,
    errors: Annotated[
        bool, typer.Option("--errors", help="Also what kinds of errors there are, and in which sentences.")
    ] = False,
    slices: Annotated[
        bool,
        typer.Option(
            "--slices",
            help="Also F1 by length, label, frequency, script, likeness to the source name, margin; whether the score "
            "can be trusted; alignment error rate where gold has links.",
        ),
    ] = False,
    score_max: Annotated[
        float,
        typer.Option(
            min=1e-9,
            help="With --slices: the greatest score possible, such as the sum of the weights; scores are divided by it "
            "before they are compared with precision.",
        ),
    ] = 1.0,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="File for the same numbers as JSON.", dir_okay=False)
    ] = None,
) -> None:
    """Score predictions against gold: strict (exact span and label) and boundary-only, with 95 % intervals.

    Sentences are paired by id, or by order where a file has no ids. Rows that failed are neither scored as empty nor
    dropped: `F1` is that of the rows that ran, `F1 all` counts the gold entities of the others as missed.

    Example: `python -m xner evaluate gold.jsonl silver.jsonl --ignore DATE --json scores.json`
    """
    refuse_overwriting((gold, predicted), [json_file])
    scored = score_files(
        gold,
        predicted,
        by=None if by == "none" else by,
        labels=labels or (),
        ignore_labels=ignore or (),
        lang=lang,
        on_problem=lambda problem: tell(str(problem)),
    )
    show(_table(scored.report))
    parts: dict[str, Any] = {}
    if schema:
        show(schema_table(scored.report))
    if errors or slices:
        diagnosis = diagnose_files(scored, gold, predicted)
        if errors:
            show(error_table(diagnosis, by_language=by == "target_lang"))
            parts["errors"] = diagnosis.errors_as_dict()
        if slices:
            show(slice_table(diagnosis))
            print_lines(confidence_lines(diagnosis, score_max))
            parts |= diagnosis.slices_as_dict(scale=score_max)
    _print_means(scored.report)
    _tell_what_is_missing(scored.report)
    if json_file is not None:
        write_report(scored.report, json_file, parts)
    if scored.problems:
        tell(f"{len(scored.problems)} input rows rejected.")
    if scored.problems or scored.report.failed or scored.report.missing_ids:
        raise typer.Exit(EXIT_SOME_FAILED)


def _print_means(report: EvaluationReport) -> None:
    if len(report.languages) > 1:
        n_scored = sum(score.strict.f1 is not None for score in report.languages)
        over = f"{n_scored} of {len(report.languages)} languages (the others have no F1)"
        over = f"{n_scored} languages" if n_scored == len(report.languages) else over
        print(f"mean F1 over {over}: {number(report.mean_language_f1)}")
    if len(report.labels) > 1:
        print(f"mean F1 over the labels of gold: {number(report.macro_f1)}")
    print(report.signature)


def _table(report: EvaluationReport) -> Table:
    apart = report.overall.n_not_run > 0
    columns = ["sentences", "gold", "predicted", "P", "R", "F1", "95 %", "boundary F1", "ratio"]
    table = make_table("", *columns, *(["not run", "F1 all"] if apart else []))
    table.add_row(*_cells(report.overall, apart))
    for heading, scores in (("by label", report.labels), ("by language", report.languages)):
        if scores:
            table.add_row(heading, style="dim")
        for score in scores:
            table.add_row(*_cells(score, apart))
    return table


def _cells(score: Score, apart: bool) -> list[str]:
    counts = score.strict
    cells = [
        plain(score.name), str(score.n_sentences), str(counts.n_gold), str(counts.n_predicted),
        number(counts.precision), number(counts.recall), number(counts.f1), interval_text(score.interval),
        number(score.boundary.f1 if score.boundary else None), number(score.ratio),
    ]  # fmt: skip
    return [*cells, str(score.n_not_run), number(score.counting_failed.f1)] if apart else cells


def _tell_what_is_missing(report: EvaluationReport) -> None:
    for name, reason in report.failed[:_SHOWN_FAILURES]:
        tell(f"failed  {name}: {reason}")
    notes = {
        f"{len(report.failed)} predictions failed": report.failed,
        f"{len(report.missing_ids)} gold sentences have no prediction: {_some(report.missing_ids)}": report.missing_ids,
        f"{len(report.surplus_ids)} predictions have no gold: {_some(report.surplus_ids)}": report.surplus_ids,
        f"{report.n_without_gold} gold rows without known entities": report.n_without_gold,
    }
    for note, concerned in notes.items():
        if concerned:
            tell(f"{note}.")
    for label, count in report.other_labels.items():
        tell(f"{count} predicted entities have the label {label!r}, which gold lacks: counted as false alarms.")


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN_FAILURES
    return ", ".join(names[:_SHOWN_FAILURES]) + (f" and {more} more" if more > 0 else "")
