"""The figures of the dashboard: data in, a plotly figure out. Every mark carries what it opens as `customdata`."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xner.evaluate.board_scores import DifferenceRow, ScoreRow
from xner.evaluate.board_slices import BinRow, CellRow
from xner.ui.messages import one_line

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Okabe and Ito's colours; blue, black and yellow are moved in lightness to stand out on the paper they are drawn on.
# Marks differ in shape too: colour is never all there is.
_LIGHT = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#262626", "#56b4e9", "#b8860b", "#7a3e9d")
_DARK = ("#56a8e8", "#ff8c42", "#2fbf8f", "#e59ac6", "#e7e5e4", "#9fd8ff", "#f0e442", "#b794f4")
_SHAPES = ("circle", "square", "diamond", "triangle-up", "x", "hexagon", "triangle-down", "star")
_KIND_STYLE = {
    "missing": (0, ""), "spurious": (1, ""), "boundary_short": (5, ""), "boundary_long": (5, "/"),
    "boundary_shifted": (5, "x"), "label": (3, ""), "split": (2, ""), "merged": (2, "\\"), "wrong_link": (6, ""),
}  # fmt: skip
"""Kind of error to its colour and its pattern: what is alike has one colour."""
_INK, _MUTED, _GRID = ("#262626", "#e7e5e4"), ("#6b6a67", "#a8a6a2"), ("#e3e2df", "#3a3935")
_PAPER = ("#ffffff", "#0e1117")
_NAME, _ROW_LABEL = 44, 34
_MANY_ROWS = 14
FEWEST = 20
"""Cells with fewer entities are marked as uncertain."""

Opens = Callable[[str, str, str, str], list[str]]
"""Method, group, what, value -> what a mark carries."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a figure is drawn."""

    is_dark: bool
    group_words: Callable[[str], str]

    def pick(self, colours: tuple[str, str]) -> str:
        """Return the colour of this paper."""
        return colours[self.is_dark]

    def method(self, number: int) -> dict[str, Any]:
        """Return colour and shape of a method."""
        return {"color": (_DARK if self.is_dark else _LIGHT)[number % 8], "symbol": _SHAPES[number % 8]}


def score_figure(
    rows: Sequence[ScoreRow], groups: Sequence[str], names: Mapping[str, str], look: Look, opens: Opens, title: str
) -> Figure:
    """Return one row a group, in this order, with a point and its interval for every method."""
    import plotly.graph_objects as go

    figure, place = go.Figure(), {group: k for k, group in enumerate(groups)}
    step = 0.72 / max(1, len(names))
    drawn = [end for row in rows if row.f1 is not None for end in (row.f1, *(row.interval or ()))]
    first, last = _ends(drawn)
    for number, (method, name) in enumerate(names.items()):
        own = [row for row in rows if row.method == method and row.group in place]
        shift = (number - (len(names) - 1) / 2) * step
        some = [row for row in own if row.f1 is not None]
        points = [row.f1 or 0.0 for row in some]
        ends = [row.interval or (point, point) for row, point in zip(some, points, strict=True)]
        mark = look.method(number)
        figure.add_trace(go.Scatter(
            x=points, y=[place[row.group] + shift for row in some], mode="markers",
            name=_short(name), marker={**mark, "size": 10, "line": {"width": 1, "color": look.pick(_PAPER)}},
            error_x={
                "type": "data", "symmetric": False, "thickness": 1.6, "width": 0, "color": mark["color"],
                "array": [high - point for point, (_, high) in zip(points, ends, strict=True)],
                "arrayminus": [point - low for point, (low, _) in zip(points, ends, strict=True)],
            },
            customdata=[opens(method, row.group, "scored", "") for row in some],
            text=[score_hover(row, name, look) for row in some], hovertemplate="%{text}<extra></extra>",
            **_stays(),
        ))  # fmt: skip
        none = [row for row in own if row.f1 is None]
        figure.add_trace(go.Scatter(
            x=[first] * len(none), y=[place[row.group] + shift for row in none], mode="text", text=["–"] * len(none),
            textfont={"color": mark["color"], "size": 16}, textposition="middle right", showlegend=False,
            hovertext=[f"{_short(name)}: no entity on either side, so there is no F1" for _ in none], hoverinfo="text",
        ))  # fmt: skip
    px = max(34, 12 * len(names) + 14)
    _frame(figure, look, list(names.values()), n_px=px * len(groups), legend=len(names) > 1)
    _rows_axis(figure, [_row_words(group, rows, look) for group in groups], look)
    figure.update_xaxes(range=[first, last], title={"text": title, "standoff": 6}, tickformat=".2~f", dtick=0.1)
    _read_from_top(figure, len(groups))
    return figure


