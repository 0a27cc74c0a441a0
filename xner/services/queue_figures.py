"""Figures beside the queue: who did what, and what the order by risk has gained so far."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from xner.correct.annotation import annotation_of, parse_annotation
from xner.correct.differences import differences
from xner.io.json_lines import loads, pair_from_record, projection_from_record
from xner.services.access import corpus_for
from xner.services.identity import Role, User
from xner.services.work_queue import track_for
from xner.store import people, queue_figures
from xner.store.queue_figures import DecidedRow
from xner.store.rows import OWN
from xner.store.session import Store

FIRST = 50
"""The gain is told of as many sentences, and hidden below as many corrections."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one person's newest revisions made of the corpus; `last` is when, in UTC."""

    name: str
    statuses: Counter[str]
    last: str


@dataclass(frozen=True, slots=True)
class Gain:
    """The `n_first` riskiest of `n_rows` decided sentences needed `n_found` of `n_corrections` corrections."""

    n_first: int
    n_rows: int
    n_found: int
    n_corrections: int


def contributions(store: Store, user: User, corpus_id: int) -> list[Contribution]:
    """Return who did what, most sentences first; those who work blind to each other see themselves alone.

    Raises:
        NotAllowed: it takes a viewer.
    """
    corpus = corpus_for(store, user, corpus_id, Role.VIEWER)
    with store.read() as session:
        names, rows = people.names(session), queue_figures.shares(session, corpus_id)
        me = people.find_person(session, user.id)
    counts: dict[int, Counter[str]] = {}
    last: dict[int, str] = {}
    for row in rows:
        if corpus.mode == "independent" and (me is None or row.author != me.id):
            continue
        counts.setdefault(row.author, Counter())[row.status] += row.n_pairs
        last[row.author] = max(last.get(row.author, ""), row.changed)
    found = [Contribution(names.get(who, "?"), counts[who], last[who]) for who in counts]
    return sorted(found, key=lambda one: (-one.statuses.total(), one.name))


def gain(store: Store, user: User, corpus_id: int) -> Gain | None:
    """Return what the order by risk found, measured on the 500 sentences decided on last; ``None`` for too few.

    Raises:
        NotAllowed: it takes a viewer.
    """
    track = track_for(store, user, corpus_id)
    if track < OWN:
        return None
    with store.read() as session:
        rows = queue_figures.decided(session, corpus_id, track=track)
    return gain_of([n_corrections(row) for row in rows])


def gain_of(corrections: Iterable[int], first: int = FIRST) -> Gain | None:
    """Return the gain from the number of corrections of every sentence, the riskiest first.

    Example:
        >>> gain_of([1, 1, 0, 1], first=2)
        Gain(n_first=2, n_rows=4, n_found=2, n_corrections=3)
        >>> gain_of([1, 0], first=2) is None
        True
    """
    counts = list(corrections)
    total = sum(counts)
    if total < first or len(counts) <= first:
        return None
    return Gain(first, len(counts), sum(counts[:first]), total)


def n_corrections(row: DecidedRow) -> int:
    """Return how many entities of a sentence differ from its projection, those marked as dropped included."""
    record = loads(row.record)
    projected, now = annotation_of(projection_from_record(record)), parse_annotation(json.loads(row.payload))
    found = differences(projected, now, pair_from_record(record).target)
    return sum(change.kind != "same" for change in found.entities) + len(found.dropped_left | found.dropped_right)
