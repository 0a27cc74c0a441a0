"""Seconds from moving a weight on the Run page to the sentences that it would change, in Chromium."""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xner.bench.app_in_browser import browser, server
from xner.bench.large_store import USER
from xner.config import RunConfig
from xner.errors import ConfigError
from xner.services import corpora
from xner.services.project_corpus import project_corpus
from xner.store.session import Store
from xner.types import SentencePair

AIM_S = 1.0
_WAIT_MS = 120_000
_DONE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def measure(pairs: Sequence[SentencePair], config: RunConfig, n_moves: int = 10) -> dict[str, Any]:
    """Return seconds until the page says what would change: at first, and each time that a weight was moved.

    The corpus is projected before, which fills the cache. The page reads links from there once; `the first time` is
    that, in a server that has never seen them.

    Raises:
        ModelUnavailable: playwright or Chromium is missing.
        ConfigError: the cache does not keep the links.
    """
    with browser() as chromium, tempfile.TemporaryDirectory(prefix="xner-bench-") as name:
        store = Store(f"sqlite:///{Path(name) / 'xner.db'}")
        corpus_id = corpora.create(store, USER, "Bench")
        corpora.add(store, USER, corpus_id, pairs)
        start = time.perf_counter()
        project_corpus(store, USER, corpus_id, config)
        projected = time.perf_counter() - start
        store.close()
        with server(Path(name)) as address:
            page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
            page.set_default_timeout(_WAIT_MS)
            first, words = _open(page, f"{address}/run?corpus={corpus_id}")
            moves = [_move(page, round(0.3 + k / 10, 1)) for k in range(n_moves)]
    return {
        "pairs": len(pairs),
        "projected s": projected,
        "the first time s": first,
        "it said": words,
        "moved s": {"median": statistics.median(moves), "longest": max(moves), "shortest": min(moves)},
        f"over {AIM_S:g} s": sum(move > AIM_S for move in moves),
    }


def _open(page: Any, address: str) -> tuple[float, str]:
    """Open the weights, switch the comparison on and return how long that took, and what it says."""
    page.goto(address)
    name, weights = page.get_by_role("textbox", name="Your name"), page.get_by_text("Candidates and weights")
    name.or_(weights).first.wait_for()
    if name.count():
        name.fill(USER.name)
        page.get_by_role("button", name="Use this name").click()
    weights.click()
    page.locator(_DONE).wait_for()
    start = time.perf_counter()
    page.get_by_text("Show what would change").click()
    said = page.get_by_text(re.compile(r"would (change\.|get other names)")).first
    unknown = page.get_by_text(re.compile("left out: this aligner's links")).first
    said.or_(unknown).first.wait_for()
    if not said.count():
        raise ConfigError("The page finds no links in the cache.", "Is it on, and xner the same throughout?")
    page.locator(_DONE).wait_for()
    return time.perf_counter() - start, said.inner_text()


def _move(page: Any, weight: float) -> float:
    """Type a weight and return the seconds from Enter to the page that has it worked out."""
    box = page.get_by_role("spinbutton", name="soft", exact=True)
    box.fill(str(weight))
    start = time.perf_counter()
    box.press("Enter")
    page.get_by_text(re.compile(rf"With .*soft {weight:g}[,;]")).wait_for()
    page.locator(_DONE).wait_for()
    return time.perf_counter() - start
