"""A click on a bar of the dashboard lands on exactly the sentences that are counted in it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.app.conftest import GIVEN, make_pair
from tests.e2e.conftest import run_server
from xner.bench.dashboard import make
from xner.services import corpora, project_corpus
from xner.services.identity import local_user
from xner.store.session import Store


@pytest.fixture
def server(tmp_path):
    """A server over a corpus whose run cuts all names of two words: 6 sentences in German, 4 in Dutch."""
    (tmp_path / "data").mkdir()
    store, ada = Store(f"sqlite:///{tmp_path / 'data' / 'xner.db'}"), local_user("Ada")
    corpus = corpora.create(store, ada, "News")
    corpora.add(store, ada, corpus, [make_pair(f"p{k}", lang="de" if k % 3 else "nl") for k in range(10)])
    project_corpus.project_corpus(store, ada, corpus, GIVEN.updated({"extract.max_tokens": "1"}))
    store.close()
    with run_server(tmp_path / "log.txt") as address:
        yield address


def test_a_click_on_a_bar_opens_the_sentences_that_it_counts(page, server, named, settled):
    page.goto(f"{server}/dashboard?corpus=1&view=errors&rows=language")
    named(page)
    settled(page)
    bars = page.locator(".js-plotly-plot .barlayer .point")
    expect(bars).to_have_count(2)
    assert sorted(bars.locator("text").all_text_contents()) == ["4", "6"]
    counted = 6
    place = bars.filter(has_text=str(counted)).locator("path").bounding_box()
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.locator(".js-plotly-plot .hoverlayer .hovertext").first.wait_for()
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.wait_for_url(re.compile(r"/correct\?.*behind="))
    settled(page)
    expect(page.get_by_role("button", name=f"Dashboard: de · boundary too short ({counted})")).to_be_visible()
    expect(page.get_by_text(f"1–{counted} of {counted} sentences.")).to_be_visible()

    page.get_by_role("button", name="Dashboard: de").click()  # the pill is taken away, and all sentences are back
    expect(page.get_by_text("1–10 of 10 sentences.")).to_be_visible()
    assert "behind" not in page.url
    assert not page.outside
    assert not page.broken


@pytest.mark.slow
def test_a_point_of_a_results_directory_lists_its_sentences_beneath(page, server, named, settled, tmp_path):
    make(tmp_path / "results", n_langs=2, n_methods=2, n_sentences=40)
    page.goto(f"{server}/dashboard?results={tmp_path / 'results'}")
    named(page)
    settled(page)
    point = page.locator(".js-plotly-plot .scatterlayer .point").first.bounding_box()
    page.mouse.move(point["x"] + point["width"] / 2, point["y"] + point["height"] / 2)
    page.locator(".js-plotly-plot .hoverlayer .hovertext").first.wait_for()
    page.mouse.click(point["x"] + point["width"] / 2, point["y"] + point["height"] / 2)
    page.wait_for_url(re.compile(r"behind="))
    settled(page)
    expect(page.get_by_text("20 sentences").last).to_be_visible()
    expect(page.locator(".st-key-dashboard_list")).to_be_in_viewport(ratio=0.5)  # it is brought into sight
    expect(page.locator(".xpv .part").first).to_be_visible()
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    settled(page)
    expect(page.locator(".xpv .part").first).to_be_visible()
    assert not page.outside
    assert not page.broken
