"""Who may see a page. `require` is the first statement of every page, `current_user` says who is looking.

A fresh server runs `pages/x.py` for a visitor of `/x` without `app.py`, so a check there alone would be no gate.
Three ways to be known, chosen by XNER_AUTH: `local` (one machine, a name is asked for), `oidc` (streamlit's login, the
default where the secrets have a section [auth]), `proxy` (a header that only the proxy may send).
"""

from __future__ import annotations

import logging
import os
import runpy
import time
from collections.abc import Mapping
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from xner.errors import ConfigError, NotAllowed, XnerError
from xner.services import home, login
from xner.services.identity import MAX_NAME, User, local_user
from xner.store.session import open_store
from xner.ui import remembering
from xner.ui.html import mount_page_style
from xner.ui.messages import page_errors, plain, show_error

log = logging.getLogger(__name__)

_APP = Path(__file__).resolve().parents[2] / "app.py"
_NAME = "xner_name"
"""Key under which a session keeps the name given in local mode."""
_CHOSEN = "xner_name_chosen"
"""Set when somebody said the name themselves, so that their browser keeps it."""
_MAX_NAMES = 24


def require() -> None:
    """Stop the page unless the visitor may see it; say in the side bar who is looking.

    On a fresh server a page that runs without `app.py` hands over to it, so that its first visitor gets title, layout
    and navigation like every other; `app.py` then runs the page again.
    """
    if PagesManager.uses_pages_directory:
        runpy.run_path(str(_APP))
        st.stop()
    mount_page_style()
    allowed = False
    with page_errors():
        allowed = _may_enter()
    if not allowed:
        st.stop()


def current_user(last_name: str = "") -> User:
    """Return who is looking at this page. In local mode a name is asked for once, and the page waits for it.

    Checks all that `require` checks: callbacks of widgets run before the first statement of the page.

    Args:
        last_name: the name last used on this machine, taken without asking; the side bar offers to change it.

    Raises:
        NotAllowed: nobody that may be here, or a login that has become too old.
        ConfigError: logins are not configured whole.
    """
    mode = _mode()
    if mode == "proxy":
        return _proxy_user()
    if mode == "oidc":
        user = _oidc_user()
        if user is None:
            st.stop()
        return user
    _check_local()
    known = st.session_state.get(_NAME)
    if known is None and last_name:
        known = st.session_state[_NAME] = last_name
        _draw_local_line(known)
    if known is None:
        _ask_name()
        st.stop()
    return local_user(known)


def show_navigation() -> bool:
    """Tell whether the visitor may see the list of pages: not before a login. A wrong configuration shows none."""
    try:
        return _mode() != "oidc" or _oidc_user() is not None
    except XnerError:
        return False


def _ask_name() -> None:
    """Ask who is working here: one of those who have worked here before, or somebody new."""
    st.subheader("Who is working here?", anchor=False)
    st.write("Your name is written beside every correction, so that you and others can tell who made it.")
    names = home.local_names(open_store())[:_MAX_NAMES]
    if names:
        with st.container(horizontal=True):
            for number, name in enumerate(names):
                st.button(
                    plain(name), key=f"xner_known_name_{number}", icon=":material/person:", on_click=_choose_name,
                    args=(name,),
                )  # fmt: skip
        st.write("Or somebody new:")
    _draw_name_form("", key="xner_first_name")


def _choose_name(name: str) -> None:
    st.session_state[_NAME] = local_user(name).name
    st.session_state[_CHOSEN] = True


def _may_enter() -> bool:
    mode = _mode()
    if mode == "local":
        _check_local()
        if _NAME not in st.session_state and (kept := remembering.name_in_browser()):
            st.session_state[_NAME] = kept
        if name := st.session_state.get(_NAME):
            _draw_local_line(name)
        return True
    if mode == "proxy":
        st.sidebar.markdown(f":material/person: {plain(_proxy_user().name)}")
        return True
    return _enter_by_login()


