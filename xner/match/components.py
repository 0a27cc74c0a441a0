"""Groups of entities that compete for no token with another group, and can be matched apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xner.match.constraints import Problem


def components_of(problem: Problem, rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Return `rows` (entities) in groups; spans that two groups may take never share a token.

    Example:
        >>> values = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
        >>> problem = Problem(np.array([0, 3, 1]), np.array([2, 4, 2]), values, n_tokens=4)
        >>> [group.tolist() for group in components_of(problem, np.arange(3))]
        [[0, 2], [1]]
    """
    edges = np.zeros((len(rows), problem.n_tokens + 1), dtype=np.int64)
    entity, span = np.nonzero(problem.values[rows] > 0.0)
    np.add.at(edges, (entity, problem.starts[span]), 1)
    np.add.at(edges, (entity, problem.ends[span]), -1)
    takes = (np.cumsum(edges, axis=1) > 0).astype(np.float64)
    group = np.arange(len(rows))
    touches = takes @ takes.T > 0
    while True:
        # Each entity takes over the smallest group number among those that it touches, until nothing changes.
        lowest = np.where(touches, group[None, :], len(rows)).min(axis=1)
        if (lowest == group).all():
            return [rows[group == number] for number in np.unique(group)]
        group = lowest
