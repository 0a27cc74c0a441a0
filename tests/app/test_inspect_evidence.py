"""Inspect with a back-translation: the marked one and its links, and what comes back; models are played by others."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import pytest
from streamlit.testing.v1 import AppTest

from xner.align import aligners
from xner.translate import translators
from xner.translate.base import MarkedTranslation
from xner.types import Alignment, Entity, Sentence, Span
from xner.ui import inspecting
from xner.ui.settings import Settings

from .conftest import Shelf, make_pair

Open = Callable[..., AppTest]
Words = Callable[[AppTest], str]
ON_TAB = {"inspect_tab": "Back-translation"}


class WordByWord:
    """Links the words of two sentences in their order."""

    def __init__(self, config):
        pass

    def align(self, pairs):
        return [
            Alignment(frozenset((k, k) for k in range(min(len(pair.source), len(pair.target))))) for pair in pairs
        ]  # fmt: skip

    def describe(self):
        return "word-by-word"


class Brackets:
    """Keeps the markers of the first name and loses the others."""

    asked: ClassVar[list[str]] = []

    def __init__(self, config):
        pass

    def translate_marked(self, pairs, target):
        self.asked.extend("marked" for _ in pairs)
        made = Sentence(("Mira", "Halvorsen", "besuchte", "Bergen", "."), target)
        return [
            MarkedTranslation(
                made, (Entity(Span(0, 2), "PER", source=0),), 1, "[Mira <b>Halvorsen</b>] besuchte Bergen ."
            )
            for _ in pairs
        ]

    def translate(self, texts, source, target):
        self.asked.extend("plain" for _ in texts)
        return ["Somebody was in Bergen ."] * len(texts)

    def describe(self):
        return "brackets"


class Plain(Brackets):
    translate_marked = None  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def played(monkeypatch):
    """Aligner and translator without programs and weights."""
    monkeypatch.setitem(aligners._items, "argmax", WordByWord)
    monkeypatch.setitem(translators._items, "marked:apertium", Brackets)
    monkeypatch.setitem(translators._items, "apertium", Plain)
    monkeypatch.setattr(inspecting, "load_model", lambda config: None)
    monkeypatch.setattr(Brackets, "asked", [])


def views(at: AppTest) -> dict[str, dict]:
    found = [c for c in at.get("bidi_component") if c.proto.component_name == "xner_pair_view"]
    drawn = [json.loads(c.proto.json) for c in found]
    return {view["rows"][0]["title"]: view for view in drawn}


def test_the_marked_back_translation_is_shown_with_links_and_what_it_lost(news: Shelf, open_page: Open, words: Words):
    settings = Settings(aligner="argmax", soft=0.0, back_use="add")
    at = open_page("inspection", doc=news.id_of("one"), settings=settings, **ON_TAB)
    assert not at.exception
    assert not at.error
    mirror = views(at)["Marked back-translation"]
    assert mirror["rows"][0]["tokens"][:2] == ["Mira", "Halvorsen"]
    assert [1, 1, "sure"] in mirror["links"]
    assert [(e["chip"], e["partner"]) for e in mirror["rows"][0]["entities"]] == [("1 PER", 1)]
    shown = words(at)
    assert "Markers lost: LOC" in shown
    assert "<b>" not in shown.replace("\\<", "")
    assert "coverage of the back-translation" in shown.replace("\\", "")


def test_moving_a_weight_translates_no_second_time(news: Shelf, open_page: Open):
    settings = Settings(aligner="argmax", soft=0.0, back_use="add")
    at = open_page("inspection", doc=news.id_of("two"), settings=settings)
    assert Brackets.asked == ["marked"]
    at.slider(key="set_coverage").set_value(0.5).run()
    at.slider(key="set_links").set_value(0.5).run()
    at.selectbox(key="set_method").set_value("greedy").run()
    at.selectbox(key="set_back_use").set_value("replace").run()
    assert not at.error
    assert Brackets.asked == ["marked"]


def test_a_method_is_chosen_by_its_name_and_the_settings_follow(news: Shelf, open_page: Open):
    at = open_page("inspection", doc=news.id_of("two"), settings=Settings(aligner="given"))
    at.selectbox(key="named_method").set_value("greedy-links").run()
    assert not at.exception
    assert (at.selectbox(key="set_method").value, at.slider(key="set_links").value) == ("greedy", 1.0)
    at.slider(key="set_links").set_value(0.5).run()
    assert at.selectbox(key="named_method").value == "own settings"


def test_a_check_says_what_came_back(shelf: Shelf, open_page: Open, words: Words):
    shelf.corpus([replace(make_pair("fresh"), back_translation=None)])
    settings = Settings(aligner="argmax", soft=0.0, back_use="check")
    at = open_page("inspection", doc=shelf.id_of("fresh"), settings=settings, **ON_TAB)
    assert "1 of 2 came back" in words(at)
    assert list(at.table[-1].value["In the back-translation"]) == ["✗ changed or lost", "✓ came back"]


def test_where_there_is_no_back_translation_it_is_said_how_to_get_one(shelf: Shelf, open_page: Open, words: Words):
    shelf.corpus([replace(make_pair("fresh"), back_translation=None)])
    at = open_page("inspection", doc=shelf.id_of("fresh"), **ON_TAB)
    assert "Choose “check” under Back-translation" in words(at)


def test_a_preset_moves_the_weights_and_weights_name_their_preset(news: Shelf, open_page: Open):
    at = open_page("inspection", doc=news.id_of("one"))
    preset = at.selectbox(key="preset_of_weights")
    assert preset.value == "coverage_soft"
    preset.set_value("align").run()
    weights = {name: at.slider(key=f"set_{name}").value for name in ("links", "coverage", "soft")}
    assert weights == {"links": 1.0, "coverage": 0.0, "soft": 0.0}
    at.slider(key="set_links").set_value(0.8).run()
    assert at.selectbox(key="preset_of_weights").value == "own weights"


def test_what_is_not_installed_is_told_with_its_command(news: Shelf, open_page: Open, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    at = open_page("inspection", doc=news.id_of("one"))
    assert at.slider(key="set_nmt").disabled
    assert any("models prepare facebook/nllb" in code.value for code in at.sidebar.code)
