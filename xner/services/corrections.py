"""Saving what a linguist did: checked, rated, committed; a save that comes too late is kept as a conflict."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from xner.config import RunConfig
from xner.correct.annotation import (
    AnnotatedEntity,
    Annotation,
    annotation_of,
    canonical,
    parse_annotation,
    plain_annotation,
)
from xner.correct.edits import parse_edit
from xner.correct.tokens import remap
from xner.errors import InputError, NotAllowed, RevisionConflict
from xner.pipeline import Trace
from xner.services.access import corpus_for, pair_for
from xner.services.assessment import assess
from xner.services.corpora import person
from xner.services.documents import NOBODY, Document, delta, newest_steps, open_document
from xner.services.identity import Role, User
from xner.services.manual_links import decide, rematch_decided
from xner.services.refused_saves import base_of, merged, pair_counted
from xner.store import revisions
from xner.store.revisions import SERVER, Refused, seen_token
from xner.store.rows import BACK, OWN, NewRevision, RevisionRow
from xner.store.session import Session, Store
from xner.types import Link, Span

Decision = Literal["theirs", "mine", "merge"]
_BASE = re.compile(r"[rp][0-9]{1,18}")
DECISIONS = ("accepted", "skipped", "flagged")
"""Statuses that end the work on a sentence, and that can be taken back."""
_CHUNK = 50
"""Pairs that a bulk action saves at once: others save in between."""


@dataclass(frozen=True, slots=True)
class SaveResult:
    """A save that is committed: the number of the revision, and what the editor's light waits for."""

    pair_id: int
    number: int
    ack_seq: int
    status: str


def save_correction(
    store: Store, user: User, edit: Mapping[str, Any], *, track: int | None = None, parents: str | None = None
) -> SaveResult:
    """Save what the editor sent and return after the commit. A save that came before is only acknowledged.

    `track` is another than the user's own: 0 for the pair's own history. With `parents`, the versions that an
    adjudicator saw, an accepted edit is adjudicated.

    Raises:
        InputError: the payload is not one that the editor makes of this pair; nothing is stored.
        NotAllowed: it takes an annotator.
        RevisionConflict: somebody else saved first; this save is kept, `context["conflict_id"]` names it.
        StoreBusy: another writer holds the store; sending again is safe.
    """
    row = pair_for(store, user, _doc_id(edit), Role.ANNOTATOR)
    document = open_document(store, user, row.id, _client(edit), track=track)
    rev = edit.get("rev")
    if not isinstance(rev, str) or not _BASE.fullmatch(rev):
        raise InputError("The edit names no revision.", "Reload the page.", column="rev")
    with store.read() as session:
        pair = pair_counted(session, document, rev)
    parsed = parse_edit(edit, pair, document.labels, document.annotation)
    annotation = _settled(parsed.annotation) if parsed.action == "accepted" else parsed.annotation
    me = person(store, user)
    status: str = "adjudicated" if parents is not None and parsed.action == "accepted" else parsed.action
    note = parsed.note
    if document.status == "flagged" and status == "draft":  # an open question is answered by a decision, not by a key
        status, note = "flagged", note or (document.revision.note if document.revision else None)
    new = replace(
        _revision(store, document, me, annotation, status, note=note), parents=parents, client=parsed.client,
        seq=parsed.seq, base=parsed.rev, history=json.dumps(list(parsed.history)),
        ops=json.dumps([asdict(step) for step in parsed.ops]) if parsed.ops else None,
    )  # fmt: skip
    return _saved(store, new)


def save_annotation(
    store: Store, user: User, document: Document, annotation: Annotation, *, status: str, note: str | None = None,
    parents: str | None = None, projection_id: int | None = None,
) -> SaveResult:  # fmt: skip
    """Save an annotation that the app made on the user's word, on top of what `document` shows.

    `projection_id` names the projection that the annotation began from, where that is another than the document's.

    Raises:
        NotAllowed: it takes an annotator; of the pair's own history in a corpus annotated independently, a reviewer.
        RevisionConflict: the pair has changed since; look again.
    """
    row = pair_for(store, user, document.id, Role.ANNOTATOR)
    if document.track == OWN and corpus_for(store, user, row.corpus_id, Role.VIEWER).mode == "independent":
        pair_for(store, user, document.id, Role.REVIEWER)  # the document may have been opened before the mode was set
    me = person(store, user)
    new = _revision(store, document, me, annotation, status, note=note)
    return _saved(store, replace(new, parents=parents, projection_id=projection_id))


