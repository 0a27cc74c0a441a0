"""Accepting at once what every method agrees on: read five at random first, take all of it back with one click."""

from __future__ import annotations

import secrets

import streamlit as st

from xner.services import bulk_accept, bulk_saves
from xner.services.queue_view import View
from xner.store.queue_figures import BatchRow
from xner.ui import times, working
from xner.ui.messages import cell, plain
from xner.ui.walk import Seat
from xner.ui.wording import counted

_SEED = "xner_bulk_seed"
"""Set while the panel is open: which five rows are shown."""
_CONDITIONS = (
    "It takes a sentence that nobody has touched, whose methods all found the same, whose names came back from "
    "translation, and that has no tag that asks for an eye."
)


def draw(seat: Seat, view: View) -> None:
    """Draw the opened bulk action of a list, and the undo of the last one."""
    if not seat.can_correct:
        return
    draw_undo(seat)
    if _SEED in st.session_state:
        _draw_panel(seat, view, st.session_state[_SEED])


def draw_button(seat: Seat) -> None:
    """Draw the button that opens the bulk action."""
    if seat.can_correct and _SEED not in st.session_state:
        st.button(
            "Accept all where methods agree …", icon=":material/done_all:", key="bulk_open", on_click=_open,
            help=f"{_CONDITIONS} Five are shown first.",
        )  # fmt: skip


def draw_undo(seat: Seat) -> None:
    """Draw the way back from the user's last bulk action, as long as there is one."""
    last = bulk_accept.last_batch(seat.store, seat.user, seat.corpus.id)
    if last is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(
            f":material/history: {plain(last.note.capitalize())}: {counted(last.n_pairs, 'sentence', 'sentences')}, "
            f"{times.local(last.created)}.",
            width="stretch",
        )
        words = f"Take back {last.n_newest:,}" if last.n_newest < last.n_pairs else "Take it back"
        st.button(words, icon=":material/undo:", key="bulk_undo", on_click=_undo, args=(seat, last))


def _draw_panel(seat: Seat, view: View, seed: int) -> None:
    found = bulk_accept.agreeing(seat.store, seat.user, seat.corpus.id, view)
    with st.container(border=True):
        st.subheader("Accept all where methods agree", anchor=False)
        left_out = (
            f" Another {counted(found.n_without_round_trip, 'sentence', 'sentences')} would pass but have no "
            "back-translation to check, so they stay in the queue. It can be given in the file (`back_translation`)."
            if found.n_without_round_trip
            else ""
        )
        if not found.pair_ids:
            st.info(f"No sentence of this list qualifies. {_CONDITIONS}{left_out}", icon=":material/info:")
            st.button("Close", key="bulk_close", on_click=_close)
            return
        n = len(found.pair_ids)
        rows = bulk_accept.sample(seat.store, seat.user, seat.corpus.id, found.pair_ids, seed)
        st.markdown(
            f"**{counted(n, 'sentence', 'sentences')}** of this list: nobody has touched them, all methods found the "
            f"same, and every name came back from translation.{left_out} "
            + (f"Read {'these' if n <= len(rows) else f'{len(rows)} drawn at random'} first:")
        )
        st.table(
            {
                "Source": [cell(row.source) for row in rows],
                "Target": [cell(row.target) for row in rows],
                "Entities": [
                    " · ".join(f"{plain(a)} {cell(b)}" for a, b in row.entities) or "no entity" for row in rows
                ],
            },
            border="horizontal",
        )
        with st.container(horizontal=True):
            st.button(
                f"Accept {counted(n, 'sentence', 'sentences')}", type="primary", icon=":material/done_all:",
                key="bulk_accept", on_click=_accept, args=(seat, found.pair_ids),
            )  # fmt: skip
            st.button("Draw five others", key="bulk_redraw", on_click=_open, disabled=n <= len(rows))
            st.button("Cancel", key="bulk_close", on_click=_close)


def _open() -> None:
    st.session_state[_SEED] = secrets.randbits(30)


def _close() -> None:
    st.session_state.pop(_SEED, None)


def _accept(seat: Seat, pair_ids: tuple[int, ...]) -> None:
    _close()
    store, user, corpus_id = seat.store, seat.user, seat.corpus.id

    def work(on_progress: working.Progress) -> str:
        done = bulk_accept.accept(store, user, corpus_id, pair_ids, on_progress=on_progress)
        left = f" {done.n_left:,} had changed meanwhile and were left alone." if done.n_left else ""
        return f"Accepted {counted(done.n_changed, 'sentence', 'sentences')}.{left}"

    working.begin("Accepting …", len(pair_ids), work)


def _undo(seat: Seat, last: BatchRow) -> None:
    store, user = seat.store, seat.user

    def work(on_progress: working.Progress) -> str:
        n_back, n_left = bulk_saves.undo_bulk(store, user, last.batch, on_progress=on_progress)
        left = f" {n_left:,} were changed since and stay as they are." if n_left else ""
        return f"Took back {counted(n_back, 'sentence', 'sentences')}.{left}"

    working.begin("Taking it back …", last.n_pairs, work)
