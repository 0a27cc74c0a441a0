"""Score a file of predictions against a file of gold, say where its errors are, compare several."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xner.errors import ConfigError, InputError
from xner.evaluate.comparison import Comparison, compare
from xner.evaluate.diagnosis import Diagnosis, diagnose
from xner.evaluate.report import By, EvaluationReport, evaluate
from xner.io.labelled import LabelledSentence
from xner.io.reading import read_labelled
from xner.io.records import Side
from xner.io.report import RowProblem
from xner.services.evaluation_evidence import read_evidence
from xner.services.output_files import write_whole
from xner.signature import hash_file

_HASH_DIGITS = 12


@dataclass(frozen=True, slots=True)
class ScoredFiles:
    """The report, and the rows of either file that could not be read and are not in it.

    `have_ids` says whether sentences were paired by their ids.
    """

    report: EvaluationReport
    problems: tuple[RowProblem, ...]
    have_ids: bool


@dataclass(frozen=True, slots=True)
class ComparedFiles:
    """The comparison, the report of each file by its name, and the rows that could not be read."""

    comparison: Comparison
    reports: Mapping[str, EvaluationReport]
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
    n_resamples: int = 5000,
    seed: int = 0,
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
        n_resamples: bootstrap resamples of each interval.
        seed: of these.
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
    have_ids = gold_rows.have_ids and predicted_rows.have_ids
    if problems and not have_ids:
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
        n_resamples=n_resamples,
        seed=seed,
        provenance={"gold": _fingerprint(gold), "predicted": _fingerprint(predicted)},
    )
    return ScoredFiles(report, problems, have_ids)


def diagnose_files(scored: ScoredFiles, gold: Path, predicted: Path) -> Diagnosis:
    """Return where the errors are; the two files are read again for sources, margins and links.

    Sentences that were paired by order have none of these.

    Raises:
        InputError: a file can't be read any more.
    """
    return diagnose(scored.report, read_evidence(gold, predicted) if scored.have_ids else None)


def compare_files(
    gold: Path,
    predicted: Sequence[Path],
    *,
    by_language: bool = True,
    ignore_labels: Collection[str] = frozenset(),
    lang: str | None = None,
    n_resamples: int = 9999,
    seed: int = 0,
    on_problem: Callable[[RowProblem], None] = lambda _problem: None,
) -> ComparedFiles:
    """Return how files of predictions differ from the first of them, on the sentences that ran in all.

    Args:
        gold: file whose rows hold gold entities.
        predicted: two or more files, each called by its path.
        by_language: see `xner.evaluate.comparison.compare`, as for `n_resamples` and `seed`.
        ignore_labels: entities of these labels don't exist, on either side.
        lang: language of rows that don't name theirs.
        n_resamples: resamples of each interval and test.
        seed: of both.
        on_problem: called with every row that can't be read; rows of gold once.

    Raises:
        InputError: see `score_files`; or no sentence ran in all files.
        ConfigError: fewer than two files, or one of them twice.
    """
    names = [str(path) for path in predicted]
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise ConfigError("A comparison needs two or more files of predictions.", "Name each file once.")
    told: set[RowProblem] = set()

    def tell_once(problem: RowProblem) -> None:
        if problem not in told:
            told.add(problem)
            on_problem(problem)

    scored = {
        name: score_files(
            gold,
            path,
            by=None,
            ignore_labels=ignore_labels,
            lang=lang,
            n_resamples=n_resamples,
            seed=seed,
            on_problem=tell_once,
        )
        for name, path in zip(names, predicted, strict=True)
    }
    reports = {name: found.report for name, found in scored.items()}
    if not set.intersection(*(set(report.sentence_ids) for report in reports.values())):
        raise InputError("no sentence ran in all files, so there is nothing to compare.", "Name files of one corpus.")
    comparison = compare(reports, by_language=by_language, n_resamples=n_resamples, seed=seed)
    problems = dict.fromkeys(problem for found in scored.values() for problem in found.problems)
    return ComparedFiles(comparison, reports, tuple(problems))


def write_report(report: EvaluationReport, path: Path, parts: Mapping[str, Any] | None = None) -> None:
    """Write the report as JSON, and the parts of a diagnosis beside its own.

    Raises:
        ConfigError: the file can't be written.
    """
    write_json(report.as_dict() | dict(parts or {}), path)


def write_json(value: Mapping[str, Any], path: Path) -> None:
    """Write an object as JSON.

    Raises:
        ConfigError: the file can't be written.
    """
    text = json.dumps(value, indent=2, allow_nan=False)
    try:
        write_whole(path, text + "\n")
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
