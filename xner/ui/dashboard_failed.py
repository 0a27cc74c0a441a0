"""What did not run, before any figure: no F1 counts it, and a method that fails often would look good in silence."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from xner.services.dashboard_selection import Selection
from xner.ui import languages
from xner.ui.dashboard_parts import ALL, Scene, go_to, only
from xner.ui.messages import plain


def draw_failed(scene: Scene) -> None:
    """Draw a line that says which methods failed on how many sentences; a click opens these."""
    by_method = len(scene.groups) in (1, len(scene.board.groups))  # else a click would open more than is counted
    failed: Counter[tuple[str, str]] = Counter()
    asked: Counter[tuple[str, str]] = Counter()
    for part in scene.board.of(tuple(scene.names), scene.groups):
        row = part.method, only(scene) if by_method else part.group
        failed[row] += part.n_failed
        asked[row] += part.n_failed + part.n_sentences
    _say_unequal(scene)
    rows = [row for row, n in failed.items() if n]
    if not rows:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="dashboard_failed"):
        st.markdown("⚠ **Failed, and in none of the figures below:**", width="content")
        for method, group in rows:
            where = "" if group == ALL else f", {plain(languages.words(group))}"
            words = f"{plain(scene.names[method])}{where}: {failed[method, group]:,} of {asked[method, group]:,}"
            if st.button(words, key=f"failed-{method}-{group}", type="tertiary", help="Open these sentences"):
                go_to(scene, Selection(method, scene.reference, group, "failed"))


def _say_unequal(scene: Scene) -> None:
    """Say where methods were asked for different sentences: what adds languages up can't be compared then."""
    asked: dict[str, dict[str, int]] = {method: {} for method in scene.names}
    for part in scene.board.of(tuple(scene.names), scene.groups):
        asked[part.method][part.group] = part.n_failed + part.n_sentences
    if any(found != asked[next(iter(asked))] for found in asked.values()):
        numbers = " · ".join(f"{plain(scene.names[method])} {sum(found.values()):,}" for method, found in asked.items())
        st.warning(
            f"These methods were not run on the same sentences ({numbers}): compare them language by language, or run "
            "them all on all sentences.",
            icon=":material/rule:",
        )
