"""Seconds until a page over a large store is there: in Chromium, from the request to the end of the page's script."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from xner.bench.app_in_browser import browser, server
from xner.bench.large_store import SEARCHED, USER, LargeStore, fill
from xner.store.session import Store

AIM_S = 2.0
_WAIT_MS = 60_000
_WATCH = """() => {
  const note = window.xnerScript = { since: null, busy: 0 };
  const look = () => {
    const state = document.querySelector('[data-testid="stApp"]')?.getAttribute('data-test-script-state');
    if (state === 'running' && note.since === null) note.since = performance.now();
    if (state === 'notRunning' && note.since !== null) {
      note.busy += performance.now() - note.since;
      note.since = null;
    }
  };
  new MutationObserver(look).observe(document, {
    subtree: true, childList: true, attributes: true, attributeFilter: ['data-test-script-state'],
  });
}"""
_DONE = '[data-testid="stApp"][data-test-script-state="notRunning"]'

Figures = dict[str, dict[str, Any]]


def run(n_pairs: int = 20_000, n_times: int = 3) -> dict[str, Any]:
    """Return seconds by page: medians of `n_times` loads.

    `first` is the load by a browser that has never been here, `again` by one that has the app's files, `script` the
    part of the latter that the page's own script takes, which is also what going from page to page costs. The server
    has been visited before, and its encoder is in memory: loading that is told by itself.

    Raises:
        ModelUnavailable: playwright or Chromium is missing.
    """
    with browser() as chromium, tempfile.TemporaryDirectory(prefix="xner-bench-") as name:
        folder = Path(name)
        start = time.monotonic()
        store = Store(f"sqlite:///{folder / 'xner.db'}")
        made = fill(store, n_pairs)
        store.close()
        built = time.monotonic() - start
        with server(folder) as address:
            _measure(chromium, f"{address}/", "System check")
            encoder = _measure(chromium, f"{address}/inspect?doc={made.pair}", ".xpv .tok")["first"]
            pages = {
                page: _figures([_measure(chromium, f"{address}/{path}", sign) for _ in range(n_times)])
                for page, (path, sign) in _addresses(made).items()
            }
    missed = [page for page, found in pages.items() if found["again"] > AIM_S]
    return {
        "pairs": n_pairs,
        "store built s": built,
        "start of the encoder s": encoder,
        "pages": pages,
        f"over {AIM_S:g} s": ", ".join(missed) or "none",
    }


def _addresses(made: LargeStore) -> dict[str, tuple[str, str]]:
    """Return page to its address and to a sign (CSS or words) that its content is there."""
    here = f"corpus={made.corpus}"
    return {
        "home": (f"?{here}", "System check"),
        "add": ("add", "Add and inspect"),
        "inspect": (f"inspect?doc={made.pair}", ".xpv .tok"),
        "queue": (f"correct?{here}", '[data-testid="stDataFrame"] canvas'),
        "queue, filtered": (f"correct?{here}&lang=nl&status=projected&label=PER&q={SEARCHED}",
                            '[data-testid="stDataFrame"] canvas'),
        "queue, at random": (f"correct?{here}&order=random&page=7", '[data-testid="stDataFrame"] canvas'),
        "editor": (f"correct?{here}&doc={made.pair}", ".xse .target .tok"),
        "adjudicate": (f"adjudicate?corpus={made.blind}", ".xpv .tok"),
        "adjudicate, one": (f"adjudicate?corpus={made.blind}&doc={made.differing}", ".xpv .tok"),
        "export": (f"export?{here}", "Write and check the file"),
        "export, settled": (f"export?corpus={made.blind}", "Left out"),
    }  # fmt: skip


def _measure(chromium: Any, address: str, sign: str) -> dict[str, float]:
    """Load a page twice in a browser of its own."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        page.set_default_timeout(_WAIT_MS)
        page.add_init_script(f"({_WATCH})()")
        first = _load(page, address, sign)
        again = _load(page, address, sign)
        return {"first": first, "again": again, "script": page.evaluate("window.xnerScript.busy") / 1000}
    finally:
        context.close()


def _load(page: Any, address: str, sign: str) -> float:
    start = time.monotonic()
    page.goto(address)
    content = page.locator(sign) if sign[0] in ".[" else page.get_by_text(sign)
    name = page.get_by_role("textbox", name="Your name")
    content.or_(name).first.wait_for()
    if name.count():  # a store that nobody has worked in asks who it is; that is not what is measured
        name.fill(USER.name)
        page.get_by_role("button", name="Use this name").click()
        content.first.wait_for()
    page.locator(_DONE).wait_for()
    return time.monotonic() - start


def _figures(loads: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(load[name] for load in loads) for name in loads[0]}
