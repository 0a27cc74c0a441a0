"""The finished versions of a pair: which there are, whether they agree, and how a decision names them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from xner.correct.annotation import Annotation
from xner.io.json_lines import loads
from xner.store import corpora, people, projections, revisions
from xner.store.rows import OWN
from xner.store.session import Session
from xner.store.states import VersionRow, people_with
from xner.types import Entity

FINISHED = ("accepted", "skipped", "flagged")
TAKEN = ("accepted", "flagged")
"""Statuses of a version that holds an annotation: who skips a sentence says nothing about its names."""
SETTLED = ("adjudicated", "skipped")
"""Of the pair's own history; a skipped pair is one that is not to be settled."""
Seen = tuple[tuple[int, int], ...]
"""(track, number) of versions, by track."""


def finished_of(session: Session, pair_id: int) -> list[VersionRow]:
    """Return the finished versions of a pair, by track."""
    rows = []
    for track in revisions.tracks(session, pair_id):
        state = revisions.state(session, pair_id, track)
        if track != OWN and state is not None and state.revision is not None and state.status in FINISHED:
            found = state.revision
            rows.append(
                VersionRow(
                    pair_id, state.pair.target_lang, track, found.number, found.status, found.payload,
                    found.projection_id,
                )
            )  # fmt: skip
    return rows


def agree(session: Session, versions: Sequence[VersionRow]) -> bool:
    """Tell whether all annotators accepted the same; ids, scores and how an entity came about play no part.

    A source entity is an index that counts those of one projection. Where the versions began from different ones, the
    source entities themselves are compared: their place and their label.
    """
    if any(version.status != "accepted" for version in versions):
        return False
    if len({version.projection_id for version in versions}) == 1:
        contents = [_content(version, None) for version in versions]
    else:
        contents = [_content(v, source_entities_of(session, v.pair_id, v.projection_id)) for v in versions]
    return all(other == contents[0] for other in contents[1:])


def recounted(annotation: Annotation, counted: Sequence[Mapping[str, Any]], entities: Sequence[Entity]) -> Annotation:
    """Return an annotation whose sources count `entities`, not those that it was made with; for looking at only.

    A source entity that is none of `entities`, by place and label, becomes ``None``.
    """
    places = {(e.span.start, e.span.end, e.label): k for k, e in enumerate(entities)}
    new = {k: places.get((e["start"], e["end"], e["label"])) for k, e in enumerate(counted)}
    made = tuple(replace(e, source=None if e.source is None else new.get(e.source)) for e in annotation.entities)
    dropped = frozenset(k for source in annotation.dropped if (k := new.get(source)) is not None)
    return replace(annotation, entities=made, dropped=dropped)


def _content(version: VersionRow, sources: Sequence[Mapping[str, Any]] | None) -> tuple[object, ...]:
    def named(source: int | None) -> object:
        if sources is None or source is None:
            return source
        found = sources[source] if source < len(sources) else {}
        return found.get("start"), found.get("end"), found.get("label")

    plain = json.loads(version.payload)
    entities = [(e["start"], e["end"], e["label"], named(e["source"])) for e in plain["entities"]]
    return entities, [named(source) for source in plain["dropped"]], plain["links"], plain["cuts"]


def source_entities_of(session: Session, pair_id: int, projection_id: int | None) -> Sequence[Mapping[str, Any]]:
    """Return the source entities that a version begun from a projection counts, by start, as its record has them."""
    made = None if projection_id is None else projections.projection(session, projection_id)
    row = made or corpora.pair(session, pair_id)
    found = loads(row.record).get("source_entities") if row else None
    return sorted(found or (), key=lambda entity: entity["start"])


def seen_of(versions: Sequence[VersionRow]) -> Seen:
    """Return what a decision on these versions has seen."""
    return tuple((version.track, version.number) for version in versions)


def parents_of(seen: Seen, taken: int | None) -> str:
    """Return the parents of a decision as they are stored; `taken` is the track whose version it is."""
    return json.dumps({"versions": [list(version) for version in seen], "taken": taken})


def seen_in(parents: str | None) -> Seen | None:
    """Return the versions that a decision names; ``None`` where it names none."""
    found = json.loads(parents).get("versions") if parents else None
    return None if found is None else tuple((track, number) for track, number in found)


def names_of(session: Session, corpus_id: int, hide: bool) -> dict[int, str]:
    """Return person to name; hidden, those with a finished version are Annotator 1, 2, … on every pair alike."""
    if not hide:
        return people.names(session)
    return {track: f"Annotator {n}" for n, track in enumerate(people_with(session, corpus_id, FINISHED), 1)}
