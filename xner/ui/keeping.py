"""What the store keeps of the sentence under inspection, and the ways to change that from here."""

from __future__ import annotations

import streamlit as st

from xner.services import sentence_archive
from xner.services.identity import Role
from xner.services.inspect_stored import Kept, kept
from xner.ui import projecting, state, wording
from xner.ui.inspecting import Inspection
from xner.ui.messages import plain
from xner.ui.state import Desk

_ARCHIVED = "xner_archived_pair"


def draw(desk: Desk, result: Inspection) -> Kept:
    """Draw what is stored of a document, with the buttons that store something; return it."""
    document = result.document
    stored = kept(desk.store, document, result.trace.projection if result.trace else None)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(stored_words(stored, live=result.problem is None), width="stretch")
        if stored.status in ("new", "failed") or stored.agrees is False:
            _draw_keep(desk, result, stored)
        if state.has_page("correct"):
            st.page_link(
                "pages/correct.py", label="Open in the editor", icon=":material/edit:",
                query_params={"doc": str(document.id)},
            )  # fmt: skip
        if desk.may(Role.REVIEWER):
            _draw_archive(desk, document.id, document.corpus.id)
    return stored


def stored_words(stored: Kept, *, live: bool = True) -> str:
    """Return what is stored, and how what is drawn beneath stands to it; not `live`: that is a failure as well."""
    mark = f"**Stored: {wording.state_of(stored.status)}**"
    if stored.is_corrected:
        by = f"{mark} by {plain(stored.author)}, {wording.clock(stored.changed)}."
        if stored.agrees:
            return f"{by} The live projection below has the same entities."
        return f"{by} Below stand the live projection and this one, row by row." if live else by
    if stored.status == "new":
        return f"{mark}, not projected yet. What you see below is live and not kept."
    if stored.status == "failed":
        return f"{mark}: {plain(stored.reason)}" if live else f"{mark}, and it fails with your settings too."
    if stored.agrees is False:
        return f"{mark}. Your settings give other entities: below stand the live projection and the stored one."
    return f"{mark}. The projection below has the same entities."


def draw_archived(desk: Desk) -> None:
    """Draw what was archived a moment ago, with its undo."""
    if (pair_id := st.session_state.get(_ARCHIVED)) is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(":material/inventory_2: The sentence is archived; nothing of it is deleted.")
            st.button("Undo", on_click=_bring_back, args=(desk, pair_id), key="undo_archive", icon=":material/undo:")


def _draw_archive(desk: Desk, pair_id: int, corpus_id: int) -> None:
    with st.popover("Archive", icon=":material/inventory_2:", key=f"archive_box_{pair_id}"):
        st.markdown(
            "The sentence leaves all lists, figures and exports. Nothing of it is deleted: on Home, in the settings of "
            "the corpus, it can be brought back."
        )
        st.button("Archive this sentence", on_click=_archive, args=(desk, pair_id, corpus_id), key="archive_pair")


def _archive(desk: Desk, pair_id: int, corpus_id: int) -> None:
    def work() -> None:
        sentence_archive.archive(desk.store, desk.user, pair_id)
        st.session_state[_ARCHIVED] = pair_id
        desk.docs.pop(corpus_id, None)
        st.query_params.pop("doc", None)

    state.attempt(work)


def _bring_back(desk: Desk, pair_id: int) -> None:
    def work() -> None:
        sentence_archive.archive(desk.store, desk.user, pair_id, archived=False)
        st.session_state.pop(_ARCHIVED, None)
        st.query_params["doc"] = str(pair_id)

    state.attempt(work)


def _draw_keep(desk: Desk, result: Inspection, stored: Kept) -> None:
    may = desk.may(Role.REVIEWER)
    label = "Retry" if stored.status == "failed" else "Project this sentence and keep it"
    note = "The projection is stored with your settings; corrections stay what they are."
    if st.button(
        label, icon=":material/save:", key="keep", disabled=not may,
        help=note if may else "This takes a reviewer of the corpus.",
    ):  # fmt: skip
        projecting.run(desk, result.document.corpus.id, [result.document.id])
        st.rerun()
