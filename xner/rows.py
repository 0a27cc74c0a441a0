"""The row that a matching becomes: rounded, and with the reason why it is empty or what of it was lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xner.match.base import Matching, Selection
from xner.trace import Evidence
from xner.types import Entity, Projection, SentencePair

_DECIMALS = 6
"""Of what is written. The encoder's rounding depends on which sentences share a batch, so that another batch size may
change the last of them; the same command on the same input gives the same bytes."""


def projection_of(
    pair: SentencePair,
    evidence: Evidence,
    matching: Matching,
    places: Sequence[int],
    *,
    signature: str,
    is_marked: bool = False,
) -> Projection:
    """Return what is written of a pair.

    Args:
        pair: with source entities.
        evidence: what the matching followed from.
        matching: its selections count entities along `places`.
        places: the index of each matched entity in the pair's source entities.
        signature: the line that says how it came about.
        is_marked: whether the matcher reads the markers of a translation, some of which may be lost.
    """
    sources = pair.source_entities or ()
    chosen = [_rounded(selection) for selection in matching.selections]
    runners_up = tuple(selection.runner_up for selection in chosen if selection.runner_up is not None)
    return Projection(
        pair_id=pair.id,
        entities=tuple(
            Entity(s.span, sources[places[s.entity]].label, score=s.score, source=places[s.entity]) for s in chosen
        ),
        status="ok" if chosen else "empty",
        reason=_lost_markers(evidence, is_marked) if chosen else _why_empty(pair, places),
        alignment=evidence.alignment,
        objective=None if matching.objective is None else round(float(matching.objective), _DECIMALS),
        runner_up=runners_up if chosen and len(runners_up) == len(chosen) else None,
        signature=signature,
    )


def _why_empty(pair: SentencePair, places: Sequence[int]) -> str:
    if places:
        return "no candidate has evidence"
    return "no entity of the source has a wanted label" if pair.source_entities else "the source has no entities"


def _lost_markers(evidence: Evidence, is_marked: bool) -> str | None:
    spans = evidence.mirror.spans if evidence.mirror else evidence.carried if is_marked else None
    lost = sum(span is None for span in spans or ())
    return f"{lost} of {len(spans or ())} markers lost" if lost else None


def _rounded(selection: Selection) -> Selection:
    score, runner_up = selection.score, selection.runner_up
    if runner_up is not None and runner_up.margin is not None:
        runner_up = replace(runner_up, margin=round(float(runner_up.margin), _DECIMALS))
    return replace(selection, score=None if score is None else round(float(score), _DECIMALS), runner_up=runner_up)
