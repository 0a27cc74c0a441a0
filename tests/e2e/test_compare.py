"""A link to a comparison in a browser that has never been here: the same sentence, methods and marks."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.app.conftest import make_pair
from tests.e2e.conftest import run_server
from xner.services import corpora
from xner.services.identity import local_user
from xner.store.session import Store

GIVEN = "align.name%3Dgiven"


@pytest.fixture
def server(tmp_path):
    """A server over two sentences that bring their links."""
    (tmp_path / "data").mkdir()
    store = Store(f"sqlite:///{tmp_path / 'data' / 'xner.db'}")
    corpus = corpora.create(store, local_user("Ada"), "News")
    corpora.add(store, local_user("Ada"), corpus, [make_pair("one"), make_pair("two")])
    store.close()
    with run_server(tmp_path / "log.txt") as address:
        yield address


def comparison(page):
    """Return titles, words and chips of the rows, as they stand on the page."""
    expect(page.locator(".xpv .part")).to_have_count(4)
    return page.locator(".xpv .part").all_inner_texts()


def test_a_copied_link_opens_the_same_comparison_elsewhere(page, browser, server, named, settled):
    page.goto(f"{server}/compare?doc=2&m=default;{GIVEN}&m=default;extract.max_tokens%3D1;{GIVEN}")
    named(page)
    settled(page)
    before = comparison(page)
    assert any("PER ⇠1 ↔" in row for row in before)
    page.get_by_text("the first method", exact=True).click()
    settled(page)
    page.get_by_role("button", name="Copy link").click()
    link = page.get_by_test_id("stCode").locator("code").inner_text().strip()
    assert "against=first" in link
    expect(page.locator(".xpv .part")).to_have_count(3)
    shown = page.locator(".xpv .part").all_inner_texts()

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        elsewhere = context.new_page()
        elsewhere.set_default_timeout(60_000)
        elsewhere.goto(link)
        named(elsewhere)
        settled(elsewhere)
        expect(elsewhere.locator(".xpv .part")).to_have_count(3)
        assert elsewhere.locator(".xpv .part").all_inner_texts() == shown
        assert elsewhere.url == link
    finally:
        context.close()
    assert not page.outside
    assert not page.broken
