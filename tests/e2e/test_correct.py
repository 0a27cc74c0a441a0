"""The daily work in real browsers: one key a sentence, two people on one sentence, everything can be taken back."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.app.conftest import make_pair
from tests.e2e.conftest import run_server
from xner.config import RunConfig
from xner.correct.annotation import parse_annotation
from xner.services import corpora, project_corpus, versions
from xner.services.documents import Document, open_document
from xner.services.identity import local_user
from xner.store import people, queue, revisions
from xner.store.rows import Filters
from xner.store.session import Store
from xner.types import Alignment, SentencePair

ADA = local_user("Ada")
GIVEN = RunConfig().updated({"align.name": "given"})
WAIT_S = 30
N_SAVES = 9
"""An odd number: each session begins and ends with LOC."""


class Place:
    """A server with its store, seen from the test."""

    def __init__(self, address: str, store: Store) -> None:
        self.address, self.store, self.n = address, store, 0

    def corpus(self, pairs: list[SentencePair]) -> tuple[int, list[int]]:
        self.n += 1
        corpus_id = corpora.create(self.store, ADA, f"Test {self.n}")
        corpora.add(self.store, ADA, corpus_id, pairs)
        project_corpus.project_corpus(self.store, ADA, corpus_id, GIVEN)
        with self.store.read() as session:
            return corpus_id, queue.ids(session, corpus_id, Filters(), order="document")

    def document(self, pair_id: int) -> Document:
        return open_document(self.store, ADA, pair_id, "test-client")

    def labels(self, pair_id: int) -> list[str]:
        return [entity.label for entity in self.document(pair_id).annotation.entities]

    def n_revisions(self, pair_id: int) -> int:
        with self.store.read() as session:
            return len(revisions.history(session, pair_id))

    def until(self, found: Callable[[], Any], expected: Any) -> None:
        end = time.monotonic() + WAIT_S
        while (now := found()) != expected and time.monotonic() < end:
            time.sleep(0.05)
        assert now == expected


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("correct")
    store = Store(f"sqlite:///{folder / 'xner.db'}")
    for name in ("Ada", "Ben"):  # several people: the page asks who is looking
        store.write(lambda session, name=name: people.person_id(session, local_user(name).id, name))
    with run_server(folder / "log.txt", XNER_DATA=str(folder)) as address:
        yield Place(address, store)
    store.close()


@pytest.fixture
def visit(browser: Any, place: Place) -> Iterator[Callable[..., Any]]:
    """Return a function that opens an address in a browser of its own, as somebody."""
    contexts = []

    def run(path: str, name: str = "Ada") -> Any:
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.broken = []
        page.on("pageerror", lambda error: page.broken.append(str(error)))
        page.goto(f"{place.address}/correct?{path}")
        page.get_by_role("textbox", name="Your name").fill(name)
        page.get_by_role("button", name="Use this name").click()
        return page

    yield run
    for context in contexts:
        assert [error for page in context.pages for error in page.broken] == []
        context.close()


def light(page: Any, words: str = "Saved") -> None:
    expect(page.locator(".xse .light")).to_have_text(re.compile(words))


def choose_first_word(page: Any) -> None:
    page.locator('.xse .target .tok[data-k="0"]').click()


def lost_pair(name: str) -> SentencePair:
    """Return a pair whose second name no link leads to."""
    whole = make_pair(name)
    links = Alignment(frozenset({(0, 0), (1, 1)}))
    return SentencePair(name, whole.source, whole.target, whole.source_entities, alignment=links)


def test_enter_accepts_and_goes_on_until_the_list_is_done(place, visit):
    corpus_id, ids = place.corpus([make_pair(f"s{k}") for k in range(3)])
    page = visit(f"corpus={corpus_id}")
    page.get_by_role("button", name="Start with the first").click()
    for number in range(1, 4):
        expect(page.get_by_text(f"{number} of 3", exact=True)).to_be_visible()
        # The head is drawn before the editor turns: a key in between is refused, it would fall on a sentence unseen.
        expect(page.locator(".xse .status")).to_have_text("◌ projected")
        choose_first_word(page)
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="This list is done")).to_be_visible()
    assert [place.document(pair_id).status for pair_id in ids] == ["accepted"] * 3


def test_undo_takes_an_acceptance_back_before_the_edit_behind_it(place, visit):
    corpus_id, ids = place.corpus([make_pair("one"), make_pair("two")])
    page = visit(f"corpus={corpus_id}&doc={ids[0]}")
    light(page)
    choose_first_word(page)
    page.keyboard.press("l")
    place.until(lambda: place.labels(ids[0]), ["LOC", "LOC"])
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Undo", exact=True).and_(page.locator(".st-key-take_back button")).click()
    expect(page.locator(".xse .status")).to_have_text(re.compile("draft"))
    light(page)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"doc={ids[1]}"))
    page.go_back()
    expect(page.locator(".xse .status")).to_have_text(re.compile("accepted"))
    for status, labels in (("draft", ["LOC", "LOC"]), ("draft", ["PER", "LOC"])):
        light(page)
        choose_first_word(page)
        page.keyboard.press("Control+z")
        place.until(lambda: (place.document(ids[0]).status, place.labels(ids[0])), (status, labels))
        expect(page.locator(".xse .status")).to_have_text(re.compile(status))


def test_a_warning_and_the_form_of_a_flag_move_nothing_and_a_flag_comes_off_by_key(place, visit, settled):
    corpus_id, ids = place.corpus([lost_pair("one"), make_pair("two")])
    page = visit(f"corpus={corpus_id}&doc={ids[0]}")
    light(page)
    choose_first_word(page)
    room = lambda: [page.locator(part).bounding_box() for part in (".xse", ".xse .ents", ".xse .tools")]  # noqa: E731
    before = None
    while before != (before := room()):  # what stands above the editor while the page comes up may still go
        settled(page)
        page.wait_for_timeout(500)
    page.keyboard.press("Enter")
    warning = page.locator('.xse .said[data-s="warn"]')
    expect(warning).to_contain_text("2 LOC")
    assert room()[0] == before[0]
    assert room()[2] == before[2]
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Flag and go on")).to_be_in_viewport()
    assert room()[0] == before[0]
    page.keyboard.type("which city?")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"doc={ids[1]}"))
    assert place.document(ids[0]).status == "flagged"
    page.go_back()
    expect(page.locator(".xse .status")).to_have_text(re.compile("flagged"))
    settled(page)  # what the step back has begun may draw the editor anew, and a key of before would be lost
    light(page)
    choose_first_word(page)
    page.keyboard.press("Shift+F")
    place.until(lambda: place.document(ids[0]).status, "projected")
    expect(page.locator(".xse .status")).to_have_text(re.compile("projected"))
    assert place.labels(ids[0]) == ["PER"]


WATCH = """
window.tops = [];
const editor = () => {
  for (const host of document.querySelectorAll("[data-testid=stMain] *")) {
    const found = host.shadowRoot && host.shadowRoot.querySelector(".xse");
    if (found) return found;
  }
};
const look = () => {
  const found = editor(), top = found && Math.round(found.getBoundingClientRect().top);
  if (!found) window.tops = [];
  else if (window.tops.at(-1) !== top) window.tops.push(top);
  requestAnimationFrame(look);
};
document.addEventListener("DOMContentLoaded", look);
"""


def test_an_editor_that_takes_keys_is_never_moved_by_what_stood_above_it_before(browser, place):
    corpus_id, ids = place.corpus([make_pair("one"), make_pair("two")])
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.add_init_script(WATCH)

    def tops() -> list[int]:
        light(page)
        page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
        page.wait_for_timeout(500)  # what is to go, goes right after the end of the script
        return list(page.evaluate("window.tops"))

    page.goto(f"{place.address}/correct?corpus={corpus_id}&doc={ids[0]}")
    page.get_by_role("button", name="Ada").click()
    assert len(tops()) == 1  # after the page that asked for a name
    page.get_by_role("button", name="Queue").click()
    page.get_by_role("button", name="Start with the first").click()
    assert len(tops()) == 1  # after the list
    context.close()


def test_a_row_of_the_table_opens_its_sentence(place, visit):
    corpus_id, ids = place.corpus([make_pair("a"), lost_pair("b")])
    page = visit(f"corpus={corpus_id}")
    page.get_by_test_id("stDataFrame").click(position={"x": 300, "y": 52})  # in the first row, the riskiest
    expect(page.locator(".xse .target")).to_be_visible()
    assert f"doc={ids[1]}" in page.url


def test_filters_stand_in_the_address_for_a_reload_and_for_a_colleague(place, visit, named):
    corpus_id, _ = place.corpus([make_pair("a"), make_pair("b"), make_pair("c", lang="nl")])
    page = visit(f"corpus={corpus_id}")
    page.get_by_role("button", name=re.compile("Dutch")).click()
    expect(page.get_by_text("1–1 of 1 sentence")).to_be_visible()
    expect(page).to_have_url(re.compile("lang=nl"))
    page.reload()
    named(page)  # the browser may have kept the name
    expect(page.get_by_text("1–1 of 1 sentence")).to_be_visible()
    other = visit(page.url.partition("?")[2], "Ben")
    expect(other.get_by_text("1–1 of 1 sentence")).to_be_visible()
    other.get_by_role("button", name="Start with the first").click()
    expect(other).to_have_url(re.compile("lang=nl.*doc="))
    expect(other.get_by_text("1 of 1", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("choice", "expected"), [("Take theirs", ["LOC", "LOC"]), ("Keep mine", ["PER"]), ("Merge", ["LOC"])]
)
def test_who_saves_second_sees_both_versions_and_decides(place, visit, choice, expected):
    """Ada relabels the first name, Ben deletes the second: both can be had together."""
    corpus_id, (pair_id,) = place.corpus([make_pair("one")])
    ada, ben = (visit(f"corpus={corpus_id}&doc={pair_id}", name) for name in ("Ada", "Ben"))
    for page in (ada, ben):
        light(page)
    choose_first_word(ada)
    ada.keyboard.press("l")
    place.until(lambda: place.labels(pair_id), ["LOC", "LOC"])
    ben.locator('.xse .target .tok[data-k="3"]').click()
    ben.keyboard.press("Delete")
    expect(ben.get_by_text("Changed by Ada at")).to_be_visible()
    assert place.labels(pair_id) == ["LOC", "LOC"]
    ben.get_by_role("button", name=choice, exact=True).click()
    expect(ben.get_by_text("Changed by Ada at")).to_have_count(0)
    place.until(lambda: place.labels(pair_id), expected)
    expect(ben.locator(".xse .target .tok.first")).to_have_count(len(expected))
    light(ben)


def test_four_sessions_that_save_in_turn_end_with_what_was_accepted_last(place, visit):
    corpus_id, (pair_id,) = place.corpus([make_pair("one")])
    pages = [visit(f"corpus={corpus_id}&doc={pair_id}") for _ in range(4)]
    for page in pages:
        light(page)
    for number, page in enumerate(pages):
        choose_first_word(page)
        for turn in range(N_SAVES):
            before = place.n_revisions(pair_id)
            page.keyboard.press("l" if turn % 2 == 0 else "p")
            if number and turn == 0:  # what this session shows is old by now
                page.get_by_role("button", name="Keep mine", exact=True).click()
                expect(page.get_by_text("Changed by")).to_have_count(0)
            place.until(lambda: place.n_revisions(pair_id), before + 1)
            if number and turn == 0:
                light(page)
                choose_first_word(page)
    rows = versions.history(place.store, ADA, place.document(pair_id))
    assert len(rows) == 4 * N_SAVES
    assert [row.base_revision for row in rows] == list(range(4 * N_SAVES - 1, -1, -1))
    labels = [parse_annotation(json.loads(row.payload)).entities[0].label for row in rows]
    assert labels == (["LOC", "PER"] * N_SAVES)[:N_SAVES] * 4
    light(pages[3])
    other = visit(f"corpus={corpus_id}&doc={pair_id}", "Ben")
    expect(other.locator('.xse .target .tok[data-k="0"]')).to_contain_text("LOC")


def test_what_agrees_is_accepted_at_once_and_taken_back(place, visit, named):
    corpus_id, ids = place.corpus([*(make_pair(f"s{k}") for k in range(6)), lost_pair("lost")])
    page = visit(f"corpus={corpus_id}")
    page.get_by_role("button", name="Accept all where methods agree").click()
    expect(page.get_by_text("Read 5 drawn at random first:")).to_be_visible()
    page.get_by_role("button", name="Accept 6 sentences").click()
    expect(page.get_by_text("Accepted 6 sentences.")).to_be_visible()
    assert [place.document(pair_id).status for pair_id in ids] == ["accepted"] * 6 + ["projected"]
    page.reload()
    named(page)  # the browser may have kept the name
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Took back 6 sentences.")).to_be_visible()
    assert {place.document(pair_id).status for pair_id in ids} == {"projected"}


def test_a_name_is_carried_over_to_other_sentences_and_taken_back(place, visit):
    corpus_id, ids = place.corpus([make_pair("whole"), *(lost_pair(f"lost{k}") for k in range(3))])
    page = visit(f"corpus={corpus_id}&doc={ids[0]}")
    page.get_by_role("tab", name="Same name elsewhere").click()
    page.get_by_role("radio", name=re.compile("LOC .?Bergen")).click()
    expect(page.get_by_text("3 more sentences")).to_be_visible()
    page.get_by_role("checkbox").first.locator("xpath=ancestor::label").click()
    page.get_by_role("button", name="Carry over to 2 sentences").click()
    expect(page.get_by_text("Carried over to 2 sentences.")).to_be_visible()
    assert [place.labels(pair_id) for pair_id in ids[1:]] == [["PER"], ["PER", "LOC"], ["PER", "LOC"]]
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Took back 2 sentences.")).to_be_visible()
    assert [place.labels(pair_id) for pair_id in ids[1:]] == [["PER"]] * 3
