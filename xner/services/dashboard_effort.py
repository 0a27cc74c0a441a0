"""What correcting the output of each run has cost so far, and how that changed in time, from the log of the editor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from xner.correct.edits import Step
from xner.correct.effort import Effort, effort_of
from xner.evaluate.behind import range_name, range_of
from xner.services.access import corpus_for
from xner.services.identity import Role, User
from xner.store import dashboard as rows
from xner.store import decisions
from xner.store.session import Store

FEWEST_IN_BLOCK, _MOST_BLOCKS = 10, 12
_Place = tuple[int, int]
"""Pair and track."""


@dataclass(frozen=True, slots=True)
class RunEffort:
    """The sentences that were decided on beginning from a run, how many of them were changed, and the work in them.

    `n_timed` is how many have steps in the log; `seconds` and edits are theirs.
    """

    run: str
    n_sentences: int
    n_changed: int
    n_timed: int
    effort: Effort


@dataclass(frozen=True, slots=True)
class Block:
    """Sentences that were decided on one after the other: those of a run from `first` to `last`, counted from 1."""

    first: int
    last: int
    spent: RunEffort

    @property
    def value(self) -> str:
        """What an address calls it; see `decided_between`."""
        return range_name(self.first, self.last)


def effort_by_run(store: Store, user: User, corpus_id: int) -> list[RunEffort]:
    """Return what each run cost, the newest run first.

    Raises:
        NotAllowed: it takes a viewer.
    """
    decided, efforts = _log(store, user, corpus_id)
    return [_sum(run, decided[run], efforts) for run in sorted(decided, reverse=True)]


def learning(store: Store, user: User, corpus_id: int) -> dict[str, list[Block]]:
    """Return how the cost of each run changed: blocks of equal size in the order of time, the newest run first.

    A run has at most twelve blocks, of ten sentences or more; what is left over belongs to the last one.

    Raises:
        NotAllowed: it takes a viewer.
    """
    decided, efforts = _log(store, user, corpus_id)
    found = {}
    for run in sorted(decided, reverse=True):
        places = decided[run]
        size = max(FEWEST_IN_BLOCK, -(-len(places) // _MOST_BLOCKS))
        starts = range(0, max(1, len(places) // size) * size, size)
        ends = [*starts[1:], len(places)]
        found[str(run)] = [
            Block(start + 1, end, _sum(run, places[start:end], efforts))
            for start, end in zip(starts, ends, strict=True)
        ]
    return found


def decided_between(store: Store, user: User, corpus_id: int, run: str, value: str) -> list[int]:
    """Return the pairs of a block of `learning` by its `value`, in the order of time; none where there is no such.

    Raises:
        NotAllowed: it takes a viewer.
    """
    corpus_for(store, user, corpus_id, Role.VIEWER)
    ends = range_of(value)
    if ends is None:
        return []
    with store.read() as session:
        pairs = [pair for of, pair, _ in decisions.in_time(session, corpus_id) if str(of) == run]
    return list(dict.fromkeys(pairs[max(0, int(ends[0]) - 1) : int(ends[1])]))


def _log(store: Store, user: User, corpus_id: int) -> tuple[dict[int, list[_Place]], dict[tuple[int, _Place], Effort]]:
    """Return the places of every run in the order of their decisions, and what they cost where that was logged."""
    corpus_for(store, user, corpus_id, Role.VIEWER)
    steps: dict[tuple[int, _Place], dict[str, list[Step]]] = {}
    decided: dict[int, list[_Place]] = {}
    with store.read() as session:
        for run, pair, track in decisions.in_time(session, corpus_id):
            decided.setdefault(run, []).append((pair, track))
        for run, pair, track, client, _, ops in rows.logged(session, corpus_id):
            if ops:
                made = steps.setdefault((run, (pair, track)), {}).setdefault(client, [])
                made += [Step(**step) for step in json.loads(ops)]
    return decided, {key: sum(map(effort_of, by_client.values()), Effort()) for key, by_client in steps.items()}


def _sum(run: int, places: Sequence[_Place], efforts: dict[tuple[int, _Place], Effort]) -> RunEffort:
    timed = [efforts[run, place] for place in places if (run, place) in efforts]
    n_changed = sum(one.n_edits > 0 for one in timed)
    return RunEffort(str(run), len(places), n_changed, len(timed), sum(timed, Effort()))
