"""Batches in other processes: the same results whoever makes them, and no worker's end takes more than its culprit."""

from __future__ import annotations

import time

import pytest

from tests.engine_work import Squares
from xner.engine.local import Failure
from xner.engine.plan import Plan, batches
from xner.engine.schedule import Schedule
from xner.engine.workers import map_batches
from xner.errors import ConfigError, ModelUnavailable


def made(work, n=20, size=4, workers=2):
    found = list(map_batches(work, batches(range(n), size), Plan.of(workers, cores=2)))
    assert [batch for batch, _ in found] == list(batches(range(n), size))
    return [result for _, results in found for result in results]


def test_a_killed_worker_is_replaced_and_its_batch_done_again(tmp_path):
    assert made(Squares(once=(5, tmp_path / "killed"))) == [k * k for k in range(20)]
    assert (tmp_path / "killed").exists()


def test_a_sentence_that_kills_every_worker_fails_alone_with_the_reason():
    results = made(Squares(poison=6, bad=13))
    assert [k for k, result in enumerate(results) if isinstance(result, Failure)] == [6, 13]
    assert "killed by SIGKILL" in results[6].reason
    assert results[13].reason == "UNEXPECTED: ValueError: not this one"
    assert [r for r in results if not isinstance(r, Failure)] == [k * k for k in range(20) if k not in (6, 13)]


def test_what_no_worker_can_begin_without_ends_the_run():
    with pytest.raises(ModelUnavailable, match="No such model") as told:
        made(Squares(lacks_model=True))
    assert told.value.hint == "Get it."
    with pytest.raises(ConfigError, match="exit code 3"):
        made(Squares(is_stillborn=True))


def test_who_stops_does_not_wait_for_the_batch_that_is_worked_on():
    begun = time.monotonic()
    stops = lambda: time.monotonic() > begun + 2.0  # noqa: E731
    slow = map_batches(Squares(pause_s=60.0), batches(range(9), 3), Plan.of(1, cores=1), stops=stops)
    assert list(slow) == []
    assert time.monotonic() - begun < 20


def test_no_more_than_the_window_is_read_ahead_and_results_keep_the_order():
    read = []

    def planned():
        for k in range(9):
            read.append(k)
            yield [k]

    schedule = Schedule(planned(), window=3)
    tasks = [schedule.take() for _ in range(5)]
    assert (read, tasks[3:]) == ([0, 1, 2], [None, None])
    schedule.done(tasks[2], ["c"])
    schedule.done(tasks[1], ["b"])
    assert list(schedule.ready()) == []
    schedule.done(tasks[0], ["a"])
    assert list(schedule.ready()) == [([0], ["a"]), ([1], ["b"]), ([2], ["c"])]
    assert not schedule.is_finished


def test_long_sentences_come_in_smaller_batches_that_no_worker_count_changes():
    assert list(batches([5, 5, 1, 9, 1, 1, 1], 3, weigh=int, limit=10)) == [[5, 5], [1, 9], [1, 1, 1]]
