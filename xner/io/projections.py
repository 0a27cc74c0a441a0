"""What was projected onto a pair, to JSON and back; links and entities on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xner.io.fields import (
    check_entities,
    check_links,
    check_number,
    check_span,
    check_text,
    json_name,
    wrong,
)
from xner.types import Alignment, Entity, Projection, RunnerUp

_ENTITY_FIELDS = ("start", "end", "label", "score", "source")
_UNBOUNDED = 10**9
"""Stands for a number of tokens that isn't known."""


def parse_projection(value: object, pair_id: str, n_source: int | None, n_target: int | None) -> Projection:
    """Return a checked projection. A number of tokens that is None is not known and not compared with.

    Raises:
        InputError: with the field in `column`.
    """
    field = "projection"
    if not isinstance(value, Mapping):
        raise wrong(field, f"is {json_name(value)}, it has to be an object.", "Run project again.")
    status, reason = value.get("status"), value.get("reason")
    if status not in ("ok", "empty", "failed"):
        raise wrong(f"{field}.status", f"is {status!r}.", "It is ok, empty or failed.")
    n_source = _UNBOUNDED if n_source is None else n_source
    n_target = _UNBOUNDED if n_target is None else n_target
    entities = check_entities(f"{field}.entities", value.get("entities") or [], n_target, sort=False)
    if status == "failed" and (entities or not reason):
        raise wrong(field, "failed, so it needs a reason and no entities.", "Run project again.")
    runner_up = value.get("runner_up")
    signature = value.get("signature")
    return Projection(
        pair_id=pair_id,
        entities=entities,
        status=status,
        reason=None if reason is None else str(reason),
        alignment=parse_alignment(value, f"{field}.", n_source, n_target),
        objective=check_number(f"{field}.objective", value.get("objective")),
        runner_up=None if runner_up is None else _runners_up(runner_up, len(entities), n_target),
        signature=None if signature is None else check_text(f"{field}.signature", signature),
    )


def _runners_up(value: object, n_entities: int, n_target: int) -> tuple[RunnerUp, ...]:
    field = "projection.runner_up"
    if not isinstance(value, list) or len(value) != n_entities:
        raise wrong(field, f"has to be a list of {n_entities}, one for each entity.", "Run project again.")
    runners = []
    for number, item in enumerate(value):
        place = f"{field}[{number}]"
        if not isinstance(item, Mapping):
            raise wrong(place, f"is {json_name(item)}, it has to be an object.", "Run project again.")
        span = None if item.get("start") is None and item.get("end") is None else check_span(place, item, n_target)
        runners.append(RunnerUp(span=span, margin=check_number(f"{place}.margin", item.get("margin"))))
    return tuple(runners)


def parse_alignment(record: Mapping[str, Any], prefix: str, n_source: int, n_target: int) -> Alignment | None:
    """Return the links of a record or projection, ``None`` where it has none; `prefix` is for messages.

    Raises:
        InputError: with the field in `column`.
    """
    sure, possible = record.get("alignment"), record.get("possible_alignment")
    if sure is None and possible is None:
        return None
    return Alignment(
        links=check_links(f"{prefix}alignment", [] if sure is None else sure, n_source, n_target),
        possible=check_links(f"{prefix}possible_alignment", [] if possible is None else possible, n_source, n_target),
    )


def plain_entity(entity: Entity) -> dict[str, Any]:
    """Return an entity as JSON has it; score and source only where they are known."""
    plain: dict[str, Any] = {"start": entity.span.start, "end": entity.span.end, "label": entity.label}
    if entity.score is not None:
        plain["score"] = float(entity.score)
    if entity.source is not None:
        plain["source"] = entity.source
    return plain


def plain_links(alignment: Alignment) -> dict[str, Any]:
    """Return the fields of an alignment, links sorted; possible ones only where there are some."""
    plain: dict[str, Any] = {"alignment": [[int(i), int(j)] for i, j in sorted(alignment.links)]}
    if alignment.possible:
        plain["possible_alignment"] = [[int(i), int(j)] for i, j in sorted(alignment.possible)]
    return plain


def plain_projection(projection: Projection) -> dict[str, Any]:
    """Return a projection as it stands in a record of `project`."""
    plain: dict[str, Any] = {"status": projection.status, "reason": projection.reason}
    plain["entities"] = [dict.fromkeys(_ENTITY_FIELDS) | plain_entity(entity) for entity in projection.entities]
    plain |= {"alignment": None} if projection.alignment is None else plain_links(projection.alignment)
    plain["objective"] = None if projection.objective is None else float(projection.objective)
    plain["runner_up"] = None if projection.runner_up is None else [_plain_runner_up(r) for r in projection.runner_up]
    plain["signature"] = projection.signature
    return plain


def _plain_runner_up(runner_up: RunnerUp) -> dict[str, Any]:
    span, margin = runner_up.span, runner_up.margin
    return {
        "start": span.start if span else None,
        "end": span.end if span else None,
        "margin": None if margin is None else float(margin),
    }