def difference_figure(
    rows: Sequence[DifferenceRow], names: tuple[str, str], look: Look, opens: Callable[[str], list[str]]
) -> Figure:
    """Return the difference of two methods by group, its interval, and p at the right."""
    import plotly.graph_objects as go

    figure = go.Figure()
    some = [(k, row, row.difference) for k, row in enumerate(rows) if row.difference is not None]
    ends = [abs(end) for _, _, found in some for end in (found.low, found.high)]
    reach = max(0.05, *(math.ceil(end * 20) / 20 for end in ends)) if ends else 0.1
    colour = look.method(0)["color"]
    figure.add_vline(x=0, line={"color": look.pick(_MUTED), "width": 1})
    figure.add_trace(go.Scatter(
        x=[found.delta for _, _, found in some], y=[k for k, _, _ in some], mode="markers", showlegend=False,
        marker={"size": 10, "color": colour, "symbol": "circle"},
        error_x={
            "type": "data", "symmetric": False, "thickness": 1.6, "width": 0, "color": colour,
            "array": [found.high - found.delta for _, _, found in some],
            "arrayminus": [found.delta - found.low for _, _, found in some],
        },
        customdata=[opens(row.group) for _, row, _ in some],
        text=[
            f"<b>{safe(look.group_words(row.group))}</b><br>{found.delta:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
            f"<br>p = {p_words(row.p)} · {row.n_sentences:,} sentences" for _, row, found in some
        ],
        hovertemplate="%{text}<extra></extra>", **_stays(),
    ))  # fmt: skip
    for k, row in enumerate(rows):
        words = f"p = {p_words(row.p)}" if row.difference else "–"
        figure.add_annotation(
            x=1.01, xref="paper", y=k, text=words, showarrow=False, xanchor="left",
            font={"size": 12, "color": look.pick(_INK)},
        )  # fmt: skip
    _frame(figure, look, [], n_px=30 * len(rows), legend=False)
    labels = [f"{_cut(look.group_words(row.group), _ROW_LABEL)}" for row in rows]
    _rows_axis(figure, labels, look)
    title = f"← {_cut(names[0], _NAME)} better   |   {_cut(names[1], _NAME)} better →"
    figure.update_xaxes(range=[-reach, reach], title={"text": title, "standoff": 6}, tickformat="+.2~f")
    figure.update_layout(margin_r=96)
    _read_from_top(figure, len(rows))
    return figure


