"""How many spans each entity has so far: the states of the exact matcher's dynamic programme.

A state is a vector of counts, one an entity, capped at n. Choosing a span for an entity leads to another state with
one more, or, at the cap, to nowhere (at most, exactly n) or back to itself (at least n). States are numbered by
falling total, so that what follows a state, itself aside, has a smaller number: state 0 has n for every entity, the
last one has none. Everything here depends on the shape of a problem only and is kept for the next sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from xner.config import Constraint

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Level:
    """The states ``[start, stop)`` of one total, and the arcs from them to the level above.

    Args:
        start: First state.
        stop: After the last state.
        heads: Where an arc ends, (n_entities, n_arcs): as many for each entity, because totals don't tell them apart.
        arcs_of_state: The arcs that leave each state, (n_entities, n_states), as indices into the flattened `heads`;
            ``heads.size`` where an entity is at its cap.
        is_at_cap: (n_entities, n_states).
    """

    start: int
    stop: int
    heads: Indices
    arcs_of_state: Indices
    is_at_cap: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CountStates:
    """States and arcs for one number of entities, n and constraint.

    Args:
        n_states: S; the index S itself stands for "nowhere".
        following: The state after one more span, (S, n_entities).
        complement: The state with n minus the counts, (S,).
        is_final: Whether a sentence may end in a state, (S,).
        has_loops: Whether an entity at its cap may still be chosen.
        levels: By falling total.
        tails: All arcs by entity, loops included: where they start, (n_entities, n_arcs).
        heads: Where they end, (n_entities, n_arcs).
    """

    n_states: int
    following: Indices
    complement: Indices
    is_final: NDArray[np.bool_]
    has_loops: bool
    levels: tuple[Level, ...]
    tails: Indices
    heads: Indices


@lru_cache(maxsize=16)
def count_states(n_entities: int, per_entity: int, constraint: Constraint) -> CountStates:
    """Return the states of `n_entities` entities that may or must have `per_entity` spans.

    Example:
        >>> states = count_states(2, 1, "<=")
        >>> states.following.tolist()  # counts (1, 1), (0, 1), (1, 0), (0, 0); 4 = nowhere
        [[4, 4], [0, 4], [4, 0], [2, 1]]
    """
    counts = np.indices((per_entity + 1,) * n_entities).reshape(n_entities, -1).T
    counts = counts[np.argsort(-counts.sum(axis=1), kind="stable")]
    n_states = len(counts)
    radix = (per_entity + 1) ** np.arange(n_entities)
    number = np.empty(n_states, dtype=np.intp)
    number[counts @ radix] = np.arange(n_states)
    is_at_cap = counts == per_entity
    has_loops = constraint == ">="
    after = number[np.where(is_at_cap, 0, (counts @ radix)[:, None] + radix)]
    at_cap = np.arange(n_states)[:, None] if has_loops else n_states
    following = np.where(is_at_cap, at_cap, after)
    tails = np.stack([np.flatnonzero(column != n_states) for column in following.T])
    totals = counts.sum(axis=1)
    edges = [0, *(np.flatnonzero(np.diff(totals)) + 1).tolist(), n_states]
    return CountStates(
        n_states=n_states,
        following=following,
        complement=number[(per_entity - counts) @ radix],
        is_final=totals == totals[0] if constraint != "<=" else np.ones(n_states, dtype=np.bool_),
        has_loops=has_loops,
        levels=tuple(_level(a, b, after[a:b], is_at_cap[a:b]) for a, b in pairwise(edges)),
        tails=tails,
        heads=np.take_along_axis(following.T, tails, axis=1),
    )


def _level(start: int, stop: int, after: Indices, is_at_cap: NDArray[np.bool_]) -> Level:
    is_open = ~is_at_cap.T
    heads = after.T[is_open].reshape(len(is_open), -1)
    arcs_of_state = np.full(is_open.shape, heads.size, dtype=np.intp)
    arcs_of_state[is_open] = np.arange(heads.size)
    return Level(start, stop, heads, arcs_of_state, is_at_cap.T)
