"""The Compare page: methods one beneath the other over one sentence, and all choices in the address."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from xner.config import RunConfig
from xner.correct.annotation import entities_of
from xner.correct.tokens import remap
from xner.services import compare_methods, corpus_learning
from xner.services.compare_methods import DEFAULT, MAX_METHODS, Against, Outcome
from xner.services.corpus_learning import Extent
from xner.services.documents import Document
from xner.services.named_methods import PRESETS
from xner.trace import Learned
from xner.types import Entity, SentencePair
from xner.ui import comparing_results, comparing_scores, comparing_typed, inspecting, learning, pair_view, picker, state
from xner.ui.messages import one_line, plain
from xner.ui.state import Desk

_METHODS, _PICKED, _MODE = "xner_compare_methods", "compare_methods", "compare_mode"
_AGAINST = "compare_against"
_MODES = {"corpus": "Of the corpus", "typed": "Typed here"}
_WORDS: dict[Against, str] = {"first": "the first method", "gold": "gold", "correction": "the correction"}


def draw(desk: Desk) -> None:
    """Draw the page: the sentence, the methods, and what they make of it."""
    state.draw_problem()
    document, pair = _draw_sentence(desk)
    specs = _draw_methods()
    if pair is None:
        return
    if pair.target is None:
        st.info(
            "This sentence has no translation yet, so there is nothing to find names in. Run makes one, or choose "
            "another sentence.", icon=":material/translate:",
        )  # fmt: skip
        return
    if not specs:
        st.info("Choose two to four methods, or type `key=value` settings.", icon=":material/compare_arrows:")
        return
    learn = functools.partial(_learn, desk, document.corpus.id) if document else None
    outcomes = [compare_methods.outcome_of(spec, pair, inspecting.analysed, learn) for spec in specs]
    _draw_outcomes(pair, document, outcomes)
    if document is not None:
        comparing_scores.draw(desk, document, outcomes)


def _learn(desk: Desk, corpus_id: int, config: RunConfig) -> tuple[Learned | None, tuple[Extent, ...]]:
    """Return what a method has learned from the corpus; a bar tells that it does so now."""
    if not corpus_learning.is_known(desk.store, corpus_id, config):
        inspecting.load_model(config)
    return learning.from_corpus(desk.store, desk.user, corpus_id, config)


def _draw_outcomes(pair: SentencePair, document: Document | None, outcomes: Sequence[Outcome]) -> None:
    known = _references(document, pair)
    against = _draw_against(known, outcomes)
    references: dict[Against, Sequence[Entity]] = {**known}
    first = next((outcome.entities for outcome in outcomes if outcome.entities is not None), ())
    comparing_results.draw(
        pair, outcomes, first if against == "first" else references[against], _WORDS[against],
        is_first=against == "first", labels=document.labels if document else (),
    )  # fmt: skip
    if document is not None and document.annotation.links:
        st.caption("Links that were set by hand play no part here: each method reads its own.")
    _draw_links(outcomes)


def _draw_sentence(desk: Desk) -> tuple[Document | None, SentencePair | None]:
    """Draw the choice of the sentence; return the document, where it is one, and the pair."""
    query = st.query_params
    st.session_state[_MODE] = "typed" if query.get("sentence") == "typed" or not desk.corpora else "corpus"
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.segmented_control(
            "Sentence", list(_MODES), format_func=_MODES.__getitem__, key=_MODE, required=True, on_change=_take_mode,
            label_visibility="collapsed", disabled=not desk.corpora,
        )  # fmt: skip
        _draw_link()
    if st.session_state[_MODE] == "typed":
        return None, comparing_typed.draw()
    document = picker.choose(desk)
    return document, document.pair if document else None


def _take_mode() -> None:
    if st.session_state[_MODE] == "typed":
        st.query_params["sentence"] = "typed"
    else:
        for key in ("sentence", *comparing_typed.KEYS):
            st.query_params.pop(key, None)


def _draw_methods() -> list[str]:
    """Draw the choice of the methods and return at most four; the address wins over what was chosen before."""
    written = st.query_params.get_all("m")
    asked = list(dict.fromkeys(map(compare_methods.tidy, written or st.session_state.get(_METHODS) or DEFAULT)))
    asked = [spec for spec in asked if spec]
    specs = asked[:MAX_METHODS]
    st.session_state[_PICKED] = specs
    st.multiselect(
        "Methods, the first is what the others are held against", [*PRESETS, *(s for s in specs if s not in PRESETS)],
        key=_PICKED, format_func=_option_words, max_selections=MAX_METHODS, accept_new_options=True,
        on_change=_take_methods, placeholder="Choose two to four methods",
        help="Type settings of your own as `key=value; key=value`, alone or after the word of a method: "
        f"`default; extract.max_tokens=3`. Words: {', '.join(f'`{word}`' for word in PRESETS)}. The keys are those of "
        "`run.toml`.",
    )  # fmt: skip
    if len(asked) > len(specs):
        st.warning(f"The address names {len(asked)} methods; the first {MAX_METHODS} are shown.")
    if not written and specs != st.query_params.get_all("m"):
        st.query_params["m"] = specs
    st.session_state[_METHODS] = specs
    return specs


def _take_methods() -> None:
    specs = list(dict.fromkeys(map(compare_methods.tidy, st.session_state[_PICKED])))
    st.session_state[_METHODS] = specs
    st.query_params["m"] = specs


def _option_words(spec: str) -> str:
    words = one_line(compare_methods.title_of(spec))
    if spec in PRESETS and compare_methods.lacking(compare_methods.parse_method(spec).config):
        return f"{words} (not installed)"
    return words


def _references(document: Document | None, pair: SentencePair) -> dict[Against, tuple[Entity, ...]]:
    """Return what methods can be held against beside the first one: the correction on the imported tokens, and gold."""
    found: dict[Against, tuple[Entity, ...]] = {}
    if document is not None and document.revision is not None and pair.target is not None:
        target, cuts = pair.target, document.annotation.cuts
        found["correction"] = tuple(
            Entity(remap(entity.span, target, cuts, None), entity.label, source=entity.source)
            for entity in entities_of(document.annotation)
        )
    if pair.target_entities is not None:
        found["gold"] = pair.target_entities
    return found


def _draw_against(known: dict[Against, tuple[Entity, ...]], outcomes: Sequence[Outcome]) -> Against:
    """Draw what differences are marked from, where there is a choice: unless the address says otherwise, the surest."""
    options: list[Against] = [*known, "first"]
    asked = st.query_params.get("against")
    now = next((option for option in options if option == asked), options[0])
    if len(options) > 1:
        st.session_state[_AGAINST] = now
        st.segmented_control(
            "Mark what differs from", options, format_func=_WORDS.__getitem__, key=_AGAINST, required=True,
            on_change=_take_against,
        )  # fmt: skip
    return now


def _take_against() -> None:
    st.query_params["against"] = st.session_state[_AGAINST]


def _draw_links(outcomes: Sequence[Outcome]) -> None:
    """Draw the word links that one method read, if asked for."""
    ran = [number for number, outcome in enumerate(outcomes) if outcome.trace and outcome.trace.alignment.links]
    if not ran:
        return
    asked = state.number_of(st.query_params.get("links"))
    st.session_state["compare_links"] = asked - 1 if asked is not None and asked - 1 in ran else None
    st.segmented_control(
        "Show the word links of", ran, format_func=lambda k: plain(outcomes[k].title), key="compare_links",
        on_change=_take_links,
    )  # fmt: skip
    chosen = st.session_state["compare_links"]
    trace = outcomes[chosen].trace if chosen is not None else None
    if trace is not None:
        pair_view.draw(trace.pair, trace.alignment, trace.projection, key="compare_links_view", with_back=False)


def _take_links() -> None:
    chosen = st.session_state["compare_links"]
    if chosen is None:
        st.query_params.pop("links", None)
    else:
        st.query_params["links"] = str(chosen + 1)


def _draw_link() -> None:
    """Draw the address that opens exactly this."""
    with st.popover("Copy link", icon=":material/link:", key="compare_link"):
        st.caption(
            "The link carries the sentence and the methods: it opens exactly this."
            if st.session_state[_MODE] == "typed"
            else "Opens this sentence with these methods, for whoever may see its corpus."
        )
        st.code(link(str(st.context.url or ""), st.query_params.to_dict(), st.query_params.get_all("m")), language=None,
                wrap_lines=True)  # fmt: skip


def link(page: str, query: dict[str, str], methods: Sequence[str]) -> str:
    """Return the address of the page with all its choices.

    Example:
        >>> link("http://127.0.0.1:8501/compare?x=1", {"doc": "7", "m": "b"}, ["default", "match.name=greedy"])
        'http://127.0.0.1:8501/compare?doc=7&m=default&m=match.name%3Dgreedy'
    """
    single = [(key, value) for key, value in query.items() if key != "m"]
    return f"{page.partition('?')[0]}?{urlencode([*single, *(('m', spec) for spec in methods)])}"
