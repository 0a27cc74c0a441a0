"""Rows of all tables from one store to another, whatever keeps them, and the hash of what a table holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text

from xner.store.tables import Base

_CHUNK = 1000


def copy_rows(source: Connection, target: Connection) -> None:
    """Copy every row of every table; the target's tables are there and empty."""
    for table in Base.metadata.sorted_tables:
        names = table.columns.keys()
        for chunk in _chunks(source, table):
            target.execute(insert(table), [dict(zip(names, row, strict=True)) for row in chunk])
    if target.dialect.name == "postgresql":
        _set_sequences(target)


def n_rows(connection: Connection) -> dict[str, int]:
    """Return table to number of rows."""
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def hashes(connection: Connection) -> dict[str, str]:
    """Return table to the hash of its rows in the order of their keys, equal for equal rows in every back end."""
    return {table.name: _hash(connection, table) for table in Base.metadata.sorted_tables}


def _hash(connection: Connection, table: Table) -> str:
    found = hashlib.sha256()
    for chunk in _chunks(connection, table):
        for row in chunk:
            found.update(json.dumps(list(row), ensure_ascii=True).encode() + b"\n")
    return found.hexdigest()


def _chunks(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_CHUNK)
    return connection.execute(query).partitions()


def _set_sequences(connection: Connection) -> None:
    """Let PostgreSQL count on from the ids that came with the rows."""
    for table in Base.metadata.sorted_tables:
        key = list(table.primary_key.columns)
        if len(key) == 1 and key[0].autoincrement is not False:
            last = connection.scalar(select(func.max(key[0])))
            if last is not None:
                where = {"name": f'"{table.name}"', "key": key[0].name, "last": last}
                connection.execute(text("SELECT setval(pg_get_serial_sequence(:name, :key), :last)"), where)
