"""What each sentence adds to every score: one row of counts a sentence, and one a sentence and label. Made once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xner.evaluate.schemas import SCHEMAS, Schema, SchemaCounts, count_schemas
from xner.evaluate.spans import Counts
from xner.io.labelled import LabelledSentence
from xner.text.iob import labels_from_entities
from xner.types import Entity

IntArray = NDArray[np.int64]

_N_COLUMNS = 11
(
    N_GOLD, N_PREDICTED, STRICT, STRICT_WRONG, EXACT, EXACT_WRONG, HALF, TYPE, TYPE_WRONG, N_TOKENS, TOKENS_RIGHT,
) = range(_N_COLUMNS)  # fmt: skip
"""Columns: entities of either side; right and wrong ones by schema; tokens, and those whose tags are equal."""
F1_COLUMNS = (STRICT, N_PREDICTED, N_GOLD)
"""What `xner.evaluate.bootstrap` wants of a sentence."""
_OF_SCHEMA: dict[Schema, tuple[int, int | None, int | None]] = {
    "strict": (STRICT, STRICT_WRONG, None),
    "exact": (EXACT, EXACT_WRONG, None),
    "partial": (EXACT, None, HALF),
    "ent_type": (TYPE, TYPE_WRONG, None),
}
"""Columns of the right, wrong and half right ones of a schema."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts of every sentence, (n_sentences, 11) in `whole`, and of every label in it.

    `by_label` is (n_rows, 2 + 11): sentence, index in `labels`, then the same columns, of the entities of that label
    alone; labels that a sentence lacks on both sides have no row. Where `ran` is False only gold and tokens are known.
    Every sum over sentences of these is the count of that slice.
    """

    ids: tuple[str, ...]
    languages: tuple[str, ...]
    ran: NDArray[np.bool_]
    labels: tuple[str, ...]
    whole: IntArray
    by_label: IntArray

    def __len__(self) -> int:
        return len(self.ids)

    def counts(self, label: str | None = None) -> IntArray:
        """Return (n_sentences, 11): the counts of a label, zeros where it is unknown; of all together for ``None``."""
        if label is None:
            return self.whole
        dense = np.zeros_like(self.whole)
        if label in self.labels:
            rows = self.by_label[self.by_label[:, 1] == self.labels.index(label)]
            dense[rows[:, 0]] = rows[:, 2:]
        return dense

    def only(self, where: NDArray[np.bool_]) -> Statistics:
        """Return the statistics of the sentences where the mask, (n_sentences,), is True."""
        place = np.cumsum(where) - 1
        rows = self.by_label[where[self.by_label[:, 0]]]
        rows[:, 0] = place[rows[:, 0]]
        kept = np.flatnonzero(where)
        return replace(
            self,
            ids=tuple(self.ids[i] for i in kept),
            languages=tuple(self.languages[i] for i in kept),
            ran=self.ran[where],
            whole=self.whole[where],
            by_label=rows,
        )

    def of_language(self, lang: str) -> Statistics:
        """Return the statistics of the sentences in a language."""
        return self.only(np.array([name == lang for name in self.languages], bool))


def collect(rows: Iterable[tuple[LabelledSentence, Sequence[Entity] | None]]) -> Statistics:
    """Return the statistics of gold sentences with what was predicted in each, ``None`` where nothing ran.

    Example:
        >>> from xner.types import Sentence, Span
        >>> gold = LabelledSentence("1", Sentence(("Ana", "Lu", "left"), "sw"), (Entity(Span(0, 2), "PER"),))
        >>> found = collect([(gold, [Entity(Span(0, 1), "PER")])])
        >>> [(name, schema_counts(found.whole.sum(axis=0), name).f1) for name in ("strict", "partial", "ent_type")]
        [('strict', 0.0), ('partial', 0.5), ('ent_type', 1.0)]
    """
    given = list(rows)
    labels = sorted({e.label for gold, found in given for e in (*(gold.entities or ()), *(found or ()))})
    code_of = {label: code for code, label in enumerate(labels)}
    whole = np.zeros((len(given), _N_COLUMNS), np.int64)
    by_label: list[list[int]] = []
    for number, (gold, predicted) in enumerate(given):
        expected, found = gold.entities or (), predicted or ()
        ran, n_tokens = predicted is not None, len(gold.sentence)
        counts = _counts(expected, found, ran)
        whole[number] = [*counts, n_tokens, _n_right(expected, found, n_tokens) if ran else 0]
        present = {e.label for e in (*expected, *found)}
        for label in sorted(present):
            if len(present) > 1:
                gold_ones, found_ones = ([e for e in side if e.label == label] for side in (expected, found))
                counts = _counts(gold_ones, found_ones, ran)
            by_label.append([number, code_of[label], *counts, 0, 0])
    return Statistics(
        ids=tuple(gold.id for gold, _ in given),
        languages=tuple(gold.sentence.lang for gold, _ in given),
        ran=np.array([found is not None for _, found in given], bool),
        labels=tuple(labels),
        whole=whole,
        by_label=np.array(by_label, np.int64).reshape(len(by_label), 2 + _N_COLUMNS),
    )


def _counts(gold: Sequence[Entity], predicted: Sequence[Entity], ran: bool) -> list[int]:
    schemas = count_schemas(gold, predicted)
    strict, exact, of_type = schemas["strict"], schemas["exact"], schemas["ent_type"]
    if not ran:
        return [strict.n_gold, *[0] * 8]
    return [
        strict.n_gold, strict.n_predicted, strict.correct, strict.incorrect, exact.correct, exact.incorrect,
        schemas["partial"].partial, of_type.correct, of_type.incorrect,
    ]  # fmt: skip


def _n_right(gold: Sequence[Entity], predicted: Sequence[Entity], n_tokens: int) -> int:
    if [(e.span, e.label) for e in gold] == [(e.span, e.label) for e in predicted]:
        return n_tokens
    sides = (labels_from_entities(side, n_tokens) for side in (gold, predicted))
    return sum(one == other for one, other in zip(*sides, strict=True))


def strict_counts(sums: IntArray) -> Counts:
    """Return the strict counts of one row of sums, (11,)."""
    return Counts(*(int(sums[column]) for column in F1_COLUMNS))


def schema_counts(sums: IntArray, schema: Schema) -> SchemaCounts:
    """Return the counts of a schema of one row of sums, (11,)."""
    right, wrong, half = (0 if column is None else int(sums[column]) for column in _OF_SCHEMA[schema])
    n_met = right + wrong + half
    return SchemaCounts(right, wrong, half, int(sums[N_GOLD]) - n_met, int(sums[N_PREDICTED]) - n_met)


def all_schemas(sums: IntArray) -> dict[Schema, SchemaCounts]:
    """Return the counts of every schema of one row of sums, (11,)."""
    return {schema: schema_counts(sums, schema) for schema in SCHEMAS}


def token_accuracy(sums: IntArray) -> float | None:
    """Return the share of tokens whose IOB2 tags are equal, ``None`` without a token."""
    return float(sums[TOKENS_RIGHT] / sums[N_TOKENS]) if sums[N_TOKENS] else None
