"""Runs in the background: they end, stop, are gone on with, and never two are over one corpus."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.background_jobs import in_threads as in_threads
from tests.background_jobs import leave
from tests.stored_pairs import GIVEN, PAIR
from xner.errors import ConfigError, InputError, ModelUnavailable, NotAllowed, StoreBusy
from xner.pipeline import Pipeline
from xner.services import corpora, job_runner, project_corpus, run_claims, run_jobs
from xner.services.identity import Role, User, local_user
from xner.services.run_jobs import Job
from xner.services.run_order import Order
from xner.services.stage_times import TimedPipeline
from xner.store import jobs, runs
from xner.store.jobs import Owner
from xner.store.session import Store, open_store
from xner.types import SentencePair

ADA, WAIT_S = local_user("Ada"), 120
HERE, NOBODY = socket.gethostname(), 2**22 + 1
pytestmark = pytest.mark.usefixtures("in_threads")


def numbered(n: int, *, without_links: tuple[int, ...] = ()) -> list[SentencePair]:
    return [replace(PAIR, id=f"p{k}", alignment=None if k in without_links else PAIR.alignment) for k in range(n)]


@pytest.fixture
def store() -> Store:
    return open_store()


@pytest.fixture
def corpus(store: Store, monkeypatch: pytest.MonkeyPatch) -> int:
    """Five pairs of which the third has no links, in batches of two."""
    monkeypatch.setattr(job_runner, "BATCH_SIZE", 2)
    return made(store, "News", numbered(5, without_links=(2,)))


def made(store: Store, name: str, pairs: list[SentencePair]) -> int:
    corpus_id = corpora.create(store, ADA, name)
    corpora.add(store, ADA, corpus_id, pairs)
    return corpus_id


class Gate:
    """Holds every batch until it is let through."""

    def __init__(self) -> None:
        self.arrived, self.pass_on = threading.Semaphore(0), threading.Semaphore(0)

    def hold(self, pipeline: Pipeline, pairs: list[SentencePair], align: Callable) -> list:
        self.arrived.release()
        assert self.pass_on.acquire(timeout=WAIT_S)
        return align(pipeline, pairs)

    def await_batch(self) -> None:
        assert self.arrived.acquire(timeout=WAIT_S)

    def open(self, n: int = 100) -> None:
        self.pass_on.release(n)


@pytest.fixture
def gate(in_threads: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    found, align = Gate(), Pipeline.align
    monkeypatch.setattr(Pipeline, "align", lambda pipeline, pairs: found.hold(pipeline, pairs, align))
    yield found
    found.open()


def job(store: Store, run_id: int, user: User = ADA) -> Job:
    return next(found for found in run_jobs.jobs(store, user) if found.run_id == run_id)


def run_to_end(store: Store, order: Order) -> Job:
    run_id = run_jobs.start(store, ADA, order)
    assert run_jobs.wait(store, run_id, WAIT_S)
    return job(store, run_id)


def test_a_run_goes_to_its_end_and_a_pair_that_fails_stops_nobody(store, corpus):
    done = run_to_end(store, Order(corpus, GIVEN))
    assert (done.state, done.n_ok, done.n_failed, done.n_done, done.n_total) == ("done", 4, 1, 5, 5)
    (failed,) = run_jobs.failures(store, ADA, done.run_id)
    assert (failed.record_id, failed.place) == ("p2", 3)
    assert "no alignment" in failed.reason
    assert run_jobs.live_over(store, ADA, corpus) is None


def test_what_was_stored_in_the_background_is_what_the_page_stores(store, corpus):
    run_to_end(store, Order(corpus, GIVEN))
    twin = made(store, "Twin", numbered(5, without_links=(2,)))
    project_corpus.project_corpus(store, ADA, twin, GIVEN)
    with store.read() as session:
        records = [
            [runs.made_records(session, [row.id]).get(row.id) for row in rows]
            for rows in (
                runs.todo(session, runs.Selection(c, ("new", "failed", "projected")), None, limit=9)
                for c in (corpus, twin)
            )
        ]
    assert records[0] == records[1]
    assert sum(record is not None for record in records[0]) == 4


def test_everybody_sees_a_run_and_where_it_stands(store, corpus, gate):
    ben = User("ben", "Ben", Role.VIEWER)
    run_id = run_jobs.start(store, ADA, Order(corpus, GIVEN))
    gate.await_batch()
    gate.open(1)
    gate.await_batch()
    seen = job(store, run_id, ben)
    assert (seen.state, seen.n_done, seen.n_total, seen.by) == ("running", 2, 5, "Ada")
    assert seen.rate > 0
    assert seen.seconds_left > 0
    assert run_jobs.jobs(store, User("x", "Stranger")) == []


def test_a_cancelled_run_stops_keeps_what_is_stored_and_can_go_on(store, corpus, gate):
    run_id = run_jobs.start(store, ADA, Order(corpus, GIVEN))
    gate.await_batch()
    run_jobs.cancel(store, ADA, run_id)
    assert job(store, run_id).is_stopping
    time.sleep(1)  # until the runner has looked; it is held in the middle of a batch
    gate.open()
    assert run_jobs.wait(store, run_id, WAIT_S)
    stopped = job(store, run_id)
    assert (stopped.state, stopped.n_done, stopped.stopped_by) == ("cancelled", 2, "Ada")
    run_jobs.go_on(store, ADA, run_id)
    assert run_jobs.wait(store, run_id, WAIT_S)
    done = job(store, run_id)
    assert (done.state, done.n_ok, done.n_failed, done.n_total, done.stopped_by) == ("done", 4, 1, 5, "")
    told = "\n".join(done.log)
    for words in ("started by Ada", "cancelled by Ada", "goes on, asked for by Ada: 3 sentences", "Z done"):
        assert words in told


def test_after_a_crash_a_run_is_interrupted_and_the_rest_is_done_once_in_the_same_batches(store, corpus, monkeypatch):
    dead = leave(store, corpus, GIVEN, host=HERE, pid=NOBODY, n_total=5)
    with store.read() as session:
        rows = runs.todo(session, runs.Selection(corpus, ("new",)), dead, limit=2)
    done = project_corpus.CorpusRun(dead, Owner(HERE, NOBODY))
    project_corpus.project_batch(store, corpus, Pipeline(GIVEN), rows, done)
    assert (job(store, dead).state, job(store, dead).n_done) == ("interrupted", 2)
    seen, honest = [], Pipeline.run
    monkeypatch.setattr(
        Pipeline, "run", lambda self, pairs, **more: seen.append([p.id for p in pairs]) or honest(self, pairs, **more)
    )
    run_jobs.go_on(store, ADA, dead)
    assert run_jobs.wait(store, dead, WAIT_S)
    assert (job(store, dead).state, job(store, dead).n_ok, job(store, dead).n_failed) == ("done", 4, 1)
    assert seen == [["p2", "p3"], ["p2"], ["p3"], ["p4"]]  # the second batch one by one, for p2 fails


def test_who_lost_a_job_to_another_process_stores_nothing_more(store, corpus):
    run_id = leave(store, corpus, GIVEN)
    with store.read() as session:
        rows = runs.todo(session, runs.Selection(corpus, ("new",)), run_id, limit=2)
    late = project_corpus.CorpusRun(run_id, Owner("a-machine-that-slept", 1))
    with pytest.raises(project_corpus.JobTaken):
        project_corpus.project_batch(store, corpus, Pipeline(GIVEN), rows, late)
    with store.read() as session:
        assert runs.counts(session, run_id).total() == 0


def test_a_dead_run_keeps_nobody_from_starting_another(store, corpus):
    dead = leave(store, corpus, GIVEN, host=HERE, pid=NOBODY)
    assert run_to_end(store, Order(corpus, GIVEN)).state == "done"
    with store.read() as session:
        assert (runs.run(session, dead).state, jobs.job(session, dead).state) == ("interrupted", "interrupted")


def test_a_run_of_another_machine_is_alive_as_long_as_it_gives_signs_and_can_be_cancelled(store, corpus, monkeypatch):
    other = leave(store, corpus, GIVEN)
    assert job(store, other).state == "running"
    with pytest.raises(StoreBusy, match="projected already"):
        run_jobs.start(store, ADA, Order(corpus, GIVEN))
    run_jobs.cancel(store, ADA, other)
    assert job(store, other).is_stopping
    monkeypatch.setattr(run_claims, "SILENT_S", -1)
    assert job(store, other).state == "interrupted"


def test_a_second_run_over_a_corpus_is_refused_and_one_over_another_waits(store, corpus, gate):
    first = run_jobs.start(store, ADA, Order(corpus, GIVEN))
    gate.await_batch()
    with pytest.raises(StoreBusy, match=f"run {first}, started by Ada"):
        run_jobs.start(store, ADA, Order(corpus, GIVEN))
    with pytest.raises(StoreBusy):
        project_corpus.project_corpus(store, ADA, corpus, GIVEN)
    second = run_jobs.start(store, ADA, Order(made(store, "Other", numbered(1)), GIVEN))
    assert (job(store, second).state, job(store, second).ahead) == ("queued", 1)
    gate.open()
    assert run_jobs.wait(store, second, WAIT_S)
    assert (job(store, first).state, job(store, second).state) == ("done", "done")


def test_a_waiting_run_that_is_cancelled_projects_nothing(store, corpus, gate):
    run_jobs.start(store, ADA, Order(made(store, "Other", numbered(1)), GIVEN))
    gate.await_batch()
    waiting = run_jobs.start(store, ADA, Order(corpus, GIVEN))
    run_jobs.cancel(store, ADA, waiting)
    gate.open()
    assert run_jobs.wait(store, waiting, WAIT_S)
    assert (job(store, waiting).state, job(store, waiting).n_done) == ("cancelled", 0)


def test_a_missing_model_ends_the_run_with_its_words_and_stores_no_result(store, corpus, monkeypatch):
    def refuse(_pipeline):
        raise ModelUnavailable("No such model.", "Get it.")

    monkeypatch.setattr(TimedPipeline, "check_models", refuse)
    ended = run_to_end(store, Order(corpus, GIVEN))
    assert (ended.state, ended.n_done, ended.problem) == ("failed", 0, ("MODEL", "No such model.", "Get it."))


def test_what_nobody_foresaw_ends_the_run_with_a_code_and_the_next_one_runs(store, corpus, monkeypatch, caplog):
    def fail(*_args):
        raise RuntimeError("boom")

    with monkeypatch.context() as patched:
        patched.setattr(job_runner, "store_batch", fail)
        ended = run_to_end(store, Order(corpus, GIVEN))
    assert ended.problem[0].startswith("UNEXPECTED-")
    assert ended.problem[0] in caplog.text
    assert run_to_end(store, Order(corpus, GIVEN)).state == "done"


def test_only_failed_sentences_are_run_again(store, corpus):
    run_to_end(store, Order(corpus, GIVEN))
    again = run_to_end(store, Order(corpus, GIVEN, starts=("failed",)))
    assert (again.n_total, again.n_failed) == (1, 1)
    with pytest.raises(InputError, match="No sentence"):
        run_jobs.start(store, ADA, Order(corpus, GIVEN, starts=("new",)))
    third = run_jobs.retry_failed(store, ADA, again.run_id)
    assert run_jobs.wait(store, third, WAIT_S)
    assert (job(store, third).n_total, job(store, third).config) == (1, GIVEN)


def test_a_language_can_be_run_alone(store, corpus):
    dutch = replace(PAIR, id="nl", target=replace(PAIR.target, lang="nl"))
    corpora.add(store, ADA, corpus, [dutch])
    assert run_to_end(store, Order(corpus, GIVEN, langs=("nl",))).n_total == 1


def test_running_and_cancelling_take_a_reviewer(store, corpus):
    ben = User("ben", "Ben", Role.ANNOTATOR)
    run_id = run_to_end(store, Order(corpus, GIVEN)).run_id
    for refused in (
        lambda: run_jobs.start(store, ben, Order(corpus, GIVEN)),
        lambda: run_jobs.cancel(store, ben, run_id),
        lambda: run_jobs.go_on(store, ben, run_id),
        lambda: run_jobs.failures(store, User("x", "Stranger"), run_id),
        lambda: run_jobs.cancel(store, ADA, 4711),
    ):
        with pytest.raises(NotAllowed):
            refused()


def test_settings_that_exclude_each_other_are_told_before_anything_is_kept(store, corpus):
    with pytest.raises(ConfigError, match="needs a translator"):
        run_jobs.start(store, ADA, Order(corpus, GIVEN.updated({"pipeline": "translate-test"})))
    assert run_jobs.jobs(store, ADA) == []
