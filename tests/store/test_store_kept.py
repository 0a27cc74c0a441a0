"""Nothing that was acknowledged is lost: many writers at once, processes killed, backups under writes (T1, T3, T7)."""

from __future__ import annotations

import pytest

from xner.bench.store import backup_under_writes, kills, lost_update
from xner.store.session import Store, parsed_url


def is_server(url):
    return parsed_url(url).get_backend_name() != "sqlite"


def check_lost_update(figures, n_saves):
    assert figures["acknowledged"] == figures["revisions"] == 8 * n_saves
    assert figures["missing"] == figures["overwritten"] == figures["locked"] == figures["findings"] == 0
    assert figures["conflicts"] == figures["conflicts kept"] > 0


def test_eight_processes_on_one_document_lose_no_update(store_url):
    check_lost_update(lost_update(store_url, n_processes=8, n_saves=10), 10)


@pytest.mark.slow
def test_eight_processes_with_250_edits_each_lose_no_update(store_url):
    check_lost_update(lost_update(store_url, n_processes=8, n_saves=250, think_s=0.1), 250)


def check_kills(figures, n_cycles):
    assert figures["cycles"] == n_cycles
    assert figures["acknowledged"] > 0
    assert figures["missing"] == figures["half migrated"] == figures["findings"] == 0


@pytest.mark.parametrize("seed", range(4))
def test_kill_9_loses_nothing_that_was_acknowledged(store_url, tmp_path, seed):
    url = store_url if is_server(store_url) else None
    check_kills(kills(tmp_path, n_cycles=10, seed=seed, url=url), 10)


@pytest.mark.slow
def test_200_times_kill_9_loses_nothing_that_was_acknowledged(store_url, tmp_path):
    url = store_url if is_server(store_url) else None
    check_kills(kills(tmp_path, n_cycles=200, seed=99, url=url), 200)


def check_backups(figures, n_backups):
    assert figures["backups"] == n_backups
    assert figures["acknowledged before"] == figures["found"] > 0
    assert figures["missing"] == figures["findings"] == 0


def test_a_backup_holds_all_that_was_acknowledged_before_it_began(store_url, tmp_path):
    check_backups(backup_under_writes(tmp_path, store_url, n_backups=3), 3)


@pytest.mark.slow
def test_20_backups_under_writes_hold_all_that_was_acknowledged(store_url, tmp_path):
    check_backups(backup_under_writes(tmp_path, store_url, n_backups=20), 20)


def test_a_copy_of_the_main_file_alone_is_no_backup(tmp_path):
    """Why there is a command for it: what is in the write-ahead log is missing from a plain copy."""
    import shutil
    import sqlite3

    from xner.bench.store_writers import make_corpus

    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    make_corpus(store, "one", 50)
    shutil.copy(tmp_path / "x.db", tmp_path / "copy.db")
    connection = sqlite3.connect(tmp_path / "copy.db")
    try:
        n_pairs = connection.execute("SELECT count(*) FROM pair").fetchone()[0]
    except sqlite3.DatabaseError:
        n_pairs = 0
    connection.close()
    store.close()
    assert n_pairs < 50
