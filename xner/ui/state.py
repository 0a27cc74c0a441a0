"""Where somebody stands: store, user, corpus and sentence, settings of the session; and the cached heavy work."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from xner.config import RunConfig
from xner.correct.offer import Offer
from xner.errors import NotAllowed, StoreBusy, StoreFailed, XnerError
from xner.pipeline import Trace
from xner.services import (
    browse,
    corpora,
    corpus_learning,
    home,
    inspect_pair,
    inspect_stored,
    manual_links,
    proposals,
    system_check,
)
from xner.services.browse import CorpusName
from xner.services.corpus_learning import Extent
from xner.services.documents import Document
from xner.services.identity import Role, User
from xner.store.session import Store, open_store
from xner.trace import Learned
from xner.types import SentencePair
from xner.ui import auth, learning, running_line
from xner.ui.messages import show_error
from xner.ui.settings import Settings

log = logging.getLogger(__name__)

_CORPUS, _DOCS, _CLIENT, _SETTINGS = "xner_corpus", "xner_docs", "xner_client", "xner_settings"
_CLICKS, _PROBLEM, _KNOWN = "xner_clicks", "xner_problem", "xner_known"
_MAX_DIGITS = 18
_GIVEN: dict[str, str | None] = {"align.name": "given", "align.unite": None}


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
        return _key(self.store.url, self.visitor.id)[:16]

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


@dataclass(frozen=True, slots=True)
class Inspection:
    """A document under the present settings: `evidence` has the aligner's links, `trace` what follows from the present.

    Both are None where the pair could not be aligned; `problem` then says why. None of it is stored.
    """

    document: Document
    pair: SentencePair
    config: RunConfig
    evidence: Trace | None
    trace: Trace | None
    problem: XnerError | None = None
    key: str = ""
    """Equal for equal evidence, links set by hand and settings: what follows from them is computed once."""
    extents: tuple[Extent, ...] = ()
    """From how much of the corpus aligner and scores have learned."""

    @property
    def decisions(self) -> manual_links.Decisions:
        """Links set by hand, as they are stored."""
        return self.document.annotation.links


def aligners_here(document: Document) -> dict[str, bool]:
    """Return which optional aligners can be chosen for a document: arguments of `settings.draw_sidebar`."""
    return {
        "has_links": document.pair.alignment is not None,
        "has_simalign": any(part.name == "simalign" and part.state == "ready" for part in system_check.check()),
    }


def inspect(desk: Desk, document: Document, settings: Settings | None = None) -> Inspection:
    """Return the inspection of a document: models run when pair or aligner are new, all else is matched again.

    `settings` are those of the desk, unless others are given. What has to learn from the corpus first does so.
    """
    pair, chosen = document.pair, settings or desk.settings
    try:
        config, corpus_id = chosen.config(), document.corpus.id
        load_model(config)
        learned, extents = learning.from_corpus(desk.store, desk.user, corpus_id, config, chosen.first_pass())
        evidence = _evidence(pair, chosen.evidence_config(), learned)
        if document.projection is not None:
            origin = inspect_stored.origin_of(document)
            evidence = replace(evidence, evidence=replace(evidence.evidence, entities_from=origin))
    except XnerError as error:
        return Inspection(document, pair, RunConfig(), None, None, error)
    return replace(_matched(document, evidence, config), extents=extents)


def inspect_quickly(desk: Desk, document: Document) -> Inspection:
    """Return the inspection as far as nothing must be loaded or learned for it: else from the links that are stored."""
    settings = desk.settings.without_translation()
    config, corpus_id = settings.config(), document.corpus.id
    is_ready = not _wants_encoder(config) or config.align.model in _loaded()
    if is_ready and corpus_learning.is_known(desk.store, corpus_id, config, first_pass=settings.first_pass()):
        return inspect(desk, document, settings)
    stored = document.projection.alignment if document.projection else document.pair.alignment
    if stored is None or document.pair.source_entities is None:
        return Inspection(document, document.pair, config, None, None)
    pair, given = replace(document.pair, alignment=stored), config.updated(_GIVEN)
    try:
        evidence = _evidence(pair, settings.evidence_config().updated(_GIVEN))
    except XnerError as error:
        return Inspection(document, pair, given, None, None, error)
    return replace(_matched(document, evidence, given), pair=pair)


def offers(result: Inspection) -> list[Offer]:
    """Return what can be proposed for every source entity; empty without a trace."""
    return _offers(result.key, result.trace, result.config) if result.trace else []


def _matched(document: Document, evidence: Trace, config: RunConfig) -> Inspection:
    decisions = document.annotation.links
    key = _key(evidence.pair, evidence.evidence, config, sorted(decisions.items()))
    return Inspection(document, evidence.pair, config, evidence, _rematched(key, evidence, config, decisions), key=key)


def load_model(config: RunConfig) -> None:
    """Load the encoder under a status box the first time; later calls find it in memory.

    Raises:
        ModelUnavailable: it is not here and can't be had.
    """
    if not _wants_encoder(config) or config.align.model in _loaded():
        return
    name = config.align.model
    place = st.empty()
    with place.status(f"Loading the encoder {name}: 118 million parameters, 0.9 GB in memory", expanded=True):
        st.markdown("Once for each start of the server; the first time on this machine its files are unpacked too.")
        bar = st.empty()

        def tell(share: float, what: str) -> None:
            bar.progress(min(share, 1.0), what)

        system_check.prepare_model(name, progress=tell)
    place.empty()
    _loaded().add(name)


def _wants_encoder(config: RunConfig) -> bool:
    return bool({config.align.name, config.align.unite} - {None, "given", "statistical"})


def prepare(desk: Desk, document: Document) -> None:
    """Load and learn what the present settings ask for.

    Raises:
        XnerError: it is not here, or there is nothing to learn from.
    """
    settings = desk.settings
    config = settings.config()
    load_model(config)
    learning.from_corpus(desk.store, desk.user, document.corpus.id, config, settings.first_pass())


def analysed(pair: SentencePair, config: RunConfig, learned: Learned | None = None) -> Trace:
    """Return everything about a pair under any settings, computed once for equal ones.

    Raises:
        XnerError: it can't be projected; says why.
    """
    if config.pipeline == "model-transfer" or config.match.name == "marked":
        return _analysed(_key(pair, config, learned), pair, config, learned)
    return _evidence(pair, config, learned)


def _evidence(pair: SentencePair, config: RunConfig, learned: Learned | None = None) -> Trace:
    load_model(config)
    return _analysed(_key(pair, config, learned), pair, config, learned)


def _key(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


@st.cache_resource(max_entries=512, show_spinner=False)
def _rematched(key: str, _evidence: Trace, _config: RunConfig, _decisions: manual_links.Decisions) -> Trace:
    return manual_links.rematch_decided(_evidence, _config, _decisions)


@st.cache_resource(max_entries=512, show_spinner=False)
def _offers(key: str, _trace: Trace, _config: RunConfig) -> list[Offer]:
    return proposals.offers_of(_trace, _config)


@st.cache_resource
def _loaded() -> set[str]:
    return set()


@st.cache_resource(max_entries=512, show_spinner="Aligning this sentence …")
def _analysed(key: str, _pair: SentencePair, _config: RunConfig, _learned: Learned | None) -> Trace:
    return inspect_pair.analyse(_pair, _config, _learned)
