"""Figures of scores by language: points with their intervals, and differences of two methods.

Data in, a figure out; every mark carries what it opens as `customdata`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xner.evaluate.board_scores import DifferenceRow, ScoreRow
from xner.ui.dashboard_look import (
    INK,
    MUTED,
    NAME,
    PAPER,
    ROW_LABEL,
    Drawing,
    Look,
    Opens,
    cut,
    digits_of,
    frame,
    p_words,
    read_from_top,
    room_for,
    safe,
    set_axis,
    set_rows,
    short,
    stays,
    title,
)  # fmt: skip

_STEP = 0.72
"""Share of a row's height that its points take."""


def score_figure(
    rows: Sequence[ScoreRow], groups: Sequence[str], names: Mapping[str, str], look: Look, opens: Opens, words: str,
    *, noun: tuple[str, str] = ("ent.", "entities"),
) -> Drawing:  # fmt: skip
    """Return one row a group, in this order, with a point and its interval for every method."""
    place = {group: k for k, group in enumerate(groups)}
    step = _STEP / max(1, len(names))
    drawn = [end for row in rows if row.f1 is not None for end in (row.f1, *(row.interval or ()))]
    first, last = _ends(drawn)
    below = _below(groups, rows, noun[0])
    labels = [cut(look.group_words(group), ROW_LABEL) for group in groups]
    px = max(34, 12 * len(names) + 14)
    figure = frame(
        look, list(names.values()), n_px=px * len(groups), legend=len(names) > 1, left=room_for([*labels, *below])
    )
    for number, (method, name) in enumerate(names.items()):
        own = [row for row in rows if row.method == method and row.group in place]
        shift = (number - (len(names) - 1) / 2) * step
        some = [(row, place[row.group] + shift, row.f1) for row in own if row.f1 is not None]
        mark = look.method(number)
        if any(row.interval for row, _, _ in some):
            figure["data"].append(_intervals([(row.interval, y) for row, y, _ in some], mark["color"]))
        figure["data"].append({
            "type": "scatter", "x": [f1 for _, _, f1 in some], "y": [y for _, y, _ in some], "mode": "markers",
            "name": short(name),
            "marker": {**mark, "size": look.size(number), "line": {"width": 1, "color": look.pick(PAPER)}},
            "customdata": [opens(method, row.group, "scored", "") for row, _, _ in some],
            "text": [score_hover(row, name, look, noun[1]) for row, _, _ in some],
            "hovertemplate": "%{text}<extra></extra>", **stays(),
        })  # fmt: skip
        if none := [row for row in own if row.f1 is None]:
            figure["data"].append({
                "type": "scatter", "x": [first] * len(none), "y": [place[row.group] + shift for row in none],
                "mode": "text", "text": ["–" if row.n_sentences else "⚠" for row in none], "showlegend": False,
                "textfont": {"color": mark["color"], "size": 16}, "textposition": "middle right",
                "hovertext": [f"{short(name)}: {_why_none(row)}" for row in none], "hoverinfo": "text",
            })  # fmt: skip
    small = f"<span style='font-size:11px;color:{look.pick(MUTED)}'>"
    set_rows(figure, [f"{label}<br>{small}{n}</span>" for label, n in zip(labels, below, strict=True)])
    set_axis(figure, "xaxis", range=[first, last], title=title(words), tickformat=".2~f", dtick=0.1)
    read_from_top(figure, len(groups))
    return figure


def _intervals(ends: Sequence[tuple[tuple[float, float] | None, float]], colour: str) -> dict[str, Any]:
    """Return all intervals of a method as one line with gaps: the browser draws one path, not one for each point."""
    known = [(*interval, y) for interval, y in ends if interval is not None]
    return {
        "type": "scatter", "mode": "lines", "line": {"color": colour, "width": 1.6}, "hoverinfo": "skip",
        "x": [x for low, high, _ in known for x in (low, high, None)],
        "y": [value for _, _, y in known for value in (y, y, None)], "showlegend": False, "connectgaps": False,
    }  # fmt: skip


