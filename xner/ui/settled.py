"""What stays for as long as the server runs is taken out of the collector's sight.

Streamlit lets Python look for garbage after every change on a page, through all objects there are: a tenth of a second
in which nothing else can run, most of it spent on imported modules. What is left of a page that has been drawn once is
put aside, so that only what came since is looked through.
"""

from __future__ import annotations

import gc

import streamlit as st


@st.cache_resource(show_spinner=False)
def put_aside(page: str) -> None:
    """Put aside all that is there after a page was drawn for the first time.

    Things put aside go as ever when nothing refers to them; only rings of them stay, which is why it is not done again.
    """
    gc.collect()
    gc.freeze()
