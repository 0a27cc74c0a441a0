"""Invariants that take reading each row: hashes, records, payloads, labels, texts. Every table is read once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from xner.correct.annotation import Annotation, parse_annotation
from xner.correct.labels import parse_labels
from xner.correct.tokens import check_cuts
from xner.errors import XnerError
from xner.io.json_lines import loads
from xner.io.records import pair_from_record, projection_from_record
from xner.store.doctor_repairs import add_labels, empty_undo, fill_searched, pairs_shown
from xner.store.invariant import Invariant
from xner.store.rows import OWN
from xner.store.searched import searched_text
from xner.store.tables import Conflict, Corpus, Head, Pair, Person, Projection, Revision, UndoStack
from xner.text.normalise import text_problem
from xner.types import SentencePair

_CHUNK = 500
_UNREADABLE = (XnerError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What parsing raises on a row that is not what it should be."""


class Problem(NamedTuple):
    """A place where an invariant doesn't hold; `what` is for its repair."""

    name: str
    place: str
    what: Any = None


@dataclass(slots=True)
class _Known:
    """The pair that rows before were about, parsed once."""

    key: tuple[int, int | None] = (0, None)
    pair: SentencePair | None = None


@dataclass(slots=True)
class _Reader:
    """Reads rows a chunk at a time, and tells how many it has read."""

    session: Session
    tell: Callable[[int], None]
    n_read: int = 0

    def stream(self, query: Any) -> Iterator[Any]:
        for chunk in self.session.execute(query.execution_options(yield_per=_CHUNK)).partitions():
            yield from chunk
            self.n_read += len(chunk)
            self.tell(self.n_read)


def problems(session: Session, tell: Callable[[int], None] = lambda _n_read: None) -> Iterator[Problem]:
    """Yield every place where one of `INVARIANTS` doesn't hold; `tell` is called with the number of rows read."""
    reader = _Reader(session, tell)
    labels: dict[int, frozenset[str] | None] = {}
    for corpus in session.execute(select(Corpus.id, Corpus.name, Corpus.labels)):
        labels[corpus.id] = _names(corpus.labels)
        if labels[corpus.id] is None:
            yield Problem("label-sets-readable", f"corpus {corpus.id}")
        yield from _clean(f"name of corpus {corpus.id}", corpus.name)
    for person in session.execute(select(Person.id, Person.name, Person.subject)):
        yield from _clean(f"name of person {person.id}", person.name, person.subject)
    for row in reader.stream(pairs_shown()):
        yield from _pair(row)
    shown = and_(Head.projection_id == Projection.id, Head.number == 0, Head.track == OWN)
    query = (
        select(Projection.__table__, Pair.record.label("imported"), Pair.corpus_id, Head.number.label("shown"))
        .join(Pair, Pair.id == Projection.pair_id)
        .outerjoin(Head, and_(Head.pair_id == Projection.pair_id, shown))
    )
    for row in reader.stream(query.order_by(Projection.id)):
        yield from _projection(row, labels.get(row.corpus_id))
    for table, word in ((Revision, "revision"), (Conflict, "conflict")):
        yield from _payloads(reader, table, word, labels)
    for undo in reader.stream(select(UndoStack.__table__)):
        yield from _undo(undo)


def _pair(row: Any) -> Iterator[Problem]:
    place = f"pair {row.id}"
    if _digest(row.record) != row.sha256:
        yield Problem("pairs-unchanged", place)
    if searched_text(row.shown) != row.searched:
        yield Problem("search-complete", place)
    try:
        pair = pair_from_record(loads(row.record))
    except _UNREADABLE as error:
        yield Problem("pairs-readable", f"{place}: {error}")
        return
    langs = (pair.source.lang if pair.source else "und", pair.target.lang if pair.target else "und")
    if (pair.id, *langs) != (row.record_id, row.source_lang, row.target_lang):
        yield Problem("pairs-named", place)


def _projection(row: Any, labels: frozenset[str] | None) -> Iterator[Problem]:
    place = f"projection {row.id} of pair {row.pair_id}"
    if _digest(row.record) != row.sha256:
        yield Problem("projections-unchanged", place)
    try:
        record = loads(row.record)
        entities = record["projection"].get("entities")
        if row.status == "failed" and (entities or not record["projection"].get("reason")):
            yield Problem("failed-are-empty", place)
        pair, projection = pair_from_record(record), projection_from_record(record)
        imported = loads(row.imported)
    except _UNREADABLE as error:
        yield Problem("projections-readable", f"{place}: {error}")
        return
    tokens = {f"{side}_tokens": imported.get(f"{side}_tokens") for side in ("source", "target")}
    if projection is None or projection.status != row.status or pair.id != imported.get("id"):
        yield Problem("projections-of-their-pair", place)
    elif any(here is not None and here != record.get(name) for name, here in tokens.items()):
        yield Problem("projections-of-their-pair", f"{place}: other tokens")
    elif row.shown is not None:
        yield from _labelled(place, row.corpus_id, {entity.label for entity in projection.entities}, labels)


