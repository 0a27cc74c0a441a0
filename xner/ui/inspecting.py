"""A sentence under the settings of the session: what models say of it, and what follows; the heavy work is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from xner.config import RunConfig
from xner.correct.offer import Offer
from xner.errors import XnerError
from xner.pipeline import Trace
from xner.services import corpus_learning, inspect_pair, inspect_stored, manual_links, proposals, system_check
from xner.services.corpus_learning import Extent
from xner.services.documents import Document
from xner.trace import Learned
from xner.types import SentencePair
from xner.ui import learning
from xner.ui.settings import Settings
from xner.ui.state import Desk, key_of

_GIVEN: dict[str, str | None] = {"align.name": "given", "align.unite": None}


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
    key = key_of(evidence.pair, evidence.evidence, config, sorted(decisions.items()))
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
        return _analysed(key_of(pair, config, learned), pair, config, learned)
    return _evidence(pair, config, learned)


def _evidence(pair: SentencePair, config: RunConfig, learned: Learned | None = None) -> Trace:
    load_model(config)
    return _analysed(key_of(pair, config, learned), pair, config, learned)


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
