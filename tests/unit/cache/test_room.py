"""The room: what comes out is what went in, whatever happens to the file, and it never stands in the way."""

import logging
import os
import random
import signal
import sqlite3
import time
from importlib.metadata import version

import pytest

from xner.cache import Entry, Room, environment, key_of

KIND = "demo"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "below" / "results.sqlite3"


@pytest.fixture
def room(file):
    room = Room(file, 10**7)
    yield room
    room.close()


def entries(n, n_bytes=50, seed=0):
    rng = random.Random(seed)
    return [Entry(key_of(k), rng.randbytes(n_bytes), key_of("content", k)) for k in range(n)]


def wrong(room, kept):
    """Return what is found under a key and is not what was put there."""
    found = room.get(KIND, [entry.key for entry in kept])
    return [entry for entry in kept if found.get(entry.key, entry.value) != entry.value]


def change(room, statement, *values):
    room.run(lambda db: db.execute(statement, values))


def test_what_was_put_is_found_by_key_and_by_content_in_another_process_too(room, file):
    kept = entries(1200)
    room.put(KIND, kept)
    other = Room(file, 10**7)
    assert other.get(KIND, [e.key for e in kept]) == {e.key: e.value for e in kept}
    assert other.any_of(KIND, [e.content for e in kept]) == {e.content: e.value for e in kept}
    assert other.get("another kind", [e.key for e in kept]) == {}
    other.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE entry SET value = x'00' WHERE id = 2",
        "UPDATE entry SET value = substr(value, 1, 10) WHERE id = 2",
        "UPDATE entry SET checksum = x'' WHERE id = 2",
        "UPDATE entry SET value = (SELECT value FROM entry WHERE id = 1),"
        " checksum = (SELECT checksum FROM entry WHERE id = 1) WHERE id = 2",  # right in itself, under another's key
    ],
)
def test_a_damaged_value_is_a_miss_that_is_removed_counted_and_told_once(room, damage, caplog):
    kept = entries(3)
    room.put(KIND, kept)
    change(room, damage)
    for _ in range(2):
        assert set(room.get(KIND, [e.key for e in kept])) == {kept[0].key, kept[2].key}
    room.flush()
    assert room.run(lambda db: db.execute("SELECT n FROM tally WHERE event = 'damaged'").fetchall()) == [(1,)]
    assert len([r for r in caplog.records if "damaged" in r.message]) == 1
    room.put(KIND, kept)
    assert len(room.get(KIND, [e.key for e in kept])) == 3


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_begun_anew(file, content):
    file.parent.mkdir()
    file.write_bytes(content)
    room = Room(file, 10**7)
    room.put(KIND, entries(2))
    assert wrong(room, entries(2)) == []
    assert len(room.get(KIND, [e.key for e in entries(2)])) == 2
    assert room.was_begun_anew == bool(content)
    room.close()


def test_flipped_and_cut_bytes_anywhere_never_give_a_wrong_value(file):
    rng, kept = random.Random(1), entries(40, 300)
    room = Room(file, 10**7)
    room.put(KIND, kept)
    room.close()
    whole, n_missed = file.read_bytes(), 0
    for _ in range(60):
        broken = bytearray(whole)
        for _ in range(rng.randint(1, 8)):
            broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
        file.write_bytes(broken if rng.random() < 0.8 else broken[: rng.randrange(len(broken))])
        room = Room(file, 10**7)
        assert wrong(room, kept) == []
        n_missed += len(room.get(KIND, [e.key for e in kept])) < len(kept)
        room.put(KIND, kept)
        assert wrong(room, kept) == []
        room.close()
        for rest in ("-wal", "-shm"):
            file.with_name(file.name + rest).unlink(missing_ok=True)
    assert n_missed > 20  # the damage was real


def test_a_folder_that_cannot_be_made_costs_one_warning_and_nothing_else(tmp_path, caplog):
    (tmp_path / "file").write_text("not a folder")
    room = Room(tmp_path / "file" / "results.sqlite3", 10**7)
    for _ in range(3):
        room.put(KIND, entries(2))
        assert room.get(KIND, [entries(1)[0].key]) == {}
    assert [r.levelno for r in caplog.records] == [logging.WARNING]


def test_a_file_that_is_only_to_be_read_still_answers_or_is_left_alone(file, monkeypatch, caplog):
    kept = entries(3)
    room = Room(file, 10**7)
    room.put(KIND, kept)
    room.run(lambda db: db.execute("PRAGMA query_only = ON"))
    room.put(KIND, entries(9))
    assert wrong(room, entries(9)) == []
    assert "readonly" in caplog.text
    room.close()


