"""The list that somebody reads: its order stays while they work, and of a long one only what is near is in memory."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from xner.services.identity import User
from xner.services.long_list import LongList
from xner.services.queue_view import OPEN, View
from xner.services.work_queue import filters_of, pair_ids, track_for
from xner.store import queue
from xner.store.rows import Filters
from xner.store.session import Store

_FIRST_LOOK = 100
"""Sentences of a list that are asked first which of them waits; when none does, the database looks through all."""
_LONG = 5_000
"""A list of more sentences is read in parts."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sentence stands in a list, counted from 1; `number` is None for one that is not in it."""

    previous: int | None
    next: int | None
    number: int | None
    n_rows: int


def open_list(store: Store, user: User, corpus_id: int, view: View) -> Sequence[int]:
    """Return the sentences of a list in its order, of a long one no more than what somebody comes to.

    One at random is read whole: without all of it there is no order.

    Raises:
        NotAllowed: it takes a viewer.
    """
    track, filters = track_for(store, user, corpus_id), filters_of(store, user, corpus_id, view)
    if view.order != "random" and filters.pair_ids is None:
        found = LongList(store, corpus_id, filters, view.order, track)
        if len(found) > _LONG:
            return found
    return pair_ids(store, user, corpus_id, view)


def place(ids: Sequence[int], pair_id: int) -> Place:
    """Return where a sentence stands in a list.

    Example:
        >>> place([7, 5, 9], 5)
        Place(previous=7, next=9, number=2, n_rows=3)
    """
    if pair_id not in ids:
        return Place(None, _at(ids, 0), None, len(ids))
    k = ids.index(pair_id)
    found = Place(_at(ids, k - 1), _at(ids, k + 1), k + 1, len(ids))
    if isinstance(ids, LongList) and ids.index(pair_id) != k:  # what others brought or took shows when it is read
        return place(ids, pair_id)
    return replace(found, n_rows=len(ids))


def _at(ids: Sequence[int], place: int) -> int | None:
    return next(_from(ids, (place,)), None) if place >= 0 else None


def _from(ids: Sequence[int], places: Iterable[int]) -> Iterator[int]:
    """Yield what stands at some places, up to the end of the list."""
    for place in places:
        try:
            yield ids[place]
        except IndexError:
            return


def next_open(
    store: Store,
    user: User,
    corpus_id: int,
    ids: Sequence[int],
    pair_id: int,
    statuses: Sequence[str] = (),
    *,
    order: str = "risk",
    done: Collection[int] = (),
    shown: Collection[int] = (),
) -> int | None:
    """Return the sentence of a list to go on with after a decision, ``None`` when none waits any more.

    By risk that is the riskiest that waits, wherever in the list the last one stood: a list that is made anew, after a
    reload, may have put it behind riskier ones. In another order it is the next one from there on, then from the start.

    Args:
        store: where the corpus is.
        user: a viewer of the corpus.
        corpus_id: which corpus.
        ids: the list as it was when its first sentence was opened: decisions don't change the order of reading.
        pair_id: the sentence that was just decided on.
        statuses: what waits; those that nobody has decided on, if none is named.
        order: of the list, see `View`.
        done: what was decided on since the list was made: it does not come again, whatever the statuses say.
        shown: what was turned past without a decision: it comes last.

    Raises:
        NotAllowed: it takes a viewer.
    """
    start = ids.index(pair_id) + 1 if order != "risk" and pair_id in ids else 0
    track, wanted = track_for(store, user, corpus_id), Filters(statuses=tuple(statuses) or OPEN)
    gone = {pair_id, *done}
    in_turn = _in_turn(ids, start, gone, shown)
    chunk = list(itertools.islice(in_turn, _FIRST_LOOK))
    if still := _among(store, corpus_id, replace(wanted, pair_ids=tuple(chunk)), track) if chunk else None:
        return next(one for one in chunk if one in still)  # nearly always the first few have one that waits
    if len(chunk) < _FIRST_LOOK:
        return None
    if isinstance(ids, LongList):
        return ids.first_waiting(wanted.statuses, start, gone, shown, track)
    still = _among(store, corpus_id, wanted, track)
    return next((one for one in in_turn if one in still), None) if still else None


def _among(store: Store, corpus_id: int, filters: Filters, track: int) -> set[int]:
    with store.read() as session:
        return set(queue.ids(session, corpus_id, filters, track=track, order="document"))


def _in_turn(ids: Sequence[int], start: int, gone: Collection[int], shown: Collection[int]) -> Iterator[int]:
    """Yield a list from a place on and round, what was turned past last; nothing of it is copied."""
    for is_second in (False, True):
        for one in itertools.chain(_from(ids, range(start, len(ids))), _from(ids, range(start))):
            if one not in gone and (one in shown) == is_second:
                yield one
        if not shown:
            return


def waiting(
    store: Store, user: User, corpus_id: int, ids: Sequence[int], statuses: Sequence[str] = ()
) -> list[int]:  # fmt: skip
    """Return the sentences of a list that wait for somebody, in its order.

    Raises:
        NotAllowed: it takes a viewer.
    """
    track, wanted = track_for(store, user, corpus_id), tuple(statuses) or OPEN
    if isinstance(ids, LongList):
        with store.read() as session:
            waits = replace(ids.filters, statuses=wanted)
            return queue.ids(session, corpus_id, waits, track=track, order=ids.order)
    still = _among(store, corpus_id, Filters(statuses=wanted), track)
    return [pair_id for pair_id in ids if pair_id in still]
