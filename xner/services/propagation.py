"""The same name elsewhere: a correction carried over to other sentences of the corpus, after somebody read them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from xner.correct.annotation import Annotation
from xner.correct.propagate import Correction, Proposal, correction_of, propagate
from xner.correct.tokens import cut
from xner.services import bulk_saves
from xner.services.bulk_accept import BulkResult
from xner.services.bulk_saves import Progress, quiet
from xner.services.documents import Document
from xner.services.identity import User
from xner.services.inspect_pair import span_text
from xner.services.work_queue import contents, shortened, track_for
from xner.store import queue
from xner.store.session import Session, Store
from xner.text.normalise import nfc
from xner.types import SentencePair, Span

_CHUNK = 500
DECIDED = ("accepted", "adjudicated", "flagged")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One sentence that a correction would change: its text around the first place, and what stands there now."""

    pair_id: int
    status: str
    before: str
    name: str
    after: str
    n_places: int
    now: str
    """Labels of the entities that give way, ``""`` where there are none."""

    @property
    def is_decided(self) -> bool:
        """Tell whether somebody has said that the sentence is right: it is then not changed unasked."""
        return self.status in DECIDED


def elsewhere(store: Store, user: User, document: Document, entity_id: str) -> list[Elsewhere]:
    """Return the other sentences of the corpus that an entity of a document would change, in their order.

    Raises:
        NotAllowed: it takes a viewer.
        KeyError: the document has no such entity.
    """
    track = track_for(store, user, document.corpus.id)
    correction = correction_of(document.pair, document.annotation, entity_id)
    found = []
    with store.read() as session:
        for pair_id, status, proposal, pair in _proposals(session, document, correction, track):
            found.append(_elsewhere(pair_id, status, proposal, pair))
    return found


def carry_over(
    store: Store, user: User, document: Document, entity_id: str, pair_ids: Sequence[int], *,
    reopen: Collection[int] = (), on_progress: Progress = quiet,
) -> BulkResult:  # fmt: skip
    """Carry an entity over to chosen sentences, which become drafts; one name undoes it in all of them.

    A sentence that somebody has decided on is left alone, unless it is one of `reopen`: the decision may have been made
    after the user looked.

    Raises:
        NotAllowed: it takes an annotator.
        KeyError: the document has no such entity.
        StoreBusy: another writer held the store for too long; what was changed before stays, and can be undone.
    """
    correction = correction_of(document.pair, document.annotation, entity_id)

    def make(other: Document) -> tuple[Annotation, str] | None:
        if other.status in DECIDED and other.id not in reopen:
            return None
        found = next(propagate(correction, [(other.pair, other.annotation)]), None)
        return (found.after, "draft") if found else None

    words = shortened(_name(document, entity_id), 60)
    wanted = [pair_id for pair_id in pair_ids if pair_id != document.id]
    return BulkResult(*bulk_saves.bulk(store, user, wanted, make, f"same name elsewhere: {words}",
                                       on_progress=on_progress))  # fmt: skip


def _name(document: Document, entity_id: str) -> str:
    entity = next(entity for entity in document.annotation.entities if entity.id == entity_id)
    target = document.pair.target
    return span_text(cut(target, document.annotation.cuts), entity.span) if target else ""


def _proposals(
    session: Session, document: Document, correction: Correction, track: int
) -> Iterator[tuple[int, str, Proposal, SentencePair]]:
    """Yield what changes; only records that hold the longest word at all are read, which most do not."""
    word = max(correction.words, key=len)
    held = [
        pair_id
        for pair_id, record in queue.records(session, document.corpus.id, correction.lang)
        if pair_id != document.id and word in nfc(record.casefold())
    ]
    for start in range(0, len(held), _CHUNK):
        found = contents(session, document.corpus.id, track, held[start : start + _CHUNK])
        pairs = ((replace(one.pair, id=str(pair_id)), one.annotation) for pair_id, one in found.items())
        for proposal in propagate(correction, pairs):
            one = found[int(proposal.pair_id)]
            yield int(proposal.pair_id), one.status, proposal, one.pair


def _elsewhere(pair_id: int, status: str, proposal: Proposal, pair: SentencePair) -> Elsewhere:
    if pair.target is None:
        raise ValueError(f"{pair.id} has no target sentence")
    target = cut(pair.target, proposal.after.cuts)
    span = proposal.spans[0]
    gone = [entity.label for entity in proposal.before.entities if entity.span.overlaps(span)]
    return Elsewhere(
        pair_id=pair_id,
        status=status,
        before=span_text(target, Span(0, span.start)) if span.start else "",
        name=span_text(target, span),
        after=span_text(target, Span(span.end, len(target))) if span.end < len(target) else "",
        n_places=len(proposal.spans),
        now=", ".join(gone),
    )
