"""`xner cache`: what it counts, removes and verifies; sizes as they are written."""

import json

import pytest
from typer.testing import CliRunner

from xner.cache import Entry, Room, key_of, open_room, room_file
from xner.cli.app import app
from xner.config import CacheConfig
from xner.errors import ConfigError
from xner.services.compare_methods import parse_method


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XNER_CACHE", str(tmp_path))
    monkeypatch.setenv("XNER_CACHE_SIZE", "5MB")
    return tmp_path


@pytest.fixture
def filled():
    room = open_room()
    for kind, n in (("alignments", 3), ("nmt", 2)):
        room.put(kind, [Entry(key_of(kind, k), b"12345") for k in range(n)])
        room.get(kind, [key_of(kind, k) for k in range(4)])
    room.flush()
    yield room
    room.close()


def run(*arguments):
    result = CliRunner().invoke(app, ["cache", *arguments])
    return result.exit_code, result.stdout


def test_info_counts_entries_bytes_and_hits_by_kind(filled):
    code, out = run("info", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["file"], found["limit_bytes"]) == (str(room_file()), 5_000_000)
    beside = room_file().with_name(f"{room_file().name}-wal")
    assert found["file_bytes"] == sum(path.stat().st_size for path in (room_file(), beside) if path.exists())
    assert found["kinds"] == {
        "alignments": {"n_entries": 3, "n_bytes": 15, "n_hit": 3, "n_miss": 1, "n_damaged": 0},
        "nmt": {"n_entries": 2, "n_bytes": 10, "n_hit": 2, "n_miss": 2, "n_damaged": 0},
    }
    assert "3 entries" in run("info")[1]


def test_nothing_is_made_by_looking():
    assert json.loads(run("info", "--json")[1])["kinds"] == {}
    assert run("check")[0] == 0
    assert run("clear") == (0, "0 entries removed\n")
    assert not room_file().exists()


def test_clear_removes_one_kind_or_all_and_gives_the_disk_its_bytes_back(filled):
    filled.put("translations", [Entry(key_of("large", k), bytes(100_000)) for k in range(5)])
    assert run("clear", "--kind", "nmt") == (0, "2 entries removed\n")
    assert set(json.loads(run("info", "--json")[1])["kinds"]) == {"alignments", "translations"}
    assert json.loads(run("clear", "--json")[1]) == {"removed": 8}
    assert room_file().stat().st_size < 100_000
    assert filled.get("alignments", [key_of("alignments", 0)]) == {}  # the room that was open goes on
    with pytest.raises(ConfigError, match="'links'"):
        CliRunner().invoke(app, ["cache", "clear", "--kind", "links"], catch_exceptions=False)


def test_check_removes_what_is_damaged_and_says_so_by_its_exit_code(filled):
    assert run("check") == (0, "5 entries checked, 0 damaged and removed\n")
    filled.run(lambda db: db.execute("UPDATE entry SET value = 'x' WHERE id = 2"))
    assert run("check", "--json") == (1, '{"n_checked": 5, "n_damaged": 1, "file_problem": null}\n')
    assert run("check")[0] == 0
    filled.close()
    room_file().write_bytes(b"no database at all" * 300)
    code, out = run("check")
    assert code == 1
    assert "begun anew" in out
    assert run("check")[0] == 0


def test_sizes_that_are_none_are_refused_and_0_keeps_nothing(monkeypatch):
    assert open_room(CacheConfig(size="0")) is open_room(CacheConfig(reuse="off")) is None
    assert isinstance(open_room(CacheConfig(size="1.5 GB")), Room)
    for wrong in ("much", "-1", "3 PB", "5"):
        with pytest.raises(ConfigError, match="size"):
            open_room(CacheConfig(size=wrong))
    monkeypatch.setenv("XNER_CACHE_SIZE", "large")
    with pytest.raises(ConfigError, match="XNER_CACHE_SIZE"):
        open_room()


@pytest.mark.parametrize("setting", ["cache.size=1", "cache.reuse=off"])
def test_a_link_to_compare_cannot_empty_or_turn_off_the_cache_of_the_server(setting):
    with pytest.raises(ConfigError, match="link"):
        parse_method(setting)
