"""Stores of earlier schemas: what they hold is there after they were opened, and what is derived from it is made."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from tests.store_world import new_pair, payload
from xner.correct.annotation import digest
from xner.store import doctor
from xner.store.schema import _config
from xner.store.session import Store, parsed_url

N = 1202
"""More than two of the chunks that are filled at once."""


@pytest.fixture
def first_url(empty_url: str) -> str:
    """A store of schema 0001. Its rows are written by hand: today's code knows a later schema.

    Pair 1 was accepted by Ada and taken back by Ben, pair 2 was accepted by Ada.
    """
    engine = create_engine(parsed_url(empty_url))
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for key, name in ((1, "Ada"), (2, "Ben")):
            connection.execute(text(f"INSERT INTO person VALUES ({key}, '{name}', '{name}', '', FALSE)"))
        connection.execute(
            text("INSERT INTO corpus VALUES (1, 'C', 'shared', '{\"labels\": [{\"name\": \"PER\"}]}', '', 1, FALSE)")
        )
        row = text("INSERT INTO pair VALUES (:id, 1, :id, :name, 'en', 'de', :record, :sha, FALSE)")
        head = text("INSERT INTO head VALUES (:id, 0, 1, :number, NULL, 'new', :status, :author, '', 0.5, '', '|PER|')")
        heads = {1: (2, "new", 2), 2: (1, "accepted", 1)}
        for key in range(1, N + 1):
            new = new_pair(key)
            values = {"id": key, "name": new.record_id, "record": new.record, "sha": digest(new.record)}
            connection.execute(row, values)
            number, status, author = heads.get(key, (0, "new", None))
            connection.execute(head, {"id": key, "number": number, "status": status, "author": author})
        damaged = {"id": N + 1, "name": "damaged", "record": '{"source_tokens": 3', "sha": ""}
        connection.execute(row, damaged)
        revision = text(
            "INSERT INTO revision (id, pair_id, track, number, base_revision, author, client, seq, status, payload, "
            "sha256, created) VALUES (:id, :pair, 0, :number, :base, :author, 'server', 0, :status, :payload, :sha, '')"
        )
        for key, pair_id, number, author, status in (
            (1, 1, 1, 1, "accepted"), (2, 1, 2, 2, "projected"), (3, 2, 1, 1, "accepted"),
        ):  # fmt: skip
            made = {"payload": payload(), "sha": digest(payload()), "base": number - 1}
            connection.execute(
                revision, {"id": key, "pair": pair_id, "number": number, "author": author, "status": status, **made}
            )
    engine.dispose()
    return empty_url


def test_a_store_of_the_first_schema_can_be_searched_and_says_whose_work_stands(first_url):
    store = Store(first_url)
    with store.read() as session:
        texts = session.scalars(text("SELECT searched FROM pair ORDER BY id")).all()
        credits = session.execute(text("SELECT author, credit FROM revision ORDER BY id")).all()
        authors = session.scalars(text("SELECT author FROM head ORDER BY pair_id LIMIT 3")).all()
    assert texts[:2] == [f"mira sees bergen\nmira sieht bergen {n}" for n in (1, 2)]
    assert texts[N - 1].endswith(f" {N}")
    assert texts[N] == ""
    assert [tuple(row) for row in credits] == [(1, 1), (2, None), (1, 1)]
    assert authors == [None, 1, None]
    found = {finding.name for finding in doctor.check(store)}
    store.close()
    assert found <= {"label-sets-readable", "pairs-readable", "pairs-unchanged", "one-head", "labels-known"}
