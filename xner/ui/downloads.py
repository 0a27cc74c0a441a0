"""Take data away: this sentence as it is shown, or the stored corpus."""

from __future__ import annotations

import functools

import streamlit as st

from xner.engine.local import Outcome
from xner.services import run_corpus
from xner.services.identity import User
from xner.signature import parse_signature
from xner.store.session import Store
from xner.ui import state
from xner.ui.inspecting import Inspection
from xner.ui.messages import cell
from xner.ui.state import Desk

_JSONL = "application/x-ndjson"


def draw(desk: Desk, result: Inspection) -> None:
    """Draw the signature and the downloads."""
    this, corpus = st.columns(2, gap="large")
    with this:
        st.markdown("**This sentence**, as the present settings and links project it")
        if result.trace is None:
            st.markdown("It failed, so there is no result; a file of the whole corpus names it as failed, with reason.")
        else:
            projection = result.trace.projection
            outcome = Outcome(result.pair, projection)
            st.download_button(
                "Download this sentence (JSONL)", run_corpus.json_lines([outcome]), "xner-sentence.jsonl", _JSONL,
                on_click="ignore", icon=":material/download:",
            )  # fmt: skip
            _draw_signature(projection.signature)
    with corpus:
        _draw_corpus(desk, result.document.corpus.id)


def _draw_corpus(desk: Desk, corpus_id: int) -> None:
    if state.has_page("export"):
        st.markdown("**The whole corpus**, corrected, in any format, checked before it is offered")
        st.page_link(
            "pages/export.py", label="Export", icon=":material/output:", query_params={"corpus": str(corpus_id)}
        )
        return
    st.markdown("**The whole corpus**, as its sentences were projected; corrections are not in this file")
    st.download_button(
        "Download the corpus (JSONL)", functools.partial(_corpus_file, desk.store, desk.user, corpus_id),
        "xner-projected.jsonl", _JSONL, on_click="ignore", icon=":material/download:", key="download_corpus",
    )  # fmt: skip
    st.caption("Failed sentences stand in the file with their reason, never as sentences without entities.")


def _corpus_file(store: Store, user: User, corpus_id: int) -> bytes:
    return "".join(run_corpus.stored_lines(store, user, corpus_id)).encode("utf-8")


def _draw_signature(signature: str | None) -> None:
    if signature is None:
        st.markdown("A failed sentence has no signature.")
        return
    st.markdown("Signature: how this result came about. Equal signature and input give an equal result.")
    parts = parse_signature(signature)
    st.table({"Part": list(parts), "Value": [cell(v, 400) for v in parts.values()]}, border="horizontal")
    with st.expander("As one line"):
        st.code(signature, language=None, wrap_lines=True)
