"""One worker and two write the same bytes, and each cell says what it took."""

import importlib.util
import os
from concurrent.futures import Future

import pytest

from tests import kills
from tests.stored_pairs import GIVEN
from xner.bench import workers
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


@pytest.mark.parametrize(("cores", "beside_one"), [(1, 1.6), (4, 2.0)])
def test_ratios_are_those_of_their_cells_on_a_machine_of_one_core_too(tmp_path, monkeypatch, cores, beside_one):
    monkeypatch.setattr(workers, "n_cores", lambda: cores)
    monkeypatch.setattr(importlib.util, "find_spec", lambda *_: object())  # Ray is here
    source = kills.write_records(tmp_path / "pairs.jsonl", 256)
    each = max(1, cores // 2)

    def cell(_file, _config, plan):
        alone = 1.0 if os.environ["XNER_THREADS"] == str(each) else 0.8
        rate = {"local": alone if plan.workers == 1 else 1.6, "ray": float(plan.workers)}[plan.engine]
        return {"pairs a second": rate, "sha256": "same"}

    class InProcess:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def submit(self, work, *more):
            done = Future()
            done.set_result(work(*more))
            return done

    monkeypatch.setattr(workers, "_process", InProcess)
    monkeypatch.setattr(workers, "_cell", cell)
    figures = run(source, GIVEN, n_pairs=256)
    assert figures["efficiency local"] == pytest.approx(0.8)
    assert figures["over one process with all cores"] == pytest.approx(beside_one)
    assert (figures["efficiency ray"], figures["ray over local"]) == (1.0, pytest.approx(1.25))
