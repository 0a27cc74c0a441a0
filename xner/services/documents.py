"""A pair as its page shows it: sentence, projection, annotation, and what the editor must know to save safely."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xner.correct.annotation import Annotation, annotation_of, parse_annotation
from xner.correct.edits import MAX_HISTORY, MAX_HISTORY_CHARACTERS, plain_spans
from xner.correct.labels import Label
from xner.io.json_lines import loads, pair_from_record, projection_from_record
from xner.io.silver_json import dropped_in
from xner.services.access import corpus_for, pair_for
from xner.services.corpora import labels_of
from xner.services.identity import Role, User
from xner.services.manual_links import decided_links
from xner.store import people, revisions
from xner.store.rows import OWN, ConflictRow, CorpusRow, RevisionRow, State
from xner.store.session import Session, Store
from xner.types import Alignment, Projection, SentencePair

NOBODY = -1
"""Track of somebody who has not saved anything yet, in a corpus annotated independently."""
Delta = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """One pair on one track. `rev` and `ack_seq` belong to the client that it was opened for.

    `pair` has the imported tokens and the source entities of the projection; `annotation` may cut the tokens anew.
    """

    id: int
    corpus: CorpusRow
    labels: tuple[Label, ...]
    pair: SentencePair
    projection: Projection | None
    annotation: Annotation
    status: str
    track: int
    revision: RevisionRow | None
    client: str
    rev: str
    ack_seq: int
    history: tuple[Delta, ...]
    conflicts: tuple[ConflictRow, ...]
    """Refused saves of the user on this pair that nobody has decided on."""

    @property
    def number(self) -> int:
        """Number of the newest revision, 0 without any."""
        return self.revision.number if self.revision else 0

    @property
    def alignment(self) -> Alignment | None:
        """Links between imported tokens, with those set by hand; ``None`` where there are none at all."""
        found = self.projection.alignment if self.projection else None
        found = found or self.pair.alignment
        if found is None:
            return Alignment(decided_links(frozenset(), self.annotation.links)) if self.annotation.links else None
        return found.with_links(decided_links(found.links, self.annotation.links))


def open_document(store: Store, user: User, pair_id: int, client: str, *, track: int | None = None) -> Document:
    """Return a pair as the user works on it; with `track`, somebody else's work (0: the pair's own history).

    Raises:
        NotAllowed: it takes a viewer; another's track in a corpus annotated independently takes a reviewer.
    """
    row = pair_for(store, user, pair_id, Role.VIEWER)
    corpus = corpus_for(store, user, row.corpus_id, Role.VIEWER)
    with store.read() as session:
        me = people.find_person(session, user.id)
        mine = own_track(corpus, me.id if me else None)
        if track is not None and track != mine and corpus.mode == "independent":
            corpus_for(store, user, row.corpus_id, Role.REVIEWER)
        where = mine if track is None else track
        state = revisions.state(session, pair_id, where)
        assert state is not None  # noqa: S101 (pair_for has found it)
        pair, projection, annotation = content(state)
        return Document(
            id=pair_id, corpus=corpus, labels=labels_of(corpus), pair=pair, projection=projection,
            annotation=annotation, status=state.status, track=where, revision=state.revision, client=client,
            rev=revisions.base_token(session, pair_id, where, client),
            ack_seq=revisions.last_seq(session, pair_id, where, client),
            history=_history(session, state, where, me.id, annotation) if me else (),
            conflicts=_conflicts(session, pair_id, where, me.id) if me else (),
        )  # fmt: skip


def own_track(corpus: CorpusRow, person: int | None) -> int:
    """Return the track that a person works on in a corpus."""
    if corpus.mode == "shared":
        return OWN
    return NOBODY if person is None else person


def content(state: State) -> tuple[SentencePair, Projection | None, Annotation]:
    """Return pair, projection and annotation of a stored state."""
    pair, projection = stored_pair(state)
    if state.payload is not None:
        return pair, projection, parse_annotation(json.loads(state.payload))
    return pair, projection, _begun(pair, projection)


def _begun(pair: SentencePair, projection: Projection | None) -> Annotation:
    """Return the annotation that a linguist begins with: projected entities, and the marks of an export read again."""
    begun = annotation_of(projection)
    try:
        dropped = dropped_in(pair) - {entity.source for entity in begun.entities}
    except ValueError:  # of another program
        return begun
    return replace(begun, dropped=dropped) if dropped else begun


def stored_pair(state: State) -> tuple[SentencePair, Projection | None]:
    """Return the pair with the source entities that its projection found, and the projection."""
    if state.projection is None:
        return pair_from_record(loads(state.pair.record)), None
    record = loads(state.projection.record)
    return pair_from_record(record), projection_from_record(record)


def delta(op: str, before: Annotation, after: Annotation) -> Delta:
    """Return the step from one annotation to another as the editor's undo history has it."""
    old = {entity.id: entity for entity in before.entities}
    new = {entity.id: entity for entity in after.entities}
    step: Delta = {
        "op": op,
        "del": plain_spans([e for e in before.entities if new.get(e.id) != e]),
        "add": plain_spans([e for e in after.entities if old.get(e.id) != e]),
    }
    if before.cuts != after.cuts:
        step["cuts"] = {"from": _plain_cuts(before), "to": _plain_cuts(after)}
    if before.dropped != after.dropped:
        step["dropped"] = {"from": sorted(before.dropped), "to": sorted(after.dropped)}
    return step


def newest_steps(steps: Sequence[Delta]) -> tuple[Delta, ...]:
    """Return the newest steps of an undo history, no more than an edit may bring back."""
    kept: list[Delta] = []
    room = MAX_HISTORY_CHARACTERS // 2  # the browser writes the same steps a little longer
    for step in reversed(steps[-MAX_HISTORY:]):
        room -= len(json.dumps(step, ensure_ascii=False))
        if room < 0:
            break
        kept.append(step)
    return tuple(reversed(kept))


def _conflicts(session: Session, pair_id: int, track: int, person: int) -> tuple[ConflictRow, ...]:
    found = revisions.open_conflicts(session, pair_id=pair_id, author=person)
    return tuple(row for row in found if row.track == track)


def _history(session: Session, state: State, track: int, person: int, after: Annotation) -> tuple[Delta, ...]:
    """Return a person's undo history; what others did since its end is one more step, so that undo reaches over it."""
    kept = revisions.undo_history(session, state.pair.id, track, person)
    if kept is None:
        return ()
    number, text = kept
    steps: list[Delta] = json.loads(text)
    newest = state.revision
    if newest is None or newest.number == number:
        return newest_steps(steps)
    left = revisions.revision(session, state.pair.id, track, number)
    if left is None:
        return ()
    step = delta("change by others", parse_annotation(json.loads(left.payload)), after)
    return newest_steps([*steps, step] if _changes(step) else steps)


def _changes(step: Mapping[str, Any]) -> bool:
    return bool(step["del"] or step["add"] or "cuts" in step or "dropped" in step)


def _plain_cuts(annotation: Annotation) -> list[int] | None:
    return None if annotation.cuts is None else list(annotation.cuts)
