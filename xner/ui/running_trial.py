"""A trial on a few sentences: how long the whole will take, and what comes out. Nothing of it is stored."""

from __future__ import annotations

import streamlit as st

from xner.engine.local import Outcome
from xner.errors import XnerError
from xner.services.run_estimate import Estimate, estimate
from xner.services.run_order import Order
from xner.ui.messages import cell, plain, show_error
from xner.ui.pair_view import draw as draw_pair
from xner.ui.running_words import STAGES, duration, left_out_words
from xner.ui.state import Desk
from xner.ui.wording import counted

_TRIAL = "xner_run_trial"
_SHOWN = 5
_LEAST_SHARE = 0.005
"""Of the time: stages below it are not listed."""


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


def draw_times(order: Order) -> None:
    """Draw what the trial says of the whole, and its stages; another choice makes it out of date."""
    of, found = st.session_state.get(_TRIAL, (None, None))
    if of != order or found is None:
        return
    if isinstance(found, XnerError):
        show_error(found)
        return
    if found.left_out:
        st.info(f"Of {len(found.outcomes) + sum(found.left_out.values())} tried: {left_out_words(found.left_out)}",
                icon=":material/info:")  # fmt: skip
    if found.total_s is None:
        st.warning("A run would touch none of the sentences that were tried.", icon=":material/warning:")
        return
    all_of_it = f"All {found.n_total:,} take" if found.n_total > 1 else "It takes"
    loading = f", after {duration(found.load_s)} to load models" if found.load_s >= 1 else ""
    st.markdown(f":material/timer: {all_of_it} about **{duration(found.total_s)}**{loading}.")
    if found.failed:
        st.markdown(f"⚠ **{len(found.failed)} of {len(found.outcomes)} failed** when tried; the reasons stand below.")
    _draw_stages(found)


def draw_sentences(order: Order) -> None:
    """Draw what failed in the trial, and the first sentences as they would be projected."""
    of, found = st.session_state.get(_TRIAL, (None, None))
    if of != order or not isinstance(found, Estimate) or not found.outcomes:
        return
    n = len(found.outcomes)
    st.subheader(f"Tried on {counted(n, 'sentence', 'sentences')}, nothing stored", anchor=False)
    _draw_failures(found)
    fine = [made for _, made in found.outcomes if made.projection.status != "failed"]
    if len(fine) > _SHOWN:
        st.caption(f"{_SHOWN} of the {len(fine)} that ran:")
    for number, made in enumerate(_spread(fine)):
        if made.projection.status == "empty":
            st.caption(f"○ no name: {plain(made.projection.reason or 'nothing to project')}")
        draw_pair(made.pair, made.projection.alignment, made.projection, key=f"trial_{number}")


def _spread(outcomes: list[Outcome]) -> list[Outcome]:
    """Return some of them from all over the list."""
    n = min(_SHOWN, len(outcomes))
    return [outcomes[k * len(outcomes) // n] for k in range(n)]


def _draw_stages(found: Estimate) -> None:
    total = sum(found.stage_s.values()) or 1.0
    shown = {stage: seconds for stage, seconds in found.stage_s.items() if seconds / total >= _LEAST_SHARE}
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
