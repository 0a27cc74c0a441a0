"""The alignment matrix, without a browser."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from xner.config import RunConfig
from xner.services.inspect_pair import analyse
from xner.types import Alignment, Entity, Sentence, SentencePair, Span
from xner.ui import charts

GIVEN = RunConfig().updated({"align.name": "given"})


def trace_of(pair: SentencePair):
    return analyse(pair, GIVEN)


def with_similarity(pair: SentencePair) -> SentencePair:
    n, m = len(pair.source), len(pair.target)
    values = np.linspace(0, 1, n * m, dtype=np.float32).reshape(n, m)
    return replace(pair, alignment=replace(
        pair.alignment, similarity=values, source_pieces=tuple(range(n)), target_pieces=tuple(range(m))
    ))  # fmt: skip


def figure_of(pair: SentencePair, decisions=None):
    trace = trace_of(pair)
    return charts.matrix_figure(trace, charts.matrix_of(trace), decisions or {})


@pytest.mark.parametrize("data", [{"0": 3, "1": 5}, [3, 5], (3, 5)])
def test_a_click_is_read_whatever_form_the_browser_gives_it(data):
    assert charts.clicked_link({"selection": {"points": [{"customdata": data}]}}) == (3, 5)


@pytest.mark.parametrize("event", [None, {}, {"selection": {"points": []}}, {"selection": {"points": [{"x": 1}]}}])
def test_no_click_is_no_link(event):
    assert charts.clicked_link(event) is None


def test_every_cell_can_be_clicked_once(pair):
    cells = [tuple(cell) for cell in figure_of(pair).data[-1].customdata]
    assert sorted(cells) == [(i, j) for i in range(5) for j in range(6)]


def test_repeated_words_keep_places_of_their_own(pair):
    twice = replace(pair, target=Sentence(("Bergen",) * 5, "de"), target_entities=None)
    axis = figure_of(twice).layout.xaxis
    assert list(axis.tickvals) == [0, 1, 2, 3, 4]
    assert len(axis.ticktext) == 5


@pytest.mark.parametrize(("lang", "reversed_"), [("de", False), ("ar", True), ("he", True), ("zh", False)])
def test_the_axis_runs_as_the_target_is_read(lang, reversed_, pair):
    axis = figure_of(replace(pair, target=replace(pair.target, lang=lang))).layout.xaxis
    assert (axis.range[0] > axis.range[1]) == reversed_


def test_source_words_run_from_top_to_bottom(pair):
    axis = figure_of(pair).layout.yaxis
    assert axis.range[0] > axis.range[1]


def test_links_set_and_removed_by_hand_have_marks_of_their_own(pair):
    decided = replace(pair, alignment=pair.alignment.with_links(pair.alignment.links - {(0, 0)} | {(4, 4)}))
    marks = {trace.name: len(trace.x) for trace in figure_of(decided, {(0, 0): False, (4, 4): True}).data[1:-1]}
    assert marks == {"link": 2, "link set by hand": 1, "link removed by hand": 1}


def test_similarity_is_drawn_where_there_is_any_and_links_where_not(pair):
    assert figure_of(with_similarity(pair)).data[0].z[4][5] == pytest.approx(1.0)
    plain = figure_of(pair).data[0]
    assert plain.z[0][0] == 1.0
    assert plain.z[0][1] == 0.0
    assert plain.showscale is False


def test_words_never_become_markup_of_the_chart(pair):
    hostile = replace(pair, target=Sentence(("<a href='x'>", "<b>", "&lt;", "Bergen", "."), "de"), target_entities=None)
    figure = figure_of(hostile)
    assert list(figure.layout.xaxis.ticktext)[2] == "&amp;lt;"
    assert not any("<a" in text for text in (*figure.layout.xaxis.ticktext, *figure.data[-1].text))


def test_a_large_matrix_is_cut_to_the_words_near_entities():
    tokens = tuple(f"w{k}" for k in range(200))
    pair = SentencePair(
        "long", Sentence(tokens, "en"), Sentence(tokens, "de"), (Entity(Span(100, 102), "PER"),),
        alignment=Alignment(frozenset({(100, 50), (101, 51)})),
    )  # fmt: skip
    matrix = charts.matrix_of(trace_of(pair))
    assert matrix.is_cut
    assert matrix.rows == tuple(range(95, 107))
    assert matrix.columns == tuple(range(45, 57))


def test_a_matrix_of_sixty_by_sixty_is_drawn_whole():
    tokens = tuple(f"w{k}" for k in range(60))
    pair = SentencePair("x", Sentence(tokens, "en"), Sentence(tokens, "de"), (), alignment=Alignment(frozenset()))
    matrix = charts.matrix_of(trace_of(pair))
    assert not matrix.is_cut
    assert (len(matrix.rows), len(matrix.columns)) == (60, 60)


def test_the_chart_says_in_words_what_it_shows(pair):
    trace = trace_of(pair)
    assert "5 source by 6 target words with 3 links" in charts.alt_text(trace, charts.matrix_of(trace))
