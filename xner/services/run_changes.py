"""What a moved weight would change in a corpus that is projected: matched again in memory, nothing stored.

Links come from the records or from the cache; candidates and scores are computed once and kept while only weights,
thresholds and the matcher move, so that a thousand sentences take a fraction of a second.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from xner.align.cached import CachedAligner
from xner.cache import Keeps
from xner.engine.plan import words_of
from xner.errors import ConfigError, ModelUnavailable, XnerError
from xner.evaluate.spans import Counts, count_spans
from xner.extract.base import Extractor
from xner.io.json_lines import loads, pair_from_record
from xner.io.projections import parse_projection
from xner.pipeline import Pipeline
from xner.score import Learns, Scorer, ScoreRequest
from xner.services.access import corpus_for
from xner.services.identity import Role, User
from xner.services.models_in_use import versions_key
from xner.services.run_order import Order
from xner.store import runs
from xner.store.rows import PairRow
from xner.store.runs import Selection
from xner.store.session import Store
from xner.types import Alignment, Candidate, Entity, Prepares, Sentence, SentencePair

N_MOST = 1000
_MOST_WORDS = 100_000
"""Of both sides together: scores of very long sentences would fill the memory."""
_N_KEPT = 2
_MOVES = {"preset", "weights", "thresholds", "power"}
"""Settings of scores that no score depends on."""
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Change:
    """A sentence that would get other entities, its place in the corpus counted from 1."""

    pair_id: int
    place: int
    target: Sentence
    before: tuple[Entity, ...]
    after: tuple[Entity, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What other settings would make of sentences that are projected, beside what is stored of them."""

    n_compared: int
    changed: tuple[Change, ...]
    """In the order of the corpus."""
    n_unlinked: int
    """Sentences that were left out because their links are not in the cache."""
    failed: tuple[str, ...]
    """Why a sentence would fail, one reason each."""
    n_gold: int
    """Sentences that were compared and have gold."""
    before: Counts
    """Of what is stored, against gold."""
    after: Counts


@dataclass(slots=True)
class _Held:
    """Sentences with all that stays the same when weights move; filled while they are matched for the first time."""

    records: Mapping[int, str]
    rows: list[PairRow]
    pairs: list[SentencePair]
    stored: list[tuple[Entity, ...]]
    links: list[Alignment | None]
    candidates: dict[int, tuple[Candidate, ...]] = field(default_factory=dict)
    components: dict[tuple[str, int], Matrix | None] = field(default_factory=dict)
    at: int = 0
    """The sentence that is being matched."""


class _HeldExtractor:
    def __init__(self, inner: Extractor, held: _Held) -> None:
        self._inner, self._held = inner, held

    def extract(self, target: Sentence, entities: Sequence[Entity], alignment: Alignment) -> tuple[Candidate, ...]:
        found, at = self._held.candidates, self._held.at
        if at not in found:
            found[at] = self._inner.extract(target, entities, alignment)
        return found[at]

    def describe(self) -> str:
        return self._inner.describe()


class _HeldScorer:
    def __init__(self, name: str, inner: Scorer, held: _Held) -> None:
        self._name, self._inner, self._held = name, inner, held

    def score(self, requests: Sequence[ScoreRequest]) -> list[Matrix | None]:
        found, key = self._held.components, (self._name, self._held.at)
        if key not in found:
            (found[key],) = self._inner.score(requests)
        return [found[key]]

    def describe(self) -> str:
        return self._inner.describe()


_kept: OrderedDict[tuple[object, ...], _Held] = OrderedDict()
_lock = threading.Lock()


def changes(store: Store, user: User, order: Order) -> Changes:
    """Match the first projected sentences of an order again, whatever its `starts`, and compare with what is stored.

    Names are those that the stored projection was made from: no recogniser, translator or encoder is asked.

    Raises:
        NotAllowed: it takes a viewer.
        ConfigError: these settings ask a model for every sentence, or a setting is impossible.
        ModelUnavailable: the aligner's model is not here.
    """
    corpus_for(store, user, order.corpus_id, Role.VIEWER)
    pipeline = Pipeline(order.config)
    _check(pipeline)
    with store.read() as session:
        rows = runs.todo(session, Selection(order.corpus_id, ("projected",), order.langs), None, limit=N_MOST)
        records = runs.made_records(session, [row.id for row in rows])
    with _lock:  # two people at once would take twice as long each, and what is held is filled by both
        held = _held((str(store.url), order.corpus_id, order.langs), pipeline, rows, records)
        return _changes(pipeline, held)