def grid_figure(
    cells: Mapping[tuple[str, str], tuple[float | None, str, list[str], bool]],
    rows: Sequence[tuple[str, str]],
    columns: Sequence[tuple[str, str]],
    look: Look,
    *,
    folds: bool = False,
) -> Figure:
    """Return a heat map of values in [0, 1].

    Args:
        cells: (row, column) to value, hover text, what it opens, and whether it is uncertain.
        rows: names and what they are called.
        columns: the same.
        look: of the figure.
        folds: whether headings take several lines: names of methods do, words of a text do not.
    """
    import plotly.graph_objects as go

    values = [[cells.get((r, c), (None, "", [], False))[0] for c, _ in columns] for r, _ in rows]
    here = [(x, y, cells[r, c]) for y, (r, _) in enumerate(rows) for x, (c, _) in enumerate(columns) if (r, c) in cells]
    figure = go.Figure(go.Heatmap(
        z=values, x=list(range(len(columns))), y=list(range(len(rows))), colorscale="Cividis", zmin=0, zmax=1, xgap=2,
        ygap=2, hoverinfo="skip", showscale=False,
    ))  # fmt: skip
    unsure = [(x, y) for x, y, cell in here if cell[3]]
    figure.add_trace(go.Scatter(
        x=[x - 0.4 for x, _ in unsure], y=[y for _, y in unsure], mode="markers", hoverinfo="skip", showlegend=False,
        marker={"symbol": "line-ne-open", "size": 13, "color": "#ffffff", "line": {"width": 2}}, **_stays(),
    ))  # fmt: skip
    figure.add_trace(go.Scatter(
        x=[x for x, _, _ in here], y=[y for _, y, _ in here], mode="markers+text", showlegend=False,
        marker={"symbol": "square", "size": 26, "color": "rgba(0,0,0,0.01)"},
        text=[f"({digits_of(cell[0])})" if cell[3] else digits_of(cell[0]) for _, _, cell in here],
        textfont={"size": 12, "color": [_on_cividis(cell[0], look) for _, _, cell in here]},
        customdata=[cell[2] for _, _, cell in here], hovertext=[cell[1] for _, _, cell in here],
        hovertemplate="%{hovertext}<extra></extra>", selected={"marker": {"opacity": 0.01}},
        unselected={"marker": {"opacity": 0.01}},
    ))  # fmt: skip
    _frame(figure, look, [], n_px=32 * len(rows), legend=False)
    _rows_axis(figure, [_cut(words, _ROW_LABEL) for _, words in rows], look)
    heads = [_folded(words, 12 if len(columns) > 6 else 16) if folds else _cut(words, 16) for _, words in columns]
    figure.update_xaxes(
        side="top", tickvals=list(range(len(columns))), ticktext=heads, range=[-0.5, len(columns) - 0.5],
        showgrid=False, tickangle=0, automargin=False,
    )  # fmt: skip
    figure.update_yaxes(showgrid=False)
    top = 40 + 17 * max((head.count("<br>") + 1 for head in heads), default=1)
    figure.update_layout(height=top + 32 * len(rows) + 8, margin={"t": top, "b": 8})
    return figure


def error_figure(
    counts: Mapping[tuple[str, str], tuple[int, str, list[str]]],
    rows: Sequence[tuple[str, str]],
    kinds: Sequence[tuple[str, str]],
    look: Look,
) -> Figure:
    """Return stacked bars of sentences by kind of error; `counts` maps (row, kind) to number, hover text, opens."""
    import plotly.graph_objects as go

    figure = go.Figure()
    palette = _DARK if look.is_dark else _LIGHT
    place = {name: k for k, (name, _) in enumerate(rows)}
    for kind, words in kinds:
        some = [(name, *counts[name, kind]) for name in place if counts.get((name, kind), (0,))[0]]
        if not some:
            continue
        number, pattern = _KIND_STYLE.get(kind, (7, ""))
        figure.add_trace(go.Bar(
            x=[n for _, n, _, _ in some], y=[place[name] for name, *_ in some], orientation="h", name=words,
            marker={
                "color": palette[number], "line": {"width": 1, "color": look.pick(_PAPER)},
                "pattern": {"shape": pattern, "bgcolor": palette[number], "fgcolor": look.pick(_PAPER), "size": 8,
                            "solidity": 0.2, "fillmode": "replace"} if pattern else None,
            },
            text=[f"{n:,}" if not pattern else "" for _, n, _, _ in some], textposition="inside",
            insidetextanchor="middle", textangle=0, textfont={"color": _on(palette[number]), "size": 12},
            customdata=[opens for _, _, _, opens in some], hovertext=[hover for _, _, hover, _ in some],
            hovertemplate="%{hovertext}<extra></extra>", **_stays(),
        ))  # fmt: skip
    shown = [words for _, words in kinds]
    _frame(figure, look, shown, n_px=34 * len(rows), legend=True)
    _rows_axis(figure, [_cut(words, _ROW_LABEL) for _, words in rows], look)
    figure.update_layout(barmode="stack", bargap=0.25, uniformtext={"minsize": 11, "mode": "hide"})
    figure.update_xaxes(title={"text": "sentences with an error of the kind", "standoff": 6}, rangemode="tozero")
    figure.update_yaxes(showgrid=False)
    _read_from_top(figure, len(rows))
    return figure


