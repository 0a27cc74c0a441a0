"""Lists of pairs: filtered, ordered, counted and paged by the database."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from xner.store.corpora import packed, pair_row, unpacked
from xner.store.rows import OWN, Filters, QueueRow
from xner.store.searched import folded
from xner.store.tables import Head, Pair, Projection

Order = Literal["risk", "document", "changed", "random"]
ALL = Filters()


class QueueColumns:
    """The columns of a list on a track: the pair's own line, over which lies that of the track where it exists."""

    def __init__(self, track: int) -> None:
        self.base, self.mine, self.begun, self.track = aliased(Head), aliased(Head), aliased(Projection), track
        self.status: Any = self._pick("status")
        if track != OWN:  # blind to what others made of the pair
            self.status = case((self.mine.status.is_not(None), self.mine.status), else_=self.base.start)
        self.risk, self.changed = self._pick("risk"), self._pick("changed", "created")
        self.tags, self.labels = self._pick("tags"), self._pick("labels")
        self.author: Any = self.base.author if track == OWN else self.mine.author
        self.number: Any = self.base.number if track == OWN else func.coalesce(self.mine.number, 0)

    def _pick(self, name: str, in_projection: str | None = None) -> Any:
        own = getattr(self.base, name)
        if self.track == OWN:
            return own
        begun = getattr(self.begun, in_projection or name)  # the pair's own row follows what others made of it
        return func.coalesce(getattr(self.mine, name), begun, own)

    def select(self, corpus_id: int, *columns: Any, filters: Filters = ALL) -> Select[Any]:
        """Return the query of all lines that the filters let pass.

        An index over all lines of a corpus must not be taken where one over a few of them will do: ``+ 0`` keeps a
        column out of the choice, since databases guess badly how many lines a corpus has.
        """
        corpus: Any = self.base.corpus_id if filters.pair_ids is None else self.base.corpus_id + 0
        track: Any = self.base.track + 0 if filters.authors and self.track == OWN else self.base.track
        query = (
            select(*columns)
            .select_from(self.base)
            .where(corpus == corpus_id, track == OWN, self.base.archived.is_(False))
        )
        if self.track != OWN:
            on = and_(self.mine.pair_id == self.base.pair_id, self.mine.track == self.track)
            query = query.outerjoin(self.mine, on).outerjoin(self.begun, self.begun.id == self.base.projection_id)
        return query.where(*self.conditions(filters).values())

    def conditions(self, filters: Filters) -> dict[str, ColumnElement[bool]]:
        """Return what each filter asks for, by the name that a reader knows it by."""
        found: dict[str, ColumnElement[bool]] = {}
        if filters.langs:
            found["language"] = self.base.target_lang.in_(filters.langs)
        if filters.statuses:
            found["status"] = self.status.in_(filters.statuses)
        if filters.authors:
            found["annotator"] = self.author.in_(filters.authors)
        if filters.tags:
            found["tag"] = or_(*(_holds(self.tags, tag) for tag in filters.tags))
        if filters.labels:
            found["label"] = or_(*(_holds(self.labels, label) for label in filters.labels))
        if filters.text:
            words = Pair.searched.contains(folded(filters.text), autoescape=True)
            found["text"] = exists().where(Pair.id == self.base.pair_id, words)  # read where all else lets it pass
        if filters.without_tags:
            found["tag to leave out"] = and_(*(~_holds(self.tags, tag) for tag in filters.without_tags))
        if filters.pair_ids is not None:
            # Written into the statement: a list may be longer than a database takes parameters.
            chosen: Any = bindparam("chosen", list(filters.pair_ids), expanding=True, literal_execute=True)
            found["sentences"] = self.base.pair_id.in_(chosen)
        return found


def rows(
    session: Session, corpus_id: int, filters: Filters, *, track: int = OWN, order: Order = "risk", limit: int = 50,
    offset: int = 0,
) -> list[QueueRow]:  # fmt: skip
    """Return one page of a list; which pairs it has is found out before one of them is read."""
    numbers = ids(session, corpus_id, filters, track=track, order="document" if order == "random" else order,
                  limit=limit, offset=offset)  # fmt: skip
    view = QueueColumns(track)
    columns = (Pair, view.status, view.number, view.author, view.changed, view.risk, view.tags, view.labels)
    query = view.select(corpus_id, *columns, filters=Filters(pair_ids=tuple(numbers)))
    found = {
        p.id: QueueRow(pair_row(p), status, number, author, changed, risk, unpacked(tags), unpacked(labels))
        for p, status, number, author, changed, risk, tags, labels in session.execute(
            query.join(Pair, Pair.id == view.base.pair_id)
        )
    }
    return [found[number] for number in numbers]


