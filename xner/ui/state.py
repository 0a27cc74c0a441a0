"""Where somebody stands: store, user, corpus and sentence, settings of the session."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from xner.errors import NotAllowed, StoreBusy, StoreFailed, XnerError
from xner.services import browse, corpora, home
from xner.services.browse import CorpusName
from xner.services.identity import Role, User
from xner.store.session import Store, open_store
from xner.ui import auth, running_line
from xner.ui.messages import show_error
from xner.ui.settings import Settings

log = logging.getLogger(__name__)

_CORPUS, _DOCS, _CLIENT, _SETTINGS = "xner_corpus", "xner_docs", "xner_client", "xner_settings"
_CLICKS, _PROBLEM, _KNOWN = "xner_clicks", "xner_problem", "xner_known"
_MAX_DIGITS = 18


@dataclass(slots=True)
class Desk:
    """What a page needs to know of its visitor. Only choices live in the session; sentences are in the store."""

    store: Store
    visitor: User
    """Who opened the page."""
    corpora: list[CorpusName]
    """Those that the user may see, the newest first."""
    corpus: CorpusName | None
    problem: NotAllowed | None = None
    """Why the corpus of the address was not opened."""
    docs: dict[int, int] = field(default_factory=dict)
    """Corpus to the sentence that was open in it last; lives as long as the session."""

    @property
    def user(self) -> User:
        """Who is looking now: callbacks run before the page checks, and a login may have ended since it was drawn.

        Raises:
            NotAllowed: nobody that may be here any more.
        """
        return auth.current_user(self.visitor.name)

    @property
    def client(self) -> str:
        """The name of this browser session in the store."""
        if _CLIENT not in st.session_state:
            st.session_state[_CLIENT] = secrets.token_hex(8)
        return str(st.session_state[_CLIENT])

    def renew_client(self) -> None:
        """Give this browser session a new name: its editor forgets what was refused."""
        st.session_state.pop(_CLIENT, None)

    @property
    def shelf(self) -> str:
        """Whose drafts a browser may send: this person's, to this store."""
        return key_of(self.store.url, self.visitor.id)[:16]

    @property
    def settings(self) -> Settings:
        """What the linguist chose for projecting."""
        found: Settings = st.session_state.get(_SETTINGS) or Settings()
        return found

    @settings.setter
    def settings(self, value: Settings) -> None:
        st.session_state[_SETTINGS] = value

    @property
    def n_clicks(self) -> int:
        """Changes of links; part of the key of a matrix, so that a click is never seen twice."""
        return int(st.session_state.get(_CLICKS, 0))

    def may(self, needed: Role) -> bool:
        """Tell whether the user has a role in the open corpus; what a page offers, not what the store allows."""
        return self.corpus is not None and needed <= self.corpus.role

    def role_in(self, corpus_id: int) -> Role | None:
        """Return the user's role in a corpus."""
        return next((corpus.role for corpus in self.corpora if corpus.id == corpus_id), None)


def desk() -> Desk:
    """Return where the visitor of this page stands; asks for a name where nobody is known yet.

    Raises:
        StoreFailed: the store can't be opened.
        StoreBusy: somebody else holds it.
    """
    store = open_store()
    user = auth.current_user(home.only_name(store))
    _make_known(store, user)
    if has_page("run"):
        running_line.draw(store, user)
    names = browse.names(store, user)
    docs = st.session_state.setdefault(_DOCS, {})
    wanted = st.query_params.get("corpus")
    by_id = {corpus.id: corpus for corpus in names}
    if wanted is not None and (number_of(wanted) or 0) not in by_id:
        problem = NotAllowed("There is no such corpus, or it is not yours.", "Choose one on Home.")
        return Desk(store, user, names, None, problem, docs)
    last = st.session_state.get(_CORPUS)
    current = by_id.get((number_of(wanted) if wanted is not None else last) or 0) or (names[0] if names else None)
    if current is not None:
        choose_corpus(current.id)
    return Desk(store, user, names, current, None, docs)


def _make_known(store: Store, user: User) -> None:
    """Write down who opened the app, once in a session: admins give roles to people who are known."""
    if st.session_state.get(_KNOWN) == (store.url, user):
        return
    try:
        corpora.person(store, user)
    except (StoreBusy, StoreFailed):  # whoever can't write may still read; the next save says what is wrong
        log.warning("the store does not take a new name", exc_info=True)
    st.session_state[_KNOWN] = (store.url, user)


def choose_corpus(corpus_id: int) -> None:
    """Make a corpus the current one of the session."""
    st.session_state[_CORPUS] = corpus_id


def number_of(text: str | None) -> int | None:
    """Return the id that stands in an address, ``None`` for what is none.

    Example:
        >>> number_of("12"), number_of("-1"), number_of("1e3"), number_of("²")
        (12, None, None, None)
    """
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    return int(text) if text is not None and is_number else None


def has_page(name: str) -> bool:
    """Tell whether the navigation of this app has a page: a link to another one would break the page it stands on."""
    context = get_script_run_ctx()
    pages = context.pages_manager.get_pages().values() if context else ()
    return any(Path(page["script_path"]).stem == name for page in pages)


def attempt(work: Callable[[], object]) -> None:
    """Run what a callback does to the store; a failure in words waits for the page, where `draw_problem` shows it."""
    try:
        work()
    except XnerError as error:
        st.session_state[_PROBLEM] = error
    st.session_state[_CLICKS] = int(st.session_state.get(_CLICKS, 0)) + 1


def draw_problem() -> None:
    """Draw what went wrong in a callback, once."""
    error = st.session_state.pop(_PROBLEM, None)
    if isinstance(error, XnerError):
        show_error(error)


def key_of(*parts: object) -> str:
    """Return a name that is equal for equal parts."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