def restore_revision(store: Store, user: User, document: Document, number: int) -> SaveResult:
    """Make an earlier revision (0: the projection) the newest again; nothing in between is lost.

    Raises:
        InputError: there is no such revision.
        NotAllowed: it takes an annotator.
        RevisionConflict: the pair has changed since.
    """
    if number == 0:
        return save_annotation(store, user, document, annotation_of(document.projection), status="draft",
                               note="back to the projection")  # fmt: skip
    with store.read() as session:
        found = revisions.revision(session, document.id, document.track, number)
    if found is None:
        raise InputError(f"There is no revision {number}.", "Choose one of the list.")
    return save_annotation(
        store, user, document, parse_annotation(json.loads(found.payload)), status="draft",
        note=f"restored revision {number}", projection_id=found.projection_id,
    )  # fmt: skip


def take_back(store: Store, user: User, pair_id: int, number: int) -> SaveResult:
    """Take back the decision that revision `number` is: spans and status are as before it, in a new revision.

    The undo history stays, so that the next step back is the edit before the decision.

    Raises:
        InputError: the revision is no decision, or not the newest any more.
        NotAllowed: it takes an annotator.
        RevisionConflict: the pair has changed since.
    """
    document = open_document(store, user, pair_id, SERVER)
    pair_for(store, user, pair_id, Role.ANNOTATOR)
    if document.number != number or document.revision is None or document.status not in DECISIONS:
        raise InputError("This decision is not the newest version any more.", "Open the sentence and correct it there.")
    with store.read() as session:
        before = revisions.revision(session, pair_id, document.track, number - 1)
    annotation = parse_annotation(json.loads(before.payload)) if before else annotation_of(document.projection)
    new = _revision(store, document, person(store, user), annotation, before.status if before else BACK,
                    note=f"{document.status} taken back")  # fmt: skip
    new = replace(new, history=json.dumps(list(document.history)))  # the decision was no step of it
    return _saved(store, _standing_again(new, before))


def history(store: Store, user: User, document: Document) -> list[RevisionRow]:
    """Return the revisions of a document, the newest first.

    Raises:
        NotAllowed: it takes a viewer.
    """
    pair_for(store, user, document.id, Role.VIEWER)
    with store.read() as session:
        return revisions.history(session, document.id, document.track)


def resolve_conflict(
    store: Store, user: User, document: Document, conflict_id: int, how: Decision
) -> SaveResult | None:  # fmt: skip
    """Decide on a refused save: keep theirs, put the own version on top, or both where they don't touch.

    Returns:
        What was saved, ``None`` for "theirs", where nothing needs to be.

    Raises:
        NotAllowed: the save is another's.
        InputError: the two versions touch each other and can't be merged.
        RevisionConflict: somebody saved again meanwhile.
    """
    pair_for(store, user, document.id, Role.ANNOTATOR)
    me = person(store, user)
    with store.read() as session:
        kept = revisions.conflict(session, conflict_id)
        base = base_of(session, document, kept) if kept else None
    if kept is None or base is None or kept.author != me or (kept.pair_id, kept.track) != (document.id, document.track):
        raise NotAllowed("This version is not yours to decide on.", "Its author sees it when opening the sentence.")
    if kept.resolved is not None:
        return None
    result = None
    if how != "theirs":
        ours = parse_annotation(json.loads(kept.payload))
        if how == "merge":
            both = merged(base, document, kept)
            if both.annotation is None:
                reasons = " ".join(dict.fromkeys(conflict.reason for conflict in both.conflicts))
                raise InputError(f"The two can't be merged: {reasons}", "Keep one of the two, then correct it.")
            ours = both.annotation
        parents = json.dumps({"conflict": conflict_id, "revision": document.number, "how": how})
        result = save_annotation(store, user, document, ours, status=kept.status, note=kept.note, parents=parents,
                                 projection_id=base.projection_id)  # fmt: skip
    store.write(lambda session: revisions.resolve(session, conflict_id, how))
    return result


