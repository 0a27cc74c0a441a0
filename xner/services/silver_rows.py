"""From the state of a pair to a row of silver data, or to the reason why it is none.

A pair whose entities are not known never becomes a row without entities: it is left out under a reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from xner import __version__
from xner.correct.annotation import Annotation, entities_of
from xner.correct.tokens import cut, cut_links
from xner.errors import StoreFailed, XnerError
from xner.io.silver import SILVER_STATUSES, SilverRow, SilverStatus
from xner.services.documents import content
from xner.services.manual_links import decided_links
from xner.signature import make_signature, parse_signature
from xner.store.rows import OWN, State
from xner.store.states import Standing, standing_of
from xner.types import Alignment, Entity, Projection, SentencePair

Reason = Literal[
    "language", "new", "failed", "skipped", "flagged", "unfinished", "conflict", "not adjudicated", "status",
    "annotator", "score", "format",
]  # fmt: skip
REASONS: tuple[Reason, ...] = get_args(Reason)
WHY: Mapping[Reason, str] = {
    "language": "the language is not chosen",
    "new": "not projected yet",
    "failed": "the projection failed",
    "skipped": "skipped",
    "flagged": "flagged",
    "unfinished": "a draft begun without a projection",
    "conflict": "two versions in conflict",
    "not adjudicated": "not adjudicated yet",
    "status": "the status is not chosen",
    "annotator": "the annotator is not chosen",
    "score": "a projected entity scores too low, or has no score",
    "format": "the format can't carry it",
}
"""Reason to the words that pages, commands and cards use."""


@dataclass(frozen=True, slots=True)
class ExportFilters:
    """Which pairs are exported; an empty tuple lets everything pass.

    Args:
        statuses: of the current annotation.
        langs: of the target.
        min_score: each entity that stands as it was projected, in a sentence that nobody has accepted, scores at
            least this much. A sentence with one below is left out whole, since the entity would be missing in it.
        annotators: ids of people; with any, rows whose newest revision is another's, or nobody's, are left out.
        track: of a corpus annotated independently: a person's id for that person's versions, 0 for adjudicated ones.
        with_conflicts: export the saved version of pairs that have another one waiting for a decision.
        hide_annotators: no name in any row.
    """

    statuses: tuple[SilverStatus, ...] = SILVER_STATUSES
    langs: tuple[str, ...] = ()
    min_score: float | None = None
    annotators: tuple[int, ...] = ()
    track: int = OWN
    with_conflicts: bool = False
    hide_annotators: bool = False


@dataclass(frozen=True, slots=True)
class Sieve:
    """What decides on a pair: the user's filters, and what the corpus says."""

    filters: ExportFilters
    is_independent: bool
    conflicts: frozenset[int] = frozenset()
    """Pairs with a version that waits for a decision."""
    names: Mapping[int, str] = field(default_factory=dict)

    def status(self, standing: Standing) -> str:
        """Return the status that counts: a silver one, or the reason why it is none."""
        projected = standing.projection not in (None, "failed")
        if standing.status is None:
            return "projected" if projected else "failed" if standing.projection else "new"
        if standing.status == "draft" and not projected:
            return "unfinished"  # what nobody has looked for is not known to be absent
        return str(standing.status)

    def reason(self, state: State) -> Reason | None:
        """Return why a pair is left out, ``None`` if it is not."""
        standing = standing_of(state)
        found = self.reason_but_score(standing)
        if found is None and self.status(standing) in ("projected", "draft") and not self._scores_enough(state):
            return "score"
        return found

    def reason_but_score(self, standing: Standing) -> Reason | None:
        """Return why a pair is left out whatever its entities score."""
        filters, status = self.filters, self.status(standing)
        author = None if status == "projected" else standing.author
        checks: list[tuple[Reason, bool]] = [
            ("language", bool(filters.langs) and standing.target_lang not in filters.langs),
            *((name, status == name) for name in ("new", "failed", "skipped", "flagged", "unfinished")),
            ("conflict", standing.pair_id in self.conflicts and not filters.with_conflicts),
            ("not adjudicated", self.is_independent and filters.track == OWN and status != "adjudicated"),
            ("status", status not in filters.statuses),
            ("annotator", bool(filters.annotators) and author not in filters.annotators),
        ]
        return next((name for name, is_so in checks if is_so), None)

    def row(self, state: State) -> SilverRow:
        """Return the row of a pair that has no reason against it.

        Raises:
            StoreFailed: what is stored is no pair or no annotation.
        """
        try:
            return self._row(state)
        except (XnerError, ValueError, KeyError, TypeError) as error:
            raise StoreFailed(
                f"The sentence {state.pair.record_id!r} can't be exported: what is stored of it does not fit together "
                f"({error}).", "Run python -m xner doctor.",
            ) from error  # fmt: skip

    def _row(self, state: State) -> SilverRow:
        pair, projection, annotation = content(state)
        if pair.target is None:
            raise ValueError("it has no target")
        status = _silver(self.status(standing_of(state)))
        revision = None if status == "projected" else state.revision
        credit = None if revision is None or self.filters.hide_annotators else revision.credit
        annotator = None if credit is None else self.names.get(credit, str(credit))
        number = None if revision is None else revision.number
        return SilverRow(
            id=pair.id,
            sentence=cut(pair.target, annotation.cuts),
            entities=_entities(projection, annotation),
            signature=signature_of(projection, annotation, status),
            status=status,
            source=pair.source,
            source_entities=pair.source_entities,
            alignment=_alignment(pair, projection, annotation),
            back_translation=pair.back_translation,
            dropped=annotation.dropped & frozenset(range(len(pair.source_entities or ()))),
            annotator=annotator,
            revision=number,
            note=None if revision is None else revision.note,
            meta=pair.meta,
        )

    def _scores_enough(self, state: State) -> bool:
        least = self.filters.min_score
        return least is None or all(score is not None and score >= least for score in _projected_scores(state))


