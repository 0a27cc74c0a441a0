"""What the first visitor of a server gets, whichever address comes first."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ROOT

APP = (ROOT / "app.py").read_text(encoding="utf-8")
N_PAGES = APP.count("st.Page(") - APP.count('visibility="hidden"')


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("", "xner"),
        ("add", "Add text"),
        ("run", "Run"),
        ("inspect", "Inspect"),
        ("inspection", "Inspect"),
        ("home", "xner"),
    ],
)
def test_every_address_gives_a_whole_page_as_the_very_first_request(path, heading, page, fresh_server, named):
    page.goto(f"{fresh_server}/{path}")
    named(page)  # nothing may lie over the page
    expect(page.get_by_role("heading", level=1, include_hidden=True)).to_have_text(heading)
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(N_PAGES)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.outside == []


def test_a_shared_address_of_a_sentence_that_is_not_here_is_words_and_no_dialog(page, fresh_server, named):
    page.goto(f"{fresh_server}/inspect?doc=7")
    named(page)
    expect(page.get_by_text("There is no such sentence, or it is not yours.")).to_be_visible()
    expect(page.get_by_role("link", name="Choose a corpus on Home")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
