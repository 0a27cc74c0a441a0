"""Saving links that were set by hand; spans as projected follow them, edited and accepted ones stay."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace

from xner.config import RunConfig
from xner.correct.annotation import AnnotatedEntity, Annotation, annotation_of
from xner.correct.tokens import remap
from xner.pipeline import Trace
from xner.services import corrections
from xner.services.corrections import SaveResult
from xner.services.documents import Document
from xner.services.identity import User
from xner.services.manual_links import decide, rematch_decided
from xner.store.rows import BACK
from xner.store.session import Store
from xner.types import Link, Span


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
    return corrections.save_annotation(store, user, document, annotation, status=status, note=note)


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


def _same_ids(before: Annotation, entities: Sequence[AnnotatedEntity]) -> tuple[AnnotatedEntity, ...]:
    """Return the entities, under their old ids where span, label and source are as they were."""
    ids = {(e.span, e.label, e.source): e.id for e in before.entities}
    return tuple(replace(e, id=ids.get((e.span, e.label, e.source), e.id)) for e in entities)
