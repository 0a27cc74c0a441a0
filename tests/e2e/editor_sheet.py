"""The editor in a browser as a test handles it: by mouse or by keys, with what the server has stored at hand."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

sys.path.insert(0, str(Path(__file__).parent / "editor_app"))
import documents

from xner.correct.annotation import parse_annotation
from xner.correct.tokens import cut

WAIT_S = 20
Stored = list[tuple[str, str, int | None]]


class Sheet:
    """One document open in one page."""

    def __init__(self, page: Any, address: str, store: Path, doc_id: str, query: str = "") -> None:
        self.page, self.address, self.store, self.doc_id = page, address, store, doc_id
        self.document = documents.load(doc_id)
        page.goto(f"{address}/?doc={doc_id}{query}")
        self.light("Saved|Read only")
        self.rtl = page.locator(".xse .target .text").get_attribute("dir") == "rtl"

    # What is seen.
    def tok(self, k: int, row: str = "target") -> Any:
        return self.page.locator(f'.xse .{row} .tok[data-k="{k}"]')

    def button(self, name: str) -> Any:
        return self.page.locator(f'.xse button[data-c="{name}"]')

    def light(self, words: str) -> None:
        expect(self.page.locator(".xse .light")).to_have_text(re.compile(words))

    def said(self, words: str) -> None:
        expect(self.page.locator(".xse .said")).to_contain_text(words)

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    # What the server has.
    def row(self) -> dict[str, Any]:
        return json.loads(self.store.read_text("utf-8")).get(self.doc_id, {}) if self.store.exists() else {}

    def spans(self) -> Stored:
        annotation = parse_annotation(self.row()["payload"])
        tokens = cut(self.document.pair.target, annotation.cuts)
        return [
            (self.text(tokens, e.span.start, e.span.end), e.label, e.source) for e in annotation.entities
        ]  # fmt: skip

    @staticmethod
    def text(tokens: Any, start: int, end: int) -> str:
        return " ".join(tokens.tokens[start:end])

    def tokens(self) -> list[str]:
        return list(cut(self.document.pair.target, parse_annotation(self.row()["payload"]).cuts).tokens)

    def dropped(self) -> list[int] | None:
        """Return what is stored as dropped, ``None`` before the first save."""
        payload = self.row().get("payload")
        return payload and payload["dropped"]

    def stored(self, expected: Stored) -> None:
        self.until(lambda: self.row() and self.spans(), expected)

    def until(self, found: Callable[[], Any], expected: Any) -> None:
        end = time.monotonic() + WAIT_S
        while (now := found()) != expected and time.monotonic() < end:
            time.sleep(0.03)
        assert now == expected, (self.page.locator(".xse").inner_text(), self.row())


class Mouse:
    """Every operation by mouse."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def first_span(self, k: int) -> None:
        self.sheet.tok(k).click()

    def _drag(self, start: Any, end: Any) -> None:
        mouse = self.sheet.page.mouse
        a, b = start.bounding_box(), end.bounding_box()
        mouse.move(a["x"] + a["width"] / 2, a["y"] + a["height"] / 2)
        mouse.down()
        mouse.move((a["x"] + b["x"]) / 2, b["y"] + b["height"] / 2 + 4)
        mouse.move(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2)
        mouse.up()

    def boundary(self, side: str, k: int) -> None:
        self._drag(self.sheet.page.locator(f".xse .grip.{side}"), self.sheet.tok(k))

    def select(self, start: int, end: int) -> None:
        self._drag(self.sheet.tok(start), self.sheet.tok(end - 1))

    def label(self, name: str) -> None:
        self.sheet.button(f"label-{name}").click()

    def link(self, source: int) -> None:
        self.sheet.tok(documents.SOURCES[source][0], "source").click()

    def press(self, name: str) -> None:
        self.sheet.button(name).click()


KEY_OF = {
    "unlink": "0", "delete": "Delete", "split": "x", "merge": "Shift+X", "undo": "Control+z", "redo": "Control+y",
    "accept": "Enter", "grow-start": "[", "shrink-start": "{", "grow-end": "]", "shrink-end": "}", "skip": "s",
}  # fmt: skip


class Keys:
    """Every operation by keys."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.onward, self.back = ("ArrowLeft", "ArrowRight") if sheet.rtl else ("ArrowRight", "ArrowLeft")
        sheet.page.locator('.xse .target .tok[tabindex="0"]').focus()

    def first_span(self, k: int) -> None:
        self._to(k)

    def _to(self, k: int) -> None:
        self.sheet.keys("Home", *[self.onward] * k)

    def boundary(self, side: str, k: int) -> None:
        annotated = self.sheet.page.locator(".xse .target .tok.act")
        first, last = (int(annotated.nth(n).get_attribute("data-k")) for n in (0, -1))
        by = first - k if side == "start" else k - last
        grow, shrink = ("[", "{") if side == "start" else ("]", "}")
        self.sheet.keys(*[grow if by > 0 else shrink] * abs(by))

    def select(self, start: int, end: int) -> None:
        self._to(start)
        self.sheet.keys(*[f"Shift+{self.onward}"] * (end - start - 1))

    def label(self, name: str) -> None:
        self.sheet.keys(next(label.key for label in documents.LABELS if label.name == name))

    def link(self, source: int) -> None:
        self.sheet.keys(str(source + 1))

    def press(self, name: str) -> None:
        self.sheet.keys(KEY_OF[name])
