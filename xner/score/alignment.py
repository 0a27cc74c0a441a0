"""Scores from the word alignment: over links (`links`, `coverage`) and over the similarity of sub-words (`soft`).

All functions score every entity against every candidate at once and return (n_entities, n_candidates), float64.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xner.config import ScoreConfig
from xner.score.base import ScoreRequest, scorers
from xner.signature import plain_number
from xner.types import Link, Span

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """What links say of each (entity, candidate), all (n_entities, n_candidates).

    `n_links` between the two, `covered_source` and `covered_target`: their tokens that have one, `n_tokens`: the
    lengths of both together.
    """

    n_links: Matrix
    covered_source: Matrix
    covered_target: Matrix
    n_tokens: Matrix


def count_links(entities: Sequence[Span], candidates: Sequence[Span], links: Collection[Link]) -> LinkCounts:
    """Return the link counts of every (entity, candidate); repeated links count once."""
    e_starts, e_ends = _bounds(entities)
    c_starts, c_ends = _bounds(candidates)
    rows, columns = np.array([*links], dtype=np.intp).reshape(-1, 2).T
    linked = np.zeros(
        (max(e_ends.max(initial=0), rows.max(initial=-1) + 1), max(c_ends.max(initial=0), columns.max(initial=-1) + 1))
    )
    linked[rows, columns] = 1.0
    # The tokens of all entities one after another, and where those of each begin; no entity is empty.
    own = linked[[token for entity in entities for token in entity]]
    begins = np.cumsum(e_ends - e_starts) - (e_ends - e_starts)
    to_left = _prefix_sums(own)
    # Per token of an entity, whether any link of it falls into the candidate.
    is_linked = to_left[:, c_ends] > to_left[:, c_starts]
    covered_source = np.add.reduceat(is_linked, begins, axis=0, dtype=np.float64)
    per_entity = np.add.reduceat(own, begins, axis=0)
    links_to_left, tokens_to_left = _prefix_sums(per_entity), _prefix_sums(per_entity > 0)
    return LinkCounts(
        n_links=links_to_left[:, c_ends] - links_to_left[:, c_starts],
        covered_source=covered_source,
        covered_target=tokens_to_left[:, c_ends] - tokens_to_left[:, c_starts],
        n_tokens=np.add.outer(e_ends - e_starts, c_ends - c_starts).astype(np.float64),
    )


def link_dice(entities: Sequence[Span], candidates: Sequence[Span], links: Collection[Link]) -> Matrix:
    """Return links between the two, twice, over the lengths of both; above 1 where links are many to many.

    Source: Politov et al. 2025 and Shkalikov's thesis, as in their code.

    Example:
        >>> link_dice([Span(0, 2)], [Span(0, 1), Span(0, 2)], {(0, 0), (1, 0)}).round(3).tolist()
        [[1.333, 1.0]]
    """
    counts = count_links(entities, candidates, links)
    return 2.0 * counts.n_links / counts.n_tokens


def link_half(entities: Sequence[Span], candidates: Sequence[Span], links: Collection[Link]) -> Matrix:
    """Return half of `link_dice`: the form printed in Shkalikov's thesis."""
    counts = count_links(entities, candidates, links)
    return counts.n_links / counts.n_tokens


def coverage_dice(entities: Sequence[Span], candidates: Sequence[Span], links: Collection[Link]) -> Matrix:
    """Return the share of the tokens of both that are linked to the other, in [0, 1].

    Equal to `link_dice` where links are one to one.

    Example:
        >>> coverage_dice([Span(0, 2)], [Span(0, 1), Span(0, 2)], {(0, 0), (1, 0)}).round(3).tolist()
        [[1.0, 0.75]]
    """
    counts = count_links(entities, candidates, links)
    return (counts.covered_source + counts.covered_target) / counts.n_tokens


def coverage_min(entities: Sequence[Span], candidates: Sequence[Span], links: Collection[Link]) -> Matrix:
    """Return the smaller number of linked tokens, twice, over the lengths of both, in [0, 1]."""
    counts = count_links(entities, candidates, links)
    return 2.0 * np.minimum(counts.covered_source, counts.covered_target) / counts.n_tokens


