"""How far two or more annotators of the same sentences agree: span F1, Cohen's kappa, Krippendorff's alpha.

Everything starts from sufficient statistics, one table a sentence that adds over sentences; figures of a label and
bootstrap intervals are read off the same sums. The value of a token is the label of the entity that it lies in, or O:
whether it opens the entity is left out, because boundaries are what the span F1 counts. Undefined is ``None``, never 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from xner.evaluate.bootstrap import Interval, percentiles, resampled_sums
from xner.evaluate.coefficients import FloatArray, alphas, f1s, kappas, n_tolerant_matches, pairable, ratio, value_of
from xner.types import Entity

Annotated = tuple[int, Sequence[Entity]]
"""Number of tokens of a sentence and one annotator's entities in it."""

_MISSING = -1
_N_PAIR_ROWS = 7
_BOTH, _LEFT, _RIGHT, _STRICT, _TOLERANT, _N_LEFT, _N_RIGHT = range(_N_PAIR_ROWS)
"""Rows of a pair's statistics: tokens (value by both, by one, by the other), then spans."""
_N_SHARED_ROWS = 3
_VALUES, _AGREED, _ENTITIES = range(-_N_SHARED_ROWS, 0)
"""Rows of all annotators together: values of tokens that two or more have, agreeing pairs of them, entities."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One coefficient and its bootstrap interval over sentences; both ``None`` where it is undefined."""

    value: float | None = None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two annotators on the sentences that both did.

    `strict` and `tolerant` are span F1, `kappa` is Cohen's on tokens; `outside` is the share of O in both annotators'
    tokens. `n_entities` holds one number for each of the two.
    """

    annotators: tuple[str, str]
    n_sentences: int
    n_tokens: int
    n_entities: tuple[int, int]
    strict: Figure
    tolerant: Figure
    kappa: Figure
    outside: float | None


@dataclass(frozen=True, slots=True)
class AgreementSlice:
    """All annotators on the sentences that at least two did, of one language or one label where these aren't ``None``.

    `strict` and `tolerant` are the F1 of the counts summed over all pairs of annotators, `alpha` is Krippendorff's
    (nominal, on tokens), `outside` the share of O in the values it rests on. `n_entities` counts every annotator's.
    In the slice of a label all other labels are O.
    """

    language: str | None
    label: str | None
    n_sentences: int
    n_entities: int
    strict: Figure
    tolerant: Figure
    alpha: Figure
    outside: float | None
    pairs: tuple[PairAgreement, ...]


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """Agreement overall, by language and by label, the last two in alphabetical order."""

    annotators: tuple[str, ...]
    overall: AgreementSlice
    by_language: tuple[AgreementSlice, ...]
    by_label: tuple[AgreementSlice, ...]


def agreement(
    annotators: Mapping[str, Mapping[str, Annotated]],
    languages: Mapping[str, str] | None = None,
    *,
    n_resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> AgreementReport:
    """Return how far the annotators agree on the sentences that at least two of them did.

    Args:
        annotators: name -> sentence id -> (number of tokens, entities), on one tokenisation for all.
        languages: sentence id -> language; sentences without one count overall only.
        n_resamples: bootstrap resamples of sentences, >= 1.
        seed: of NumPy's PCG64.
        level: share of resamples inside an interval, in (0, 1).

    Raises:
        ValueError: fewer than two annotators, or a sentence that has two lengths, overlapping entities or entities
            beyond its end.

    Example:
        >>> from xner.types import Span
        >>> ada = {"1": (4, [Entity(Span(0, 2), "PER")]), "2": (3, [Entity(Span(2, 3), "LOC")])}
        >>> bob = {"1": (4, [Entity(Span(0, 1), "PER")]), "2": (3, [Entity(Span(2, 3), "LOC")])}
        >>> overall = agreement({"Ada": ada, "Bob": bob}).overall
        >>> overall.strict.value, overall.tolerant.value, round(overall.pairs[0].kappa.value, 2)
        (0.5, 1.0, 0.73)
    """
    names = tuple(sorted(annotators))
    if len(names) < 2:
        raise ValueError(f"{len(names)} annotators, agreement needs at least two")
    n_done = Counter(sentence for name in names for sentence in annotators[name])
    shared = sorted(sentence for sentence, n in n_done.items() if n >= 2)
    done = [annotators[name][s][1] for name in names for s in shared if s in annotators[name]]
    labels = sorted({entity.label for entities in done for entity in entities})
    table = _table([annotators[name] for name in names], shared, labels)
    present = np.array([[s in annotators[name] for name in names] for s in shared], bool).reshape(-1, len(names))
    by_language: dict[str, list[int]] = {}
    for row, sentence in enumerate(shared):
        if languages is not None and sentence in languages:
            by_language.setdefault(languages[sentence], []).append(row)

    def slices(rows: Collection[int], language: str | None, wanted: Sequence[str | None]) -> list[AgreementSlice]:
        kept = list(rows)
        sums, resampled = _sums(table[kept], n_resamples, seed)
        made = []
        for label in wanted:
            code = None if label is None else 1 + labels.index(label)
            source = _Source(_only(sums, code), _only(resampled, code), level, names, present[kept])
            made.append(source.slice(language, label))
        return made

    overall, *by_label = slices(range(len(shared)), None, [None, *labels])
    return AgreementReport(
        annotators=names,
        overall=overall,
        by_language=tuple(slices(by_language[lang], lang, [None])[0] for lang in sorted(by_language)),
        by_label=tuple(by_label),
    )


def which_to_trust(found: AgreementSlice) -> str:
    """Return one sentence that says which of the figures to go by, and why."""
    if not found.n_sentences:
        return "No sentence was done by two annotators, so there is nothing to compare yet."
    if not found.n_entities or found.strict.value is None:
        return "Nobody marked an entity in the shared sentences, so no figure says anything about entities."
    share = "most" if found.outside is None else f"{100 * found.outside:.0f} %"
    tolerant = found.tolerant.value or 0.0
    edges = f" ({tolerant:.2f} if an edge may be one token off)" if tolerant != found.strict.value else ""
    return (
        f"Go by the strict span F1 of {found.strict.value:.2f}{edges}: token κ and α are inflated by O, "
        f"{share} of the tokens, on which it is easy to agree."
    )


def _table(done: Sequence[Mapping[str, Annotated]], shared: Sequence[str], labels: Sequence[str]) -> FloatArray:
    """Return (n_sentences, n_pairs * 7 + 3, 1 + n_labels); the first column stands for O."""
    lengths = [_length(done, sentence) for sentence in shared]
    code_of = {label: code for code, label in enumerate(labels, start=1)}
    codes = np.stack([_codes(annotator, shared, lengths, code_of) for annotator in done])
    n_values, n_sentences = 1 + len(labels), len(shared)
    of_token = np.repeat(np.arange(n_sentences), lengths)
    pairs = list(combinations(range(len(done)), 2))
    table = np.zeros((n_sentences, len(pairs) * _N_PAIR_ROWS + _N_SHARED_ROWS, n_values))
    for block, (a, b) in enumerate(pairs):
        first = block * _N_PAIR_ROWS
        met = (codes[a] >= 0) & (codes[b] >= 0)
        for row, where, values in (
            (_BOTH, met & (codes[a] == codes[b]), codes[a]), (_LEFT, met, codes[a]), (_RIGHT, met, codes[b]),
        ):  # fmt: skip
            table[:, first + row] = _tally(of_token[where], values[where], n_sentences, n_values)
        for number, sentence in enumerate(shared):
            if sentence in done[a] and sentence in done[b]:
                _count_spans(table[number, first:], done[a][sentence][1], done[b][sentence][1], code_of)
    table[:, _VALUES], table[:, _AGREED] = pairable(codes, of_token, n_sentences, n_values)
    for number, sentence in enumerate(shared):
        for annotator in done:
            for entity in annotator.get(sentence, (0, ()))[1]:
                table[number, _ENTITIES, code_of[entity.label]] += 1
    return table


def _length(done: Sequence[Mapping[str, Annotated]], sentence: str) -> int:
    lengths = {annotator[sentence][0] for annotator in done if sentence in annotator}
    if len(lengths) > 1:
        raise ValueError(f"{sentence}: annotators have {sorted(lengths)} tokens, agreement needs one tokenisation")
    return lengths.pop()


def _codes(
    annotator: Mapping[str, Annotated], shared: Sequence[str], lengths: Sequence[int], code_of: Mapping[str, int]
) -> NDArray[np.int64]:
    """Return the value of every token of the shared sentences in a row, `_MISSING` where the annotator has none."""
    codes = np.full(sum(lengths), _MISSING, np.int64)
    first = 0
    for sentence, length in zip(shared, lengths, strict=True):
        if sentence in annotator:
            codes[first : first + length] = 0
            for entity in annotator[sentence][1]:
                tokens = slice(first + entity.span.start, first + entity.span.end)
                if entity.span.end > length or codes[tokens].any():
                    raise ValueError(f"{sentence}: entities overlap or end after token {length - 1}")
                codes[tokens] = code_of[entity.label]
        first += length
    return codes


def _tally(groups: NDArray[np.int64], values: NDArray[np.int64], n_groups: int, n_values: int) -> FloatArray:
    counts = np.bincount(groups * n_values + values, minlength=n_groups * n_values)
    return counts.reshape(n_groups, n_values).astype(np.float64)


def _count_spans(rows: FloatArray, left: Sequence[Entity], right: Sequence[Entity], code_of: Mapping[str, int]) -> None:
    for label in {entity.label for entity in (*left, *right)}:
        code = code_of[label]
        a, b = [e for e in left if e.label == label], [e for e in right if e.label == label]
        rows[_STRICT, code] = len({e.span for e in a} & {e.span for e in b})
        rows[_TOLERANT, code] = n_tolerant_matches(a, b)
        rows[_N_LEFT, code], rows[_N_RIGHT, code] = len(a), len(b)


def _sums(table: FloatArray, n_resamples: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return (1, n_rows, n_values), the sum over sentences, and (n_resamples, n_rows, n_values), resampled ones."""
    sums = table.sum(axis=0, keepdims=True)
    if not len(table):
        return sums, sums
    flat = np.concatenate(list(resampled_sums(table.reshape(len(table), -1), n_resamples, seed)))
    return sums, flat.reshape(-1, *table.shape[1:])


