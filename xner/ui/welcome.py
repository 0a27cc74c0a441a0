"""The parts of the Home page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from xner.errors import XnerError
from xner.services import browse, corpora, home, import_corpus, system_check
from xner.services.browse import Line
from xner.services.home import Progress
from xner.services.identity import Role
from xner.services.system_check import Part
from xner.text.script import language_name
from xner.ui import corpus_settings, html, languages, picker, projecting, state, upkeep, wording
from xner.ui.messages import cell, plain, quote, show_error
from xner.ui.picker import shown
from xner.ui.state import Desk

_STATES = {"ready": "✓ ready", "on first use": "◌ on first use", "missing": "✗ missing", "warning": "⚠ warning"}
_ARCHIVED = "xner_archived"


def draw_heading() -> None:
    """Draw the name and what the app does, in two sentences."""
    st.title("xner", anchor=False)
    st.markdown(
        "Labels names of people, places and organisations in a language that has no labelled data: it takes a sentence "
        "whose names are known and finds the same names in its translation.  \nYou see the evidence for every label, "
        "correct what is wrong, and take the result away."
    )


def draw_corpus(desk: Desk) -> None:
    """Draw the current corpus: how far it is, where to go on, what is still to be projected."""
    if desk.corpus is None:
        return
    picker.choose_corpus(desk)
    corpus = corpora.get(desk.store, desk.user, desk.corpus.id)
    with st.container(border=True):
        title, more = st.columns([5, 1], vertical_alignment="center")
        title.subheader(plain(corpus.name), anchor=False)
        if corpus.role == Role.ADMIN:
            with more:
                _draw_archive(desk, corpus.id)
        rows = home.progress(corpus)
        if not rows:
            st.markdown("This corpus has no sentence yet.")
            st.page_link("pages/add.py", label="Add text", icon=":material/add:")
            return
        _draw_progress(rows)
        projecting.draw(desk, corpus.id)
        _draw_resume(desk, corpus.id)
        with st.expander("Labels, people, and how it is annotated", icon=":material/tune:"):
            corpus_settings.draw(desk.store, desk.user, corpus)


def draw_start(desk: Desk) -> None:
    """Draw the two ways in."""
    kind: Literal["primary", "secondary"] = "secondary" if desk.corpora else "primary"
    sample, own = st.columns(2, border=True)
    with sample:
        st.subheader("Open the sample corpus", anchor=False)
        st.markdown("24 English sentences and their translation, with the right answer for comparison.")
        offered = sorted(import_corpus.sample_languages(), key=languages.words)
        start = offered.index("de") if "de" in offered else 0
        language = st.selectbox("Language", offered, index=start, format_func=languages.words, key="sample_language")
        if st.button("Open the sample corpus", type=kind, icon=":material/menu_book:", disabled=language is None):
            open_sample(desk, str(language))
    with own:
        st.subheader("Add text", anchor=False)
        st.markdown("Paste a sentence with its translation, or upload a file of pairs: JSON Lines, TSV, CSV or text.")
        if st.button("Add text", type=kind, icon=":material/add:"):
            st.switch_page("pages/add.py")


def open_sample(desk: Desk, language: str) -> None:
    """Put the sample of a language into the corpus "Sample", project it, and go to something to correct."""
    try:
        sample = home.open_sample(desk.store, desk.user, language)
    except XnerError as error:
        show_error(error)
        return
    state.choose_corpus(sample.corpus_id)
    run = projecting.run(desk, sample.corpus_id)
    if state.has_page("correct") and (run is None or run.n_ok) and not projecting.has_failed():
        found = home.continue_where_left(desk.store, desk.user, sample.corpus_id, langs=(language,))
        if place := found.last or found.riskiest:
            there = {"corpus": str(sample.corpus_id), "lang": language, "doc": str(place.id)}
            st.switch_page("pages/correct.py", query_params=there)
    st.switch_page("pages/inspection.py", query_params={"doc": str(sample.first_id)})  # says why there is nothing


def draw_flow() -> None:
    """Draw the picture of the way of a sentence pair."""
    st.subheader("How it works", anchor=False)
    html.mount_flow()


def draw_archived(desk: Desk) -> None:
    """Draw the corpora that were taken out of the lists; an admin can bring them back."""
    if (archived := st.session_state.get(_ARCHIVED)) is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/inventory_2: {quote(archived[1])} is archived; nothing of it is deleted.")
            st.button(
                "Undo", on_click=_bring_back, args=(desk, archived[0]), key="undo_archive", icon=":material/undo:"
            )
    if not browse.names(desk.store, desk.user, archived=True) or not st.toggle("Show archived", key="show_archived"):
        return
    for row in corpora.visible(desk.store, desk.user, archived=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{quote(row.name)}, {wording.counted(row.n_pairs, 'sentence', 'sentences')}")
            st.button(
                "Bring back", on_click=_bring_back, args=(desk, row.id), key=f"bring_back_{row.id}",
                disabled=row.role != Role.ADMIN, help="This takes an admin of the corpus.",
            )  # fmt: skip


def draw_system(desk: Desk | None) -> None:
    """Draw what is installed and what is not, with what to do, and where the sentences are kept."""
    parts = [*([home.store_part(desk.store)] if desk else []), *system_check.check()]
    wrong = [part for part in parts if part.state in ("missing", "warning")]
    icon = ":material/warning:" if wrong else ":material/check_circle:"
    with st.expander(_system_title(wrong), expanded=bool(wrong), icon=icon):
        st.table(
            {
                "State": [_STATES.get(part.state, plain(part.state)) for part in parts],
                "Part": [cell(part.name) for part in parts],
                "What for": [plain(part.purpose) for part in parts],
                "Detail": [cell(part.detail, 300) for part in parts],
            },
            border="horizontal",
        )
        if any(part.state == "missing" for part in parts):
            st.markdown("Sentences that bring their own links can be added and matched without an encoder.")
        if desk is not None:
            upkeep.draw(desk)


def _system_title(wrong: Sequence[Part]) -> str:
    if not wrong:
        return "System check: everything is here"
    counts = [(word, sum(part.state == state for part in wrong)) for state, word in
              (("missing", "missing"), ("warning", "to look at"))]  # fmt: skip
    return f"System check: {', '.join(f'{number} {word}' for word, number in counts if number)}"


def _draw_progress(rows: Sequence[Progress]) -> None:
    n, n_done = sum(row.n for row in rows), sum(row.n_done for row in rows)
    st.progress(n_done / n, f"{n_done:,} of {wording.counted(n, 'sentence', 'sentences')} accepted")
    present = [status for status in home.STATUSES if any(row.counts[status] for row in rows)]
    columns = {
        wording.state_of(status).capitalize(): [_count(row.counts[status]) for row in rows] for status in present
    }
    st.table(
        {
            "Language": [plain(language_name(row.lang)) for row in rows],
            "Sentences": [f"{row.n:,}" for row in rows],
            **columns,
        },
        border="horizontal",
    )


def _count(number: int) -> str:
    return f"{number:,}" if number else "–"


def _draw_resume(desk: Desk, corpus_id: int) -> None:
    resume = home.continue_where_left(desk.store, desk.user, corpus_id)
    place = resume.last or resume.riskiest
    with st.container(horizontal=True, vertical_alignment="center"):
        if place is not None and st.button(
            "Continue where you left" if resume.last else "Open the riskiest sentence",
            type="primary", icon=":material/arrow_forward:", key="resume",
        ):  # fmt: skip
            _go_to(place)
        if state.has_page("correct"):
            st.page_link(
                "pages/correct.py", label="Go to the queue", icon=":material/checklist:",
                query_params={"corpus": str(corpus_id)},
            )  # fmt: skip
        else:
            st.page_link(
                "pages/inspection.py", label="Look at the sentences", icon=":material/search:",
                query_params={"corpus": str(corpus_id)},
            )  # fmt: skip
    if place is not None:
        st.caption(f"{wording.state_of(place.status)} · {quote(shown(place.source, 160))}")


def _go_to(line: Line) -> None:
    page = "pages/correct.py" if state.has_page("correct") else "pages/inspection.py"
    st.switch_page(page, query_params={"doc": str(line.id)})


def _draw_archive(desk: Desk, corpus_id: int) -> None:
    with st.popover("Archive", icon=":material/inventory_2:", width="stretch"):
        st.markdown("It leaves all lists. Nothing of it is deleted, and it can be brought back.")
        st.button("Archive this corpus", on_click=_archive, args=(desk, corpus_id), key="archive")


def _archive(desk: Desk, corpus_id: int) -> None:
    name = next((corpus.name for corpus in desk.corpora if corpus.id == corpus_id), "")

    def work() -> None:
        corpora.archive(desk.store, desk.user, corpus_id)
        st.session_state[_ARCHIVED] = (corpus_id, name)
        st.query_params.clear()

    state.attempt(work)


def _bring_back(desk: Desk, corpus_id: int) -> None:
    def work() -> None:
        corpora.archive(desk.store, desk.user, corpus_id, archived=False)
        st.session_state.pop(_ARCHIVED, None)
        state.choose_corpus(corpus_id)

    state.attempt(work)
