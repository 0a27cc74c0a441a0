"""Who may see a page. `require` is the first statement of every page.

A fresh server runs `pages/x.py` for a visitor of `/x` without `app.py`, so a check there alone would be no gate.
"""

from __future__ import annotations

import ipaddress
import runpy
from pathlib import Path

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from xner.ui.html import mount_page_style

_APP = Path(__file__).resolve().parents[2] / "app.py"
_HINT = (
    "This version has no accounts: whoever reaches the address reaches the data. Start the app with "
    "`streamlit run app.py` in its own folder (its settings bind to 127.0.0.1), or give `--server.address 127.0.0.1`."
)


def is_loopback(address: str | None) -> bool:
    """Tell whether only this machine can reach the address; no address means every network card.

    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback(None)
        (True, True, False, False)
    """
    if not address:
        return False
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def require() -> None:
    """Stop the page unless the visitor may see it. Local mode: the server must be bound to this machine alone.

    On a fresh server a page that runs without `app.py` hands over to it, so that its first visitor gets title, layout
    and navigation like every other; `app.py` then runs the page again.
    """
    if PagesManager.uses_pages_directory:
        runpy.run_path(str(_APP))
        st.stop()
    mount_page_style()
    if not is_loopback(st.get_option("server.address")):
        st.error(
            "This server can be reached from other machines, so it shows nothing. NOT-LOCAL", icon=":material/lock:"
        )
        st.write(_HINT)
        st.stop()
