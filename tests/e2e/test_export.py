"""Export in a browser: the file really arrives, and what is read back from it is what the store has."""

from __future__ import annotations

import csv
import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import run_server
from tests.unit.services.test_export_silver import ADA, ids_of, make_corpus, make_pair, project, save
from xner.io.json_lines import loads
from xner.services import corpora
from xner.store.session import Store


@pytest.fixture
def store(tmp_path):
    (tmp_path / "data").mkdir()
    opened = Store(f"sqlite:///{tmp_path / 'data' / 'xner.db'}")
    yield opened
    opened.close()


@pytest.fixture
def server(store, tmp_path):
    """A server over four sentences: projected, accepted, skipped, failed; one is a formula."""
    pairs = [make_pair("one", tokens=("=1+1", "hat", "Bergen", "besucht")), make_pair("two"), make_pair("three")]
    corpus_id, ids = make_corpus(store, *pairs)
    save(store, ADA, ids[1], "accepted")
    save(store, ADA, ids[2], "skipped")
    failed = make_pair("failed")
    corpora.add(store, ADA, corpus_id, [failed])
    project(store, [failed], ids_of(store, corpus_id)[-1:], failed=True)
    with run_server(tmp_path / "log.txt") as address:
        yield address


def choose_format(page, words):
    page.get_by_role("combobox", name="Format").click()
    page.get_by_role("option", name=re.compile(re.escape(words))).click()


def write_and_download(page, folder):
    page.get_by_role("button", name="Write and check the file").click()
    button = page.get_by_role("button", name=re.compile(r"^Download fjords"))
    expect(button).to_be_enabled()
    with page.expect_download() as arriving:
        button.click()
    path = folder / arriving.value.suggested_filename
    arriving.value.save_as(path)
    return path


def test_the_file_that_arrives_is_what_the_store_has(page, server, named, settled, tmp_path):
    page.goto(f"{server}/export")
    named(page)
    settled(page)
    expect(page.get_by_text("2 sentences of 4")).to_be_visible()
    expect(page.get_by_role("button", name="Download", exact=True)).to_be_disabled()
    choose_format(page, "JSON Lines")
    settled(page)
    path = write_and_download(page, tmp_path)
    records = [loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert path.name == "fjords.jsonl"
    assert [(r["id"], r["meta"]["silver"]["status"]) for r in records] == [("one", "projected"), ("two", "accepted")]
    assert [e["label"] for e in records[1]["target_entities"]] == ["PER", "LOC"]
    assert records[1]["meta"]["silver"]["annotator"] == "Ada"
    assert not page.outside
    assert not page.broken


def test_another_format_needs_another_check_and_no_cell_is_a_formula(page, server, named, settled, tmp_path):
    page.goto(f"{server}/export")
    named(page)
    settled(page)
    write_and_download(page, tmp_path)
    choose_format(page, "Spreadsheet")
    settled(page)
    expect(page.get_by_text("The choices have changed")).to_be_visible()
    expect(page.get_by_role("button", name="Download", exact=True)).to_be_disabled()
    path = write_and_download(page, tmp_path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert any(cell.startswith("'=1+1") for cell in cells)
    assert not any(cell.startswith("=") for cell in cells)