def test_a_full_disk_costs_one_warning_and_what_is_there_is_still_found(room, caplog):
    kept = entries(20)
    room.put(KIND, kept)
    change(room, "PRAGMA max_page_count = 1")  # no page more than there are
    room.put(KIND, entries(200, 4000, seed=1)[20:])
    assert "full" in caplog.text
    assert len(room.get(KIND, [e.key for e in kept])) == 20
    room.put(KIND, entries(200, 4000, seed=1)[20:])  # a connection of its own: there is room again
    assert len(room.get(KIND, [e.key for e in entries(200)])) == 200


def test_a_room_that_somebody_else_holds_is_not_waited_for_long(room, file, monkeypatch):
    monkeypatch.setattr("xner.cache.room._BUSY_S", 0.05)
    room.put(KIND, entries(1))
    room.close()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    room.put(KIND, entries(5))
    monkeypatch.setattr("xner.cache.room._BUSY_S", 60)
    for _ in range(20):
        assert room.get(KIND, [entries(1)[0].key]) == {}  # at rest: nobody waits again
    other.execute("ROLLBACK")
    other.close()
    room._rests_until = 0
    assert len(room.get(KIND, [e.key for e in entries(5)])) == 1


def test_the_size_is_bounded_and_what_was_used_longest_ago_goes_first(file, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr("xner.cache.room.time.time", lambda: clock[0])
    room = Room(file, 400_000)
    kept = entries(200, 1500)
    for start in range(0, 200, 10):
        clock[0] += 1
        room.put(KIND, kept[start : start + 10])
        clock[0] += 1
        assert room.get(KIND, [kept[0].key]) == {kept[0].key: kept[0].value}, start  # used again and again
        room.flush()
    here = [k for k, e in enumerate(kept) if e.key in room.get(KIND, [e.key for e in kept])]
    assert here == [0, *range(here[1], 200)]
    assert 50 < len(here) < 200
    room.put(KIND, [Entry(key_of("huge"), b"x" * 300_000)])
    assert room.get(KIND, [key_of("huge")]) == {}  # it would have thrown out all others
    room.close()
    assert file.stat().st_size < 440_000


def test_ten_thousand_entries_are_thrown_out_in_little_time(file):
    room = Room(file, 10**9)
    room.put(KIND, entries(10_000, 100))
    room.limit_bytes = 10**5
    began = time.process_time()
    room.put(KIND, entries(10_001, 100)[-1:])
    assert time.process_time() - began < 2
    assert room.run(lambda db: db.execute("SELECT COUNT(*) FROM entry").fetchone()[0]) < 600
    room.close()
    assert file.stat().st_size < 150_000


def _writer(room, kept, seed):
    if child := os.fork():
        return child
    try:
        rng = random.Random(seed)
        while True:
            room.put(KIND, rng.sample(kept, 20))
            change(room, "DELETE FROM entry WHERE id % 3 = 0")
    finally:
        os._exit(1)


def test_processes_killed_while_they_write_the_same_keys_leave_nothing_wrong(room, file):
    rng, kept = random.Random(2), entries(400, 600)
    n_here = 0
    for cycle in range(100):
        children = [_writer(room, kept, seed) for seed in (cycle, -cycle)]
        time.sleep(rng.uniform(0.001, 0.012))
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        assert wrong(room, kept) == [], cycle
        n_here += len(room.get(KIND, [e.key for e in kept]))
    assert n_here > 1000
    assert not room.was_begun_anew
    assert room.run(lambda db: db.execute("PRAGMA integrity_check").fetchone()) == ("ok",)


def test_keys_differ_wherever_their_material_does():
    keys = [
        key_of("a", "b"),
        key_of("ab"),
        key_of(["a", "b"]),
        key_of("a", ["b"]),
        key_of("a", "b", None),
        key_of("b", "a"),
    ]
    assert len(set(keys)) == len(keys)
    assert len(environment()) == 64


@pytest.mark.parametrize("package", ["torch", "scipy", "simalign"])
def test_another_version_of_a_package_that_computes_shares_nothing(monkeypatch, package):
    before = environment()
    monkeypatch.setattr("xner.cache.keys.version", lambda name: f"{version(name)}{'+x' * (name == package)}")
    environment.cache_clear()
    try:
        assert environment() != before
    finally:
        environment.cache_clear()
