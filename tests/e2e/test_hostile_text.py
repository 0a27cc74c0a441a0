"""Hostile text in every field of every page, in a real browser: nothing runs, nothing is asked for, all is readable."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.e2e.conftest import ROOT, run_server
from tests.e2e.lists import choose
from tests.hostile.strings import LONG, MANY_LINES, strings
from tests.hostile.world import World, build, hostile_pair
from xner.engine.local import Outcome
from xner.services import run_corpus
from xner.store.session import Store
from xner.types import Projection
from xner.ui.messages import one_line

_STATE = """() => {
  const app = document.querySelector('[data-testid="stApp"]'), main = document.querySelector('[data-testid="stMain"]');
  const style = getComputedStyle(app), text = getComputedStyle(main);
  const inside = [[5, 5], [640, 5], [640, 450], [1200, 850], [60, 450]].every(([x, y]) => {
    const found = document.elementFromPoint(x, y);
    return found && (app.contains(found) || found.closest('[data-baseweb], [role=dialog], #portal, body > div'));
  });
  return {
    hostile: window.hostile ?? null, title: document.title, inside,
    style: [style.display, style.visibility, style.opacity, text.color, getComputedStyle(document.body).display],
  };
}"""


class Tracker:
    """A server of the test that counts who asks it for something."""

    def __init__(self) -> None:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.asked = asked
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.place = f"127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def tracker() -> Iterator[Tracker]:
    found = Tracker()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture(scope="module")
def texts(tracker: Tracker) -> tuple[str, ...]:
    return strings(tracker.place)


@pytest.fixture(scope="module")
def hostile(texts: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, World]]:
    """A server over a store full of hostile text."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "data").mkdir()
    store = Store(f"sqlite:///{folder / 'data' / 'xner.db'}")
    world = build(store, texts)
    store.close()
    with run_server(folder / "log.txt") as address:
        yield address, world


class Visitor:
    """A browser page that looks at the app as the hostile user, and what it must not have met."""

    def __init__(self, page: Any, address: str, world: World, tracker: Tracker, settled: Callable[[Any], None]) -> None:
        self.page, self.address, self.world, self.tracker, self._settled = page, address, world, tracker, settled
        self.said: list[str] = []
        page.on("console", lambda message: self.said.append(message.text) if message.type == "error" else None)
        self.usual: dict[str, Any] | None = None

    def open(self, path: str, sign: str) -> None:
        """Open an address, giving the name where it is asked for, and wait for an element."""
        self.page.goto(f"{self.address}/{path}")
        name, content = self.page.get_by_role("textbox", name="Your name"), self.page.locator(sign).first
        content.or_(name).first.wait_for()
        if name.count():
            name.fill(self.world.user.name)
            self.page.get_by_role("button", name="Use this name").click()
        content.wait_for()
        self.check(path)

    def click(self, name: str, role: str = "button") -> None:
        self.page.get_by_role(role, name=name).first.click()
        self.check(name)

    def check(self, where: str) -> None:
        """Look for everything that hostile text may have done."""
        self._settled(self.page)
        state = self.page.evaluate(_STATE)
        self.usual = self.usual or state
        assert state == self.usual, where
        assert state["hostile"] is None, where
        assert state["title"] == "xner", where
        assert state["inside"], where
        assert self.page.locator("[data-hostile]").count() == 0, where  # shadow roots included
        assert self.page.locator("img, iframe, object, embed").count() == 0, where
        links = self.page.evaluate("[...document.querySelectorAll('a[href]')].map(link => link.href)")
        assert [link for link in links if not link.startswith(self.address)] == [], where
        assert self.tracker.asked == [], where
        assert self.page.outside == [], where
        assert self.page.broken == [], where
        assert [text for text in self.said if "Content Security" in text or "Uncaught" in text] == [], where


