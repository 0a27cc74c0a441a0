"""A pair that brings its links, so that it is projected without a model."""

from __future__ import annotations

from xner.config import RunConfig
from xner.types import Alignment, Entity, Sentence, SentencePair, Span

GIVEN = RunConfig().updated({"align.name": "given"})
PAIR = SentencePair(
    "p0",
    Sentence(("Mira", "was", "here"), "en"),
    Sentence(("hier", "war", "Mira"), "de"),
    source_entities=(Entity(Span(0, 1), "PER"),),
    target_entities=(Entity(Span(2, 3), "LOC"),),
    alignment=Alignment(frozenset({(0, 2)})),
)
