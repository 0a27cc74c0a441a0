"""Runs in the background: they end, stop, are gone on with, and never two are over one corpus."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.stored_pairs import GIVEN, PAIR
from xner.errors import ConfigError, InputError, ModelUnavailable, NotAllowed, StoreBusy
from xner.pipeline import Pipeline
from xner.services import corpora, project_corpus, run_claims, run_jobs
from xner.services.identity import Role, User, local_user
from xner.services.run_jobs import Job
from xner.services.run_order import Kept, Order, read, written
from xner.services.stage_times import TimedPipeline
from xner.store import runs
from xner.store.session import Store, open_store
from xner.types import SentencePair

ADA, WAIT_S = local_user("Ada"), 30


def numbered(n: int, *, without_links: tuple[int, ...] = ()) -> list[SentencePair]:
    return [replace(PAIR, id=f"p{k}", alignment=None if k in without_links else PAIR.alignment) for k in range(n)]


@pytest.fixture
def store() -> Store:
    return open_store()


@pytest.fixture
def corpus(store: Store, monkeypatch: pytest.MonkeyPatch) -> int:
    """Five pairs of which the third has no links, in batches of two."""
    monkeypatch.setattr(run_jobs, "BATCH_SIZE", 2)
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
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    found, align = Gate(), Pipeline.align
    monkeypatch.setattr(Pipeline, "align", lambda pipeline, pairs: found.hold(pipeline, pairs, align))
    yield found
    found.open()
    for work in list(run_jobs._work.values()):
        assert work.ended.wait(WAIT_S)


def job(store: Store, run_id: int, user: User = ADA) -> Job:
    return next(found for found in run_jobs.jobs(store, user) if found.run_id == run_id)


def run_to_end(store: Store, order: Order) -> Job:
    run_id = run_jobs.start(store, ADA, order)
    assert run_jobs.wait(store, run_id, WAIT_S)
    return job(store, run_id)


def test_a_run_goes_to_its_end_and_a_pair_that_fails_stops_nobody(store, corpus):
    done = run_to_end(store, Order(corpus, GIVEN))
    assert (done.state, done.n_ok, done.n_failed, done.n_done, done.n_total) == ("finished", 4, 1, 5, 5)
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
    assert (seen.state, seen.n_done, seen.n_total, seen.by, seen.stage) == ("running", 2, 5, "Ada", "align")
    assert seen.rate > 0
    assert seen.seconds_left > 0
    assert run_jobs.jobs(store, User("x", "Stranger")) == []


def test_a_cancelled_run_stops_after_its_batch_keeps_what_is_stored_and_can_go_on(store, corpus, gate):
    run_id = run_jobs.start(store, ADA, Order(corpus, GIVEN))
    gate.await_batch()
    run_jobs.cancel(store, ADA, run_id)
    assert job(store, run_id).is_stopping
    gate.open()
    assert run_jobs.wait(store, run_id, WAIT_S)
    stopped = job(store, run_id)
    assert (stopped.state, stopped.n_done, stopped.kept.stopped_by) == ("interrupted", 2, "Ada")
    run_jobs.go_on(store, ADA, run_id)
    assert run_jobs.wait(store, run_id, WAIT_S)
    done = job(store, run_id)
    assert (done.state, done.n_ok, done.n_failed, done.n_total, done.kept.stopped_by) == ("finished", 4, 1, 5, "")


def test_after_a_restart_a_run_is_interrupted_and_the_rest_is_done_once(store, corpus, monkeypatch):
    kept = Kept(("new", "failed"), n_total=5, host=run_claims.socket.gethostname(), pid=2**22 + 1)
    dead = store.write(lambda session: runs.begin(session, corpus, written(GIVEN, kept), 1))
    with store.read() as session:
        rows = runs.todo(session, runs.Selection(corpus, ("new",)), dead, limit=2)
    pipeline = Pipeline(GIVEN)
    project_corpus.project_batch(store, corpus, pipeline, rows, project_corpus.CorpusRun(dead))
    assert (job(store, dead).state, job(store, dead).n_done) == ("interrupted", 2)
    run_jobs.go_on(store, ADA, dead)
    assert run_jobs.wait(store, dead, WAIT_S)
    assert (job(store, dead).state, job(store, dead).n_ok, job(store, dead).n_failed) == ("finished", 4, 1)


def test_a_dead_run_keeps_nobody_from_starting_another(store, corpus):
    kept = Kept(("new",), host=run_claims.socket.gethostname(), pid=2**22 + 1)
    dead = store.write(lambda session: runs.begin(session, corpus, written(GIVEN, kept), 1))
    assert run_to_end(store, Order(corpus, GIVEN)).state == "finished"
    with store.read() as session:
        assert runs.run(session, dead).state == "interrupted"


def test_a_run_of_another_server_is_alive_as_long_as_it_gives_signs(store, corpus, monkeypatch):
    kept = Kept(("new",), host="another-machine", pid=1)
    other = store.write(lambda session: runs.begin(session, corpus, written(GIVEN, kept), 1))
    assert job(store, other).state == "elsewhere"
    with pytest.raises(StoreBusy, match="projected already"):
        run_jobs.start(store, ADA, Order(corpus, GIVEN))
    with pytest.raises(InputError, match="Another server"):
        run_jobs.cancel(store, ADA, other)
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
    assert (job(store, second).state, job(store, second).ahead) == ("waiting", 1)
    gate.open()
    assert run_jobs.wait(store, second, WAIT_S)
    assert (job(store, first).state, job(store, second).state) == ("finished", "finished")


def test_a_waiting_run_that_is_cancelled_projects_nothing(store, corpus, gate):
    run_jobs.start(store, ADA, Order(made(store, "Other", numbered(1)), GIVEN))
    gate.await_batch()
    waiting = run_jobs.start(store, ADA, Order(corpus, GIVEN))
    run_jobs.cancel(store, ADA, waiting)
    gate.open()
    assert run_jobs.wait(store, waiting, WAIT_S)
    assert (job(store, waiting).state, job(store, waiting).n_done) == ("interrupted", 0)


def test_a_missing_model_ends_the_run_with_its_words_and_stores_no_result(store, corpus, monkeypatch):
    def refuse(_pipeline):
        raise ModelUnavailable("No such model.", "Get it.")

    monkeypatch.setattr(TimedPipeline, "check_models", refuse)
    ended = run_to_end(store, Order(corpus, GIVEN))
    assert (ended.state, ended.n_done, ended.kept.problem) == ("interrupted", 0, ("MODEL", "No such model.", "Get it."))


def test_what_nobody_foresaw_ends_the_run_with_a_code_and_the_next_one_runs(store, corpus, monkeypatch, caplog):
    def fail(*_args):
        raise RuntimeError("boom")

    with monkeypatch.context() as patched:
        patched.setattr(run_jobs, "project_batch", fail)
        ended = run_to_end(store, Order(corpus, GIVEN))
    assert ended.kept.problem[0].startswith("UNEXPECTED-")
    assert ended.kept.problem[0] in caplog.text
    assert run_to_end(store, Order(corpus, GIVEN)).state == "finished"


def test_only_failed_sentences_are_run_again(store, corpus):
    run_to_end(store, Order(corpus, GIVEN))
    again = run_to_end(store, Order(corpus, GIVEN, starts=("failed",)))
    assert (again.n_total, again.n_failed) == (1, 1)
    with pytest.raises(InputError, match="No sentence"):
        run_jobs.start(store, ADA, Order(corpus, GIVEN, starts=("new",)))


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


def test_the_order_comes_back_from_the_store_as_it_went_in():
    config = GIVEN.updated({"match.preset": "nodalida2025", "score.weights.soft": 0.5})
    kept = Kept(("new",), ("de",), 7, "h", 1, {"x": 2}, ("CODE", "words", "hint"), "Ada")
    settings, again = read(written(config, kept))
    assert (type(config).model_validate(settings), again) == (config, kept)
