"""The list that somebody reads: its order stays while they work, and of a long one only what is near is in memory."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import overload

from xner.services.identity import User
from xner.services.queue_view import OPEN, View
from xner.services.work_queue import filters_of, pair_ids, track_for
from xner.store import queue, queue_parts
from xner.store.queue_parts import Mark
from xner.store.rows import Filters
from xner.store.session import Session, Store

_FIRST_LOOK = 100
"""Sentences of a list that are asked first which of them waits; when none does, the database looks through all."""
_LONG = 5_000
"""A list of more sentences is read in parts."""
_PART = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sentence stands in a list, counted from 1; `number` is None for one that is not in it."""

    previous: int | None
    next: int | None
    number: int | None
    n_rows: int


class LongList(Sequence[int]):
    """The sentences of a list as it was when it was opened; parts of it are read when somebody comes to them.

    What was read keeps its place, whatever is decided on it. A part that was not read before follows what is next to
    it, so that nothing is left out and nothing comes twice by a decision on a sentence that was read.
    """

    def __init__(self, store: Store, corpus_id: int, filters: Filters, order: queue.Order, track: int) -> None:
        """Open a list; `order` is any but ``random``, which has no part without the whole."""
        self.store, self.corpus_id, self.filters, self.track = store, corpus_id, filters, track
        self.order: queue.Order = order
        self._parts: list[tuple[int, list[Mark]]] = []
        """(Sentences before it, lines), by place; none of them touch."""
        with store.read() as session:
            self._n = queue.count(session, corpus_id, filters, track=track)

    def __len__(self) -> int:
        """Return how many sentences the list had when it was opened."""
        return self._n

    @overload
    def __getitem__(self, k: int) -> int: ...
    @overload
    def __getitem__(self, k: slice) -> list[int]: ...
    def __getitem__(self, k: int | slice) -> int | list[int]:
        """Return the sentence at a place, counted from 0, or those of a slice.

        Raises:
            IndexError: the list is shorter, or has become shorter where nobody had read it.
        """
        if isinstance(k, slice):
            return [self[place] for place in range(*k.indices(self._n))]
        place = k + self._n if k < 0 else k
        if not 0 <= place < self._n:
            raise IndexError(k)
        while (found := self._known(place)) is None:
            if not self._read_towards(place):  # others took sentences out of what nobody had read
                raise IndexError(k)
        return found

    def index(self, pair_id: int, start: int = 0, stop: int | None = None) -> int:
        """Return the place of a sentence, counted from 0.

        Raises:
            ValueError: it is not in the list.
        """
        place = self._place_of(pair_id)
        if place is None or not start <= place < (self._n if stop is None else stop):
            raise ValueError(f"sentence {pair_id} is not in the list")
        return place

    def __contains__(self, pair_id: object) -> bool:
        """Tell whether a sentence is in the list."""
        return isinstance(pair_id, int) and self._place_of(pair_id) is not None

    def first_waiting(
        self, statuses: Sequence[str], place: int, gone: Collection[int], shown: Collection[int], track: int
    ) -> int | None:
        """Return the sentence that waits next from a place on and round, of those `shown` only if no other waits."""
        waits, limit = replace(self.filters, statuses=tuple(statuses)), len({*gone, *shown}) + 1
        turned_past: list[int] = []
        marks = (self._mark_before(place), None) if place else (None,)
        with self.store.read() as session:
            for mark in marks:
                lines = queue_parts.part(session, self.corpus_id, waits, mark, limit=limit, track=track,
                                         order=self.order)  # fmt: skip
                found = [one.pair_id for one in lines]
                new = next((one for one in found if one not in gone and one not in shown), None)
                if new is not None:
                    return new
                turned_past += [one for one in found if one not in gone]
        return turned_past[0] if turned_past else None

    def _mark_before(self, place: int) -> Mark:
        pair_id = self[place - 1]  # reads the part that it is in
        return next(line for _, lines in self._parts for line in lines if line.pair_id == pair_id)

    def _known(self, place: int) -> int | None:
        for first, lines in self._parts:
            if first <= place < first + len(lines):
                return lines[place - first].pair_id
        return None

    def _place_of(self, pair_id: int) -> int | None:
        for first, lines in self._parts:
            for k, line in enumerate(lines):
                if line.pair_id == pair_id:
                    return first + k
        track, order = self.track, self.order
        with self.store.read() as session:
            mark = queue_parts.mark_of(session, self.corpus_id, self.filters, pair_id, track=track, order=order)
            if mark is None:
                return None
            place = queue_parts.n_before(session, self.corpus_id, self.filters, mark, track=track, order=order)
            before = self._part(session, mark, limit=min(place, _PART // 2), after=False)
            lines = [*before, mark, *self._part(session, mark, limit=_PART // 2)]
            if self._known(place) is not None:  # it has come in since: the list begins anew around it
                self._parts.clear()
                self._n = queue.count(session, self.corpus_id, self.filters, track=track)
        self._add(place - len(before), lines)
        return place

    def _read_towards(self, place: int) -> bool:
        """Read what a place is in: on from the part before it, back from one that is near, else from the beginning."""
        at = bisect.bisect([first for first, _ in self._parts], place)
        start, known = self._parts[at - 1] if at else (0, [])
        end = start + len(known)
        with self.store.read() as session:
            if at < len(self._parts) and place - end >= _PART:
                first, lines = self._parts[at]
                if first - place <= _PART:
                    more = self._part(session, lines[0], limit=_PART, after=False)
                    return self._add(first - len(more), more)
            n_moved = 0 if known else sum(len(lines) for _, lines in self._parts)  # a decision may bring a line forward
            limit = max(_PART, place - end + 1) + n_moved
            return self._add(end, self._part(session, known[-1] if known else None, limit=limit))

    def _part(self, session: Session, mark: Mark | None, *, limit: int, after: bool = True) -> list[Mark]:
        return queue_parts.part(session, self.corpus_id, self.filters, mark, limit=limit, after=after,
                                track=self.track, order=self.order)  # fmt: skip

    def _add(self, first: int, lines: list[Mark]) -> bool:
        """Keep a part, joined with those that it touches; tell whether it had anything new."""
        known = {line.pair_id for _, others in self._parts for line in others}
        new = [line for line in lines if line.pair_id not in known]
        if not new:
            return False
        self._parts = sorted([*self._parts, (first, new)], key=lambda one: one[0])
        joined: list[tuple[int, list[Mark]]] = []
        for start, more in self._parts:
            if joined and start <= joined[-1][0] + len(joined[-1][1]):
                joined[-1][1].extend(more)
            else:
                joined.append((start, list(more)))
        self._parts = joined
        return True


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
    return Place(_at(ids, k - 1), _at(ids, k + 1), k + 1, len(ids))


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
