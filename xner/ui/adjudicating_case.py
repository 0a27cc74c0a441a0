"""One sentence on which annotators differ: its versions, the decision, and the way back from it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from xner.errors import NotAllowed, XnerError
from xner.services import adjudication
from xner.services.adjudication import Case, Version
from xner.services.adjudication_overview import Overview
from xner.services.corpora import Corpus
from xner.services.corrections import SaveResult
from xner.services.identity import Role
from xner.text.script import language_name
from xner.ui import adjudication_editor, notices, state, version_rows
from xner.ui.messages import cell, plain
from xner.ui.state import Desk
from xner.ui.wording import state_of

_DECISION = "xner_adjudicated_last"
"""Corpus and newest decision of this session, while it can be taken back."""
_SHORTCUTS = {"A": "A", "B": "B"}
"""Letters; C and R belong to Streamlit, so a third version is taken by its number."""


def draw(desk: Desk, corpus: Corpus, found: Overview, hide: bool) -> None:
    """Draw the sentence that the address names, else the first that waits: its versions, and what can be decided."""
    wanted = state.number_of(st.query_params.get("doc"))
    if wanted is None and not found.differing:
        st.success("No sentence waits for a decision.", icon=":material/check_circle:")
        st.page_link("pages/export.py", label="Export what is settled", icon=":material/download:",
                     query_params={"corpus": str(corpus.id)})  # fmt: skip
        return
    pair_id = found.differing[0] if wanted is None else wanted
    try:
        case = adjudication.open_case(desk.store, desk.user, pair_id, desk.client, hide_names=hide)
        if case.own.corpus.id != corpus.id:
            raise NotAllowed("This sentence is of another corpus.", "Choose that corpus first.")
    except XnerError as error:
        st.warning(plain(str(error)), icon=":material/search_off:")
        st.button("To the first sentence that waits", on_click=_go, args=(None,), key="to_first")
        return
    following = _draw_head(case, found)
    if adjudication_editor.is_open(case):
        adjudication_editor.draw(desk, case, on_done=partial(_decided, corpus.id, following))
        return
    _draw_decisions(desk, case, following)
    with st.container(gap="xxsmall", key="differences"):
        for line in version_rows.sentences(case):
            st.markdown(line)
    version_rows.draw(case)


def _draw_head(case: Case, found: Overview) -> int | None:
    """Draw where the case stands among those that wait, and return the one after it."""
    ids, here = found.differing, case.own.id
    place = ids.index(here) if here in ids else None
    before = ids[place - 1] if place else None
    after = next((other for other in ids[(place + 1) if place is not None else 0 :] if other != here), None)
    with st.container(horizontal=True, vertical_alignment="center", key="case_head"):
        number = f"**{place + 1:,} of {len(ids):,}** that differ" if place is not None else state_of(case.own.status)
        lang = case.own.pair.target.lang if case.own.pair.target else "und"
        st.markdown(f"{number} · {plain(language_name(lang))} · {cell(case.own.pair.id, 40)}", width="stretch")
        st.button("Previous", icon=":material/arrow_back:", key="previous_case", shortcut="P", disabled=before is None,
                  on_click=_go, args=(before,))  # fmt: skip
        st.button("Next", icon=":material/arrow_forward:", icon_position="right", key="next_case", shortcut="N",
                  disabled=after is None, on_click=_go, args=(after,))  # fmt: skip
    if here in found.changed:
        st.info("This sentence was settled; then an annotator changed their version.", icon=":material/update:")
    if case.own.status == "draft" and case.own.revision is not None and not adjudication_editor.is_open(case):
        st.info("There is a draft of a decision, not accepted yet.", icon=":material/edit:")
    return after or next((other for other in ids if other != here), None)


def _draw_decisions(desk: Desk, case: Case, following: int | None) -> None:
    def decide(work: Callable[[], SaveResult]) -> None:
        state.attempt(partial(_settle_and_go, work, case.own.corpus.id, following))

    with st.container(horizontal=True, key="decisions"):
        for number, version in enumerate(case.versions, 1):
            st.button(
                f"Take {version.letter}: {plain(version.annotator)}", type="primary", key=f"take_{version.letter}",
                icon=":material/check:", shortcut=_SHORTCUTS.get(version.letter, str(number % 10)),
                disabled=not version.can_be_taken, on_click=decide, help=_why_not(version),
                args=(partial(adjudication.settle, desk.store, desk.user, case, version.track),),
            )  # fmt: skip
        with st.popover("Edit", icon=":material/edit:"):
            st.markdown("Begin from a version and change it in the editor. Accepting it there settles the sentence.")
            for version in case.versions:
                if version.can_be_taken:
                    st.button(f"Begin from {version.letter}", key=f"edit_{version.letter}",
                              on_click=adjudication_editor.begin, args=(desk, case, version.track))  # fmt: skip
            if case.own.status == "draft" and case.own.revision is not None:
                st.button("Go on with the draft", key="edit_draft", on_click=adjudication_editor.go_on, args=(case,))
        st.button(
            "Leave unsettled", icon=":material/block:", key="leave_case", on_click=decide,
            args=(partial(adjudication.skip, desk.store, desk.user, case),),
            help="The sentence is not exported and does not come back here, unless a version changes.",
        )  # fmt: skip


def _why_not(version: Version) -> str | None:
    return None if version.can_be_taken else f"{version.letter} skipped this sentence: there is no annotation to take."


def _settle_and_go(work: Callable[[], SaveResult], corpus_id: int, following: int | None) -> None:
    _decided(corpus_id, following, work())


def _decided(corpus_id: int, following: int | None, made: SaveResult) -> None:
    """Remember a decision for taking it back, and go on."""
    st.session_state[_DECISION] = corpus_id, made
    _go(following)


def draw_decision(desk: Desk, corpus: Corpus) -> None:
    """Draw the way back to the newest decision of this session, in its corpus."""
    of, made = st.session_state.get(_DECISION, (None, None))
    if of != corpus.id or made is None or corpus.role < Role.REVIEWER:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="adjudicated"):
        words = "Settled" if made.status == "adjudicated" else state_of(made.status)
        st.markdown(f":material/check_circle: {words} · the sentence before", width="content")
        st.button("Undo", icon=":material/undo:", type="tertiary", key="take_back_case", on_click=_take_back,
                  args=(desk, made), help="Takes the decision back and opens its sentence again.")  # fmt: skip


def _take_back(desk: Desk, made: SaveResult) -> None:
    st.session_state.pop(_DECISION, None)

    def work() -> None:
        adjudication.take_back(desk.store, desk.user, made.pair_id, made.number)
        notices.say("The decision is taken back; the sentence waits again.")
        _go(made.pair_id)

    state.attempt(work)


def _go(pair_id: int | None) -> None:
    if pair_id is None:
        st.query_params.pop("doc", None)
    else:
        st.query_params["doc"] = str(pair_id)
