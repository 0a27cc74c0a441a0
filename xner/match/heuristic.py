"""Heuristic projection: the linked target tokens of an entity, as runs, are its spans. No scores."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from xner.config import MatchConfig
from xner.match.base import Matching, MatchRequest, Selection, matchers
from xner.match.runs import joined, runs_of
from xner.signature import plain_number
from xner.types import Entity, Link, Span

Order = Literal["given", "shortest_first"]
Collision = Literal["skip", "overwrite"]
TopKBy = Literal["longest", "shortest"]


def heuristic_labels(
    n_tokens: int,
    entities: Sequence[Entity],
    links: Collection[Link],
    *,
    merge_distance: int = 1,
    only_i: bool = False,
    min_length_ratio: float | None = 0.8,
    top_k: int | None = None,
    top_k_by: TopKBy = "longest",
    order: Order = "shortest_first",
    collision: Collision = "skip",
) -> list[str]:
    """Return one IOB2 label a target token; `overwrite` can leave an I- without its B-.

    Args:
        n_tokens: Length of the target sentence.
        entities: Source entities.
        links: ``(source token, target token)``, in any order.
        merge_distance: Runs at most this many tokens apart become one, also where the gap is linked elsewhere.
        only_i: Don't join a run that starts at a token linked to the first source token of the entity.
        min_length_ratio: Keep runs whose length over the entity's is strictly above this; None keeps all.
        top_k: Keep this many runs, None for all.
        top_k_by: Which of them; `shortest` repeats rows of the thesis and is no sensible rule. Ties go to the left.
        order: In which order entities are written.
        collision: Whether a run with a labelled token is left out or written over it.

    Source: Politov et al. 2025 and Shkalikov's thesis, heuristic word-to-word projection.

    Example:
        >>> from xner.types import Span
        >>> heuristic_labels(3, [Entity(Span(0, 2), "LOC")], {(0, 0), (1, 2)})
        ['B-LOC', 'I-LOC', 'I-LOC']
    """
    labels, _ = _write(
        n_tokens,
        entities,
        links,
        _Rule(merge_distance, only_i, min_length_ratio, top_k, top_k_by),
        order=order,
        overwrites=collision == "overwrite",
    )
    return labels


@dataclass(frozen=True, slots=True)
class _Rule:
    """Which runs of an entity are kept; see `heuristic_labels`."""

    merge_distance: int
    only_i: bool
    min_length_ratio: float | None
    top_k: int | None
    top_k_by: TopKBy

    def runs(self, entity: Entity, links: Collection[Link]) -> list[tuple[int, int]]:
        """Return the kept runs, in the order in which they are written."""
        span = entity.span
        runs = runs_of(j for i, j in links if span.start <= i < span.end)
        if self.merge_distance > 0:
            firsts = [j for i, j in links if i == span.start] if self.only_i else ()
            runs = joined(runs, self.merge_distance, firsts)
        if self.min_length_ratio is not None:
            runs = [(start, end) for start, end in runs if (end - start) / len(span) > self.min_length_ratio]
        if self.top_k is not None:
            sign = -1 if self.top_k_by == "longest" else 1
            runs = sorted(runs, key=lambda run: sign * (run[1] - run[0]))[: self.top_k]
        return runs


def _write(
    n_tokens: int, entities: Sequence[Entity], links: Collection[Link], rule: _Rule, *, order: Order, overwrites: bool
) -> tuple[list[str], list[int]]:
    """Return labels, and for each token the entity that wrote it (-1: none)."""
    labels, writers = ["O"] * n_tokens, [-1] * n_tokens
    turns = list(range(len(entities)))
    if order == "shortest_first":
        turns.sort(key=lambda index: len(entities[index].span))
    for index in turns:
        label = entities[index].label
        for start, end in rule.runs(entities[index], links):
            if overwrites or all(writer < 0 for writer in writers[start:end]):
                labels[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 1)]
                writers[start:end] = [index] * (end - start)
    return labels, writers


def _spans(labels: Sequence[str], writers: Sequence[int]) -> Iterator[Span]:
    """Yield the spans: each ends where a B- begins or another entity wrote, also one of the same label."""
    start = 0
    for position in range(1, len(labels) + 1):
        is_end = position == len(labels) or labels[position].startswith("B-")
        if is_end or writers[position] != writers[start]:
            if writers[start] >= 0:
                yield Span(start, position)
            start = position


@matchers.register("heuristic")
class HeuristicMatcher:
    """Heuristic projection; an I- that lost its B- becomes an entity of its own."""

    uses_scores = False

    def __init__(self, config: MatchConfig) -> None:
        self.config = config

    def match(self, request: MatchRequest) -> Matching:
        """Return the spans written; an entity may have several or none. There is no objective."""
        config = self.config
        rule = _Rule(config.merge_distance, config.only_i, config.min_length_ratio, config.top_k, config.top_k_by)
        labels, writers = _write(
            len(request.target),
            request.table.entities,
            request.alignment.links,
            rule,
            order=config.order,
            overwrites=config.collision == "overwrite",
        )
        return Matching(tuple(Selection(writers[span.start], span) for span in _spans(labels, writers)))

    def describe(self) -> str:
        """Return name and parameters."""
        config = self.config
        top_k = "all" if config.top_k is None else f"{config.top_k}_{config.top_k_by}"
        ratio = "none" if config.min_length_ratio is None else f"{plain_number(config.min_length_ratio)}"
        only_i = "yes" if config.only_i else "no"
        return (
            f"heuristic+merge:{config.merge_distance}+only_i:{only_i}+ratio:{ratio}+top_k:{top_k}"
            f"+order:{config.order}+collision:{config.collision}"
        )
