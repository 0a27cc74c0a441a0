"""Options of the test run, and a store of its own for every test."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import settings

_NUMBER = count()


# A deadline of a single example is a timed test: it fails on a machine that does something else.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--worked-examples",
        metavar="PATH",
        default=None,
        help="JSON file of worked examples to run instead of tests/worked_examples/own.json",
    )


@pytest.fixture(autouse=True)
def own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the test an empty store in a folder that is made when it is first opened; no test meets another's."""
    before = {name: os.environ.pop(name, None) for name in ("XNER_DATA", "XNER_DATABASE_URL", "XNER_CACHE_SIZE")}
    os.environ["XNER_CACHE_SIZE"] = "0"  # nothing that another test computed; tests of the cache set a size
    os.environ["XNER_DATA"] = str(tmp_path_factory.getbasetemp() / f"store-{next(_NUMBER)}")
    yield
    if session := sys.modules.get("xner.store.session"):
        session.forget_store(f"sqlite:///{session.data_folder() / 'xner.db'}")
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
