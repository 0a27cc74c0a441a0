"""Saving what a linguist did: checked, rated, committed; a save that comes too late is kept as a conflict."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from xner.correct.annotation import (
    Annotation,
    annotation_of,
    canonical,
    parse_annotation,
    plain_annotation,
)
from xner.correct.edits import parse_edit
from xner.errors import InputError, NotAllowed, RevisionConflict
from xner.services.access import corpus_for, pair_for
from xner.services.assessment import assess
from xner.services.corpora import person
from xner.services.documents import NOBODY, Document, delta, newest_steps, open_document
from xner.services.identity import Role, User
from xner.services.refused_saves import base_of, merged, pair_counted
from xner.store import revisions
from xner.store.revisions import SERVER, Refused, seen_token
from xner.store.rows import BACK, OWN, NewRevision, RevisionRow
from xner.store.session import Store

Decision = Literal["theirs", "mine", "merge"]
_BASE = re.compile(r"[rp][0-9]{1,18}")
DECISIONS = ("accepted", "skipped", "flagged", "adjudicated")
"""Statuses that end the work on a sentence, and that can be taken back."""


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
        revision_of(store, document, me, annotation, status, note=note), parents=parents, client=parsed.client,
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
    new = revision_of(store, document, me, annotation, status, note=note)
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


def take_back(store: Store, user: User, pair_id: int, number: int, *, track: int | None = None) -> SaveResult:
    """Take back the decision that revision `number` is: spans and status are as before it, in a new revision.

    The undo history stays, so that the next step back is the edit before the decision. `track` is another than the
    user's own: 0 for the pair's own history.

    Raises:
        InputError: the revision is no decision, or not the newest any more.
        NotAllowed: it takes an annotator.
        RevisionConflict: the pair has changed since.
    """
    document = open_document(store, user, pair_id, SERVER, track=track)
    pair_for(store, user, pair_id, Role.ANNOTATOR)
    if document.number != number or document.revision is None or document.status not in DECISIONS:
        raise InputError("This decision is not the newest version any more.", "Open the sentence and correct it there.")
    with store.read() as session:
        before = revisions.revision(session, pair_id, document.track, number - 1)
    annotation = parse_annotation(json.loads(before.payload)) if before else annotation_of(document.projection)
    new = revision_of(store, document, person(store, user), annotation, before.status if before else BACK,
                    note=f"{document.status} taken back")  # fmt: skip
    new = replace(new, history=json.dumps(list(document.history)))  # the decision was no step of it
    return _saved(store, standing_again(new, before))


def take_flag_back(store: Store, user: User, pair_id: int) -> SaveResult:
    """Take the flag off a sentence; what was changed while it was flagged stays, as a draft.

    Where nothing was changed, the sentence stands as before the flag: accepted, a draft, or as it began.

    Raises:
        InputError: the sentence is not flagged.
        NotAllowed: it takes an annotator.
        RevisionConflict: the pair has changed since.
    """
    document = open_document(store, user, pair_id, SERVER)
    pair_for(store, user, pair_id, Role.ANNOTATOR)
    if document.status != "flagged":
        raise InputError("This sentence is not flagged any more.", "Reload the page to see how it stands.")
    with store.read() as session:
        rows = revisions.history(session, pair_id, document.track)
    before = next((row for row in rows if row.status != "flagged"), None)
    stood = before if before and before.status != BACK else None
    annotation = parse_annotation(json.loads(stood.payload)) if stood else annotation_of(document.projection)
    is_same = as_entities(annotation) == as_entities(document.annotation)
    status = (stood.status if stood else BACK) if is_same else "draft"
    new = revision_of(store, document, person(store, user), annotation if is_same else _unflagged(document.annotation),
                      status, note="flag taken back")  # fmt: skip
    new = replace(new, history=json.dumps(list(document.history)))  # the flag was no step of it
    return _saved(store, standing_again(new, stood) if is_same else new)


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


def standing_again(new: NewRevision, before: RevisionRow | None) -> NewRevision:
    """Return an undo as the revision that stands again, ``None`` for the beginning: nobody's work of its own."""
    if before is None:
        return replace(new, is_undo=True)
    return replace(
        new, is_undo=True, credit=before.credit, parents=before.parents, projection_id=before.projection_id
    )  # fmt: skip


def revision_of(
    store: Store, document: Document, me: int, annotation: Annotation, status: str, *, note: str | None
) -> NewRevision:
    """Return a save by the app, on top of what the document shows.

    Raises:
        NotAllowed: the document is another annotator's version.
    """
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


def as_entities(annotation: Annotation) -> tuple[object, ...]:
    """Return what an annotation says, without how its entities came about."""
    said = tuple((e.span, e.label, e.source) for e in annotation.entities)
    return said, annotation.dropped, dict(annotation.links), annotation.cuts


def _unflagged(annotation: Annotation) -> Annotation:
    entities = (replace(e, status="edited") if e.status == "flagged" else e for e in annotation.entities)
    return replace(annotation, entities=tuple(entities))


def _settled(annotation: Annotation) -> Annotation:
    entities = (replace(e, status="flagged" if e.status == "flagged" else "accepted") for e in annotation.entities)
    return replace(annotation, entities=tuple(entities))


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
