"""Stores to test with: SQLite in a temporary file, and PostgreSQL on a server of this test run."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.postgres_server import PostgresServer, find_binaries
from xner.store.session import Store

BACK_ENDS = ("sqlite", "postgresql")


class Databases:
    """Empty databases on a server, each used once; `template` has the newest schema."""

    def __init__(self, admin_url: str) -> None:
        self.admin_url = admin_url
        self.made: list[str] = []
        self.template = self.new(None)
        Store(self.url(self.template)).close()

    def url(self, name: str) -> str:
        return make_url(self.admin_url).set(database=name).render_as_string(hide_password=False)

    def new(self, template: str | None) -> str:
        name = f"xner_test_{secrets.token_hex(6)}"
        self._run(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        self.made.append(name)
        return name

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.made.remove(name)

    def close(self) -> None:
        for name in list(self.made):
            self.drop(name)

    def _run(self, statement: str) -> None:
        import psycopg

        plain = make_url(self.admin_url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """A server: the one that XNER_TEST_POSTGRES_URL names, else one of our own."""
    if given := os.environ.get("XNER_TEST_POSTGRES_URL"):
        found = Databases(given)
        yield found
        found.close()
        return
    server = new_server()
    try:
        yield Databases(server.url("postgres"))
    finally:
        server.remove()


def new_server() -> PostgresServer:
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian package postgresql), and XNER_TEST_POSTGRES_URL is not set")
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    return PostgresServer(binaries)


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that this test may stop and start."""
    server = new_server()
    yield server
    server.remove()


@pytest.fixture(params=BACK_ENDS)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a store with the newest schema and nothing in it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'xner.db'}"
        Store(url).close()
        yield url
        return
    databases: Databases = request.getfixturevalue("databases")
    name = databases.new(databases.template)
    yield databases.url(name)
    databases.drop(name)


@pytest.fixture
def empty_url(store_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a second database, without tables."""
    if store_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'second.db'}"
        return
    databases: Databases = request.getfixturevalue("databases")
    name = databases.new(None)
    yield databases.url(name)
    databases.drop(name)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store(store_url)
    yield opened
    opened.close()
