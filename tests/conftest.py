"""Options of the test run."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--worked-examples",
        metavar="PATH",
        default=None,
        help="JSON file of worked examples to run instead of tests/worked_examples/own.json",
    )
