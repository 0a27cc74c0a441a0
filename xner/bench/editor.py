"""Seconds that the editor keeps a linguist waiting: from key to picture, and from key to "Saved", in Chromium."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xner.errors import ModelUnavailable

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
_KEYS = ("p", "l", "]", "}", "o", "1", "0", "Control+z", "Control+y", "d")
_START_S, _WAIT_MS = 60, 30_000

_APP = """
import streamlit as st
from xner.correct.annotation import Annotation, AnnotatedEntity, parse_annotation, plain_annotation
from xner.correct.edits import parse_edit
from xner.correct.labels import Label, USUAL_KEYS
from xner.correct.palette import label_styles
from xner.types import Alignment, Entity, Sentence, SentencePair, Span
from xner.ui import editor

st.set_page_config(layout="wide")
n = int(st.query_params.get("n", 14))
styles = label_styles(USUAL_KEYS)
LABELS = [Label(name, USUAL_KEYS[name], style.light, style.dark, style.line) for name, style in styles.items()]
words = tuple(f"word{k}" for k in range(n))
PAIR = SentencePair("1", Sentence(words, "en"), Sentence(words, "de"),
    source_entities=tuple(Entity(Span(k, k + 1), "PER") for k in range(0, n, 7)),
    alignment=Alignment(frozenset((k, k) for k in range(n))))
START = Annotation(tuple(
    AnnotatedEntity(f"p{k}", Span(k, k + 1), "PER", 0.9, k // 7, "projected") for k in range(0, n, 7)))
row = st.session_state.setdefault("row", {"seq": 0, "payload": plain_annotation(START), "history": ()})

def save():
    edit = parse_edit(editor.last_edit(), PAIR, LABELS, parse_annotation(row["payload"]))
    row.update(seq=edit.seq, payload=plain_annotation(edit.annotation), history=edit.history)

editor.draw(
    editor.editor_data(PAIR, parse_annotation(row["payload"]), LABELS, doc_id="1", rev="0", client="bench",
        ack_seq=row["seq"], history=row["history"], alignment=PAIR.alignment),
    on_edit=save, on_command=lambda: None)
"""

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

    `repaint` is from the key to the end of script and layout, `frame` to the next picture on the screen, `saved` to
    the light "✓ Saved": the server has checked the edit by then, but it stands in memory, not in a database.

    Raises:
        ModelUnavailable: playwright or Chromium is missing.
    """
    with _browser() as browser, _server() as address:
        return {f"{n}_tokens": _measure(browser, f"{address}/?n={n}", n_edits) for n in lengths}


def _measure(browser: Any, address: str, n_edits: int) -> dict[str, Any]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
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


@contextmanager
def _browser() -> Iterator[Any]:
    program = next((path for path in CHROMIUM if Path(path).exists()), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise ModelUnavailable("This needs the package playwright.", "Install tests/requirements.txt.") from error
    if program is None:
        raise ModelUnavailable("This needs Chromium.", "Install the package chromium of your system.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS), headless=True)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def _server() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "editor_bench.py"
        script.write_text(_APP, encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true",
             "--server.address=127.0.0.1", f"--server.port={port}"],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _await(f"http://127.0.0.1:{port}/_stcore/health", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  our own server
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError("the server of the editor did not start")
