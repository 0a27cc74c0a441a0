"""A run in a browser: it outlives the page that started it, anybody sees it, and its results are there."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import run_server
from tests.stored_pairs import GIVEN, PAIR
from xner.services import corpora
from xner.services.identity import local_user
from xner.services.run_order import Kept, written
from xner.services.run_toml import run_toml
from xner.store import runs
from xner.store.session import Store

N = 700


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
    dead = Kept(("new",), n_total=N, host="a-machine-that-is-gone", pid=1)
    store.write(lambda session: runs.begin(session, corpus_id, written(GIVEN, dead), 1))
    store.write(lambda session: runs.change(session, 1, state="interrupted"))
    with run_server(tmp_path / "log.txt") as address:
        yield address


def test_a_run_outlives_reloads_and_its_results_are_there(page, browser, server, named, settled, tmp_path):
    page.goto(f"{server}/run")
    named(page)
    settled(page)
    expect(page.get_by_text("interrupted")).to_be_visible()
    page.get_by_text("These settings as run.toml").click()
    settings = tmp_path / "run.toml"
    settings.write_text(run_toml(GIVEN), encoding="utf-8")
    page.locator("input[type=file]").set_input_files(settings)
    expect(page.get_by_text("Alignment: given")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Start").click()
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
