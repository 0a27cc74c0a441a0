"""Ray gives what worker processes give, listens on this machine only, and finds the item that ends its actors."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.engine_work import Squares
from xner.engine.local import Failure
from xner.engine.plan import Plan, batches
from xner.engine.ray_backend import PIN, map_on_ray
from xner.errors import ModelUnavailable

has_ray = importlib.util.find_spec("ray") is not None
needs_ray = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_ray, reason=f"ray is not installed: pip install {PIN}"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Ray leaves files open
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def listening() -> set[tuple[int, str]]:
    """Return (port, address in hexadecimal) of what listens on this machine, as the kernel has it."""
    found = set()
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(name).read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            address, _, port = local.partition(":")
            if state == "0A":
                found.add((int(port, 16), address))
    return found


class TestOnRay:
    pytestmark = needs_ray

    def test_results_are_those_of_the_plan_and_nothing_listens_outside(self):
        before = listening()
        results = map_on_ray(Squares(poison=6, bad=13), batches(range(20), 4), Plan.of(2, "ray", cores=2))
        made = [next(results)]
        at_home = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
        assert {address for _, address in listening() - before} <= at_home
        made += results
        assert [batch for batch, _ in made] == list(batches(range(20), 4))
        flat = [result for _, batch in made for result in batch]
        assert [k for k, result in enumerate(flat) if isinstance(result, Failure)] == [6, 13]
        assert [r for r in flat if not isinstance(r, Failure)] == [k * k for k in range(20) if k not in (6, 13)]

    def test_a_model_that_is_missing_is_told_in_its_words(self):
        with pytest.raises(ModelUnavailable, match="No such model"):
            list(map_on_ray(Squares(lacks_model=True), batches(range(4), 2), Plan.of(1, "ray", cores=1)))


def test_without_ray_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(ModelUnavailable, match="not installed") as told:
        list(map_on_ray(Squares(), batches(range(4), 2), Plan.of(1, "ray", cores=1)))
    assert PIN in told.value.hint
