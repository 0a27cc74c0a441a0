"""``xner evaluate``: scores of a file of predictions against gold."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from xner.cli.console import EXIT_SOME_FAILED, tell
from xner.services.output_files import refuse_overwriting
from xner.services.score_run import score_files, write_report

if TYPE_CHECKING:
    from rich.table import Table

    from xner.evaluate.report import EvaluationReport, Score

_SHOWN_FAILURES = 10
_PIPE_WIDTH = 200
_NONE = "–"


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
    _print_report(scored.report)
    _tell_what_is_missing(scored.report)
    if json_file is not None:
        write_report(scored.report, json_file)
    if scored.problems:
        tell(f"{len(scored.problems)} input rows rejected.")
    if scored.problems or scored.report.failed or scored.report.missing_ids:
        raise typer.Exit(EXIT_SOME_FAILED)


def _print_report(report: EvaluationReport) -> None:
    from rich.console import Console

    # A pipe has no width: nothing is to be cut there.
    Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False).print(_table(report))
    if len(report.languages) > 1:
        n_scored = sum(score.strict.f1 is not None for score in report.languages)
        over = f"{n_scored} of {len(report.languages)} languages (the others have no F1)"
        over = f"{n_scored} languages" if n_scored == len(report.languages) else over
        print(f"mean F1 over {over}: {_number(report.mean_language_f1)}")
    print(report.signature)


def _table(report: EvaluationReport) -> Table:
    from rich.table import Table

    apart = report.overall.n_not_run > 0
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in ("sentences", "gold", "predicted", "P", "R", "F1", "95 %", "boundary F1", "ratio"):
        table.add_column(name, justify="right")
    if apart:
        table.add_column("not run", justify="right")
        table.add_column("F1 all", justify="right")
    table.add_row(*_cells(report.overall, apart))
    for heading, scores in (("by label", report.labels), ("by language", report.languages)):
        if scores:
            table.add_row(heading, style="dim")
        for score in scores:
            table.add_row(*_cells(score, apart))
    return table


def _cells(score: Score, apart: bool) -> list[str]:
    from rich.markup import escape

    # Labels come from files: no markup, no control characters.
    name = escape("".join(letter if letter.isprintable() else "�" for letter in score.name))
    interval = _NONE if score.interval is None else f"{score.interval.low:.3f}–{score.interval.high:.3f}"
    counts = score.strict
    cells = [
        name, str(score.n_sentences), str(counts.n_gold), str(counts.n_predicted), _number(counts.precision),
        _number(counts.recall), _number(counts.f1), interval, _number(score.boundary.f1 if score.boundary else None),
        _number(score.ratio),
    ]  # fmt: skip
    return [*cells, str(score.n_not_run), _number(score.counting_failed.f1)] if apart else cells


def _number(value: float | None) -> str:
    return _NONE if value is None else f"{value:.3f}"


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
