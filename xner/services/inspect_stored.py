"""What the store keeps of the sentence under inspection, beside what the present settings would make of it."""

from __future__ import annotations

from dataclasses import dataclass

from xner.config import RunConfig
from xner.correct.annotation import entities_of
from xner.correct.tokens import cut, remap
from xner.pipeline import Trace
from xner.services.corrections import SaveResult
from xner.services.documents import Document
from xner.services.identity import User
from xner.services.link_saves import save_links
from xner.signature import parse_signature
from xner.store import people
from xner.store.session import Store
from xner.types import Entity, Projection, Sentence


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored of a document: the newest revision, else the projection, else nothing.

    `sentence` is the target in the tokens of the revision, which may have been cut by hand; `author` is empty for a
    projection. `agrees` tells whether the live projection has the same spans and labels, ``None`` without one.
    """

    status: str
    sentence: Sentence | None
    entities: tuple[Entity, ...]
    author: str
    changed: str
    reason: str
    agrees: bool | None

    @property
    def is_corrected(self) -> bool:
        """Tell whether somebody has worked on it."""
        return bool(self.author)


def kept(store: Store, document: Document, live: Projection | None) -> Kept:
    """Return what is stored of a document, compared with the live projection."""
    target, cuts = document.pair.target, document.annotation.cuts
    entities = entities_of(document.annotation)
    agrees = None
    if live is not None and live.status != "failed" and target is not None and document.status != "new":
        found = {(remap(entity.span, target, None, cuts), entity.label) for entity in live.entities}
        agrees = document.status != "failed" and found == {(entity.span, entity.label) for entity in entities}
    author = changed = ""
    if document.revision is not None:
        changed = document.revision.created
        with store.read() as session:
            author = people.names(session).get(document.revision.credit or 0, "")
    reason = (document.projection.reason or "") if document.projection and document.revision is None else ""
    return Kept(document.status, cut(target, cuts) if target else None, entities, author, changed, reason, agrees)


def origin_of(document: Document) -> str:
    """Return where the source entities of a document came from, as a signature says it: those of a run are filled in.

    The signature of an imported row may be another program's, and says nothing then.
    """
    signature = document.projection.signature if document.projection else None
    try:
        return parse_signature(signature).get("entities", "record") if signature else "record"
    except ValueError:
        return "record"


def reset_links(store: Store, user: User, document: Document, evidence: Trace, config: RunConfig) -> SaveResult:
    """Forget all links set by hand and project again: spans as projected follow, edited and accepted ones stay.

    Raises:
        NotAllowed: it takes an annotator.
        RevisionConflict: the pair has changed since.
    """
    return save_links(store, user, document, evidence, config, {}, "links by hand taken back")
