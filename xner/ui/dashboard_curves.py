"""Figures of one thing over another: being right over confidence, and what is learned over what was corrected."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from xner.evaluate.board_slices import BinRow
from xner.ui.dashboard_look import (
    DASHES,
    MUTED,
    PAPER,
    Drawing,
    Look,
    Opens,
    frame,
    safe,
    set_axis,
    short,
    stays,
    title,
)  # fmt: skip

Step = tuple[int, float, str, list[str]]
"""Sentences so far, value, hover text, what it opens."""
_LEFT = 72
"""Pixels for figures of two digits and the title of the axis."""


def reliability_figure(
    curves: Mapping[str, Sequence[BinRow]], names: Mapping[str, str], look: Look, opens: Opens, what: str,
    *, is_probability: bool,
) -> Drawing:  # fmt: skip
    """Return precision by confidence, a line a method; the diagonal is a score that means what it says."""
    figure = frame(look, list(names.values()), n_px=420, legend=len(names) > 1, left=_LEFT)
    if is_probability:
        figure["layout"]["shapes"] = [{
            "type": "line", "x0": 0, "y0": 0, "x1": 1, "y1": 1,
            "line": {"color": look.pick(MUTED), "width": 1},
        }]  # fmt: skip
    for number, (method, name) in enumerate(names.items()):
        bins = curves.get(method, ())
        mark, most = look.method(number), max((row.n for row in bins), default=1)
        figure["data"].append({
            "type": "scatter", "x": [row.confidence for row in bins], "y": [row.precision for row in bins],
            "mode": "lines+markers", "name": short(name),
            "line": {"color": mark["color"], "width": 1.5, "dash": DASHES[number % 8]},
            "marker": {**mark, "size": [8 + 12 * math.sqrt(row.n / most) for row in bins], "opacity": 0.9,
                       "line": {"width": 1, "color": look.pick(PAPER)}},
            "customdata": [opens(method, "", what, row.value) for row in bins],
            "text": [
                f"<b>{safe(name)}</b><br>confidence {row.low:.2f}–{row.high:.2f}, mean {row.confidence:.2f}<br>"
                f"{row.precision:.2f} of {row.n:,} are right<br>{row.n_sentences:,} sentences" for row in bins
            ],
            "hovertemplate": "%{text}<extra></extra>", **stays(0.9),
        })  # fmt: skip
    set_axis(
        figure, "xaxis", title=title("mean confidence"), **({"range": [-0.02, 1.02]} if is_probability else {})
    )  # fmt: skip
    set_axis(figure, "yaxis", title={"text": "share that is right"}, range=[-0.03, 1.05])
    return figure


def learning_figure(curves: Mapping[str, Sequence[Step]], names: Mapping[str, str], look: Look, words: str) -> Drawing:
    """Return a line a method over the sentences that were decided on; `curves` has only those that have a point."""
    figure = frame(look, [names[method] for method in curves], n_px=300, legend=len(curves) > 1, left=_LEFT)
    numbers = {method: number for number, method in enumerate(names)}
    most = max((value for steps in curves.values() for _, value, _, _ in steps), default=0.0) or 1.0
    for method, steps in curves.items():
        mark = look.method(numbers[method])
        figure["data"].append({
            "type": "scatter", "x": [n for n, _, _, _ in steps], "y": [value for _, value, _, _ in steps],
            "mode": "lines+markers", "name": short(names[method]),
            "line": {"color": mark["color"], "width": 1.5, "dash": DASHES[numbers[method] % 8]},
            "marker": {**mark, "size": 10, "line": {"width": 1, "color": look.pick(PAPER)}},
            "customdata": [opens for _, _, _, opens in steps], "text": [hover for _, _, hover, _ in steps],
            "hovertemplate": "%{text}<extra></extra>", **stays(),
        })  # fmt: skip
    set_axis(figure, "xaxis", title=title("sentences decided so far"), rangemode="tozero")
    set_axis(figure, "yaxis", title={"text": words}, range=[0, most * 1.15])
    return figure
