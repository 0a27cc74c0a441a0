"""A pipeline over pairs that are all in memory, on links that several systems share; a pair that fails stops nobody."""

from __future__ import annotations

from collections.abc import Sequence

from xner.align import aligners, make_aligner, parts_to_train
from xner.config import AlignConfig
from xner.engine.local import BATCH_SIZE, Failure, isolated
from xner.pipeline import Pipeline
from xner.score import Learns
from xner.types import Alignment, Prepares, Projection, SentencePair

Links = Alignment | Failure


def align_all(config: AlignConfig, pairs: Sequence[SentencePair]) -> list[Links]:
    """Return the links of every pair, computed now: what a cache holds would not show how long they take.

    Raises:
        ModelUnavailable: the aligner's model or package is not here.
        ConfigError: a setting is impossible.
    """
    aligner = make_aligner(config) if config.unite else aligners.get(config.name)(config)
    for part in parts_to_train(aligner):
        part.train(pairs)
    return [links for _, links in isolated(pairs, aligner.align)]


def project_all(pipeline: Pipeline, pairs: Sequence[SentencePair], links: Sequence[Links]) -> list[Projection]:
    """Return what is projected onto every pair; scores that learn do so from a first pass, never from gold.

    Args:
        pipeline: of two given sides.
        pairs: with source entities.
        links: one a pair.
    """
    learners = [scorer for scorer in pipeline.scorers.values() if isinstance(scorer, Learns)]
    if learners and pipeline.matcher.uses_scores:
        first = _matched(pipeline, pairs, links)
        for learner in learners:
            learner.learn((p, [e.span for e in made.entities]) for p, made in zip(pairs, first, strict=True))
    return _matched(pipeline, pairs, links)


def _matched(pipeline: Pipeline, pairs: Sequence[SentencePair], links: Sequence[Links]) -> list[Projection]:
    parts = [part for part in (pipeline.extractor, *pipeline.scorers.values()) if isinstance(part, Prepares)]

    def match(batch: Sequence[tuple[SentencePair, Links]]) -> list[Projection]:
        if pipeline.matcher.uses_scores:
            for part in parts:
                part.prepare([pair for pair, _ in batch])
        return [
            Projection.failed(pair.id, found.reason)
            if isinstance(found, Failure)
            else pipeline.match(pair, found).projection
            for pair, found in batch
        ]

    both = list(zip(pairs, links, strict=True))
    return [
        Projection.failed(pair.id, made.reason) if isinstance(made, Failure) else made
        for (pair, _), made in isolated(both, match, BATCH_SIZE)
    ]
