"""The view of confidence: whether scores mean what they say."""

from __future__ import annotations

from functools import partial

import streamlit as st

from xner.evaluate import board_slices
from xner.ui.dashboard_curves import reliability_figure
from xner.ui.dashboard_parts import Scene, cached, choose, draw_figure, draw_table, only
from xner.ui.messages import plain


def draw_calibration(scene: Scene) -> None:
    """Draw whether scores mean what they say."""
    column: board_slices.Column = (
        "margin" if choose("Confidence", {"score": "Score", "margin": "Margin"}, "confidence") == "margin" else "score"
    )
    if len(scene.groups) not in (1, len(scene.board.groups)):
        st.info("A point opens one language or all of them: choose one language, or none.", icon=":material/info:")
        return
    found = {
        method: cached(
            scene, ("calibration", column, method, scene.groups),
            partial(board_slices.reliability, scene.board.of([method], scene.groups), column),
        )
        for method in scene.names
    }  # fmt: skip
    curves = {method: bins for method, (_, bins) in found.items()}
    if not any(curves.values()):
        st.info(
            f"None of these methods gives a {column}: there is nothing that could be held against being right.",
            icon=":material/info:",
        )
        return
    is_probability = all(one.ece is not None for one, bins in found.values() if bins)

    def opens(method: str, _group: str, what: str, value: str) -> list[str]:
        return scene.opens(method, only(scene), what, value)

    draw_figure(
        scene,
        reliability_figure(
            curves, scene.names, scene.look, opens, f"{column}_bin", is_probability=is_probability
        ),
        "calibration", "Share that is right by confidence for each method; the table beneath has the same.",
    )  # fmt: skip
    lines = []
    for method, (one, _) in found.items():
        ece = "no ECE (not between 0 and 1)" if one.ece is None else f"ECE **{one.ece:.3f}**"
        auc = "" if one.auc is None else f", ranks right above wrong in **{one.auc:.0%}** of pairs"
        unscored = f", {one.n_unscored:,} without a {column}" if one.n_unscored else ""
        lines.append(f"- {plain(scene.names[method])}: {ece}{auc} ({one.n:,} predictions{unscored})")
    st.markdown("\n".join(lines))
    meaning = (
        f"On the straight grey line a {column} means what it says; below it promises too much. ECE: the mean distance "
        "to the line (Guo et al. 2017)."
        if is_probability else
        f"Not every {column} here lies between 0 and 1, so that none says how often it should be right: look whether "
        "higher ones are more often right."
    )  # fmt: skip
    st.caption(f"{meaning} Larger points hold more predictions; a click opens the sentences of one.")
    flat = [(method, row) for method, bins in curves.items() for row in bins]
    draw_table(
        {
            "method": [scene.names[method] for method, _ in flat], "from": [row.low for _, row in flat],
            "to": [row.high for _, row in flat], "mean confidence": [row.confidence for _, row in flat],
            "share right": [row.precision for _, row in flat], "predictions": [row.n for _, row in flat],
            "sentences": [row.n_sentences for _, row in flat],
        },
        "calibration", f"Calibration of the {column} against {scene.against}.",
    )  # fmt: skip
