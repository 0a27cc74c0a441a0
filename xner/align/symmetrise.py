"""One alignment from the two directions of a statistical model, on NumPy arrays alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Symmetrisation = Literal["intersection", "grow-diag-final-and", "union"]

_NEIGHBOURS = ((-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))


def symmetrise(forward: Mask, backward: Mask, rule: Symmetrisation) -> Mask:
    """Return the links of both directions joined by a rule.

    Args:
        forward: (n_source, n_target), the links of the model from source to target.
        backward: the same shape, those of the other model.
        rule: ``intersection`` for precision, ``union`` for recall, ``grow-diag-final-and`` between them.

    Raises:
        ValueError: different shapes.

    Example:
        >>> forward, backward = np.eye(2, dtype=bool), np.array([[True, True], [False, False]])
        >>> symmetrise(forward, backward, "grow-diag-final-and").astype(int).tolist()
        [[1, 1], [0, 1]]
    """
    if forward.shape != backward.shape:
        raise ValueError(f"the two directions are {forward.shape} and {backward.shape}")
    return _RULES[rule](forward, backward)


def grow_diag_final_and(forward: Mask, backward: Mask) -> Mask:
    """Return the intersection, grown along neighbours of the union, then by links between two unlinked words.

    Cells are visited row by row, so equal input gives equal links. Source: Koehn, Och and Marcu 2003, as in Moses.
    """
    union, links = forward | backward, forward & backward
    row_linked: Mask = np.any(links, axis=1)
    column_linked: Mask = np.any(links, axis=0)

    def add(i: int, j: int) -> None:
        links[i, j] = row_linked[i] = column_linked[j] = True

    n_links = -1
    while n_links != (n_links := int(links.sum())):
        for i, j in np.argwhere(links).tolist():
            for di, dj in _NEIGHBOURS:
                row, column = i + di, j + dj
                inside = 0 <= row < links.shape[0] and 0 <= column < links.shape[1]
                if inside and union[row, column] and not (row_linked[row] and column_linked[column]):
                    add(row, column)
    for direction in (forward, backward):
        for i, j in np.argwhere(direction).tolist():
            if not row_linked[i] and not column_linked[j]:
                add(i, j)
    return links


_RULES: dict[Symmetrisation, Callable[[Mask, Mask], Mask]] = {
    "intersection": np.logical_and,
    "grow-diag-final-and": grow_diag_final_and,
    "union": np.logical_or,
}
