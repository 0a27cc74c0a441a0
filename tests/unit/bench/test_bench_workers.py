"""One worker and two write the same bytes, and each cell says what it took."""

import importlib.util

import pytest

from tests import kills
from tests.stored_pairs import GIVEN
from xner.bench.workers import run
from xner.errors import InputError


def test_cells_differ_in_time_and_not_in_bytes(tmp_path, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "ray" else found(name, *more))
    source = kills.write_records(tmp_path / "pairs.jsonl", 300)
    figures = run(source, GIVEN, n_pairs=300)
    assert (figures["pairs"], figures["same bytes"], figures["ray"]) == (300, "yes", "not installed")
    for cell in figures["workers x threads"].values():
        assert 0 < cell["before the first batches s"] < cell["s"]
        assert cell["pairs a second"] > 0
    with pytest.raises(InputError, match="too few"):
        run(source, GIVEN, n_pairs=100)