def reliability_figure(
    curves: Mapping[str, Sequence[BinRow]], names: Mapping[str, str], look: Look, opens: Opens, what: str,
    *, is_probability: bool,
) -> Figure:  # fmt: skip
    """Return precision by confidence, a line a method; the diagonal is a score that means what it says."""
    import plotly.graph_objects as go

    figure = go.Figure()
    if is_probability:
        figure.add_shape(
            type="line", x0=0, y0=0, x1=1, y1=1, line={"color": look.pick(_MUTED), "dash": "dot", "width": 1.5}
        )
    for number, (method, name) in enumerate(names.items()):
        bins = curves.get(method, ())
        mark, most = look.method(number), max((row.n for row in bins), default=1)
        figure.add_trace(go.Scatter(
            x=[row.confidence for row in bins], y=[row.precision for row in bins], mode="lines+markers",
            name=_short(name), line={"color": mark["color"], "width": 1.5},
            marker={**mark, "size": [8 + 12 * math.sqrt(row.n / most) for row in bins], "opacity": 0.9,
                    "line": {"width": 1, "color": look.pick(_PAPER)}},
            customdata=[opens(method, "", what, row.value) for row in bins],
            text=[
                f"<b>{safe(name)}</b><br>confidence {row.low:.2f}–{row.high:.2f}, mean {row.confidence:.2f}<br>"
                f"{row.precision:.2f} of {row.n:,} are right<br>{row.n_sentences:,} sentences" for row in bins
            ],
            hovertemplate="%{text}<extra></extra>", **_stays(0.9),
        ))  # fmt: skip
    _frame(figure, look, list(names.values()), n_px=420, legend=len(names) > 1)
    across = [-0.02, 1.02] if is_probability else None
    figure.update_xaxes(title={"text": "mean confidence", "standoff": 6}, range=across)
    figure.update_yaxes(title={"text": "share that is right"}, range=[-0.03, 1.05], gridcolor=look.pick(_GRID))
    return figure


def bar_figure(
    bars: Sequence[tuple[str, float | None, str, str, list[str]]], look: Look, title: str
) -> Figure:  # fmt: skip
    """Return one bar a row of (name, value, text beside it, hover text, opens)."""
    import plotly.graph_objects as go

    most = max((value for _, value, *_ in bars if value), default=1.0)
    figure = go.Figure(go.Bar(
        x=[value or 0 for _, value, *_ in bars], y=list(range(len(bars))), orientation="h", showlegend=False,
        marker={"color": look.method(0)["color"]}, text=[words for _, _, words, _, _ in bars],
        textposition="outside", textfont={"color": look.pick(_INK), "size": 12}, cliponaxis=False,
        hovertext=[hover for *_, hover, _ in bars], hovertemplate="%{hovertext}<extra></extra>",
        customdata=[opens for *_, opens in bars], **_stays(),
    ))  # fmt: skip
    _frame(figure, look, [], n_px=38 * len(bars), legend=False)
    _rows_axis(figure, [_cut(name, _NAME) for name, *_ in bars], look)
    figure.update_xaxes(title={"text": title, "standoff": 6}, range=[0, most * 1.45])
    figure.update_yaxes(showgrid=False)
    return figure


def slice_cells(
    rows: Sequence[CellRow], hover: Callable[[CellRow], str], opens: Callable[[CellRow], list[str]]
) -> dict[tuple[str, str], tuple[float | None, str, list[str], bool]]:
    """Return cells for `grid_figure`."""
    return {
        (row.row, row.bucket): (row.f1, hover(row), opens(row), row.n_entities < FEWEST) for row in rows
    }  # fmt: skip


