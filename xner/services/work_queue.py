"""The queue of a corpus: which sentences, in which order, where one stands among them, how far the work is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from xner.correct.annotation import Annotation, annotation_of, parse_annotation
from xner.correct.tokens import cut
from xner.io.json_lines import loads, pair_from_record, projection_from_record
from xner.services import dashboard_corpus
from xner.services.access import corpus_for
from xner.services.documents import NOBODY, own_track
from xner.services.identity import Role, User
from xner.services.inspect_pair import span_text
from xner.services.queue_view import View
from xner.store import dashboard, people, projections, queue, revisions
from xner.store.rows import OWN, Filters, ProjectionRow, QueueRow, RevisionRow
from xner.store.session import Session, Store
from xner.text.tokenise import detokenise
from xner.types import SentencePair

PAGE_SIZE = 50
PREVIEW_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue. `risk` in [0, 1]; texts are cut to 80 characters; `entities` as (label, text)."""

    pair_id: int
    risk: float
    lang: str
    source: str
    target: str
    entities: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    status: str
    annotator: str
    changed: str


@dataclass(frozen=True, slots=True)
class Content:
    """A sentence with what stands in it now; `pair` has the source entities that its projection found."""

    pair: SentencePair
    annotation: Annotation
    status: str


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of one page, numbered from 1, and how long the whole list is."""

    rows: tuple[Row, ...]
    number: int
    n_pages: int
    n_rows: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer, with the number of sentences of each; `people` maps a person's number to the name."""

    languages: Counter[str]
    statuses: Counter[str]
    labels: Counter[str]
    tags: Counter[str]
    people: dict[int, str]


def track_for(store: Store, user: User, corpus_id: int) -> int:
    """Return the track whose lists a user sees in a corpus; of somebody who has not saved yet one that is empty.

    Raises:
        NotAllowed: it takes a viewer.
    """
    corpus = corpus_for(store, user, corpus_id, Role.VIEWER)
    with store.read() as session:
        me = people.find_person(session, user.id)
    return own_track(corpus, me.id if me else None)


def filters_of(store: Store, user: User, corpus_id: int, view: View) -> Filters:
    """Return the filters of a list, with the sentences behind a number of the dashboard where it is one of those.

    Raises:
        NotAllowed: it takes a viewer, or the corpus has no such number any more.
    """
    if view.behind is None:
        return view.filters
    return replace(view.filters, pair_ids=tuple(dashboard_corpus.pairs_behind(store, user, corpus_id, view.behind)))


