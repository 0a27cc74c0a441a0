"""What a pipeline has to learn from all pairs of a file or corpus before it projects the first of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

from xner.align import parts_to_train
from xner.engine.local import run
from xner.pipeline import Pipeline
from xner.score import Learns
from xner.types import SentencePair

_FIRST_PASS = 3000
"""Pairs of the first pass: function words are known by then, and a long file is not projected twice."""


def learns(pipeline: Pipeline) -> bool:
    """Tell whether a pipeline has parts that learn from the whole corpus first."""
    scores = pipeline.matcher.uses_scores and any(isinstance(scorer, Learns) for scorer in pipeline.scorers.values())
    return scores or bool(parts_to_train(pipeline.aligner))


def learn_from(pipeline: Pipeline, read: Callable[[], Iterable[SentencePair]]) -> None:
    """Train the aligner and let scores learn from a first pass, where the pipeline has such parts.

    Args:
        pipeline: its parts keep what they learn.
        read: yields all pairs from the beginning, each time it is called; it is not called where nothing learns.

    Raises:
        AlignmentFailed: there is no pair to learn an alignment from.
        ModelUnavailable: a package or model is missing.
    """
    for part in parts_to_train(pipeline.aligner):
        part.train(read())
    learners = [scorer for scorer in pipeline.scorers.values() if isinstance(scorer, Learns)]
    if not learners or not pipeline.matcher.uses_scores:
        return
    found = [
        (outcome.pair, [entity.span for entity in outcome.projection.entities])
        for outcome in run(pipeline, itertools.islice(read(), _FIRST_PASS))
    ]
    for learner in learners:
        learner.learn(found)
