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

from xner.evaluate.agreement_counts import (
    AGREED,
    BOTH,
    ENTITIES,
    LEFT,
    N_LEFT,
    N_PAIR_ROWS,
    N_RIGHT,
    RIGHT,
    STRICT,
    TOLERANT,
    VALUES,
    Annotated,
    count_table,
    only,
    over_pairs,
    sums_of,
)
from xner.evaluate.bootstrap import Interval, percentiles
from xner.evaluate.coefficients import FloatArray, alphas, f1s, kappas, ratio, value_of

__all__ = ["AgreementReport", "AgreementSlice", "Annotated", "Figure", "PairAgreement", "agreement", "which_to_trust"]


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
        >>> from xner.types import Entity, Span
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
    table = count_table([annotators[name] for name in names], shared, labels)
    present = np.array([[s in annotators[name] for name in names] for s in shared], bool).reshape(-1, len(names))
    by_language: dict[str, list[int]] = {}
    for row, sentence in enumerate(shared):
        if languages is not None and sentence in languages:
            by_language.setdefault(languages[sentence], []).append(row)

    def slices(rows: Collection[int], language: str | None, wanted: Sequence[str | None]) -> list[AgreementSlice]:
        kept = list(rows)
        sums, resampled = sums_of(table[kept], n_resamples, seed)
        made = []
        for label in wanted:
            code = None if label is None else 1 + labels.index(label)
            source = _Source(only(sums, code), only(resampled, code), level, names, present[kept])
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
            self.pair(block * N_PAIR_ROWS, a, b) for block, (a, b) in enumerate(combinations(range(len(self.names)), 2))
        )
        return AgreementSlice(
            language=language,
            label=label,
            n_sentences=len(self.present),
            n_entities=int(self.sums[0, ENTITIES].sum()),
            strict=self.figure(lambda x: f1s(*(over_pairs(x, row) for row in (STRICT, N_LEFT, N_RIGHT)))),
            tolerant=self.figure(lambda x: f1s(*(over_pairs(x, row) for row in (TOLERANT, N_LEFT, N_RIGHT)))),
            alpha=self.figure(lambda x: alphas(x[:, VALUES], x[:, AGREED])),
            outside=value_of(ratio(self.sums[:, VALUES, 0], self.sums[:, VALUES].sum(axis=1))),
            pairs=pairs,
        )

    def pair(self, first: int, a: int, b: int) -> PairAgreement:
        def rows(x: FloatArray, *wanted: int) -> list[FloatArray]:
            return [x[:, first + row] for row in wanted]

        left, right, n_left, n_right = rows(self.sums, LEFT, RIGHT, N_LEFT, N_RIGHT)
        return PairAgreement(
            annotators=(self.names[a], self.names[b]),
            n_sentences=int((self.present[:, a] & self.present[:, b]).sum()),
            n_tokens=int(left.sum()),
            n_entities=(int(n_left.sum()), int(n_right.sum())),
            strict=self.figure(lambda x: f1s(*rows(x, STRICT, N_LEFT, N_RIGHT))),
            tolerant=self.figure(lambda x: f1s(*rows(x, TOLERANT, N_LEFT, N_RIGHT))),
            kappa=self.figure(lambda x: kappas(*rows(x, BOTH, LEFT, RIGHT))),
            outside=value_of(ratio(left[:, 0] + right[:, 0], (left + right).sum(axis=1))),
        )

    def figure(self, of: Callable[[FloatArray], FloatArray]) -> Figure:
        value = value_of(of(self.sums))
        return Figure() if value is None else Figure(value, percentiles(of(self.resampled), self.level))
