"""What happens when things fail: every call in turn, a full disk, a foreign lock, a server that goes away (T4–T6)."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import subprocess
import threading
import time

import pytest
from sqlalchemy import event

from tests.store_world import LABELS, World, new_pair, payload, projected, revised
from xner.errors import StoreBusy, StoreFailed, XnerError
from xner.store import corpora, doctor, people, revisions
from xner.store.revisions import Saved
from xner.store.rows import OWN
from xner.store.session import Store
from xner.store.tables_copy import hashes


def content(store):
    with store.read() as session:
        found = hashes(session.connection())
    return found


class Failing:
    """Lets the n-th call of the driver fail: before it runs, or after a commit, when only its answer is lost."""

    def __init__(self, store, monkeypatch):
        self.left, self.error, self.after_commit, self.count = None, None, False, 0
        dialect = store._engine.dialect
        for name in ("do_execute", "do_executemany", "do_commit"):
            monkeypatch.setattr(dialect, name, self._wrapped(name, getattr(dialect, name)))

    def _wrapped(self, name, real):
        def call(*args, **more):
            self.count += 1
            due = self.left is not None and self.count == self.left
            if due and not (self.after_commit and name == "do_commit"):
                raise self.error
            result = real(*args, **more)
            if due:
                raise self.error
            return result

        return call

    def at(self, n, error, *, after_commit=False):
        self.left, self.error, self.after_commit, self.count = n, error, after_commit, 0

    def never(self):
        self.left, self.count = None, 0


def driver_error(store):
    if store.is_sqlite:
        return sqlite3.OperationalError("disk I/O error")
    import psycopg

    return psycopg.errors.IoError("could not write block")


def save(world):
    one = world.pairs[0]
    return world.append(one, world.ada, 1, "p0", client="client-t4", history="[]", track=OWN)


def refuse(world):
    return world.append(world.pairs[1], world.ben, 1, "p999", client="client-t4", note="late")


OPERATIONS = {
    "save": save,
    "refuse": refuse,
    "import": lambda w: corpora.add_pairs(w.store, w.corpus, [new_pair(k) for k in range(50, 55)]),
    "project": lambda w: w.project(projected(w.pairs[2], 2)),
    "corpus": lambda w: w.store.write(lambda s: corpora.create_corpus(s, "New", LABELS, "shared", w.ada)),
    "person": lambda w: w.store.write(lambda s: people.person_id(s, "local:new", "New")),
    "grant": lambda w: w.store.write(lambda s: people.grant(s, w.ada, w.corpus, "admin")),
    "archive": lambda w: w.store.write(lambda s: corpora.archive_pair(s, w.pairs[0], archived=True)),
}
IN_STEPS = {"project"}
"""Operations of several transactions, each of which is whole or not there; the doctor looks at the end."""


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("kind", ["driver", "memory"])
def test_every_call_that_fails_leaves_the_old_state_or_the_new(store, monkeypatch, name, kind):
    """T4."""
    world = World(store)
    failing = Failing(store, monkeypatch)
    n_failed = 0
    expected = StoreFailed if kind == "driver" else MemoryError
    before = content(store)
    for n in range(1, 200):
        failing.at(n, driver_error(store) if kind == "driver" else MemoryError())
        outcome = outcome_of(OPERATIONS[name], world)
        failing.never()
        after = content(store)
        if outcome is None:
            assert after != before  # no false "saved": without a failure it is there
            break
        assert type(outcome) is expected
        assert after == before or name in IN_STEPS
        n_failed += 1
    assert n_failed >= 3
    assert doctor.check(store) == []


def outcome_of(operation, world):
    try:
        operation(world)
    except (XnerError, MemoryError) as error:
        return error
    return None


def test_an_answer_that_got_lost_after_the_commit_is_given_again(store, monkeypatch):
    world = World(store)
    failing = Failing(store, monkeypatch)
    failing.never()
    world.append(world.pairs[1], world.ada, 1, "p0", client="client-t4", history="[]")
    failing.at(failing.count, MemoryError(), after_commit=True)
    with pytest.raises(MemoryError):
        save(world)
    failing.never()
    assert save(world) == Saved(1, 1, is_new=False)
    assert doctor.check(store) == []


def test_passing_failures_are_tried_again(store, monkeypatch):
    world = World(store)
    failing = Failing(store, monkeypatch)
    if store.is_sqlite:
        passing = sqlite3.OperationalError("database is locked")
    else:
        import psycopg

        passing = psycopg.errors.SerializationFailure("could not serialize access")
    for n in (1, 4, 9):
        failing.at(n, passing)
        assert world.append(world.pairs[0], world.ada, n, "p0").is_new
    failing.never()
    assert len(world.read(revisions.history, world.pairs[0])) == 3


def test_a_full_disk_is_said_and_nothing_acknowledged_is_lost(tmp_path):
    """T5: the file may not grow; then it may again."""
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    limit = [0]

    @event.listens_for(store._engine, "checkout")
    def bound(connection, *_):
        if limit[0]:
            connection.execute(f"PRAGMA max_page_count={limit[0]}")

    world = World(store)
    with store.read() as session:
        n_pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
    for round_ in range(3):
        limit[0] = n_pages + 5 * (round_ + 1)
        check_until_full(world)
    limit[0] = 1_000_000
    assert world.append(world.pairs[1], world.ada, 100_000, "p0", client="after").is_new
    assert doctor.check(store) == []
    store.close()


def check_until_full(world):
    one, done = world.pairs[0], []
    while (saved := outcome_of(lambda w: done.append(save_more(w, one)), world)) is None:
        assert len(done) < 2000
    assert isinstance(saved, StoreFailed)
    assert "no room left" in str(saved)
    assert "safe" in saved.hint
    stored = {row.number for row in world.read(revisions.history, one)}
    assert set(done) <= stored
    assert doctor.check(world.store) == []


def save_more(world, pair_id):
    client = secrets.token_hex(8)
    token = world.token(pair_id, client)
    return world.append(pair_id, world.ada, 1, token, client=client, note="n" * 3000).number


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting takes root")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True)
    if made.returncode:
        pytest.skip(f"mounting is not possible here: {made.stderr.decode(errors='replace').strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_is_really_full_is_said_and_works_again_after(small_disk, tmp_path):
    """T5 on a file system of 1 MiB: saves, and a backup that finds no room."""
    from xner.store.backup import backup

    store = Store(f"sqlite:///{small_disk / 'x.db'}")
    world = World(store)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(300_000))
    check_until_full(world)
    with pytest.raises(StoreFailed):
        backup(store, small_disk / "a.backup")
    assert sorted(path.name for path in small_disk.iterdir() if path.name.startswith(".")) == []
    ballast.unlink()
    assert world.append(world.pairs[1], world.ada, 100_000, "p0", client="after").is_new
    assert doctor.check(store) == []
    backup(store, tmp_path / "elsewhere.backup")
    store.close()


class ForeignLock:
    """Another program that holds the store for a while."""

    def __init__(self, store, pair_id):
        self.store, self.pair_id = store, pair_id
        if store.is_sqlite:
            self.connection = sqlite3.connect(store.path, isolation_level=None, check_same_thread=False)
            self.connection.execute("BEGIN IMMEDIATE")
        else:
            import psycopg

            self.connection = psycopg.connect(store.url.set(drivername="postgresql").render_as_string())
            self.connection.execute("SELECT * FROM pair WHERE id = %s FOR UPDATE", [pair_id])

    def release(self):
        self.connection.rollback()
        self.connection.close()


@pytest.mark.parametrize("held_s", [0.5, 4.0])
def test_a_save_waits_for_a_foreign_writer(store, held_s):
    """T6."""
    world = World(store)
    lock = ForeignLock(store, world.pairs[0])
    timer = threading.Timer(held_s, lock.release)
    start = time.monotonic()
    timer.start()
    assert save(world) == Saved(1, 1, is_new=True)
    assert time.monotonic() - start >= held_s - 0.1
    timer.join()


def test_a_save_that_waited_five_seconds_says_so_and_succeeds_after(store):
    """T6: a lock held longer than anybody waits."""
    world = World(store)
    lock = ForeignLock(store, world.pairs[0])
    before, start = content(store), time.monotonic()
    with pytest.raises(StoreBusy, match="Another program"):
        save(world)
    assert 4.5 < time.monotonic() - start < 8  # 6 on a machine of our own
    assert content(store) == before
    lock.release()
    assert save(world) == Saved(1, 1, is_new=True)


def test_a_server_that_restarts_in_the_middle_of_a_save_loses_nothing(own_server):
    """T6: the connection breaks after the change and before the commit."""
    store = Store(own_server.url("postgres"))
    world = World(store)
    restarts = []

    def work(session):
        saved = revisions.append(session, revised(world.pairs[0], world.ada, 1, "p0"))
        if not restarts:
            restarts.append(own_server.stop())
            own_server.start()
        return saved

    assert store.write(work) == Saved(1, 1, is_new=True)
    assert len(world.read(revisions.history, world.pairs[0])) == 1
    assert doctor.check(store) == []
    store.close()


def test_a_server_that_is_away_is_said_and_works_again_after(own_server):
    store = Store(own_server.url("postgres"))
    world = World(store)
    own_server.stop()
    start = time.monotonic()
    with pytest.raises(StoreBusy, match="does not answer"):
        save(world)
    assert time.monotonic() - start < 8
    own_server.start()
    assert save(world) == Saved(1, 1, is_new=True)
    assert world.read(revisions.revision, world.pairs[0], OWN, 1).payload == payload()
    store.close()


def test_a_folder_that_can_not_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreFailed, match="can't be made"):
        Store(f"sqlite:///{tmp_path / 'file' / 'x.db'}")
