"""The alignment matrix: similarity as a heat map, links as marks, and a click that sets or removes one."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from xner.services.inspect_pair import token_similarity
from xner.text.script import direction
from xner.types import Entity, Link, SentencePair, Span

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from xner.pipeline import Trace

MAX_CELLS = 60
"""Rows and columns of a matrix that is drawn whole."""
NEIGHBOURS = 5
"""Words on either side of an entity that a larger one is cut down to."""

_CELL_PX = ((24, 34), (34, 26), (MAX_CELLS, 24))
"""(longest side up to, pixels a cell), never smaller than what a finger or an unsteady hand can hit."""
LARGE = 34
"""Rows or columns from which on a matrix is wider than its place: it then scrolls, or is cut down to what is near."""
_TICK_CHARACTERS = 22
_INK, _PAPER, _HAND, _ENTITY = "#171614", "#ffffff", "#e11d48", "#d97706"
_TEXT_ON_LIGHT, _TEXT_ON_DARK = "#262626", "#e7e5e4"


@dataclass(frozen=True, slots=True)
class Matrix:
    """What is drawn: token indices of rows and columns, similarity of all tokens (None: links alone), links."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    similarity: NDArray[np.float32] | None
    links: frozenset[Link]
    is_cut: bool


def is_large(trace: Trace) -> bool:
    """Tell whether the whole matrix is larger than its place on a page, but not too large to be drawn."""
    return LARGE < max(_sizes(trace.pair)) <= MAX_CELLS


def matrix_of(trace: Trace, *, whole: bool = True) -> Matrix:
    """Return the part of the matrix that is drawn: all of it, or what lies near an entity."""
    n_source, n_target = _sizes(trace.pair)
    similarity = token_similarity(trace.alignment, n_source, n_target)
    links = trace.alignment.links
    if whole and n_source <= MAX_CELLS and n_target <= MAX_CELLS:
        return Matrix(tuple(range(n_source)), tuple(range(n_target)), similarity, links, is_cut=False)
    sources = [entity.span for entity in trace.pair.source_entities or ()]
    targets = [entity.span for entity in trace.projection.entities]
    linked = {j for i, j in links if any(i in span for span in sources)}
    rows = near(sources, n_source)
    columns = near([*targets, *(Span(j, j + 1) for j in linked)], n_target)
    return Matrix(rows[:MAX_CELLS], columns[:MAX_CELLS], similarity, links, is_cut=True)


def near(spans: Iterable[Span], n_tokens: int, distance: int = NEIGHBOURS) -> tuple[int, ...]:
    """Return the tokens at most `distance` away from a span, in order.

    Example:
        >>> near([Span(2, 3)], 9, distance=1)
        (1, 2, 3)
    """
    wanted = {k for span in spans for k in range(span.start - distance, span.end + distance)}
    return tuple(sorted(wanted & set(range(n_tokens))))


def clicked_link(event: Mapping[str, Any] | None) -> Link | None:
    """Return the cell of a selection event of the chart, None where there is none.

    `customdata` comes back from the browser as a list or as a mapping with string keys.

    Example:
        >>> clicked_link({"selection": {"points": [{"customdata": {"0": 3, "1": 5}}]}})
        (3, 5)
    """
    points = (event or {}).get("selection", {}).get("points", [])
    data = points[0].get("customdata") if points else None
    if data is None:
        return None
    values = [data[key] for key in sorted(data)] if isinstance(data, Mapping) else list(data)
    if len(values) < 2:
        return None
    return int(values[0]), int(values[1])


