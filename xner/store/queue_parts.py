"""Parts of a long list: what stands before and after a line, read from there on and not from the list's beginning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, func, null
from sqlalchemy.orm import Session

from xner.store.queue import Order, QueueColumns
from xner.store.rows import OWN, Filters


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of a list and where its order puts it: `value` is its risk or when it changed, None by document."""

    pair_id: int
    value: float | str | None
    place: int

    def is_before(self, other: Mark) -> bool:
        """Tell whether it stands before another line of a list in its order.

        Example:
            >>> Mark(7, 0.5, 1).is_before(Mark(8, 0.25, 0)), Mark(7, None, 1).is_before(Mark(8, None, 0))
            (True, False)
        """
        if self.value == other.value:
            return self.place < other.place
        return self.value > other.value  # type: ignore[operator]


def mark_of(session: Session, corpus_id: int, filters: Filters, pair_id: int, *, track: int = OWN,
            order: Order = "risk") -> Mark | None:  # fmt: skip
    """Return where a pair stands in a list, None where it is not in there."""
    query, _ = _lines(corpus_id, replace(filters, pair_ids=(pair_id,)), track, order)
    found = session.execute(query).first()
    return Mark(*found) if found else None


def n_before(session: Session, corpus_id: int, filters: Filters, mark: Mark, *, track: int = OWN,
             order: Order = "risk") -> int:  # fmt: skip
    """Return how many lines of a list stand before one."""
    return sum(
        session.scalar(query.with_only_columns(func.count())) or 0
        for query, _ in _beside(corpus_id, filters, track, order, mark, after=False)
    )


def part(session: Session, corpus_id: int, filters: Filters, mark: Mark | None, *, limit: int, after: bool = True,
         track: int = OWN, order: Order = "risk") -> list[Mark]:  # fmt: skip
    """Return up to `limit` lines next to one, in the order of the list; without a mark those it begins with.

    Lines of one risk are asked for by themselves: an index then has them in their order, however many they are.
    """
    if mark is None:
        query, columns = _lines(corpus_id, filters, track, order)
        top = query.order_by(*(c.desc() for c in columns[:-1]), columns[-1]).limit(limit)
        return [Mark(*row) for row in session.execute(top)]
    found: list[Mark] = []
    for query, columns in _beside(corpus_id, filters, track, order, mark, after=after):
        if len(found) < limit:
            *values, place = columns
            turned = [c.desc() if after else c for c in values] + [place if after else place.desc()]
            found += [Mark(*row) for row in session.execute(query.order_by(*turned).limit(limit - len(found)))]
    return found if after else found[::-1]


def _beside(
    corpus_id: int, filters: Filters, track: int, order: Order, mark: Mark, *, after: bool
) -> list[tuple[Select[Any], tuple[Any, ...]]]:
    """Return the queries of all lines on a side of a mark, the nearest first, each with the columns of its order."""
    query, columns = _lines(corpus_id, filters, track, order)
    *values, place = columns
    beyond = place > mark.place if after else place < mark.place
    if not values:
        return [(query.where(beyond), (place,))]
    value = values[0]
    return [
        (query.where(value == mark.value, beyond), (place,)),
        (query.where(value < mark.value if after else value > mark.value), columns),
    ]


def _lines(corpus_id: int, filters: Filters, track: int, order: Order) -> tuple[Select[Any], tuple[Any, ...]]:
    view = QueueColumns(track)
    values: dict[str, Any] = {"risk": view.risk, "changed": view.changed}
    by = (values[order], view.base.place) if order in values else (view.base.place,)
    columns = (view.base.pair_id, by[0] if len(by) > 1 else null(), view.base.place)
    return view.select(corpus_id, *columns, filters=filters), by
