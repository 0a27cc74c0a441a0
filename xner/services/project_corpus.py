"""Project a stored corpus and store what comes out, a batch at a time; what nobody has worked on shows it at once."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from xner.config import RunConfig
from xner.correct.annotation import annotation_of
from xner.engine.local import BATCH_SIZE, Outcome, run
from xner.errors import ConfigError, ModelUnavailable, XnerError
from xner.io.json_lines import dumps
from xner.io.records import record_from_pair
from xner.pipeline import Pipeline, Trace
from xner.services.access import corpus_for
from xner.services.assessment import assess
from xner.services.corpora import extend_labels, person
from xner.services.identity import Role, User
from xner.services.inspect_pair import METHODS, rematch
from xner.services.run_claims import claim, release
from xner.services.run_order import STARTS, Kept
from xner.services.run_sides import entering
from xner.services.whole_corpus import learn_from
from xner.store import corpora, revisions, runs
from xner.store.rows import NewProjection, PairRow
from xner.store.session import Store
from xner.types import Projection, SentencePair

_CHUNK = BATCH_SIZE * 8
"""Pairs that are read at once."""


@dataclass(slots=True)
class CorpusRun:
    """What became of a run over a corpus."""

    run_id: int
    n_ok: int = 0
    n_empty: int = 0
    failed: list[tuple[int, str]] = field(default_factory=list)
    """(pair, reason) of every pair that did not run."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Reason to number of pairs that were not touched; see `run_sides`."""

    @property
    def n_done(self) -> int:
        """Pairs with a stored result."""
        return self.n_ok + self.n_empty + len(self.failed)


def project_corpus(
    store: Store,
    user: User,
    corpus_id: int,
    config: RunConfig,
    on_progress: Callable[[CorpusRun], None] = lambda _run: None,
    *,
    pair_ids: Sequence[int] | None = None,
    only_new: bool = False,
) -> CorpusRun:
    """Project the pairs of a corpus and store every batch when it is done.

    Corrections stay what they are: only a pair without a revision shows the new projection. An interruption keeps
    what is stored; `only_new` then does the rest.

    Args:
        store: where the corpus is.
        user: a reviewer of the corpus.
        corpus_id: which corpus.
        config: settings of all stages.
        on_progress: called after every batch.
        pair_ids: some pairs only.
        only_new: leave out pairs that have a projection, failed ones apart.

    Raises:
        NotAllowed: it takes a reviewer.
        ConfigError: a setting is impossible, whatever the pair.
        ModelUnavailable: a model is not here; nothing was stored then.
        StoreBusy: a run over the whole corpus is under way, and this would be another one.
    """
    corpus_for(store, user, corpus_id, Role.REVIEWER)
    pipeline = Pipeline(config)  # its own: what it learns from this corpus is nobody else's
    pipeline.check_models()
    learn_from(pipeline, lambda: pairs_of_corpus(store, corpus_id, config))
    me, settings = person(store, user), config.model_dump_json()
    kept = None if pair_ids is not None else Kept(("new", "failed") if only_new else STARTS)
    if kept is None:
        done = CorpusRun(store.write(lambda session: runs.begin(session, corpus_id, settings, me)))
    else:
        done = CorpusRun(claim(store, corpus_id, config, kept, me))
    state = "interrupted"
    try:
        for batch in _batches(store, corpus_id, pair_ids, only_new):
            project_batch(store, corpus_id, pipeline, batch, done)
            on_progress(done)
        state = "finished"
    finally:
        if kept is None:
            store.write(lambda session: runs.change(session, done.run_id, state=state))
        else:
            total = done.n_done + done.left_out.total()
            release(store, done.run_id, state, config, replace(kept, n_total=total, left_out=done.left_out))
    return done


def pairs_of_corpus(store: Store, corpus_id: int, config: RunConfig) -> Iterator[SentencePair]:
    """Yield all pairs of a corpus as a run takes them, for what has to learn from the whole."""
    for rows in _rows(store, corpus_id):
        yield from (pair for pair in entering(store, rows, config) if not isinstance(pair, str))


