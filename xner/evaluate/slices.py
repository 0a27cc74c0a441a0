"""F1 by slice: which entities are found, by their length, frequency, script and what else is known of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xner.evaluate.bootstrap import Interval, f1_interval
from xner.evaluate.entity_table import EntityTable, SliceBy
from xner.evaluate.spans import Counts


@dataclass(frozen=True, slots=True)
class SliceScore:
    """Strict scores of the entities of one bucket, and the sentences that hold them.

    `n_gold` is ``None`` where only predictions can be sorted (margins): then there is a precision and nothing else.
    """

    by: SliceBy
    bucket: str
    language: str | None
    tp: int
    n_predicted: int
    n_gold: int | None
    interval: Interval | None
    sentence_ids: tuple[str, ...]

    @property
    def precision(self) -> float | None:
        """Share of the predicted entities that are right."""
        return self.tp / self.n_predicted if self.n_predicted else None

    @property
    def recall(self) -> float | None:
        """Share of the gold entities that were found."""
        return self._counts.recall if self._counts else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        return self._counts.f1 if self._counts else None

    @property
    def _counts(self) -> Counts | None:
        return None if self.n_gold is None else Counts(self.tp, self.n_predicted, self.n_gold)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values by name, ready for JSON."""
        low, high = self.interval or (None, None)
        return {
            "by": self.by, "bucket": self.bucket, "language": self.language, "tp": self.tp,
            "n_predicted": self.n_predicted, "n_gold": self.n_gold, "precision": self.precision,
            "recall": self.recall, "f1": self.f1, "f1_low": low, "f1_high": high,
            "sentence_ids": list(self.sentence_ids),
        }  # fmt: skip


def slice_scores(
    table: EntityTable, by: SliceBy, *, by_language: bool = False, n_resamples: int = 1000, seed: int = 0
) -> tuple[SliceScore, ...]:
    """Return the score of every bucket that has an entity, in order of the buckets; of each language apart if asked.

    An entity that was found counts on both sides and lies in the same bucket on both, so buckets add up to the whole.

    Args:
        table: of `xner.evaluate.entity_table.tabulate`.
        by: the slice.
        by_language: one score a language (in order of name) and bucket, instead of one a bucket.
        n_resamples: resamples of sentences for each interval; 0 for none.
        seed: of the bootstrap.

    Example:
        >>> from xner.evaluate.entity_table import tabulate
        >>> from xner.io.labelled import LabelledSentence
        >>> from xner.types import Entity, Sentence, Span
        >>> gold = LabelledSentence("1", Sentence(("Ana", "Lu", "left"), "sw"), (Entity(Span(0, 2), "PER"),))
        >>> scores = slice_scores(tabulate([(gold, [Entity(Span(0, 1), "PER")])]), "entity_length")
        >>> [(score.bucket, score.n_gold, score.f1, score.sentence_ids) for score in scores]
        [('1', 0, 0.0, ('1',)), ('2', 1, 0.0, ('1',))]
    """
    names, codes = table.buckets[by]
    found: list[SliceScore] = []
    for language, sentences in _languages(table, by_language):
        place = np.cumsum(sentences) - 1
        ids = [table.ids[i] for i in np.flatnonzero(sentences)]
        of_language = sentences[table.sentence]
        for code, bucket in enumerate(names):
            rows = of_language & (codes == code)
            if not rows.any():
                continue
            counts = _counts(table, rows, place, len(ids))
            sums = counts.sum(axis=0)
            predictions_only = by == "margin"
            with_interval = n_resamples > 0 and not predictions_only
            found.append(
                SliceScore(
                    by=by,
                    bucket=bucket,
                    language=language,
                    tp=int(sums[0]),
                    n_predicted=int(sums[1]),
                    n_gold=None if predictions_only else int(sums[2]),
                    interval=f1_interval(counts, n_resamples, seed) if with_interval else None,
                    sentence_ids=tuple(ids[i] for i in np.flatnonzero(counts.any(axis=1))),
                )
            )
    return tuple(found)


def _languages(table: EntityTable, apart: bool) -> Iterator[tuple[str | None, NDArray[np.bool_]]]:
    if not apart:
        yield None, np.ones(len(table.ids), bool)
        return
    languages = np.array(table.languages, object)
    for lang in sorted(set(table.languages)):
        yield lang, languages == lang


def _counts(
    table: EntityTable, rows: NDArray[np.bool_], place: NDArray[np.int64], n_sentences: int
) -> NDArray[np.int64]:
    """Return (n_sentences, 3): found, predicted, gold entities of these rows."""
    sides = (table.in_gold & table.in_predicted, table.in_predicted, table.in_gold)
    columns = [np.bincount(place[table.sentence[rows & side]], minlength=n_sentences) for side in sides]
    return np.stack(columns, axis=1)
