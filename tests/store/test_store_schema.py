"""The schema: what migrations build is what the tables say; others' databases and newer stores are refused."""

from __future__ import annotations

import multiprocessing
import signal
import sqlite3
import threading
import time

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from xner.errors import ConfigError, StoreFailed
from xner.store import doctor
from xner.store.schema import newest, schema_of
from xner.store.session import Store, forget_store, open_store, parsed_url
from xner.store.tables import Base


def plain_engine(url):
    return create_engine(parsed_url(url))


def run(url, *statements):
    engine = plain_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_migrations_build_exactly_the_tables_of_the_code(store):
    with store.read() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, Base.metadata) == []


def test_a_store_of_a_newer_version_is_refused_and_left_alone(store_url):
    run(store_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreFailed, match="newer version"):
        Store(store_url)
    engine = plain_engine(store_url)
    with engine.connect() as connection:
        assert schema_of(connection) == "9999"
    engine.dispose()


def test_a_database_of_somebody_else_is_refused_and_left_alone(empty_url):
    run(empty_url, "CREATE TABLE theirs (x INTEGER)")
    with pytest.raises(StoreFailed, match="not xner's"):
        Store(empty_url)
    engine = plain_engine(empty_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM theirs")) == 0
        assert schema_of(connection) is None
    engine.dispose()


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "x.db"
    path.write_bytes(b"no database " * 1000)
    with pytest.raises(StoreFailed, match="damaged"):
        Store(f"sqlite:///{path}")
    assert path.read_bytes() == b"no database " * 1000


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite3:///x"])
def test_an_address_that_is_no_store_is_named(url):
    with pytest.raises(ConfigError):
        Store(url)


def test_every_failure_in_a_migration_leaves_nothing_of_it(empty_url, monkeypatch):
    from sqlalchemy.engine.default import DefaultDialect

    real, left = DefaultDialect.do_execute, [0]

    def failing(self, cursor, statement, parameters, context=None):
        left[0] -= 1
        if left[0] == 0:
            raise MemoryError
        return real(self, cursor, statement, parameters, context)

    monkeypatch.setattr(DefaultDialect, "do_execute", failing)
    n_statements = 0
    for step in range(4, 200, 7):
        left[0] = step
        try:
            Store(empty_url).close()
        except MemoryError:
            n_statements += 1
            engine = plain_engine(empty_url)
            with engine.connect() as connection:
                left[0] = 0
                assert schema_of(connection) is None
            engine.dispose()
        else:
            break
    left[0] = 0
    whole = Store(empty_url)
    assert n_statements > 3
    assert doctor.check(whole) == []
    whole.close()


def stop_within(url, n_statements, sender):
    """Begin to make a store, say so after some statements of the migration, and go no further."""
    from sqlalchemy.engine.default import DefaultDialect

    real, left = DefaultDialect.do_execute, [n_statements]

    def stopping(self, cursor, statement, parameters, context=None):
        real(self, cursor, statement, parameters, context)
        left[0] -= 1
        if left[0] == 0:
            sender.send(True)
            threading.Event().wait()

    DefaultDialect.do_execute = stopping
    Store(url).close()


def test_a_migration_that_was_killed_is_done_by_the_next_start(empty_url):
    """T8: kill -9 at several moments of one process's migration; another start brings the same database to the end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["xner.store.schema", "xner.store.doctor"])
    for n_statements in (4, 11, 25):
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=stop_within, args=(empty_url, n_statements, sender))
        process.start()
        assert receiver.poll(60)
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        engine = plain_engine(empty_url)
        with engine.connect() as connection:
            assert schema_of(connection) is None  # it was in the middle, and nothing of it is left
        engine.dispose()
    store = Store(empty_url)
    with store.read() as session:
        assert schema_of(session.connection()) == newest()
    assert doctor.check(store) == []
    store.close()


def test_opening_a_ready_store_waits_for_no_writer(tmp_path):
    url = f"sqlite:///{tmp_path / 'x.db'}"
    Store(url).close()
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    start = time.monotonic()
    Store(url).close()
    assert time.monotonic() - start < 2
    other.close()


def test_one_process_opens_an_address_once_until_it_is_forgotten(store_url):
    first = open_store(store_url)
    assert open_store(store_url) is first
    forget_store(store_url)
    assert open_store(store_url) is not first
    forget_store(store_url)


def test_sqlite_keeps_its_promises_on_every_connection(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    with store.read() as session:
        settings = {
            name: session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    store.close()