def soft(
    similarity: ArrayLike,
    source_pieces: Sequence[int],
    target_pieces: Sequence[int],
    entities: Sequence[Span],
    candidates: Sequence[Span],
    *,
    temperature: float = 0.02,
    floor: float = 0.1,
) -> Matrix:
    """Return the harmonic mean of what each side sends to the other under a soft alignment, in [0, 1].

    With P = softmax of S/temperature over the target sub-words and Q = the same over the source sub-words: R is the
    share of the entity's mass under P that lands in the candidate, A the mean mass under Q that a sub-word of the
    candidate sends to the entity, and the score 2RA/(R+A).

    Args:
        similarity: S, (n_source_pieces, n_target_pieces), cosine in [-1, 1].
        source_pieces: The token of each source sub-word, in any order.
        target_pieces: The token of each target sub-word.
        entities: Source spans.
        candidates: Target spans; one without a sub-word scores 0.
        temperature: Sharpness of both distributions, > 0.
        floor: A score below it becomes 0.
    """
    logits = np.asarray(similarity, dtype=np.float64) / temperature
    e_starts, e_ends = _bounds(entities)
    c_starts, c_ends = _bounds(candidates)
    source, target = np.asarray(source_pieces, dtype=np.intp), np.asarray(target_pieces, dtype=np.intp)
    in_entity = ((source >= e_starts[:, None]) & (source < e_ends[:, None])).astype(np.float64)
    of_token = np.zeros((len(target), max(int(c_ends.max(initial=0)), int(target.max(initial=-1)) + 1)))
    of_token[np.arange(len(target)), target] = 1.0

    def inside(per_piece: Matrix) -> Matrix:
        to_left = _prefix_sums(per_piece @ of_token)
        return to_left[:, c_ends] - to_left[:, c_starts]

    forward = inside(in_entity @ _softmax(logits, axis=1))
    backward = inside(in_entity @ _softmax(logits, axis=0))
    recall = forward / np.maximum(in_entity.sum(axis=1, keepdims=True), 1.0)
    precision = backward / np.maximum(inside(np.ones((1, len(target)))), 1.0)
    total = recall + precision
    score = 2.0 * recall * precision / np.where(total > 0.0, total, 1.0)
    return np.where(score < floor, 0.0, score)


def _softmax(logits: Matrix, axis: int) -> Matrix:
    if not logits.size:
        return logits
    powers = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True), dtype=np.float64)


def _prefix_sums(rows: NDArray[np.generic]) -> Matrix:
    """Return, for each row, the sums of its first 0, 1, ... values."""
    sums = np.zeros((rows.shape[0], rows.shape[1] + 1))
    np.cumsum(rows, axis=1, out=sums[:, 1:])
    return sums


def _bounds(spans: Sequence[Span]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return (
        np.array([span.start for span in spans], dtype=np.intp),
        np.array([span.end for span in spans], dtype=np.intp),
    )


class LinkScorer:
    """One of the scores over links."""

    def __init__(self, name: str, rule: Callable[[Sequence[Span], Sequence[Span], Collection[Link]], Matrix]) -> None:
        self.name = name
        self.rule = rule

    def score(self, requests: Sequence[ScoreRequest]) -> list[Matrix | None]:
        """Return one matrix a request; a pair without links scores 0 everywhere."""
        return [
            self.rule(
                [entity.span for entity in request.entities],
                [candidate.span for candidate in request.candidates],
                request.alignment.links,
            )
            for request in requests
        ]

    def describe(self) -> str:
        """Return the name: these scores have no parameters."""
        return self.name


@scorers.register("links")
def links_scorer(config: ScoreConfig) -> LinkScorer:
    """Return the scorer of the published systems, `link_dice`."""
    del config  # no parameters
    return LinkScorer("links", link_dice)


@scorers.register("coverage")
def coverage_scorer(config: ScoreConfig) -> LinkScorer:
    """Return the scorer of `coverage_dice`."""
    del config  # no parameters
    return LinkScorer("coverage", coverage_dice)


@scorers.register("soft")
class SoftScorer:
    """The soft alignment score over the sub-word similarity that an aligner keeps."""

    def __init__(self, config: ScoreConfig) -> None:
        self.temperature = config.soft_temperature
        self.floor = config.soft_floor

    def score(self, requests: Sequence[ScoreRequest]) -> list[Matrix | None]:
        """Return one matrix a request, None where the alignment has no similarity (given links)."""
        return [self._score_one(request) for request in requests]

    def _score_one(self, request: ScoreRequest) -> Matrix | None:
        evidence = request.alignment
        if evidence.similarity is None or evidence.source_pieces is None or evidence.target_pieces is None:
            return None
        return soft(
            evidence.similarity,
            evidence.source_pieces,
            evidence.target_pieces,
            [entity.span for entity in request.entities],
            [candidate.span for candidate in request.candidates],
            temperature=self.temperature,
            floor=self.floor,
        )

    def describe(self) -> str:
        """Return name and parameters."""
        return f"soft+temperature:{plain_number(self.temperature)}+floor:{plain_number(self.floor)}"
