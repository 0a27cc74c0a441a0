"""Score a file of predictions against a file of gold."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from xner.errors import ConfigError, InputError
from xner.evaluate.report import By, EvaluationReport, evaluate
from xner.io.labelled import LabelledSentence
from xner.io.reading import read_labelled
from xner.io.records import Side
from xner.io.report import RowProblem
from xner.signature import hash_file

_HASH_DIGITS = 12


@dataclass(frozen=True, slots=True)
class ScoredFiles:
    """The report, and the rows of either file that could not be read and are not in it."""

    report: EvaluationReport
    problems: tuple[RowProblem, ...]


@dataclass(slots=True)
class _Rows:
    usable: list[LabelledSentence] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)

    @property
    def have_ids(self) -> bool:
        return any(row.id for row in self.usable)


def score_files(
    gold: Path,
    predicted: Path,
    *,
    by: By | None = "target_lang",
    labels: Collection[str] = (),
    ignore_labels: Collection[str] = frozenset(),
    lang: str | None = None,
    on_problem: Callable[[RowProblem], None] = lambda _problem: None,
) -> ScoredFiles:
    """Return the scores of `predicted` against `gold`; the signature names both files by their hashes.

    A predicted row that can't be read counts as missing, a gold row that can't be read is not scored. CoNLL tags are
    repaired as they are read (an ``I-`` that continues nothing opens an entity), so strict scoring never sees such.

    Args:
        gold: file whose rows hold gold entities.
        predicted: file whose rows hold a projection, or entities.
        by: see `xner.evaluate.report.evaluate`, as for `labels` and `ignore_labels`.
        labels: labels that get a row in any case.
        ignore_labels: entities of these labels don't exist, on either side.
        lang: language of rows that don't name theirs; left out, they are ``und``.
        on_problem: called with every row that can't be read, as it is met.

    Raises:
        InputError: a file can't be read or has no usable row, or its rows can't be paired with those of the other.
    """
    gold_rows = _read(gold, "gold", lang, on_problem)
    predicted_rows = _read(predicted, "predicted", lang, on_problem)
    problems = (*gold_rows.problems, *predicted_rows.problems)
    if not gold_rows.usable:
        raise InputError(
            "there is no gold sentence in it.", "Gold is scored against, so it needs rows.", file=str(gold)
        )
    if problems and not (gold_rows.have_ids and predicted_rows.have_ids):
        # Paired by order, every row after the one left out would meet a stranger.
        raise InputError(
            f"{len(problems)} rows can't be read, and without ids the others can't be paired safely.",
            "Correct the rows named above, or give every sentence an id.", file=problems[0].file,
        )  # fmt: skip
    report = evaluate(
        gold_rows.usable,
        predicted_rows.usable,
        by=by,
        labels=labels,
        ignore_labels=ignore_labels,
        provenance={"gold": _fingerprint(gold), "predicted": _fingerprint(predicted)},
    )
    return ScoredFiles(report, problems)


def write_report(report: EvaluationReport, path: Path) -> None:
    """Write the report as JSON.

    Raises:
        ConfigError: the file can't be written.
    """
    text = json.dumps(report.as_dict(), indent=2, allow_nan=False)
    try:
        path.write_text(text + "\n", encoding="ascii")
    except OSError as error:
        raise ConfigError(f"{path}: can't be written: {error.strerror or error}.", "Choose another --json.") from None


def _read(path: Path, side: Side, lang: str | None, on_problem: Callable[[RowProblem], None]) -> _Rows:
    rows = _Rows()
    for row in read_labelled(path, side, lang=lang):
        if isinstance(row, RowProblem):
            rows.problems.append(row)
            on_problem(row)
        else:
            rows.usable.append(row)
    return rows


def _fingerprint(path: Path) -> str:
    # A pipe can't be read a second time.
    return f"sha256:{hash_file(path)[:_HASH_DIGITS]}" if path.is_file() else "stream"