def page(store: Store, user: User, corpus_id: int, view: View) -> Page:
    """Return one page of a list; a number beyond the end gives the last page.

    Raises:
        NotAllowed: it takes a viewer.
    """
    track, filters = track_for(store, user, corpus_id), filters_of(store, user, corpus_id, view)
    with store.read() as session:
        total = queue.count(session, corpus_id, filters, track=track)
        n_pages = max(1, -(-total // PAGE_SIZE))
        number = min(view.page, n_pages)
        offset = (number - 1) * PAGE_SIZE
        if view.order == "random":
            ids = queue.ids(session, corpus_id, filters, track=track, order="random", seed=view.seed)
            found = _found(session, corpus_id, track, ids[offset : offset + PAGE_SIZE])
        else:
            found = queue.rows(
                session, corpus_id, filters, track=track, order=view.order, limit=PAGE_SIZE, offset=offset
            )
        rows = _rows(session, track, found)
    return Page(rows, number, n_pages, total)


def rows_of(store: Store, user: User, corpus_id: int, pair_ids: Sequence[int]) -> list[Row]:
    """Return the lines of some sentences, in the order of their ids as given; those of another corpus are left out.

    Raises:
        NotAllowed: it takes a viewer.
    """
    track = track_for(store, user, corpus_id)
    with store.read() as session:
        return list(_rows(session, track, _found(session, corpus_id, track, pair_ids)))


def pair_ids(store: Store, user: User, corpus_id: int, view: View) -> list[int]:
    """Return the sentences of a whole list in its order.

    Raises:
        NotAllowed: it takes a viewer.
    """
    track, filters = track_for(store, user, corpus_id), filters_of(store, user, corpus_id, view)
    with store.read() as session:
        return queue.ids(session, corpus_id, filters, track=track, order=view.order, seed=view.seed)


def removed_by(store: Store, user: User, corpus_id: int, filters: Filters) -> tuple[str, int] | None:
    """Return the filter without which a list would be longest, and how long; ``None`` if nothing is filtered.

    Raises:
        NotAllowed: it takes a viewer.
    """
    track = track_for(store, user, corpus_id)
    with store.read() as session:
        lengths = queue.removed_by(session, corpus_id, filters, track=track)
    return max(lengths.items(), key=lambda item: item[1]) if lengths else None


def choices(store: Store, user: User, corpus_id: int) -> Choices:
    """Return what can be filtered by.

    Raises:
        NotAllowed: it takes a viewer.
    """
    track = track_for(store, user, corpus_id)
    with store.read() as session:
        by_language = queue.by_language(session, corpus_id, track=track)
        values = _values(store, corpus_id, track, dashboard.stamp(session, corpus_id))
        names, authors = people.names(session), queue.authors(session, corpus_id)
    if track == NOBODY:
        authors = Counter()
    elif track != OWN:
        authors = Counter({track: authors[track]}) if authors[track] else Counter()
    statuses: Counter[str] = sum(by_language.values(), Counter())
    languages = Counter({lang: counts.total() for lang, counts in by_language.items()})
    return Choices(
        languages, statuses, values["labels"], values["tags"], {number: names.get(number, "?") for number in authors}
    )


@lru_cache(maxsize=16)
def _values(store: Store, corpus_id: int, track: int, _stamp: tuple[int, ...]) -> Mapping[str, Counter[str]]:
    """Return what can be filtered by, kept as long as nothing is saved: each line of the list has to be read for it."""
    with store.read() as session:
        return queue.values(session, corpus_id, track=track)


def _found(session: Session, corpus_id: int, track: int, pair_ids: Sequence[int]) -> list[QueueRow]:
    rows = queue.rows(session, corpus_id, Filters(pair_ids=tuple(pair_ids)), track=track, limit=len(pair_ids))
    by_id = {row.pair.id: row for row in rows}
    return [by_id[pair_id] for pair_id in pair_ids if pair_id in by_id]


def _rows(session: Session, track: int, found: Sequence[QueueRow]) -> tuple[Row, ...]:
    names, pair_ids = people.names(session), [row.pair.id for row in found]
    projected = projections.newest_of(session, pair_ids)
    saved = revisions.newest_revisions(session, pair_ids, track)
    return tuple(
        _row(row, _content(row, projected.get(row.pair.id), saved.get(row.pair.id)), names) for row in found
    )  # fmt: skip


def contents(session: Session, corpus_id: int, track: int, pair_ids: Sequence[int]) -> dict[int, Content]:
    """Return sentences with what stands in them now, in the order of the ids as given."""
    rows = _found(session, corpus_id, track, pair_ids)
    projected = projections.newest_of(session, pair_ids)
    saved = revisions.newest_revisions(session, pair_ids, track)
    return {row.pair.id: _content(row, projected.get(row.pair.id), saved.get(row.pair.id)) for row in rows}


def _content(row: QueueRow, projected: ProjectionRow | None, saved: RevisionRow | None) -> Content:
    record = loads(projected.record if projected else row.pair.record)
    annotation = annotation_of(projection_from_record(record) if projected else None)
    if saved is not None:
        annotation = parse_annotation(json.loads(saved.payload))
    return Content(pair_from_record(record), annotation, row.status)


def _row(row: QueueRow, content: Content, names: Mapping[int, str]) -> Row:
    pair, annotation = content.pair, content.annotation
    target = cut(pair.target, annotation.cuts) if pair.target and pair.target.tokens else pair.target
    return Row(
        pair_id=row.pair.id,
        risk=row.risk,
        lang=row.pair.target_lang,
        source=shortened(detokenise(pair.source) if pair.source else ""),
        target=shortened(detokenise(pair.target) if pair.target else ""),
        entities=tuple((e.label, span_text(target, e.span)) for e in annotation.entities),
        tags=row.tags,
        status=row.status,
        annotator=names.get(row.author, "") if row.author is not None else "",
        changed=row.changed,
    )


def shortened(text: str, limit: int = PREVIEW_CHARACTERS) -> str:
    """Return the text, cut with an ellipsis."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
