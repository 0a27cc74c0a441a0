"""Runs of consecutive tokens: what the rules over links work with."""

from __future__ import annotations

from collections.abc import Iterable


def runs_of(indices: Iterable[int]) -> list[tuple[int, int]]:
    """Return the maximal runs of consecutive indices as half-open ranges, ascending; repetition and order don't matter.

    Example:
        >>> runs_of([5, 2, 1, 2])
        [(1, 3), (5, 6)]
    """
    runs: list[tuple[int, int]] = []
    for index in sorted(set(indices)):
        if runs and runs[-1][1] == index:
            runs[-1] = (runs[-1][0], index + 1)
        else:
            runs.append((index, index + 1))
    return runs


def joined(runs: Iterable[tuple[int, int]], most_apart: int, keep_apart: Iterable[int] = ()) -> list[tuple[int, int]]:
    """Return runs with gaps of at most `most_apart` tokens filled.

    Args:
        runs: Half-open ranges, ascending, disjoint.
        most_apart: Longest gap, in tokens.
        keep_apart: A run that starts at one of these tokens is not joined to the one before.

    Example:
        >>> joined([(1, 3), (4, 5), (7, 8)], 1)
        [(1, 5), (7, 8)]
    """
    stays_open = frozenset(keep_apart)
    result: list[tuple[int, int]] = []
    for start, end in runs:
        if result and start - result[-1][1] <= most_apart and start not in stays_open:
            result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result
