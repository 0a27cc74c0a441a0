"""The Run page in its states: nothing there, no right, something missing, a trial, a run, its log."""

from __future__ import annotations

import json
import socket
from dataclasses import replace

import pytest

from tests.app.conftest import PAIRS, Open, Shelf, make_pair
from tests.background_jobs import in_threads as in_threads
from tests.background_jobs import leave
from tests.unit.services.test_run_sides import SOURCE_ONLY, TRAIN, Placed, Upside
from xner.align import aligners
from xner.config import RunConfig
from xner.services import available, named_methods, run_jobs
from xner.services.available import Need
from xner.services.identity import Role, User
from xner.services.run_order import Order
from xner.services.run_toml import read_run_toml
from xner.translate import translators
from xner.ui import auth, running_words

WAIT_S = 120
pytestmark = pytest.mark.usefixtures("in_threads")
UNLINKED = replace(make_pair("unlinked"), alignment=None)


def labels(at):
    return [element.proto.label for element in at.get("page_link")]


def start(at, shelf):
    at.button(key="run_start").click().run()
    run_id = run_jobs.jobs(shelf.store, shelf.user)[0].run_id
    assert run_jobs.wait(shelf.store, run_id, WAIT_S)
    return run_id


def toml(at):
    return next(code.value for code in at.code if code.language == "toml")


def test_an_empty_store_says_what_belongs_here(shelf: Shelf, open_page: Open, words):
    at = open_page("run")
    assert not at.exception
    assert "There is no corpus yet" in words(at)
    assert "Open the sample corpus" in labels(at)


def test_a_corpus_without_sentences_gets_a_way_on(shelf: Shelf, open_page: Open, words):
    shelf.corpus(())
    assert "no sentences yet" in words(open_page("run"))


def test_who_is_no_reviewer_sees_the_runs_and_changes_nothing(news: Shelf, open_page: Open, words, monkeypatch):
    start(open_page("run"), news)
    monkeypatch.setattr(auth, "current_user", lambda _name="": User("ben", "Ben", Role.ANNOTATOR))
    at = open_page("run")
    assert "takes a reviewer" in words(at)
    assert "**Run 1**" in words(at)
    assert not [button for button in at.button if str(button.key).startswith("run_")]


def test_the_default_is_what_is_not_projected_yet_with_the_recommended_scores(news: Shelf, open_page: Open, words):
    at = open_page("run")
    assert not at.exception
    assert "### 3 sentences" in words(at)
    assert at.radio(key="run_set.pipeline").value == "parallel"
    assert at.selectbox(key="run_set.score.preset").value == "coverage_soft"
    assert "**Run" not in words(at)


def test_what_is_not_installed_is_no_option_and_says_how_to_get_it(news: Shelf, open_page: Open, words, monkeypatch):
    get = Need("The thing.", "apt install thing")
    monkeypatch.setitem(available._CHECKS, ("match", "greedy"), lambda _config: [get])
    at = open_page("run")
    assert not any("greedy" in option for option in at.selectbox(key="run_set.match.name").options)
    assert "Needs: The thing\\." in words(at)
    assert "apt install thing" in words(at)


def test_settings_that_need_what_is_missing_can_not_be_started(news: Shelf, open_page: Open, words, monkeypatch):
    monkeypatch.setitem(
        available._CHECKS, ("match", "exact"), lambda _config: [Need("The thing.", "apt install thing")]
    )
    at = open_page("run")
    assert "can't start yet" in words(at)
    assert at.button(key="run_start").disabled
    assert at.button(key="run_try").disabled


def test_a_run_is_started_ends_and_leads_to_its_sentences(news: Shelf, open_page: Open, words):
    at = open_page("run")
    run_id = start(at, news)
    at.run()
    shown = words(at)
    assert not at.exception
    assert f"**Run {run_id}**" in shown
    assert "✓ finished" in shown
    assert "◌ 3 projected" in shown
    assert {"Correct", "Inspect", "Export"} <= set(labels(at))
    assert at.button(key="run_start").disabled  # all are projected: choose them to do it once more
    at.button_group(key="run_starts").set_value(["projected"]).run()
    assert not at.button(key="run_start").disabled


