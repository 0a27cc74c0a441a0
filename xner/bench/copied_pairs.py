"""A store of SQLite made many times as large: copies of its pairs under other ids, each with its projection.

What people saved is not copied: a copy stands where its pair stood after the projection. Every check of the doctor
holds afterwards.
"""

from __future__ import annotations

from xner.correct.annotation import digest
from xner.store.session import Store

_PAIRS = """
INSERT INTO pair (id, corpus_id, place, record_id, source_lang, target_lang, record, sha256, archived, searched)
SELECT id + :shift, corpus_id, place + :shift, :name || record_id, source_lang, target_lang,
       renamed(record, :name), sha256_of(renamed(record, :name)), archived, searched
FROM pair WHERE id <= :n"""
_PROJECTIONS = """
INSERT INTO projection (id, run_id, pair_id, status, record, sha256, signature, risk, tags, labels, created)
SELECT id + :shift, run_id, pair_id + :shift, status, renamed(record, :name), sha256_of(renamed(record, :name)),
       signature, risk, tags, labels, created
FROM projection WHERE pair_id <= :n"""
_HEADS = """
INSERT INTO head (pair_id, track, corpus_id, place, target_lang, archived, number, projection_id, start, status, author,
                  changed, risk, tags, labels)
SELECT head.pair_id + :shift, 0, corpus_id, place + :shift, target_lang, archived, 0, projection.id + :shift, start,
       start, NULL, created, projection.risk, projection.tags, projection.labels
FROM head JOIN projection ON projection.pair_id = head.pair_id WHERE head.track = 0 AND head.pair_id <= :n"""
_ID = '{"id": "'


def multiply(store: Store, times: int) -> None:
    """Make `times` as many pairs of those that a new store of SQLite has, each of them projected once."""
    connection = store.raw_connection()
    try:
        connection.create_function("renamed", 2, renamed, deterministic=True)
        connection.create_function("sha256_of", 1, digest, deterministic=True)
        cursor = connection.cursor()
        n = cursor.execute("SELECT max(id) FROM pair").fetchone()[0]
        for copy in range(1, times):
            values = {"n": n, "shift": n * copy, "name": f"{copy}-"}
            cursor.execute("BEGIN IMMEDIATE")
            for statement in (_PAIRS, _PROJECTIONS, _HEADS):
                cursor.execute(statement, values)
            cursor.execute("COMMIT")
    finally:
        connection.close()


def renamed(record: str, name: str) -> str:
    """Return a record under another id."""
    return f"{_ID}{name}{record.removeprefix(_ID)}"
