"""Sub-ranges of the linked part of the target sentence: few candidates, none lost for scores over links."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from xner.config import ExtractConfig
from xner.extract.base import extractors
from xner.extract.ngram import describe_limits, longest_candidate, ngram_ranges
from xner.text.punctuation import is_punctuation
from xner.types import Alignment, Candidate, Entity, Link, Sentence, Span


def aligned_spans(
    tokens: Sequence[str],
    entities: Iterable[Span],
    links: Collection[Link],
    *,
    min_tokens: int = 1,
    max_tokens: int | None = None,
    stop_tokens: Collection[str] = (),
    edge_punctuation: bool = True,
) -> list[Span]:
    """Return the n-grams between the first and the last linked token of any entity, by start, then end.

    A token that is not linked to the entity only lowers a score over links, so that the best span under a limit of
    at most one span an entity is always among these. Without `edge_punctuation`, links to punctuation are dropped
    first.

    Args:
        tokens: Target tokens.
        entities: Source spans.
        links: ``(source token, target token)`` in any order.
        min_tokens: Shortest span.
        max_tokens: Longest span, None for no limit.
        stop_tokens: Tokens that no span contains.
        edge_punctuation: Whether a span may start or end with a punctuation token.

    Source: Shkalikov, master thesis, candidate extraction from alignments.

    Example:
        >>> [(s.start, s.end) for s in aligned_spans(list("abcd"), [Span(0, 2)], {(0, 1), (1, 2)})]
        [(1, 2), (1, 3), (2, 3)]
    """
    ranges: set[tuple[int, int]] = set()
    usable = [(i, j) for i, j in links if edge_punctuation or not is_punctuation(tokens[j])]
    for entity in entities:
        linked = [j for i, j in usable if entity.start <= i < entity.end]
        if linked:
            ranges.update(
                ngram_ranges(
                    tokens,
                    min(linked),
                    max(linked) + 1,
                    min_tokens=min_tokens,
                    max_tokens=max_tokens,
                    stop_tokens=stop_tokens,
                    edge_punctuation=edge_punctuation,
                )
            )
    return [Span(start, end) for start, end in sorted(ranges)]


@extractors.register("aligned")
class AlignedExtractor:
    """Sub-ranges of the linked part of the target sentence."""

    def __init__(self, config: ExtractConfig) -> None:
        self.config = config

    def extract(self, target: Sentence, entities: Sequence[Entity], alignment: Alignment) -> tuple[Candidate, ...]:
        """Return the candidates by start, then end; an entity without links adds none."""
        spans = aligned_spans(
            target.tokens,
            [entity.span for entity in entities],
            alignment.links,
            min_tokens=self.config.min_tokens,
            max_tokens=longest_candidate(target.tokens, self.config.max_tokens),
            stop_tokens=self.config.stop_tokens,
            edge_punctuation=self.config.edge_punctuation,
        )
        return tuple(Candidate(span) for span in spans)

    def describe(self) -> str:
        """Return name and parameters."""
        return describe_limits("aligned", self.config)
