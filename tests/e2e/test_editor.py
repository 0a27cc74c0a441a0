"""The span editor in Chromium: what is done by mouse or keys is what the server has afterwards, in five languages."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ROOT, _free_port, run_server
from tests.e2e.editor_sheet import Keys, Mouse, Sheet, documents
from xner.correct.tokens import cut, cut_links, imported_cuts, is_exact, remap
from xner.types import Sentence, Span

SCRIPT = "tests/e2e/editor_app/app.py"
LANGUAGES = [*documents.TARGETS]
NUMBERS = itertools.count()
Open = Callable[..., Sheet]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("editor") / "store.json"


@pytest.fixture(scope="module")
def editor_server(store: Path) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XNER_EDITOR_STORE", str(store))
        with run_server(store.with_name("log.txt"), SCRIPT) as address:
            yield address


@pytest.fixture
def open_sheet(page: Any, editor_server: str, store: Path) -> Iterator[Open]:
    """Return a function that opens a fresh document of a name; scripts must not break, nor other hosts be asked."""

    def run(name: str, query: str = "") -> Sheet:
        return Sheet(page, editor_server, store, f"{name}-{next(NUMBERS)}", query)

    yield run
    assert page.broken == []
    assert page.outside == []


@pytest.mark.parametrize("hand", [Mouse, Keys])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_operation_arrives_as_it_was_done(lang, hand, open_sheet):
    sheet = open_sheet(lang)
    do = hand(sheet)
    _, tokens, ((per, _, _, _), (loc, _, _, _)), _, ((start, end), *_) = documents.TARGETS[lang]
    text = lambda a, b: " ".join(tokens[a:b])  # noqa: E731
    place = (tokens[loc], "LOC", 2)
    short, name = (tokens[per], "PER", 0), (text(per, per + 2), "PER", 0)
    org = (text(start, end), "ORG", 1)

    do.first_span(per)
    do.boundary("end", per + 1)
    sheet.stored([name, place])
    do.boundary("end", per)
    sheet.stored([short, place])
    do.press("undo")
    sheet.stored([name, place])

    do.select(start, end)
    do.label("ORG")  # the link comes by itself
    in_order = sorted([(per, name), (loc, place), (start, org)])
    everything = [span for _, span in in_order]
    sheet.stored(everything)

    swap = lambda new: [new if span is org else span for span in everything]  # noqa: E731
    do.press("shrink-start")
    sheet.stored(swap((text(start + 1, end), "ORG", 1)))
    do.press("grow-start")
    sheet.stored(everything)
    do.press("shrink-end")
    sheet.stored(swap((text(start, end - 1), "ORG", 1)))
    do.press("grow-end")
    sheet.stored(everything)

    do.label("LOC")
    sheet.stored(swap((org[0], "LOC", 1)))
    do.press("undo")
    do.link(3)  # takes the label along
    sheet.stored(swap((org[0], "DATE", 3)))
    do.press("undo")
    do.press("unlink")
    sheet.stored(swap((org[0], "ORG", None)))
    do.press("undo")
    do.press("delete")
    sheet.stored([name, place] if per < loc else [place, name])
    do.press("undo")
    sheet.stored(everything)
    do.press("redo")
    sheet.stored([name, place])
    do.press("undo")
    sheet.stored(everything)

    do.first_span(loc)
    do.press("split")
    parts = {"ar": ["ب", "بروكسل"], "he": ["ב", "בריסל"]}.get(lang)
    split = (" ".join(parts), "LOC", 2) if parts else None
    if split:
        sheet.stored([split if span is place else span for span in everything])
        do.press("shrink-start")
        sheet.stored([(parts[1], "LOC", 2) if span is place else span for span in everything])
        do.press("undo")
    sheet.until(lambda: "".join(sheet.tokens()), "".join(tokens))
    sheet.until(lambda: len(sheet.tokens()) > len(tokens), True)
    do.press("merge")  # the active span is whole again
    sheet.stored(everything)
    assert sheet.tokens() == list(tokens)
    assert sheet.row()["payload"]["cuts"] is None

    do.press("accept")
    sheet.said("4 DATE")
    assert sheet.row()["status"] == "draft"
    do.press("accept")
    sheet.until(lambda: sheet.row()["status"], "accepted")
    assert {e["status"] for e in sheet.row()["payload"]["entities"]} == {"accepted"}
    assert sheet.row()["refused"] == []
    following = documents.after(sheet.doc_id).partition("-")[0]
    expect(sheet.page.locator(".xse .target .text")).to_have_attribute("lang", following)
    expect(sheet.page.locator(".xse .target .tok:focus")).to_have_count(1)  # the keys go on in the next sentence
    assert drafts(sheet.page) == []


def drafts(page: Any) -> list[str]:
    return page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('xner:draft:'))")
