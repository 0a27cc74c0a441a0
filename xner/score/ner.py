"""Scores of a token classifier on the target: is the candidate an entity there, and of the label of the source?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xner.cache import KeptClassifier
from xner.config import CacheConfig, ScoreConfig
from xner.score.base import ScoreRequest, scorers
from xner.score.recogniser import ner_score, ner_span_score
from xner.signature import plain_list, plain_number
from xner.types import SentencePair

Matrix = NDArray[np.float64]


class _TargetScorer:
    """Runs the classifier once for each target sentence, however often its pair is scored."""

    def __init__(self, config: ScoreConfig) -> None:
        self.config = config
        self.classifier = KeptClassifier(config.ner_model, config.ner_revision)

    def keep_by(self, settings: CacheConfig) -> None:
        """Keep what the model says as `settings` say."""
        self.classifier.keep_by(settings)

    def prepare(self, pairs: Sequence[SentencePair]) -> None:
        """Run the model on all targets at once; the classifier has them ready then."""
        self.classifier.prepare([pair.target.tokens for pair in pairs if pair.target])

    def score(self, requests: Sequence[ScoreRequest]) -> list[Matrix | None]:
        """Return one matrix a request, None where the target is missing."""
        targets = [request.pair.target for request in requests]
        found = iter(self.classifier.probabilities([target.tokens for target in targets if target]))
        return [
            None if target is None else self.score_one(request, next(found))
            for request, target in zip(requests, targets, strict=True)
        ]

    def score_one(self, request: ScoreRequest, probabilities: Matrix) -> Matrix:
        """Return (n_entities, n_candidates) from tag probabilities, (n_target_tokens, n_columns)."""
        raise NotImplementedError

    def parameters(self) -> str:
        """Return model and parameters for the signature."""
        config = self.config
        inside = "+only_inside" if config.ner_only_inside else ""
        return f"{self.classifier.describe()}+alpha:{plain_number(config.ner_alpha)}+{config.ner_bonus}{inside}"


@scorers.register("ner")
class NerScorer(_TargetScorer):
    """Class form: how well a candidate is an entity of the label of the source entity.

    Source: Shkalikov, master thesis, NER score.
    """

    def score_one(self, request: ScoreRequest, probabilities: Matrix) -> Matrix:
        """Return the class form; entities of one label have equal rows."""
        config, spans = self.config, [candidate.span for candidate in request.candidates]
        rows = {
            label: ner_score(
                probabilities, self.classifier.columns, config.ner_label_map.get(label, label), config.ner_alpha,
                spans, config.ner_bonus, only_inside=config.ner_only_inside,
            )
            for label in {entity.label for entity in request.entities}
        }  # fmt: skip
        return np.array([rows[entity.label] for entity in request.entities]).reshape(-1, len(spans))

    def describe(self) -> str:
        """Return name, model and parameters."""
        mapping = plain_list(f"{ours}>{model}" for ours, model in sorted(self.config.ner_label_map.items()))
        return f"ner+{self.parameters()}{'+' + mapping if self.config.ner_label_map else ''}"


@scorers.register("ner_span")
class NerSpanScorer(_TargetScorer):
    """Span form: how well a candidate is an entity of any label; the label written is that of the source.

    Source: Shkalikov, master thesis, NER score over spans.
    """

    def score_one(self, request: ScoreRequest, probabilities: Matrix) -> Matrix:
        """Return the span form, equal for all entities."""
        config, spans = self.config, [candidate.span for candidate in request.candidates]
        row = ner_span_score(
            probabilities, self.classifier.columns, config.ner_alpha, spans, config.ner_bonus,
            ignored=config.ner_ignored, only_inside=config.ner_only_inside,
        )  # fmt: skip
        return np.tile(row, (len(request.entities), 1))

    def describe(self) -> str:
        """Return name, model and parameters."""
        return f"ner_span+{self.parameters()}+ignored:{plain_list(self.config.ner_ignored)}"