def p_words(p: float | None) -> str:
    """Return p with as many digits as it deserves.

    Example:
        >>> p_words(0.0004), p_words(0.041), p_words(None)
        ('< 0.001', '0.041', '–')
    """
    return "–" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def _frame(figure: Figure, look: Look, names: Sequence[str], *, n_px: int, legend: bool) -> None:
    width = min(380, 7 * max((len(_short(name)) for name in names), default=0) + 50)
    n_lines = -(-len(names) // max(1, 820 // width)) if legend else 0
    top = max(36, 16 + 24 * n_lines)  # the camera has its place above the marks
    ink = look.pick(_INK)
    figure.update_layout(
        height=n_px + top + 58, margin={"l": 8, "r": 20, "t": top, "b": 50}, showlegend=legend,
        clickmode="event+select", dragmode=False, hoverlabel={"align": "left"}, font={"color": ink, "size": 13},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
        # Left to itself it takes the transparent black of the paper for its ground, half opaque.
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": look.pick(_MUTED), "activecolor": ink},
        legend={
            "orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top", "xref": "paper",
            "entrywidth": width, "entrywidthmode": "pixels", "font": {"size": 13, "color": ink}, "traceorder": "normal",
            "itemclick": False, "itemdoubleclick": False,
        },
    )  # fmt: skip
    figure.update_xaxes(
        showgrid=True, gridcolor=look.pick(_GRID), zeroline=False, fixedrange=True, automargin=True,
        tickfont={"color": ink}, title_font={"color": ink, "size": 13},
    )  # fmt: skip
    figure.update_yaxes(
        fixedrange=True, automargin=True, zeroline=False, tickfont={"color": ink}, title_font={"color": ink, "size": 13}
    )


def _read_from_top(figure: Figure, n_rows: int) -> None:
    """Put the axis of a figure that is higher than a screen where reading begins."""
    if n_rows > _MANY_ROWS:
        figure.update_xaxes(side="top")
        figure.update_layout(height=figure.layout.height + 30, margin={"t": figure.layout.margin.t + 50, "b": 20})


def _rows_axis(figure: Figure, labels: Sequence[str], look: Look) -> None:
    figure.update_yaxes(
        tickvals=list(range(len(labels))), ticktext=list(labels), range=[len(labels) - 0.5, -0.5], gridcolor=look.pick(
            _GRID), ticklabelstandoff=6, ticks="",
    )  # fmt: skip


def _row_words(group: str, rows: Sequence[ScoreRow], look: Look) -> str:
    own = [row for row in rows if row.group == group]
    n, entities = max((r.n_sentences for r in own), default=0), max((r.n_entities for r in own), default=0)
    small = f"<span style='font-size:11px;color:{look.pick(_MUTED)}'>{n:,} sent. · {entities:,} ent.</span>"
    return f"{_cut(look.group_words(group), _ROW_LABEL)}<br>{small}"


def score_hover(row: ScoreRow, name: str, look: Look) -> str:
    """Return what the mouse is told over a point."""
    ends = f" [{row.interval[0]:.3f}, {row.interval[1]:.3f}]" if row.interval else ""
    failed = f"<br>⚠ {row.n_failed:,} failed" if row.n_failed else ""
    return (
        f"<b>{safe(look.group_words(row.group))}</b> · {safe(name)}<br>{digits_of(row.f1, 3)}{ends}<br>"
        f"{row.n_sentences:,} sentences · {row.n_entities:,} entities{failed}"
    )


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


def digits_of(value: float | None, digits: int = 2) -> str:
    """Return a figure, a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def _on_cividis(value: float | None, look: Look) -> str:
    if value is None:
        return look.pick(_INK)
    return "#ffffff" if value < 0.55 else "#171614"


def _on(colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return "#171614" if 0.3 * red + 0.59 * green + 0.11 * blue > 0.45 else "#ffffff"


def _stays(opacity: float = 1.0) -> dict[str, Any]:
    """Return that a click changes the looks of nothing: it leads somewhere else."""
    return {"selected": {"marker": {"opacity": opacity}}, "unselected": {"marker": {"opacity": opacity}}}


def safe(text: str) -> str:
    """Return text of a user for plotly, which reads it as HTML of its own kind."""
    return html.escape(one_line(text), quote=False)


def _cut(text: str, limit: int) -> str:
    line = one_line(text)
    return html.escape(line if len(line) <= limit else f"{line[: limit - 1]}…", quote=False)


def _short(name: str) -> str:
    return _cut(name, _NAME)


def _folded(text: str, width: int = 16, n_lines: int = 3) -> str:
    """Return a heading in lines of about so many characters.

    Example:
        >>> _folded("Exact over awesome links")
        'Exact over<br>awesome links'
    """
    lines = [""]
    for word in one_line(text).replace("=", "= ").split():
        whole = f"{lines[-1]} {word}".strip()
        if len(whole) <= width or not lines[-1]:
            lines[-1] = whole
        else:
            lines.append(word)
    if len(lines) > n_lines:
        lines = [*lines[: n_lines - 1], lines[n_lines - 1] + "…"]
    return "<br>".join(_cut(line, width + 4) for line in lines)
