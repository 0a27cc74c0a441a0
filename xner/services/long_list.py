"""A long list of which only what is near is in memory: parts of it are read when somebody comes to them."""

from __future__ import annotations

import bisect
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import overload

from xner.store import queue, queue_parts
from xner.store.queue_parts import Mark
from xner.store.rows import Filters
from xner.store.session import Session, Store

_PART = 200


class LongList(Sequence[int]):
    """The sentences of a list as it was when it was opened; parts of it are read when somebody comes to them.

    What was read keeps its order, whatever is decided on it. A part that was not read before follows what is next to
    it, so that nothing is left out and nothing comes twice by a decision on a sentence that was read. When others
    bring sentences into what nobody has read, or take some out, the places behind follow.
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
        """Return how many sentences the list had when it was opened, and what was seen to come and go since."""
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
        if place < 0:
            raise IndexError(k)
        while (found := self._known(place)) is None:
            if place >= self._n or not self._read_towards(place):
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
            at = sum(lines[0].is_before(mark) for _, lines in self._parts)
            if at and mark.is_before(self._parts[at - 1][1][-1]):
                self._parts.clear()  # it has come in since: the list begins anew around it
                self._n, at = queue.count(session, self.corpus_id, self.filters, track=track), 0
            end, last, following = self._around(at)
            before, is_next = self._between(session, last, mark, _PART // 2, back=True)
            behind, is_last = self._between(session, mark, following, _PART // 2)
            first = end if is_next else max(end + 1, self._n_before(session, mark) - len(before))
        lines = [*before, mark, *behind]
        if following is not None:
            end = first + len(lines)
            self._move(at, end if is_last else max(self._parts[at][0], end + 1))
        self._add(first, lines)
        return first + len(before)

    def _n_before(self, session: Session, mark: Mark) -> int:
        """Return how many stand before a line: those that were read as they stood then, the others as they do now."""
        known = [line for _, lines in self._parts for line in lines]
        here = replace(self.filters, pair_ids=tuple(line.pair_id for line in known))
        n, n_known = (
            queue_parts.n_before(session, self.corpus_id, filters, mark, track=self.track, order=self.order)
            for filters in (self.filters, here)
        )
        return n - n_known + sum(line.is_before(mark) for line in known)

    def _read_towards(self, place: int) -> bool:
        """Read what a place is in: on from the part before it, back from one that is near, else from the beginning.

        Tells whether that changed anything.
        """
        at = bisect.bisect([first for first, _ in self._parts], place)
        end, last, following = self._around(at)
        first = self._parts[at][0] if following is not None else self._n
        back = following is not None and place - end >= _PART and first - place <= _PART
        with self.store.read() as session:
            limit = _PART if back else max(_PART, place - end + 1)
            lines, is_all = self._between(session, last, following, limit, back=back)
        if following is not None:
            room = len(lines) if is_all else max(first - end, len(lines) + 1)
            self._move(at, end + room)
            self._add(end + room - len(lines) if back else end, lines)
            return bool(lines) or is_all
        self._add(end, lines)
        return bool(lines)

    def _around(self, at: int) -> tuple[int, Mark | None, Mark | None]:
        """Return where the part before one ends, its last line, and the first one of the part itself."""
        start, lines = self._parts[at - 1] if at else (0, [])
        following = self._parts[at][1][0] if at < len(self._parts) else None
        return start + len(lines), lines[-1] if lines else None, following

    def _between(
        self, session: Session, last: Mark | None, following: Mark | None, limit: int, *, back: bool = False
    ) -> tuple[list[Mark], bool]:
        """Return up to `limit` lines between two, those next to the first or to the second; and whether that is all.

        None of them was read before: a decision may have put one of those here.
        """
        known = {line.pair_id for _, lines in self._parts for line in lines}
        mark, stop = (following, last) if back else (last, following)
        new: list[Mark] = []
        while True:
            lines = queue_parts.part(session, self.corpus_id, self.filters, mark, limit=limit + 1, after=not back,
                                     track=self.track, order=self.order)  # fmt: skip
            inside = [
                line for line in lines if stop is None or (stop.is_before(line) if back else line.is_before(stop))
            ]
            found = [line for line in inside if line.pair_id not in known]
            new = [*found, *new] if back else [*new, *found]
            if len(inside) <= limit or len(new) > limit:
                return new[-limit:] if back else new[:limit], len(new) <= limit
            mark = lines[0] if back else lines[-1]

    def _move(self, at: int, first: int) -> None:
        """Let a part begin at another place, and all that is behind it follow."""
        by = first - self._parts[at][0]
        self._parts[at:] = [(start + by, lines) for start, lines in self._parts[at:]]
        self._n += by

    def _add(self, first: int, lines: list[Mark]) -> None:
        """Keep a part, joined with those that it touches."""
        joined: list[tuple[int, list[Mark]]] = []
        for start, more in sorted([*self._parts, (first, lines)], key=lambda one: one[0]):
            if joined and start == joined[-1][0] + len(joined[-1][1]):
                joined[-1][1].extend(more)
            elif more:
                joined.append((start, list(more)))
        self._parts = joined
        self._n = max(self._n, self._around(len(joined))[0])