def _enter_by_login() -> bool:
    clients = _clients()
    try:
        user = _oidc_user()
    except NotAllowed as error:  # too old, or meant for something else: a new login mends it
        show_error(error)
        user = None
    if user is None:
        _draw_login_page(list(clients))
        return False
    remembering.go_to_wanted(_addresses())
    st.sidebar.markdown(f":material/person: {plain(user.name)}", help=f"Your id here: {plain(user.id)}")
    if st.sidebar.button("Log out", icon=":material/logout:", key="xner_log_out"):
        st.logout()
        return False
    return True


def _addresses() -> dict[str, str]:
    """Return the last part of the address of every page but Home to its file."""
    context = get_script_run_ctx()
    pages = context.pages_manager.get_pages().values() if context else ()
    found = {page.get("url_pathname", ""): f"pages/{Path(page['script_path']).name}" for page in pages}
    return {name: file for name, file in found.items() if name and file != "pages/home.py"}


def _draw_login_page(providers: list[str]) -> None:
    st.title("xner", anchor=False)
    st.write(
        "Names that were found in one language, carried over to its translation and corrected by people. "
        "The work on this server belongs to a team: log in to see it."
    )
    for name in providers:
        label = "Log in" if len(providers) == 1 else f"Log in with {plain(name)}"
        if st.button(label, type="primary", icon=":material/login:", key=f"xner_log_in_{name}"):
            login.ask_provider(login.metadata_url(_auth_section() or {}, name))
            st.login(None if name == "default" else name)
    st.caption(
        f"Back here after logging in? Then the login was not accepted, or it is older than {login.LOGIN_HOURS} hours. "
        "Try once more; if it comes to the same, ask whoever runs this server: its log says why."
    )
    remembering.keep_address()


def _draw_local_line(name: str) -> None:
    with st.sidebar.popover(plain(name), icon=":material/person:", help="Change name", key="xner_name_box"):
        st.write("This name is written beside every correction.")
        _draw_name_form(name, key="xner_new_name")
    if st.session_state.get(_CHOSEN):
        with st.sidebar:
            remembering.keep_name(name)


def _draw_name_form(name: str, *, key: str) -> None:
    with st.form(key, border=False, enter_to_submit=True):
        typed = st.text_input("Your name", value=name, max_chars=MAX_NAME, key=f"{key}_text", autocomplete="name")
        sent = st.form_submit_button("Change name" if name else "Use this name", type="primary")
    if sent:
        try:
            _choose_name(typed)
        except NotAllowed as error:
            show_error(error)
        else:
            st.rerun()


def _mode() -> str:
    return login.choose_mode(os.environ.get("XNER_AUTH"), _auth_section() is not None)


def _auth_section() -> Mapping[str, object] | None:
    """Return [auth] of the secrets, ``None`` where there is none. Secrets that can't be read are not none.

    Raises:
        ConfigError: there is a file, but nobody can tell what it says.
    """
    try:
        section = st.secrets.get("auth")
    except StreamlitSecretNotFoundError:
        if not any(Path(path).exists() for path in st.get_option("secrets.files") or ()):
            return None
        section = ""
    except (OSError, UnicodeDecodeError):
        section = ""
    if section is not None and not isinstance(section, Mapping):
        log.error("the secrets can't be read, or [auth] in them is no section")
        raise ConfigError(
            "The secrets of this server can't be read.", "Ask whoever runs this server: they must be TOML."
        )
    return section


def _check_local() -> None:
    login.check_local(st.get_option("server.address"), st.context.headers)


def _clients() -> dict[str, str]:
    return login.providers(_auth_section(), headers_become_claims=bool(st.get_option("server.trustedUserHeaders")))


def _oidc_user() -> User | None:
    return login.oidc_user(dict(st.user), _clients(), os.environ.get("XNER_ADMINS"), time.time())


def _proxy_user() -> User:
    header = os.environ.get("XNER_PROXY_HEADER", "")
    values = st.context.headers.get_all(header) if header else []
    return login.proxy_user(os.environ, st.context.ip_address, values, os.environ.get("FORWARDED_ALLOW_IPS"))
