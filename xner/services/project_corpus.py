"""Project a stored corpus and store what comes out, a batch at a time; what nobody has worked on shows it at once."""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from xner.config import RunConfig
from xner.correct.annotation import annotation_of
from xner.engine.local import Failure, results_of
from xner.engine.plan import BATCH_SIZE, batches, words_of
from xner.io.json_lines import dumps
from xner.io.records import record_from_pair
from xner.pipeline import Pipeline
from xner.services.access import corpus_for
from xner.services.assessment import assess
from xner.services.corpora import extend_labels, person
from xner.services.identity import Role, User
from xner.services.run_claims import claim, this_process
from xner.services.run_order import STARTS, Order
from xner.services.run_sides import entering
from xner.services.second_opinion import second_opinions
from xner.services.whole_corpus import learn_from
from xner.store import corpora, jobs, projections, runs
from xner.store.jobs import Owner
from xner.store.rows import NewProjection, PairRow
from xner.store.session import Session, Store
from xner.types import Projection, SentencePair

_CHUNK = BATCH_SIZE * 8
"""Pairs that are read at once."""
Item = tuple[PairRow, SentencePair | str]
"""A stored pair, and what enters the pipeline; or the reason why it is left out."""
Made = tuple[NewProjection | str, str]
"""What is to be stored and, where it failed, why; or, again, the reason why it is left out."""


class JobTaken(Exception):
    """A job is no longer this process's: somebody had it go on elsewhere, or it was marked as interrupted."""


@dataclass(slots=True)
class CorpusRun:
    """What became of a run over a corpus."""

    run_id: int
    owner: Owner | None = None
    """The process whose job it is, None for a run that is no job."""
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
    me, state = person(store, user), "interrupted"
    if pair_ids is not None:
        settings = config.model_dump_json()
        done = CorpusRun(store.write(lambda session: runs.begin(session, corpus_id, settings, me)))
    else:
        order = Order(corpus_id, config, ("new", "failed") if only_new else STARTS)
        with store.read() as session:
            n_total = runs.n_todo(session, order.selection)
        done = CorpusRun(claim(store, order, me, n_total, state="running"), this_process())
    try:
        for batch in _batches(store, corpus_id, pair_ids, only_new):
            project_batch(store, corpus_id, pipeline, batch, done)
            on_progress(done)
        state = "finished"
    finally:
        if done.owner is None:
            store.write(lambda session: runs.change(session, done.run_id, state=state))
        else:
            ended = "done" if state == "finished" else state
            store.write(lambda session: jobs.end(session, done.run_id, ended))
    return done


def pairs_of_corpus(store: Store, corpus_id: int, config: RunConfig) -> Iterator[SentencePair]:
    """Yield all pairs of a corpus as a run takes them, for what has to learn from the whole."""
    for rows in _rows(store, corpus_id):
        yield from (pair for pair in entering(store, rows, config) if not isinstance(pair, str))


def project_batch(store: Store, corpus_id: int, pipeline: Pipeline, rows: Sequence[PairRow], done: CorpusRun) -> None:
    """Project one batch of stored pairs, store what comes out and count it."""
    for items in batches(items_of(store, rows, pipeline.config), BATCH_SIZE, weigh=weight_of):
        made = results_of(items, functools.partial(made_of, pipeline))
        store_batch(store, corpus_id, items, made, done)


def items_of(store: Store, rows: Sequence[PairRow], config: RunConfig) -> list[Item]:
    """Return stored pairs with what enters the pipeline of them."""
    return list(zip(rows, entering(store, rows, config), strict=True))


def weight_of(item: Item) -> int:
    """Return the words of a pair, none for one that is left out."""
    return 0 if isinstance(item[1], str) else words_of(item[1])


def made_of(pipeline: Pipeline, items: Sequence[Item]) -> list[Made]:
    """Return what a batch comes to; nothing is stored, so that other processes can do it."""
    todo = [pair for _, pair in items if not isinstance(pair, str)]
    found = pipeline.run(todo) if todo else []
    traces = iter(zip(found, second_opinions(pipeline, found), strict=True))
    made: list[Made] = []
    for row, pair in items:
        if isinstance(pair, str):
            made.append((pair, ""))
        else:
            trace, others = next(traces)
            made.append((_new_projection(row, trace.pair, trace.projection, others), ""))
    return made


def store_batch(
    store: Store, corpus_id: int, items: Sequence[Item], results: Sequence[Made | Failure], done: CorpusRun
) -> None:
    """Store what came of a batch, all of it or nothing, and count it.

    Raises:
        JobTaken: another process works on this job now; nothing was stored.
    """
    made = [
        _failed(row, pair, result.reason) if isinstance(result, Failure) else result
        for (row, pair), result in zip(items, results, strict=True)
    ]
    stored = [new for new, _ in made if not isinstance(new, str)]
    left_out = Counter(new for new, _ in made if isinstance(new, str))
    n = Counter(new.status for new in stored)
    extend_labels(store, corpus_id, sorted({label for new in stored for label in new.labels}))

    def write(session: Session) -> bool:
        if done.owner is not None and not jobs.holds(session, done.run_id, done.owner):
            return False
        projections.add(session, done.run_id, stored)
        if done.owner is not None:
            jobs.count(
                session, done.run_id, n_ok=n["ok"], n_empty=n["empty"], n_failed=n["failed"], left_out=left_out,
                after_place=items[-1][0].place,
            )  # fmt: skip
        return True

    if not store.write(write):
        raise JobTaken
    done.left_out.update(left_out)
    done.n_ok, done.n_empty = done.n_ok + n["ok"], done.n_empty + n["empty"]
    done.failed += [(new.pair_id, why) for new, why in made if not isinstance(new, str) and new.status == "failed"]


def _failed(row: PairRow, pair: SentencePair | str, reason: str) -> Made:
    if isinstance(pair, str):  # its batch has ended a process, so it was never looked at
        return pair, ""
    return _new_projection(row, pair, Projection.failed(pair.id, reason)), reason


def _new_projection(
    row: PairRow, pair: SentencePair, projection: Projection, others: Sequence[Projection] = ()
) -> NewProjection:
    rated = assess(pair, projection, annotation_of(projection), others)
    labels = {entity.label for entity in (*(pair.source_entities or ()), *projection.entities)}
    return NewProjection(
        pair_id=row.id, status=projection.status, record=dumps(record_from_pair(pair, projection)),
        signature=projection.signature, risk=rated.risk, tags=rated.tags, labels=tuple(sorted(labels)),
    )  # fmt: skip


def _batches(
    store: Store, corpus_id: int, pair_ids: Sequence[int] | None, only_new: bool
) -> Iterator[list[PairRow]]:  # fmt: skip
    for rows in _rows(store, corpus_id) if pair_ids is None else _chosen_rows(store, corpus_id, pair_ids):
        with store.read() as session:
            projected = projections.newest_of(session, [row.id for row in rows]) if only_new else {}
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
