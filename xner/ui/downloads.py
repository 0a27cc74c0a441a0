"""Take data away: this sentence, or the whole session corpus under the present settings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import streamlit as st

from xner.engine.local import Outcome
from xner.services import run_corpus
from xner.signature import parse_signature
from xner.ui import wording
from xner.ui.messages import cell, plain
from xner.ui.state import SESSION_ONLY, Inspection, Workspace

_KEY = "corpus_run"


@dataclass(frozen=True, slots=True)
class CorpusRun:
    """A finished run over the session, and what it was made from."""

    made_from: str
    outcomes: tuple[Outcome, ...]
    data: bytes


def draw(work: Workspace, result: Inspection) -> None:
    """Draw the signature and the downloads."""
    st.caption(SESSION_ONLY)
    this, corpus = st.columns(2, gap="large")
    with this:
        st.markdown("**This sentence**")
        if result.trace is None:
            st.markdown(
                "It failed, so there is no result; the file of the whole session names it as failed, with the reason."
            )
        else:
            projection = result.trace.projection
            outcome = Outcome(result.pair, projection)
            st.download_button(
                "Download this sentence (JSONL)", run_corpus.json_lines([outcome]), "xner-sentence.jsonl",
                "application/x-ndjson", on_click="ignore", icon=":material/download:",
            )  # fmt: skip
            _draw_signature(projection.signature)
    with corpus:
        st.markdown(f"**The whole session**, {wording.counted(len(work.pairs), 'sentence', 'sentences')}")
        _draw_corpus(work)


def _draw_signature(signature: str | None) -> None:
    if signature is None:
        st.markdown("A failed sentence has no signature.")
        return
    st.markdown("Signature: how this result came about. Equal signature and input give an equal result.")
    parts = parse_signature(signature)
    st.table({"Part": list(parts), "Value": [cell(v, 400) for v in parts.values()]}, border="horizontal")
    with st.expander("As one line"):
        st.code(signature, language=None, wrap_lines=True)


def _draw_corpus(work: Workspace) -> None:
    config = work.settings.config()
    made_from = hashlib.sha256(
        repr((list(work.pairs.values()), config, work.decisions)).encode("utf-8", "surrogatepass")
    )
    key = made_from.hexdigest()
    run: CorpusRun | None = st.session_state.get(_KEY)
    if st.button("Project all sentences with these settings", icon=":material/play_arrow:", key="project_all"):
        run = _run(work, key)
        st.session_state[_KEY] = run
    if run is None:
        st.markdown("Nothing has been projected yet apart from what you looked at.")
        return
    if run.made_from != key:
        st.warning("Settings, links or sentences have changed since this run: project again.", icon=":material/update:")
    failed = [outcome for outcome in run.outcomes if outcome.projection.status == "failed"]
    empty = sum(outcome.projection.status == "empty" for outcome in run.outcomes)
    projected = len(run.outcomes) - len(failed) - empty
    st.markdown(f"**{projected}** of {len(run.outcomes)} projected, {empty} without an entity, {len(failed)} failed.")
    if failed:
        st.table(
            {
                "⚠ Failed": [cell(outcome.pair.id) for outcome in failed[:50]],
                "Reason": [plain(outcome.projection.reason or "") for outcome in failed[:50]],
            },
            border="horizontal",
        )
        st.caption("Failed sentences stand in the file with their reason, never as sentences without entities.")
    st.download_button(
        f"Download {wording.counted(len(run.outcomes), 'row', 'rows')} (JSONL)", run.data, "xner-projected.jsonl",
        "application/x-ndjson", on_click="ignore", icon=":material/download:", type="primary",
    )  # fmt: skip


def _run(work: Workspace, key: str) -> CorpusRun:
    bar = st.progress(0.0, "Starting")

    def tell(done: int, total: int) -> None:
        bar.progress(done / total, f"{done} of {total} sentences")

    outcomes = run_corpus.project_pairs(list(work.pairs.values()), work.settings.config(), tell, work.decisions)
    bar.empty()
    return CorpusRun(key, tuple(outcomes), run_corpus.json_lines(outcomes))
