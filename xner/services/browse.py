"""Finding one's way in a stored corpus of any size: which corpora there are, and the sentences around one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xner.io.json_lines import loads, pair_from_record
from xner.services.access import corpus_for
from xner.services.documents import own_track
from xner.services.identity import Role, User, role_of
from xner.store import corpora, people, queue
from xner.store.rows import CorpusRow, Filters, PairRow
from xner.store.session import Session, Store
from xner.text.tokenise import detokenise

PAGE = 100
"""Sentences of a list that are offered at once."""


@dataclass(frozen=True, slots=True)
class CorpusName:
    """A corpus that somebody may see, and what they may do there."""

    id: int
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence in a list: its place there, counted from 1, and enough of it to be recognised."""

    id: int
    number: int
    lang: str
    source: str
    target: str
    status: str


@dataclass(frozen=True, slots=True)
class Around:
    """The part of a list in which one sentence stands: what a picker shows."""

    n: int
    """Sentences of the whole list."""
    current: Line | None
    """None for an empty list."""
    previous: int | None
    next: int | None
    lines: tuple[Line, ...]
    """At most `PAGE`, among them the current one."""


def names(store: Store, user: User, *, archived: bool = False) -> list[CorpusName]:
    """Return the corpora that the user may see, the newest first, without counting anything in them."""
    with store.read() as session:
        rows, grants = corpora.corpora(session, archived=archived), people.grants_of(session, user.id)
    roles = ((row, role_of(grants, user, row.id)) for row in rows)
    return [CorpusName(row.id, row.name, role) for row, role in roles if role is not None]


def languages(store: Store, user: User, corpus_id: int) -> Mapping[str, int]:
    """Return target language to number of sentences, most frequent first.

    Raises:
        NotAllowed: it takes a viewer.
    """
    corpus_for(store, user, corpus_id, Role.VIEWER)
    with store.read() as session:
        counts = queue.by_language(session, corpus_id)
    numbers = {lang: statuses.total() for lang, statuses in counts.items()}
    return dict(sorted(numbers.items(), key=lambda item: (-item[1], item[0])))


def around(
    store: Store, user: User, corpus_id: int, filters: Filters, pair_id: int | None = None, *, number: int | None = None
) -> Around:
    """Return the part of a list, in the order of the corpus, around a sentence.

    Args:
        store: where the corpus is.
        user: a viewer of it.
        corpus_id: which corpus.
        filters: which of its sentences the list holds.
        pair_id: the sentence; the first of the list where it is not in there.
        number: take this place of the list instead, counted from 1.

    Raises:
        NotAllowed: it takes a viewer.
    """
    corpus = corpus_for(store, user, corpus_id, Role.VIEWER)
    with store.read() as session:
        track = track_of(session, corpus, user)
        n = queue.count(session, corpus_id, filters, track=track)
        if not n:
            return Around(0, None, None, None, ())
        place = 0
        if number is not None:
            place = max(0, min(number, n) - 1)
        elif pair_id is not None:
            place = queue.place_of(session, corpus_id, filters, pair_id, track=track) or 0
        first = place // PAGE * PAGE
        before = min(first, 1)  # with one line before and after the part: they are the neighbours at its ends
        near = queue.ids(session, corpus_id, filters, track=track, order="document", offset=first - before,
                         limit=PAGE + before + 1)  # fmt: skip
        rows = queue.rows(session, corpus_id, Filters(pair_ids=tuple(near[before : before + PAGE])), track=track,
                          order="document", limit=PAGE)  # fmt: skip
    lines = tuple(line_of(row.pair, n, row.status) for n, row in enumerate(rows, first + 1))
    here = place - first + before
    return Around(
        n=n, current=lines[place - first], lines=lines, previous=near[here - 1] if here else None,
        next=near[here + 1] if here + 1 < len(near) else None,
    )  # fmt: skip


def track_of(session: Session, corpus: CorpusRow, user: User) -> int:
    """Return the track that a user works on in a corpus."""
    me = people.find_person(session, user.id)
    return own_track(corpus, me.id if me else None)


def line_of(row: PairRow, number: int, status: str) -> Line:
    """Return a stored pair as a line of a list."""
    pair = pair_from_record(loads(row.record))
    source, target = (detokenise(side) if side else "" for side in (pair.source, pair.target))
    return Line(row.id, number, row.target_lang, source, target, status)
