"""kill -9 of workers, drivers and servers at random: what comes out in the end is what an undisturbed run makes.

``XNER_KILLS=60 pytest -m slow tests/unit/services/test_kills.py -n 0`` chooses how often.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import kills
from tests.kills import kill, wait_until, workers_of
from xner.config import RunConfig
from xner.io.json_lines import pair_from_record
from xner.services import corpora, run_corpus, run_jobs
from xner.services.identity import local_user
from xner.services.run_claims import is_alive
from xner.services.run_order import Order
from xner.store import jobs, runs
from xner.store.runs import Selection
from xner.store.session import Store, data_folder, open_store

ROOT = Path(__file__).resolve().parents[3]
ADA = local_user("Ada")
GIVEN = RunConfig().updated({"align.name": "given"})
SERVER = (
    "import sys\n"
    "from xner.services import run_jobs\n"
    "from xner.services.identity import local_user\n"
    "from xner.store.session import open_store\n"
    "run_jobs.go_on(open_store(), local_user('Ada'), int(sys.argv[1]))\n"
    "print('under way', flush=True)\n"
    "sys.stdin.read()\n"
)
N_KILLS = int(os.environ.get("XNER_KILLS", "60"))
pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the workers in /proc")
how_often = pytest.mark.parametrize(
    ("n_kills", "n_pairs"), [(2, 500), pytest.param(N_KILLS, 2500, marks=pytest.mark.slow)]
)


def project(source: Path, output: Path, workers: int) -> subprocess.Popen:
    command = [sys.executable, "-m", "xner", "project", source, "-o", output, "--set", "align.name=given", "--resume"]
    return subprocess.Popen([*command, f"--workers={workers}"], cwd=ROOT, stderr=subprocess.DEVNULL)


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def await_growth(path: Path, process: subprocess.Popen) -> None:
    before = size(path)
    assert wait_until(lambda: process.poll() is not None or size(path) != before)


@how_often
def test_a_file_is_the_same_however_often_its_drivers_and_workers_are_killed(tmp_path, n_kills, n_pairs):
    rng = random.Random(7)
    source = kills.write_records(tmp_path / "in.jsonl", n_pairs)
    assert project(source, tmp_path / "whole.jsonl", 1).wait(kills.WAIT_S) == 1  # some sentences fail
    whole = (tmp_path / "whole.jsonl").read_bytes()
    killed, n_files = {"driver": 0, "worker": 0}, 0
    while sum(killed.values()) < n_kills or not n_files:
        output = tmp_path / f"out-{n_files}.jsonl"
        partial, process = Path(f"{output}.partial"), project(source, output, rng.choice((2, 3)))
        while sum(killed.values()) < n_kills:
            await_growth(partial, process)
            time.sleep(rng.uniform(0, 0.1))
            victims = [("driver", process.pid), *(("worker", pid) for pid in workers_of(process.pid))]
            who, pid = rng.choice(victims)
            if process.poll() is not None:
                break
            killed[who] += kill(pid)
            if who == "driver":
                break
        process.wait(kills.WAIT_S)
        if output.exists():
            n_files += 1
            assert output.read_bytes() == whole
    print(killed, "in", n_files, "files")


def made(store: Store, corpus_id: int) -> list[str]:
    return list(run_corpus.stored_lines(store, ADA, corpus_id))


def doubled(store: Store, run_id: int, n_pairs: int) -> bool:
    with store.read() as session:
        return runs.counts(session, run_id).total() != n_pairs


@how_often
def test_a_job_is_the_same_however_often_its_server_its_process_and_its_workers_are_killed(
    n_kills, n_pairs, monkeypatch
):
    monkeypatch.setenv("XNER_DATA", str(data_folder()))
    store, rng = open_store(), random.Random(11)
    pairs = [pair_from_record(kills.record(k)) for k in range(n_pairs)]
    ids = [corpora.create(store, ADA, name) for name in ("Undisturbed", "Disturbed")]
    for corpus_id in ids:
        corpora.add(store, ADA, corpus_id, pairs)
    calm = run_jobs.start(store, ADA, Order(ids[0], GIVEN))
    assert run_jobs.wait(store, calm, kills.WAIT_S)
    run_id = run_jobs.start(store, ADA, Order(ids[1], GIVEN))
    killed = {"server": 0, "runner": 0, "worker": 0}

    def row():
        with store.read() as session:
            return jobs.job(session, run_id)

    while row().state != "done":  # a process that was killed may take a moment to be gone
        if sum(killed.values()) >= n_kills:
            if not run_jobs.live_over(store, ADA, ids[1]):
                run_jobs.go_on(store, ADA, run_id)
            assert run_jobs.wait(store, run_id, kills.WAIT_S)
            continue
        before = row().n_ok
        if run_jobs.live_over(store, ADA, ids[1]) is None:
            server = subprocess.Popen(
                [sys.executable, "-c", SERVER, str(run_id)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            assert server.stdout.readline() == b"under way\n"
            if rng.random() < 0.5:
                killed["server"] += kill(server.pid)
            server.communicate()
        assert wait_until(lambda before=before: not is_alive(row()) or row().n_ok > before), row()
        time.sleep(rng.uniform(0, 0.2))
        found = row()
        who, pid = rng.choice([("runner", found.pid), *(("worker", pid) for pid in workers_of(found.pid))])
        if found.state == "running" and found.pid != os.getpid():
            killed[who] += kill(pid)
            time.sleep(0.05)
    print(killed)
    assert sum(killed.values()) >= min(n_kills, 2)
    assert not doubled(store, run_id, n_pairs)
    assert made(store, ids[1]) == made(store, ids[0])
    found = row()
    assert (found.n_ok + found.n_failed, found.n_failed) == (n_pairs, len(range(7, n_pairs, 50)))
    with store.read() as session:
        assert runs.n_todo(session, Selection(ids[1], ("new",))) == 0
