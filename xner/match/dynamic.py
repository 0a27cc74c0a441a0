"""The exact matcher's dynamic programme over (spans that each entity has, position in the sentence).

For a state U and a position p, ``best[U, p] = max(best[U, p + 1], gain[U, p])``, where ``gain`` chooses a span that
starts at p: the largest ``key + best[following state, end]`` over entities and spans. A step to another state always
goes up one level of totals, so a whole level is computed for all positions at once, and skipping tokens is a running
maximum from the right: a handful of array operations a level instead of one round a position.

Keys are integers, hence sums and ties are exact; `NEVER` stands for impossible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xner.match.constraints import Choice
from xner.match.keys import NEVER, Keys
from xner.match.states import CountStates, Level

_ITEM = np.dtype(np.int64).itemsize


@dataclass(frozen=True, slots=True)
class Sweep:
    """Solved suffixes of a sentence.

    Args:
        keys: Key of (length - 1, entity, start), (n_lengths, n_entities, n_tokens), NEVER where impossible.
        states: What the rows mean.
        best: Best key of the tokens from p on, given the spans of state U, (n_states + 1, n_tokens + n_lengths);
            position n_tokens is the end, all beyond and the last row are NEVER.
        gain: The same where a span starts at p, (n_states, n_tokens).
    """

    keys: Keys
    states: CountStates
    best: Keys
    gain: Keys

    @property
    def n_tokens(self) -> int:
        """Length of the sentence."""
        return int(self.keys.shape[2])

    @property
    def optimum(self) -> int:
        """Key of the best solution; `keys.is_feasible` says whether it is one."""
        return int(self.best[self.states.n_states - 1, 0])


def sweep(keys: Keys, states: CountStates) -> Sweep:
    """Return the solved suffixes, from the end of the sentence to its beginning."""
    n_lengths, _, n_tokens = keys.shape
    best = np.full((states.n_states + 1, n_tokens + n_lengths), NEVER, dtype=np.int64)
    gain = np.full((states.n_states, n_tokens), NEVER, dtype=np.int64)
    best[:-1, n_tokens][states.is_final] = 0
    for level in states.levels:
        rows = slice(level.start, level.stop)
        if level.heads.size:
            _step_up(keys, best, level, gain[rows])
        if states.has_loops and level.is_at_cap.any():
            _stay(keys, best[rows], level, gain[rows])
        else:
            open_end = best[rows, : n_tokens + 1]
            open_end[:, :n_tokens] = gain[rows]
            np.maximum.accumulate(open_end[:, ::-1], axis=1, out=open_end[:, ::-1])
    return Sweep(keys, states, best, gain)


def _step_up(keys: Keys, best: Keys, level: Level, gain: Keys) -> None:
    """Write the best first span that leads to the level above."""
    n_arcs, n_tokens = level.heads.size, keys.shape[2]
    ahead = ends_ahead(best, level.heads, keys.shape[0], n_tokens) + keys[:, :, None, :]
    by_arc = np.empty((n_arcs + 1, n_tokens), dtype=np.int64)
    by_arc[n_arcs] = NEVER
    ahead.max(axis=0, out=by_arc[:n_arcs].reshape(ahead.shape[1:]))
    by_arc.take(level.arcs_of_state, axis=0).max(axis=0, out=gain)


def _stay(keys: Keys, best: Keys, level: Level, gain: Keys) -> None:
    """Write a level whose states lead back to themselves: position by position, from the right."""
    n_lengths, _, n_tokens = keys.shape
    capped = np.where(level.is_at_cap[None, :, :, None], keys[:, :, None, :], NEVER).max(axis=1)
    for position in range(n_tokens - 1, -1, -1):
        ahead = best[:, position + 1 : position + 1 + n_lengths]
        again = (capped[:, :, position].T + ahead).max(axis=1)
        np.maximum(gain[:, position], again, out=gain[:, position])
        np.maximum(gain[:, position], ahead[:, 0], out=best[:, position])


def ends_ahead(best: Keys, heads: NDArray[np.intp], n_lengths: int, n_tokens: int) -> Keys:
    """Return ``best[head, start + length]`` as (n_lengths, *heads.shape, n_tokens), overlapping views of one copy."""
    rows = best.take(heads, axis=0)
    return np.ndarray((n_lengths, *heads.shape, n_tokens), np.int64, rows, _ITEM, (_ITEM, *rows.strides))


def trace(solved: Sweep, state: int, position: int) -> list[Choice]:
    """Return the best choices from a state and position on, in order of the sentence.

    Of equal ones the leftmost next span is taken, of these the first entity's, of these the longest.
    """
    n_lengths, _, n_tokens = solved.keys.shape
    choices: list[Choice] = []
    while True:
        value = solved.best[state, position]
        if value == solved.best[state, n_tokens]:
            return choices
        position += int((solved.gain[state, position:] == value).argmax())
        following = solved.states.following[state]
        ahead = solved.best[following, position + 1 : position + 1 + n_lengths]
        hits = solved.keys[:, :, position].T + ahead == value
        entity, shorter = divmod(int(hits[:, ::-1].argmax()), n_lengths)
        end = position + n_lengths - shorter
        choices.append((entity, position, end))
        state, position = int(following[entity]), end
