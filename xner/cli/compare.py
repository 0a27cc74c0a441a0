"""``xner compare``: whether one file of predictions is better than another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from xner.cli.console import EXIT_SOME_FAILED, tell
from xner.cli.score_tables import NONE, interval_text, make_table, number, plain, show
from xner.services.output_files import refuse_overwriting
from xner.services.score_run import compare_files, write_json

if TYPE_CHECKING:
    from xner.evaluate.comparison import Comparison


def compare(
    gold: Annotated[Path, typer.Argument(help="Rows with gold entities: JSONL or CoNLL.", dir_okay=False)],
    predicted: Annotated[
        list[Path], typer.Argument(help="Two or more files of predictions; the first is the reference.", dir_okay=False)
    ],
    by: Annotated[
        Literal["target_lang", "none"],
        typer.Option(help="target_lang: each language too; none: the whole and the mean over languages alone."),
    ] = "target_lang",
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", help="A label left out on both sides, e.g. DATE; may be repeated.")
    ] = None,
    lang: Annotated[str | None, typer.Option(help="BCP-47 tag where rows have none, e.g. sw.")] = None,
    resamples: Annotated[int, typer.Option(min=100, max=1_000_000, help="Of each interval and test.")] = 9999,
    seed: Annotated[int, typer.Option(min=0, help="Of the resamples.")] = 0,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="File for the same numbers as JSON.", dir_okay=False)
    ] = None,
) -> None:
    """Compare predictions on the same gold: differences of strict F1 to the first file, with 95 % intervals.

    Intervals are from a paired bootstrap over sentences, p from a paired permutation test; neither is corrected for
    the number of comparisons. Only sentences that ran in every file are compared; how many did not is said.

    Example: `python -m xner compare gold.jsonl heuristic.jsonl exact.jsonl`
    """
    refuse_overwriting((gold, *predicted), [json_file])
    compared = compare_files(
        gold,
        predicted,
        by_language=by == "target_lang",
        ignore_labels=ignore or (),
        lang=lang,
        n_resamples=resamples,
        seed=seed,
        on_problem=lambda problem: tell(str(problem)),
    )
    found = compared.comparison
    _print_scores(found)
    _print_differences(found)
    print(f"{found.n_sentences} sentences, {found.n_resamples} resamples, seed {found.seed}")
    for report in compared.reports.values():
        print(report.signature)
    for name, n_not_run in found.not_run.items():
        if n_not_run:
            tell(f"{n_not_run} sentences did not run in {name}: left out of every file.")
    if json_file is not None:
        signatures = {name: report.signature for name, report in compared.reports.items()}
        write_json(found.as_dict() | {"signatures": signatures}, json_file)
    if compared.problems:
        tell(f"{len(compared.problems)} input rows rejected.")
    if compared.problems or any(found.not_run.values()):
        raise typer.Exit(EXIT_SOME_FAILED)


def _print_scores(found: Comparison) -> None:
    table = make_table("", "slice", "F1", "95 %")
    for score in found.scores:
        table.add_row(plain(score.system), plain(score.slice), number(score.f1), interval_text(score.interval))
    show(table)


def _print_differences(found: Comparison) -> None:
    table = make_table(f"minus {plain(found.differences[0].reference)}", "slice", "difference", "95 %", "p")
    for d in found.differences:
        delta = NONE if d.delta is None else f"{d.delta:+.3f}"
        interval = NONE if d.low is None or d.high is None else f"{d.low:+.3f} to {d.high:+.3f}"
        table.add_row(plain(d.system), plain(d.slice), delta, interval, NONE if d.p is None else f"{d.p:.4f}")
    show(table)
