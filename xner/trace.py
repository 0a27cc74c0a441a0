"""What the pipeline knew about a pair: the evidence of the models, and everything that followed from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from xner.align.base import Aligner
from xner.match.base import Matching
from xner.score.base import Scorer
from xner.types import Alignment, Candidate, Link, Projection, ScoreTable, Sentence, SentencePair, Span

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mirror:
    """The source in the language of the target, its entities carried along by markers: a second source to match from.

    `spans` has one for each source entity, ``None`` where its markers were lost; `raw` is the text with the markers.
    """

    sentence: Sentence
    spans: tuple[Span | None, ...]
    alignment: Alignment
    raw: str


@dataclass(frozen=True, slots=True)
class Learned:
    """What parts of a pipeline have learned from a whole corpus; equal by `name`, which tells what was learned.

    `aligner` is None where it had nothing to learn, `scorers` are those that had, by name.
    """

    name: str
    aligner: Aligner | None = field(repr=False, compare=False)
    scorers: Mapping[str, Scorer] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the models said of a pair: all that matching needs, so that it can be done again under other settings.

    `entities_from` says where the source entities came from (``record``, or the signature of the recogniser),
    `translated` which side a translator made. `carried` has the target span of each source entity that markers brought
    into a translated target (``None``: lost). `learned` is what matching again needs to know of the corpus.
    """

    alignment: Alignment
    entities_from: str = "record"
    mirror: Mirror | None = None
    carried: tuple[Span | None, ...] | None = None
    translated: str | None = None
    learned: Learned | None = None

    def with_links(self, links: frozenset[Link]) -> Evidence:
        """Return the same evidence under other links (a linguist's click)."""
        return replace(self, alignment=self.alignment.with_links(links))


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything that the pipeline knew about one pair, for the reader who asks why.

    `pair` has its source entities filled in, and the side that a translator made. `table` holds those whose label is
    wanted, with their fused scores; `components` maps a score name to its (n_entities, n_candidates) matrix before
    weights, ``None`` where the pair had no data for it. Both are without candidates where the matcher reads links
    alone and nobody asked to explain.
    """

    pair: SentencePair
    evidence: Evidence
    candidates: tuple[Candidate, ...]
    components: Mapping[str, Matrix | None]
    table: ScoreTable
    matching: Matching
    projection: Projection
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def alignment(self) -> Alignment:
        """The links between source and target."""
        return self.evidence.alignment
