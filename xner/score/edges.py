"""Score of the words where names begin and end, learned from a first projection of the same corpus: `edges`.

Articles and prepositions stand before names far more often than they open one ("den Strukturfonds", "del Grupo"). Links
alone don't show it, since such words hang on the name beside them; a few hundred projected spans do, in any language.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xner.config import ScoreConfig
from xner.score.alignment import count_links
from xner.score.base import ScoreRequest, scorers
from xner.types import Sentence, SentencePair, Span

Matrix = NDArray[np.float64]
Place = Literal["first", "before", "last", "after"]
Counts = Counter[tuple[Place, str, str]]

_WORD_PRIOR, _SHAPE_PRIOR = 2.0, 5.0
"""Imagined observations: of a word, spread as its shape is; of a shape, half and half. Flat from half to four times."""


class EdgeStatistics:
    """How often each word of a language opens, precedes, closes or follows a span.

    Example:
        >>> learned = EdgeStatistics()
        >>> sentence = Sentence(("über", "den", "Rat"), "de")
        >>> for k in range(9):
        ...     learned.add(str(k), sentence, [Span(2, 3)])
        >>> scores = learned.score("new", sentence, [Span(1, 3), Span(2, 3)])
        >>> bool(scores[1] > 2 * scores[0])
        True
    """

    def __init__(self) -> None:
        self._words: Counts = Counter()
        self._shapes: Counts = Counter()
        self._own: dict[str, tuple[Span, ...]] = {}

    def add(self, pair_id: str, sentence: Sentence, spans: Iterable[Span]) -> None:
        """Count the spans of a sentence; a pair that was counted before is counted no second time."""
        if pair_id not in self._own:
            self._own[pair_id] = tuple(spans)
            words, shapes = _counted(sentence, self._own[pair_id])
            self._words.update(words)
            self._shapes.update(shapes)

    def score(self, pair_id: str, sentence: Sentence, spans: Sequence[Span]) -> NDArray[np.float64]:
        """Return how well each span begins and ends, in (0, 1), 0.5 where nothing is known.

        That is the geometric mean of four probabilities: that its first word opens a name rather than precedes one,
        that the word before doesn't open one, and the same two at its end. What the pair itself was counted with is
        taken off, or each sentence would confirm its own mistakes.
        """
        n_tokens = len(sentence)
        own = _counted(sentence, self._own.get(pair_id, ()))
        opens = np.log(self._probabilities(sentence, "first", "before", own))
        closes = np.log(self._probabilities(sentence, "last", "after", own))
        starts = np.array([span.start for span in spans], dtype=np.intp)
        ends = np.array([span.end for span in spans], dtype=np.intp)
        # Beside the sentence's own ends stands nothing, which never opens or closes a name.
        no_opening = np.concatenate([[0.0], np.log1p(-np.exp(opens))])
        no_closing = np.concatenate([np.log1p(-np.exp(closes)), [0.0]])
        if not n_tokens or not len(starts):
            return np.zeros(len(starts))
        total = opens[starts] + no_opening[starts] + closes[ends - 1] + no_closing[ends]
        return np.asarray(np.exp(total / 4.0))

    def _probabilities(
        self, sentence: Sentence, inside: Place, outside: Place, own: tuple[Counts, Counts]
    ) -> NDArray[np.float64]:
        """Return for each token the probability of the inner place, given one of the two."""
        found = []
        for token in sentence.tokens:
            shares = []
            for counts, mine, key in ((self._shapes, own[1], _shape(token)), (self._words, own[0], token.casefold())):
                places = [(place, sentence.lang, key) for place in (inside, outside)]
                shares.append([counts[place] - mine[place] for place in places])
            (shape_in, shape_out), (word_in, word_out) = shares
            prior = (shape_in + _SHAPE_PRIOR / 2) / (shape_in + shape_out + _SHAPE_PRIOR)
            found.append((word_in + _WORD_PRIOR * prior) / (word_in + word_out + _WORD_PRIOR))
        return np.array(found)

    def fingerprint(self) -> str:
        """Return 8 hexadecimal digits that tell what was learned."""
        rows = sorted((*key, count) for key, count in self._words.items())
        return hashlib.sha256(repr(rows).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _counted(sentence: Sentence, spans: Iterable[Span]) -> tuple[Counts, Counts]:
    words: Counts = Counter()
    shapes: Counts = Counter()
    for span in spans:
        for place, token in _edges(sentence.tokens, span):
            words[place, sentence.lang, token.casefold()] += 1
            shapes[place, sentence.lang, _shape(token)] += 1
    return words, shapes


def _edges(tokens: Sequence[str], span: Span) -> Iterator[tuple[Place, str]]:
    yield "first", tokens[span.start]
    yield "last", tokens[span.end - 1]
    if span.start > 0:
        yield "before", tokens[span.start - 1]
    if span.end < len(tokens):
        yield "after", tokens[span.end]


def _shape(token: str) -> str:
    if not any(letter.isalnum() for letter in token):
        return "sign"
    if any(letter.isdigit() for letter in token):
        return "number"
    return "capital" if token[0].isupper() else "word"


@scorers.register("edges")
class EdgesScorer:
    """How well a candidate begins and ends; without data until it has learned from a first pass."""

    def __init__(self, config: ScoreConfig) -> None:
        del config  # nothing to set
        self._learned: EdgeStatistics | None = None
        self._fingerprint = ""

    def learn(self, found: Iterable[tuple[SentencePair, Sequence[Span]]]) -> None:
        """Take the spans that a first pass found as evidence, in place of what was learned before.

        Args:
            found: pairs with the target spans projected onto them.
        """
        learned, any_span = EdgeStatistics(), False
        for pair, spans in found:
            if pair.target is not None:
                learned.add(pair.id, pair.target, spans)
                any_span = any_span or bool(spans)
        self._learned = learned if any_span else None
        self._fingerprint = learned.fingerprint() if any_span else ""

    def score(self, requests: Sequence[ScoreRequest]) -> list[Matrix | None]:
        """Return one matrix a request, 0 where no link joins entity and candidate; None while nothing is learned."""
        return [self._score_one(request) for request in requests]

    def _score_one(self, request: ScoreRequest) -> Matrix | None:
        target = request.pair.target
        if self._learned is None or target is None:
            return None
        spans = [candidate.span for candidate in request.candidates]
        counts = count_links([entity.span for entity in request.entities], spans, request.alignment.links)
        edges = self._learned.score(request.pair.id, target, spans)
        return np.where(counts.n_links > 0, edges, 0.0)

    def describe(self) -> str:
        """Return the name and what was learned."""
        return f"edges+learned:{self._fingerprint or 'nothing'}"
