"""The parts of the Home page."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from xner.services import import_corpus, system_check
from xner.text.script import language_name
from xner.ui import html, languages, wording
from xner.ui.messages import cell, plain, quote
from xner.ui.picker import shown
from xner.ui.state import Workspace

_STATES = {"ready": "✓ ready", "on first use": "◌ on first use", "missing": "✗ missing"}


def draw_heading() -> None:
    """Draw the name and what the app does, in two sentences."""
    st.title("xner", anchor=False)
    st.markdown(
        "Labels names of people, places and organisations in a language that has no labelled data: it takes a sentence "
        "whose names are known and finds the same names in its translation.  \nYou see the evidence for every label, "
        "change a link or a weight, watch the labels follow, and download the result."
    )


def draw_resume(work: Workspace) -> None:
    """Draw what the session holds and the way back to it."""
    current = work.current if work.current in work.pairs else next(iter(work.pairs))
    counts = ", ".join(f"{language_name(tag)} {number:,}" for tag, number in work.languages().items())
    with st.container(border=True):
        st.subheader("Continue where you left", anchor=False)
        st.markdown(f"{wording.counted(len(work.pairs), 'sentence', 'sentences')} in this session: {counts}.")
        st.markdown(quote(shown(work.pairs[current].source, 160)))
        with st.container(horizontal=True):
            if st.button("Continue", type="primary", icon=":material/arrow_forward:", key="resume"):
                st.switch_page("pages/inspection.py", query_params={"doc": current})
            with st.popover("Start over", icon=":material/delete_sweep:"):
                st.markdown("This forgets all sentences and links of this session. It can't be undone.")
                st.button("Forget everything", on_click=_forget, args=(work,), key="forget")


def draw_start(work: Workspace) -> None:
    """Draw the two ways in."""
    kind: Literal["primary", "secondary"] = "secondary" if work.pairs else "primary"
    sample, own = st.columns(2, border=True)
    with sample:
        st.subheader("Open the sample corpus", anchor=False)
        st.markdown("24 English sentences and their translation, with the right answer for comparison.")
        offered = sorted(import_corpus.sample_languages(), key=languages.words)
        start = offered.index("de") if "de" in offered else 0
        language = st.selectbox("Language", offered, index=start, format_func=languages.words, key="sample_language")
        if st.button("Open the sample corpus", type=kind, icon=":material/menu_book:", disabled=language is None):
            open_sample(work, str(language))
    with own:
        st.subheader("Add text", anchor=False)
        st.markdown("Paste a sentence with its translation, or upload a file of pairs: JSON Lines, TSV, CSV or text.")
        if st.button("Add text", type=kind, icon=":material/add:"):
            st.switch_page("pages/add.py")


def open_sample(work: Workspace, language: str) -> None:
    """Add the sample corpus of a language and go to its first sentence."""
    report = import_corpus.sample_pairs(language)
    if report.error or not report.pairs:
        st.error(plain(report.error or "The sample corpus of this language is empty."), icon=":material/error:")
        return
    st.switch_page("pages/inspection.py", query_params={"doc": work.add(report.pairs)[0]})


def draw_flow() -> None:
    """Draw the way of a sentence pair."""
    st.subheader("How it works", anchor=False)
    html.mount_flow()


def draw_system() -> None:
    """Draw what is installed and what is not, with what to do."""
    parts = system_check.check()
    missing = [part for part in parts if part.state == "missing"]
    title = f"System check: {len(missing)} missing" if missing else "System check: everything is here"
    icon = ":material/warning:" if missing else ":material/check_circle:"
    with st.expander(title, expanded=bool(missing), icon=icon):
        st.table(
            {
                "State": [_STATES.get(part.state, plain(part.state)) for part in parts],
                "Part": [cell(part.name) for part in parts],
                "What for": [plain(part.purpose) for part in parts],
                "Detail": [cell(part.detail, 300) for part in parts],
            },
            border="horizontal",
        )
        if missing:
            st.markdown("Sentences that bring their own links can be added and matched without an encoder.")


def _forget(work: Workspace) -> None:
    work.pairs.clear()
    work.decisions.clear()
    work.current = None
