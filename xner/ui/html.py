"""The only place that mounts markup: constant HTML, style and script from `assets/`, data as JSON.

User text never becomes markup here: the scripts put it into the page by `textContent`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

ASSETS = Path(__file__).resolve().parents[2] / "assets"
EDITOR_SCRIPTS = tuple(
    f"editor{part}.js" for part in ("_tokens", "_state", "_wire", "_view", "_panel", "_paint", "_edits", "")
)
"""One module in eight files, in the order in which they need each other; the last one exports."""


@cache
def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def mount_pair_view(data: dict[str, Any], *, key: str) -> None:
    """Draw the rows of a sentence pair; see `xner.ui.pair_view.view_data` for the data."""
    view = st.components.v2.component(
        "xner_pair_view", html='<div class="xpv"></div>', css=_asset("pair_view.css"), js=_asset("pair_view.js")
    )
    view(key=key, data=data)


def mount_span_editor(
    data: dict[str, Any], *, key: str, on_edit: Callable[[], None], on_command: Callable[[], None]
) -> None:
    """Mount the span editor; see `xner.ui.editor.editor_data` for the data.

    Its state is called ``edit``: a component whose only state is called ``value`` never runs its callback.
    """
    editor = st.components.v2.component(
        "xner_span_editor",
        html='<div class="xse"></div>',
        css=_asset("editor.css"),
        js="\n".join(map(_asset, EDITOR_SCRIPTS)),
    )
    editor(key=key, data=data, default={"edit": None}, on_edit_change=on_edit, on_command_change=on_command)


def mount_page_style() -> None:
    """Put the constant page style in place: less empty room than Streamlit leaves."""
    st.html(ASSETS / "page.css")


def mount_memory(data: dict[str, Any], *, key: str) -> None:
    """Write a cookie; see `xner.ui.remembering`. Nothing is drawn."""
    memory = st.components.v2.component("xner_memory", js=_asset("remember.js"))
    memory(key=key, data=data, height=0)


def mount_reveal(place: str, what: str) -> None:
    """Scroll to the container whose key is `place` when `what` it shows is another than before."""
    reveal = st.components.v2.component("xner_reveal", js=_asset("reveal.js"))
    reveal(key=f"reveal-{place}", data={"place": place, "what": what}, height=0)


def mount_flow() -> None:
    """Draw the picture of the way from a sentence pair to silver data."""
    picture = st.components.v2.component("xner_flow", html=_asset("flow.html"), css=_asset("flow.css"))
    picture(key="flow")
