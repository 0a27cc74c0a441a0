"""The queue of jobs worked off by a thread of the test instead of a process; and jobs that others have left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from xner.config import RunConfig
from xner.services import job_launch, job_runner
from xner.store import jobs, runs
from xner.store.jobs import Owner
from xner.store.session import Store


@pytest.fixture
def in_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever the test starts is worked off in this process, so that it sees what the test has patched."""
    threads: list[threading.Thread] = []

    def launch(store: Store) -> None:
        threads.append(threading.Thread(target=job_runner.work_off_queue, args=(store,), kwargs={"apart": False}))
        threads[-1].start()

    monkeypatch.setattr(job_launch, "launch", launch)
    yield
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()


def leave(
    store: Store, corpus_id: int, config: RunConfig, *, host: str = "another-machine", pid: int = 1,
    state: str = "running", n_total: int = 3,
) -> int:  # fmt: skip
    """Return a job of another process, which may be gone."""

    def work(session) -> int:
        run_id = runs.begin(session, corpus_id, config.model_dump_json(), 1)
        jobs.put(
            session, run_id, Owner(host, pid), state=state, starts=("new", "failed"), langs=(), n_total=n_total
        )  # fmt: skip
        return run_id

    return store.write(work)