def toggle_link(
    store: Store, user: User, document: Document, evidence: Trace, config: RunConfig, link: Link
) -> SaveResult:
    """Set or remove a link by hand and project again: spans as projected follow, edited and accepted ones stay.

    Args:
        store: where it is saved.
        user: an annotator.
        document: as it is shown.
        evidence: the trace with the aligner's own links.
        config: the settings to match with.
        link: between imported tokens.

    Raises:
        NotAllowed: it takes an annotator.
        RevisionConflict: the pair has changed since.
    """
    links = decide(evidence.alignment.links, document.annotation.links, link)
    return save_links(store, user, document, evidence, config, links, f"link {link[0]}-{link[1]}")


def save_links(
    store: Store, user: User, document: Document, evidence: Trace, config: RunConfig, links: Mapping[Link, bool],
    note: str,
) -> SaveResult:  # fmt: skip
    """Save all links set by hand and project again; where that fails the spans stay: failed is not empty.

    Raises:
        NotAllowed: it takes an annotator.
        RevisionConflict: the pair has changed since.
    """
    before, after = (
        rematch_decided(evidence, config, decided).projection for decided in (document.annotation.links, links)
    )
    annotation = replace(document.annotation, links=links)
    if after.status != "failed":
        annotation = reprojected(document, annotation, annotation_of(after), annotation_of(before))
    status = document.status if document.status in ("accepted", "skipped", "flagged") else "draft"
    return save_annotation(store, user, document, annotation, status=status, note=note)


def reprojected(document: Document, annotation: Annotation, projected: Annotation, before: Annotation) -> Annotation:
    """Return an annotation whose spans as projected are replaced by new ones, where these fit between the others.

    A span that was projected alike `before` and that a linguist took away doesn't come back.
    """
    target = document.pair.target
    kept = [entity for entity in annotation.entities if entity.status != "projected"]
    sources = {entity.source for entity in kept if entity.source is not None} | annotation.dropped
    gone: set[tuple[Span, str, int | None]] = set()
    if document.revision is not None and document.revision.status != BACK:
        present = {entity.source for entity in annotation.entities}
        gone = {(e.span, e.label, e.source) for e in before.entities if e.source not in present}
    added: list[AnnotatedEntity] = []
    for entity in projected.entities:
        if entity.source in sources or (entity.span, entity.label, entity.source) in gone or target is None:
            continue
        span = remap(entity.span, target, None, annotation.cuts)
        if not any(span.overlaps(other.span) for other in (*kept, *added)):
            added.append(replace(entity, id=f"q{secrets.token_hex(4)}", span=span))
    entities = tuple(sorted((*kept, *added), key=lambda entity: entity.span))
    return replace(annotation, entities=_same_ids(annotation, entities))


