"""Entities from a token classifier: the embedded ``e5-ner``, a folder, or a hub model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from xner.cache import KeptClassifier
from xner.config import CacheConfig, RecogniseConfig
from xner.models.token_classifier import EMBEDDED
from xner.recognise.base import recognisers
from xner.signature import plain_list
from xner.text.iob import entities_from_labels
from xner.types import Entity, Sentence

DEFAULT = EMBEDDED[0]


def decode(probabilities: ArrayLike, columns: Sequence[str], label_map: Mapping[str, str]) -> tuple[Entity, ...]:
    """Return the entities of a sentence: the most probable tag of each token, a new entity at B- or at another label.

    Args:
        probabilities: (n_tokens, n_columns).
        columns: tag of each column, IOB1 or IOB2.
        label_map: label of the model to label of the run; one that is missing, or maps to nothing, is no entity.

    Returns:
        Entities with the mean probability of their tags as score, in [0, 1].

    Source: Politov et al. 2025, model transfer.

    Example:
        >>> [(e.span, e.label, e.score) for e in decode([[0.1, 0.9], [0.8, 0.2]], ["O", "B-PERSON"], {"PERSON": "PER"})]
        [(Span(start=0, end=1), 'PER', 0.9)]
    """
    matrix = np.asarray(probabilities, dtype=np.float64)
    if not len(matrix):
        return ()
    best = matrix.argmax(axis=1)
    sure = matrix.max(axis=1)
    return tuple(
        Entity(e.span, ours, score=round(float(sure[e.span.start : e.span.end].mean()), 6))
        for e in entities_from_labels([columns[k] for k in best])
        if (ours := label_map.get(e.label))
    )


@recognisers.register("transformers")
class TransformersRecogniser:
    """Runs a token classifier on the given tokens and maps its labels."""

    def __init__(self, config: RecogniseConfig) -> None:
        self.config = config
        self.model = config.model or DEFAULT
        self.classifier = KeptClassifier(self.model, config.revision)

    def keep_by(self, settings: CacheConfig) -> None:
        """Keep what the model says as `settings` say."""
        self.classifier.keep_by(settings)

    def recognise(self, sentences: Sequence[Sentence]) -> list[tuple[Entity, ...]]:
        """Return the entities of each sentence, with scores.

        Raises:
            ModelUnavailable: the model is not here.
        """
        if not sentences:
            return []
        classifier = self.classifier
        found = classifier.probabilities([sentence.tokens for sentence in sentences])
        return [decode(rows, classifier.columns, self.config.label_map) for rows in found]

    def describe(self) -> str:
        """Return model, weights and label map for the signature."""
        mapping = plain_list(f"{model}>{ours}" for model, ours in sorted(self.config.label_map.items()))
        return f"transformers+{self.classifier.describe()}+{mapping}"
