"""What one browser session holds: its sentences, its settings, the links set by hand; and the cached heavy work."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import streamlit as st

from xner.config import RunConfig
from xner.errors import XnerError
from xner.pipeline import Trace
from xner.services import inspect_pair, manual_links, system_check
from xner.types import Link, SentencePair
from xner.ui.settings import Settings

SESSION_ONLY = (
    "Your sentences live in this browser tab only and are gone when it is closed or reloaded: "
    "download what you want to keep."
)
"""Said on every page that takes or shows data, until there is a store."""

_KEY = "xner_workspace"


@dataclass(slots=True)
class Workspace:
    """The corpus of a session, in the order in which it came."""

    pairs: dict[str, SentencePair] = field(default_factory=dict)
    decisions: dict[str, dict[Link, bool]] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    current: str | None = None
    n_clicks: int = 0
    """Clicks on the matrix; part of its key, so that a click is never seen twice."""

    def add(self, pairs: Iterable[SentencePair]) -> list[str]:
        """Add pairs and return their ids; a pair that is here already stays, an id that is taken gets a number."""
        ids = []
        for pair in pairs:
            number, new_id = 1, pair.id
            while new_id in self.pairs and replace(pair, id=new_id) != self.pairs[new_id]:
                number += 1
                new_id = f"{pair.id} ({number})"
            self.pairs.setdefault(new_id, replace(pair, id=new_id))
            ids.append(new_id)
        return ids

    def languages(self) -> dict[str, int]:
        """Return target language to number of sentences, most frequent first."""
        return dict(Counter(pair.target.lang for pair in self.pairs.values() if pair.target).most_common())

    def next_id(self, stem: str) -> str:
        """Return an id that is free."""
        number = len(self.pairs) + 1
        while f"{stem}-{number}" in self.pairs:
            number += 1
        return f"{stem}-{number}"

    def decided(self, pair_id: str) -> dict[Link, bool]:
        """Return the links of a pair that were set by hand."""
        return self.decisions.get(pair_id, {})

    def toggle(self, trace: Trace, link: Link) -> None:
        """Set or remove a link by hand; `trace` holds the aligner's own."""
        decisions = manual_links.decide(trace.alignment.links, self.decided(trace.pair.id), link)
        self.decisions[trace.pair.id] = decisions
        self.n_clicks += 1

    def reset_links(self, pair_id: str) -> None:
        """Forget what was set by hand."""
        self.decisions.pop(pair_id, None)
        self.n_clicks += 1


@dataclass(frozen=True, slots=True)
class Inspection:
    """One pair under the present settings: `evidence` has the aligner's links, `trace` what follows from the present.

    Both are None where the pair could not be aligned; `problem` then says why.
    """

    pair: SentencePair
    config: RunConfig
    evidence: Trace | None
    trace: Trace | None
    problem: XnerError | None = None


def workspace() -> Workspace:
    """Return the workspace of this session."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Workspace()
    work: Workspace = st.session_state[_KEY]
    return work


def aligners_here(work: Workspace) -> dict[str, bool]:
    """Return which optional aligners can be chosen in this session: arguments of `settings.draw_sidebar`."""
    return {
        "has_links": any(pair.alignment is not None for pair in work.pairs.values()),
        "has_simalign": any(part.name == "simalign" and part.state == "ready" for part in system_check.check()),
    }


def inspect(work: Workspace, pair: SentencePair) -> Inspection:
    """Return the inspection of a pair: models run when pair or aligner are new, everything else is matched again."""
    try:
        config = work.settings.config()
        evidence = _evidence(pair, work.settings.evidence_config())
    except XnerError as error:
        return Inspection(pair, RunConfig(), None, None, error)
    trace = manual_links.rematch_decided(evidence, config, work.decided(pair.id))
    return Inspection(evidence.pair, config, evidence, trace)


def _evidence(pair: SentencePair, config: RunConfig) -> Trace:
    key = hashlib.sha256(repr((pair, config)).encode("utf-8", "surrogatepass")).hexdigest()
    _load_model(config)
    return _analysed(key, pair, config)


def _load_model(config: RunConfig) -> None:
    """Load the encoder under a status box the first time; later calls find it in memory."""
    if config.align.name == "given" or config.align.model in _loaded():
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


@st.cache_resource
def _loaded() -> set[str]:
    return set()


@st.cache_resource(max_entries=512, show_spinner="Aligning this sentence …")
def _analysed(key: str, _pair: SentencePair, _config: RunConfig) -> Trace:
    return inspect_pair.analyse(_pair, _config)
