"""Figures of the dashboard are mappings: plotly's own objects take every one, and every mark opens something."""

from __future__ import annotations

import pytest

from xner.evaluate.board_scores import DifferenceRow, ScoreRow
from xner.evaluate.board_slices import BinRow
from xner.evaluate.bootstrap import Difference, Interval
from xner.ui.dashboard_curves import learning_figure, reliability_figure
from xner.ui.dashboard_figures import difference_figure, score_figure
from xner.ui.dashboard_grids import bar_figure, error_figure, grid_figure
from xner.ui.dashboard_look import Look, room_for

NAMES = {"a": "One <b>", "b": "Two"}
ROWS = [
    ScoreRow("a", "de", 0.5, Interval(0.4, 0.6), 10, 20, 0), ScoreRow("b", "de", 0.7, None, 10, 20, 1),
    ScoreRow("b", "nl", None, None, 3, 0, 0),
]  # fmt: skip


def opens(*what: str) -> list[str]:
    return list(what)


def figures(look: Look) -> dict:
    return {
        "scores": score_figure(ROWS, ["de", "nl"], NAMES, look, opens, "F1"),
        "differences": difference_figure(
            [DifferenceRow("de", 9, Difference(0.1, -0.1, 0.2, 0.3), 0.3), DifferenceRow("nl", 0, None, None)],
            ("One", "Two"), look, lambda group: [group],
        ),
        "grid": grid_figure(
            {("x", "y"): (0.5, "hover", ["o"], True)}, [("x", "X"), ("z", "Z")], [("y", "Y")], look, folds=True
        ),
        "errors": error_figure(
            {("a", "missing"): (3, "h", ["o"]), ("a", "merged"): (1, "h", ["o"])}, [("a", "A")], {"a": 7},
            [("missing", "missing"), ("merged", "merged")], look,
        ),
        "reliability": reliability_figure(
            {"a": [BinRow(0.0, 0.5, 0.3, 0.4, 9, 5, "0..1")]}, NAMES, look, opens, "score_bin", is_probability=True
        ),
        "learning": learning_figure({"b": [(10, 0.5, "hover", ["o"]), (20, 0.0, "hover", ["o"])]}, NAMES, look, "x"),
        "bars": bar_figure([("One", 0.5, "0.5", "hover", ["o"]), ("Two", None, "–", "hover", ["o"])], look, "x"),
    }  # fmt: skip


@pytest.mark.parametrize("is_dark", [False, True])
def test_plotly_takes_every_figure_as_it_is(is_dark: bool):
    from plotly.graph_objects import Figure

    for name, drawing in figures(Look(is_dark, str)).items():
        Figure(drawing)  # raises where a key or a value is none of plotly's
        assert drawing["data"], name
        for trace in drawing["data"]:
            assert len(trace["x"]) == len(trace["y"]) or trace["type"] == "heatmap"
            if "hovertemplate" in trace:
                assert len(trace["customdata"]) == len(trace["x"])


def test_text_of_users_is_no_markup_and_what_has_no_f1_is_a_dash():
    data = figures(Look(False, str))["scores"]["data"]
    assert {trace.get("name") for trace in data} >= {"One &lt;b&gt;", "Two"}
    assert [trace["text"] for trace in data if trace["mode"] == "text"] == [["–"]]
    lines = [trace for trace in data if trace["mode"] == "lines"]
    assert [trace["x"] for trace in lines] == [[0.4, 0.6, None]]


def test_methods_differ_in_more_than_colour():
    marks = [Look(False, str).method(number) for number in range(8)]
    assert len({mark["symbol"] for mark in marks}) == len({mark["color"] for mark in marks}) == 8


def test_labels_of_wide_signs_have_more_room():
    assert room_for([]) < room_for(["ab"]) < room_for(["中中"])
