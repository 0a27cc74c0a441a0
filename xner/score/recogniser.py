"""Scores from a NER model on the target sentence, given its token probabilities."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xner.types import Span

Bonus = Literal["if_consistent", "always"]
Vector = NDArray[np.float64]


def ner_score(
    probs: ArrayLike,
    columns: Sequence[str],
    label: str,
    alpha: float,
    spans: Sequence[Span],
    bonus: Bonus = "if_consistent",
    *,
    only_inside: bool = False,
) -> Vector:
    """Return how well each span is an entity of `label`: mean tag probability times ``alpha ** (length - 1)``.

    The first token counts with the probability of ``B-label``, the others with ``I-label``.

    Args:
        probs: Tag probabilities, (n_target_tokens, n_columns), taken at the first sub-word of each token.
        columns: Tag of each column. Where B- or I- is missing, the other stands for both; without either, all spans
            score 0.
        label: Label without prefix.
        alpha: Bonus for length, >= 1.
        spans: Target spans.
        bonus: `always`, or only where the most probable tags are B-, I-, I- ... of the label (`if_consistent`).
        only_inside: Read ``I-label`` for the first token, too, for models that hardly ever give B-.

    Returns:
        (n_spans,) float64, >= 0; up to alpha ** (length - 1).

    Source: Shkalikov, master thesis, NER score; `if_consistent` is its code, `always` its text.

    Example:
        >>> ner_score([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]], ["B-PER", "I-PER", "O"], "PER", 1.15, [Span(0, 2)]).round(4)
        array([0.9775])
    """
    matrix = np.asarray(probs, dtype=np.float64)
    first, rest = _tag_columns(columns, label, only_inside)
    if first is None or rest is None or not spans:
        return np.zeros(len(spans))
    starts = np.array([span.start for span in spans], dtype=np.intp)
    ends = np.array([span.end for span in spans], dtype=np.intp)
    inner = np.concatenate([[0.0], np.cumsum(matrix[:, rest])])
    mean = (matrix[starts, first] + inner[ends] - inner[starts + 1]) / (ends - starts)
    factor = np.power(alpha, ends - starts - 1)
    if bonus == "always":
        return np.asarray(mean * factor)
    best = matrix.argmax(axis=1)
    continues = np.concatenate([[0], np.cumsum(best == rest)])
    consistent = (best[starts] == first) & (continues[ends] - continues[starts + 1] == ends - starts - 1)
    return np.asarray(np.where(consistent, mean * factor, mean))


def ner_span_score(
    probs: ArrayLike,
    columns: Sequence[str],
    alpha: float,
    spans: Sequence[Span],
    bonus: Bonus = "if_consistent",
    *,
    ignored: Collection[str] = (),
    only_inside: bool = False,
) -> Vector:
    """Return how well each span is an entity of any label: the largest `ner_score` over labels.

    Args:
        probs: As in `ner_score`.
        columns: Tag of each column.
        alpha: Bonus for length, >= 1.
        spans: Target spans.
        bonus: As in `ner_score`.
        ignored: Labels that don't count.
        only_inside: As in `ner_score`.
    """
    labels = sorted({tag.partition("-")[2] for tag in columns} - {"", *ignored})
    scores = [ner_score(probs, columns, label, alpha, spans, bonus, only_inside=only_inside) for label in labels]
    return np.asarray(np.max(scores, axis=0)) if scores else np.zeros(len(spans))


def _tag_columns(columns: Sequence[str], label: str, only_inside: bool) -> tuple[int | None, int | None]:
    """Return the columns read for the first token and for the others."""
    place = {tag: index for index, tag in enumerate(columns)}
    begin, inside = place.get(f"B-{label}"), place.get(f"I-{label}")
    rest = begin if inside is None else inside
    first = inside if begin is None or (only_inside and inside is not None) else begin
    return first, rest
