"""Which corpus and sentence is on screen; the address names both (`?corpus=`, `?doc=`). No list is long."""

from __future__ import annotations

import streamlit as st

from xner.errors import NotAllowed
from xner.services import browse
from xner.services.access import pair_for
from xner.services.browse import Around, Line
from xner.services.documents import Document, open_document
from xner.services.identity import Role
from xner.store.rows import Filters
from xner.text.script import language_name
from xner.text.tokenise import detokenise
from xner.types import Sentence
from xner.ui import state, wording
from xner.ui.messages import show_error
from xner.ui.state import Desk

_SHOWN_CHARACTERS = 70
_JUMP = "jump"


def choose_corpus(desk: Desk, *, label: str = "Corpus") -> None:
    """Draw the list of corpora, where there are several; another choice becomes the address."""
    if len(desk.corpora) < 2 or desk.corpus is None:
        return
    names = {corpus.id: corpus.name for corpus in desk.corpora}
    st.session_state["corpus_picked"] = desk.corpus.id
    st.selectbox(label, list(names), format_func=names.__getitem__, key="corpus_picked", on_change=_go_corpus)


def draw_no_corpus(desk: Desk) -> bool:
    """Draw why no corpus is open, with a way on; return whether that is so."""
    if desk.corpus is not None:
        return False
    if desk.problem is not None:
        show_error(desk.problem)
        st.button("Open the newest corpus", on_click=_forget_address, disabled=not desk.corpora, key="newest_corpus")
    return True


def choose(desk: Desk) -> Document | None:
    """Draw the picker and return the chosen document; None where there is none, and then it is said what to do."""
    wanted = st.query_params.get("doc")
    try:
        current = _wanted(desk, wanted)
    except NotAllowed as error:
        _unknown(desk, error)
        return None
    if draw_no_corpus(desk) or desk.corpus is None:
        if desk.problem is None:
            _empty()
        return None
    jump = st.session_state.pop(_JUMP, None)
    filters = _draw_filters(desk)
    found = browse.around(desk.store, desk.user, desk.corpus.id, filters, current, number=jump)
    if found.current is None:
        _nothing(desk, filters)
        return None
    _draw(found)
    desk.docs[desk.corpus.id] = found.current.id
    if wanted != str(found.current.id):
        st.query_params["doc"] = str(found.current.id)
    return open_document(desk.store, desk.user, found.current.id, desk.client)


def shown(sentence: Sentence | str | None, limit: int | None = _SHOWN_CHARACTERS) -> str:
    """Return the text of a sentence, cut with an ellipsis."""
    text = detokenise(sentence) if isinstance(sentence, Sentence) else sentence or ""
    return text if limit is None or len(text) <= limit else f"{text[:limit].rstrip()}…"


def _wanted(desk: Desk, wanted: str | None) -> int | None:
    """Return the sentence to begin with; one that the address names brings its corpus along."""
    if wanted is None:
        return desk.docs.get(desk.corpus.id) if desk.corpus else None
    row = pair_for(desk.store, desk.user, state.number_of(wanted) or 0, Role.VIEWER)
    corpus = next((corpus for corpus in desk.corpora if corpus.id == row.corpus_id), None)
    if corpus is None:  # archived
        raise NotAllowed("The corpus of this sentence is archived.", "An admin can bring it back on Home.")
    desk.corpus, desk.problem = corpus, None
    state.choose_corpus(corpus.id)
    return row.id


def _draw(found: Around) -> None:
    lines = {line.id: line for line in found.lines}
    current = found.current
    if current is None:
        return
    several = len({line.lang for line in found.lines}) > 1

    def words(pair_id: int) -> str:
        return _line_words(lines[pair_id], found.n, with_language=several)

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Previous", on_click=_go, args=(found.previous,), disabled=found.previous is None,
            icon=":material/arrow_back:", key="previous",
        )  # fmt: skip
        st.session_state["picked"] = current.id
        label = (
            "Sentence" if found.n == len(lines) else f"Sentence: {found.lines[0].number:,}–{found.lines[-1].number:,}"
        )
        st.selectbox(label, list(lines), format_func=words, key="picked", on_change=_go_picked, width="stretch")
        if found.n > len(lines):
            st.session_state["go_to"] = current.number
            st.number_input("Go to", 1, found.n, step=1, key="go_to", on_change=_go_number, width=130)
        st.button(
            "Next", on_click=_go, args=(found.next,), disabled=found.next is None,
            icon=":material/arrow_forward:", icon_position="right", key="next",
        )  # fmt: skip


def _line_words(line: Line, n: int, *, with_language: bool) -> str:
    language = f"{line.lang} · " if with_language else ""
    return f"{line.number:,}/{n:,} · {wording.STATUS_MARKS[line.status]} {language}{shown(line.source or line.target)}"


def _draw_filters(desk: Desk) -> Filters:
    if desk.corpus is None:
        return Filters()
    languages = browse.languages(desk.store, desk.user, desk.corpus.id)
    corpus, find = st.columns(2) if len(desk.corpora) > 1 else (st.container(), st.container())
    with corpus:
        choose_corpus(desk)
    text = ""
    if sum(languages.values()) > browse.PAGE:
        with find:
            text = st.text_input("Find text", key="find", placeholder="words of either side", on_change=_drop_document)
    language = None
    if len(languages) > 1:
        language = st.pills(
            "Target language", list(languages), key="language", label_visibility="collapsed",
            format_func=lambda tag: f"{language_name(tag)} {languages[tag]:,}", on_change=_drop_document,
        )  # fmt: skip
    return Filters(langs=(language,) if language is not None and language in languages else (), text=text.strip())


def _go(pair_id: int) -> None:
    st.query_params["doc"] = str(pair_id)


def _go_picked() -> None:
    st.query_params["doc"] = str(st.session_state["picked"])


def _go_number() -> None:
    st.session_state[_JUMP] = st.session_state["go_to"]
    _drop_document()


def _go_corpus() -> None:
    st.session_state["language"], st.session_state["find"] = None, ""
    st.query_params.clear()
    st.query_params["corpus"] = str(st.session_state["corpus_picked"])


def _drop_document() -> None:
    """A filter was changed: the sentence that was open may be outside it."""
    st.query_params.pop("doc", None)


def _drop_filters() -> None:
    st.session_state["language"], st.session_state["find"] = None, ""


def _forget_address() -> None:
    st.query_params.clear()


def _nothing(desk: Desk, filters: Filters) -> None:
    if filters.langs or filters.text:
        st.info("No sentence has this text and language.", icon=":material/filter_alt_off:")
        st.button("Show all sentences", on_click=_drop_filters)
        return
    st.info("This corpus has no sentence yet.", icon=":material/description:")
    _draw_ways_in(desk.corpus.id if desk.corpus else None)


def _empty() -> None:
    st.info("Here you see why each name landed where it did. There is no sentence yet.", icon=":material/description:")
    _draw_ways_in(None)


def _draw_ways_in(corpus_id: int | None) -> None:
    with st.container(horizontal=True):
        st.page_link("pages/home.py", label="Open the sample corpus", icon=":material/menu_book:")
        there = {"corpus": str(corpus_id)} if corpus_id else None
        st.page_link("pages/add.py", label="Add text", icon=":material/add:", query_params=there)


def _unknown(desk: Desk, error: NotAllowed) -> None:
    show_error(error)
    with st.container(horizontal=True):
        st.button("Open the sentence that was open last", on_click=_forget_address, disabled=not desk.corpora)
        st.page_link("pages/home.py", label="Choose a corpus on Home", icon=":material/home:")
