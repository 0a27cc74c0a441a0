"""Score of names that are written alike on both sides: `copy`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from xner.config import ScoreConfig
from xner.score.base import ScoreRequest, scorers
from xner.signature import plain_number
from xner.text.normalise import nfc
from xner.types import Span

Matrix = NDArray[np.float64]


def copy_similarity(
    source: Sequence[str],
    target: Sequence[str],
    entities: Sequence[Span],
    candidates: Sequence[Span],
    *,
    floor: float = 0.8,
    romanise: bool = True,
) -> Matrix:
    """Return how alike entity and candidate are written: 1 - edits / length of the longer, in [0, 1].

    Case and spaces don't count, so that a name cut into characters is the same name.

    Args:
        source: Source tokens.
        target: Target tokens.
        entities: Source spans.
        candidates: Target spans.
        floor: A similarity below it becomes 0.
        romanise: Write both sides in plain Latin letters first, without diacritics.

    Returns:
        (n_entities, n_candidates); 0 where either side has no character left.

    Example:
        >>> spans = [Span(0, 1), Span(0, 2), Span(1, 2)]
        >>> copy_similarity(["Angela", "Merkel"], ["Ангела", "Меркель"], [Span(0, 2)], spans).round(2).tolist()
        [[0.0, 0.92, 0.0]]
    """
    letters = [_letters(token, romanise) for token in target]
    ends = np.cumsum([0, *map(len, letters)])
    text = np.array([ord(letter) for word in letters for letter in word], dtype=np.int64)
    starts = np.array([span.start for span in candidates], dtype=np.intp)
    stops = np.array([span.end for span in candidates], dtype=np.intp)
    lengths = ends[stops] - ends[starts]
    scores = np.zeros((len(entities), len(candidates)))
    for row, entity in enumerate(entities):
        name = np.array([ord(c) for token in source[entity.start : entity.end] for c in _letters(token, romanise)])
        # Names whose lengths differ by more than the floor allows need no look.
        near = (lengths > 0) & (lengths >= floor * len(name)) & (floor * lengths <= len(name))
        if len(name) and near.any():
            begins, which = np.unique(ends[starts[near]], return_inverse=True)
            edits = _edits(name, text, begins, int(lengths[near].max()))
            longer = np.maximum(lengths[near], len(name))
            scores[row, near] = 1.0 - edits[lengths[near], which] / longer
    return np.where(scores < floor, 0.0, scores)


def _edits(
    name: NDArray[np.int64], text: NDArray[np.int64], begins: NDArray[np.intp], longest: int
) -> NDArray[np.intp]:
    """Return the Levenshtein distance of `name` to the pieces of `text` that start at `begins`: (longest + 1, n).

    All starts go through the table together, one character of the text at a time. An insertion depends on the cell to
    its left; taking the column number off turns the chain of these into a running minimum.
    """
    columns = np.arange(len(name) + 1)
    row = np.tile(columns, (len(begins), 1))
    found = np.empty((longest + 1, len(begins)), dtype=np.intp)
    found[0] = row[:, -1]
    for step in range(longest):
        places = begins + step
        letter = np.where(places < len(text), text[np.minimum(places, len(text) - 1)], -1)
        best = row + 1
        best[:, 1:] = np.minimum(best[:, 1:], row[:, :-1] + (letter[:, None] != name))
        row = np.minimum.accumulate(best - columns, axis=1) + columns
        found[step + 1] = row[:, -1]
    return found


@lru_cache(maxsize=50_000)
def _letters(token: str, romanise: bool) -> str:
    """Return what of a token is compared."""
    text = nfc(token)
    if romanise and not text.isascii():
        from anyascii import anyascii

        text = anyascii(text)
    return "".join(text.split()).casefold()


@scorers.register("copy")
class CopyScorer:
    """Likeness of spelling: strong evidence for names, none for what is translated."""

    def __init__(self, config: ScoreConfig) -> None:
        self.floor = config.copy_floor
        self.romanise = config.copy_romanise

    def score(self, requests: Sequence[ScoreRequest]) -> list[Matrix | None]:
        """Return one matrix a request, None where a sentence is missing."""
        return [self._score_one(request) for request in requests]

    def _score_one(self, request: ScoreRequest) -> Matrix | None:
        source, target = request.pair.source, request.pair.target
        if source is None or target is None:
            return None
        return copy_similarity(
            source.tokens,
            target.tokens,
            [entity.span for entity in request.entities],
            [candidate.span for candidate in request.candidates],
            floor=self.floor,
            romanise=self.romanise,
        )

    def describe(self) -> str:
        """Return name and parameters."""
        return f"copy+floor:{plain_number(self.floor)}{'+romanised' if self.romanise else ''}"
