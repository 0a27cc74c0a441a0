"""F1 of the methods of a comparison over the sentences of its corpus that have gold or were corrected.

What a stored run has made is taken from there; the rest is computed when somebody asks for it, and kept in memory. A
sentence that a method could not project is a failed one, and never one without entities.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from xner.config import RunConfig
from xner.engine.local import run
from xner.errors import InputError
from xner.evaluate.comparison import ALL, Comparison, SystemDifference, SystemScore, compare
from xner.evaluate.report import EvaluationReport, evaluate
from xner.io.json_lines import loads, pair_from_record
from xner.io.labelled import LabelledSentence
from xner.io.records import projection_from_record
from xner.services import corpus_learning, dashboard_corpus
from xner.services.access import corpus_for
from xner.services.dashboard_corpus import CORRECTED, GOLD
from xner.services.identity import Role, User
from xner.services.models_in_use import SameWeights, models_in_use, versions_key
from xner.services.named_methods import essence, stored_settings
from xner.services.run_sides import entering
from xner.store import contents
from xner.store import dashboard as rows
from xner.store.session import Store
from xner.types import Entity, Projection, SentencePair

MAX_SENTENCES = 2_000
"""Most sentences that methods are scored on here; of more that have gold every second, third … is taken."""
N_RESAMPLES = 1000
_KEPT = 12
"""Methods whose results stay in memory."""
Progress = Callable[[int, int], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reference:
    """What methods are held against: sentences with the entities that they should have, by the number of their pair."""

    kind: str
    expected: Mapping[int, LabelledSentence]
    n_known: int
    """Sentences that could have been taken."""
    stamp: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What a method made of the sentences of a reference: entities, or the reason why it failed.

    `runs` are the stored runs that made it, none where it was computed here.
    """

    made: Mapping[int, tuple[Entity, ...] | str]
    runs: tuple[int, ...] = ()

    @property
    def failed(self) -> dict[str, int]:
        """Reason to number of sentences, the most frequent first."""
        reasons: dict[str, int] = {}
        for made in self.made.values():
            if isinstance(made, str):
                reasons[made] = reasons.get(made, 0) + 1
        return dict(sorted(reasons.items(), key=lambda item: -item[1]))


