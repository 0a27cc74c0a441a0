"""The Run page: what is to be done at the left, starting and watching it at the right, a trial beneath."""

from __future__ import annotations

import streamlit as st

from xner.errors import XnerError
from xner.services import available, corpora, run_jobs
from xner.services.available import Need
from xner.services.corpora import Corpus
from xner.services.identity import Role
from xner.services.run_order import Order
from xner.ui import picker, running_choices, running_jobs, running_trial, state
from xner.ui.messages import plain, quote, show_error
from xner.ui.state import Desk
from xner.ui.wording import counted


def draw(desk: Desk) -> None:
    """Draw the page."""
    state.draw_problem()
    if picker.draw_no_corpus(desk) or desk.corpus is None:
        if desk.problem is None:
            _draw_empty("Here you project a whole corpus in the background. There is no corpus yet.")
        return
    corpus = corpora.get(desk.store, desk.user, desk.corpus.id)
    left, right = st.columns([3, 2], gap="large")
    with left:
        picker.choose_corpus(desk)
        order = _draw_choices(desk, corpus)
    with right:
        if order is not None:
            _draw_start(desk, corpus, order)
        running_jobs.draw(desk, corpus.id)
    if order is not None:
        running_trial.draw_sentences(order)


def _draw_empty(words: str) -> None:
    st.info(words, icon=":material/play_circle:")
    with st.container(horizontal=True):
        st.page_link("pages/home.py", label="Open the sample corpus", icon=":material/menu_book:")
        st.page_link("pages/add.py", label="Add text", icon=":material/add:")


def _draw_choices(desk: Desk, corpus: Corpus) -> Order | None:
    if corpus.role < Role.REVIEWER:
        st.info(
            f"You may look at {quote(corpus.name)}; projecting it takes a reviewer. Ask an admin of this corpus for "
            "the role, or choose another corpus.",
            icon=":material/lock:",
        )
        return None
    if not corpus.n_pairs:
        _draw_empty("Here you project a whole corpus. This one has no sentences yet.")
        return None
    return running_choices.draw(desk, corpus.id, corpus.labels)


def _draw_start(desk: Desk, corpus: Corpus, order: Order) -> None:
    n = running_choices.n_chosen(desk, order)
    needs = available.lacking(order.config)
    live = run_jobs.live_over(desk.store, desk.user, corpus.id)
    with st.container(border=True):
        st.markdown(f"### {counted(n, 'sentence', 'sentences')}")
        st.caption(
            f"of {quote(corpus.name)}, in the background: you can leave this page, or close the browser. "
            "What people have corrected stays."
        )
        if needs:
            _draw_needs(needs)
        can_try = n > 0 and not needs
        can_start = can_try and live is None
        with st.container(horizontal=True):
            try_it = st.button(
                "Try on 20 first",
                icon=":material/speed:",
                key="run_try",
                disabled=not can_try,
            )
            go = st.button(
                "Start", type="primary" if can_start else "secondary", icon=":material/play_arrow:", key="run_start",
                disabled=not can_start,
            )  # fmt: skip
        if not n:
            st.caption("Choose sentences at the left: not projected yet, failed, or projected ones once more.")
        elif live is not None:
            st.caption("A run over this corpus is under way; another one can start when it is done.")
        if try_it:
            running_trial.run(desk, order)
        running_trial.draw_times(order)
        running_choices.draw_toml(order.config)
    if go:
        _start(desk, order)


def _draw_needs(needs: list[Need]) -> None:
    st.warning("It can't start yet. Needed:", icon=":material/warning:")
    for need in needs:
        st.markdown(f"- {plain(need.words)}")
        if need.command:
            st.code(need.command, language=None, wrap_lines=True)


def _start(desk: Desk, order: Order) -> None:
    try:
        run_jobs.start(desk.store, desk.user, order)
    except XnerError as error:
        show_error(error)
    else:
        st.rerun()
