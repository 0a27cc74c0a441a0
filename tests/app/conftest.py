"""Pages without a browser: pairs that bring their own links, so that no encoder is loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from xner.types import Alignment, Entity, Sentence, SentencePair, Span
from xner.ui.settings import Settings
from xner.ui.state import Workspace

ROOT = Path(__file__).resolve().parents[2]
Open = Callable[..., AppTest]


def make_pair(
    pair_id: str = "one", *, lang: str = "de", target: str = "Mira Halvorsen hat Bergen besucht ."
) -> SentencePair:
    """Return a small pair with gold and links: PER on the first two words, LOC where the target has Bergen."""
    tokens = tuple(target.split())
    place = tokens.index("Bergen") if "Bergen" in tokens else 3
    gold = (Entity(Span(0, 2), "PER"), Entity(Span(place, place + 1), "LOC"))
    return SentencePair(
        pair_id,
        Sentence(("Mira", "Halvorsen", "visited", "Bergen", "."), "en"),
        Sentence(tokens, lang),
        source_entities=(Entity(Span(0, 2), "PER"), Entity(Span(3, 4), "LOC")),
        target_entities=gold,
        alignment=Alignment(frozenset({(0, 0), (1, 1), (3, place)})),
        back_translation="Mira Halvorsen was in Bergen.",
    )


@pytest.fixture
def pair() -> SentencePair:
    return make_pair()


@pytest.fixture
def workspace() -> Workspace:
    """Three pairs in two languages, links taken from them."""
    work = Workspace(settings=Settings(aligner="given"))
    work.add(
        [make_pair("one"), make_pair("two", target="Mira Halvorsen war in Bergen ."), make_pair("drei", lang="nl")]
    )
    return work


@pytest.fixture
def open_page() -> Open:
    """Return a function that runs a page of the app, in a fresh session or over a given workspace and widget state."""

    def run(page: str = "", *, work: Workspace | None = None, doc: str | None = None, **state: object) -> AppTest:
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        if work is not None:
            at.session_state["xner_workspace"] = work
        for key, value in state.items():
            at.session_state[key] = value
        if page:
            at.run()  # the page list is known after one run
            at.switch_page(f"pages/{page}.py")
        if doc is not None:
            at.query_params["doc"] = doc
        return at.run()

    return run


def words_on(at: AppTest) -> str:
    """Return all text that a page shows outside the components."""
    kinds = (
        at.title,
        at.header,
        at.subheader,
        at.markdown,
        at.caption,
        at.error,
        at.warning,
        at.info,
        at.code,
        at.text,
    )
    return "\n".join(str(element.value) for kind in kinds for element in kind)


@pytest.fixture
def words() -> Callable[[AppTest], str]:
    return words_on
