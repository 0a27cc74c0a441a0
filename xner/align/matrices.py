"""Links from a similarity matrix: SimAlign's three methods and AWESoME's, on NumPy arrays alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xner.types import Link

_ONE_SIDE_LINKED = 0.9
"""Factor on the similarity of a cell of which one side is linked already (SimAlign's alpha)."""

Matrix = NDArray[np.float32] | NDArray[np.float64]
Mask = NDArray[np.bool_]


def cosine(rows: NDArray[np.float32], columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cosine of every row vector with every column vector, (n_rows, n_columns), in [-1, 1]."""
    left = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    right = columns / np.maximum(np.linalg.norm(columns, axis=1, keepdims=True), 1e-12)
    similarity: NDArray[np.float32] = np.clip(left @ right.T, -1.0, 1.0).astype(np.float32)
    return similarity


def distorted(scores: Matrix, kappa: float) -> Matrix:
    """Return `scores` lowered away from the diagonal: S_ij (1 - kappa (i/(m-1) - j/(n-1))^2).

    Source: SimAlign (Jalili Sabet et al. 2020), distortion correction.
    """
    m, n = scores.shape
    if kappa == 0 or m < 2 or n < 2:
        return scores
    distance = np.arange(m)[:, None] / (m - 1) - np.arange(n)[None, :] / (n - 1)
    lowered: Matrix = scores * (1.0 - kappa * distance**2)
    return lowered


def mutual_argmax(scores: Matrix) -> Mask:
    """Return the cells that are the largest of their row and of their column; the first one wins ties.

    Source: SimAlign, method "argmax" (called inter in its code).
    """
    mask = np.zeros(scores.shape, np.bool_)
    best_column = scores.argmax(axis=1)
    rows = np.arange(len(best_column))
    mutual = scores.argmax(axis=0)[best_column] == rows
    mask[rows[mutual], best_column[mutual]] = True
    return mask


def itermax(scores: Matrix, max_iterations: int = 2) -> Mask:
    """Return argmax links, then further rounds over what they leave unlinked.

    In a further round a cell with both sides linked is out and one with a single linked side counts 0.9; the mutual
    argmax cells of what remains are added. Source: SimAlign, method "itermax".

    Args:
        scores: similarity in [0, 1], (m, n).
        max_iterations: rounds, the first being argmax.
    """
    links = mutual_argmax(scores)
    if min(scores.shape) <= 2:
        return links
    for _ in range(max_iterations - 1):
        row_linked: Mask = np.any(links, axis=1)
        column_linked: Mask = np.any(links, axis=0)
        if row_linked.all() or column_linked.all():
            break
        n_linked_sides = row_linked[:, None].astype(np.int8) + column_linked[None, :]
        weight = np.array([1.0, _ONE_SIDE_LINKED, 0.0])[n_linked_sides]
        added = mutual_argmax(scores * weight) & (n_linked_sides < 2)
        if not (added & ~links).any():
            break
        links = links | added
    return links


def mwmf(scores: Matrix) -> Mask:
    """Return the maximum-weight matching of maximum cardinality: min(m, n) links, one a row and column.

    Source: SimAlign, method "match".
    """
    from scipy.optimize import linear_sum_assignment

    mask = np.zeros(scores.shape, np.bool_)
    mask[linear_sum_assignment(scores, maximize=True)] = True
    return mask


def awesome(dots: Matrix, threshold: float = 0.001) -> Mask:
    """Return the cells whose softmax over the row and over the column both exceed `threshold`.

    Args:
        dots: raw dot products of sub-word vectors, (m, n).
        threshold: probability, strict.

    Source: AWESoME (Dou and Neubig 2021), softmax extraction.
    """
    return (_softmax(dots, axis=1) > threshold) & (_softmax(dots, axis=0) > threshold)


def token_links(mask: Mask, source_tokens: Sequence[int], target_tokens: Sequence[int]) -> frozenset[Link]:
    """Return the links between tokens: two tokens are linked where any of their sub-words are.

    Args:
        mask: (n_source_pieces, n_target_pieces).
        source_tokens: the token of each source sub-word.
        target_tokens: the same of the target.
    """
    rows, columns = np.nonzero(mask)
    return frozenset((source_tokens[i], target_tokens[j]) for i, j in zip(rows.tolist(), columns.tolist(), strict=True))


def _softmax(values: Matrix, axis: int) -> Matrix:
    shifted = np.exp(values - values.max(axis=axis, keepdims=True))
    shares: Matrix = shifted / shifted.sum(axis=axis, keepdims=True)
    return shares
