"""Every invariant of the doctor is broken once and found by its own name; repairs do what they say, and say it."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from tests.store_world import World, payload, projected
from xner.correct.annotation import AnnotatedEntity, Annotation, canonical, digest, plain_annotation
from xner.errors import ConfigError
from xner.store import doctor
from xner.store.session import Store
from xner.types import Span


@pytest.fixture
def world(store):
    """Two people, three pairs, two of them projected, revisions, a conflict, an undo history."""
    world = World(store)
    one, two, _ = world.pairs
    world.project(projected(one, 0), projected(two, 1, status="failed"))
    token = world.token(one)
    world.append(one, world.ada, 1, token, history="[]")
    world.append(one, world.ada, 2, token, start=2, status="accepted")
    world.append(one, world.ben, 1, token, client="client-b", note="mine")
    assert doctor.check(store) == []
    return world


def break_it(world, statement, **values):
    """Change a row behind the store's back: without its checks and foreign keys."""
    engine = world.store._engine
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        cursor = driver.cursor()
        if world.store.is_sqlite:
            connection.rollback()
            cursor.execute("PRAGMA foreign_keys=OFF")
            cursor.execute("PRAGMA ignore_check_constraints=ON")
            cursor.execute(statement, values)
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.execute("PRAGMA ignore_check_constraints=OFF")
        else:
            cursor.execute("SET session_replication_role = replica")
            for name in values:
                statement = statement.replace(f":{name}", f"%({name})s")
            cursor.execute(statement, values)
            cursor.execute("SET session_replication_role = origin")
            driver.commit()


def annotation(**changes):
    plain = json.loads(payload()) | changes
    return canonical(plain)


def changed_payload(**changes):
    made = annotation(**changes)
    return (
        "UPDATE revision SET payload = :payload, sha256 = :sha WHERE number = 2",
        {"payload": made, "sha": digest(made)},
    )


def entity(start, end, label="PER", source=0):
    one = AnnotatedEntity("a", Span(start, end), label, None, source)
    return plain_annotation(Annotation((one,)))["entities"]


def in_record(table, old, new, where="id > 0"):
    """Change a record and its hash with it, so that only what it says is wrong."""

    def work(world):
        with world.store.read() as session:
            row = session.execute(text(f"SELECT id, record FROM {table} WHERE {where} ORDER BY id LIMIT 1")).one()
        made = row.record.replace(old, new)
        assert made != row.record
        break_it(world, f"UPDATE {table} SET record = :made, sha256 = :sha WHERE id = :id", made=made,
                 sha=digest(made), id=row.id)  # fmt: skip

    return work


BROKEN = {
    "references-exist": "UPDATE revision SET author = 999 WHERE number = 1",
    "tracks-are-people": "UPDATE undo_stack SET track = 999",
    "revisions-gapless": "UPDATE revision SET number = 3 WHERE number = 2",
    "bases-exist": "UPDATE revision SET base_revision = 7 WHERE number = 2",
    "saved-once": "UPDATE revision SET seq = 1 WHERE number = 2",
    "one-head": "DELETE FROM head WHERE pair_id = (SELECT max(pair_id) FROM head)",
    "heads-newest": "UPDATE head SET status = 'draft' WHERE number = 2",
    "heads-start": "UPDATE head SET start = 'new', projection_id = NULL WHERE number = 2",
    "projections-signed": "UPDATE projection SET signature = '' WHERE status = 'ok'",
    "one-corpus": "UPDATE run SET corpus_id = 77",
    "conflicts-decided": "UPDATE conflict SET resolved = 'mine'",
    "names-free": (
        "INSERT INTO corpus (name, mode, labels, created, created_by, archived) "
        "SELECT name, mode, labels, created, created_by, archived FROM corpus"
    ),
    "runs-alive": "UPDATE run SET state = 'running', heartbeat = '2001-01-01T00:00:00.000000Z'",
    "label-sets-readable": "UPDATE corpus SET labels = '{'",
    "pairs-unchanged": "UPDATE pair SET record = replace(record, 'Mira', 'Nora') WHERE place = 3",
    "pairs-readable": in_record("pair", '"end": 1', '"end": 99'),
    "search-complete": "UPDATE pair SET searched = 'mira' WHERE place = 3",
    "pairs-named": "UPDATE pair SET target_lang = 'fr' WHERE place = 3",
    "projections-unchanged": "UPDATE projection SET record = record || ' '",
    "projections-readable": in_record("projection", '"start": 0', '"start": 5', "status = 'ok'"),
    "projections-of-their-pair": in_record("projection", '"sieht"', '"sah"', "status = 'ok'"),
    "failed-are-empty": in_record("projection", '"entities": []', '"entities": [{"start":0,"end":1,"label":"PER"}]',
                                  "status = 'failed'"),
    "revisions-unchanged": "UPDATE revision SET payload = replace(payload, 'PER', 'LOC') WHERE number = 1",
    "revisions-readable": changed_payload(entities=[*entity(0, 2), entity(1, 3)[0] | {"id": "b"}]),
    "conflicts-unchanged": "UPDATE conflict SET payload = replace(payload, 'PER', 'LOC')",
    "conflicts-readable": ("UPDATE conflict SET payload = '{}', sha256 = :sha", {"sha": digest("{}")}),
    "cuts-in-tokens": changed_payload(cuts=[500]),
    "spans-in-range": changed_payload(entities=entity(3, 5)),
    "links-in-range": changed_payload(links=[[0, 9, True]]),
    "sources-in-range": changed_payload(dropped=[4]),
    "labels-known": changed_payload(entities=entity(0, 1, "Ship")),
    "undo-readable": "UPDATE undo_stack SET history = '[{'",
    "texts-clean": ("UPDATE revision SET note = :note WHERE number = 1", {"note": "a\ufeffb"}),
}  # fmt: skip
IN_THE_FILE = {"file-intact", "schema-known"}
REPAIRABLE = {
    "search-complete",
    "one-head",
    "heads-newest",
    "heads-start",
    "runs-alive",
    "labels-known",
    "undo-readable",
}


