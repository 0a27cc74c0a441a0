"""Figures of many numbers by row: grids of F1, and bars of what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xner.evaluate.board_slices import CellRow
from xner.ui.dashboard_look import (
    FEWEST,
    INK,
    MUTED,
    NAME,
    PAPER,
    ROW_LABEL,
    Drawing,
    Look,
    cut,
    digits_of,
    folded,
    frame,
    read_from_top,
    room_for,
    set_axis,
    set_rows,
    stays,
    title,
)  # fmt: skip

_KIND_STYLE = {
    "missing": (0, ""), "spurious": (1, "."), "boundary_short": (5, ""), "boundary_long": (5, "/"),
    "boundary_shifted": (5, "x"), "label": (3, "+"), "split": (2, "|"), "merged": (2, "\\"), "wrong_link": (6, "-"),
}  # fmt: skip
"""Kind of error to its colour and its pattern: what is alike has one colour, and no two differ by colour alone."""
Bar = tuple[str, float | None, str, str, list[str]]
"""Name, value, text beside it, hover text, what it opens."""


def grid_figure(
    cells: Mapping[tuple[str, str], tuple[float | None, str, list[str], bool]],
    rows: Sequence[tuple[str, str]],
    columns: Sequence[tuple[str, str]],
    look: Look,
    *,
    folds: bool = False,
) -> Drawing:
    """Return a heat map of values in [0, 1].

    Args:
        cells: (row, column) to value, hover text, what it opens, and whether it is uncertain.
        rows: names and what they are called.
        columns: the same.
        look: of the figure.
        folds: whether headings take several lines: names of methods do, words of a text do not.
    """
    labels = [cut(words, ROW_LABEL) for _, words in rows]
    figure = frame(look, [], n_px=32 * len(rows), legend=False, left=room_for(labels))
    values = [[cells.get((r, c), (None, "", [], False))[0] for c, _ in columns] for r, _ in rows]
    here = [(x, y, cells[r, c]) for y, (r, _) in enumerate(rows) for x, (c, _) in enumerate(columns) if (r, c) in cells]
    unsure = [(x, y) for x, y, cell in here if cell[3]]
    figure["data"] = [
        {
            "type": "heatmap", "z": values, "x": list(range(len(columns))), "y": list(range(len(rows))),
            "colorscale": "Cividis", "zmin": 0, "zmax": 1, "xgap": 2, "ygap": 2, "hoverinfo": "skip",
            "showscale": False,
        },
        {
            "type": "scatter", "x": [x - 0.4 for x, _ in unsure], "y": [y for _, y in unsure], "mode": "markers",
            "hoverinfo": "skip", "showlegend": False,
            "marker": {"symbol": "line-ne-open", "size": 13, "color": "#ffffff", "line": {"width": 2}}, **stays(),
        },
        {
            "type": "scatter", "x": [x for x, _, _ in here], "y": [y for _, y, _ in here], "mode": "markers+text",
            "showlegend": False, "marker": {"symbol": "square", "size": 26, "color": "rgba(0,0,0,0.01)"},
            "text": [f"({digits_of(cell[0])})" if cell[3] else digits_of(cell[0]) for _, _, cell in here],
            "textfont": {"size": 12, "color": [_on_cividis(cell[0], look) for _, _, cell in here]},
            "customdata": [cell[2] for _, _, cell in here], "hovertext": [cell[1] for _, _, cell in here],
            "hovertemplate": "%{hovertext}<extra></extra>", **stays(0.01),
        },
    ]  # fmt: skip
    set_rows(figure, labels)
    heads = [folded(words, 12 if len(columns) > 6 else 16) if folds else cut(words, 16) for _, words in columns]
    set_axis(
        figure, "xaxis", side="top", tickvals=list(range(len(columns))), ticktext=heads,
        range=[-0.5, len(columns) - 0.5], showgrid=False, tickangle=0,
    )  # fmt: skip
    set_axis(figure, "yaxis", showgrid=False)
    top = 40 + 17 * max((head.count("<br>") + 1 for head in heads), default=1)
    figure["layout"]["height"] = top + 32 * len(rows) + 8
    figure["layout"]["margin"] |= {"t": top, "b": 8}
    return figure


def slice_cells(
    rows: Sequence[CellRow], hover: Callable[[CellRow], str], opens: Callable[[CellRow], list[str]]
) -> dict[tuple[str, str], tuple[float | None, str, list[str], bool]]:
    """Return cells for `grid_figure`."""
    return {
        (row.row, row.bucket): (row.f1, hover(row), opens(row), row.n_entities < FEWEST) for row in rows
    }  # fmt: skip


def error_figure(
    counts: Mapping[tuple[str, str], tuple[int, str, list[str]]],
    rows: Sequence[tuple[str, str]],
    ran: Mapping[str, int],
    kinds: Sequence[tuple[str, str]],
    look: Look,
) -> Drawing:
    """Return stacked bars of sentences by kind of error; `counts` maps (row, kind) to number, hover text, opens.

    `ran` is the number of sentences that each row is over.
    """
    labels = [cut(words, ROW_LABEL) for _, words in rows]
    below = [f"{ran[name]:,} sent." for name, _ in rows]
    small = f"<span style='font-size:11px;color:{look.pick(MUTED)}'>"
    kinds = [kind for kind in kinds if any(counts.get((name, kind[0]), (0,))[0] for name, _ in rows)]
    figure = frame(
        look, [words for _, words in kinds], n_px=34 * len(rows), legend=True, left=room_for([*labels, *below])
    )  # fmt: skip
    place = {name: k for k, (name, _) in enumerate(rows)}
    for kind, words in kinds:
        some = [(name, *counts[name, kind]) for name in place if counts.get((name, kind), (0,))[0]]
        number, pattern = _KIND_STYLE.get(kind, (7, ""))
        colour = look.palette[number]
        marker = {"color": colour, "line": {"width": 1, "color": look.pick(PAPER)}}
        if pattern:
            marker["pattern"] = {
                "shape": pattern, "bgcolor": colour, "fgcolor": look.pick(PAPER), "size": 8, "solidity": 0.15,
                "fillmode": "replace",
            }  # fmt: skip
        figure["data"].append({
            "type": "bar", "x": [n for _, n, _, _ in some], "y": [place[name] for name, *_ in some],
            "orientation": "h", "name": words, "marker": marker,
            "text": [f"{n:,}" for _, n, _, _ in some], "textposition": "inside", "insidetextanchor": "middle",
            "textangle": 0, "textfont": {"color": _on(colour), "size": 12, "shadow": _halo(colour)},
            "customdata": [opens for _, _, _, opens in some], "hovertext": [hover for _, _, hover, _ in some],
            "hovertemplate": "%{hovertext}<extra></extra>", **stays(),
        })  # fmt: skip
    figure["layout"] |= {"barmode": "stack", "bargap": 0.25, "uniformtext": {"minsize": 11, "mode": "hide"}}
    set_rows(figure, [f"{label}<br>{small}{n}</span>" for label, n in zip(labels, below, strict=True)])
    set_axis(figure, "xaxis", title=title("sentences with an error of the kind"), rangemode="tozero")
    set_axis(figure, "yaxis", showgrid=False)
    read_from_top(figure, len(rows))
    return figure


def bar_figure(bars: Sequence[Bar], look: Look, words: str) -> Drawing:
    """Return one bar a row."""
    labels = [cut(name, NAME) for name, *_ in bars]
    figure = frame(look, [], n_px=38 * len(bars), legend=False, left=room_for(labels))
    most = max((value for _, value, *_ in bars if value), default=1.0)
    figure["data"] = [{
        "type": "bar", "x": [value or 0 for _, value, *_ in bars], "y": list(range(len(bars))), "orientation": "h",
        "showlegend": False, "marker": {"color": look.method(0)["color"]},
        "text": [beside for _, _, beside, *_ in bars], "textposition": "outside",
        "textfont": {"color": look.pick(INK), "size": 12}, "cliponaxis": False,
        "hovertext": [hover for *_, hover, _ in bars], "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [opens for *_, opens in bars], **stays(),
    }]  # fmt: skip
    set_rows(figure, labels)
    set_axis(figure, "xaxis", title=title(words), range=[0, most * 1.45])
    set_axis(figure, "yaxis", showgrid=False)
    return figure


def _on_cividis(value: float | None, look: Look) -> str:
    if value is None:
        return look.pick(INK)
    return "#ffffff" if value < 0.55 else "#171614"


def _halo(colour: str) -> str:
    """Return what makes figures on a pattern readable."""
    return ", ".join(f"{x}px {y}px 1px {colour}" for x in (-2, 0, 2) for y in (-2, -1, 1, 2))


def _on(colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return "#171614" if 0.3 * red + 0.59 * green + 0.11 * blue > 0.45 else "#ffffff"
