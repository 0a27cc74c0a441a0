"""Pages without a browser, over a store of their own: pairs that bring their links, so that no encoder is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from xner.config import RunConfig
from xner.services import corpora, project_corpus
from xner.services.documents import Document, open_document
from xner.services.identity import User, local_user
from xner.store.session import Store, open_store
from xner.types import Alignment, Entity, Sentence, SentencePair, Span
from xner.ui.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
Open = Callable[..., AppTest]
GIVEN = RunConfig().updated({"align.name": "given"})


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


PAIRS = (make_pair("one"), make_pair("two", target="Mira Halvorsen war in Bergen ."), make_pair("drei", lang="nl"))
"""Two languages."""


@dataclass
class Shelf:
    """The store of a test, with whoever works in it."""

    store: Store
    user: User

    def corpus(self, pairs: Sequence[SentencePair] = PAIRS, name: str = "News", *, projected: bool = False) -> int:
        """Make a corpus of some pairs."""
        corpus_id = corpora.create(self.store, self.user, name)
        corpora.add(self.store, self.user, corpus_id, pairs)
        if projected:
            project_corpus.project_corpus(self.store, self.user, corpus_id, GIVEN)
        return corpus_id

    def id_of(self, record_id: str) -> int:
        """Return the id in the store of a pair."""
        return next(pair_id for pair_id, document in self.documents().items() if document.pair.id == record_id)

    def document(self, record_id: str) -> Document:
        """Open a pair as the store has it now."""
        return open_document(self.store, self.user, self.id_of(record_id), "test-client")

    def documents(self) -> dict[int, Document]:
        """Return everything in the store that is not archived, by id."""
        from xner.store import queue
        from xner.store.rows import Filters

        found = {}
        for corpus in corpora.visible(self.store, self.user):
            with self.store.read() as session:
                ids = queue.ids(session, corpus.id, Filters(), order="document")
            found |= {pair_id: open_document(self.store, self.user, pair_id, "test-client") for pair_id in ids}
        return found


@pytest.fixture
def pair() -> SentencePair:
    return make_pair()


@pytest.fixture
def shelf() -> Shelf:
    """An empty store."""
    return Shelf(open_store(), local_user("Ada"))


@pytest.fixture
def news(shelf: Shelf) -> Shelf:
    """Three pairs in two languages, not projected."""
    shelf.corpus()
    return shelf


@pytest.fixture
def open_page() -> Open:
    """Return a function that runs a page of the app in a fresh session of Ada, links taken from the pairs."""

    def run(page: str = "", *, doc: object = None, settings: Settings | None = None, **state: object) -> AppTest:
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        at.session_state["xner_name"] = "Ada"
        at.session_state["xner_settings"] = settings or Settings(aligner="given")
        for key, value in state.items():
            at.session_state[key] = value
        if page:
            at.run()  # the page list is known after one run
            at.switch_page(f"pages/{page}.py")
        if doc is not None:
            at.query_params["doc"] = str(doc)
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
        at.success,
        at.code,
        at.text,
    )
    return "\n".join(str(element.value) for kind in kinds for element in kind)


@pytest.fixture
def words() -> Callable[[AppTest], str]:
    return words_on
