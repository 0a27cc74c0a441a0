"""The way of a linguist: paste a pair, see the projection, click a link, see the projection follow."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.lists import choose

pytestmark = pytest.mark.model  # a pair is aligned by the encoder before another aligner can be chosen

ENGLISH = "Angela Merkel visited the European Parliament in Strasbourg."
GERMAN = "Angela Merkel besuchte das Europäische Parlament in Straßburg."


def entities(page: Any, row: str = "target") -> Any:
    """The first tokens of the entities of a row; the chip is part of their text."""
    return page.locator(f".xpv .part.{row} .tok.first")


def click_cell(page: Any, i: int, j: int, n_columns: int) -> None:
    """Click the cell of source token i and target token j, as a mouse does: chart layers lie above the cells."""
    cell = page.locator(".js-plotly-plot .scatterlayer .trace").last.locator("path.point").nth(i * n_columns + j)
    cell.scroll_into_view_if_needed()
    box = cell.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 2, y - 2)
    page.mouse.move(x, y)
    expect(page.locator(".js-plotly-plot .hoverlayer .hovertext").first).to_be_visible()
    page.mouse.click(x, y)


def in_new_corpus(page: Any, name: str) -> None:
    """Let what is added next go into a corpus of its own: the tests share a server, and so a store."""
    names = page.get_by_role("textbox", name="Name of the new corpus")
    page.get_by_role("combobox", name="Into the corpus").or_(names).first.wait_for()
    if page.get_by_role("combobox", name="Into the corpus").count():  # there is a choice once there is a corpus
        choose(page, "Into the corpus", "A new corpus")
    field = page.get_by_role("textbox", name="Name of the new corpus")
    field.fill(name)
    field.press("Tab")


def test_a_pasted_pair_is_projected_and_follows_a_click_on_its_matrix(page, server, settled, named):
    page.goto(server)
    named(page)
    page.get_by_test_id("stMain").get_by_role("button", name="Add text").click()
    page.get_by_label("Source sentence", exact=True).fill(ENGLISH)
    page.get_by_label("Its translation", exact=True).fill(GERMAN)
    page.get_by_label("Its translation", exact=True).press("Control+Enter")
    settled(page)
    in_new_corpus(page, "Pasted")
    settled(page)
    page.get_by_role("button", name="Add and inspect").click()

    expect(entities(page)).to_have_count(3, timeout=120_000)  # the encoder is loaded here
    expect(entities(page).nth(2)).to_contain_text("Straßburg")
    expect(entities(page).nth(2)).to_contain_text("LOC ⇠3")
    assert re.search(r"doc=\d+$", page.url)
    settled(page)

    choose(page, "Matching", "heuristic")
    expect(page.get_by_text("by heuristic over itermax links")).to_be_visible()
    expect(entities(page)).to_have_count(3)
    settled(page)

    click_cell(page, 7, 7, n_columns=9)  # Strasbourg – Straßburg
    expect(page.get_by_role("button", name="Reset links (1)")).to_be_visible()
    expect(entities(page)).to_have_count(2)
    expect(page.get_by_text("Changed by your links")).to_contain_text("Straßburg")
    settled(page)

    click_cell(page, 7, 8, n_columns=9)  # to the full stop instead: another link set by hand
    expect(page.get_by_role("button", name="Reset links (2)")).to_be_visible()
    expect(page.locator(".xpv path.manual").first).to_be_attached()
    settled(page)

    page.reload()  # nothing is lost, in this browser or another one
    expect(page.get_by_text("Stored: ✎ draft by Ada")).to_be_visible()
    expect(page.locator(".xpv path.manual").first).to_be_attached()
    settled(page)

    page.get_by_role("button", name="Reset links (2)").click()
    expect(page.get_by_role("button", name="Reset links (0)")).to_be_visible()
    expect(entities(page)).to_have_count(3)
    assert page.outside == []
    assert page.broken == []


def test_the_sample_is_projected_and_opens_where_there_is_something_to_correct(page, fresh_server, settled, named):
    page.goto(fresh_server)
    named(page)
    settled(page)
    page.get_by_test_id("stMain").get_by_role("button", name="Open the sample corpus").click()
    page.wait_for_url(re.compile(r"/correct\?.*doc="), timeout=180_000)
    settled(page)
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("progressbar").first).to_be_visible()
    expect(page.get_by_text("0 of 24 sentences accepted")).to_be_visible()
    assert page.outside == []
    assert page.broken == []


def test_pointing_at_a_name_lights_up_its_partner_alone(page, server, settled, named, tmp_path):
    open_rows(page, server, settled, named, tmp_path, [ROW])
    page.locator(".xpv .part.source .tok", has_text="Bergen").hover()
    lit = page.locator(".xpv .part.target .tok.on")
    expect(lit).to_have_count(1)
    expect(lit).to_contain_text("Bergen")
    expect(page.locator(".xpv svg path.on")).to_have_count(1)


def test_the_pair_can_be_read_by_keyboard_and_by_name(page, server, settled, named, tmp_path):
    open_rows(page, server, settled, named, tmp_path, [ROW])
    page.locator(".xpv .part.source .tok").first.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("c")  # would open a dialog of streamlit, if it got there
    page.keyboard.press("ArrowDown")
    focused = page.locator(".xpv .tok:focus")
    expect(focused).to_have_attribute(
        "aria-label", "Bergen; token 4 of 5; LOC, projected from entity 2; linked to Bergen"
    )
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_lines_meet_their_words_after_the_window_changes(page, server, settled, named, tmp_path):
    open_rows(page, server, settled, named, tmp_path, [ROW])
    for width in (1280, 500, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(LINE_MEETS_WORDS)


LINE_MEETS_WORDS = """() => {
  const host = [...document.querySelectorAll('*')].find(e => e.shadowRoot?.querySelector('.xpv'));
  const root = host?.shadowRoot ?? document;
  const stage = root.querySelector('.xpv .stage'), origin = stage.getBoundingClientRect();
  const box = (row) => [...root.querySelectorAll(`.xpv .part.${row} .tok`)].find(t => t.textContent.includes('Bergen'))
    .getBoundingClientRect();
  const a = box('source'), b = box('target');
  return [...root.querySelectorAll('.xpv .stage > svg path')].some(p => {
    const [x1, y1, , , , , x2, y2] = p.getAttribute('d').match(/-?[\\d.]+/g).map(Number);
    const near = (one, other) => Math.abs(one - other) < 2;
    return near(x1 + origin.left, a.left + a.width / 2) && near(y1 + origin.top, a.bottom)
      && near(x2 + origin.left, b.left + b.width / 2) && near(y2 + origin.top, b.top);
  });
}"""


HOSTILE = [
    "<img src=x onerror=window.owned=1>", "</style><style>*{display:none!important}</style>",
    "![i](http://evil.test/i.png)", "[l](javascript:window.owned=1)", "<script>window.owned=1</script>", ":red[x]",
    "<a href='http://evil.test'>b</a>", "%{text}", "$x^2$", "www.evil.test", "\u202eturned",
]  # fmt: skip


def test_hostile_text_runs_nothing_and_asks_no_other_host(page, server, settled, named, tmp_path):
    n = len(HOSTILE)
    row = {
        "id": HOSTILE[0] + HOSTILE[2], "source_lang": "en", "target_lang": "de",
        "source_tokens": HOSTILE, "target_tokens": HOSTILE[::-1],
        "source_entities": [{"start": k, "end": k + 1, "label": HOSTILE[k]} for k in range(n)],
        "target_entities": [{"start": 0, "end": 2, "label": HOSTILE[2]}],
        "alignment": [[k, n - 1 - k] for k in range(n)], "back_translation": " ".join(HOSTILE),
    }  # fmt: skip
    open_rows(page, server, settled, named, tmp_path, [row], broken=HOSTILE)
    expect(entities(page, "source")).to_have_count(n)
    for tab in ("Candidates", "Methods", "Back-translation", "Signature and download", "Matrix"):
        page.get_by_role("tab", name=tab).click()
        settled(page)
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name=HOSTILE[0])).to_be_visible()
    assert page.evaluate("window.owned") is None
    assert page.locator("img").count() == 0
    assert page.get_by_role("link", name="evil").count() == 0
    assert page.title() == "xner"
    assert page.outside == []


ROW = {
    "id": "r1", "source_lang": "en", "target_lang": "de",
    "source_tokens": ["Mira", "visited", "old", "Bergen", "."], "target_tokens": ["Mira", "hat", "das", "Bergen", "."],
    "source_entities": [{"start": 0, "end": 1, "label": "PER"}, {"start": 3, "end": 4, "label": "LOC"}],
    "alignment": [[0, 0], [1, 1], [3, 3]],
}  # fmt: skip


def open_rows(
    page: Any, server: str, settled: Any, named: Any, folder: Any, rows: list[dict], broken: list[str] | None = None
) -> None:
    """Upload rows that bring their own links, and open the first; `broken` are lines that are no rows."""
    file = folder / "rows.jsonl"
    lines = [*(json.dumps(row) for row in rows), *(broken or [])]
    file.write_text("\n".join(lines), encoding="utf-8")
    page.goto(f"{server}/add")
    named(page)
    page.get_by_role("tab", name="Upload a file").click()
    page.locator("input[type=file]").first.set_input_files(file)
    page.get_by_role("button", name=re.compile("^Import")).wait_for()
    settled(page)
    in_new_corpus(page, f"{HOSTILE[0]} {folder.name}"[:200])
    settled(page)
    page.get_by_role("button", name=re.compile("^Import")).click()
    page.get_by_role("link", name="Look at the sentences").click()
    page.get_by_role("combobox", name="Aligner").wait_for()
    settled(page)
    choose(page, "Aligner", "given")
    expect(page.get_by_text("over given links")).to_be_visible()
    settled(page)
