"""What the app proposes for a source entity, and the annotation that follows when somebody takes the proposal."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from dataclasses import replace

from xner.config import RunConfig
from xner.correct.annotation import AnnotatedEntity, Annotation
from xner.correct.offer import Offer
from xner.correct.tokens import remap
from xner.errors import RevisionConflict
from xner.pipeline import Trace
from xner.services import corrections, versions
from xner.services.corpora import person
from xner.services.corrections import SaveResult
from xner.services.documents import Document, open_document
from xner.services.identity import User
from xner.services.inspect_pair import candidate_rows, methods_side_by_side
from xner.store.revisions import SERVER
from xner.store.session import Store
from xner.types import SentencePair, Span

OFFERED = 4
"""Candidates of an entity that the editor has keys for."""


def offers_of(trace: Trace, config: RunConfig, limit: int = OFFERED) -> list[Offer]:
    """Return the best candidates of every source entity, with their scores and the methods that choose them.

    Those that a method chooses are among them before others; they come in the order of their scores, the highest first,
    those without one last.
    """
    if trace.projection.status == "failed":
        return []
    sources = trace.pair.source_entities or ()
    chosen: dict[tuple[int, Span], list[str]] = {}
    for result in methods_side_by_side(trace, config):
        for entity in result.projection.entities if result.projection else ():
            if entity.source is not None:
                chosen.setdefault((entity.source, entity.span), []).append(result.method)
    offers = []
    for place, entity in enumerate(trace.table.entities):
        source = sources.index(entity)
        scores = {row.span: row.total for row in candidate_rows(trace, place, limit=25)}
        spans = dict.fromkeys([*scores, *(span for of, span in chosen if of == source)])
        found = [Offer(source, span, scores.get(span), tuple(chosen.get((source, span), ()))) for span in spans]
        found.sort(key=lambda offer: (not offer.methods, _best_first(offer)))
        offers += sorted(found[:limit], key=_best_first)
    return offers


def _best_first(offer: Offer) -> tuple[float, int, Span]:
    return -offer.score if offer.score is not None else math.inf, -len(offer.methods), offer.span


def placed(annotation: Annotation, pair: SentencePair, source: int, span: Span) -> Annotation:
    """Return the annotation with a source entity on a span of imported tokens; what the span overlaps goes.

    The entity's span moves if it has one, so that its id and history stay; of several the first moves, the rest go.
    """
    if pair.target is None or pair.source_entities is None:
        return annotation
    there = remap(span, pair.target, None, annotation.cuts)
    present = [entity for entity in annotation.entities if entity.source == source]
    label = pair.source_entities[source].label
    made = AnnotatedEntity(f"a{secrets.token_hex(4)}", there, label, None, source, "edited")
    if present:
        made = replace(present[0], span=there, score=None, status="edited")
    kept = [e for e in annotation.entities if e.source != source and not e.span.overlaps(there)]
    entities = tuple(sorted((*kept, made), key=lambda entity: entity.span))
    return replace(annotation, entities=entities, dropped=annotation.dropped - {source})


def marked_dropped(annotation: Annotation, source: int, *, is_dropped: bool) -> Annotation:
    """Return the annotation with a source entity marked as dropped in translation, or not any more.

    Marking takes away the spans that it has.
    """
    if not is_dropped:
        return replace(annotation, dropped=annotation.dropped - {source})
    kept = tuple(entity for entity in annotation.entities if entity.source != source)
    return replace(annotation, entities=kept, dropped=annotation.dropped | {source})


def place_entity(store: Store, user: User, pair_id: int, source: int, span: Span, *, seen: int) -> SaveResult:
    """Put a source entity on a span of imported tokens, on top of the user's own saves since revision `seen`.

    Raises:
        NotAllowed: it takes an annotator.
        RevisionConflict: somebody else has saved since.
    """
    document = _opened(store, user, pair_id, seen)
    annotation = placed(document.annotation, document.pair, source, span)
    return corrections.save_annotation(store, user, document, annotation, status="draft", note="candidate taken")


def drop_entity(store: Store, user: User, pair_id: int, source: int, *, is_dropped: bool, seen: int) -> SaveResult:
    """Mark a source entity as dropped in translation, or not any more, on top of own saves since revision `seen`.

    Raises:
        NotAllowed: it takes an annotator.
        RevisionConflict: somebody else has saved since.
    """
    document = _opened(store, user, pair_id, seen)
    annotation = marked_dropped(document.annotation, source, is_dropped=is_dropped)
    note = "dropped in translation" if is_dropped else "not dropped in translation"
    return corrections.save_annotation(store, user, document, annotation, status="draft", note=note)


def _opened(store: Store, user: User, pair_id: int, seen: int) -> Document:
    """Return a pair as it is now, if nobody else has saved since the page was drawn: the editor saves on its own."""
    document = open_document(store, user, pair_id, SERVER)
    if document.number != seen:
        me = person(store, user)
        since = (row for row in versions.history(store, user, document) if row.number > seen)
        if document.number < seen or any(row.author != me for row in since):
            raise RevisionConflict(
                "Somebody else changed this sentence while you looked at it.", "Look again: nothing was changed."
            )
    return document


def best_offer(offers: Sequence[Offer], source: int) -> Offer | None:
    """Return the likeliest span of a source entity."""
    return next((offer for offer in offers if offer.source == source), None)
