"""Which sentence is on screen: buttons, list and language filter; the address names it (`?doc=`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from xner.services import import_corpus
from xner.text.script import language_name
from xner.text.tokenise import detokenise
from xner.types import Sentence, SentencePair
from xner.ui import messages, state
from xner.ui.state import Workspace

_LIST_LENGTH = 400
"""Entries of the list at most; a longer corpus is searched."""
_SHOWN_CHARACTERS = 70
_SAMPLE_ID = re.compile(r"sample/en-([A-Za-z-]+)/\d+")


def choose(work: Workspace) -> SentencePair | None:
    """Draw the picker and return the chosen pair; None where there is none, and then it is said what to do."""
    wanted = st.query_params.get("doc")
    if wanted is not None and wanted not in work.pairs:
        _unknown(work, wanted)
        return None
    if not work.pairs:
        _empty()
        return None
    current = wanted or (work.current if work.current in work.pairs else next(iter(work.pairs)))
    ids = _filtered(work, current)
    if not ids:
        st.info("No sentence has this text and language.", icon=":material/filter_alt_off:")
        st.button("Show all sentences", on_click=_drop_filters)
        return None
    if current not in ids:
        current = ids[0]
    _draw(work, ids, current)
    work.current = current
    if st.query_params.get("doc") != current:
        st.query_params["doc"] = current
    return work.pairs[current]


def matching_ids(work: Workspace, language: str | None, text: str) -> list[str]:
    """Return the ids of the pairs in a target language that hold a text on either side, letter case aside."""
    needle = text.casefold().strip()
    return [
        pair.id
        for pair in work.pairs.values()
        if (language is None or (pair.target and pair.target.lang == language))
        and (not needle or any(needle in shown(s, None).casefold() for s in (pair.source, pair.target)))
    ]


def shown(sentence: Sentence | None, limit: int | None = _SHOWN_CHARACTERS) -> str:
    """Return the text of a sentence, cut with an ellipsis."""
    text = detokenise(sentence) if sentence else ""
    return text if limit is None or len(text) <= limit else f"{text[:limit].rstrip()}…"


def _draw(work: Workspace, ids: Sequence[str], current: str) -> None:
    place = ids.index(current)
    first = max(0, min(place - _LIST_LENGTH // 2, len(ids) - _LIST_LENGTH))
    numbers = {pair_id: first + n + 1 for n, pair_id in enumerate(ids[first : first + _LIST_LENGTH])}
    several = len(work.languages()) > 1

    def words(pair_id: str) -> str:
        pair = work.pairs[pair_id]
        language = f"{pair.target.lang} · " if several and pair.target else ""
        return f"{numbers[pair_id]}/{len(ids)} · {language}{shown(pair.source)}"

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Previous", on_click=_go, args=(ids[place - 1],), disabled=place == 0, icon=":material/arrow_back:",
            key="previous",
        )  # fmt: skip
        st.session_state["picked"] = current
        st.selectbox(
            "Sentence: type a number or words to search", list(numbers), format_func=words, key="picked",
            on_change=_go_picked, width="stretch",
        )  # fmt: skip
        st.button(
            "Next", on_click=_go, args=(ids[min(place + 1, len(ids) - 1)],), disabled=place == len(ids) - 1,
            icon=":material/arrow_forward:", icon_position="right", key="next",
        )  # fmt: skip


def _filtered(work: Workspace, current: str) -> list[str]:
    languages = work.languages()
    language, text = None, ""
    if len(languages) > 1:
        language = st.pills(
            "Target language", list(languages), key="language", label_visibility="collapsed",
            format_func=lambda tag: f"{language_name(tag)} {languages[tag]}", on_change=_drop_document,
        )  # fmt: skip
    if len(work.pairs) > _LIST_LENGTH:
        text = st.text_input("Find text", key="find", placeholder="words of either side", on_change=_drop_document)
    return matching_ids(work, language, text)


def _go(pair_id: str) -> None:
    st.query_params["doc"] = pair_id


def _go_picked() -> None:
    st.query_params["doc"] = st.session_state["picked"]


def _open_sample(language: str) -> None:
    state.workspace().add(import_corpus.sample_pairs(language).pairs)


def _drop_document() -> None:
    """A filter was changed: the sentence that was open may be outside it."""
    st.query_params.pop("doc", None)


def _drop_filters() -> None:
    st.session_state["language"], st.session_state["find"] = None, ""


def _empty() -> None:
    st.info(
        "Here you see why each name landed where it did. There is no sentence in this session yet.",
        icon=":material/description:",
    )
    with st.container(horizontal=True):
        st.page_link("pages/home.py", label="Open the sample corpus", icon=":material/menu_book:")
        st.page_link("pages/add.py", label="Add text", icon=":material/add:")


def _unknown(work: Workspace, wanted: str) -> None:
    st.warning(
        f"There is no sentence {messages.quote(wanted[:80])} in this session. Sentences live in one browser tab only; "
        "an address opens a sentence again after the same corpus has been opened or added.",
        icon=":material/search_off:",
    )
    sample = _SAMPLE_ID.fullmatch(wanted)
    with st.container(horizontal=True):
        if sample and sample[1] in import_corpus.sample_languages():
            name = language_name(sample[1])
            st.button(f"Open the {name} sample corpus here", type="primary", on_click=_open_sample, args=(sample[1],))
        if work.pairs:
            st.button("Open the first sentence", on_click=_drop_document)
        st.page_link("pages/home.py", label="Open the sample corpus", icon=":material/menu_book:")
        st.page_link("pages/add.py", label="Add text", icon=":material/add:")