def test_failed_sentences_are_in_the_log_with_reason_and_link(shelf: Shelf, open_page: Open, words):
    shelf.corpus([*PAIRS, UNLINKED])
    at = open_page("run")
    run_id = start(at, shelf)
    at.run()
    assert "⚠ 1 failed" in words(at)
    at.session_state[f"run_log_{run_id}"] = True
    at.run()
    assert "has no alignment" in words(at)
    assert "⚠ 4" in labels(at)
    at.button(key=f"run_retry_{run_id}").click().run()
    again = run_jobs.jobs(shelf.store, shelf.user)[0]
    assert run_jobs.wait(shelf.store, again.run_id, WAIT_S)
    assert (again.n_total, again.run_id) == (1, run_id + 1)


def test_a_trial_shows_times_sentences_and_failures_and_stores_nothing(shelf: Shelf, open_page: Open, words):
    shelf.corpus([*PAIRS, UNLINKED])
    at = open_page("run")
    at.button(key="run_try").click().run()
    assert not at.exception
    shown = words(at)
    assert "All 4 take about" in shown
    assert "1 of 4 failed, which is not an empty result" in shown
    views = [c for c in at.get("bidi_component") if c.proto.component_name == "xner_pair_view"]
    assert len(views) == 3
    assert {document.status for document in shelf.documents().values()} == {"new"}
    at.selectbox(key="run_set.match.name").set_value("greedy").run()
    assert "take about" not in words(at)


def test_choices_become_run_toml_and_survive_another_page(news: Shelf, open_page: Open):
    at = open_page("run")
    at.selectbox(key="run_set.match.name").set_value("greedy").run()
    at.number_input(key="run_set.score.weights.links").set_value(0.5).run()
    config = read_run_toml(toml(at).encode())
    assert (config.match.name, config.score.fused_weights()["links"], config.align.name) == ("greedy", 0.5, "given")
    at.switch_page("pages/home.py").run()
    at.switch_page("pages/run.py").run()
    assert read_run_toml(toml(at).encode()) == config


def test_a_method_is_chosen_by_its_name_and_its_stages_follow(news: Shelf, open_page: Open):
    at = open_page("run")
    at.selectbox(key="run_method").set_value("fusion-centred").run()
    config = read_run_toml(toml(at).encode())
    assert named_methods.word_of(config) == "fusion-centred"
    assert at.selectbox(key="run_set.score.preset").value == "coverage_soft_edges"
    assert at.number_input(key="run_set.extract.max_tokens").value == 20
    at.number_input(key="run_set.score.weights.links").set_value(0.5).run()
    assert at.selectbox(key="run_method").value == "own settings"


def test_another_preset_takes_single_weights_back(news: Shelf, open_page: Open):
    at = open_page("run")
    at.number_input(key="run_set.score.weights.links").set_value(0.5).run()
    at.selectbox(key="run_set.score.preset").set_value("align").run()
    assert read_run_toml(toml(at).encode()).score.fused_weights() == {"links": 1.0}
    assert at.number_input(key="run_set.score.weights.coverage").value == 0.0


def test_settings_are_loaded_from_a_file_and_a_bad_one_changes_nothing(news: Shelf, open_page: Open, words):
    at = open_page("run")
    at.file_uploader(key="run_toml_file").set_value(
        ("my.toml", b'[match]\nname = "heuristic"\n', "application/toml")
    ).run()
    assert at.selectbox(key="run_set.match.name").value == "heuristic"
    assert read_run_toml(toml(at).encode()).align.name == "itermax"
    at.file_uploader(key="run_toml_file").set_value(("bad.toml", b"[match]\nnam = 1\n", "application/toml")).run()
    assert "no setting" in at.error[0].value
    assert at.selectbox(key="run_set.match.name").value == "heuristic"


