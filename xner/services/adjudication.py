"""Settling what several annotators made of the same sentences, each blind to the others.

A version counts when its annotator has finished it: accepted, skipped or flagged. A pair is looked at here when two or
more have. It is settled by a revision of the pair's own history that names all versions seen; when one of them changes
later, the pair comes back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xner.correct.annotation import Annotation, parse_annotation
from xner.errors import InputError, NotAllowed, RevisionConflict
from xner.services import bulk_saves, corrections
from xner.services.access import corpus_for, pair_for
from xner.services.bulk_saves import Progress, quiet
from xner.services.corrections import SaveResult
from xner.services.documents import Document, open_document
from xner.services.finished_versions import (
    FINISHED,
    TAKEN,
    Seen,
    agree,
    finished_of,
    names_of,
    parents_of,
    recounted,
    seen_of,
    source_entities_of,
)
from xner.services.identity import Role, User
from xner.store import revisions
from xner.store.revisions import SERVER
from xner.store.rows import OWN
from xner.store.session import Store


@dataclass(frozen=True, slots=True)
class Version:
    """What one annotator made of a pair. `letter` is its name on screen, A for the first."""

    letter: str
    track: int
    number: int
    status: str
    annotator: str
    annotation: Annotation
    note: str | None
    projection_id: int | None
    """Whose source entities it counts."""
    view: Annotation
    """The annotation with sources that count those of the pair as it is shown, so that versions can be compared."""

    @property
    def can_be_taken(self) -> bool:
        """Whether there is an annotation to take."""
        return self.status in TAKEN


@dataclass(frozen=True, slots=True)
class Case:
    """A pair with all finished versions of it. `own` is the pair's own history, which the decision goes to."""

    own: Document
    versions: tuple[Version, ...]

    @property
    def seen(self) -> Seen:
        """What the decision names as its parents."""
        return tuple((version.track, version.number) for version in self.versions)

    def version(self, track: int) -> Version:
        """Return the version of a track.

        Raises:
            InputError: it is none of this case, or holds no annotation.
        """
        for version in self.versions:
            if version.track == track and version.can_be_taken:
                return version
        raise InputError("This version can't be taken.", "Choose one of those shown.", column="track")


def open_case(store: Store, user: User, pair_id: int, client: str = SERVER, *, hide_names: bool = False) -> Case:
    """Return a pair with all finished versions.

    Args:
        store: where it is.
        user: a reviewer of its corpus.
        pair_id: which pair.
        client: for whom the pair's own history is opened, if it is to be edited.
        hide_names: annotators are called Annotator 1, 2, …, the same on every pair of the corpus.

    Raises:
        NotAllowed: it takes a reviewer.
        InputError: fewer than two people have finished it.
    """
    row = pair_for(store, user, pair_id, Role.REVIEWER)
    own = open_document(store, user, pair_id, client, track=OWN)
    versions: list[Version] = []
    with store.read() as session:
        names = names_of(session, row.corpus_id, hide_names)
        for track in revisions.tracks(session, pair_id):
            state = revisions.state(session, pair_id, track)
            if track == OWN or state is None or state.revision is None or state.status not in FINISHED:
                continue
            revision = state.revision
            letter = chr(ord("A") + len(versions)) if len(versions) < 26 else str(len(versions) + 1)
            made = parse_annotation(json.loads(revision.payload))
            counted = source_entities_of(session, pair_id, revision.projection_id)
            view = recounted(made, counted, own.pair.source_entities or ())
            versions.append(
                Version(letter, track, revision.number, revision.status, names[track], made, revision.note,
                        revision.projection_id, view)
            )  # fmt: skip
    if len(versions) < 2:
        raise InputError("Fewer than two annotators have finished this sentence.", "Choose one of the list.")
    return Case(own, tuple(versions))


def settle(store: Store, user: User, case: Case, choice: int | Annotation) -> SaveResult:
    """Save the decision on a pair: one of its versions, by track, or an annotation of the adjudicator's own.

    Raises:
        NotAllowed: it takes a reviewer.
        InputError: the track is none of the case's.
        RevisionConflict: an annotator or another adjudicator has changed the pair since `case` was opened.
    """
    if isinstance(choice, int):
        version = case.version(choice)
        annotation, note = version.annotation, f"version {version.letter} of {len(case.versions)}"
        return _save(store, user, case, annotation, "adjudicated", note, version.projection_id)
    return _save(store, user, case, choice, "adjudicated", f"settled by hand, {len(case.versions)} versions")