def project_batch(store: Store, corpus_id: int, pipeline: Pipeline, rows: Sequence[PairRow], done: CorpusRun) -> None:
    """Project one batch of stored pairs, store what comes out and count it."""
    found = entering(store, rows, pipeline.config)
    todo = [(row, pair) for row, pair in zip(rows, found, strict=True) if not isinstance(pair, str)]
    outcomes = list(run(pipeline, [pair for _, pair in todo], BATCH_SIZE))
    stored = [_new_projection(row, made, pipeline.config) for (row, _), made in zip(todo, outcomes, strict=True)]
    extend_labels(store, corpus_id, sorted({label for new in stored for label in new.labels}))
    store.write(lambda session: revisions.add_projections(session, done.run_id, stored))
    done.left_out.update(pair for pair in found if isinstance(pair, str))
    for (row, _), outcome in zip(todo, outcomes, strict=True):
        done.n_ok += outcome.projection.status == "ok"
        done.n_empty += outcome.projection.status == "empty"
        if outcome.projection.status == "failed":
            done.failed.append((row.id, outcome.projection.reason or "unknown"))


def _new_projection(row: PairRow, outcome: Outcome, config: RunConfig) -> NewProjection:
    pair, projection = outcome.pair, outcome.projection
    others = _other_methods(outcome.trace, config) if outcome.trace else []
    rated = assess(pair, projection, annotation_of(projection), others)
    labels = {entity.label for entity in (*(pair.source_entities or ()), *projection.entities)}
    return NewProjection(
        pair_id=row.id, status=projection.status, record=dumps(record_from_pair(pair, projection)),
        signature=projection.signature, risk=rated.risk, tags=rated.tags, labels=tuple(sorted(labels)),
    )  # fmt: skip


def _other_methods(trace: Trace, config: RunConfig) -> list[Projection]:
    """Return what the other matchers make of the same links and scores; one that can't is no opinion."""
    others: list[Projection] = []
    if config.pipeline == "model-transfer":  # nothing is matched there
        return others
    for method in METHODS:
        if method == config.match.name:
            continue
        try:
            others.append(rematch(trace, config.updated({"match.name": method})).projection)
        except (ConfigError, ModelUnavailable):
            raise
        except XnerError:
            continue
    return others


def _batches(
    store: Store, corpus_id: int, pair_ids: Sequence[int] | None, only_new: bool
) -> Iterator[list[PairRow]]:  # fmt: skip
    for rows in _rows(store, corpus_id) if pair_ids is None else _chosen_rows(store, corpus_id, pair_ids):
        with store.read() as session:
            projected = revisions.projections_of(session, [row.id for row in rows]) if only_new else {}
        todo = [row for row in rows if not (row.id in projected and projected[row.id].status != "failed")]
        for start in range(0, len(todo), BATCH_SIZE):
            yield todo[start : start + BATCH_SIZE]


def _rows(store: Store, corpus_id: int) -> Iterator[list[PairRow]]:
    after = 0
    while True:
        with store.read() as session:
            rows = list(itertools.islice(corpora.iterate_pairs(session, corpus_id, after=after), _CHUNK))
        if not rows:
            return
        after = rows[-1].place
        yield rows


def _chosen_rows(store: Store, corpus_id: int, pair_ids: Sequence[int]) -> Iterator[list[PairRow]]:
    """Yield some pairs in the order of the corpus; one of another corpus is left out."""
    wanted = sorted(set(pair_ids))
    for start in range(0, len(wanted), _CHUNK):
        with store.read() as session:
            found = [corpora.pair(session, pair_id) for pair_id in wanted[start : start + _CHUNK]]
        rows = [row for row in found if row is not None and row.corpus_id == corpus_id and not row.archived]
        yield sorted(rows, key=lambda row: row.place)