def _only(sums: FloatArray, code: int | None) -> FloatArray:
    """Return the statistics if every value but one were O."""
    if code is None:
        return sums
    one = sums[:, :, code]
    rest = sums.sum(axis=2) - one
    for first in range(0, sums.shape[1] - _N_SHARED_ROWS, _N_PAIR_ROWS):
        n_tokens = sums[:, first + _LEFT].sum(axis=1)
        rest[:, first + _BOTH] = n_tokens - one[:, first + _LEFT] - one[:, first + _RIGHT] + one[:, first + _BOTH]
        rest[:, first + _STRICT : first + _N_PAIR_ROWS] = 0
    # With n of m for the value, the others pair (m - n)(m - n - 1) / (m - 1) = n(n - 1) / (m - 1) + m - 2n times.
    rest[:, _AGREED] = one[:, _AGREED] + sums[:, _VALUES].sum(axis=1) - 2 * one[:, _VALUES]
    rest[:, _ENTITIES] = 0
    return np.stack([rest, one], axis=2)


@dataclass(frozen=True, slots=True)
class _Source:
    """Sums of one slice, observed and resampled, (n, n_pairs * 7 + 3, n_values), and what they are sums of."""

    sums: FloatArray
    resampled: FloatArray
    level: float
    names: tuple[str, ...]
    present: NDArray[np.bool_]

    def slice(self, language: str | None, label: str | None) -> AgreementSlice:
        pairs = tuple(
            self.pair(block * _N_PAIR_ROWS, a, b)
            for block, (a, b) in enumerate(combinations(range(len(self.names)), 2))
        )
        return AgreementSlice(
            language=language,
            label=label,
            n_sentences=len(self.present),
            n_entities=int(self.sums[0, _ENTITIES].sum()),
            strict=self.figure(lambda x: f1s(*(_over_pairs(x, row) for row in (_STRICT, _N_LEFT, _N_RIGHT)))),
            tolerant=self.figure(lambda x: f1s(*(_over_pairs(x, row) for row in (_TOLERANT, _N_LEFT, _N_RIGHT)))),
            alpha=self.figure(lambda x: alphas(x[:, _VALUES], x[:, _AGREED])),
            outside=value_of(ratio(self.sums[:, _VALUES, 0], self.sums[:, _VALUES].sum(axis=1))),
            pairs=pairs,
        )

    def pair(self, first: int, a: int, b: int) -> PairAgreement:
        def rows(x: FloatArray, *wanted: int) -> list[FloatArray]:
            return [x[:, first + row] for row in wanted]

        left, right, n_left, n_right = rows(self.sums, _LEFT, _RIGHT, _N_LEFT, _N_RIGHT)
        return PairAgreement(
            annotators=(self.names[a], self.names[b]),
            n_sentences=int((self.present[:, a] & self.present[:, b]).sum()),
            n_tokens=int(left.sum()),
            n_entities=(int(n_left.sum()), int(n_right.sum())),
            strict=self.figure(lambda x: f1s(*rows(x, _STRICT, _N_LEFT, _N_RIGHT))),
            tolerant=self.figure(lambda x: f1s(*rows(x, _TOLERANT, _N_LEFT, _N_RIGHT))),
            kappa=self.figure(lambda x: kappas(*rows(x, _BOTH, _LEFT, _RIGHT))),
            outside=value_of(ratio(left[:, 0] + right[:, 0], (left + right).sum(axis=1))),
        )

    def figure(self, of: Callable[[FloatArray], FloatArray]) -> Figure:
        value = value_of(of(self.sums))
        return Figure() if value is None else Figure(value, percentiles(of(self.resampled), self.level))


def _over_pairs(sums: FloatArray, row: int) -> FloatArray:
    total: FloatArray = sums[:, row:-_N_SHARED_ROWS:_N_PAIR_ROWS].sum(axis=1)
    return total
