"""The view of word links: how often aligners err, by language."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from xner.evaluate.board_scores import N_RESAMPLES
from xner.services.dashboard_links import LINKS
from xner.ui import languages
from xner.ui.dashboard_figures import score_figure
from xner.ui.dashboard_parts import Scene, choose, draw_figure, draw_table
from xner.ui.messages import plain

_MOST = 8


def draw_links(scene: Scene) -> None:
    """Draw the alignment error rate of every aligner in every language."""
    if scene.opened is None:
        return
    found = scene.opened.links
    names = dict(list(found.names.items())[:_MOST])
    filtered = len(scene.groups) < len(scene.board.groups)
    groups = [group for group in found.groups if not filtered or group in scene.groups]
    rows = [row for row in found.rows if row.method in names and row.group in groups]
    if not rows:
        st.info("No aligner was measured in these languages.", icon=":material/info:")
        return
    if len(groups) > 2:
        first = next(iter(names))
        rates = {row.group: row.f1 for row in rows if row.method == first}
        if choose("Order", {"name": "Name", "f1": "Error rate of the first aligner"}, "sort") == "f1":
            groups.sort(key=lambda group: (rates.get(group) is None, rates.get(group) or 0))
        else:
            groups.sort(key=languages.words)
    means = []
    for method, name in names.items():
        known = [row.f1 for row in rows if row.method == method and row.f1 is not None]
        if known:
            means.append(f"{plain(name)} **{sum(known) / len(known):.3f}** ({len(known)})")
    st.markdown(f"Plain mean over languages (how many): {' · '.join(means)}")
    links = replace(scene, reference=LINKS)
    draw_figure(
        links,
        score_figure(
            rows, groups, names, scene.look, links.opens, "Alignment error rate (lower is better)",
            noun=("links", "gold links"),
        ),
        "links",
        f"Alignment error rate of {len(names)} aligners in {len(groups)} languages with 95 % intervals. The same "
        "figures stand in the table beneath.",
    )  # fmt: skip
    left_out = len(found.names) - len(names)
    st.caption(
        "AER = 1 − (|A∩S| + |A∩P|) / (|A| + |S|) of links A against sure and possible ones (Och and Ney 2003). "
        f"Intervals: 95 %, percentile bootstrap over sentences, {N_RESAMPLES:,} resamples, seed 0. A click on a point "
        f"lists its sentences, the worst first.{f' {left_out} more aligners are not shown.' if left_out else ''}"
    )
    place = {group: k for k, group in enumerate(groups)}
    shown = sorted(rows, key=lambda row: place[row.group])
    ends = [row.interval or (None, None) for row in shown]
    draw_table(
        {
            "language": [languages.words(row.group) for row in shown], "aligner": [row.method for row in shown],
            "AER": [row.f1 for row in shown], "low": [low for low, _ in ends], "high": [high for _, high in ends],
            "precision": [found.precision[row.method, row.group] for row in shown],
            "recall": [found.recall[row.method, row.group] for row in shown],
            "sentences": [row.n_sentences for row in shown], "gold links": [row.n_entities for row in shown],
            "failed": [row.n_failed for row in shown],
        },
        "links", "Alignment error rate against gold links; lower is better.",
    )  # fmt: skip