def test_settings_that_exclude_each_other_are_told_and_nothing_is_started(news: Shelf, open_page: Open):
    at = open_page("run")
    at.selectbox(key="run_set.match.name").set_value("marked").run()
    at.button(key="run_start").click().run()
    assert "markers that no translator carries" in at.error[0].value
    assert run_jobs.jobs(news.store, news.user) == []


def test_a_pipeline_without_its_translator_says_so(news: Shelf, open_page: Open, words):
    at = open_page("run")
    at.radio(key="run_set.pipeline").set_value("translate-train").run()
    assert not at.exception
    assert "A translator\\:" in words(at)
    assert at.button(key="run_start").disabled


def test_after_a_restart_a_run_can_go_on(news: Shelf, open_page: Open, words):
    corpus_id = next(iter(news.documents().values())).corpus.id
    config = read_run_toml(b'[align]\nname = "given"\n')
    run_id = leave(news.store, corpus_id, config, host=socket.gethostname(), pid=2**22 + 1)
    at = open_page("run")
    assert "‖ interrupted" in words(at)
    at.button(key=f"run_go_on_{run_id}").click().run()
    assert run_jobs.wait(news.store, run_id, WAIT_S)
    at.run()
    assert "✓ finished" in words(at)
    assert {document.status for document in news.documents().values()} == {"projected"}


def test_a_translation_that_a_run_made_is_inspected_and_corrected_like_any_other(
    shelf: Shelf, open_page: Open, monkeypatch
):
    monkeypatch.setitem(translators._items, "upside", Upside)
    monkeypatch.setitem(aligners._items, "by-place", Placed)
    corpus_id = shelf.corpus([SOURCE_ONLY])
    run_id = run_jobs.start(shelf.store, shelf.user, Order(corpus_id, TRAIN))
    assert run_jobs.wait(shelf.store, run_id, WAIT_S)
    (doc,) = shelf.documents()
    for page in ("run", "inspection", "correct"):
        at = open_page(page, doc=None if page == "run" else doc)
        assert not at.exception
    target = json.loads(next(iter(at.get("bidi_component"))).proto.json)["tgt"]
    assert ["".join(pieces) for pieces in target["pieces"]] == ["mIRA", "WAS", "HERE"]
    assert [span["label"] for span in target["spans"]] == ["PER"]


def test_home_says_that_a_run_is_under_way_instead_of_offering_another(news: Shelf, open_page: Open, words):
    corpus_id = next(iter(news.documents().values())).corpus.id
    leave(news.store, corpus_id, RunConfig())
    at = open_page()
    assert "It is being projected: 0 of 3 sentences" in words(at)
    assert "Watch it on Run" in labels(at)
    assert not [button for button in at.button if str(button.key).startswith("project_")]


@pytest.mark.parametrize("names", [running_words.PIPELINES, running_words.STAGES], ids=["pipelines", "stages"])
def test_every_name_has_its_words(names):
    from typing import get_args

    from xner.config import PipelineName
    from xner.services.stage_times import STAGES

    assert set(names) in (set(get_args(PipelineName)), set(STAGES))


def test_what_other_weights_would_change_is_shown_before_anything_is_stored(shelf: Shelf, open_page: Open, words):
    shelf.corpus(projected=True)
    at = open_page("run")
    at.toggle(key="run_changes").set_value(True).run()
    assert "None of 3 sentences would change." in words(at)
    at.number_input(key="run_set.score.weights.ner").set_value(1.0).run()
    assert "ner would ask a model for every sentence" in words(at)
    at.number_input(key="run_set.score.weights.ner").set_value(0.0).run()
    at.multiselect(key="run_set.labels").set_value(["PER"]).run()
    assert not at.exception
    assert "**3 of 3 sentences** would get other names." in words(at)
    assert "LOC Bergen → none" in words(at)
    assert {document.status for document in shelf.documents().values()} == {"projected"}
