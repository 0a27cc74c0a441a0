"""Help on correcting: keys, statuses, smart tags and how risk is computed."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from xner.correct import risk
from xner.correct.labels import Label
from xner.correct.smart_tags import TAGS
from xner.ui import wording
from xner.ui.messages import cell, plain

KEYS = (
    ("← →", "previous or next word as seen; in right-to-left text ← is the next one"),
    ("Shift ← →, Home, End", "select more; first or last word"),
    ("J, K", "next or previous entity"),
    ("[ ]", "grow the span at its start or end"),
    ("{ }", "shrink it at its start or end (Shift with [ and ])"),
    ("1–9, 0", "link to the source entity of that number; unlink"),
    ("Del", "delete the span"),
    ("X, Shift X", "split a word; put it together again"),
    ("Ctrl Z, Ctrl Y", "undo and redo, also after leaving the page; in an accepted sentence first the acceptance"),
    ("A, Alt 1–4", "take the best candidate, or the one of that number"),
    ("Alt 0", "mark the entity in question as dropped in translation, or take the mark back"),
    ("Enter", "accept and go to the next sentence that waits"),
    ("S, F, Shift F", "skip; flag with a note; take the flag back"),
    ("Esc, ?", "deselect; this help"),
    ("Ctrl ← →", "previous or next sentence of the list"),
)
MEANINGS = {
    "new": "not projected yet",
    "projected": "as the method placed the names; nobody has looked",
    "failed": "the projection did not run; it can be annotated by hand",
    "draft": "changed, not decided",
    "accepted": "somebody says it is right",
    "skipped": "left for later, which is not done",
    "flagged": "a colleague is asked to look",
    "adjudicated": "settled between annotators",
}


@st.dialog("Correcting: keys and signs", width="large")
def dialog(labels: Sequence[Label]) -> None:
    """Draw the help over the page."""
    draw(labels)


def draw(labels: Sequence[Label]) -> None:
    """Draw the help."""
    keys, signs = st.columns(2, gap="large")
    with keys:
        st.markdown("**Keys of the editor**")
        own = [(label.key.upper(), f"label {label.name}") for label in labels if label.key]
        rows = [*KEYS[:3], *own, *KEYS[3:]]
        st.table(
            {"Key": [cell(key) for key, _ in rows], "Does": [cell(words) for _, words in rows]}, border="horizontal"
        )
    with signs:
        st.markdown("**What a status means**")
        st.table(
            {
                "Status": [wording.state_of(status) for status in MEANINGS],
                "Means": [plain(words) for words in MEANINGS.values()],
            },
            border="horizontal",
        )
    st.markdown("**Smart tags**: what looks wrong with a projection, and its weight in the risk")
    st.table(
        {
            "Tag": [plain(name) for name in TAGS],
            "Set when": [plain(tag.line) for tag in TAGS.values()],
            "Weight": [f"{risk.WEIGHTS[name]:.2f}" for name in TAGS],
        },
        border="horizontal",
    )
    st.caption(plain(risk.formula()))
