"""Whether one set of predictions is better than another: differences on the same sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xner.evaluate.bootstrap import Interval, mean_f1_interval, paired_mean_difference
from xner.evaluate.permutation import permutation_p
from xner.evaluate.report import EvaluationReport
from xner.evaluate.spans import Counts
from xner.evaluate.statistics import F1_COLUMNS

ALL, MEAN = "all", "mean"
"""Names of the slices of all sentences, and of the mean over languages."""

_IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SystemScore:
    """Strict F1 of one system in one slice: ``all``, ``mean`` (over languages) or a language; 95 % interval."""

    system: str
    slice: str
    f1: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class SystemDifference:
    """F1 of a system minus that of the reference, its 95 % interval, and the p of "they don't differ".

    `p` is that of the paired permutation test, `p_bootstrap` is read off the same resamples as the interval. Neither is
    corrected for the number of comparisons. ``None`` where one of the two has no F1.
    """

    system: str
    reference: str
    slice: str
    delta: float | None
    low: float | None
    high: float | None
    p: float | None
    p_bootstrap: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Scores and differences on the `n_sentences` that ran in every system; `n_left_out` did not in some.

    `not_run` says how many sentences did not run, by system; these would count against it and don't here.
    """

    n_sentences: int
    n_left_out: int
    not_run: Mapping[str, int]
    scores: tuple[SystemScore, ...]
    differences: tuple[SystemDifference, ...]
    n_resamples: int
    seed: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain values by name, ready for JSON."""
        scores = []
        for score in self.scores:
            low, high = score.interval or (None, None)
            scores.append(
                {"system": score.system, "slice": score.slice, "f1": score.f1, "f1_low": low, "f1_high": high}
            )
        return {
            "n_sentences": self.n_sentences,
            "n_left_out": self.n_left_out,
            "n_not_run": dict(self.not_run),
            "n_resamples": self.n_resamples,
            "seed": self.seed,
            "scores": scores,
            "differences": [asdict(difference) for difference in self.differences],
        }


def compare(
    reports: Mapping[str, EvaluationReport], *, by_language: bool = True, n_resamples: int = 9999, seed: int = 0
) -> Comparison:
    """Return the scores of systems, and the difference of each to the first one, on the sentences that all of them ran.

    Slices: ``all``; where there are several languages also their ``mean`` and, if asked, each of them.

    Args:
        reports: name of the system to its report, two or more, of the same gold with the same labels ignored.
        by_language: whether each language has a slice of its own.
        n_resamples: of each interval and each test, >= 1.
        seed: of both.

    Raises:
        ValueError: fewer than two systems, no sentence that all ran, or gold that differs.
    """
    if len(reports) < 2:
        raise ValueError(f"{len(reports)} systems, a comparison needs at least two")
    reference, *others = reports
    ids, languages = _shared(list(reports.values()))
    if not ids:
        raise ValueError("there is no sentence that all systems ran")
    tables = {name: _table(report, ids) for name, report in reports.items()}
    slices = _slices(languages, by_language)
    return Comparison(
        n_sentences=len(ids),
        n_left_out=len(set().union(*(report.statistics.ids for report in reports.values()))) - len(ids),
        not_run={name: report.overall.n_not_run for name, report in reports.items()},
        scores=tuple(
            _score(name, slice_, [table[rows] for rows in strata], n_resamples, seed)
            for slice_, strata in slices.items()
            for name, table in tables.items()
        ),
        differences=tuple(
            _difference(
                (name, reference, slice_),
                [(tables[name][rows], tables[reference][rows]) for rows in strata],
                n_resamples,
                seed,
            )
            for slice_, strata in slices.items()
            for name in others
        ),
        n_resamples=n_resamples,
        seed=seed,
    )


def _shared(reports: Sequence[EvaluationReport]) -> tuple[list[str], list[str]]:
    """Return ids, in order of the first report, and languages of the sentences that all ran."""
    ran = [set(report.sentence_ids) for report in reports]
    shared = set.intersection(*ran)
    first = reports[0].statistics
    kept = [(name, lang) for name, lang in zip(first.ids, first.languages, strict=True) if name in shared]
    return [name for name, _ in kept], [lang for _, lang in kept]


def _table(report: EvaluationReport, ids: Sequence[str]) -> _IntArray:
    place = {name: number for number, name in enumerate(report.statistics.ids)}
    return report.statistics.whole[[place[name] for name in ids]][:, F1_COLUMNS]


def _slices(languages: Sequence[str], by_language: bool) -> dict[str, list[_IntArray]]:
    """Return the strata of each slice, as indices of sentences."""
    by_name = {lang: np.flatnonzero(np.array(languages, object) == lang) for lang in sorted(set(languages))}
    slices = {ALL: [np.arange(len(languages))]}
    if len(by_name) > 1:
        slices[MEAN] = list(by_name.values())
        if by_language:
            slices |= {lang: [rows] for lang, rows in by_name.items()}
    return slices


def _score(system: str, slice_: str, strata: Sequence[_IntArray], n_resamples: int, seed: int) -> SystemScore:
    scores = [Counts(*(int(n) for n in table.sum(axis=0))).f1 for table in strata]
    defined = [score for score in scores if score is not None]
    if not defined:
        return SystemScore(system, slice_, None, None)
    return SystemScore(system, slice_, sum(defined) / len(defined), mean_f1_interval(strata, n_resamples, seed))


def _difference(
    names: tuple[str, str, str], strata: Sequence[tuple[_IntArray, _IntArray]], n_resamples: int, seed: int
) -> SystemDifference:
    found = paired_mean_difference(strata, n_resamples, seed)
    if found is None:
        return SystemDifference(*names, None, None, None, None, None)
    p = permutation_p(strata, n_resamples, seed)
    return SystemDifference(*names, found.delta, found.low, found.high, p, found.p)
