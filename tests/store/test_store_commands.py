"""``xner backup``, ``restore`` and ``doctor``: exit codes, results on standard output, words on standard error."""

from __future__ import annotations

import sqlite3
import sys

import pytest

from tests.store_world import World, projected
from xner.cli import app
from xner.errors import NotAllowed
from xner.services import store_upkeep
from xner.services.identity import Role, User
from xner.store.session import Store


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The user's data folder with a store in it, and the current folder."""
    monkeypatch.delenv("XNER_DATABASE_URL", raising=False)
    monkeypatch.setenv("XNER_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    store = Store()
    world = World(store)
    world.project(projected(world.pairs[0]))
    world.append(world.pairs[0], world.ada, 1, "p1")
    store.close()
    return tmp_path


@pytest.fixture
def run(capsys, monkeypatch):
    def work(*words):
        monkeypatch.setattr(sys, "argv", ["xner", *words])
        with pytest.raises(SystemExit) as end:
            app.main()
        spoken = capsys.readouterr()
        return end.value.code or 0, spoken.out, spoken.err

    return work


def spoil(folder, statement):
    with sqlite3.connect(folder / "data" / "xner.db") as connection:
        connection.execute(statement)
    connection.close()


def test_a_backup_goes_round(folder, run):
    code, out, err = run("backup", "a.backup")
    assert (code, out) == (0, "a.backup\n")
    assert "3 pairs, 1 revisions" in err
    code, out, err = run("restore", "a.backup", "--replace")
    assert (code, out) == (0, "")
    assert "is kept as" in err
    assert run("doctor")[:2] == (0, "")
    assert len(list((folder / "data").glob("xner.db.before-restore-*"))) == 1


def test_a_backup_without_a_name_is_named_by_the_time(folder, run):
    code, out, _ = run("backup")
    assert code == 0
    assert (folder / out.strip()).exists()
    assert out.startswith("xner-20")


@pytest.mark.parametrize("words", [("backup", "a.backup"), ("restore", "a.backup"), ("restore", "none", "--replace")])
def test_what_is_refused_ends_with_2_and_words(folder, run, words):
    (folder / "a.backup").write_text("mine")
    before = (folder / "data" / "xner.db").read_bytes()
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert err.split(":")[0] in ("CONFIG", "STORE")
    assert (folder / "a.backup").read_text() == "mine"
    assert (folder / "data" / "xner.db").read_bytes() == before


def test_a_backup_that_is_not_there_is_told_before_a_store_that_would_be_replaced(folder, run):
    code, _, err = run("restore", "none.backup")
    assert code == 2
    assert "none.backup can't be read" in err
    (folder / "file").touch()
    code, _, err = run("backup", "file/a.backup")
    assert code == 2
    assert "file" in err.split("Nothing was changed")[0]


def test_the_doctor_names_what_it_finds_and_repairs_it_when_told(folder, run):
    spoil(folder, "UPDATE head SET status = 'flagged' WHERE number = 1")
    code, out, err = run("doctor")
    assert code == 1
    assert out == "heads-newest\t1\tdamage\tpair 1, track 0, newest revision 1\n"
    assert "doctor --repair heads-newest" in err
    code, out, _ = run("doctor", "--repair", "heads-newest")
    assert (code, out) == (0, "pair 1, track 0: status = draft\n")
    assert run("doctor")[0] == 0


def test_what_has_no_repair_is_said(folder, run):
    spoil(folder, "UPDATE revision SET payload = payload || ' '")
    code, out, err = run("doctor")
    assert (code, out.split("\t")[0]) == (1, "revisions-unchanged")
    assert "restore a backup" in err
    assert run("doctor", "--repair", "revisions-unchanged")[0] == 2
    assert run("doctor", "--repair", "nothing")[0] == 2


def test_a_store_that_can_not_be_read_ends_with_2(folder, run):
    (folder / "data" / "xner.db").write_bytes(b"rubbish" * 1000)
    for ending in ("-wal", "-shm"):
        (folder / "data" / f"xner.db{ending}").unlink(missing_ok=True)
    code, _, err = run("doctor")
    assert code == 2
    assert "python -m xner restore" in err


def test_every_invariant_is_listed(folder, run):
    code, out, _ = run("doctor", "--list")
    assert (code, len(out.splitlines())) == (0, len(store_upkeep.invariant_names()))


@pytest.mark.parametrize("command", ["backup", "restore", "doctor"])
def test_help_has_an_example(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert f"python -m xner {command}" in " ".join(out.split())


@pytest.mark.parametrize(("mounts", "warned"), [
    ("1 1 8:1 / / rw - ext4 /dev/a rw", False),
    ("1 1 8:1 / / rw - overlay overlay rw", True),
    ("1 1 8:1 / / rw - overlay overlay rw\n2 1 8:2 / {here} rw - ext4 /dev/b rw", False),
    ("1 1 8:1 / / rw - ext4 /dev/a rw\n2 1 8:2 / {here} rw - tmpfs tmpfs rw", True),
    ("1 1 8:1 / / rw - ext4 /dev/a rw\n2 1 8:2 / {here}x rw - tmpfs tmpfs rw", False),
    ("1 1 8:1 / / rw - ext4 /dev/a rw\n2 1 8:2 / {octal} rw - tmpfs tmpfs rw", True),
    ("not a mount", False),
])  # fmt: skip
def test_a_store_that_would_not_last_is_warned_about(tmp_path, mounts, warned):
    here = tmp_path / "a folder"
    here.mkdir()
    if "{octal}" not in mounts:
        here = tmp_path
    (tmp_path / "mounts").write_text(mounts.format(here=here, octal=str(here).replace(" ", "\\040")))
    warning = store_upkeep.fleeting(f"sqlite:///{here / 'x.db'}", tmp_path / "mounts")
    assert (warning is not None) == warned
    assert store_upkeep.fleeting("postgresql://x/y", tmp_path / "mounts") is None


def test_backup_and_doctor_in_the_app_take_an_admin_of_everything(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    for role in (None, Role.VIEWER, Role.ANNOTATOR, Role.REVIEWER):
        with pytest.raises(NotAllowed):
            store_upkeep.backup_for(store, User("a", "Ada", role), tmp_path / "a.backup")
        with pytest.raises(NotAllowed):
            store_upkeep.check_for(store, User("a", "Ada", role))
    assert not (tmp_path / "a.backup").exists()
    admin = User("a", "Ada", Role.ADMIN)
    assert store_upkeep.check_for(store, admin) == []
    assert store_upkeep.verify(store_upkeep.backup_for(store, admin, tmp_path / "a.backup").path).rows["pair"] == 0
    store.close()


def test_a_backup_replaces_a_file_only_by_force(folder, run):
    (folder / "a.backup").write_text("mine")
    code, _, err = run("backup", "a.backup")
    assert (code, "--force" in err) == (2, True)
    assert run("backup", "a.backup", "--force")[0] == 0
    assert run("restore", "a.backup", "--replace")[0] == 0