def matrix_figure(trace: Trace, matrix: Matrix, decisions: Mapping[Link, bool], *, is_dark: bool = False) -> Figure:
    """Return the chart; positions on both axes are places in `matrix`, never words, which may repeat."""
    import plotly.graph_objects as go

    row_of, column_of = ({k: n for n, k in enumerate(part)} for part in (matrix.rows, matrix.columns))
    cells = [(i, j) for i in matrix.rows for j in matrix.columns]
    figure = go.Figure(_heat_map(go, matrix))

    def marks(links: Collection[Link], **style: Any) -> Any:
        shown = sorted(link for link in links if link[0] in row_of and link[1] in column_of)
        return go.Scatter(
            x=[column_of[j] for _, j in shown], y=[row_of[i] for i, _ in shown], mode="markers",
            hoverinfo="skip", selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}}, **style,
        )  # fmt: skip

    by_hand = {link for link, stands in decisions.items() if stands}
    removed = {link for link, stands in decisions.items() if not stands}
    ring = {"width": 3, "color": _HAND}
    figure.add_trace(marks(matrix.links - by_hand, name="link", marker=_dot(11, {"width": 2, "color": _INK})))
    figure.add_trace(marks(by_hand, name="link set by hand", marker=_dot(15, ring), showlegend=bool(by_hand)))
    crossed = {"symbol": "x-thin", "size": 12, "line": ring}
    figure.add_trace(marks(removed, name="link removed by hand", marker=crossed, showlegend=bool(removed)))
    figure.add_trace(
        go.Scatter(
            x=[column_of[j] for _, j in cells], y=[row_of[i] for i, _ in cells], mode="markers", showlegend=False,
            marker={"symbol": "square", "size": 22, "color": "rgba(0,0,0,0.01)"},
            selected={"marker": {"opacity": 0.01}}, unselected={"marker": {"opacity": 0.01}},
            customdata=[[i, j] for i, j in cells], text=[_hover(trace.pair, matrix, cell) for cell in cells],
            hovertemplate="%{text}<extra></extra>",
        )
    )  # fmt: skip
    _frame_entities(figure, trace, row_of, column_of)
    _lay_out(figure, trace, matrix, _TEXT_ON_DARK if is_dark else _TEXT_ON_LIGHT)
    return figure


def alt_text(trace: Trace, matrix: Matrix) -> str:
    """Return the matrix in one sentence, for a screen reader."""
    return (
        f"Alignment matrix of {len(matrix.rows)} source by {len(matrix.columns)} target words with "
        f"{len(matrix.links)} links. The same links can be read and changed in the list below."
    )


def _sizes(pair: SentencePair) -> tuple[int, int]:
    return len(pair.source or ()), len(pair.target or ())


def _heat_map(go: Any, matrix: Matrix) -> Any:
    bar = {"title": {"text": "similarity", "side": "right"}, "thickness": 12, "outlinewidth": 0}
    place = {"len": 180, "lenmode": "pixels", "yanchor": "top", "y": 1}
    return go.Heatmap(
        z=_shades(matrix),
        x=list(range(len(matrix.columns))),
        y=list(range(len(matrix.rows))),
        colorscale="Cividis",
        zmin=0.0,
        zmax=1.0,
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        showscale=matrix.similarity is not None,
        colorbar={**bar, **place},
    )


def _shades(matrix: Matrix) -> NDArray[np.float32]:
    if matrix.similarity is not None:
        return np.asarray(matrix.similarity[np.ix_(matrix.rows, matrix.columns)])
    cells = [[1.0 if (i, j) in matrix.links else 0.0 for j in matrix.columns] for i in matrix.rows]
    return np.array(cells, dtype=np.float32)


def _dot(size: int, line: Mapping[str, Any]) -> dict[str, Any]:
    return {"symbol": "circle", "size": size, "color": _PAPER, "line": line}


def _token(tokens: Sequence[str], k: int) -> str:
    """Return a token for plotly, which reads text as HTML of its own kind."""
    token = tokens[k] if len(tokens[k]) <= _TICK_CHARACTERS else f"{tokens[k][:_TICK_CHARACTERS]}…"
    return html.escape(token, quote=False)


def _tick(tokens: Sequence[str], k: int, is_entity: bool) -> str:
    return f"<b>{_token(tokens, k)}</b>" if is_entity else _token(tokens, k)


