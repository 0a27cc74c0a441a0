"""What the store keeps of the sentence under inspection, and the ways to change that from here."""

from __future__ import annotations

import streamlit as st

from xner.services.identity import Role
from xner.services.inspect_stored import Kept, kept
from xner.ui import projecting, state, wording
from xner.ui.messages import plain
from xner.ui.state import Desk, Inspection


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
