"""Try settings on a few sentences of a corpus, storing nothing: what they cost, and what comes out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xner.engine.local import Outcome, run
from xner.errors import InputError
from xner.services.access import corpus_for
from xner.services.identity import Role, User
from xner.services.project_corpus import pairs_of_corpus
from xner.services.run_order import Order
from xner.services.run_sides import entering
from xner.services.stage_times import StageClock, TimedPipeline
from xner.services.whole_corpus import learn_from
from xner.store import runs
from xner.store.rows import PairRow
from xner.store.runs import Selection
from xner.store.session import Session, Store

N_SAMPLE = 20
_SPARSE = 0.1
"""Share of the corpus under which the first sentences are taken: looking for one at every place would take long."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a sample took. `stage_s` has the seconds of each stage without loading."""

    n_sample: int
    n_total: int
    load_s: float
    stage_s: Mapping[str, float]
    run_s: float
    outcomes: tuple[tuple[int, Outcome], ...]
    """(pair, what came out), in the order of the corpus."""
    left_out: Mapping[str, int]
    """Reason to number of sample pairs that a run would not touch."""

    @property
    def total_s(self) -> float | None:
        """Seconds that the whole will take, None where the sample was left out whole."""
        n_ran = len(self.outcomes)
        return None if not n_ran else self.run_s / self.n_sample * self.n_total

    @property
    def failed(self) -> list[tuple[int, Outcome]]:
        """Those that did not run."""
        return [(pair_id, made) for pair_id, made in self.outcomes if made.projection.status == "failed"]


def estimate(
    store: Store, user: User, order: Order, on_stage: Callable[[str], None] = lambda _stage: None
) -> Estimate:  # fmt: skip
    """Run the pipeline on at most 20 sentences from all over the selection.

    Raises:
        NotAllowed: it takes a reviewer.
        InputError: no sentence is chosen.
        ConfigError: a setting is impossible.
        ModelUnavailable: a model is not here.
    """
    corpus_for(store, user, order.corpus_id, Role.REVIEWER)
    clock = StageClock(on_stage)
    pipeline = TimedPipeline(order.config, clock)
    with store.read() as session:
        n_total = runs.n_todo(session, order.selection)
        rows = _sample(session, order.selection, n_total)
    if not rows:
        raise InputError("No sentence of this corpus is chosen.", "Choose other sentences or languages.")
    pipeline.check_models()
    learn_from(pipeline, lambda: pairs_of_corpus(store, order.corpus_id, order.config))
    load_s = clock.seconds().get("load", 0.0)
    start = time.monotonic()
    found = entering(store, rows, order.config)
    todo = [(row.id, pair) for row, pair in zip(rows, found, strict=True) if not isinstance(pair, str)]
    outcomes = list(run(pipeline, [pair for _, pair in todo], N_SAMPLE))
    run_s = time.monotonic() - start
    return Estimate(
        n_sample=len(rows), n_total=n_total, load_s=load_s,
        stage_s={stage: taken for stage, taken in clock.seconds().items() if stage != "load"}, run_s=run_s,
        outcomes=tuple((pair_id, made) for (pair_id, _), made in zip(todo, outcomes, strict=True)),
        left_out=Counter(reason for reason in found if isinstance(reason, str)),
    )  # fmt: skip


def _sample(session: Session, chosen: Selection, n_total: int) -> Sequence[PairRow]:
    last = runs.last_place(session, chosen)
    if n_total <= N_SAMPLE or n_total < last * _SPARSE:
        return runs.todo(session, chosen, None, limit=N_SAMPLE)
    rows: list[PairRow] = []
    for k in range(N_SAMPLE):
        after = max(k * last // N_SAMPLE, rows[-1].place if rows else 0)
        rows += runs.todo(session, chosen, None, after=after, limit=1)
    return rows
