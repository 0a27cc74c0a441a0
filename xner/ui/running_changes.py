"""Beneath the weights: what they would change in sentences that are projected already. Nothing of it is stored."""

from __future__ import annotations

import streamlit as st

from xner.errors import XnerError
from xner.services import run_changes
from xner.services.inspect_pair import span_text
from xner.services.run_changes import Change, Changes
from xner.services.run_order import Order
from xner.signature import plain_number
from xner.types import Entity, Sentence
from xner.ui.messages import plain
from xner.ui.state import Desk
from xner.ui.wording import counted

_SHOWN = 8


def draw(desk: Desk, order: Order, n_projected: int) -> None:
    """Draw the switch and, while it is on, what the present settings would change."""
    if not n_projected:
        return
    n = min(n_projected, run_changes.N_MOST)
    first = "the first " if n < n_projected else ""
    is_on = st.toggle(
        "Show what would change", key="run_changes",
        help=f"Matches {first}{counted(n, 'projected sentence', 'projected sentences')} again each time you move a "
        "weight, and stores nothing. Names and links are those of the last run.",
    )  # fmt: skip
    if not is_on:
        return
    try:
        found = run_changes.changes(desk.store, desk.user, order)
    except XnerError as error:
        st.caption(plain(str(error)))
        return
    weights = ", ".join(f"{name} {plain_number(weight)}" for name, weight in order.config.score.fused_weights().items())
    st.caption(f"With {plain(weights)}; matching {plain(order.config.match.name)}:")
    _draw_figures(found)
    for change in found.changed[:_SHOWN]:
        _draw_change(change)
    if len(found.changed) > _SHOWN:
        st.caption(f"The first {_SHOWN} of {len(found.changed):,}.")


def _draw_figures(found: Changes) -> None:
    if found.n_compared:
        st.markdown(change_words(found))
        if found.n_gold and found.before.f1 is not None and found.after.f1 is not None:
            st.markdown(
                f"Strict F1 against gold **{found.before.f1:.3f} → {found.after.f1:.3f}**, over "
                f"{counted(found.n_gold, 'sentence', 'sentences')} and {found.after.n_gold:,} names."
            )
    if found.failed:
        st.markdown(f"⚠ {counted(len(found.failed), 'sentence', 'sentences')} would fail: {plain(found.failed[0])}")
    if found.n_unlinked:
        st.caption(
            f"{counted(found.n_unlinked, 'sentence', 'sentences')} left out: this aligner's links of them are not in "
            "the cache. A run with these settings brings them there."
        )


def change_words(found: Changes) -> str:
    """Return how many sentences would change, in one sentence of Markdown."""
    n, of = len(found.changed), counted(found.n_compared, "sentence", "sentences")
    if not n:
        return f"None of {of} would change."
    return f"**{n:,} of {of}** would get other names."


def _draw_change(change: Change) -> None:
    place, names = st.columns([1, 5], vertical_alignment="top")
    place.page_link(
        "pages/inspection.py", label=f"{change.place:,}", query_params={"doc": str(change.pair_id)},
        help="Inspect this sentence",
    )  # fmt: skip
    old, new = ({(e.span, e.label): e for e in entities} for entities in (change.before, change.after))
    gone = [old[key] for key in sorted(old.keys() - new.keys(), key=lambda key: key[0])]
    come = [new[key] for key in sorted(new.keys() - old.keys(), key=lambda key: key[0])]
    names.caption(f"{_names(change.target, gone)} → {_names(change.target, come)}")


def _names(target: Sentence, entities: list[Entity]) -> str:
    if not entities:
        return "none"
    return ", ".join(f"{plain(entity.label)} {plain(span_text(target, entity.span))}" for entity in entities)
