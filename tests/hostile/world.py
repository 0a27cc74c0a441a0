"""A store whose every field that a user can fill holds hostile text, written through the services."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from xner.config import RunConfig
from xner.errors import RevisionConflict
from xner.services import corpora, corrections, import_corpus, membership, project_corpus
from xner.services.documents import Document, open_document
from xner.services.identity import Role, User, local_user
from xner.services.import_corpus import ImportReport
from xner.store.session import Store
from xner.types import Alignment, Entity, Projection, Sentence, SentencePair, Span

GIVEN = RunConfig().updated({"align.name": "given"})


@dataclass(frozen=True, slots=True)
class World:
    """The ids of what was made: two corpora, and in the first one pairs in several states."""

    user: User
    corpus: int
    blind: int
    corrected: int
    flagged: int
    clashing: int
    failed: int
    differing: int


def build(store: Store, texts: Sequence[str], *, names: Sequence[str] = (), words: Sequence[str] = ()) -> World:
    """Fill a store with texts: as tokens, labels, ids, notes, reasons, names of corpora and of people.

    Args:
        store: an empty one.
        texts: of one line.
        names: of people, corpora and files, where only 200 characters fit: those of `texts` that do, if none is given.
        words: of the back-translation; those of the texts where none are given.
    """
    names = names or texts
    user, other = local_user(whole("1", names)), local_user(whole("2", names))
    gone = corpora.create(store, user, whole("gone", names))
    corpora.archive(store, user, gone)
    corpus_id = corpora.create(store, user, whole("shared", names))
    states = ("flagged", "corrected", "clashing")
    corpora.add(store, user, corpus_id, [hostile_pair(name, texts, words) for name in states])
    project_corpus.project_corpus(store, user, corpus_id, GIVEN)
    broken = hostile_pair("failed", texts, words)
    failure = Projection.failed(broken.id, " ".join(texts), texts[0])
    report = ImportReport(whole("file", names), (broken,), projections={broken.id: failure})
    imported = import_corpus.store_report(store, user, corpus_id, report)
    membership.give_role(store, user, whole("person", names), Role.VIEWER, corpus_id)
    first = (imported.added.first_id or 0) - len(states)
    flagged, corrected, clashing = range(first, first + len(states))
    _save(store, user, flagged, status="flagged", note=whole("note", texts, 1000))
    for status in ("draft", "accepted"):
        _save(store, user, corrected, status=status, note=whole("note", texts, 1000), cut_off=1)
    _clash(store, user, other, clashing)
    blind = corpora.create(store, user, whole("blind", names))
    differing = _differ(
        store, user, other, blind, [hostile_pair(name, texts, words) for name in ("differing", "agreed")]
    )
    return World(
        user, corpus_id, blind, corrected=corrected, flagged=flagged, clashing=clashing,
        failed=imported.added.first_id or 0, differing=differing,
    )  # fmt: skip


def hostile_pair(name: str, texts: Sequence[str], words: Sequence[str] = ()) -> SentencePair:
    """Return a pair whose tokens, labels, id and back-translation are the texts; every token is an entity."""
    n = len(texts)
    labels = [text if len(text) <= 100 else text[:97] + text[-3:] for text in texts]
    return SentencePair(
        f"{name} {texts[0]}"[:500],
        Sentence(tuple(texts), "en"),
        Sentence(tuple(reversed(texts)), "de"),
        source_entities=tuple(Entity(Span(k, k + 1), label) for k, label in enumerate(labels)),
        target_entities=(Entity(Span(0, 1), labels[0]),),
        alignment=Alignment(frozenset((k, n - 1 - k) for k in range(n))),
        back_translation=" ".join(words or texts),
    )


def whole(name: str, texts: Sequence[str], limit: int = 200) -> str:
    """Return a name and as many whole texts as fit behind it."""
    for text in texts:
        if len(name) + 1 + len(text) <= limit:
            name = f"{name} {text}"
    return name


def _save(store: Store, user: User, pair_id: int, *, status: str, note: str | None = None, cut_off: int = 0) -> None:
    document = open_document(store, user, pair_id, "client-of-hostile")
    annotation = replace(document.annotation, entities=document.annotation.entities[cut_off:])
    corrections.save_annotation(store, user, document, annotation, status=status, note=note)


def _clash(store: Store, user: User, other: User, pair_id: int) -> None:
    """Let two people save over each other; the second one's version waits as a conflict."""
    seen: Document = open_document(store, user, pair_id, "client-of-first")
    _save(store, other, pair_id, status="draft", cut_off=1)
    with suppress(RevisionConflict):
        corrections.save_annotation(
            store, user, seen, replace(seen.annotation, entities=seen.annotation.entities[:-1]), status="draft"
        )


def _differ(store: Store, user: User, other: User, blind: int, pairs: Sequence[SentencePair]) -> int:
    """Let two people annotate two sentences blind to each other, differ on the first, and return its id."""
    added = corpora.add(store, user, blind, pairs)
    project_corpus.project_corpus(store, user, blind, GIVEN)
    corpora.set_mode(store, user, blind, "independent")
    differing = added.first_id or 0
    for annotator in (user, other):
        _save(store, annotator, differing + 1, status="accepted")
    _save(store, user, differing, status="accepted")
    _save(store, other, differing, status="flagged", note=pairs[0].back_translation, cut_off=1)
    return differing
