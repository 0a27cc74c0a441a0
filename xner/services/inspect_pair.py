"""What the Inspect page shows of one pair: links, candidates with every score, methods side by side, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from xner.config import ExtractConfig, RunConfig, ScoreConfig
from xner.errors import XnerError
from xner.extract import extractors
from xner.extract.base import Extractor
from xner.match import matchers
from xner.pipeline import Pipeline, Trace
from xner.score import Learns, Scorer, scorers
from xner.services.models_in_use import versions_key
from xner.text.tokenise import detokenise
from xner.trace import Learned
from xner.types import Alignment, Link, Projection, Sentence, SentencePair, Span

METHODS = ("exact", "greedy", "heuristic", "garcia_ferrero")
"""Matchers that work on any links and scores, in the order in which they are shown."""
_WEIGHING = {"preset": "coverage_soft", "weights": {}, "thresholds": {}}
"""What of the settings of scores changes none of the components."""
_WORD = re.compile(r"\w+")


@lru_cache(maxsize=8)
def _pipeline(config_json: str, learned: Learned | None, _versions: str) -> Pipeline:
    """Return a pipeline, which is light: the weights it uses stay with the loaders of models, two at most.

    Scorers and extractor are those of every pipeline that differs from it in weights, thresholds or matching alone:
    what they asked a model is kept with them, so that moving a weight asks none.
    """
    config = RunConfig.model_validate_json(config_json)
    pipeline = Pipeline(config)
    plain = config.score.model_copy(update=_WEIGHING).model_dump_json()
    for name, scorer in pipeline.scorers.items():
        if learned is not None and name in learned.scorers:
            pipeline.scorers[name] = learned.scorers[name]
        elif not isinstance(scorer, Learns):  # what it has learned belongs to one corpus
            pipeline.scorers[name] = _scorer(name, plain)
    if learned is not None and learned.aligner is not None:
        pipeline.aligner = learned.aligner
    pipeline.extractor = _extractor(config.extract.name, config.extract.model_dump_json())
    return pipeline


@lru_cache(maxsize=32)
def _scorer(name: str, config_json: str) -> Scorer:
    return scorers.get(name)(ScoreConfig.model_validate_json(config_json))


@lru_cache(maxsize=16)
def _extractor(name: str, config_json: str) -> Extractor:
    return extractors.get(name)(ExtractConfig.model_validate_json(config_json))


def pipeline_for(config: RunConfig, learned: Learned | None = None) -> Pipeline:
    """Return the pipeline of a configuration, kept for the next call; `learned` is what it knows of a corpus."""
    return _pipeline(config.model_dump_json(), learned, versions_key(config))


def analyse(pair: SentencePair, config: RunConfig, learned: Learned | None = None) -> Trace:
    """Return everything about one pair: the encoder runs, unless it saw the pair before, and all scores are kept.

    An alignment that a run has made is taken as it is, whatever batch it comes from: the page then shows what the run
    projected from, to the last digit.

    Raises:
        XnerError: the pair can't be projected; says why.
    """
    if config.cache.reuse == "same_batch":
        config = config.updated({"cache.reuse": "any_batch"})
    trace = pipeline_for(config, learned).run([pair], explain=True)[0]
    return trace if learned is None else replace(trace, evidence=replace(trace.evidence, learned=learned))


def rematch(trace: Trace, config: RunConfig, links: frozenset[Link] | None = None) -> Trace:
    """Return what changes under other links, weights or another matcher; no model is asked.

    Args:
        trace: of an earlier `analyse` with the same aligner and recogniser.
        config: the settings to match with.
        links: the linguist's links; None keeps those of `trace`.
    """
    evidence = trace.evidence if links is None else trace.evidence.with_links(links)
    return pipeline_for(config, evidence.learned).match(trace.pair, evidence, explain=True)


def toggled(links: frozenset[Link], link: Link) -> frozenset[Link]:
    """Return the links with `link` removed if it is there, else added."""
    return links ^ {link}


def token_similarity(alignment: Alignment, n_source: int, n_target: int) -> NDArray[np.float32] | None:
    """Return the similarity between tokens, (n_source, n_target): the largest of their sub-words, NaN without any.

    None where the alignment carries no similarity (given links).
    """
    if alignment.similarity is None or alignment.source_pieces is None or alignment.target_pieces is None:
        return None
    matrix = np.full((n_source, n_target), -np.inf, np.float32)
    rows, columns = np.array(alignment.source_pieces), np.array(alignment.target_pieces)
    np.maximum.at(matrix, (rows[:, None], columns[None, :]), alignment.similarity)
    matrix[np.isinf(matrix)] = np.nan
    return matrix


@dataclass(frozen=True, slots=True)
class MethodResult:
    """What one matcher makes of the same links and scores; `problem` says why it made nothing."""

    method: str
    projection: Projection | None
    problem: str | None = None


def methods_for(trace: Trace) -> list[str]:
    """Return every registered matcher that has something to work on: ``marked`` only where markers were carried."""
    others = [name for name in matchers.names() if name not in (*METHODS, "marked")]
    return [*METHODS, *others, *(["marked"] if trace.evidence.carried is not None else [])]


def methods_side_by_side(trace: Trace, config: RunConfig, methods: Sequence[str] | None = None) -> list[MethodResult]:
    """Return the result of every matcher on the links of `trace`; `methods` None: those of `methods_for`."""
    results = []
    for method in methods_for(trace) if methods is None else methods:
        try:
            projection = rematch(trace, config.updated({"match.name": method})).projection
            results.append(MethodResult(method, projection))
        except XnerError as error:
            results.append(MethodResult(method, None, str(error)))
    return results


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A candidate of one entity: its text, every component score (None: no data) and their weighted sum."""

    entity: int
    span: Span
    text: str
    components: Mapping[str, float | None]
    total: float
    chosen: bool


