"""The span editor in Chromium: what is done by mouse or keys is what the server has afterwards, in five languages."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ROOT, _free_port, run_server
from tests.e2e.editor_sheet import Keys, Mouse, Sheet, documents
from xner.correct.tokens import cut, cut_links, graphemes, imported_cuts, remap
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


def test_keys_that_mean_nothing_here_do_not_reach_the_page(open_sheet):
    sheet = open_sheet("de")
    sheet.tok(2).click()
    runs = "document.querySelectorAll('[role=dialog]').length"
    before = sheet.page.locator(".xse .target").inner_text()
    sheet.keys("r", "c", "h", "w", "Shift+Digit3", " ", "Shift+R", "Shift+C", "8")
    sheet.keys("?")  # the one among them that the page is told of
    expect(sheet.page.get_by_text("commands: help · end of page")).to_be_visible()
    assert sheet.page.evaluate(runs) == 0
    assert sheet.page.locator(".xse .target").inner_text() == before
    assert sheet.row() == {}


def test_the_page_is_told_to_turn_by_button_and_by_key(open_sheet):
    sheet = open_sheet("de")
    sheet.tok(2).click()
    sheet.keys("Control+ArrowRight")
    expect(sheet.page.get_by_text("commands: next · end of page")).to_be_visible()
    sheet.button("previous").click()
    expect(sheet.page.get_by_text("commands: next previous · end of page")).to_be_visible()


def test_candidates_are_taken_by_key_and_by_click_and_move_the_span(open_sheet):
    sheet = open_sheet("de")
    sheet.tok(2).click()
    sheet.keys("a")  # the first entity without a place
    name, place = ("Angela", "PER", 0), ("Brüssel", "LOC", 2)
    sheet.stored([name, ("Europäischen Kommission", "ORG", 1), place])
    sheet.keys("Alt+2")
    sheet.stored([name, ("der Europäischen Kommission", "ORG", 1), place])
    identity = {e["id"] for e in sheet.row()["payload"]["entities"]}
    sheet.button("candidate-3").click()
    sheet.stored([name, ("Kommission", "ORG", 1), place])
    assert {e["id"] for e in sheet.row()["payload"]["entities"]} == identity
    sheet.keys("Escape", "a")
    sheet.said("no candidate 1 for 4 DATE")
    sheet.keys("Control+z", "Control+z", "Control+z")
    sheet.stored([name, place])


def test_an_entity_marked_as_dropped_is_settled_and_a_link_takes_the_mark_back(open_sheet):
    sheet = open_sheet("de")
    for n in (1, 3):
        sheet.button(f"entity-{n}").click()
        sheet.button("dropped").click()
    sheet.until(lambda: sheet.dropped(), [1, 3])
    sheet.tok(6).click()
    sheet.keys("2")
    sheet.until(lambda: sheet.dropped(), [3])
    sheet.keys("Control+z")
    sheet.until(lambda: sheet.dropped(), [1, 3])
    sheet.button("entity-0").click()
    sheet.button("dropped").click()
    sheet.said("has a place")
    sheet.button("accept").click()  # nothing is open: once is enough
    sheet.until(lambda: sheet.row()["status"], "accepted")


def test_an_entity_without_a_place_is_named_aloud_and_marked_as_dropped_by_key(open_sheet):
    sheet = open_sheet("de")
    expect(sheet.tok(0)).to_be_focused()  # the keys are the editor's from the start, without a click
    sheet.keys("Enter")
    notice = sheet.page.locator('.xse .said[data-s="warn"]')
    expect(notice).to_contain_text("2 ORG")
    expect(notice).to_contain_text("4 DATE")
    expect(notice).to_contain_text("Alt 0")
    sheet.keys("Alt+0")
    sheet.until(lambda: sheet.dropped(), [1])
    expect(notice).to_have_count(0)
    sheet.keys("Enter", "Alt+0", "Enter")
    sheet.until(lambda: (sheet.dropped(), sheet.row()["status"]), ([1, 3], "accepted"))


def test_a_chosen_entity_is_linked_to_the_next_words_whatever_they_are_aligned_to(open_sheet):
    sheet = open_sheet("de")
    sheet.button("show-candidates").click()  # hidden: the mark for dropped stays in reach
    expect(sheet.button("dropped")).to_be_visible()
    sheet.button("entity-3").press("Enter")
    expect(sheet.button("entity-3")).to_be_focused()
    sheet.tok(0).focus()
    sheet.keys("ArrowRight", "ArrowRight", "d")  # over an entity to a word that is aligned to none
    sheet.stored([("Angela", "PER", 0), ("traf", "DATE", 3), ("Brüssel", "LOC", 2)])


def test_the_source_row_is_entered_and_left_by_keys(open_sheet):
    sheet = open_sheet("de")
    sheet.tok(6).click()
    sheet.keys("Shift+ArrowRight")
    sheet.tok(0, "source").focus()
    sheet.keys(*["ArrowRight"] * 7, " ")
    sheet.stored([("Angela", "PER", 0), ("Europäischen Kommission", "ORG", 1), ("Brüssel", "LOC", 2)])
    expect(sheet.tok(7)).to_be_focused()


def test_skip_and_flag_are_states_of_their_own_and_a_flag_brings_its_note(open_sheet):
    sheet = open_sheet("de")
    sheet.tok(0).click()
    sheet.keys("f")
    sheet.page.keyboard.type("rsx: which city?")
    sheet.keys("Enter")
    sheet.until(lambda: (sheet.row().get("status"), sheet.row().get("note")), ("flagged", "rsx: which city?"))
    assert sheet.row()["payload"]["entities"][0]["status"] == "flagged"
    other = open_sheet("de")
    other.button("skip").click()
    other.until(lambda: other.row().get("status"), "skipped")


def test_a_label_without_key_comes_from_the_menu(open_sheet):
    sheet = open_sheet("de")
    sheet.tok(4).click()
    sheet.page.locator(".xse select").select_option("Event of the day")
    sheet.stored([("Angela", "PER", 0), ("Präsidentin", "Event of the day", None), ("Brüssel", "LOC", 2)])


def test_without_single_keys_letters_do_nothing_and_ctrl_and_buttons_work(open_sheet):
    sheet = open_sheet("de")
    sheet.button("show-single_keys").click()
    sheet.tok(2).click()
    sheet.keys("p", "x", "1", "a", "Delete", "Enter", "[", "s")
    sheet.button("label-ORG").click()
    sheet.stored([("Angela", "PER", 0), ("traf", "ORG", None), ("Brüssel", "LOC", 2)])
    sheet.keys("Control+z")
    sheet.stored([("Angela", "PER", 0), ("Brüssel", "LOC", 2)])
    sheet.keys("Control+Enter", "Control+Enter")
    sheet.until(lambda: sheet.row()["status"], "accepted")
    assert len(sheet.row()["calls"]) <= 3


def test_white_space_and_two_entities_are_never_merged(open_sheet):
    sheet = open_sheet("de")
    mouse = Mouse(sheet)
    mouse.select(2, 4)
    sheet.keys("Shift+X")
    sheet.said("white space stands between them")
    other = open_sheet("zh")
    Mouse(other).select(1, 2)
    other.keys("p")  # a second entity beside the first
    other.keys("Escape", "ArrowLeft", "Shift+ArrowRight", "Shift+X")
    other.said("two entities")
    other.stored([("安格拉", "PER", 0), ("·", "PER", None), ("布鲁塞尔", "LOC", 2)])


def test_undo_outlives_the_page_with_its_cuts_and_drops(open_sheet):
    sheet = open_sheet("he")
    sheet.tok(7).click()
    sheet.keys("x", "{")
    sheet.button("entity-3").click()
    sheet.button("dropped").click()
    sheet.until(lambda: sheet.dropped(), [3])
    sheet.stored([("אנגלה", "PER", 0), ("בריסל", "LOC", 2)])
    sheet.light("✓ Saved")
    sheet.page.reload()
    sheet.light("✓ Saved")
    for _ in range(3):
        sheet.button("undo").click()
    sheet.stored([("אנגלה", "PER", 0), ("בבריסל", "LOC", 2)])
    assert (sheet.row()["payload"]["dropped"], sheet.row()["payload"]["cuts"]) == ([], None)
    expect(sheet.button("undo")).to_have_attribute("aria-disabled", "true")


def test_ten_edits_while_the_server_is_slow_all_arrive(open_sheet):
    sheet = open_sheet("de", "&slow=2")
    sheet.tok(2).click()
    sheet.keys("p", "l", "o", "d", "m", "p", "l", "]", "]", "[")
    sheet.light("Saving")
    sheet.stored([("Angela", "PER", 0), ("Merkel traf die Präsidentin", "LOC", None), ("Brüssel", "LOC", 2)])
    steps = [op for revision in sheet.row()["revisions"] for op in revision["ops"]]
    assert (
        len(set(range(1, 11)) & {revision["seq"] for revision in sheet.row()["revisions"]}) < 10
    )  # some were left out,
    assert steps[0] == "add PER"  # but none of what they did
    assert len(steps) >= 10
    assert len(sheet.row()["history"]) == 10


def test_an_edit_of_a_dead_server_arrives_at_the_next_one_even_after_a_reload(page, tmp_path, monkeypatch):
    store, port = tmp_path / "store.json", _free_port()
    monkeypatch.setenv("XNER_EDITOR_STORE", str(store))
    with run_server(tmp_path / "first.txt", SCRIPT, port) as address:
        sheet = Sheet(page, address, store, "de-dead")
        sheet.tok(2).click()
        sheet.keys("p")
        sheet.until(lambda: len(sheet.row().get("revisions", [])), 1)
        sheet.light("✓ Saved")
    sheet.keys("]", "]")
    sheet.light("⚠ Not saved – reconnecting")
    assert len(sheet.row()["history"]) == 1
    assert drafts(page) == ["xner:draft:de-dead"]
    page.once("dialog", lambda dialog: dialog.accept())  # the browser warns: there is something unsaved
    with run_server(tmp_path / "second.txt", SCRIPT, port):
        page.goto(f"{address}/?doc=de-dead")
        sheet.stored([("Angela", "PER", 0), ("traf die Präsidentin", "PER", None), ("Brüssel", "LOC", 2)])
        sheet.light("✓ Saved")
        expect(page.locator(".xse .target .tok.act, .xse .target [data-l]")).to_have_count(7)
        assert drafts(page) == []
        assert sheet.row()["refused"] == []
        sheet.tok(4).click()  # and the undo stack came along
        sheet.keys("Control+z", "Control+z", "Control+z")
        sheet.stored([("Angela", "PER", 0), ("Brüssel", "LOC", 2)])


def test_an_open_page_saves_what_was_done_while_the_server_was_away(page, tmp_path, monkeypatch):
    store, port = tmp_path / "store.json", _free_port()
    monkeypatch.setenv("XNER_EDITOR_STORE", str(store))
    with run_server(tmp_path / "first.txt", SCRIPT, port) as address:
        sheet = Sheet(page, address, store, "de-away")
        sheet.tok(2).click()
    sheet.keys("p", "]")
    sheet.light("⚠ Not saved – reconnecting")
    with run_server(tmp_path / "second.txt", SCRIPT, port):
        sheet.stored([("Angela", "PER", 0), ("traf die", "PER", None), ("Brüssel", "LOC", 2)])
        sheet.light("✓ Saved")
        assert drafts(page) == []
        assert sheet.row()["refused"] == []


def test_a_conflict_ends_the_sending_and_is_not_called_saved(open_sheet, store):
    sheet = open_sheet("de")
    sheet.tok(2).click()
    sheet.keys("p")
    sheet.until(lambda: len(sheet.row().get("revisions", [])), 1)
    rows = json.loads(store.read_text("utf-8"))  # a colleague saves meanwhile
    rows[sheet.doc_id]["revisions"].append({"client": "other", "seq": 1, "action": "draft", "ops": []})
    store.write_text(json.dumps(rows), "utf-8")
    sheet.keys("]")
    sheet.light("⚠ Not saved – see the message")
    assert sheet.row()["refused"] == ["conflict"]
    assert drafts(sheet.page) == []
    sheet.keys("Escape")
    sheet.tok(9).click()
    sheet.keys("d")  # on the new base
    sheet.light("✓ Saved")
    assert sheet.row()["refused"] == ["conflict"]


def test_two_hundred_tokens_keep_the_source_in_view_and_can_be_edited(open_sheet):
    sheet = open_sheet("long")
    sheet.page.set_viewport_size({"width": 1000, "height": 600})
    expect(sheet.page.locator(".xse .lines path:not(.bar)")).to_have_count(0)
    sheet.tok(2).click()
    sheet.keys("End", "Shift+ArrowLeft", "p")
    source = sheet.page.locator(".xse .source").bounding_box()
    token = sheet.page.locator(".xse .target .tok:focus").bounding_box()
    assert 0 <= source["y"] < source["y"] + source["height"] <= token["y"] < 600
    sheet.until(lambda: sheet.spans()[-1][0] if sheet.row() else "", "Wort48 Wort49")
    sheet.tok(97).hover()
    expect(sheet.page.locator(".xse .lines path.on")).to_have_count(1)
    sheet.keys("Home", "ArrowDown")
    line = sheet.page.locator(".xse .target .tok:focus")
    assert line.bounding_box()["y"] > sheet.tok(0).bounding_box()["y"] + 20


def test_hostile_text_runs_nothing_and_can_be_annotated(open_sheet):
    sheet = open_sheet("hostile")
    assert [
        t.get_attribute("aria-label").rsplit(", token")[0] for t in sheet.page.locator(".xse .target .tok").all()
    ] == (documents.HOSTILE[::-1])
    sheet.tok(4).click()
    sheet.page.locator(".xse select").select_option(documents.HOSTILE[0])
    sheet.until(lambda: len(sheet.row().get("payload", {}).get("entities", [])), 2)
    assert sheet.row()["payload"]["entities"][1]["label"] == documents.HOSTILE[0]
    assert sheet.page.evaluate("window.owned") is None
    assert sheet.page.locator(".xse img, .xse script, .xse style, .xse svg svg").count() == 0
    expect(sheet.button("accept")).to_be_visible()


def test_a_locked_sentence_says_why_and_takes_no_edit(open_sheet):
    sheet = open_sheet("readonly")
    expect(sheet.page.locator(".xse .top")).to_contain_text("Jana has it open since 12:01.")
    expect(sheet.button("accept")).to_have_count(0)
    sheet.tok(2).click()
    sheet.keys("p", "x", "Enter", "1")
    sheet.said("Jana has it open")
    assert sheet.row() == {}


def test_a_pair_without_target_says_so(open_sheet):
    sheet = open_sheet("empty")
    expect(sheet.page.locator(".xse .top")).to_contain_text("This pair has no target text.")


SMALLER_THAN_24 = """nodes => nodes.filter(n => n.offsetWidth < 24 || n.offsetHeight < 24).map(n => n.className)"""


def test_names_and_roles_tell_what_the_eye_sees(open_sheet):
    sheet = open_sheet("de")
    option = sheet.page.get_by_role("option", name="Angela, token 1 of 14, PER, linked to entity 1, projected")
    expect(option).to_have_attribute("tabindex", "0")
    expect(sheet.page.get_by_role("listbox", name="Target, German")).to_have_attribute("aria-multiselectable", "true")
    expect(sheet.page.get_by_role("option", name="Brussels, token 11 of 15, LOC, entity 3, ✓ placed")).to_have_count(1)
    assert sheet.page.locator('.xse .target .tok[tabindex="0"]').count() == 1
    option.click()
    small = sheet.page.locator(".xse button:visible, .xse select:visible, .xse .grip").evaluate_all(SMALLER_THAN_24)
    assert small == []


def test_nothing_moves_when_a_span_appears(open_sheet):
    sheet = open_sheet("zh")
    place = lambda: [t.bounding_box() for t in sheet.page.locator(".xse .target .tok").all()]  # noqa: E731
    sheet.tok(9).click()
    before = place()
    sheet.keys("Shift+ArrowRight", "o")
    sheet.light("✓ Saved")
    assert place() == before


DISPATCH = """t.dispatchEvent(new KeyboardEvent('keydown',
  {key, code, isComposing, bubbles: true, composed: true, cancelable: true}))"""


def test_a_foreign_layout_uses_the_place_of_the_key(open_sheet):
    sheet = open_sheet("ar")
    sheet.tok(1).click()
    press = "(t, [key, code, isComposing]) => " + DISPATCH
    sheet.tok(1).evaluate(press, ["م", "KeyL"])  # L on an Arabic keyboard
    sheet.stored([("أنغيلا", "LOC", 0), ("ببروكسل", "LOC", 2)])
    sheet.tok(1).evaluate(press, ["é", "Digit2"])  # 2 on a French one
    sheet.stored([("أنغيلا", "ORG", 1), ("ببروكسل", "LOC", 2)])
    sheet.tok(1).evaluate(press, ["p", "KeyP", True])  # belongs to an input method
    sheet.tok(1).evaluate(press, ["ᄇ", "KeyD"])
    sheet.stored([("أنغيلا", "DATE", 1), ("ببروكسل", "LOC", 2)])


TOKENS = [["ab", "c"], ["東京都", "へ"], ["ובבריסל", "."], ["👩‍🚀é", "x", "กรุง"], ["a"]]


def test_both_languages_of_the_code_follow_tokens_alike(page):
    page.goto("about:blank")
    page.add_script_tag(path=str(ROOT / "assets" / "editor_tokens.js"))
    rng, cases, expected = random.Random(7), [], []
    for tokens in TOKENS * 12:
        sentence = Sentence(tuple(tokens), "ja", spaces=(False,) * len(tokens))
        pieces = [[*t] for t in graphemes(sentence)]
        n = sum(map(len, pieces))
        old, new = (_some_cuts(rng, sentence, n) for _ in range(2))
        n_tokens = len(cut(sentence, old))
        start = rng.randrange(n_tokens)
        span = Span(start, rng.randint(start + 1, n_tokens))
        links = [[0, j] for j in range(len(tokens))]
        cases.append([pieces, old, new, [span.start, span.end], links])
        there = remap(span, sentence, old, new)
        texts = ["".join(cut(sentence, cuts).tokens[s.start : s.end]) for cuts, s in ((old, span), (new, there))]
        expected.append([
            list(cut(sentence, new).tokens), [there.start, there.end], texts[0] == texts[1],
            sorted(map(list, cut_links([(0, j) for j in range(len(tokens))], sentence, new))),
        ])  # fmt: skip
    found = page.evaluate(
        """cases => cases.map(([pieces, old, now, [start, end], links]) => {
          const spaces = pieces.map(() => false), make = cuts => new Cutting(pieces, spaces, cuts);
          const before = make(old), after = make(now), there = remap({start, end}, before, after);
          return [after.tokens, [there.start, there.end], isExact({start, end}, before, after),
            cutLinks(links, make(null), after).map(([i, j]) => [i, j])];
        })""",
        cases,
    )
    assert found == expected


def _some_cuts(rng: random.Random, sentence: Sentence, n: int) -> tuple[int, ...] | None:
    if rng.random() < 0.2:
        return None
    cuts = tuple(sorted(rng.sample(range(1, n), rng.randrange(n)))) if n > 1 else ()
    return None if cuts == imported_cuts(sentence) else cuts
