"""Seconds until the dashboard over a large results directory is there, and until a filter has worked, in Chromium."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from xner.bench.app_in_browser import browser, server
from xner.bench.large_store import USER
from xner.io.results_files import write_run
from xner.services.results import NewCell, write_cell
from xner.types import Entity, Projection, Sentence, SentencePair, Span

AIM_FIRST_S, AIM_FILTER_S = 2.0, 0.5
_LANGS = (
    "af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu ha he hi hr hu hy id ig is it ja ka kk ko "
    "lt lv mk ml mr ms nb nl pl pt ro ru sk sl sv sw ta".split()
)
_METHODS = (
    "exact over links", "greedy on links", "heuristic", "garcia-ferrero", "exact, links and recogniser",
    "marked back-translation", "model transfer", "zero-shot, large",
)  # fmt: skip
_LABELS = ("LOC", "ORG", "PER", "DATE")
_WAIT_MS = 120_000
_DONE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def make(directory: Path, n_langs: int = 55, n_methods: int = 8, n_sentences: int = 20_000, seed: int = 0) -> None:
    """Write a results directory of random sentences; every method runs all `n_sentences`, spread over the languages.

    Raises:
        ConfigError: the directory can't be written.
    """
    write_run(directory, f"Synthetic: {n_langs} languages, {n_methods} methods, {n_sentences:,} sentences")
    for number, lang in enumerate(_LANGS[:n_langs]):
        drawn = random.Random(f"{seed} {lang}")  # noqa: S311 (test data, no secret)
        pairs = [_pair(f"{lang}-{k}", lang, drawn) for k in range(-(-n_sentences // n_langs))]
        for place, method in enumerate(_METHODS[:n_methods]):
            rate = 0.06 + 0.05 * place + 0.25 * (number / len(_LANGS))
            made = [_projection(pair, rate, drawn) for pair in pairs]
            cell = NewCell("synthetic", f"synthetic.en-{lang}", method, "synthetic", "en", lang, score_max=1.0)
            write_cell(directory, cell, pairs, made, 1.0)


def _pair(name: str, lang: str, drawn: random.Random) -> SentencePair:
    tokens = tuple(f"{lang}{drawn.randrange(4000)}" for _ in range(drawn.randrange(6, 36)))
    entities: list[Entity] = []
    place = drawn.randrange(0, 4)
    while place < len(tokens) and len(entities) < 4:
        end = min(len(tokens), place + drawn.choice((1, 1, 2, 2, 3, 5)))
        entities.append(Entity(Span(place, end), drawn.choice(_LABELS), source=len(entities)))
        place = end + drawn.randrange(1, 12)
    gold = tuple(entities)
    source = tuple(Entity(e.span, e.label) for e in gold)
    return SentencePair(
        name, Sentence(tokens, "en"), Sentence(tokens, lang), source_entities=source, target_entities=gold
    )


def _projection(pair: SentencePair, rate: float, drawn: random.Random) -> Projection:
    """Return gold with errors of all kinds; a greater confidence is more often right."""
    assert pair.target is not None  # noqa: S101 (made above)
    n, found, taken = len(pair.target), [], 0
    for entity in pair.target_entities or ():
        start, end, label, wrong = entity.span.start, entity.span.end, entity.label, drawn.random() < rate
        kind = drawn.randrange(5) if wrong else -1
        if kind == 0:
            continue
        if kind == 1 and end - start > 1:
            end -= 1
        elif kind == 2:
            end = min(n, end + 1)
        elif kind == 3:
            label = drawn.choice(_LABELS)
        elif kind == 4:
            start, end = max(taken, start - 1), max(start, end - 1)
        if start < taken or start >= end:
            continue
        score = min(0.99, max(0.01, drawn.gauss(0.45 if wrong else 0.8, 0.15)))
        found.append(Entity(Span(start, end), label, score, entity.source))
        taken = end
    if drawn.random() < rate / 3 and taken < n:
        found.append(Entity(Span(n - 1, n), drawn.choice(_LABELS), 0.3))
    return Projection(pair.id, tuple(found), "ok" if found else "empty", None if found else "no span")


def run(n_langs: int = 55, n_methods: int = 8, n_sentences: int = 20_000, n_times: int = 3) -> dict[str, Any]:
    """Return seconds: the first render of a new server, each view by a browser that was there, filters.

    Raises:
        ModelUnavailable: playwright or Chromium is missing.
    """
    with browser() as chromium, tempfile.TemporaryDirectory(prefix="xner-bench-") as name:
        folder = Path(name)
        start = time.monotonic()
        make(folder / "results", n_langs, n_methods, n_sentences)
        built = time.monotonic() - start
        with server(folder) as address:
            context = chromium.new_context(viewport={"width": 1280, "height": 900})
            page = context.new_page()
            page.set_default_timeout(_WAIT_MS)
            base = f"{address}/dashboard?results={quote(str(folder / 'results'))}"
            _enter(page, f"{address}/add")  # imports of the server and files of the browser are not the dashboard's
            first = _load(page, base)
            again = statistics.median(_load(page, base) for _ in range(n_times))
            views = {
                view: {"first": _load(page, f"{base}&view={view}"), "again": _load(page, f"{base}&view={view}")}
                for view in ("grid", "errors", "slices", "calibration", "effort")
            }
            filters = _filters(page, base)
            context.close()
    return {
        "languages": n_langs, "methods": n_methods, "sentences": n_sentences, "directory written s": built,
        "first render s": first, "again s": again, "views s": views, "filters s": filters,
        f"first render within {AIM_FIRST_S:g} s": first <= AIM_FIRST_S,
        f"filters within {AIM_FILTER_S:g} s": max(filters.values()) <= AIM_FILTER_S,
    }  # fmt: skip


def _enter(page: Any, address: str) -> None:
    page.goto(address)
    name = page.get_by_role("textbox", name="Your name")
    name.wait_for()  # the store is empty: it asks who is here
    name.fill(USER.name)
    page.get_by_role("button", name="Use this name").click()
    name.wait_for(state="detached")
    page.locator(_DONE).wait_for()


def _load(page: Any, address: str) -> float:
    start = time.monotonic()
    page.goto(address)
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    page.locator(_DONE).wait_for()
    return time.monotonic() - start


def _filters(page: Any, base: str) -> dict[str, float]:
    """Return seconds from a click on a choice to the figure that it asks for."""
    found = {}
    _load(page, base)
    for words, sign in (("Partial", "Partial F1"), ("Exact span", "Exact span F1"), ("Strict", "Strict F1")):
        start = time.monotonic()
        page.get_by_test_id("stMain").get_by_role("radio", name=words, exact=True).click()
        page.locator(".js-plotly-plot .xtitle", has_text=sign).first.wait_for()
        found[f"counts as right: {words}"] = time.monotonic() - start
        page.locator(_DONE).wait_for()
    start = time.monotonic()
    page.get_by_test_id("stMain").get_by_role("radio", name="F1 of the first method", exact=True).click()
    page.wait_for_url("**sort=f1**")
    page.locator(_DONE).wait_for()
    found["order by F1"] = time.monotonic() - start
    return found