def candidate_rows(trace: Trace, entity: int, limit: int = 25) -> list[CandidateRow]:
    """Return the best candidates of an entity of ``trace.table``, best first."""
    values = trace.table.values[entity]
    chosen = {s.span for s in trace.matching.selections if s.entity == entity}
    order = np.argsort(-values, kind="stable")
    kept = [int(k) for k in order if values[k] > 0 or trace.candidates[int(k)].span in chosen][:limit]
    return [
        CandidateRow(
            entity=entity,
            span=trace.candidates[k].span,
            text=span_text(trace.pair.target, trace.candidates[k].span),
            components={
                name: None if matrix is None else float(matrix[entity, k]) for name, matrix in trace.components.items()
            },
            total=float(values[k]),
            chosen=trace.candidates[k].span in chosen,
        )
        for k in kept
    ]


@dataclass(frozen=True, slots=True)
class Why:
    """The evidence for one projected entity, or for a source entity that found no place (`span` None)."""

    entity: int
    label: str
    source_text: str
    span: Span | None
    target_text: str | None
    links: tuple[Link, ...]
    """Links from the source entity, inside and outside the span."""
    components: Mapping[str, float | None]
    total: float | None
    runner_up: Span | None
    runner_up_text: str | None
    margin: float | None


def why_here(trace: Trace) -> list[Why]:
    """Return the evidence for every source entity of ``trace.table``, in order; several spans give several rows."""
    rows: list[Why] = []
    for index, entity in enumerate(trace.table.entities):
        selections = [s for s in trace.matching.selections if s.entity == index]
        links = tuple(sorted(link for link in trace.alignment.links if link[0] in entity.span))
        source_text = span_text(trace.pair.source, entity.span)
        if not selections:
            rows.append(Why(index, entity.label, source_text, None, None, links, {}, None, None, None, None))
        for selection in selections:
            candidate = next((k for k, c in enumerate(trace.candidates) if c.span == selection.span), None)
            runner_up = selection.runner_up
            rows.append(
                Why(
                    entity=index,
                    label=entity.label,
                    source_text=source_text,
                    span=selection.span,
                    target_text=span_text(trace.pair.target, selection.span),
                    links=links,
                    components={
                        name: None if matrix is None or candidate is None else float(matrix[index, candidate])
                        for name, matrix in trace.components.items()
                    },
                    total=selection.score,
                    runner_up=runner_up.span if runner_up else None,
                    runner_up_text=(
                        span_text(trace.pair.target, runner_up.span) if runner_up and runner_up.span else None
                    ),
                    margin=runner_up.margin if runner_up else None,
                )
            )
    return rows


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Whether the words of a source entity stand in the back-translation in a row, case and punctuation aside."""

    entity: int
    text: str
    survives: bool


def round_trip(pair: SentencePair) -> list[RoundTrip] | None:
    """Return the check of every source entity, or None where the pair has no back-translation."""
    if pair.back_translation is None or pair.source is None:
        return None
    words = f" {' '.join(_WORD.findall(pair.back_translation.casefold()))} "
    texts = [span_text(pair.source, entity.span) for entity in pair.source_entities or ()]
    return [
        RoundTrip(k, text, f" {' '.join(_WORD.findall(text.casefold()))} " in words) for k, text in enumerate(texts)
    ]


def span_text(sentence: Sentence | None, span: Span) -> str:
    """Return the text of a span as it stands in the sentence."""
    if sentence is None:
        return ""
    if sentence.text is not None and sentence.offsets is not None:
        return sentence.text[sentence.offsets[span.start][0] : sentence.offsets[span.end - 1][1]]
    cut = slice(span.start, span.end)
    spaces = sentence.spaces[cut] if sentence.spaces else None
    return detokenise(Sentence(sentence.tokens[cut], sentence.lang, spaces=spaces))
