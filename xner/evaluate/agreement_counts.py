"""What two or more annotators made of the same sentences, as counts that add over sentences.

One table a sentence; figures of a label and bootstrap intervals are read off the same sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from xner.evaluate.bootstrap import resampled_sums
from xner.evaluate.coefficients import FloatArray, n_tolerant_matches, pairable
from xner.types import Entity

Annotated = tuple[int, Sequence[Entity]]
"""Number of tokens of a sentence and one annotator's entities in it."""

_MISSING = -1
N_PAIR_ROWS = 7
BOTH, LEFT, RIGHT, STRICT, TOLERANT, N_LEFT, N_RIGHT = range(N_PAIR_ROWS)
"""Rows of a pair's statistics: tokens (value by both, by one, by the other), then spans."""
N_SHARED_ROWS = 3
VALUES, AGREED, ENTITIES = range(-N_SHARED_ROWS, 0)
"""Rows of all annotators together: values of tokens that two or more have, agreeing pairs of them, entities."""


def count_table(done: Sequence[Mapping[str, Annotated]], shared: Sequence[str], labels: Sequence[str]) -> FloatArray:
    """Return (n_sentences, n_pairs * 7 + 3, 1 + n_labels); the first column stands for O."""
    lengths = [_length(done, sentence) for sentence in shared]
    code_of = {label: code for code, label in enumerate(labels, start=1)}
    codes = np.stack([_codes(annotator, shared, lengths, code_of) for annotator in done])
    n_values, n_sentences = 1 + len(labels), len(shared)
    of_token = np.repeat(np.arange(n_sentences), lengths)
    pairs = list(combinations(range(len(done)), 2))
    table = np.zeros((n_sentences, len(pairs) * N_PAIR_ROWS + N_SHARED_ROWS, n_values))
    for block, (a, b) in enumerate(pairs):
        first = block * N_PAIR_ROWS
        met = (codes[a] >= 0) & (codes[b] >= 0)
        for row, where, values in (
            (BOTH, met & (codes[a] == codes[b]), codes[a]), (LEFT, met, codes[a]), (RIGHT, met, codes[b]),
        ):  # fmt: skip
            table[:, first + row] = _tally(of_token[where], values[where], n_sentences, n_values)
        for number, sentence in enumerate(shared):
            if sentence in done[a] and sentence in done[b]:
                _count_spans(table[number, first:], done[a][sentence][1], done[b][sentence][1], code_of)
    table[:, VALUES], table[:, AGREED] = pairable(codes, of_token, n_sentences, n_values)
    for number, sentence in enumerate(shared):
        for annotator in done:
            for entity in annotator.get(sentence, (0, ()))[1]:
                table[number, ENTITIES, code_of[entity.label]] += 1
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
        rows[STRICT, code] = len({e.span for e in a} & {e.span for e in b})
        rows[TOLERANT, code] = n_tolerant_matches(a, b)
        rows[N_LEFT, code], rows[N_RIGHT, code] = len(a), len(b)


def sums_of(table: FloatArray, n_resamples: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return (1, n_rows, n_values), the sum over sentences, and (n_resamples, n_rows, n_values), resampled ones."""
    sums = table.sum(axis=0, keepdims=True)
    if not len(table):
        return sums, sums
    flat = np.concatenate(list(resampled_sums(table.reshape(len(table), -1), n_resamples, seed)))
    return sums, flat.reshape(-1, *table.shape[1:])


def only(sums: FloatArray, code: int | None) -> FloatArray:
    """Return the statistics if every value but one were O."""
    if code is None:
        return sums
    one = sums[:, :, code]
    rest = sums.sum(axis=2) - one
    for first in range(0, sums.shape[1] - N_SHARED_ROWS, N_PAIR_ROWS):
        n_tokens = sums[:, first + LEFT].sum(axis=1)
        rest[:, first + BOTH] = n_tokens - one[:, first + LEFT] - one[:, first + RIGHT] + one[:, first + BOTH]
        rest[:, first + STRICT : first + N_PAIR_ROWS] = 0
    # With n of m for the value, the others pair (m - n)(m - n - 1) / (m - 1) = n(n - 1) / (m - 1) + m - 2n times.
    rest[:, AGREED] = one[:, AGREED] + sums[:, VALUES].sum(axis=1) - 2 * one[:, VALUES]
    rest[:, ENTITIES] = 0
    return np.stack([rest, one], axis=2)


def over_pairs(sums: FloatArray, row: int) -> FloatArray:
    """Return (n, n_values), a row of the pairs' statistics summed over all pairs of annotators."""
    total: FloatArray = sums[:, row:-N_SHARED_ROWS:N_PAIR_ROWS].sum(axis=1)
    return total
