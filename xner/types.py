"""The values that flow through the stages: frozen, checked when made, no input or output, standard library only.

Spans are half-open token ranges ``[start, end)``; tokens are counted from 0. A score is ``float | None``: higher is
better, ``None`` means "not scored". ``None`` in place of a tuple means "not known", ``()`` means "known to be empty".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatMatrix = NDArray[np.float32] | NDArray[np.float64]

Link = tuple[int, int]
Status = Literal["ok", "empty", "failed"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open token range.

    Example:
        >>> Span(2, 4).overlaps(Span(3, 5)), len(Span(2, 4)), list(Span(2, 4))
        (True, 2, [2, 3])
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"span [{self.start}, {self.end}) is empty or negative")

    def __len__(self) -> int:
        return self.end - self.start

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.end))

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two spans share a token."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Entity:
    """A labelled span. `source` is the index, in the pair's `source_entities`, that it was projected from."""

    span: Span
    label: str
    score: float | None = None
    source: int | None = None

    def __post_init__(self) -> None:
        if not self.label:
            raise ValueError("an entity needs a label")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens of one sentence and, where known, the text that they were cut from.

    `offsets` are code point ranges ``[char_start, char_end)`` into `text`; `spaces` says whether white space follows
    a token. Tokens that a user gave are never cut again.
    """

    tokens: tuple[str, ...]
    lang: str
    text: str | None = None
    offsets: tuple[tuple[int, int], ...] | None = None
    spaces: tuple[bool, ...] | None = None

    def __post_init__(self) -> None:
        for name, values in (("offsets", self.offsets), ("spaces", self.spaces)):
            if values is not None and len(values) != len(self.tokens):
                raise ValueError(f"{len(self.tokens)} tokens but {len(values)} {name}")

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True, slots=True)
class Alignment:
    """Word links, source token first.

    `similarity` is (n_source_pieces, n_target_pieces), float32, the cosine of sub-words; `source_pieces` and
    `target_pieces` name the token of each sub-word. They take no part in comparisons.
    """

    links: frozenset[Link]
    possible: frozenset[Link] = frozenset()
    similarity: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)
    source_pieces: tuple[int, ...] | None = field(default=None, compare=False, repr=False)
    target_pieces: tuple[int, ...] | None = field(default=None, compare=False, repr=False)

    def with_links(self, links: frozenset[Link]) -> Alignment:
        """Return the same evidence under other links (a linguist's click)."""
        return replace(self, links=links)


def _check_entities(side: str, entities: tuple[Entity, ...] | None, n_tokens: int) -> None:
    for before, entity in zip((None, *(entities or ())), entities or (), strict=False):
        if entity.span.end > n_tokens:
            raise ValueError(f"{side} span [{entity.span.start}, {entity.span.end}) ends after token {n_tokens - 1}")
        if before is not None and entity.span.start < before.span.end:
            raise ValueError(f"{side} entities overlap or are out of order at token {entity.span.start}")


@dataclass(frozen=True, slots=True)
class SentencePair:
    """A source sentence, its translation, and what is known about either.

    Entities are in order of start and don't overlap; links lie inside both sentences.
    """

    id: str
    source: Sentence | None
    target: Sentence | None
    source_entities: tuple[Entity, ...] | None = None
    target_entities: tuple[Entity, ...] | None = None
    alignment: Alignment | None = None
    back_translation: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        n_source = len(self.source) if self.source else 0
        n_target = len(self.target) if self.target else 0
        _check_entities("source", self.source_entities, n_source)
        _check_entities("target", self.target_entities, n_target)
        if self.alignment is not None:
            for i, j in self.alignment.links | self.alignment.possible:
                if not (0 <= i < n_source and 0 <= j < n_target):
                    raise ValueError(f"link {i}-{j} lies outside {n_source} source and {n_target} target tokens")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span of the target that an entity may be projected to."""

    span: Span
    label: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Scores of every (entity, candidate): `values` is (n_entities, n_candidates), >= 0, 0 = impossible."""

    entities: tuple[Entity, ...]
    candidates: tuple[Candidate, ...]
    values: FloatMatrix = field(compare=False)

    def __post_init__(self) -> None:
        shape = (len(self.entities), len(self.candidates))
        if tuple(self.values.shape) != shape:
            raise ValueError(f"score table is {tuple(self.values.shape)}, expected {shape}")


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """What becomes of a projected entity in the best solution without its present span.

    `span` is ``None`` where it then has no span; `margin` is the difference of the two objectives, >= 0, ``None``
    where no other solution is feasible.
    """

    span: Span | None
    margin: float | None


@dataclass(frozen=True, slots=True)
class Projection:
    """What the pipeline says about one pair.

    `status`: ``ok``; ``empty`` (ran, nothing to project); ``failed`` (did not run, `reason` says why). A failed row
    is never written as a row of O. `runner_up` goes with `entities`, one each, where the matcher has it.
    """

    pair_id: str
    entities: tuple[Entity, ...]
    status: Status
    reason: str | None = None
    alignment: Alignment | None = None
    objective: float | None = None
    runner_up: tuple[RunnerUp, ...] | None = None
    signature: str | None = None

    def __post_init__(self) -> None:
        if self.status == "failed" and (self.entities or not self.reason):
            raise ValueError("a failed projection has a reason and no entities")
        if self.runner_up is not None and len(self.runner_up) != len(self.entities):
            raise ValueError(f"{len(self.entities)} entities but {len(self.runner_up)} runners-up")

    @classmethod
    def failed(cls, pair_id: str, reason: str, signature: str | None = None) -> Projection:
        """Return the record of a pair that did not run."""
        return cls(pair_id=pair_id, entities=(), status="failed", reason=reason, signature=signature)


@runtime_checkable
class Prepares(Protocol):
    """A part of the pipeline that asks a model, and does so for many pairs at once when told beforehand."""

    def prepare(self, pairs: Sequence[SentencePair]) -> None:
        """Compute in batches what the pairs will need, and keep it; without it each is computed when asked for."""
        ...
