"""What the first visitor of a server gets, whichever address comes first."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize(
    ("path", "heading"),
    [("", "xner"), ("add", "Add text"), ("inspect", "Inspect"), ("inspection", "xner"), ("home", "xner")],
)
def test_every_address_gives_a_whole_page_as_the_very_first_request(path, heading, page, fresh_server):
    page.goto(f"{fresh_server}/{path}")
    expect(page.get_by_role("heading", level=1, include_hidden=True)).to_have_text(heading)
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(3)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert page.outside == []


def test_a_shared_address_opens_without_a_dialog_in_the_way(page, fresh_server):
    page.goto(f"{fresh_server}/inspect?doc=sample/en-de/03")
    expect(page.get_by_role("button", name="Open the German sample corpus here")).to_be_enabled()
    expect(page.get_by_role("dialog")).to_have_count(0)