@pytest.fixture
def visitor(page, hostile, tracker, settled) -> Visitor:
    address, world = hostile
    own = address.removeprefix("http://")
    allowed = (f"http://{own}", f"ws://{own}", "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(allowed) else page.outside.append(request.url))
    return Visitor(page, address, world, tracker, settled)


def test_home_and_its_settings(visitor):
    visitor.open("", "text=System check")
    visitor.click("Archive")
    visitor.page.keyboard.press("Escape")
    visitor.page.get_by_text("Labels, people, and how it is annotated").click()
    for tab in ("People", "How it is annotated", "Labels"):
        visitor.click(tab, "tab")
    visitor.page.get_by_text("Show archived").click()
    found = visitor.page.get_by_text("is archived").or_(visitor.page.get_by_role("button", name="Bring back"))
    found.filter(visible=True).first.wait_for()
    visitor.check("archived")


def test_the_queue_with_filters_of_its_address(visitor, texts):
    page = visitor.page
    visitor.open(f"correct?corpus={visitor.world.corpus}", '[data-testid="stDataFrame"]')
    visitor.click("Who and what")
    page.keyboard.press("Escape")
    visitor.click("Accept all where methods agree …")
    for name in ("lang", "label", "tag", "q", "status", "annotator"):
        values = page.evaluate("texts => texts.map(text => encodeURIComponent(text))", list(texts))
        query = "&".join(f"{name}={value}" for value in values)
        visitor.open(f"correct?corpus={visitor.world.corpus}&{query}", '[data-testid="stMain"] h1')
    for path in ("inspect", "correct", "adjudicate", "export"):
        value = page.evaluate("text => encodeURIComponent(text)", texts[3])
        visitor.open(f"{path}?doc={value}&corpus={value}", '[data-testid="stAlert"]')


def test_a_sentence_in_the_editor_with_all_its_tabs(visitor, texts):
    page, world = visitor.page, visitor.world
    visitor.open(f"correct?corpus={world.corpus}&doc={world.corrected}", ".xse .target .tok")
    shown = page.locator(".xse").inner_text().replace("\u2060", "")
    assert [text for text in texts if _squeezed(text) not in _squeezed(shown)] == []
    for tab in ("Why here", "Matrix", "Back-translation", "Same name elsewhere", "History", "Candidates"):
        visitor.click(tab, "tab")
    for state in ("flagged", "clashing", "failed"):
        visitor.open(f"correct?corpus={world.corpus}&doc={getattr(world, state)}", ".xse .target .tok")
    visitor.click("Keys and signs")


def test_a_sentence_on_inspect_with_chart_and_hover(visitor, texts):
    page, world = visitor.page, visitor.world
    visitor.open(f"inspect?doc={world.flagged}", '[data-testid="stSidebar"] [role=combobox]')
    choose(page, "Aligner", "given")
    page.locator(".xpv .tok").first.wait_for()
    for tab in ("Candidates", "Methods", "Back-translation", "Signature and download", "Matrix"):
        visitor.click(tab, "tab")
    page.locator(".js-plotly-plot .xtick text").first.wait_for()
    ticks = [_squeezed(tick) for tick in page.locator(".js-plotly-plot .ytick text").all_text_contents()]
    assert [text for text in texts if _squeezed(one_line(text)[:12]) not in " ".join(ticks)] == []
    points = page.locator(".js-plotly-plot .scatterlayer .trace").last.locator("path.point")
    for k in range(len(texts)):
        box = points.nth(k * len(texts) + len(texts) - 1 - k)
        box.scroll_into_view_if_needed()
        place = box.bounding_box()
        page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.locator(".js-plotly-plot .hoverlayer .hovertext").first.wait_for()
    assert page.locator(".js-plotly-plot a").count() == 0
    visitor.check("hover")


def test_adjudication_with_its_editor_and_figures(visitor):
    page, world = visitor.page, visitor.world
    visitor.open(f"adjudicate?corpus={world.blind}", ".xpv .tok")
    visitor.click("Agreement", "tab")
    visitor.click("Sentences", "tab")
    visitor.click("Edit")
    page.get_by_role("button", name="Begin from A").click()
    page.locator(".xse .target .tok").first.wait_for()
    visitor.check("editor")


def test_export_with_its_file_and_card(visitor, texts):
    page, world = visitor.page, visitor.world
    visitor.open(f"export?corpus={world.corpus}", "text=Write and check the file")
    page.get_by_text("Licence, sources, remarks").click()
    for field in ("Where the text is from, one source a line", "Remarks"):
        page.get_by_label(field).fill("\n".join(texts))
        page.get_by_label(field).press("Control+Enter")
        visitor.check(field)
    visitor.click("Write and check the file")
    page.get_by_text("The data card", exact=True).click()
    visitor.check("card")
    visitor.click("As they stand in the file", "tab")
    visitor.open(f"export?corpus={world.blind}", "text=Left out")


def test_an_upload_of_hostile_rows(visitor, texts, tmp_path):
    page = visitor.page
    pair = hostile_pair("uploaded", texts)
    fine = run_corpus.json_lines([Outcome(pair, Projection.failed(pair.id, " ".join(texts), None))]).decode()
    bad = [json.dumps({text[:50]: text, "id": text, "source_lang": text, "source_text": text}) for text in texts]
    file = tmp_path / "<img src=x data-hostile onerror=window.hostile=1> ![](x).jsonl"
    file.write_text("\n".join([fine.strip(), *bad, *texts]), encoding="utf-8")
    visitor.open("add", "text=Add and inspect")
    page.get_by_role("tab", name="Upload a file").click()
    page.locator("input[type=file]").first.set_input_files(file)
    page.get_by_role("button", name=re.compile("^Import")).wait_for()
    visitor.check("report")
    page.get_by_role("button", name=re.compile("^Import")).click()
    page.get_by_role("link", name="Look at the sentences").wait_for()
    visitor.check("imported")


def test_every_string_is_readable_in_every_kind_of_element(page, tracker, texts, settled, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with run_server(tmp_path / "log.txt", script="tests/hostile/sinks_app.py") as address:
        page.goto(f"{address}/?tracker={tracker.place}")
        last = len(texts) + len(MANY_LINES) + len(LONG) - 1
        page.locator(f".st-key-text{last} [data-testid=stExpander]").wait_for()
        settled(page)
        wrong = []
        for n, text in enumerate((*texts, *MANY_LINES, *LONG)):
            wanted = _squeezed(one_line(text))
            for kind in ("stMarkdown", "stCaptionContainer", "stAlert", "stButton", "stCheckbox", "stButtonGroup",
                         "stProgress", "stTable", "stExpander"):  # fmt: skip
                shown = page.locator(f".st-key-text{n} [data-testid={kind}]").first.text_content()
                if wanted not in _squeezed(shown):
                    wrong.append(f"{kind}: {text[:80]!r} reads {shown[:160]!r}")
        assert wrong == []
        state = page.evaluate(_STATE)
        assert (state["hostile"], tracker.asked, page.outside, page.broken) == (None, [], [], [])
        assert page.locator("[data-hostile], img, iframe, a[href*=hostile], a[href*=track]").count() == 0


def _squeezed(text: str) -> str:
    """Return the text without white space and without marks that show nothing."""
    return re.sub("[\\s\u2060\u2068\u2069\u202a-\u202e\u2066\u2067\ufeff]+", "", text)