def _payloads(reader: _Reader, table: Any, word: str, labels: dict[int, frozenset[str] | None]) -> Iterator[Problem]:
    known = _Known()
    has_projection = table is Revision
    columns = (Pair.record.label("imported"), Pair.corpus_id)
    query = select(table.__table__, *columns).join(Pair, Pair.id == table.pair_id)
    if has_projection:
        query = query.add_columns(Projection.record.label("projected"), Head.number.label("newest"))
        query = query.outerjoin(Projection, Projection.id == table.projection_id)
        query = query.outerjoin(Head, and_(Head.pair_id == table.pair_id, Head.track == table.track))
    for row in reader.stream(query.order_by(table.pair_id, table.id)):
        place = f"{word} {row.number if has_projection else row.id} of pair {row.pair_id}"
        if has_projection and row.track:
            place += f", track {row.track}"
        if _digest(row.payload) != row.sha256:
            yield Problem(f"{word}s-unchanged", place)
        yield from _clean(f"note of {place}", row.note or "")
        key = (row.pair_id, row.projection_id if has_projection else None)
        if known.key != key:
            record = row.projected if has_projection and row.projected else row.imported
            known.key, known.pair = key, _parsed(record)
        try:
            annotation = parse_annotation(json.loads(row.payload))
        except _UNREADABLE as error:
            yield Problem(f"{word}s-readable", f"{place}: {error}")
            continue
        if known.pair is not None:  # else the pair itself was named
            yield from _fits(place, annotation, known.pair, sources=has_projection)
        if has_projection and row.newest == row.number:  # a label that is no longer used may leave the set
            used = {entity.label for entity in annotation.entities}
            yield from _labelled(place, row.corpus_id, used, labels.get(row.corpus_id))


def _fits(place: str, annotation: Annotation, pair: SentencePair, *, sources: bool) -> Iterator[Problem]:
    """Yield what of an annotation lies outside its pair; a refused save may be of another projection."""
    n_source, n_target = (len(side) if side else 0 for side in (pair.source, pair.target))
    n_entities = len(pair.source_entities or ())
    n_tokens = n_target
    if annotation.cuts is not None and pair.target is not None:
        try:
            check_cuts(pair.target, annotation.cuts)
        except ValueError as error:
            yield Problem("cuts-in-tokens", f"{place}: {error}")
            return
        n_tokens = len(annotation.cuts) + 1
    if any(entity.span.end > n_tokens for entity in annotation.entities):
        yield Problem("spans-in-range", place)
    if any(not (0 <= i < n_source and 0 <= j < n_target) for i, j in annotation.links):
        yield Problem("links-in-range", place)
    named = {*annotation.dropped, *(entity.source for entity in annotation.entities if entity.source is not None)}
    if sources and any(not 0 <= number < n_entities for number in named):
        yield Problem("sources-in-range", place)


def _undo(row: Any) -> Iterator[Problem]:
    try:
        if isinstance(json.loads(row.history), list):
            return
    except _UNREADABLE:
        pass
    key = (row.pair_id, row.track, row.person_id)
    yield Problem("undo-readable", f"person {row.person_id} on pair {row.pair_id}, track {row.track}", key)


def _labelled(place: str, corpus_id: int, used: set[str], labels: frozenset[str] | None) -> Iterator[Problem]:
    if labels is not None and not used <= labels:
        missing = used - labels
        yield Problem("labels-known", f"{place}: {', '.join(sorted(missing))}", (corpus_id, missing))


def _clean(place: str, *texts: str) -> Iterator[Problem]:
    for text in texts:
        if problem := text_problem(text):
            yield Problem("texts-clean", f"{place}: {problem}")


def _names(labels: str) -> frozenset[str] | None:
    try:
        return frozenset(label.name for label in parse_labels(loads(labels)["labels"]))
    except _UNREADABLE:
        return None


def _parsed(record: str) -> SentencePair | None:
    try:
        return pair_from_record(loads(record))
    except _UNREADABLE:
        return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _places(session: Session, name: str) -> Iterator[str]:
    return (problem.place for problem in problems(session) if problem.name == name)


def _add_labels(session: Session) -> Iterable[str]:
    missing: dict[int, set[str]] = {}
    for problem in problems(session):
        if problem.name == "labels-known":
            corpus_id, names = problem.what
            missing.setdefault(corpus_id, set()).update(names)
    return add_labels(session, missing)


def _empty_undo(session: Session) -> Iterable[str]:
    return empty_undo(session, [problem.what for problem in problems(session) if problem.name == "undo-readable"])


_SAYS = {
    "label-sets-readable": "every corpus has a label set that can be read",
    "pairs-unchanged": "every pair is as it was imported: its hash is that of its record",
    "pairs-readable": "every pair can be read: spans and links in range, no overlap, no forbidden character",
    "search-complete": "a search looks through the sentences of every pair as they are shown",
    "pairs-named": "id and languages of every pair are those of its record",
    "projections-unchanged": "every projection has the hash that was stored with it",
    "projections-readable": "every projection can be read: spans and links in range, no overlap",
    "projections-of-their-pair": "every projection is of the tokens of its pair and has the status of its record",
    "failed-are-empty": "a projection that failed says why and holds no entities",
    "revisions-unchanged": "every revision has the hash that was stored with it",
    "revisions-readable": "every revision can be read, and its entities don't overlap",
    "conflicts-unchanged": "every refused save has the hash that was stored with it",
    "conflicts-readable": "every refused save can be read, and its entities don't overlap",
    "cuts-in-tokens": "tokens are cut by hand between graphemes only, and white space is in none",
    "spans-in-range": "spans lie inside the tokens as they are cut",
    "links-in-range": "links by hand lie inside both sentences",
    "sources-in-range": "entities name source entities that are there",
    "labels-known": "labels of newest revisions and shown projections are in the label set of their corpus",
    "undo-readable": "undo histories can be read",
    "texts-clean": "names and notes hold no NUL, byte order mark, half emoji or control character",
}
_REPAIRS = {
    "search-complete": (fill_searched, "read the sentences again"),
    "labels-known": (_add_labels, "add them to the label set"),
    "undo-readable": (_empty_undo, "empty them; annotations stay as they are"),
}
INVARIANTS = tuple(
    Invariant(
        name, says, partial(_places, name=name), "untidy" if name in _REPAIRS else "damage",
        *_REPAIRS.get(name, (None, "")),
    )
    for name, says in _SAYS.items()
)  # fmt: skip
