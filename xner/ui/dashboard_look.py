"""How figures of the dashboard look: colours, shapes, words that are cut to their room, and the frame of a figure.

Figures are plain mappings as plotly's script reads them: building its objects took ten times as long as all the rest,
and `tests/unit/services/test_dashboard_figures.py` has them checked by these objects instead.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from xner.ui.messages import one_line

Drawing = dict[str, Any]
"""``data`` and ``layout`` of a plotly figure."""
Opens = Callable[[str, str, str, str], list[str]]
"""Method, group, what, value -> what a mark carries."""

# Okabe and Ito's colours; blue, black and yellow are moved in lightness to stand out on the paper they are drawn on.
# Marks differ in shape too: colour is never all there is.
LIGHT = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#262626", "#56b4e9", "#b8860b", "#7a3e9d")
DARK = ("#56a8e8", "#ff8c42", "#2fbf8f", "#e59ac6", "#e7e5e4", "#9fd8ff", "#f0e442", "#b794f4")
_SHAPES = ("circle", "square", "diamond", "triangle-up", "x", "cross", "triangle-down", "star")
_THIN = ("triangle-up", "triangle-down", "star")
"""Shapes that fill less of their square, and so look smaller than the others."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "8px,3px", "2px,5px")
INK, MUTED, GRID = ("#262626", "#e7e5e4"), ("#6b6a67", "#a8a6a2"), ("#e3e2df", "#3a3935")
PAPER = ("#ffffff", "#0e1117")
NAME, ROW_LABEL = 44, 40
_MANY_ROWS = 14
_LETTER_PX, _WIDE_PX = 6.6, 13.5
FEWEST = 20
"""Cells with fewer entities are marked as uncertain."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a figure is drawn."""

    is_dark: bool
    group_words: Callable[[str], str]

    def pick(self, colours: tuple[str, str]) -> str:
        """Return the colour of this paper."""
        return colours[self.is_dark]

    @property
    def palette(self) -> tuple[str, ...]:
        """Eight colours that can be told apart on this paper."""
        return DARK if self.is_dark else LIGHT

    def method(self, number: int) -> dict[str, Any]:
        """Return colour and shape of a method."""
        return {"color": self.palette[number % 8], "symbol": _SHAPES[number % 8]}

    def size(self, number: int) -> int:
        """Return the pixels at which the mark of a method looks as large as those of the others."""
        return 13 if _SHAPES[number % 8] in _THIN else 10


def frame(look: Look, names: Sequence[str], *, n_px: int, legend: bool, left: int) -> Drawing:
    """Return an empty figure of `n_px` for what is drawn, with room for a legend of `names` and for labels beside."""
    width = min(380, 7 * max((len(short(name)) for name in names), default=0) + 50)
    n_lines = -(-len(names) // max(1, 820 // width)) if legend else 0
    top = max(36, 16 + 24 * n_lines)  # the camera has its place above the marks
    ink = look.pick(INK)
    # A third of the time of a tall figure went into measuring each label, to hide it where it leaves the figure.
    axis = {
        "ticklabeloverflow": "allow",
        "fixedrange": True, "zeroline": False, "automargin": False, "tickfont": {"color": ink}, "title":
        {"font": {"color": ink, "size": 13}}, "gridcolor": look.pick(GRID),
    }  # fmt: skip
    layout = {
        "height": n_px + top + 66, "margin": {"l": left, "r": 20, "t": top, "b": 58}, "showlegend": legend,
        "clickmode": "event+select", "dragmode": False, "hoverlabel": {"align": "left"},
        "font": {"color": ink, "size": 13}, "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        # Left to itself it takes the transparent black of the paper for its ground, half opaque.
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": look.pick(MUTED), "activecolor": ink},
        "legend": {
            "orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top", "xref": "container",
            "entrywidth": width, "entrywidthmode": "pixels", "font": {"size": 13, "color": ink}, "traceorder": "normal",
            "itemclick": False, "itemdoubleclick": False, "itemsizing": "constant", "itemwidth": 40,
        },
        "xaxis": axis | {"showgrid": True}, "yaxis": dict(axis),
        "template": {"layout": {}},  # Streamlit writes the fonts of the page into it, and fails where there is none
    }  # fmt: skip
    return {"data": [], "layout": layout}


def title(words: str) -> dict[str, Any]:
    """Return the title of an axis."""
    return {"text": words, "standoff": 12}


def set_axis(figure: Drawing, name: str, **settings: Any) -> None:
    """Change settings of the ``xaxis`` or ``yaxis``; those of its title are added to what the frame says."""
    axis = figure["layout"][name]
    if "title" in settings:
        settings["title"] = axis["title"] | settings["title"]
    axis.update(settings)


def set_rows(figure: Drawing, labels: Sequence[str]) -> None:
    """Make the upright axis one of rows, the first at the top."""
    set_axis(
        figure, "yaxis", tickvals=list(range(len(labels))), ticktext=list(labels), range=[len(labels) - 0.5, -0.5],
        ticklabelstandoff=6, ticks="",
    )  # fmt: skip


def read_from_top(figure: Drawing, n_rows: int) -> None:
    """Put the axis of a figure that is higher than a screen where reading begins."""
    if n_rows > _MANY_ROWS:
        layout = figure["layout"]
        layout["xaxis"]["side"] = "top"
        layout["height"] += 30
        layout["margin"] |= {"t": layout["margin"]["t"] + 50, "b": 20}


def room_for(labels: Sequence[str]) -> int:
    """Return the pixels that labels of rows take: measuring them in the browser draws the figure twice.

    Example:
        >>> room_for(["German (de)"]) < room_for(["Norwegian Bokmål (nb)"]) < room_for(["挪威" * 20])
        True
    """
    return 20 + int(max((_pixels(label) for label in labels), default=0))


def _pixels(label: str) -> float:
    return sum(_WIDE_PX if unicodedata.east_asian_width(sign) in "WF" else _LETTER_PX for sign in html.unescape(label))


def stays(opacity: float = 1.0) -> dict[str, Any]:
    """Return that a click changes the looks of nothing: it leads somewhere else."""
    return {"selected": {"marker": {"opacity": opacity}}, "unselected": {"marker": {"opacity": opacity}}}


def digits_of(value: float | None, digits: int = 2) -> str:
    """Return a figure, a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def p_words(p: float | None) -> str:
    """Return p with as many digits as it deserves.

    Example:
        >>> p_words(0.0004), p_words(0.041), p_words(None)
        ('p < 0.001', 'p = 0.041', '–')
    """
    return "–" if p is None else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def safe(text: str) -> str:
    """Return text of a user for plotly, which reads it as HTML of its own kind."""
    return html.escape(one_line(text), quote=False)


def cut(text: str, limit: int) -> str:
    """Return text for plotly of at most so many letters."""
    line = one_line(text)
    return html.escape(line if len(line) <= limit else f"{line[: limit - 1]}…", quote=False)


def short(name: str) -> str:
    """Return the name of a method as a legend has it."""
    return cut(name, NAME)


def folded(text: str, width: int = 16, n_lines: int = 3) -> str:
    """Return a heading in lines of about so many characters.

    Example:
        >>> folded("Exact over awesome links")
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
    return "<br>".join(cut(line, width + 4) for line in lines)