def bulk(
    store: Store, user: User, pair_ids: Sequence[int], make: Callable[[Document], tuple[Annotation, str] | None],
    note: str, *, track: int | None = None, parents: Callable[[Document], str] | None = None,
    begun_from: Callable[[Document], int | None] | None = None,
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
                new = _revision(store, document, me, made[0], made[1], note=note)
                origin = begun_from(document) if begun_from else None
                named = parents(document) if parents else None
                saves.append(replace(new, batch=batch, parents=named, projection_id=origin))
        n_changed += _append_all(store, saves)
    return batch, n_changed, len(pair_ids) - n_changed


def undo_bulk(store: Store, user: User, batch: str) -> tuple[int, int]:
    """Take a bulk action back where nobody has worked since; return how many pairs went back, how many did not.

    A pair on which nobody had worked before stands again as it began: new, projected or failed.

    Raises:
        NotAllowed: it takes an annotator; a reviewer, if somebody else did it.
    """
    with store.read() as session:
        rows = revisions.revisions_of_batch(session, batch)
    me, n_back = person(store, user), 0
    for start in range(0, len(rows), _CHUNK):
        saves = []
        for row in rows[start : start + _CHUNK]:
            pair_for(store, user, row.pair_id, Role.ANNOTATOR if row.author == me else Role.REVIEWER)
            document = open_document(store, user, row.pair_id, SERVER, track=row.track)
            if document.number != row.number:
                continue
            with store.read() as session:
                before = revisions.revision(session, row.pair_id, row.track, row.number - 1)
            annotation = parse_annotation(json.loads(before.payload)) if before else annotation_of(document.projection)
            status = before.status if before else BACK
            new = _revision(store, document, me, annotation, status, note="bulk action taken back")
            saves.append(_standing_again(new, before))
        n_back += _append_all(store, saves)
    return n_back, len(rows) - n_back


def _standing_again(new: NewRevision, before: RevisionRow | None) -> NewRevision:
    """Return an undo as the revision that stands again, ``None`` for the beginning: nobody's work of its own."""
    if before is None:
        return replace(new, is_undo=True)
    return replace(
        new, is_undo=True, credit=before.credit, parents=before.parents, projection_id=before.projection_id
    )  # fmt: skip


def _append_all(store: Store, saves: Sequence[NewRevision]) -> int:
    """Save some pairs in one short transaction; return how many had not changed meanwhile."""

    def work(session: Session) -> int:
        return sum(not isinstance(revisions.append(session, new), Refused) for new in saves)

    return store.write(work) if saves else 0


def _revision(
    store: Store, document: Document, me: int, annotation: Annotation, status: str, *, note: str | None
) -> NewRevision:
    """Return a save by the app, on top of what the document shows."""
    if document.track not in (OWN, NOBODY, me):
        raise NotAllowed("This version is another's: it can be read, not changed.", "Correct your own, or settle both.")
    rated = assess(document.pair, document.projection, annotation)
    step = delta(note or status, document.annotation, annotation)
    steps = newest_steps([*document.history, step]) if step["del"] or step["add"] or len(step) > 3 else None
    return NewRevision(
        pair_id=document.id, track=document.track if document.track >= 0 else me, author=me, client=SERVER, seq=0,
        base=seen_token(document.number), status=status, note=note, payload=canonical(plain_annotation(annotation)),
        history=json.dumps(steps) if steps else None, risk=rated.risk, tags=rated.tags, labels=rated.labels,
    )  # fmt: skip


def _saved(store: Store, new: NewRevision) -> SaveResult:
    outcome = store.write(lambda session: revisions.append(session, new))
    if isinstance(outcome, Refused):
        raise RevisionConflict(
            "Somebody else changed this sentence while you worked on it.",
            "Both versions are kept: compare them and choose.", conflict_id=outcome.conflict_id,
        )  # fmt: skip
    return SaveResult(new.pair_id, outcome.number, outcome.seq, new.status)


def _settled(annotation: Annotation) -> Annotation:
    entities = (replace(e, status="flagged" if e.status == "flagged" else "accepted") for e in annotation.entities)
    return replace(annotation, entities=tuple(entities))


def _same_ids(before: Annotation, entities: Sequence[AnnotatedEntity]) -> tuple[AnnotatedEntity, ...]:
    """Return the entities, under their old ids where span, label and source are as they were."""
    ids = {(e.span, e.label, e.source): e.id for e in before.entities}
    return tuple(replace(e, id=ids.get((e.span, e.label, e.source), e.id)) for e in entities)


def _doc_id(edit: Mapping[str, Any]) -> int:
    value = edit.get("doc_id") if isinstance(edit, Mapping) else None
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 18:
        raise InputError("The edit names no sentence.", "Reload the page.", column="doc_id")
    return int(value)


def _client(edit: Mapping[str, Any]) -> str:
    value = edit.get("client")
    if not isinstance(value, str) or not 8 <= len(value) <= 64 or value == SERVER:
        raise InputError("The edit names no client.", "Reload the page.", column="client")
    return value
