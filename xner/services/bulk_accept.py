"""Accepting at once what needs no eye: every method found the same spans, and the names came back from translation."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from xner.correct.annotation import Annotation
from xner.correct.checklist import unsettled
from xner.services import bulk_saves
from xner.services.access import corpus_for
from xner.services.bulk_saves import Progress, quiet
from xner.services.documents import Document
from xner.services.identity import Role, User
from xner.services.queue_view import View
from xner.services.work_queue import Row, filters_of, rows_of, track_for
from xner.store import dashboard, people, projections, queue, queue_figures
from xner.store.queue_figures import BatchRow
from xner.store.rows import Filters
from xner.store.session import Session, Store

NOTE = "accepted at once: methods agree, round trip holds"
DOUBTS = ("failed", "missing", "methods-disagree", "roundtrip-lost", "label-conflict", "duplicate", "low-confidence")
"""Tags that keep a sentence out: it needs an eye."""
_SHOWN = 5
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Agreeing:
    """What can be accepted at once: sentences in their order, and those whose round trip nobody has computed."""

    pair_ids: tuple[int, ...]
    n_without_round_trip: int
    """Left out, since there is no back-translation to hold."""


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What a bulk action did; `n_left` were left alone or had changed meanwhile."""

    batch: str
    n_changed: int
    n_left: int


def agreeing(store: Store, user: User, corpus_id: int, view: View) -> Agreeing:
    """Return the sentences of a list that nobody has touched, whose methods agree and whose round trip holds.

    Raises:
        NotAllowed: it takes a viewer.
    """
    track = track_for(store, user, corpus_id)
    filters = filters_of(store, user, corpus_id, view)
    if filters.statuses and "projected" not in filters.statuses:
        return Agreeing((), 0)
    wanted = replace(filters, statuses=("projected",), without_tags=DOUBTS)
    with store.read() as session:
        stamp = dashboard.stamp(session, corpus_id)
    return _agreeing(store, corpus_id, track, wanted, stamp)


@lru_cache(maxsize=2)
def _agreeing(store: Store, corpus_id: int, track: int, wanted: Filters, _stamp: tuple[int, ...]) -> Agreeing:
    """Look through a list, once as long as nothing is saved: the panel that shows it is drawn again at every click."""
    with store.read() as session:
        ids = queue.ids(session, corpus_id, wanted, track=track, order="document")
        with_round_trip = tuple(pair_id for pair_id, has in _round_trips(session, ids) if has)
    return Agreeing(with_round_trip, len(ids) - len(with_round_trip))


def sample(store: Store, user: User, corpus_id: int, pair_ids: Sequence[int], seed: int) -> list[Row]:
    """Return up to 5 rows drawn at random: what somebody reads before accepting them all.

    Raises:
        NotAllowed: it takes a viewer.
    """
    drawn = random.Random(seed).sample(list(pair_ids), min(_SHOWN, len(pair_ids)))  # noqa: S311 (a sample to read)
    return rows_of(store, user, corpus_id, drawn)


def accept(
    store: Store, user: User, corpus_id: int, pair_ids: Sequence[int], *, on_progress: Progress = quiet
) -> BulkResult:
    """Accept sentences as they were projected; one name undoes them all.

    Raises:
        NotAllowed: it takes an annotator.
        StoreBusy: another writer held the store for too long; what was accepted before stays, and can be undone.
    """
    corpus_for(store, user, corpus_id, Role.ANNOTATOR)
    return BulkResult(*bulk_saves.bulk(store, user, pair_ids, _accepted, NOTE, on_progress=on_progress))


def last_batch(store: Store, user: User, corpus_id: int) -> BatchRow | None:
    """Return the user's newest bulk action that can still be taken back somewhere.

    Raises:
        NotAllowed: it takes a viewer.
    """
    corpus_for(store, user, corpus_id, Role.VIEWER)
    with store.read() as session:
        me = people.find_person(session, user.id)
        found = queue_figures.batches(session, corpus_id, me.id, limit=1) if me else []
    return found[0] if found and found[0].n_newest else None


def _accepted(document: Document) -> tuple[Annotation, str] | None:
    if document.status != "projected" or unsettled(document.pair, document.annotation):
        return None
    entities = tuple(replace(entity, status="accepted") for entity in document.annotation.entities)
    return replace(document.annotation, entities=entities), "accepted"


def _round_trips(session: Session, pair_ids: Sequence[int]) -> Iterator[tuple[int, bool]]:
    for start in range(0, len(pair_ids), _CHUNK):
        chunk = pair_ids[start : start + _CHUNK]
        found = projections.with_back_translation(session, chunk)
        yield from ((pair_id, pair_id in found) for pair_id in chunk)
