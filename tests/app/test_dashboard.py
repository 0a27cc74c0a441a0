"""The dashboard without a browser: each of its states says what to do, and the address is what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from xner.bench.dashboard import make
from xner.io.results_files import write_run
from xner.services import access, project_corpus
from xner.services.results import NewCell, write_cell, write_links_cell
from xner.types import Projection, SentencePair
from xner.ui import dashboard as page
from xner.ui.dashboard_views import VIEWS

from .conftest import GIVEN, PAIRS, Shelf

Open = Callable[..., AppTest]
Words = Callable[[AppTest], str]
SHORT = GIVEN.updated({"extract.max_tokens": "1"})


@pytest.fixture
def dashboard(open_page: Open) -> Open:
    """Return a function that opens the page under an address."""

    def run(**address: object) -> AppTest:
        at = open_page()
        at.switch_page("pages/dashboard.py")
        for key, value in address.items():
            at.query_params[key] = value if isinstance(value, list) else str(value)
        return at.run()

    return run


def bare(pair: SentencePair) -> SentencePair:
    return SentencePair(pair.id, pair.source, pair.target, pair.source_entities, alignment=pair.alignment)


def test_an_empty_store_and_an_unprojected_corpus_say_what_comes_next(shelf: Shelf, dashboard: Open, words: Words):
    at = dashboard()
    assert not at.exception
    assert "There is no corpus yet" in words(at)
    shelf.corpus()
    at = dashboard()
    assert "Nothing of this corpus is projected yet" in words(at)
    assert not at.get("plotly_chart")


def test_without_gold_there_is_no_f1_but_signs_of_trouble(shelf: Shelf, dashboard: Open, words: Words):
    shelf.corpus([bare(pair) for pair in PAIRS], projected=True)
    at = dashboard()
    assert not at.error
    assert "no gold" in words(at)
    assert not at.get("plotly_chart")


def test_runs_without_gold_are_held_against_each_other_and_that_is_called_agreement(
    shelf: Shelf, dashboard: Open, words: Words
):
    corpus = shelf.corpus([bare(pair) for pair in PAIRS], projected=True)
    project_corpus.project_corpus(shelf.store, shelf.user, corpus, SHORT)
    at = dashboard()
    assert not at.error
    assert "not which of them is right" in words(at)
    assert len(at.get("plotly_chart")) == 1


def test_every_view_of_a_corpus_with_gold_is_drawn_as_its_address_says(shelf: Shelf, dashboard: Open):
    corpus = shelf.corpus(projected=True)
    project_corpus.project_corpus(shelf.store, shelf.user, corpus, SHORT)
    at = dashboard(schema="partial", sort="f1")
    for view in VIEWS:
        at.query_params["view"] = view
        at.run()
        assert not at.exception
        assert not at.error
        assert at.get("plotly_chart") or view == "calibration"
        assert at.query_params["view"] == view


def test_a_results_directory_lists_the_sentences_that_the_address_names(tmp_path, dashboard: Open, words: Words):
    make(tmp_path / "results", n_langs=2, n_methods=2, n_sentences=30)
    at = dashboard(results=tmp_path / "results")
    assert not at.error
    assert len(at.get("plotly_chart")) == 2
    method = "greedy on links"
    at = dashboard(results=tmp_path / "results", view="errors", behind=[method, "gold", "", "errors", ""])
    assert "any error" in words(at)
    assert len(at.dataframe) == 1
    at.session_state["table-errors"] = True  # the table of the figure is made when it is opened
    at.run()
    assert [len(table.value) for table in at.dataframe] == [18, 6]
    assert not dashboard(results=tmp_path / "results", behind=[method, "gold", "", "bad", ""]).error


@pytest.mark.parametrize("folder", ["", "/nowhere/at/all", "http://127.0.0.1/x"])
def test_what_is_no_results_directory_is_said_in_words(dashboard: Open, words: Words, folder: str):
    at = dashboard(results=folder)
    assert not at.exception
    assert "folder" in words(at)


def test_a_directory_of_word_links_alone_is_a_view_of_error_rates(tmp_path, dashboard: Open, words: Words):
    write_run(tmp_path, "Links")
    cell = NewCell("xlwa", "xlwa.en-de", "argmax", "sig", "en", "de")
    write_links_cell(tmp_path, cell, PAIRS[:2], [pair.alignment for pair in PAIRS[:2]], 1.0)
    at = dashboard(results=tmp_path, behind=["argmax", "links", "de", "scored", ""])
    assert not at.exception
    assert not at.error
    assert len(at.get("plotly_chart")) == 1
    assert "argmax **0.000** (1)" in words(at)
    assert list(at.dataframe[0].value["Error rate"]) == [0.0, 0.0]


def test_a_damaged_file_of_a_directory_is_named(tmp_path, dashboard: Open):
    make(tmp_path, n_langs=1, n_methods=1, n_sentences=3)
    (tmp_path / "not_run.json").write_text('[{"method": "nllb"}]', encoding="utf-8")
    at = dashboard(results=tmp_path)
    assert "not_run.json" in at.error[0].value.replace("\\", "")


def test_what_failed_is_said_before_any_figure_and_each_opens_its_sentences(tmp_path, dashboard: Open, words: Words):
    make(tmp_path, n_langs=2, n_methods=2, n_sentences=30)
    lost = [replace(pair, id=f"lost-{k}") for k, pair in enumerate(PAIRS)]
    failed = [Projection.failed(pair.id, "no model") for pair in lost]
    cell = NewCell("synthetic", "synthetic.en-sw", "greedy on links", "synthetic", "en", "sw")
    write_cell(tmp_path, cell, lost, failed, 1.0)
    at = dashboard(results=tmp_path)
    assert "Failed, and in none of the figures below" in words(at)
    assert "not run on the same sentences" in at.warning[0].value
    assert not dashboard(results=tmp_path, lang=["af"]).warning
    n = len(lost)
    assert [b.label for b in at.button if "greedy" in b.label] == [f"greedy on links: {n} of {30 + n}"]
    next(b for b in at.button if "greedy" in b.label).click().run()
    assert f"failed** · greedy on links: {n} sentences" in words(at)
    assert set(at.dataframe[0].value["Found"]) == {"⚠ failed"}
    at = dashboard(results=tmp_path, lang=["sw", "af"])
    labels = [b.label.replace("\\", "") for b in at.button if "greedy" in b.label]
    assert labels == [f"greedy on links, Swahili (sw): {n} of {n}"]


def test_a_view_is_drawn_again_only_for_whoever_may_still_see_it(shelf: Shelf, dashboard: Open, monkeypatch):
    shelf.corpus(projected=True)
    draw_view = page._draw_view

    def later(*scene):
        with monkeypatch.context() as patch:
            patch.setattr(access, "role_in", lambda *_: None)  # taken away while the page is open
            draw_view(*scene)

    assert dashboard().get("plotly_chart")
    monkeypatch.setattr(page, "_draw_view", later)
    at = dashboard()
    assert not at.get("plotly_chart")
    assert "not yours" in at.error[0].value or "role" in at.error[0].value


def test_methods_of_as_many_sentences_in_other_languages_are_not_compared_in_silence(tmp_path, dashboard: Open):
    write_run(tmp_path, "two")
    for lang, method in (("sw", "one"), ("ar", "two")):
        made = [Projection(pair.id, pair.target_entities or (), "ok") for pair in PAIRS]
        cell = NewCell("synthetic", f"synthetic.en-{lang}", method, "synthetic", "en", lang)
        write_cell(tmp_path, cell, list(PAIRS), made, 1.0)
    at = dashboard(results=tmp_path)
    assert "not run on the same sentences" in at.warning[0].value
