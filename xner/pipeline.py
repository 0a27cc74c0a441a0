"""The way of a sentence pair through the stages: translate, recognise, align, extract, score, match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

import xner
from xner.align import make_aligner
from xner.cache import Keeps
from xner.config import RunConfig
from xner.errors import ConfigError, InputError, TranslationFailed
from xner.extract import extractors
from xner.match import matchers
from xner.match.base import Matching, MatchRequest
from xner.recognise import recognisers
from xner.rows import projection_of
from xner.score import scorers
from xner.score.base import ScoreRequest
from xner.score.fusion import fuse
from xner.signature import make_signature, plain_list, plain_number
from xner.trace import Evidence, Matrix, Mirror, Trace
from xner.translate import sides, translators
from xner.translate.base import CarriesEntities
from xner.translate.sides import Sides
from xner.types import (
    Alignment,
    Candidate,
    Prepares,
    Projection,
    ScoreTable,
    Sentence,
    SentencePair,
)

__all__ = ["BACK", "Evidence", "Pipeline", "Trace"]
BACK = "+back"
"""Ends the name of a score that the marked back-translation gave instead of the source."""


class Pipeline:
    """The stages of one configuration; models are loaded when first used.

    Example:
        >>> from xner.types import Entity, Sentence, Span
        >>> pair = SentencePair(
        ...     "1", Sentence(("Ada", "wrote"), "en"), Sentence(("Ada", "schrieb"), "de"),
        ...     source_entities=(Entity(Span(0, 1), "PER"),), alignment=Alignment(frozenset({(0, 0), (1, 1)})))
        >>> trace, = Pipeline(RunConfig().updated({"align.name": "given"})).run([pair])
        >>> trace.projection.entities[0].span
        Span(start=0, end=1)
    """

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        _check_together(config)
        self.translator = translators.get(config.translate.name)(config.translate)
        self.back_translator = sides.back_translator_of(config.back_translate)
        self.recogniser = recognisers.get(config.recognise.name)(config.recognise)
        self.aligner = make_aligner(config.align, config.cache)
        self.extractor = extractors.get(config.extract.name)(config.extract)
        self.weights = config.score.fused_weights()
        self.scorers = {name: scorers.get(name)(config.score) for name in self.weights}
        parts: list[object] = [self.translator, self.back_translator, self.recogniser, self.extractor]
        for part in (*parts, *self.scorers.values()):
            if isinstance(part, Keeps):
                part.keep_by(config.cache)
        for name in config.score.thresholds:
            scorers.get(name)  # an unknown name is a mistake of the settings, not of the first pair
        self.matcher = matchers.get(config.match.name)(config.match)
        if self.matcher.uses_scores and not self.weights:
            raise ConfigError("Every score has the weight 0.", "Give one a weight above 0, or choose a score.preset.")

    def check_models(self) -> None:
        """Load what every pair needs, so that a missing model is told before anything is written.

        Raises:
            ModelUnavailable: a model or program is not here.
        """
        if self.config.pipeline == "model-transfer":
            self.recogniser.describe()
            return
        self.translator.describe()
        if self.back_translator is not None:
            self.back_translator.describe()
        self.aligner.describe()  # under match.name=marked too: its links are in the record
        if self.matcher.uses_scores:
            self.extractor.describe()
            for scorer in self.scorers.values():
                scorer.describe()

    def run(self, pairs: Sequence[SentencePair], *, explain: bool = False) -> list[Trace]:
        """Return one trace a pair, in order.

        Args:
            pairs: what is known of them; which side may be missing depends on `RunConfig.pipeline`.
            explain: compute candidates and scores even for a matcher that does not read them.

        Raises:
            XnerError: a pair can't be projected; the batch is void and the caller goes on one by one.
        """
        if self.config.pipeline == "model-transfer":
            return self.transfer(pairs)
        made, origins = self.complete(pairs)
        ready = [side.pair for side in made]
        mirrors = self.mirror(ready)
        found = [
            Evidence(alignment, origin, mirror, side.carried, side.translated)
            for alignment, origin, mirror, side in zip(self.align(ready), origins, mirrors, made, strict=True)
        ]
        for part in (self.extractor, *self.scorers.values()):
            if isinstance(part, Prepares) and (explain or self.matcher.uses_scores):
                part.prepare(ready)
        return [self.match(pair, evidence, explain=explain) for pair, evidence in zip(ready, found, strict=True)]

    def complete(self, pairs: Sequence[SentencePair]) -> tuple[list[Sides], list[str]]:
        """Return the pairs with both sides and source entities, and where the entities of each came from."""
        to, wanted = self.config.translate.to, [sides.side_to_make(pair, self.config.pipeline) for pair in pairs]
        done = [Sides(pair) for pair in pairs]
        if "source" in wanted:
            if isinstance(self.translator, CarriesEntities):
                raise ConfigError(
                    f"{self.config.translate.name} carries entities of a source; here the source is to be made.",
                    "Name the translator without 'marked:'.",
                )
            _put(done, wanted, "source", sides.make_sources(_those(done, wanted, "source"), self.translator, to))
        origins = ["record" if s.pair.source_entities is not None else self.recogniser.describe() for s in done]
        recognised = self.recognise([side.pair for side in done])
        done = [replace(side, pair=pair) for side, pair in zip(done, recognised, strict=True)]
        if "target" in wanted:
            _put(done, wanted, "target", sides.make_targets(_those(done, wanted, "target"), self.translator, to))
        if self.back_translator is not None and not isinstance(self.back_translator, CarriesEntities):
            again = sides.with_back_translation([side.pair for side in done], self.back_translator)
            done = [replace(side, pair=pair) for side, pair in zip(done, again, strict=True)]
        return done, origins

    def recognise(self, pairs: Sequence[SentencePair]) -> list[SentencePair]:
        """Return the pairs with source entities: those of the record, else the recogniser's."""
        missing = [pair for pair in pairs if pair.source_entities is None]
        found = iter(self.recogniser.recognise([pair.source for pair in missing if pair.source]))
        return [replace(p, source_entities=next(found)) if p.source_entities is None else p for p in pairs]

    def mirror(self, pairs: Sequence[SentencePair]) -> list[Mirror | None]:
        """Return the marked back-translation of each pair, aligned to its target; None without one."""
        if not isinstance(self.back_translator, CarriesEntities):
            return [None] * len(pairs)
        marked = sides.mirrored(pairs, self.back_translator)
        again = [
            SentencePair(pair.id, m.sentence, pair.target) for pair, m in zip(pairs, marked, strict=True)
        ]  # fmt: skip
        return [
            Mirror(m.sentence, sides.spans_by_source(m, len(pair.source_entities or ())), alignment, m.raw)
            for pair, m, alignment in zip(pairs, marked, self.aligner.align(again), strict=True)
        ]

    def align(self, pairs: Sequence[SentencePair]) -> list[Alignment]:
        """Return one alignment a pair."""
        alignments = self.aligner.align(pairs)
        if len(alignments) != len(pairs):
            raise AssertionError(f"{len(pairs)} pairs but {len(alignments)} alignments")
        return alignments

    def transfer(self, pairs: Sequence[SentencePair]) -> list[Trace]:
        """Return what the recogniser finds in the targets: the baseline without a source (model transfer)."""
        for pair in pairs:
            if pair.target is None:
                raise InputError(f"{pair.id}: the target sentence is missing.", "model-transfer labels the target.")
        found = self.recogniser.recognise([pair.target for pair in pairs if pair.target])
        parts = {"pipeline": "model-transfer", "recognise": self.recogniser.describe()}
        nothing = ScoreTable((), (), np.zeros((0, 0)))
        traces = []
        for pair, entities in zip(pairs, found, strict=True):
            kept = tuple(replace(e, source=None) for e in entities if self._wants(e.label))
            reason = None if kept else "the recogniser found nothing"
            projection = Projection(
                pair.id, kept, "ok" if kept else "empty", reason, signature=self._signature(parts)
            )  # fmt: skip
            traces.append(Trace(pair, Evidence(Alignment(frozenset())), (), {}, nothing, Matching(()), projection))
        return traces

    def match(self, pair: SentencePair, evidence: Evidence | Alignment, *, explain: bool = False) -> Trace:
        """Return what follows from entities and links: candidates, scores, matching.

        Args:
            pair: both sides and source entities known.
            evidence: what `run` found, or links alone.
            explain: as in `run`.

        Raises:
            InputError: the target is missing, or no score has data.
            TranslationFailed: the entities were to come through a translation, and none did.
        """
        if pair.target is None:
            raise InputError(f"{pair.id}: the target sentence is missing.")
        evidence = Evidence(evidence) if isinstance(evidence, Alignment) else evidence
        use, mirror = self.config.back_translate.use, evidence.mirror
        wanted = [k for k, e in enumerate(pair.source_entities or ()) if self._wants(e.label)]
        places = [k for k in wanted if mirror is None or use != "replace" or mirror.spans[k] is not None]
        if wanted and not places:
            raise TranslationFailed("No entity kept its markers in the back-translation.", "Use it as evidence: add.")
        entities = tuple((pair.source_entities or ())[k] for k in places)
        candidates: tuple[Candidate, ...] = ()
        components: dict[str, Matrix | None] = {}
        values, used = np.zeros((len(entities), 0)), dict(self.weights)
        if entities and self.weights and (explain or self.matcher.uses_scores):
            candidates = self.extractor.extract(pair.target, entities, evidence.alignment)
            components = self._components(pair, evidence, places, candidates)
            weights = {name: self.weights[name.removesuffix(BACK)] for name in components}
            floors = self.config.score.thresholds
            here = {n: floors[n.removesuffix(BACK)] for n in components if n.removesuffix(BACK) in floors}
            values, used = fuse(components, weights, here, self.config.score.power)
        table = ScoreTable(entities, candidates, values)
        matching = Matching(())
        if entities:
            matching = self.matcher.match(self._request(pair.target, table, evidence, places))
        projection = projection_of(
            pair, evidence, matching, places, signature=self.signature(used, evidence),
            is_marked=self.config.match.name == "marked",
        )  # fmt: skip
        return Trace(pair, evidence, candidates, components, table, matching, projection, used)

    def _components(
        self, pair: SentencePair, evidence: Evidence, places: Sequence[int], candidates: tuple[Candidate, ...]
    ) -> dict[str, Matrix | None]:
        """Return each score of the source, and of the back-translation where it takes part."""
        entities = tuple((pair.source_entities or ())[k] for k in places)
        components: dict[str, Matrix | None] = {}
        use, mirror = self.config.back_translate.use, evidence.mirror
        if mirror is None or use != "replace":
            request = ScoreRequest(pair, entities, candidates, evidence.alignment)
            components = {name: scorer.score([request])[0] for name, scorer in self.scorers.items()}
        if mirror is not None:
            kept = [row for row, k in enumerate(places) if mirror.spans[k] is not None]
            carried = tuple(replace(entities[row], span=span) for row in kept if (span := mirror.spans[places[row]]))
            again = replace(
                pair, source=mirror.sentence, source_entities=None, alignment=None, back_translation=None,
                target_entities=None,
            )  # fmt: skip
            request = ScoreRequest(again, carried, candidates, mirror.alignment)
            for name, scorer in self.scorers.items():
                part = scorer.score([request])[0] if carried else None
                matrix = None if part is None else np.zeros((len(entities), len(candidates)))
                if matrix is not None:
                    matrix[kept] = part  # an entity whose markers were lost has no evidence from here
                components[name + BACK] = matrix
        return components

    def _request(self, target: Sentence, table: ScoreTable, evidence: Evidence, places: Sequence[int]) -> MatchRequest:
        carried = None if evidence.carried is None else tuple(evidence.carried[k] for k in places)
        mirror = evidence.mirror
        if mirror is None or self.config.back_translate.use != "replace":
            return MatchRequest(table, evidence.alignment, target, carried)
        spans = [mirror.spans[k] for k in places]
        entities = tuple(replace(e, span=s) for e, s in zip(table.entities, spans, strict=True) if s is not None)
        return MatchRequest(ScoreTable(entities, table.candidates, table.values), mirror.alignment, target, carried)

    def signature(self, weights: Mapping[str, float], evidence: Evidence) -> str:
        """Return the line that says how a projection came about; `weights` are those of scores with data."""
        parts = {}
        if evidence.translated is not None:
            parts["translate"] = f"{evidence.translated}+{self.translator.describe()}"
        parts["entities"] = evidence.entities_from
        if evidence.mirror is not None and self.back_translator is not None:
            parts["back_translate"] = f"{self.config.back_translate.use}+{self.back_translator.describe()}"
        parts["align"] = self.aligner.describe()
        if self.matcher.uses_scores:
            parts["extract"] = self.extractor.describe()
            parts["score"] = ",".join(
                f"{plain_number(weights[name])}*{self.scorers[name.removesuffix(BACK)].describe()}"
                f"{BACK if name.endswith(BACK) else ''}"
                for name in sorted(weights)  # whichever found data first
            )
            if left_out := sorted(set(self.weights) - {name.removesuffix(BACK) for name in weights}):
                parts["without"] = ",".join(left_out)
            if self.config.score.thresholds:
                floors = sorted(self.config.score.thresholds.items())
                parts["thresholds"] = ",".join(f"{name}>{plain_number(floor)}" for name, floor in floors)
            if self.config.score.power != 1.0:
                parts["power"] = plain_number(self.config.score.power)
        return self._signature({**parts, "match": self.matcher.describe()})

    def _signature(self, parts: Mapping[str, str]) -> str:
        labels = {} if self.config.labels is None else {"labels": plain_list(self.config.labels)}
        return make_signature({**parts, **labels, "scheme": "strict-IOB2", "xner": xner.__version__})

    def _wants(self, label: str) -> bool:
        return self.config.labels is None or label in self.config.labels


def _check_together(config: RunConfig) -> None:
    """Raise ConfigError for settings that exclude each other, before any sentence is read."""
    name = config.translate.name
    if config.pipeline in ("translate-test", "translate-train") and name == "given":
        raise ConfigError(f"pipeline = {config.pipeline!r} needs a translator.", "For example translate.name=apertium.")
    if config.match.name == "marked" and not name.startswith(sides.MARKED):
        raise ConfigError(
            "match.name = 'marked' reads markers that no translator carries.",
            "Set translate.name=marked:apertium and pipeline=translate-train.",
        )


def _those(done: Sequence[Sides], wanted: Sequence[str | None], side: str) -> list[SentencePair]:
    return [done[k].pair for k, other in enumerate(wanted) if other == side]


def _put(done: list[Sides], wanted: Sequence[str | None], side: str, made: Sequence[Sides]) -> None:
    places = [k for k, other in enumerate(wanted) if other == side]
    for k, new in zip(places, made, strict=True):
        done[k] = new
