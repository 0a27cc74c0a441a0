"""Adjudication in a browser: by keyboard, with names hidden, and through the editor; the store has the decision."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import run_server
from tests.unit.services.test_adjudication import LOC, ORG, PER
from tests.unit.services.test_export_silver import ADA, BEN, make_corpus, make_pair, save
from xner.correct.annotation import Annotation
from xner.store import revisions
from xner.store.session import Store
from xner.types import Span


@pytest.fixture
def store(tmp_path):
    (tmp_path / "data").mkdir()
    opened = Store(f"sqlite:///{tmp_path / 'data' / 'xner.db'}")
    yield opened
    opened.close()


@pytest.fixture
def server(store, tmp_path):
    """A server over two sentences on which Ada and Ben differ: by label on the first, by boundary on the second."""
    _, (one, two) = make_corpus(store, make_pair("one"), make_pair("two"), mode="independent")
    save(store, ADA, one, "accepted", Annotation((PER, LOC)))
    save(store, BEN, one, "accepted", Annotation((ORG, LOC)))
    save(store, ADA, two, "accepted", Annotation((PER,)))
    save(store, BEN, two, "accepted", Annotation((replace(PER, span=Span(0, 2)),)))
    with run_server(tmp_path / "log.txt") as address:
        yield address


def own(store, pair_id):
    with store.read() as session:
        return [(row.status, json.loads(row.payload), row.parents) for row in revisions.history(session, pair_id)]


def test_keys_settle_one_sentence_after_the_other(page, server, store, named, settled):
    page.goto(f"{server}/adjudicate")
    named(page, "Carla")
    settled(page)
    expect(page.get_by_text(re.compile("1 of 2"))).to_be_visible()
    expect(page.locator(".xpv .part.target .tag").first).to_contain_text("≠")
    page.keyboard.press("b")
    expect(page.get_by_text("1 of 2 settled")).to_be_visible()
    expect(page.locator(".xpv .part.version .absent")).to_have_count(0)
    expect(page.locator(".xpv .part.target .absent")).to_have_text("hat")
    page.keyboard.press("a")
    expect(page.get_by_text("No sentence waits for a decision.")).to_be_visible()
    (first,), (second,) = own(store, 1), own(store, 2)
    assert (first[0], second[0]) == ("adjudicated", "adjudicated")
    assert [e["label"] for e in first[1]["entities"]] == ["ORG", "LOC"]
    assert [(e["start"], e["end"]) for e in second[1]["entities"]] == [(0, 1)]
    assert len(json.loads(first[2])["versions"]) == 2
    assert not page.outside
    assert not page.broken


def test_hidden_names_are_not_on_the_page(page, server, named, settled):
    page.goto(f"{server}/adjudicate")
    named(page, "Carla")
    settled(page)
    expect(page.get_by_role("button", name=re.compile("Take B: Ben"))).to_be_visible()
    page.get_by_text("Hide names").click()
    expect(page.get_by_role("button", name=re.compile("Take B: Annotator 2"))).to_be_visible()
    settled(page)
    shown = page.get_by_test_id("stMain").inner_text() + page.locator(".xpv").first.inner_text()
    assert not re.search(r"\b(Ada|Ben)\b", shown)


def test_a_third_annotation_is_made_in_the_editor(page, server, store, named, settled):
    page.goto(f"{server}/adjudicate?doc=1")
    named(page, "Carla")
    settled(page)
    page.get_by_role("button", name=re.compile("^Edit|edit Edit")).click()
    page.get_by_role("button", name="Begin from B").click()
    editor = page.locator(".xse")
    expect(editor).to_be_visible()
    settled(page)
    tokens = editor.get_by_role("option", name=re.compile("^Bergen"))
    tokens.last.click()
    page.keyboard.press("Delete")
    settled(page)
    page.keyboard.press("Enter")
    expect(editor.get_by_text("accept again to leave it open")).to_be_visible()  # the name that has no place any more
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of 2 settled")).to_be_visible()
    newest = own(store, 1)[0]
    assert newest[0] == "adjudicated"
    assert [e["label"] for e in newest[1]["entities"]] == ["ORG"]
    assert len(json.loads(newest[2])["versions"]) == 2
