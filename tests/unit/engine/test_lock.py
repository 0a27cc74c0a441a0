"""One run at a time on one output, whatever happened to the run before."""

import os

import pytest

from xner.engine.lock import sole_writer
from xner.errors import ConfigError


def test_a_second_writer_is_refused_and_the_first_goes_on(tmp_path):
    output = tmp_path / "new" / "out.jsonl"
    with sole_writer(output), pytest.raises(ConfigError, match="Another run is writing"), sole_writer(output):
        pass
    assert list(output.parent.iterdir()) == []
    with sole_writer(output):
        assert [path.name for path in output.parent.iterdir()] == ["out.jsonl.lock"]


def test_a_lock_file_that_remained_stops_nobody(tmp_path):
    (tmp_path / "out.jsonl.lock").write_bytes(b"")
    with sole_writer(tmp_path / "out.jsonl"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_lock_goes_with_a_run_that_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), sole_writer(tmp_path / "out.jsonl"):
        raise ZeroDivisionError
    with sole_writer(tmp_path / "out.jsonl"):
        pass


@pytest.mark.skipif(os.name == "nt", reason="an open file can't be removed there")
def test_a_lock_on_a_file_that_the_run_before_has_removed_is_none(tmp_path, monkeypatch):
    from xner.engine import lock

    honest = lock._locked

    def late(descriptor):
        (tmp_path / "out.jsonl.lock").unlink()
        return honest(descriptor)

    monkeypatch.setattr(lock, "_locked", late)
    with pytest.raises(ConfigError, match="Another run is writing"), sole_writer(tmp_path / "out.jsonl"):
        pass


def test_without_rights_the_output_is_named_not_the_lock_beside_it(tmp_path, monkeypatch):
    def denied(path, *_words, **_more):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("xner.engine.lock.Path.open", denied)
    with pytest.raises(ConfigError, match=r"out\.jsonl can't be written: Permission denied"):
        with sole_writer(tmp_path / "out.jsonl"):
            pass
