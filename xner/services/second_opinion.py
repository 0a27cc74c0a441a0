"""What the other matchers make of the same links and scores: where they differ from a run, somebody should look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xner.config import RunConfig
from xner.errors import ConfigError, ModelUnavailable, XnerError
from xner.match.base import Matcher, MatchRequest, matchers
from xner.pipeline import Pipeline, Trace
from xner.services.inspect_pair import METHODS, rematch
from xner.types import Entity, Projection


@dataclass(frozen=True, slots=True)
class _Other:
    config: RunConfig
    matcher: Matcher


def second_opinions(pipeline: Pipeline, traces: Sequence[Trace]) -> list[list[Projection]]:
    """Return for every trace what each other method projects: spans, labels and scores; one that can't is no opinion.

    Candidates and scores are those of the trace: made anew for each method they took two thirds of a run over given
    links.

    Raises:
        ConfigError: a setting is impossible, whatever the pair.
        ModelUnavailable: a model is not here.
    """
    if pipeline.config.pipeline == "model-transfer":  # nothing is matched there
        return [[] for _ in traces]
    others = _others(pipeline.config)
    return [_opinions(pipeline, trace, others) for trace in traces]


def _others(config: RunConfig) -> list[_Other]:
    found = []
    for name in METHODS:
        if name != config.match.name:
            changed = config.updated({"match.name": name})
            found.append(_Other(changed, matchers.get(name)(changed.match)))
    return found


def _opinions(pipeline: Pipeline, trace: Trace, others: Sequence[_Other]) -> list[Projection]:
    if not pipeline.matcher.uses_scores and trace.table.entities:
        try:
            trace = pipeline.match(trace.pair, trace.evidence, explain=True)  # the others read its scores
        except (ConfigError, ModelUnavailable):
            raise
        except XnerError:
            return []
    found = []
    for other in others:
        try:
            found.append(_opinion(trace, other))
        except (ConfigError, ModelUnavailable):
            raise
        except XnerError:
            continue
    return found


def _opinion(trace: Trace, other: _Other) -> Projection:
    if trace.evidence.mirror is not None or trace.evidence.carried is not None:
        return rematch(trace, other.config).projection  # a translation with markers takes part: all of it once more
    table, target = trace.table, trace.pair.target
    if target is None or not table.entities:
        return Projection(trace.pair.id, (), "empty", "the source has no entities")
    matching = other.matcher.match(MatchRequest(table, trace.evidence.alignment, target))
    entities = tuple(Entity(one.span, table.entities[one.entity].label, score=one.score) for one in matching.selections)
    return Projection(trace.pair.id, entities, "ok" if entities else "empty")
