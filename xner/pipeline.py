"""The way of a sentence pair through the stages: recognise, align, extract, score, match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

import xner
from xner.align import aligners
from xner.config import RunConfig
from xner.errors import ConfigError, InputError
from xner.extract import extractors
from xner.match import matchers
from xner.match.base import Matching, MatchRequest, Selection
from xner.recognise import recognisers
from xner.score import scorers
from xner.score.base import ScoreRequest
from xner.score.fusion import fuse
from xner.signature import make_signature, plain_list, plain_number
from xner.types import Alignment, Candidate, Entity, Projection, ScoreTable, SentencePair

Matrix = NDArray[np.float64]
_DECIMALS = 6
"""Of what is written. The encoder's rounding depends on which sentences share a batch, so that another batch size may
change the last of them; the same command on the same input gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything that the pipeline knew about one pair, for the reader who asks why.

    `pair` has its source entities filled in; `entities_from` says where they came from (``record``, or the signature
    of the recogniser). `table` holds those whose label is wanted, with their fused scores; `components` maps a score
    name to its (n_entities, n_candidates) matrix before weights, ``None`` where the pair had no data for it. Both are
    without candidates where the matcher reads links alone and nobody asked to explain.
    """

    pair: SentencePair
    alignment: Alignment
    candidates: tuple[Candidate, ...]
    components: Mapping[str, Matrix | None]
    table: ScoreTable
    matching: Matching
    projection: Projection
    entities_from: str = "record"
    weights: Mapping[str, float] = field(default_factory=dict)


class Pipeline:
    """The stages of one configuration; models are loaded when first used.

    Example:
        >>> from xner.types import Sentence, Span
        >>> pair = SentencePair(
        ...     "1", Sentence(("Ada", "wrote"), "en"), Sentence(("Ada", "schrieb"), "de"),
        ...     source_entities=(Entity(Span(0, 1), "PER"),), alignment=Alignment(frozenset({(0, 0), (1, 1)})))
        >>> trace, = Pipeline(RunConfig().updated({"align.name": "given"})).run([pair])
        >>> trace.projection.entities[0].span
        Span(start=0, end=1)
    """

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        self.recogniser = recognisers.get(config.recognise.name)(config.recognise)
        self.aligner = aligners.get(config.align.name)(config.align)
        self.extractor = extractors.get(config.extract.name)(config.extract)
        self.weights = config.score.fused_weights()
        self.scorers = {name: scorers.get(name)(config.score) for name in self.weights}
        for name in config.score.thresholds:
            scorers.get(name)  # an unknown name is a mistake of the settings, not of the first pair
        self.matcher = matchers.get(config.match.name)(config.match)
        if self.matcher.uses_scores and not self.weights:
            raise ConfigError("Every score has the weight 0.", "Give one a weight above 0, or choose a score.preset.")

    def run(self, pairs: Sequence[SentencePair], *, explain: bool = False) -> list[Trace]:
        """Return one trace a pair, in order.

        Args:
            pairs: source and target sentence given.
            explain: compute candidates and scores even for a matcher that does not read them.

        Raises:
            XnerError: a pair can't be projected; the batch is void and the caller goes on one by one.
        """
        ready = self.recognise(pairs)
        origins = ["record" if pair.source_entities is not None else self.recogniser.describe() for pair in pairs]
        return [
            self.match(pair, alignment, entities_from=origin, explain=explain)
            for pair, alignment, origin in zip(ready, self.align(ready), origins, strict=True)
        ]

    def recognise(self, pairs: Sequence[SentencePair]) -> list[SentencePair]:
        """Return the pairs with source entities: those of the record, else the recogniser's."""
        for pair in pairs:
            if pair.source is None or pair.target is None:
                side = "source" if pair.source is None else "target"
                raise InputError(f"{pair.id}: the {side} sentence is missing.", "Translation is not part of this run.")
        missing = [pair for pair in pairs if pair.source_entities is None]
        found = iter(self.recogniser.recognise([pair.source for pair in missing if pair.source]))
        return [replace(p, source_entities=next(found)) if p.source_entities is None else p for p in pairs]

    def align(self, pairs: Sequence[SentencePair]) -> list[Alignment]:
        """Return one alignment a pair."""
        alignments = self.aligner.align(pairs)
        if len(alignments) != len(pairs):
            raise AssertionError(f"{len(pairs)} pairs but {len(alignments)} alignments")
        return alignments

    def match(
        self, pair: SentencePair, alignment: Alignment, *, entities_from: str = "record", explain: bool = False
    ) -> Trace:
        """Return what follows from entities and links: candidates, scores, matching. No encoder runs here."""
        if pair.target is None:
            raise InputError(f"{pair.id}: the target sentence is missing.")
        labels = self.config.labels
        places = [k for k, e in enumerate(pair.source_entities or ()) if labels is None or e.label in labels]
        entities = tuple((pair.source_entities or ())[k] for k in places)
        candidates: tuple[Candidate, ...] = ()
        components: dict[str, Matrix | None] = {}
        values, used = np.zeros((len(entities), 0)), dict(self.weights)
        if entities and self.weights and (explain or self.matcher.uses_scores):
            candidates = self.extractor.extract(pair.target, entities, alignment)
            request = ScoreRequest(pair, entities, candidates, alignment)
            components = {name: scorer.score([request])[0] for name, scorer in self.scorers.items()}
            values, used = fuse(components, self.weights, self.config.score.thresholds)
        table = ScoreTable(entities, candidates, values)
        matching = self.matcher.match(MatchRequest(table, alignment, pair.target)) if entities else Matching(())
        signature = self.signature(used, entities_from=entities_from)
        projection = _projection(pair, alignment, matching, places, signature)
        return Trace(pair, alignment, candidates, components, table, matching, projection, entities_from, used)

    def signature(self, weights: Mapping[str, float], *, entities_from: str) -> str:
        """Return the line that says how a projection came about; `weights` are those of scores with data."""
        parts = {"entities": entities_from, "align": self.aligner.describe()}
        if self.matcher.uses_scores:
            parts["extract"] = self.extractor.describe()
            parts["score"] = ",".join(
                f"{plain_number(weights[name])}*{self.scorers[name].describe()}" for name in weights
            )
            if left_out := sorted(set(self.weights) - set(weights)):
                parts["without"] = ",".join(left_out)
            if self.config.score.thresholds:
                floors = sorted(self.config.score.thresholds.items())
                parts["thresholds"] = ",".join(f"{name}>{plain_number(floor)}" for name, floor in floors)
        parts["match"] = self.matcher.describe()
        if self.config.labels is not None:
            parts["labels"] = plain_list(self.config.labels)
        return make_signature({**parts, "scheme": "strict-IOB2", "xner": xner.__version__})