def ids(
    session: Session, corpus_id: int, filters: Filters, *, track: int = OWN, order: Order = "risk", seed: int = 0,
    limit: int | None = None, offset: int = 0,
) -> list[int]:  # fmt: skip
    """Return the ids of a whole list in its order, or of a part of it; `random` is the same for the same seed."""
    view = QueueColumns(track)
    query = view.select(corpus_id, view.base.pair_id, filters=filters).order_by(*_order(view, order))
    found = list(session.scalars(query if limit is None else query.limit(limit).offset(offset)))
    if order == "random":
        random.Random(seed).shuffle(found)  # noqa: S311 (an order of reading, no secret)
    return found


def count(session: Session, corpus_id: int, filters: Filters, *, track: int = OWN) -> int:
    """Return how many pairs a list has."""
    view = QueueColumns(track)
    return session.scalar(view.select(corpus_id, func.count(), filters=filters)) or 0


def place_of(session: Session, corpus_id: int, filters: Filters, pair_id: int, *, track: int = OWN) -> int | None:
    """Return how many pairs of a list stand before one, in the order of the corpus; None where it is not in there."""
    view = QueueColumns(track)
    place = session.scalar(select(Head.place).where(Head.pair_id == pair_id, Head.track == OWN))
    here = replace(filters, pair_ids=(pair_id,))
    if place is None or (filters.pair_ids is not None and pair_id not in filters.pair_ids):
        return None
    if not count(session, corpus_id, here, track=track):
        return None
    before = view.select(corpus_id, func.count(), filters=filters).where(view.base.place < place)
    return session.scalar(before) or 0


def removed_by(session: Session, corpus_id: int, filters: Filters, *, track: int = OWN) -> dict[str, int]:
    """Return for every filter how many rows there would be without it: what an empty list needs to know."""
    view = QueueColumns(track)
    conditions = view.conditions(filters)
    return {
        name: session.scalar(
            view.select(corpus_id, func.count()).where(*(c for other, c in conditions.items() if other != name))
        )
        or 0
        for name in conditions
    }


def by_language(session: Session, corpus_id: int, *, track: int = OWN) -> dict[str, Counter[str]]:
    """Return target language to status to number of pairs, for progress."""
    view = QueueColumns(track)
    query = view.select(corpus_id, view.base.target_lang, view.status, func.count())
    counts: dict[str, Counter[str]] = {}
    for lang, status, number in session.execute(query.group_by(view.base.target_lang, view.status)):
        counts.setdefault(lang, Counter())[status] = number
    return counts


def values(session: Session, corpus_id: int, *, track: int = OWN) -> dict[str, Counter[str]]:
    """Return what can be filtered by: ``tags`` and ``labels`` with their numbers of pairs."""
    view = QueueColumns(track)
    found: dict[str, Counter[str]] = {"tags": Counter(), "labels": Counter()}
    query = view.select(corpus_id, view.tags, view.labels, func.count()).group_by(view.tags, view.labels)
    for tags, labels, number in session.execute(query):
        for name, packed_values in (("tags", tags), ("labels", labels)):
            for value in unpacked(packed_values):
                found[name][value] += number
    return found


def labels_in_use(session: Session, corpus_id: int) -> Counter[str]:
    """Return label to number of pairs that use it, on whatever track; archived pairs count too."""
    query = select(Head.labels, func.count()).where(Head.corpus_id == corpus_id).group_by(Head.labels)
    found: Counter[str] = Counter()
    for text, number in session.execute(query):
        for label in unpacked(text):
            found[label] += number
    return found


def authors(session: Session, corpus_id: int) -> Counter[int]:
    """Return person to number of pairs whose newest revision, on any track, is theirs."""
    query = (
        select(Head.author, func.count())
        .where(Head.corpus_id == corpus_id, Head.author.is_not(None))
        .group_by(Head.author)
    )
    return Counter({author: number for author, number in session.execute(query) if author is not None})


def records(session: Session, corpus_id: int, target_lang: str) -> Iterator[tuple[int, str]]:
    """Yield (pair, record as imported) of a target language, in the order of the corpus."""
    query = select(Pair.id, Pair.record).where(
        Pair.corpus_id == corpus_id, Pair.target_lang == target_lang, Pair.archived.is_(False)
    )
    found = session.execute(query.order_by(Pair.place).execution_options(yield_per=1000))
    yield from ((pair_id, record) for pair_id, record in found)


def _order(view: QueueColumns, order: Order) -> tuple[Any, ...]:
    if order == "risk":
        return view.risk.desc(), view.base.place
    if order == "changed":
        return view.changed.desc(), view.base.place
    return (view.base.place,)


def _holds(column: Any, value: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.contains(packed([value]), autoescape=True)
    return found
