"""Tables of an evaluation on the terminal: schemas, errors, slices, confidence, links."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from xner.evaluate.bootstrap import Interval
from xner.evaluate.diagnosis import ALL, Diagnosis
from xner.evaluate.report import EvaluationReport
from xner.evaluate.schemas import SCHEMAS

if TYPE_CHECKING:
    from rich.table import Table

NONE = "–"
_PIPE_WIDTH = 200
_N_EXAMPLES = 3


def number(value: float | None) -> str:
    """Return three decimals, or a dash for what is undefined."""
    return NONE if value is None else f"{value:.3f}"


def interval_text(interval: Interval | None) -> str:
    """Return both ends, or a dash."""
    return NONE if interval is None else f"{interval.low:.3f}–{interval.high:.3f}"


def plain(name: str) -> str:
    """Return a name out of a file as it is: no markup, no control characters."""
    from rich.markup import escape

    return escape("".join(letter if letter.isprintable() else "�" for letter in name))


def make_table(first: str, *columns: str) -> Table:
    """Return an empty table, all columns but the first to the right."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for name in columns:
        table.add_column(name, justify="right")
    return table


def show(table: Table) -> None:
    """Print a table; a pipe has no width, so nothing is cut there."""
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False).print(table)


def schema_table(report: EvaluationReport) -> Table:
    """Return F1 under each schema, and token accuracy, of every slice."""
    table = make_table("F1", *SCHEMAS, "tokens")
    for heading, scores in (("", [report.overall]), ("by label", report.labels), ("by language", report.languages)):
        if heading and scores:
            table.add_row(heading, style="dim")
        for score in scores:
            cells = [number(score.schemas[schema].f1) for schema in SCHEMAS]
            table.add_row(plain(score.name), *cells, number(score.token_accuracy))
    return table


def error_table(diagnosis: Diagnosis, *, by_language: bool) -> Table:
    """Return the cases of each kind, entities of either side among them, and the first sentences that hold some."""
    errors = diagnosis.errors()
    table = make_table("errors", "cases", "gold", "predicted", "sentences")
    table.add_column("for example")
    for name, counts in errors.items():
        if name != ALL and not (by_language and len(errors) > 2):
            continue
        table.add_row(plain(name), style="dim")
        for count in counts:
            values = (count.n_cases, count.n_gold, count.n_predicted)
            cells = [NONE if value is None else str(value) for value in values]
            table.add_row(count.kind, *cells, str(len(count.sentence_ids)), _some(count.sentence_ids))
    return table


def slice_table(diagnosis: Diagnosis) -> Table:
    """Return the strict scores of every bucket of every slice."""
    table = make_table("slices", "gold", "predicted", "P", "R", "F1", "95 %", "sentences")
    by = ""
    for score in diagnosis.slices():
        if score.by != by:
            by = score.by
            table.add_row(by.replace("_", " "), style="dim")
        n_gold = NONE if score.n_gold is None else str(score.n_gold)
        cells = [number(value) for value in (score.precision, score.recall, score.f1)]
        n_sentences = str(len(score.sentence_ids))
        table.add_row(
            plain(score.bucket), n_gold, str(score.n_predicted), *cells, interval_text(score.interval), n_sentences
        )
    return table


def confidence_lines(diagnosis: Diagnosis, scale: float) -> list[str]:
    """Return a line on each kind of confidence that predictions have, and on the links of each language."""
    lines = []
    for name, found in diagnosis.calibrations(scale=scale).items():
        if found.n:
            error = "none (not in [0, 1], see --score-max)" if found.ece is None else f"{found.ece:.3f}"
            lines.append(
                f"{name} of {found.n} predictions: a right one is above a wrong one with probability "
                f"{number(found.auc)}, calibration error {error}"
            )
    lines += [
        f"links {lang}: alignment error rate {number(counts.aer)}, P {number(counts.precision)}, "
        f"R {number(counts.recall)}, {counts.n_sure} sure gold links"
        for lang, counts in diagnosis.links.items()
    ]
    return lines


def print_lines(lines: Iterable[str]) -> None:
    """Print lines as they are."""
    for line in lines:
        print(line)


def _some(names: Sequence[str]) -> str:
    return ", ".join(plain(name) for name in names[:_N_EXAMPLES]) + (" …" if len(names) > _N_EXAMPLES else "")
