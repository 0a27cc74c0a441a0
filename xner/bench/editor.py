"""Seconds that the editor keeps a linguist waiting: from key to picture, and from key to "Saved", in Chromium."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xner.bench.app_in_browser import browser, server
from xner.config import RunConfig
from xner.services import corpora
from xner.services.identity import local_user
from xner.services.project_corpus import project_corpus
from xner.store.session import Store
from xner.types import Alignment, Entity, Sentence, SentencePair, Span

_KEYS = ("p", "l", "]", "}", "o", "1", "0", "Control+z", "Control+y", "d")
_WAIT_MS = 30_000
USUAL = ("PER", "LOC", "ORG", "DATE")

_WATCH = """() => {
  const host = [...document.querySelectorAll('*')].find(n => n.shadowRoot?.querySelector('.xse'));
  const root = host?.shadowRoot ?? document, light = root.querySelector('.xse .light');
  const found = window.xner = { repaint: [], frame: [], saved: [] };
  let since = null;
  const soon = act => { const c = new MessageChannel(); c.port1.onmessage = act; c.port2.postMessage(0); };
  window.addEventListener('keydown', e => {
    if (e.key === 'Control') return;
    since = e.timeStamp;
    soon(() => found.repaint.push(performance.now() - e.timeStamp));
    requestAnimationFrame(() => soon(() => found.frame.push(performance.now() - e.timeStamp)));
  }, true);
  new MutationObserver(() => {
    if (since === null || light.textContent !== '✓ Saved') return;
    found.saved.push(performance.now() - since);
    since = null;
  }).observe(light, { childList: true, characterData: true, subtree: true });
}"""


def run(n_edits: int = 50, lengths: Sequence[int] = (14, 200)) -> dict[str, Any]:
    """Return milliseconds by sentence length (tokens of each side): median and 95th percentile.

    The page is Correct, over a store in a file. `repaint` is from the key to the end of script and layout, `frame` to
    the next picture on the screen, `saved` to the light "✓ Saved", which comes after the commit.

    Raises:
        ModelUnavailable: playwright or Chromium is missing.
    """
    with tempfile.TemporaryDirectory(prefix="xner-bench-") as folder:
        pair_ids = _fill(Path(folder), lengths)
        with browser() as chromium, server(Path(folder)) as address:
            return {
                f"{n}_tokens": _measure(chromium, f"{address}/correct?doc={pair_id}", n_edits)
                for n, pair_id in zip(lengths, pair_ids, strict=True)
            }


def _fill(folder: Path, lengths: Sequence[int]) -> list[int]:
    """Make a store with a projected pair of every length and return their ids."""
    store = Store(f"sqlite:///{folder / 'xner.db'}")
    user = local_user("Bench")
    corpus_id = corpora.create(store, user, "Bench")
    pairs = [_pair(n) for n in lengths]
    first = corpora.add(store, user, corpus_id, pairs).first_id
    if first is None:
        raise AssertionError("nothing was added")
    ids = list(range(first, first + len(pairs)))
    config = RunConfig().updated({"align.name": "given", "score.preset": "align"})
    project_corpus(store, user, corpus_id, config, pair_ids=ids)
    store.close()
    return ids


def _pair(n: int) -> SentencePair:
    words = tuple(f"word{k}" for k in range(n))
    names = tuple(Entity(Span(k, k + 1), USUAL[k // 7 % len(USUAL)]) for k in range(0, n, 7))
    links = frozenset((k, k) for k in range(n))
    return SentencePair(f"{n}", Sentence(words, "en"), Sentence(words, "de"), names, alignment=Alignment(links))


def _measure(chromium: Any, address: str, n_edits: int) -> dict[str, Any]:
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address)
    page.locator(".xse .light", has_text="Saved").wait_for(timeout=_WAIT_MS)
    page.locator('.xse .target .tok[data-k="3"]').click()
    page.evaluate(_WATCH)
    for number in range(n_edits):
        page.keyboard.press(_KEYS[number % len(_KEYS)])
        page.wait_for_function("n => window.xner.saved.length === n", arg=number + 1, timeout=_WAIT_MS)
    times: dict[str, list[float]] = page.evaluate("window.xner")
    page.close()
    return {
        "n_edits": len(times["saved"]),
        **{f"{name}_median_ms": statistics.median(values) for name, values in times.items()},
        **{f"{name}_p95_ms": statistics.quantiles(values, n=20)[-1] for name, values in times.items()},
    }
