"""kill -9 of a real server while a run goes on and somebody looks: what comes out is what an undisturbed run makes.

``XNER_KILLS=60 pytest -m slow tests/e2e/test_server_kills.py -n 0`` chooses how often.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import kills
from tests.background_jobs import leave
from tests.e2e.conftest import _free_port, start_server
from tests.kills import kill, wait_until
from tests.stored_pairs import GIVEN
from xner.io.json_lines import pair_from_record
from xner.services import corpora, run_corpus, run_jobs
from xner.services.export_silver import Request, export
from xner.services.identity import local_user
from xner.services.run_claims import is_alive
from xner.services.run_order import Order
from xner.store import jobs
from xner.store.session import Store

ADA = local_user("Ada")
N_PAIRS = 2500
N_KILLS = int(os.environ.get("XNER_KILLS", "20"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds processes in /proc"),
]


class Server:
    """A server on one port, which is killed and comes back."""

    def __init__(self, log: Path) -> None:
        self.log, self.port = log, _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def come_back(self) -> None:
        if self._process is None:
            self._process = start_server(self.log, "app.py", self.port)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path / "log.txt")
    yield made
    made.kill()


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("XNER_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    opened = Store(f"sqlite:///{tmp_path / 'data' / 'xner.db'}")
    yield opened
    opened.close()


def filled(store: Store, name: str) -> int:
    corpus_id = corpora.create(store, ADA, name)
    corpora.add(store, ADA, corpus_id, [pair_from_record(kills.record(k)) for k in range(N_PAIRS)])
    return corpus_id


def newest(store: Store, corpus_id: int) -> jobs.JobRow:
    with store.read() as session:
        return jobs.latest(session, [corpus_id], 1)[0]


def made(store: Store, corpus_id: int, folder: Path) -> tuple[str, bytes]:
    """Return all records with their projections, and what the Export page offers."""
    file = folder / f"{corpus_id}.jsonl"
    assert export(store, ADA, corpus_id, Request("jsonl"), file).counts.n_exported > N_PAIRS // 2
    return "".join(run_corpus.stored_lines(store, ADA, corpus_id)), file.read_bytes()


def waits_in_vain(store: Store, corpus_id: int) -> bool:
    """Tell whether a run is in the queue and its server was killed before it could start who works the queue off."""
    row = newest(store, corpus_id)
    return row.state == "queued" and is_alive(row)


def resume_once(page) -> None:
    """Let a run go on, unless it does: the page of before connects again by itself, and brings its last click along."""
    resume, cancel = (page.get_by_role("button", name=name) for name in ("Resume", "Cancel"))
    resume.or_(cancel).or_(page.get_by_text("✓ finished")).first.wait_for()
    if resume.count():
        resume.click()


def look(page, server, corpus_id, rng) -> None:
    """Open some page, and don't wait for it."""
    where = {"corpus": f"?corpus={corpus_id}"}
    path = rng.choice(("run{corpus}", "correct{corpus}", "inspect{corpus}", "export{corpus}", "")).format(**where)
    page.goto(f"{server.address}/{path}", wait_until="commit")


def test_a_run_is_the_same_however_often_the_server_is_killed_while_somebody_looks(
    page, server, store, settled, named, tmp_path
):
    rng, killed = random.Random(5), Counter()
    calm = filled(store, "Undisturbed")
    assert run_jobs.wait(store, run_jobs.start(store, ADA, Order(calm, GIVEN)), kills.WAIT_S)
    whole = made(store, calm, tmp_path)
    n_corpora = 0
    while killed.total() < N_KILLS:
        n_corpora += 1
        corpus_id = filled(store, f"Disturbed {n_corpora}")
        run_id = leave(store, corpus_id, GIVEN, state="interrupted", n_total=N_PAIRS)
        while newest(store, corpus_id).state != "done":
            server.come_back()
            found = newest(store, corpus_id)
            if found.state == "done":
                break
            is_told = not is_alive(found)
            if is_told:
                page.goto(f"{server.address}/run?corpus={corpus_id}")
                named(page)
                settled(page)
                resume_once(page)
            else:
                look(page, server, corpus_id, rng)
            if killed.total() >= N_KILLS:
                assert run_jobs.wait(store, run_id, kills.WAIT_S)
                continue
            time.sleep(rng.uniform(0, 0.4 if is_told else 1.5))
            server.kill()
            killed["server, just told to begin" if is_told else "server, while it shows a page"] += 1
            found = newest(store, corpus_id)
            if found.state == "running" and rng.random() < 0.5:
                killed["job"] += kill(found.pid)
            assert wait_until(lambda corpus_id=corpus_id: not waits_in_vain(store, corpus_id))
        assert made(store, corpus_id, tmp_path) == whole
        assert page.broken == []
    print(dict(killed), "over", n_corpora, "corpora")
    server.come_back()
    page.goto(f"{server.address}/run?corpus={calm}")
    expect(page.get_by_text("✓ finished").first).to_be_visible()
    assert page.outside == []
