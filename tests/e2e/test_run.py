"""A run in a browser: it outlives the page that started it, anybody sees it, and its results are there."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.background_jobs import leave
from tests.e2e.conftest import run_server
from tests.kills import kill, wait_until
from tests.stored_pairs import GIVEN, PAIR
from xner.services import corpora
from xner.services.identity import local_user
from xner.services.run_toml import run_toml
from xner.store import jobs
from xner.store.session import Store
from xner.types import Alignment, Entity, Sentence, SentencePair, Span

N = 200
N_TOKENS = 40
LONG = SentencePair(
    "long",
    Sentence(tuple(f"s{k}" for k in range(N_TOKENS)), "en"),
    Sentence(tuple(f"t{k}" for k in range(N_TOKENS)), "de"),
    source_entities=tuple(Entity(Span(k, k + 3), "PER") for k in range(0, N_TOKENS - 3, 5)),
    alignment=Alignment(frozenset((k, (k + by) % N_TOKENS) for k in range(N_TOKENS) for by in (0, 1))),
)
"""A pair that takes six milliseconds, so that a run can be disturbed while it goes on."""


@pytest.fixture
def store(tmp_path):
    (tmp_path / "data").mkdir()
    opened = Store(f"sqlite:///{tmp_path / 'data' / 'xner.db'}")
    yield opened
    opened.close()


@pytest.fixture
def server(store, tmp_path):
    """A server over a corpus of many pairs with links, one without, and a run that an earlier server left behind."""
    ada = local_user("Ada")
    corpus_id = corpora.create(store, ada, "Many")
    pairs = [replace(PAIR, id=f"p{k}", alignment=None if k == 3 else PAIR.alignment) for k in range(N)]
    corpora.add(store, ada, corpus_id, pairs)
    leave(store, corpus_id, GIVEN, state="interrupted", n_total=N)
    with run_server(tmp_path / "log.txt") as address:
        yield address


def test_a_run_outlives_reloads_and_its_results_are_there(page, browser, server, named, settled, tmp_path):
    start_given(page, server, tmp_path, settled, named)
    expect(page.get_by_text("interrupted")).to_be_visible()
    expect(page.get_by_text("Run 2")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Run 2")).to_be_visible()

    other = browser.new_context()
    try:
        second = other.new_page()
        second.goto(f"{server}/run")
        expect(second.get_by_text("Run 2")).to_be_visible()  # a colleague sees it, too
    finally:
        other.close()

    expect(page.get_by_text("✓ finished")).to_be_visible(timeout=120_000)
    expect(page.get_by_text(f"{N - 1:,} projected")).to_be_visible()
    settled(page)
    page.get_by_text("Log · ⚠ 1 failed").click()
    expect(page.get_by_text("has no alignment")).to_be_visible()
    page.get_by_role("link", name="⚠ 4").click()
    page.wait_for_url(re.compile(r"/inspect\?doc=4$"))
    assert page.outside == []
    assert page.broken == []


def start_given(page, address, tmp_path, settled, named):
    """Load settings that take links from the pairs, and start a run."""
    page.goto(f"{address}/run")
    named(page)
    settled(page)
    page.get_by_text("These settings as run.toml").click()
    settings = tmp_path / "run.toml"
    settings.write_text(run_toml(GIVEN), encoding="utf-8")
    page.locator("input[type=file]").set_input_files(settings)
    expect(page.get_by_text("Alignment: given")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Start").click()


def stored(store, run_id):
    with store.read() as session:
        return jobs.job(session, run_id)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the processes in /proc")
def test_a_run_goes_on_without_its_page_and_its_server_and_after_a_crash_where_it_stopped(
    page, browser, store, named, settled, tmp_path
):
    n = 1500
    corpus_id = corpora.create(store, local_user("Ada"), "Many")
    corpora.add(store, local_user("Ada"), corpus_id, [replace(LONG, id=f"p{k}") for k in range(n)])
    with run_server(tmp_path / "log.txt") as address:
        start_given(page, address, tmp_path, settled, named)
        expect(page.get_by_text("▶ running")).to_be_visible()
        page.reload()
        expect(page.get_by_text("▶ running")).to_be_visible()
        assert wait_until(lambda: stored(store, 1).n_ok > 0)
        page.goto("about:blank")  # the page is closed, and then the server ends
    before = stored(store, 1)
    assert before.state == "running"
    assert wait_until(lambda: stored(store, 1).n_ok > before.n_ok)  # nobody is there, and it goes on
    kill(before.pid)
    with run_server(tmp_path / "log.txt") as address:
        again = browser.new_page()
        again.goto(f"{address}/run")
        expect(again.get_by_text("‖ interrupted")).to_be_visible()
        settled(again)
        again.get_by_role("button", name="Resume").click()
        expect(again.get_by_text("▶ running")).to_be_visible()
        expect(again.get_by_test_id("stSidebar").get_by_text("1 run under way")).to_be_visible()
        expect(again.get_by_text("✓ finished")).to_be_visible(timeout=300_000)
        expect(again.get_by_text(f"{n:,} projected")).to_be_visible()
        again.close()
    assert (stored(store, 1).n_ok, stored(store, 1).n_total) == (n, n)