def harm(world, name):
    how = BROKEN[name]
    if callable(how):
        how(world)
    elif isinstance(how, str):
        break_it(world, how)
    else:
        break_it(world, how[0], **how[1])


def test_every_invariant_has_a_case_here():
    names = [invariant.name for invariant in doctor.invariants()]
    assert len(names) == len(set(names)) >= 15
    assert set(names) == set(BROKEN) | IN_THE_FILE
    assert {invariant.name for invariant in doctor.invariants() if invariant.repair} == REPAIRABLE


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found_by_its_name(world, name):
    harm(world, name)
    found = {finding.name: finding for finding in doctor.check(world.store)}
    assert name in found
    assert found[name].n >= len(found[name].examples) >= 1


@pytest.mark.parametrize("name", sorted(REPAIRABLE))
def test_a_repair_says_what_it_did_and_leaves_nothing_to_find(world, name):
    harm(world, name)
    report = doctor.repair(world.store, name)
    assert report.done
    assert report.left is None
    assert doctor.check(world.store) == []
    assert doctor.repair(world.store, name).done == ()


def test_a_repair_changes_no_revision(world):
    def all_revisions():
        with world.store.read() as session:
            return session.execute(text("SELECT * FROM revision ORDER BY id")).all()

    before = all_revisions()
    for name in sorted(REPAIRABLE - {"labels-known"}):
        harm(world, name)
        doctor.repair(world.store, name)
    assert all_revisions() == before


def test_rebuilt_lines_are_those_that_saving_made(world):
    query = text("SELECT pair_id, track, number, projection_id, start, status, author, labels FROM head ORDER BY 1, 2")
    with world.store.read() as session:
        before = session.execute(query).all()
    break_it(world, "DELETE FROM head")
    doctor.repair(world.store, "one-head")
    with world.store.read() as session:
        assert session.execute(query).all() == before


@pytest.mark.parametrize("name", sorted(set(BROKEN) - REPAIRABLE))
def test_what_can_not_be_derived_is_not_repaired(world, name):
    with pytest.raises(ConfigError, match="backup"):
        doctor.repair(world.store, name)


def test_an_unknown_invariant_is_named(store):
    with pytest.raises(ConfigError, match="revisions-gapless"):
        doctor.repair(store, "revision-gapless")


def test_a_label_that_is_no_longer_in_use_may_leave_the_set(world):
    one = world.pairs[1]
    world.append(one, world.ada, 1, world.token(one), label="LOC")
    world.append(one, world.ada, 2, world.token(one), label="PER")
    break_it(world, "UPDATE corpus SET labels = replace(labels, '\"LOC\"', '\"GPE\"')")
    assert doctor.check(world.store) == []


def test_a_run_that_gives_signs_of_life_is_left_alone(world):
    from xner.store import runs

    world.store.write(lambda session: runs.begin(session, world.corpus, "{}", world.ada))
    assert doctor.check(world.store) == []


def test_findings_name_twenty_places_and_count_all(store):
    world = World(store, n_pairs=30)
    break_it(world, "UPDATE pair SET sha256 = 'x'")
    (finding,) = doctor.check(store)
    assert (finding.n, len(finding.examples)) == (30, 20)


def test_a_flipped_byte_in_the_file_is_found(tmp_path):
    path = tmp_path / "x.db"
    store = Store(f"sqlite:///{path}")
    world = World(store, n_pairs=40)
    store.close()
    import sqlite3

    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    whole = path.read_bytes()
    places = [whole.index(b'"Mira"') + 2, whole.rindex(b'"Bergen"') + 3]
    for place in places:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x80]) + whole[place + 1 :])
        store = Store(f"sqlite:///{path}")
        assert "pairs-unchanged" in {finding.name for finding in doctor.check(store)}
        store.close()
    assert world.pairs


def test_a_damaged_index_is_found(tmp_path):
    import sqlite3

    path = tmp_path / "x.db"
    store = Store(f"sqlite:///{path}")
    World(store, n_pairs=40)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'risk, place)', 'changed, place)') WHERE name = 'head_by_risk'"
        )
    connection.close()
    store.close()
    store = Store(f"sqlite:///{path}")
    found = doctor.check(store)
    assert [finding.name for finding in found] == ["file-intact"]
    store.close()


def test_another_schema_is_found(store):
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert [finding.name for finding in doctor.check(store)] == ["schema-known"]