def _check(pipeline: Pipeline) -> None:
    config = pipeline.config
    asking = [name for name, scorer in pipeline.scorers.items() if isinstance(scorer, Prepares | Keeps | Learns)]
    if isinstance(pipeline.extractor, Prepares):
        asking.append(config.extract.name)
    if config.pipeline != "parallel" or config.back_translate.use in ("replace", "add"):
        asking.append(config.pipeline if config.pipeline != "parallel" else "back-translation")
    if asking:
        raise ConfigError(
            f"{', '.join(asking)} would ask a model for every sentence.", "Try these settings on 20 sentences instead."
        )


def _held(where: tuple[object, ...], pipeline: Pipeline, rows: list[PairRow], records: Mapping[int, str]) -> _Held:
    """Return the sentences as they are stored now, with what is known of them from the last time."""
    score = pipeline.config.score.model_dump(mode="json", exclude=_MOVES)
    fixed = pipeline.config.model_dump(mode="json", include={"align", "extract", "labels", "cache"})
    key = (*where, json.dumps([score, fixed], sort_keys=True), versions_key(pipeline.config))
    if key not in _kept or _kept[key].records != records:
        _kept[key] = _read(pipeline, rows, records)
    elif None in _kept[key].links:
        _kept[key].links = _links(pipeline, _kept[key].pairs)  # others may have put there what was missing
    _kept.move_to_end(key)
    while len(_kept) > _N_KEPT:
        _kept.popitem(last=False)
    return _kept[key]


def _read(pipeline: Pipeline, rows: list[PairRow], records: Mapping[int, str]) -> _Held:
    held, n_words = _Held(records, [], [], [], []), 0
    for row in rows:
        if row.id not in records:
            continue
        record = loads(records[row.id])
        pair = pair_from_record({name: value for name, value in record.items() if name != "projection"})
        n_words += words_of(pair)
        if n_words > _MOST_WORDS:
            break
        held.rows.append(row)
        held.pairs.append(pair)
        held.stored.append(parse_projection(record["projection"], pair.id, None, None).entities)
    held.links = _links(pipeline, held.pairs)
    return held


def _links(pipeline: Pipeline, pairs: Sequence[SentencePair]) -> list[Alignment | None]:
    """Return the links of each pair that are known without asking a model."""
    aligner = pipeline.aligner
    if isinstance(aligner, CachedAligner):
        return aligner.known(pairs)
    return [pair.alignment if pipeline.config.align.name == "given" else None for pair in pairs]


def _changes(pipeline: Pipeline, held: _Held) -> Changes:
    pipeline.extractor = _HeldExtractor(pipeline.extractor, held)
    pipeline.scorers = {name: _HeldScorer(name, scorer, held) for name, scorer in pipeline.scorers.items()}
    changed: list[Change] = []
    failed: list[str] = []
    before, after, n_compared, n_gold = Counts(), Counts(), 0, 0
    for at, (row, pair, stored, links) in enumerate(
        zip(held.rows, held.pairs, held.stored, held.links, strict=True)
    ):  # fmt: skip
        if links is None or pair.target is None:
            continue
        held.at = at
        try:
            found = pipeline.match(pair, links).projection.entities
        except (ConfigError, ModelUnavailable):
            raise
        except XnerError as error:
            failed.append(str(error))
            continue
        n_compared += 1
        if _plain(found) != _plain(stored):
            changed.append(Change(row.id, row.place, pair.target, stored, found))
        if pair.target_entities is not None:
            n_gold += 1
            before += sum(count_spans(pair.target_entities, stored).values(), Counts())
            after += sum(count_spans(pair.target_entities, found).values(), Counts())
    n_unlinked = sum(links is None for links in held.links)
    return Changes(n_compared, tuple(changed), n_unlinked, tuple(failed), n_gold, before, after)


def _plain(entities: Sequence[Entity]) -> set[tuple[object, str]]:
    return {(entity.span, entity.label) for entity in entities}