def signature_of(projection: Projection | None, annotation: Annotation, status: str) -> str:
    """Return the projection's signature and what was done to its result since.

    Revision and annotator stand beside it in every row: in it they would make every row's signature another, and a
    card that explains each could not be read.

    Example:
        >>> made = Projection("1", (), "empty", signature="align:itermax|xner:0.1.0")
        >>> signature_of(made, Annotation(links={(0, 1): True}), "accepted").rpartition("|")[0]
        'align:itermax|xner:0.1.0|status:accepted|links_by_hand:1 set, 0 removed'
    """
    parts = _parts(projection)
    parts["status"] = status
    if annotation.links:
        n_set = sum(annotation.links.values())
        parts["links_by_hand"] = f"{n_set} set, {len(annotation.links) - n_set} removed"
    if annotation.cuts is not None:
        parts["tokens"] = "cut by hand"
    parts["exported_by"] = f"xner {__version__}"
    return make_signature(parts)


def _parts(projection: Projection | None) -> dict[str, str]:
    if projection is None or projection.status == "failed":
        return {"annotated": "by hand"}
    if not projection.signature:
        return {"projection": "without signature"}
    try:
        return parse_signature(projection.signature)
    except ValueError:  # of another program
        return {"projection": projection.signature}


def _entities(projection: Projection | None, annotation: Annotation) -> tuple[Entity, ...]:
    """Return the entities; one that got another label or source by hand has no score: the projection rated another."""
    rated = {(e.label, e.source, e.score) for e in projection.entities} if projection else set()
    return tuple(
        e if (e.label, e.source, e.score) in rated else replace(e, score=None) for e in entities_of(annotation)
    )


def _alignment(pair: SentencePair, projection: Projection | None, annotation: Annotation) -> Alignment | None:
    found = (projection.alignment if projection else None) or pair.alignment
    if pair.target is None or (found is None and not annotation.links):
        return None
    links = decided_links(found.links if found else frozenset(), annotation.links)
    possible = found.possible if found else frozenset()
    return Alignment(
        links=cut_links(links, pair.target, annotation.cuts),
        possible=cut_links(possible, pair.target, annotation.cuts),
    )


def _silver(status: str) -> SilverStatus:
    for known in SILVER_STATUSES:
        if status == known:
            return known
    raise ValueError(f"{status!r} is no status of silver data")


def _projected_scores(state: State) -> Iterator[float | None]:
    """Yield the scores of entities that stand as they were projected, without making a pair of the record."""
    if state.payload is not None:
        entities = json.loads(state.payload)["entities"]
        yield from (entity["score"] for entity in entities if entity["status"] == "projected")
    elif state.projection is not None:
        yield from (e.get("score") for e in json.loads(state.projection.record)["projection"]["entities"])
