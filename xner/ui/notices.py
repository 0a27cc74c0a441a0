"""What a callback has to tell: it runs before the page, so its words wait until the page is drawn."""

from __future__ import annotations

import streamlit as st

from xner.errors import XnerError
from xner.ui.messages import plain, show_error

_KEY = "xner_notices"


def say(words: str) -> None:
    """Show words above the page when it is drawn next."""
    st.session_state.setdefault(_KEY, []).append(words)


def put(error: XnerError) -> None:
    """Show a failure above the page when it is drawn next."""
    st.session_state.setdefault(_KEY, []).append(error)


def draw(*, over: bool = False) -> None:
    """Draw what was said since the page was drawn last; with `over` it lies over the page and moves nothing in it."""
    for one in st.session_state.pop(_KEY, []):
        if isinstance(one, XnerError):
            show_error(one)
        elif over:
            st.toast(plain(one), icon=":material/check_circle:", duration="long")
        else:
            st.success(plain(one), icon=":material/check_circle:")
