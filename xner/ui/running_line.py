"""A line at the side of every page while runs are under way in corpora that the visitor may see."""

from __future__ import annotations

import streamlit as st

from xner.services import run_jobs
from xner.services.identity import User
from xner.store.session import Store


def draw(store: Store, user: User) -> None:
    """Draw how many runs there are and how far the first is, with the way to them; nothing where there is none."""
    found = run_jobs.under_way(store, user)
    if not found:
        return
    first = found[0]
    share = first.n_done / max(1, first.n_total)
    many = f"{len(found)} runs under way, the first" if len(found) > 1 else "1 run under way"
    st.sidebar.page_link("pages/run.py", label=f"{many}: {share:.0%}", icon=":material/play_circle:")