def _hover(pair: SentencePair, matrix: Matrix, link: Link) -> str:
    i, j = link
    value = "" if matrix.similarity is None else f"similarity {matrix.similarity[i, j]:.2f}<br>"
    words = f"\u2068{_token(_tokens(pair, 'source'), i)}\u2069 – \u2068{_token(_tokens(pair, 'target'), j)}\u2069"
    state = "linked, click to remove" if link in matrix.links else "not linked, click to link"
    return f"<b>{words}</b><br>{value}{state}"


def _tokens(pair: SentencePair, side: str) -> tuple[str, ...]:
    sentence = pair.source if side == "source" else pair.target
    return sentence.tokens if sentence else ()


def _frame_entities(figure: Figure, trace: Trace, row_of: Mapping[int, int], column_of: Mapping[int, int]) -> None:
    """Mark the rows and columns of entities by bars along the axes, and their meeting by a frame."""

    def places(entity: Entity, place_of: Mapping[int, int]) -> tuple[float, float] | None:
        found = [place_of[k] for k in entity.span if k in place_of]
        return (min(found) - 0.5, max(found) + 0.5) if found else None

    bar = {"type": "rect", "line": {"width": 0}, "fillcolor": _ENTITY}
    for entity in trace.pair.source_entities or ():
        if band := places(entity, row_of):
            figure.add_shape(**bar, xref="x domain", x0=-0.004, x1=-0.012, yref="y", y0=band[0], y1=band[1])
    for entity in trace.projection.entities:
        across = places(entity, column_of)
        if across is None:
            continue
        figure.add_shape(**bar, yref="y domain", y0=1.004, y1=1.016, xref="x", x0=across[0], x1=across[1])
        origin = (trace.pair.source_entities or ())[entity.source] if entity.source is not None else None
        if origin is not None and (down := places(origin, row_of)):
            figure.add_shape(
                type="rect", x0=across[0], x1=across[1], y0=down[0], y1=down[1], line={"width": 3, "color": _ENTITY}
            )


def _lay_out(figure: Figure, trace: Trace, matrix: Matrix, text: str) -> None:
    source, target = _tokens(trace.pair, "source"), _tokens(trace.pair, "target")
    is_rtl = trace.pair.target is not None and direction(trace.pair.target.lang, "".join(target)) == "rtl"
    n_rows, n_columns = len(matrix.rows), len(matrix.columns)
    cell = next(pixels for longest, pixels in _CELL_PX if max(n_rows, n_columns) <= longest)
    named = {k for entity in trace.pair.source_entities or () for k in entity.span}
    placed = {k for entity in trace.projection.entities for k in entity.span}
    is_small = cell < _CELL_PX[0][1]
    font = {"size": 12 if is_small else 14, "color": text}
    common = {
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "ticks": "",
        "ticklabelstandoff": 8,
        "tickfont": font,
    }
    upright = max((len(target[j]) for j in matrix.columns), default=0) <= 2
    across = [-0.5, n_columns - 0.5]
    figure.update_layout(
        dragmode=False,
        clickmode="event+select",
        hoverdistance=cell,
        font={"color": text},
        width=n_columns * cell + 330,
        height=n_rows * cell + 190,
        margin={"l": 140, "r": 40, "t": 110, "b": 60},
        legend={"orientation": "h", "font": font, "x": 0, "y": -0.02, "yanchor": "top"},
        xaxis={
            **common,
            "side": "top",
            "tickangle": 0 if upright else -90 if is_small else -55,
            "tickvals": list(range(n_columns)),
            "ticktext": [_tick(target, j, j in placed) for j in matrix.columns],
            "range": across[::-1] if is_rtl else across,
        },
        yaxis={
            **common,
            "tickvals": list(range(n_rows)),
            "ticktext": [_tick(source, i, i in named) for i in matrix.rows],
            "range": [n_rows - 0.5, -0.5],
        },
    )
    figure.update_layout(legend_itemclick=False, legend_itemdoubleclick=False)