def skip(store: Store, user: User, case: Case) -> SaveResult:
    """Leave a pair unsettled for good: it is not exported.

    Raises:
        NotAllowed, RevisionConflict: see `settle`.
    """
    return _save(store, user, case, case.own.annotation, "skipped", "not to be settled")


def take_back(store: Store, user: User, pair_id: int, number: int) -> SaveResult:
    """Take back the decision that revision `number` of the pair's own history is; the pair waits again.

    Raises:
        NotAllowed: it takes a reviewer.
        InputError: the revision is no decision, or not the newest any more.
        RevisionConflict: the pair has changed since.
    """
    pair_for(store, user, pair_id, Role.REVIEWER)
    return corrections.take_back(store, user, pair_id, number, track=OWN)


def begin_edit(store: Store, user: User, case: Case, track: int) -> SaveResult:
    """Put a version into the pair's own history as a draft, for the editor to go on from.

    Raises:
        NotAllowed, InputError, RevisionConflict: see `settle`.
    """
    version = case.version(track)
    note = f"begun from version {version.letter}"
    return _save(store, user, case, version.annotation, "draft", note, version.projection_id)


def save_edit(store: Store, user: User, case: Case, edit: Mapping[str, Any]) -> SaveResult:
    """Save what the editor sent to the pair's own history; what is accepted there is adjudicated.

    Raises:
        NotAllowed: it takes a reviewer.
        InputError: the payload is not one of this pair.
        RevisionConflict: somebody else has saved; this save is kept.
    """
    pair_for(store, user, case.own.id, Role.REVIEWER)
    if edit.get("doc_id") != str(case.own.id):
        raise InputError("The edit is of another sentence.", "Reload the page.", column="doc_id")
    return corrections.save_correction(store, user, edit, track=OWN, parents=parents_of(case.seen, None))


def accept_agreed(
    store: Store, user: User, corpus_id: int, pair_ids: Sequence[int], *, on_progress: Progress = quiet
) -> tuple[str, int, int]:
    """Settle all pairs on which their annotators agree, under one name for taking it back (`bulk_saves.undo_bulk`).

    Returns:
        The name, how many pairs were settled, how many were left alone because they don't agree any more.

    Raises:
        NotAllowed: it takes a reviewer.
    """
    corpus_for(store, user, corpus_id, Role.REVIEWER)
    seen: dict[int, Seen] = {}
    origins: dict[int, int | None] = {}

    def make(document: Document) -> tuple[Annotation, str] | None:
        with store.read() as session:
            rows = finished_of(session, document.id)
            if document.corpus.id != corpus_id or len(rows) < 2 or not agree(session, rows):
                return None
        seen[document.id], origins[document.id] = seen_of(rows), rows[0].projection_id
        return _settled(parse_annotation(json.loads(rows[0].payload))), "adjudicated"

    return bulk_saves.bulk(
        store, user, pair_ids, make, "all versions agree", track=OWN,
        parents=lambda document: parents_of(seen[document.id], None), begun_from=lambda document: origins[document.id],
        on_progress=on_progress,
    )  # fmt: skip


def _save(
    store: Store, user: User, case: Case, annotation: Annotation, status: str, note: str, begun_from: int | None = None
) -> SaveResult:
    pair_for(store, user, case.own.id, Role.REVIEWER)
    if case.own.corpus.mode != "independent":
        raise NotAllowed("All annotators of this corpus share one version.", "There is nothing to settle in it.")
    with store.read() as session:
        now = seen_of(finished_of(session, case.own.id))
    if now != case.seen:
        raise RevisionConflict(
            "An annotator has changed this sentence since you opened it.", "Look at the versions again: yours is not "
            "saved.",
        )  # fmt: skip
    taken = next((v.track for v in case.versions if v.can_be_taken and v.annotation == annotation), None)
    if status == "adjudicated":
        annotation = _settled(annotation)
    return corrections.save_annotation(
        store, user, case.own, annotation, status=status, note=note, parents=parents_of(case.seen, taken),
        projection_id=begun_from,
    )  # fmt: skip


def _settled(annotation: Annotation) -> Annotation:
    return replace(annotation, entities=tuple(replace(e, status="accepted") for e in annotation.entities))
