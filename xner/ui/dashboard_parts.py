"""What every view of the dashboard has: a figure whose marks open sentences, and its table to sort and take away."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

import streamlit as st

from xner.evaluate.board import Board
from xner.evaluate.tables import Value, as_csv, as_latex
from xner.services.dashboard_results import ResultsBoard
from xner.services.dashboard_selection import PARAMETER, Selection, from_params
from xner.ui import languages
from xner.ui.dashboard_look import Drawing, Look

ALL = ""
"""What stands in an address for all languages."""
UNSURE = "Brackets and a stroke: fewer than 20 entities. An empty cell has none. A click on a cell opens its sentences."
_VISIT, _FORMAT = "xner_dashboard_visit", "dashboard_format"


@dataclass(frozen=True, slots=True)
class Scene:
    """What is looked at: the board, cut down to what was chosen, and where a click leads.

    `reference` stands in addresses, `against` on the page; `is_truth` tells whether it is what should be found, so
    that F1 means quality and not agreement. `corpus_id` is None for a results directory, which is `opened` then.
    """

    board: Board
    names: Mapping[str, str]
    groups: tuple[str, ...]
    reference: str
    against: str
    is_truth: bool
    corpus_id: int | None = None
    opened: ResultsBoard | None = None

    @property
    def look(self) -> Look:
        """How figures are drawn."""
        return Look(st.context.theme.type == "dark", languages.words)

    @property
    def score_word(self) -> str:
        """What the number is called."""
        return "F1" if self.is_truth else "agreement (F1)"

    def opens(self, method: str, group: str, what: str, value: str = "") -> list[str]:
        """Return what a mark carries to say which sentences it opens."""
        return [_quoted(one) for one in (method, self.reference, group, what, value)]


@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    return quote(text, safe="")  # a chart is no place for <


def draw_figure(scene: Scene, drawing: Drawing, name: str, alt: str) -> None:
    """Draw a figure; a click on a mark opens its sentences."""
    visit = st.session_state.setdefault(_VISIT, 0)
    kind = str(st.session_state.get(_FORMAT) or "svg")
    key = f"dashboard-{name}-{visit}"
    event = st.plotly_chart(
        _ready(drawing), key=key, selection_mode="points", on_select="rerun", alt=alt,
        config={
            "displaylogo": False, "scrollZoom": False, "doubleClick": False, "displayModeBar": True,
            "modeBarButtons": [["toImage"]],
            "toImageButtonOptions": {"format": kind, "filename": f"xner-{name}", "scale": 1 if kind == "svg" else 2},
        },
    )  # fmt: skip
    chosen = clicked(event)
    if chosen is not None:
        st.session_state[_VISIT] = visit + 1  # a new key: the chart would hold what was clicked, and open it again
        go_to(scene, chosen)


def _ready(drawing: Drawing) -> Any:
    """Return a figure that Streamlit sends as it is.

    Its own figures copy every mark twice and look at it, which took half of the time that a changed choice costs the
    server; what a mapping holds is looked at by the tests.
    """
    from plotly.basedatatypes import BaseFigure

    class Ready(BaseFigure):  # type: ignore[misc]
        def __init__(self) -> None:
            pass

        def to_dict(self) -> Drawing:
            return drawing

    return Ready()


def clicked(event: Any) -> Selection | None:
    """Return what a selection event of a figure opens; what a mark carries comes back as a list or as a mapping.

    Example:
        >>> clicked({"selection": {"points": [{"customdata": {"0": "7", "1": "gold", "2": "de", "3": "errors",
        ...                                                   "4": ""}}]}}).group
        'de'
    """
    points = (event or {}).get("selection", {}).get("points", [])
    for point in points:
        data = point.get("customdata")
        values = [data[key] for key in sorted(data)] if isinstance(data, Mapping) else data
        if isinstance(values, list | tuple) and (found := from_params([unquote(str(value)) for value in values])):
            return found
    return None


def go_to(scene: Scene, selection: Selection) -> None:
    """Open the sentences behind a number: the queue, or a list beneath for a results directory."""
    if scene.corpus_id is not None:
        params = {"corpus": str(scene.corpus_id), PARAMETER: selection.as_params()}
        st.switch_page("pages/correct.py", query_params=params)
    st.query_params[PARAMETER] = selection.as_params()
    st.rerun()


def draw_table(columns: Mapping[str, Sequence[Value]], name: str, caption: str) -> None:
    """Draw a table that a click on a head sorts, and its downloads, both made when it is opened."""
    if len(next(iter(columns.values()), ())):
        _draw_table(columns, name, caption)


@st.fragment
def _draw_table(columns: Mapping[str, Sequence[Value]], name: str, caption: str) -> None:
    n_rows = len(next(iter(columns.values())))
    place = st.expander(
        f"Table ({n_rows:,} {'row' if n_rows == 1 else 'rows'})", key=f"table-{name}", on_change="rerun"
    )  # fmt: skip
    if not place.open:
        return
    with place:
        numbers = {
            head: st.column_config.NumberColumn(format="%.3f")
            for head, values in columns.items()
            if any(isinstance(value, float) for value in values)
        }
        st.dataframe(dict(columns), hide_index=True, column_config=numbers, width="stretch")
        st.caption(f"{caption} An empty cell means that there is no figure, not that it is 0.")
        with st.container(horizontal=True):
            st.download_button(
                "CSV", as_csv(columns).encode(), f"xner-{name}.csv", "text/csv", on_click="ignore",
                icon=":material/download:", key=f"csv-{name}",
            )  # fmt: skip
            st.download_button(
                "LaTeX", as_latex(columns, caption).encode(), f"xner-{name}.tex", "application/x-tex",
                on_click="ignore", icon=":material/download:", key=f"tex-{name}",
            )  # fmt: skip


def draw_format() -> None:
    """Draw the choice of the format in which the camera of a figure saves it."""
    st.segmented_control(
        "Pictures as", ["svg", "png"], default="svg", key=_FORMAT, required=True, format_func=str.upper,
        help="The camera above a figure, shown when the mouse is over it, saves it in this format.",
    )  # fmt: skip


def choose(
    words: str, options: Mapping[str, str], parameter: str, *, default: str | None = None, wide: bool = False
) -> str:  # fmt: skip
    """Draw a choice that the address holds and return it."""
    asked = st.query_params.get(parameter)
    first = default if default in options else next(iter(options))
    key = f"dashboard_{parameter}"
    st.session_state[key] = asked if asked in options else first

    def take() -> None:
        chosen = st.session_state[key]
        if chosen == first or chosen is None:
            st.query_params.pop(parameter, None)
        else:
            st.query_params[parameter] = chosen
        st.query_params.pop(PARAMETER, None)

    if wide:
        st.selectbox(words, list(options), format_func=options.__getitem__, key=key, on_change=take)
    else:
        st.segmented_control(
            words, list(options), format_func=options.__getitem__, key=key, on_change=take, required=True
        )
    return str(st.session_state[key] or first)


def only(scene: Scene) -> str:
    """Return the language that a row over all of them opens: none where all are shown."""
    return scene.groups[0] if len(scene.groups) == 1 else ALL


def choose_rows(scene: Scene) -> tuple[bool, tuple[str, ...]]:
    """Draw what the rows are; return whether they are methods, and the methods that count."""
    methods = tuple(scene.names)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        several = len(scene.groups) > 1
        by = choose("Rows", {"method": "Methods", "language": "Languages"}, "rows") if several else "method"
        if by == "method" and (len(scene.groups) in (1, len(scene.board.groups))):
            return True, methods
        if by == "method":
            st.caption("Rows over several chosen languages open those languages one by one: choose one, or all.")
            by = "language"
        return False, (choose("Method", dict(scene.names), "of", wide=True),)


def cached(scene: Scene, chosen: tuple[object, ...], work: Callable[[], Any]) -> Any:
    """Return what `work` counts for a board and what was chosen of it; counted once."""
    key = hashlib.sha256(repr((scene.board.key, scene.reference, chosen)).encode("utf-8", "surrogatepass")).hexdigest()
    return _computed(key, work)


@st.cache_data(max_entries=256, show_spinner="Counting …")
def _computed(key: str, _work: Callable[[], Any]) -> Any:
    return _work()