@dataclass(frozen=True, slots=True)
class MethodScore:
    """Strict F1 of one method on the sentences that all methods ran, its 95 % interval, the difference to the first.

    `counting_failed` is the F1 over all sentences, every gold entity of a failed one being missed.
    """

    score: SystemScore
    difference: SystemDifference | None
    n_failed: int
    counting_failed: float | None


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores by method; `n_sentences` ran in all of them, `n_left_out` did not in some."""

    methods: Mapping[str, MethodScore]
    n_sentences: int
    n_left_out: int


def kinds(store: Store, user: User, corpus_id: int, pair: SentencePair | None = None) -> tuple[str, ...]:
    """Return what methods can be held against over a corpus, the surest first: ``gold``, ``corrected``.

    Raises:
        NotAllowed: it takes a viewer.
    """
    known = dashboard_corpus.basis(store, user, corpus_id)
    has_gold = known.has_gold or (pair is not None and pair.target_entities is not None)
    return (*([GOLD] if has_gold else []), *([CORRECTED] if known.n_corrected else []))


def reference(store: Store, user: User, corpus_id: int, kind: str) -> Reference:
    """Return the sentences of a corpus with what they should have, at most MAX_SENTENCES spread over it.

    Raises:
        NotAllowed: it takes a viewer; what others have corrected is not shown to those who annotate blind.
        InputError: there is no such sentence.
    """
    corpus_for(store, user, corpus_id, Role.VIEWER)
    if kind not in kinds(store, user, corpus_id) and kind != GOLD:
        raise InputError("There is no corrected sentence to hold methods against.", "Accept some, or take gold.")
    with store.read() as session:
        stamp = contents.stamp(session, corpus_id) if kind == GOLD else rows.stamp(session, corpus_id)
    key = (str(store.url), corpus_id, kind, stamp)
    if (known := _REFERENCES.get(key)) is None:
        known = _keep(_REFERENCES, key, _read(store, corpus_id, kind, stamp))
    if not known.expected:
        raise InputError("No sentence of this corpus has gold on its target.", "Import gold, or correct sentences.")
    return known


def _read(store: Store, corpus_id: int, kind: str, stamp: tuple[int, ...]) -> Reference:
    with store.read() as session:
        fixed = rows.corrected(session, corpus_id) if kind == CORRECTED else {}
        known = sorted(fixed) if kind == CORRECTED else contents.ids_with(session, corpus_id, '"target_entities"')
        step = -(-len(known) // MAX_SENTENCES) or 1
        expected: dict[int, LabelledSentence] = {}
        for row in contents.records_of(session, known[::step]):
            pair = pair_from_record(loads(row.record))
            entities = dashboard_corpus.expected_entities(pair, row.id, kind, fixed, {})
            if entities is not None and pair.target is not None and not row.archived:
                expected[row.id] = LabelledSentence(str(row.id), pair.target, entities)
    return Reference(kind, expected, len(known) if step > 1 else len(expected), stamp)


def known_result(store: Store, user: User, corpus_id: int, config: RunConfig, against: Reference) -> Result | None:
    """Return what a method made of all sentences of a reference: of each the newest of its stored runs, or memory.

    What was made by other versions of its models than those here is not taken: F1 would be that of no method.

    Raises:
        NotAllowed: it takes a viewer.
    """
    corpus_for(store, user, corpus_id, Role.VIEWER)
    ids = list(against.expected)
    made, runs, wanted = dict[int, tuple[Entity, ...] | str](), list[int](), essence(config)
    same = SameWeights(models_in_use(config))
    with store.read() as session:
        for number, settings, _ in rows.runs_of(session, corpus_id):
            lacking = [pair_id for pair_id in ids if pair_id not in made]
            known = stored_settings(settings) if lacking else None
            if known is not None and essence(known) == wanted:
                n_before = len(made)
                for pair_id, (status, record) in contents.results_of(session, number, lacking).items():
                    projection = projection_from_record(loads(record))
                    if same.takes(projection.signature if projection else None):
                        made[pair_id] = _entities(status, projection)
                runs += [number] if len(made) > n_before else []
    if len(made) == len(ids):
        return Result({pair_id: made[pair_id] for pair_id in ids}, tuple(sorted(runs)))
    computed = _MADE.get(_key(store, corpus_id, config), {})
    if all(pair_id in computed for pair_id in ids):
        return Result({pair_id: computed[pair_id] for pair_id in ids})
    return None


def compute(
    store: Store,
    user: User,
    corpus_id: int,
    config: RunConfig,
    against: Reference,
    on_progress: Progress = lambda _done, _total: None,
    on_learning: corpus_learning.Progress = lambda _share, _what: None,
) -> Result:
    """Return what a method makes of the sentences of a reference, going on where an earlier call was stopped.

    Raises:
        NotAllowed: it takes a viewer.
        ConfigError: a setting is impossible, whatever the sentence.
        ModelUnavailable: a model is not here.
        AlignmentFailed: there is nothing to learn from.
    """
    corpus_for(store, user, corpus_id, Role.VIEWER)
    key = _key(store, corpus_id, config)
    made = _MADE.get(key)
    if made is None:
        made = _keep(_MADE, key, {})
    ids = list(against.expected)
    todo = [pair_id for pair_id in ids if pair_id not in made]
    if todo:
        learned, _ = corpus_learning.learned(store, user, corpus_id, config, on_learning)
        pipeline = corpus_learning.pipeline_with(config, learned)
        pipeline.check_models()
        with store.read() as session:
            stored = list(contents.records_of(session, todo))
        runnable: list[tuple[int, SentencePair]] = []
        for row, pair in zip(stored, entering(store, stored, config), strict=True):
            if isinstance(pair, str):
                made[row.id] = pair
            else:
                runnable.append((row.id, pair))
        outcomes = run(pipeline, [pair for _, pair in runnable])
        n_before = len(ids) - len(runnable)
        for n_done, ((pair_id, _), outcome) in enumerate(zip(runnable, outcomes, strict=True), n_before + 1):
            projection = outcome.projection
            failed = projection.status == "failed"
            made[pair_id] = (projection.reason or "it failed") if failed else tuple(projection.entities)
            on_progress(n_done, len(ids))
    return Result({pair_id: made[pair_id] for pair_id in ids if pair_id in made})


def scores(results: Mapping[str, Result], against: Reference, n_resamples: int = N_RESAMPLES) -> Scores:
    """Return the scores of methods, one or more, each against the first on the sentences that all of them ran."""
    reports = {name: _report(result, against, n_resamples) for name, result in results.items()}
    ran = set.intersection(*(set(report.sentence_ids) for report in reports.values()))
    found: Comparison | None = None
    if len(reports) > 1 and ran:
        found = compare(reports, by_language=False, n_resamples=n_resamples)
    own = {score.system: score for score in found.scores if score.slice == ALL} if found else {}
    apart = {one.system: one for one in found.differences if one.slice == ALL} if found else {}
    methods = {}
    for name, report in reports.items():
        whole = report.overall
        alone = SystemScore(name, ALL, whole.strict.f1 if whole.n_sentences else None, whole.interval)
        methods[name] = MethodScore(
            own.get(name, alone), apart.get(name), whole.n_not_run, whole.counting_failed.f1
        )  # fmt: skip
    return Scores(methods, len(ran), len(against.expected) - len(ran))


def _report(result: Result, against: Reference, n_resamples: int) -> EvaluationReport:
    predicted = []
    for pair_id, gold in against.expected.items():
        made = result.made.get(pair_id, "it was not computed")
        if isinstance(made, str):
            predicted.append(LabelledSentence(gold.id, gold.sentence, None, status="failed", reason=made))
        else:
            entities = tuple(sorted(made, key=lambda entity: entity.span))
            predicted.append(LabelledSentence(gold.id, gold.sentence, entities))
    return evaluate(against.expected.values(), predicted, by=None, n_resamples=n_resamples)


def _entities(status: str, made: Projection | None) -> tuple[Entity, ...] | str:
    if status == "failed" or made is None:
        return (made.reason if made else None) or "it failed"
    return tuple(made.entities)


def _key(store: Store, corpus_id: int, config: RunConfig) -> object:
    with store.read() as session:
        stamp = contents.stamp(session, corpus_id)
    return str(store.url), corpus_id, stamp, essence(config), versions_key(config)


_REFERENCES: OrderedDict[object, Reference] = OrderedDict()
_MADE: OrderedDict[object, dict[int, tuple[Entity, ...] | str]] = OrderedDict()


def _keep(shelf: OrderedDict[object, T], key: object, value: T) -> T:
    shelf[key] = value
    while len(shelf) > _KEPT:
        shelf.popitem(last=False)
    return value
