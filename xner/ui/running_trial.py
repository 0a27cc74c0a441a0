"""A trial on a few sentences: how long the whole will take, and what comes out. Nothing of it is stored."""

from __future__ import annotations

import streamlit as st

from xner.errors import XnerError
from xner.services.run_estimate import Estimate, estimate
from xner.services.run_order import Order
from xner.types import Projection, SentencePair
from xner.ui.messages import cell, plain, show_error
from xner.ui.pair_view import draw as draw_pair
from xner.ui.running_words import STAGES, duration, left_out_words
from xner.ui.state import Desk
from xner.ui.wording import counted

_TRIAL = "xner_run_trial"
_SHOWN = 5


def run(desk: Desk, order: Order) -> None:
    """Try the order now, under a status box that names the stage; the result is kept for these choices."""
    place = st.empty()
    with place.status("Trying on 20 sentences", expanded=False) as box:

        def tell(stage: str) -> None:
            box.update(label=f"Trying on 20 sentences: {STAGES[stage].lower()}")

        try:
            found: Estimate | XnerError = estimate(desk.store, desk.user, order, tell)
        except XnerError as error:
            found = error
    place.empty()
    st.session_state[_TRIAL] = (order, found)


def draw_line(order: Order) -> None:
    """Draw what the trial says of the whole, in one line; another choice makes it out of date."""
    of, found = st.session_state.get(_TRIAL, (None, None))
    if of != order or found is None:
        return
    if isinstance(found, XnerError):
        show_error(found)
        return
    if found.total_s is None:
        st.warning("None of the sentences that were tried would be touched; the reason stands below.",
                   icon=":material/warning:")  # fmt: skip
        return
    words = f"All {found.n_total:,} take about **{duration(found.total_s)}**" if found.n_total > 1 else (
        f"It takes about **{duration(found.total_s)}**")  # fmt: skip
    loading = f", after {duration(found.load_s)} to load models" if found.load_s >= 1 else ""
    st.markdown(f":material/timer: {words}{loading}.")
    if found.failed:
        n = len(found.failed)
        st.markdown(f"**⚠ {n} of {len(found.outcomes)} tried failed**: see below.")


def draw_result(order: Order) -> None:
    """Draw the stages with their times, what failed, and the first sentences as they would be projected."""
    of, found = st.session_state.get(_TRIAL, (None, None))
    if of != order or not isinstance(found, Estimate):
        return
    st.subheader(f"Tried on {counted(found.n_sample, 'sentence', 'sentences')}, nothing stored", anchor=False)
    times, what = st.columns([1, 2], gap="large")
    with times:
        _draw_times(found)
        if found.left_out:
            st.info(left_out_words(found.left_out), icon=":material/info:")
    with what:
        _draw_failures(found)
        _draw_sentences(found)


def _draw_times(found: Estimate) -> None:
    total = sum(found.stage_s.values()) or 1.0
    shown = {stage: seconds for stage, seconds in found.stage_s.items() if seconds / total >= 0.005}
    st.table(
        {
            "Stage": [STAGES[stage] for stage in shown],
            "Seconds": [f"{seconds:.2f}" for seconds in shown.values()],
            "Share": [f"{seconds / total:.0%}" for seconds in shown.values()],
        },
        border="horizontal",
    )


def _draw_failures(found: Estimate) -> None:
    if not found.failed:
        return
    st.error(f"{len(found.failed)} of {len(found.outcomes)} failed, which is not an empty result.",
             icon=":material/error:")  # fmt: skip
    st.table(
        {
            "Sentence": [cell(made.pair.id, 40) for _, made in found.failed[:_SHOWN]],
            "Why": [cell(made.projection.reason or "unknown", 300) for _, made in found.failed[:_SHOWN]],
        },
        border="horizontal",
    )


def _draw_sentences(found: Estimate) -> None:
    fine = [made for _, made in found.outcomes if made.projection.status != "failed"]
    for number, made in enumerate(fine[:_SHOWN]):
        if made.projection.status == "empty":
            st.caption(f"○ no name: {plain(made.projection.reason or 'nothing to project')}")
        _draw_sentence(made.pair, made.projection, number)


def _draw_sentence(pair: SentencePair, projection: Projection, number: int) -> None:
    draw_pair(pair, projection.alignment, projection, key=f"trial_{number}")
