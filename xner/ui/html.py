"""The only place that mounts markup: constant HTML, style and script from `assets/`, data as JSON.

User text never becomes markup here: the scripts put it into the page by `textContent`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

ASSETS = Path(__file__).resolve().parents[2] / "assets"


@cache
def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def mount_pair_view(data: dict[str, Any], *, key: str) -> None:
    """Draw the rows of a sentence pair; see `xner.ui.pair_view.view_data` for the data."""
    view = st.components.v2.component(
        "xner_pair_view", html='<div class="xpv"></div>', css=_asset("pair_view.css"), js=_asset("pair_view.js")
    )
    view(key=key, data=data)


def mount_page_style() -> None:
    """Put the constant page style in place: less empty room than Streamlit leaves."""
    st.html(ASSETS / "page.css")


def mount_flow() -> None:
    """Draw the picture of the way from a sentence pair to silver data."""
    picture = st.components.v2.component("xner_flow", html=_asset("flow.html"), css=_asset("flow.css"))
    picture(key="flow")
