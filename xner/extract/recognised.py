"""Candidates that a token classifier finds on the target; their labels are not looked at."""

from __future__ import annotations

from collections.abc import Sequence

from xner.cache import KeptClassifier
from xner.config import CacheConfig, ExtractConfig
from xner.extract.base import extractors
from xner.text.iob import entities_from_labels
from xner.types import Alignment, Candidate, Entity, Sentence, SentencePair, Span


@extractors.register("recognised")
class RecognisedExtractor:
    """Spans of a NER model on the target, or all their sub-ranges.

    Source: Politov et al. 2025, NER candidates.
    """

    def __init__(self, config: ExtractConfig) -> None:
        self.config = config
        self.classifier = KeptClassifier(config.model, config.revision)

    def keep_by(self, settings: CacheConfig) -> None:
        """Keep what the model says as `settings` say."""
        self.classifier.keep_by(settings)

    def prepare(self, pairs: Sequence[SentencePair]) -> None:
        """Run the model on all targets at once; the classifier has them ready then."""
        self.classifier.prepare([pair.target.tokens for pair in pairs if pair.target])

    def extract(self, target: Sentence, entities: Sequence[Entity], alignment: Alignment) -> tuple[Candidate, ...]:
        """Return the candidates by start, then end; entities and links are not looked at."""
        classifier = self.classifier
        (rows,) = classifier.probabilities([target.tokens])
        found = entities_from_labels([classifier.columns[k] for k in rows.argmax(axis=1)] if len(rows) else [])
        spans = {entity.span for entity in found}
        if self.config.sub_spans:
            spans = {
                Span(start, end)
                for whole in spans
                for start in range(whole.start, whole.end)
                for end in range(start + 1, whole.end + 1)
            }
        return tuple(Candidate(span) for span in sorted(spans))

    def describe(self) -> str:
        """Return name, model and parameters."""
        return f"recognised+{self.classifier.describe()}{'+sub_spans' if self.config.sub_spans else ''}"
