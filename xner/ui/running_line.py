"""A line at the side of every page while runs are under way in corpora that the visitor may see."""

from __future__ import annotations

import streamlit as st

from xner.services import run_jobs
from xner.services.identity import User
from xner.store.session import Store
from xner.ui.wording import counted


def draw(store: Store, user: User) -> None:
    """Draw how many runs there are, with the way to them; nothing where there is none.

    How far they are stands on Run, where it is drawn again as they go on: here it would be that of the last click.
    """
    found = run_jobs.under_way(store, user)
    if not found:
        return
    many = f"{counted(len(found), 'run', 'runs')} under way"
    st.sidebar.page_link("pages/run.py", label=many, icon=":material/play_circle:")
