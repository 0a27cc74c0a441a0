"""The longest run of linked target tokens, as García-Ferrero et al. project labels."""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence

from xner.config import MatchConfig
from xner.match.base import Matching, MatchRequest, Selection, matchers
from xner.match.runs import joined, runs_of
from xner.text.iob import labels_from_entities
from xner.types import Entity, Span

_ASCII_PUNCTUATION = frozenset(string.punctuation)


def garcia_ferrero_spans(
    target_tokens: Sequence[str],
    entities: Sequence[Entity],
    linked_targets: Sequence[Iterable[int]],
    fill_gap_size: int = 1,
) -> list[tuple[int, Span]]:
    """Return (entity, span), ordered by span and disjoint; entities of one label that collide become one span.

    Per entity: linked tokens without those of ASCII punctuation only, as runs, gaps of at most `fill_gap_size` filled,
    the longest run, the first of equal ones. Where two overlap: of the same label, both together, under the number of
    the earlier entity; of different labels, the longer, of equal ones the later.

    Args:
        target_tokens: Target tokens.
        entities: Source entities.
        linked_targets: The target tokens that each entity is linked to.
        fill_gap_size: Longest gap, in tokens.

    Source: García-Ferrero et al. 2022 (arXiv 2210.12623), as documented in their repository.
    """
    placed: list[tuple[int, Span]] = []
    for index, linked in enumerate(linked_targets):
        words = [j for j in linked if not _ASCII_PUNCTUATION.issuperset(target_tokens[j])]
        runs = joined(runs_of(words), fill_gap_size)
        if runs:
            start, end = max(runs, key=lambda run: run[1] - run[0])
            _place(placed, index, Span(start, end), entities)
    return sorted(placed, key=lambda pair: pair[1])


def _place(placed: list[tuple[int, Span]], index: int, span: Span, entities: Sequence[Entity]) -> None:
    while collisions := [pair for pair in placed if pair[1].overlaps(span)]:
        other, present = collisions[0]
        same_label = entities[other].label == entities[index].label
        if not same_label and len(present) > len(span):
            return
        placed.remove((other, present))
        if same_label:
            index, span = min(index, other), Span(min(span.start, present.start), max(span.end, present.end))
    placed.append((index, span))


def garcia_ferrero_labels(
    target_tokens: Sequence[str],
    entities: Sequence[Entity],
    linked_targets: Sequence[Iterable[int]],
    fill_gap_size: int = 1,
) -> list[str]:
    """Return one IOB2 label a target token; arguments as in `garcia_ferrero_spans`.

    Example:
        >>> garcia_ferrero_labels(["el", "café", "."], [Entity(Span(0, 1), "X")], [[1, 2]])
        ['O', 'B-X', 'O']
    """
    spans = garcia_ferrero_spans(target_tokens, entities, linked_targets, fill_gap_size)
    return labels_from_entities([Entity(span, entities[index].label) for index, span in spans], len(target_tokens))


@matchers.register("garcia_ferrero")
class GarciaFerreroMatcher:
    """One run of linked tokens an entity; the gap that is filled is `match.fill_gap_size`."""

    uses_scores = False

    def __init__(self, config: MatchConfig) -> None:
        self.fill_gap_size = config.fill_gap_size

    def match(self, request: MatchRequest) -> Matching:
        """Return the spans, at most one an entity. There is no objective."""
        entities = request.table.entities
        linked = [
            [j for i, j in request.alignment.links if entity.span.start <= i < entity.span.end] for entity in entities
        ]
        spans = garcia_ferrero_spans(request.target.tokens, entities, linked, self.fill_gap_size)
        return Matching(tuple(Selection(index, span) for index, span in spans))

    def describe(self) -> str:
        """Return name and parameters."""
        return f"garcia_ferrero+gap:{self.fill_gap_size}"
