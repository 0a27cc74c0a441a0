"""All n-grams of the target sentence as candidates."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

import regex

from xner.config import ExtractConfig
from xner.errors import LimitExceeded
from xner.extract.base import extractors
from xner.signature import plain_list
from xner.text.punctuation import is_punctuation
from xner.text.script import SPACELESS_LETTER
from xner.types import Alignment, Candidate, Entity, Sentence, Span

_UNSPACED_GRAPHEME = regex.compile(rf"(?={SPACELESS_LETTER})\X")
_GRAPHEME_FACTOR = 3
"""The published code allows 10 tokens, and 30 where Japanese, Chinese and Thai are cut into characters."""

_MOST_CANDIDATES = 100_000


def ngram_ranges(
    tokens: Sequence[str],
    start: int,
    stop: int,
    *,
    min_tokens: int = 1,
    max_tokens: int | None = None,
    stop_tokens: Collection[str] = (),
    edge_punctuation: bool = True,
) -> Iterator[tuple[int, int]]:
    """Yield every allowed ``(start, end)`` inside ``tokens[start:stop]``, by start, then end.

    Args:
        tokens: The whole target sentence; ranges count from its beginning.
        start: First token that a range may contain.
        stop: End of the last range.
        min_tokens: Shortest range.
        max_tokens: Longest range, None for no limit.
        stop_tokens: Tokens that no range contains.
        edge_punctuation: Whether a range may start or end with a token that `is_punctuation`.
    """
    forbidden = frozenset(stop_tokens)
    longest = stop - start if max_tokens is None else max_tokens
    may_be_edge = [edge_punctuation or not is_punctuation(token) for token in tokens]
    barrier = start
    for first in range(start, stop):
        if barrier <= first:
            barrier = next((i for i in range(first, stop) if tokens[i] in forbidden), stop)
        if may_be_edge[first]:
            last = min(first + longest, barrier)
            for end in range(first + min_tokens, last + 1):
                if may_be_edge[end - 1]:
                    yield first, end


def ngram_spans(
    tokens: Sequence[str],
    *,
    min_tokens: int = 1,
    max_tokens: int | None = None,
    stop_tokens: Collection[str] = (),
    edge_punctuation: bool = True,
) -> list[Span]:
    """Return every span of `min_tokens` to `max_tokens` tokens without a stop token, by start, then end.

    Example:
        >>> [(s.start, s.end) for s in ngram_spans(["Hi", "!", "old", "world"], max_tokens=2, stop_tokens=["!"])]
        [(0, 1), (2, 3), (2, 4), (3, 4)]
    """
    ranges = ngram_ranges(
        tokens,
        0,
        len(tokens),
        min_tokens=min_tokens,
        max_tokens=max_tokens,
        stop_tokens=stop_tokens,
        edge_punctuation=edge_punctuation,
    )
    return [Span(start, end) for start, end in ranges]


def count_ngrams(n_tokens: int, max_tokens: int | None = None, min_tokens: int = 1) -> int:
    """Return how many n-grams a sentence has when no token is excluded.

    Example:
        >>> count_ngrams(12, 10)
        75
    """
    longest = n_tokens if max_tokens is None else min(max_tokens, n_tokens)
    return sum(n_tokens - length + 1 for length in range(min_tokens, longest + 1))


def longest_candidate(tokens: Sequence[str], max_tokens: int | None) -> int | None:
    """Return `max_tokens`, three times as much for a sentence cut into single graphemes.

    That is one where most tokens are one grapheme of a script without spaces.

    Example:
        >>> longest_candidate(list("東京都に住む"), 10), longest_candidate(["東京", "に", "住む"], 10)
        (30, 10)
    """
    if max_tokens is None:
        return None
    n_graphemes = sum(_UNSPACED_GRAPHEME.fullmatch(token) is not None for token in tokens)
    return max_tokens * _GRAPHEME_FACTOR if 2 * n_graphemes > len(tokens) else max_tokens


def describe_limits(name: str, config: ExtractConfig) -> str:
    """Return an extractor's name and parameters as one word of the signature."""
    longest = "all" if config.max_tokens is None else config.max_tokens
    edges = "yes" if config.edge_punctuation else "no"
    stops = plain_list(config.stop_tokens)
    return f"{name}+tokens:{config.min_tokens}-{longest}+stop:{stops}+edge_punctuation:{edges}"


@lru_cache(maxsize=1 << 14)
def _candidate(start: int, end: int) -> Candidate:
    """Return the candidate of a range; sentences share them, which are a hundred and more in each."""
    return Candidate(Span(start, end))


@extractors.register("ngram")
class NgramExtractor:
    """Every n-gram of the target sentence."""

    def __init__(self, config: ExtractConfig) -> None:
        self.config = config

    def extract(self, target: Sentence, entities: Sequence[Entity], alignment: Alignment) -> tuple[Candidate, ...]:
        """Return the candidates by start, then end; entities and links are not looked at.

        Raises:
            LimitExceeded: more candidates than memory should hold, in a long sentence without a limit on their length.
        """
        longest = longest_candidate(target.tokens, self.config.max_tokens)
        n_candidates = count_ngrams(len(target), longest, self.config.min_tokens)
        if n_candidates > _MOST_CANDIDATES:
            raise LimitExceeded(
                f"{len(target)} tokens have {n_candidates:,} candidates, more than {_MOST_CANDIDATES:,}.",
                "Set extract.max_tokens, 10 for example.",
            )
        ranges = ngram_ranges(
            target.tokens,
            0,
            len(target),
            min_tokens=self.config.min_tokens,
            max_tokens=longest,
            stop_tokens=self.config.stop_tokens,
            edge_punctuation=self.config.edge_punctuation,
        )
        return tuple(_candidate(start, end) for start, end in ranges)

    def describe(self) -> str:
        """Return name and parameters."""
        return describe_limits("ngram", self.config)
