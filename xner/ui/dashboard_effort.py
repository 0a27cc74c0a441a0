"""The view of effort: what each method leaves to correct."""

from __future__ import annotations

import streamlit as st

from xner.evaluate import board_errors
from xner.ui import dashboard_grids as grids
from xner.ui.dashboard_look import safe
from xner.ui.dashboard_parts import Scene, cached, draw_figure, draw_table, only
from xner.ui.messages import plain
from xner.ui.wording import counted


def draw_effort(scene: Scene) -> None:
    """Draw what each method leaves to correct: which of them costs the linguist least."""
    parts = scene.board.of(tuple(scene.names), scene.groups)
    rows = cached(scene, ("effort", tuple(scene.names), scene.groups), lambda: board_errors.effort_rows(parts))
    rows = sorted((row for row in rows if row.n_sentences), key=lambda row: row.n_corrections / row.n_sentences)
    if not rows:
        st.info("There is no sentence that all of these methods ran.", icon=":material/info:")
        return
    best = rows[0]
    n = counted(best.n_sentences, "sentence", "sentences")
    st.markdown(
        f"On the {n} that all of them ran, **{plain(scene.names[best.method])}** leaves least to correct: "
        f"**{best.n_corrections / best.n_sentences:.2f}** corrections a sentence."
        if len(rows) > 1 else f"{plain(scene.names[best.method])} leaves "
        f"**{best.n_corrections / best.n_sentences:.2f}** corrections a sentence in {n}."
    )  # fmt: skip
    bars = [
        (
            scene.names[row.method], row.n_corrections / row.n_sentences,
            f"{row.n_corrections / row.n_sentences:.2f} · {row.n_changed / row.n_sentences:.0%} changed",
            f"<b>{safe(scene.names[row.method])}</b><br>{row.n_corrections:,} corrections in "
            f"{row.n_changed:,} of {row.n_sentences:,} sentences",
            scene.opens(row.method, only(scene), "errors"),
        )
        for row in rows
    ]  # fmt: skip
    draw_figure(
        scene, grids.bar_figure(bars, scene.look, "corrections a sentence"), "effort",
        f"Corrections a sentence that {len(rows)} methods leave; the table beneath has the same.",
    )  # fmt: skip
    st.caption(
        "One correction is one entity added, deleted, moved or relabelled. Changed: the share of sentences that need "
        "any; it is what a method leaves to do, not what people did. A click opens all sentences of the method that "
        "have an error, also those that another method did not run."
    )
    draw_table(
        {
            "method": [scene.names[row.method] for row in rows], "sentences": [row.n_sentences for row in rows],
            "to change": [row.n_changed for row in rows], "corrections": [row.n_corrections for row in rows],
            "a sentence": [row.n_corrections / row.n_sentences for row in rows],
        },
        "effort", f"What is left to correct against {scene.against}.",
    )  # fmt: skip
