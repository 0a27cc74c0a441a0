"""One action on many pairs: a revision each, in short transactions, under one name that takes all of it back."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

from xner.correct.annotation import Annotation, annotation_of, parse_annotation
from xner.services.access import pair_for
from xner.services.corpora import person
from xner.services.corrections import revision_of, standing_again
from xner.services.documents import Document, open_document
from xner.services.identity import Role, User
from xner.store import revisions
from xner.store.revisions import SERVER, Refused
from xner.store.rows import BACK, NewRevision
from xner.store.session import Session, Store

Progress = Callable[[int], None]
"""Called with the number of pairs that are done."""
_CHUNK = 50
"""Pairs that are saved at once: others save in between."""


def quiet(_n_done: int) -> None:
    """Tell nobody how far it is."""


def bulk(
    store: Store, user: User, pair_ids: Sequence[int], make: Callable[[Document], tuple[Annotation, str] | None],
    note: str, *, track: int | None = None, parents: Callable[[Document], str] | None = None,
    begun_from: Callable[[Document], int | None] | None = None, on_progress: Progress = quiet,
) -> tuple[str, int, int]:  # fmt: skip
    """Save one action on many pairs, a revision each, under one name for undoing it.

    Args:
        store: where it is saved.
        user: an annotator of every pair.
        pair_ids: in the order in which they are done.
        make: returns annotation and status of a pair, ``None`` to leave it alone.
        note: what the history shows.
        track: another than the user's own: 0 for the pair's own history.
        parents: returns the versions that a pair's annotation was made from.
        begun_from: returns the projection that it began from, where that is another than the document's.
        on_progress: called with the number of pairs that are done.

    Returns:
        The name of the action, how many pairs it changed, how many it left alone or found changed meanwhile.
    """
    batch, me = secrets.token_hex(8), person(store, user)
    n_changed = 0
    for start in range(0, len(pair_ids), _CHUNK):
        saves = []
        for pair_id in pair_ids[start : start + _CHUNK]:
            pair_for(store, user, pair_id, Role.ANNOTATOR)
            document = open_document(store, user, pair_id, SERVER, track=track)
            made = make(document)
            if made is not None:
                new = revision_of(store, document, me, made[0], made[1], note=note)
                origin = begun_from(document) if begun_from else None
                named = parents(document) if parents else None
                saves.append(replace(new, batch=batch, parents=named, projection_id=origin))
        n_changed += _append_all(store, saves)
        on_progress(min(start + _CHUNK, len(pair_ids)))
    return batch, n_changed, len(pair_ids) - n_changed


def undo_bulk(store: Store, user: User, batch: str, *, on_progress: Progress = quiet) -> tuple[int, int]:
    """Take a bulk action back where nobody has worked since; return how many pairs went back, how many did not.

    A pair on which nobody had worked before stands again as it began: new, projected or failed.

    Raises:
        NotAllowed: it takes an annotator; a reviewer, if somebody else did it.
    """
    me, n_back, n_seen, last = person(store, user), 0, 0, 0
    while True:
        with store.read() as session:
            rows = revisions.revisions_of_batch(session, batch, after=last, limit=_CHUNK)
        if not rows:
            return n_back, n_seen - n_back
        saves, last, n_seen = [], rows[-1].id, n_seen + len(rows)
        for row in rows:
            pair_for(store, user, row.pair_id, Role.ANNOTATOR if row.author == me else Role.REVIEWER)
            document = open_document(store, user, row.pair_id, SERVER, track=row.track)
            if document.number != row.number:
                continue
            with store.read() as session:
                before = revisions.revision(session, row.pair_id, row.track, row.number - 1)
            annotation = parse_annotation(json.loads(before.payload)) if before else annotation_of(document.projection)
            status = before.status if before else BACK
            new = revision_of(store, document, me, annotation, status, note="bulk action taken back")
            saves.append(standing_again(new, before))
        n_back += _append_all(store, saves)
        on_progress(n_seen)


def size(store: Store, batch: str) -> int:
    """Return how many pairs an action changed."""
    with store.read() as session:
        return revisions.n_of_batch(session, batch)


def _append_all(store: Store, saves: Sequence[NewRevision]) -> int:
    """Save some pairs in one short transaction; return how many had not changed meanwhile."""

    def work(session: Session) -> int:
        return sum(not isinstance(revisions.append(session, new), Refused) for new in saves)

    return store.write(work) if saves else 0
