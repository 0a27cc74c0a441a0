"""What the queue needs to know of a pair: smart tags, risk, labels. Computed with every save and every projection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xner.correct.annotation import Annotation
from xner.correct.risk import risk_of
from xner.correct.smart_tags import TagContext, tags_of
from xner.types import Projection, SentencePair


@dataclass(frozen=True, slots=True)
class Assessment:
    """`risk` in [0, 1]; `tags` are names of `xner.correct.smart_tags`; `labels` those that the annotation uses."""

    risk: float
    tags: tuple[str, ...]
    labels: tuple[str, ...]


def assess(
    pair: SentencePair, projection: Projection | None, annotation: Annotation, others: Sequence[Projection] = ()
) -> Assessment:
    """Return the assessment of a pair under an annotation.

    Args:
        pair: with its source entities, where they are known.
        projection: what the annotation began from.
        annotation: the present one.
        others: what other methods make of the pair, for `methods-disagree`.
    """
    alignment = projection.alignment if projection and projection.alignment else pair.alignment
    tags = tags_of(TagContext(pair, projection, annotation, alignment, tuple(others)))
    labels = sorted({entity.label for entity in annotation.entities})
    return Assessment(risk_of(tags, projection), tags, tuple(labels))
