"""Backups hold what they say or are refused; a restore leaves the live store alone until the new one is whole."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import sqlite3

import pytest
from sqlalchemy import text

from tests.store_world import World, new_pair, projected
from xner.errors import ConfigError, StoreBusy, StoreFailed
from xner.store import backup_file, corpora, doctor
from xner.store.backup import backup, read_manifest, restore, verify
from xner.store.schema import newest
from xner.store.session import Store
from xner.store.tables_copy import hashes, n_rows


def content(url_or_store):
    store = url_or_store if isinstance(url_or_store, Store) else Store(url_or_store)
    with store.read() as session:
        found = hashes(session.connection())
    if store is not url_or_store:
        store.close()
    return found


def fill(store):
    world = World(store)
    one, two, _ = world.pairs
    world.project(projected(one, 0), projected(two, 1, status="failed"))
    world.append(one, world.ada, 1, world.token(one), history="[]", note="тест 🙂")
    world.append(one, world.ben, 1, "p0", client="client-b", note="mine")
    return world


@pytest.fixture
def world(store):
    return fill(store)


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_a_backup_restores_into_either_back_end_row_by_row(world, target, tmp_path, request):
    report = backup(world.store, tmp_path / "a.backup")
    before = content(world.store)
    assert report.manifest.hashes == before
    assert verify(report.path) == report.manifest
    if target == "sqlite":
        url = f"sqlite:///{tmp_path / 'else' / 'where.db'}"
    else:
        databases = request.getfixturevalue("databases")
        url = databases.url(databases.new(None))
    done = restore(report.path, url)
    assert (content(url), done.findings, done.kept) == (before, (), None)
    store = Store(url)
    assert doctor.check(store) == []
    world.store, pair = store, world.pairs[0]  # ids go on where they were
    assert world.append(pair, world.ada, 2, world.token(pair)).number == 2
    assert corpora.add_pairs(store, world.corpus, [new_pair(77)]).n_added == 1
    store.close()


def test_an_existing_file_is_never_overwritten_unasked(world, tmp_path):
    path = tmp_path / "a.backup"
    path.write_text("mine")
    with pytest.raises(ConfigError, match="there already"):
        backup(world.store, path)
    assert path.read_text() == "mine"
    backup(world.store, path, replace=True)
    verify(path)
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_a_store_that_is_there_is_replaced_only_when_told_and_kept(tmp_path):
    old, new = (Store(f"sqlite:///{tmp_path / name}") for name in ("old.db", "new.db"))
    fill(old)
    was, report = content(old), backup(new, tmp_path / "new.backup")
    old.close()
    with pytest.raises(ConfigError, match="There is a store"):
        restore(report.path, f"sqlite:///{tmp_path / 'old.db'}")
    done = restore(report.path, f"sqlite:///{tmp_path / 'old.db'}", replace=True)
    assert content(f"sqlite:///{tmp_path / 'old.db'}") == content(new) != was
    assert done.kept.name.startswith("old.db.before-restore-")
    assert content(f"sqlite:///{done.kept}") == was
    new.close()


def test_a_store_that_somebody_has_open_is_not_replaced(tmp_path):
    url = f"sqlite:///{tmp_path / 'x.db'}"
    store = Store(url)
    fill(store)
    report, before = backup(store, tmp_path / "a.backup"), content(store)
    with pytest.raises(StoreBusy, match="open"):
        restore(report.path, url, replace=True)
    assert content(store) == before
    assert not list(tmp_path.glob("*before-restore*"))
    store.close()


def test_a_damaged_store_is_moved_away_and_kept(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'good.db'}")
    fill(store)
    report = backup(store, tmp_path / "a.backup")
    live = tmp_path / "live.db"
    live.write_bytes(b"rubbish" * 1000)
    done = restore(report.path, f"sqlite:///{live}", replace=True)
    assert done.kept.read_bytes() == b"rubbish" * 1000
    assert content(f"sqlite:///{live}") == content(store)
    store.close()


def test_a_log_without_its_database_is_not_played_into_the_restored_one(tmp_path):
    live, other = tmp_path / "live.db", tmp_path / "other.db"
    store = Store(f"sqlite:///{other}")
    fill(store)
    (tmp_path / "live.db-wal").write_bytes((tmp_path / "other.db-wal").read_bytes())
    empty = Store(f"sqlite:///{tmp_path / 'empty.db'}")
    report = backup(empty, tmp_path / "a.backup")
    restore(report.path, f"sqlite:///{live}")
    assert content(f"sqlite:///{live}") == content(empty)
    store.close()
    empty.close()


def test_a_database_that_is_not_empty_is_not_restored_into(databases, tmp_path):
    url = databases.url(databases.new(None))
    store = Store(url)
    fill(store)
    report, before = backup(store, tmp_path / "a.backup"), content(store)
    for replace in (False, True):
        with pytest.raises(ConfigError, match="not empty"):
            restore(report.path, url, replace=replace)
    assert content(store) == before
    store.close()


def test_damage_is_restored_only_when_told(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    world = fill(store)
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE pair SET sha256 = 'x' WHERE place = 1"))
    report = backup(store, tmp_path / "a.backup")  # a backup of what is left is better than none
    target = tmp_path / "new.db"
    with pytest.raises(StoreFailed, match="pairs-unchanged"):
        restore(report.path, f"sqlite:///{target}")
    assert not target.exists()
    done = restore(report.path, f"sqlite:///{target}", accept_damage=True)
    assert [finding.name for finding in done.findings] == ["pairs-unchanged"]
    assert world.pairs
    store.close()


def test_a_run_that_was_going_on_is_no_obstacle(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    world = fill(store)
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE run SET state = 'running', heartbeat = '2001-01-01T00:00:00.000000Z'"))
    done = restore(backup(store, tmp_path / "a.backup").path, f"sqlite:///{tmp_path / 'new.db'}")
    assert [(finding.name, finding.weight) for finding in done.findings] == [("runs-alive", "untidy")]
    assert world.pairs
    store.close()


def test_the_database_comes_out_without_xner(world, tmp_path):
    path = backup(world.store, tmp_path / "a.backup").path
    lines = path.read_bytes().split(b"\n", 2)
    assert json.loads(lines[1])["rows"] == n_rows_of(world.store)
    (tmp_path / "plain.db").write_bytes(gzip.decompress(lines[2]))
    connection = sqlite3.connect(tmp_path / "plain.db")
    assert connection.execute("SELECT count(*) FROM pair").fetchone() == (3,)
    connection.close()


def n_rows_of(store):
    with store.read() as session:
        return n_rows(session.connection())


def forged(path, target, change):
    """Write a backup whose hash is right and whose database was changed."""
    database = target.with_suffix(".db")
    manifest = backup_file.unpack(path, database)
    connection = sqlite3.connect(database)
    change(connection)
    connection.commit()
    connection.close()
    backup_file.write(target, manifest, database)


def test_thirty_bad_files_are_refused_and_the_live_store_is_untouched(tmp_path):
    """T7: cut off, flipped, of a newer version, of somebody else, no backup at all."""
    url = f"sqlite:///{tmp_path / 'live.db'}"
    store = Store(url)
    fill(store)
    good = backup(store, tmp_path / "good.backup").path
    store.close()
    whole, rng = good.read_bytes(), random.Random(0)
    bad = {f"cut{k}": whole[:k] for k in (0, 1, 13, 14, 78, 79, 80, 300, len(whole) // 2, len(whole) - 1)}
    places = [0, 14, 77, 78, 79, 200, len(whole) - 1, *(rng.randrange(len(whole)) for _ in range(8))]
    for place in places:
        bad[f"flip{place}"] = whole[:place] + bytes([whole[place] ^ 1 << rng.randrange(8)]) + whole[place + 1 :]
    bad |= {"longer": whole + b"x", "text": b"xner backup 1 " + b"hello\n" * 50, "zero": bytes(5000)}
    bad["plain"] = (tmp_path / "live.db").read_bytes()
    bad["gzip"] = gzip.compress(b"hello")
    for name, made in bad.items():
        (tmp_path / f"{name}.bad").write_bytes(made)
    other = b"[]\n" + gzip.compress(b"")
    (tmp_path / "future.bad").write_bytes(
        b"xner backup 1 " + hashlib.sha256(other).hexdigest().encode() + b"\n" + other
    )
    forged(good, tmp_path / "newer.bad", lambda c: c.execute("UPDATE alembic_version SET version_num = '9999'"))
    forged(good, tmp_path / "rows.bad", lambda c: c.execute("DELETE FROM undo_stack"))
    forged(good, tmp_path / "value.bad", lambda c: c.execute("UPDATE revision SET note = 'other'"))
    forged(good, tmp_path / "trigger.bad", lambda c: c.execute(
        "CREATE TRIGGER t AFTER INSERT ON revision BEGIN DELETE FROM revision; END"))  # fmt: skip
    forged(good, tmp_path / "theirs.bad", lambda c: c.execute("DROP TABLE alembic_version"))
    before = (tmp_path / "live.db").read_bytes()
    files = sorted(tmp_path.glob("*.bad"))
    assert len(files) >= 30
    for path in [*files, tmp_path / "missing.bad", tmp_path]:
        with pytest.raises(StoreFailed):
            restore(path, url, replace=True)
        with pytest.raises(StoreFailed):
            verify(path)
    assert (tmp_path / "live.db").read_bytes() == before
    assert not list(tmp_path.glob("*before-restore*"))
    assert not list(tmp_path.glob(".*"))
    restore(good, url, replace=True)


def test_a_restore_that_ends_half_way_leaves_the_live_store(tmp_path, monkeypatch):
    from xner.store import swap

    url = f"sqlite:///{tmp_path / 'live.db'}"
    store = Store(url)
    fill(store)
    empty = Store(f"sqlite:///{tmp_path / 'empty.db'}")
    path, before = backup(empty, tmp_path / "a.backup").path, content(store)
    store.close()
    real = sqlite3.connect

    def connect(name, *args, **more):
        if str(name).endswith(".db") and ".live.db." in str(name) and os.path.exists(f"{tmp_path}/stop"):
            raise sqlite3.OperationalError("disk I/O error")
        found = real(name, *args, **more)
        if str(name).find("before-restore") >= 0:
            (tmp_path / "stop").touch()
        return found

    monkeypatch.setattr(swap.sqlite3, "connect", connect)
    with pytest.raises(StoreFailed):
        restore(path, url, replace=True)
    monkeypatch.undo()
    assert content(url) == before
    empty.close()


def test_an_older_manifest_is_read_from_the_first_lines(world, tmp_path):
    path = backup(world.store, tmp_path / "a.backup").path
    manifest = read_manifest(path)
    assert (manifest.rows["pair"], manifest.backend) == (3, world.store.url.get_backend_name())
    assert manifest.schema == newest()
