"""A store of schema 0004 with data in it: brought to the lists of today, or left as it was."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import MetaData, create_engine, insert, select, text

from tests.store_world import World, projected
from xner.store import corpora, doctor
from xner.store.schema import _config, newest, schema_of
from xner.store.session import Store, parsed_url

_OF_ALEMBIC = "alembic_version"
_SECOND = 1
"""Another track than that of the pair itself."""


def _contents(url):
    """Return every row of every table."""
    engine = create_engine(parsed_url(url))
    with engine.connect() as connection:
        tables = MetaData()
        tables.reflect(connection)
        found = {
            table.name: sorted((dict(row._mapping) for row in connection.execute(select(table))), key=repr)
            for table in tables.sorted_tables
            if table.name != _OF_ALEMBIC
        }
        version = schema_of(connection)
    engine.dispose()
    return version, found


def _as_of_0004(url, rows):
    """Make a store of schema 0004 that holds what it can of some rows."""
    engine = create_engine(parsed_url(url))
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            known = set(table.columns.keys())
            if table.name != _OF_ALEMBIC and rows[table.name]:
                held = [{name: value for name, value in row.items() if name in known} for row in rows[table.name]]
                connection.execute(insert(table), held)
    engine.dispose()


@pytest.fixture
def rows(store, store_url):
    """What a store of today holds: two languages, an archived pair, one not projected, one with two tracks."""
    world = World(store, n_pairs=6)
    world.project(*(projected(pair, k, risk=k / 10) for k, pair in enumerate(world.pairs[:5])))
    world.append(world.pairs[0], world.ada, 1, world.token(world.pairs[0]))
    world.append(
        world.pairs[0], world.ben, 1, world.token(world.pairs[0], track=_SECOND), track=_SECOND, label="LOC"
    )  # fmt: skip
    store.write(lambda session: corpora.archive_pair(session, world.pairs[3], archived=True))
    return _contents(store_url)[1]


def test_a_store_of_0004_becomes_what_one_of_today_would_be(rows, empty_url):
    _as_of_0004(empty_url, rows)
    assert "place" not in _contents(empty_url)[1]["head"][0]
    store = Store(empty_url)
    version, found = _contents(empty_url)
    assert version == newest()
    assert found == rows
    assert {(row["place"], row["archived"]) for row in found["head"]} > {(1, 0), (4, 1)}
    assert doctor.check(store) == []
    store.close()


def test_an_upgrade_that_fails_at_any_statement_leaves_the_store_of_before(rows, empty_url, monkeypatch):
    from sqlalchemy.engine.default import DefaultDialect

    _as_of_0004(empty_url, rows)
    before = _contents(empty_url)
    real, fails_at, reached = DefaultDialect.do_execute, [""], []

    def failing(self, cursor, statement, parameters, context=None):
        if fails_at[0] in statement:
            reached.append(statement)
            raise MemoryError
        return real(self, cursor, statement, parameters, context)

    for fails_at[0] in ("target_lang VARCHAR", "UPDATE head SET", "INDEX head_by_author", "UPDATE alembic_version"):
        with monkeypatch.context() as patch:
            patch.setattr(DefaultDialect, "do_execute", failing)
            with pytest.raises(MemoryError):
                Store(empty_url)
        assert _contents(empty_url) == before
    assert len(reached) == 4
    engine = create_engine(parsed_url(empty_url))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM head")) == len(rows["head"])
    engine.dispose()
    Store(empty_url).close()
    assert _contents(empty_url) == (newest(), rows)
