"""The schema that a store has, and bringing it to that of this version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from xner.errors import StoreFailed
from xner.store import job_table as job_table  # its table is part of the schema
from xner.store.session import WRITES

_MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 7_216_401
"""Key of PostgreSQL's advisory lock under which one process migrates."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def newest() -> str:
    """Return the name of the schema of this version."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise AssertionError("no migrations")
    return head


def schema_of(connection: Connection) -> str | None:
    """Return the name of the schema that a store has, ``None`` where it has no tables of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine) -> None:
    """Bring the store to the schema of this version, in one transaction.

    Raises:
        StoreFailed: it has a schema that this version doesn't know, or is somebody else's database.
    """
    target = newest()
    with engine.execution_options(**{WRITES: False}).connect() as reading:  # to open a store takes no writer's turn
        present = schema_of(reading)
        reading.rollback()
    if present == target:
        return
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        present = schema_of(connection)
        _check(connection, present)
        if present != target:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _check(connection: Connection, present: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if present is None and inspect(connection).get_table_names():
        raise StoreFailed("This database holds tables that are not xner's.", "Give the store a database of its own.")
    if present is not None and present not in known:
        raise StoreFailed(
            f"This store was written by a newer version of xner (its schema is {present}).",
            "Use that version, or restore a backup made by this one.",
        )