def _rounded(selection: Selection) -> Selection:
    score, runner_up = selection.score, selection.runner_up
    if runner_up is not None and runner_up.margin is not None:
        runner_up = replace(runner_up, margin=round(float(runner_up.margin), _DECIMALS))
    return replace(selection, score=None if score is None else round(float(score), _DECIMALS), runner_up=runner_up)


def _projection(
    pair: SentencePair, alignment: Alignment, matching: Matching, places: Sequence[int], signature: str
) -> Projection:
    """Return the matching as a record; `places` maps the matcher's entities to the pair's source entities."""
    sources = pair.source_entities or ()
    chosen = [_rounded(selection) for selection in matching.selections]
    reason = None
    if not chosen:
        filtered = "no entity of the source has a wanted label" if sources else "the source has no entities"
        reason = "no candidate has evidence" if places else filtered
    runners_up = tuple(selection.runner_up for selection in chosen if selection.runner_up is not None)
    return Projection(
        pair_id=pair.id,
        entities=tuple(
            Entity(s.span, sources[places[s.entity]].label, score=s.score, source=places[s.entity]) for s in chosen
        ),
        status="ok" if chosen else "empty",
        reason=reason,
        alignment=alignment,
        objective=None if matching.objective is None else round(float(matching.objective), _DECIMALS),
        runner_up=runners_up if chosen and len(runners_up) == len(chosen) else None,
        signature=signature,
    )