def difference_figure(
    rows: Sequence[DifferenceRow], names: tuple[str, str], look: Look, opens: Callable[[str], list[str]]
) -> Drawing:
    """Return the difference of two methods by group, its interval, and p at the right."""
    labels = [cut(look.group_words(row.group), ROW_LABEL) for row in rows]
    figure = frame(look, [], n_px=30 * len(rows), legend=False, left=room_for(labels))
    some = [(k, row, row.difference) for k, row in enumerate(rows) if row.difference is not None]
    ends = [abs(end) for _, _, found in some for end in (found.low, found.high)]
    reach = max(0.05, *(math.ceil(end * 20) / 20 for end in ends)) if ends else 0.1
    colour = look.method(0)["color"]
    layout = figure["layout"]
    layout["shapes"] = [{
        "type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper", "layer": "below",
        "line": {"color": look.pick(MUTED), "width": 1},
    }]  # fmt: skip
    figure["data"] = [
        _intervals([((found.low, found.high), k) for k, _, found in some], colour),
        {
            "type": "scatter", "x": [found.delta for _, _, found in some], "y": [k for k, _, _ in some],
            "mode": "markers", "showlegend": False, "marker": {"size": 10, "color": colour, "symbol": "circle"},
            "customdata": [opens(row.group) for _, row, _ in some],
            "text": [
                f"<b>{safe(look.group_words(row.group))}</b><br>{found.delta:+.3f} "
                f"[{found.low:+.3f}, {found.high:+.3f}]<br>{p_words(row.p)} · {row.n_sentences:,} sentences"
                for _, row, found in some
            ],
            "hovertemplate": "%{text}<extra></extra>", **stays(),
        },
    ]  # fmt: skip
    layout["annotations"] = [
        {
            "x": 1.01, "xref": "paper", "y": k, "text": p_words(row.p) if row.difference else "–",
            "showarrow": False, "xanchor": "left", "font": {"size": 12, "color": look.pick(INK)},
        }
        for k, row in enumerate(rows)
    ]  # fmt: skip
    set_rows(figure, labels)
    words = f"← {cut(names[0], NAME)} better   |   {cut(names[1], NAME)} better →"
    set_axis(figure, "xaxis", range=[-reach, reach], title=title(words), tickformat="+.2~f")
    layout["margin"]["r"] = 96
    read_from_top(figure, len(rows))
    return figure


def _below(groups: Sequence[str], rows: Sequence[ScoreRow], noun: str) -> list[str]:
    most = {group: (0, 0) for group in groups}
    for row in rows:
        n, entities = most.get(row.group, (0, 0))
        most[row.group] = max(n, row.n_sentences), max(entities, row.n_entities)
    return [f"{n:,} sent. · {entities:,} {noun}" for n, entities in map(most.__getitem__, groups)]


def score_hover(row: ScoreRow, name: str, look: Look, noun: str = "entities") -> str:
    """Return what the mouse is told over a point."""
    ends = f" [{row.interval[0]:.3f}, {row.interval[1]:.3f}]" if row.interval else ""
    failed = f"<br>⚠ {row.n_failed:,} failed" if row.n_failed else ""
    return (
        f"<b>{safe(look.group_words(row.group))}</b> · {safe(name)}<br>{digits_of(row.f1, 3)}{ends}<br>"
        f"{row.n_sentences:,} sentences · {row.n_entities:,} {noun}{failed}"
    )


def _why_none(row: ScoreRow) -> str:
    if row.n_sentences:
        return "no entity on either side, so there is no figure"
    return f"all {row.n_failed:,} sentences failed" if row.n_failed else "no sentence ran"


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """Return ends of an axis, tenths, that hold all values and some room.

    Example:
        >>> _ends([0.62, 0.88]), _ends([])
        ((0.58, 0.92), (-0.02, 1.02))
    """
    if not values:
        return -0.02, 1.02
    low, high = math.floor(min(values) * 10) / 10, math.ceil(max(values) * 10) / 10
    return round(low - 0.02, 2), round(high + 0.02, 2)
