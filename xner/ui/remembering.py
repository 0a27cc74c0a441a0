"""What a browser keeps for this app over a reload: the name of who works there, and the page wanted before a login.

Cookies, since an address is shared and the session ends with a reload. Streamlit reads them and can't write them: a
component without a picture does.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import streamlit as st

from xner.services.identity import shown_name
from xner.ui.html import mount_memory

_NAME, _WANTED = "xner_name", "xner_wanted"
_YEAR_S, _LOGIN_S = 365 * 24 * 3600, 600
_ARRIVED = "xner_arrived"
_MAX_CHARACTERS = 4000


def name_in_browser() -> str:
    """Return the name that was chosen in this browser, ``""`` where none was."""
    return shown_name(_cookie(_NAME))


def keep_name(name: str) -> None:
    """Let this browser know who works here, from the next reload on."""
    if name_in_browser() != name:
        mount_memory({"name": _NAME, "value": name, "seconds": _YEAR_S}, key="xner_keep_name")


def keep_address() -> None:
    """Let this browser know which page was asked for, for ten minutes: a login always ends on Home."""
    mount_memory({"name": _WANTED, "here": True, "seconds": _LOGIN_S}, key="xner_keep_address")


def wanted_page(cookie: str, names: dict[str, str]) -> tuple[str, dict[str, list[str]]] | None:
    """Return the page file and the query that a kept address names, ``None`` where it names no page of ours.

    Args:
        cookie: path and query.
        names: last part of a page's address to its file.

    Example:
        >>> wanted_page("/team/correct?doc=5&tag=a&tag=b", {"correct": "pages/correct.py"})
        ('pages/correct.py', {'doc': ['5'], 'tag': ['a', 'b']})
        >>> wanted_page("//evil.test/home", {"correct": "pages/correct.py"}) is None
        True
    """
    try:
        parts = urlsplit(cookie[:_MAX_CHARACTERS])
    except ValueError:
        return None
    file = names.get(parts.path.rpartition("/")[2])
    if file is None or parts.scheme or parts.netloc:
        return None
    query: dict[str, list[str]] = {}
    for key, value in parse_qsl(parts.query):
        query.setdefault(key, []).append(value)
    return file, query


def go_to_wanted(names: dict[str, str]) -> None:
    """Go to the page that was asked for before the login, once; `names` as in `wanted_page`."""
    cookie = _cookie(_WANTED)
    if not cookie:
        return
    with st.sidebar:
        mount_memory({"name": _WANTED, "value": "", "seconds": 0}, key="xner_forget_address")
    if st.session_state.get(_ARRIVED):
        return
    st.session_state[_ARRIVED] = True
    is_home = (st.context.url or "").rstrip("/").rpartition("/")[2] not in names and not st.query_params
    if is_home and (found := wanted_page(cookie, names)) is not None:
        st.switch_page(found[0], query_params=found[1])


def _cookie(name: str) -> str:
    kept = st.context.cookies.get(name)
    return unquote(kept) if isinstance(kept, str) else ""  # a test without a browser has no cookies
