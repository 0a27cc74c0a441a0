"""Where somebody stands, and the settings of a session."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xner.config import RunConfig
from xner.services.method_names import run_names
from xner.services.named_methods import PRESETS, word_of
from xner.ui.settings import Settings


def test_default_settings_are_the_default_configuration():
    config, default = Settings().config(), RunConfig()
    assert config.score.fused_weights() == default.score.fused_weights()
    assert (config.align, config.extract, config.match) == (default.align, default.extract, default.match)


def test_weights_and_method_ask_no_model_again():
    changed = Settings(method="greedy", links=1.5, coverage=0.0, soft=0.2, max_tokens=3)
    assert changed.evidence_config() == Settings().evidence_config()
    assert replace(changed, aligner="argmax").evidence_config() != Settings().evidence_config()


@pytest.mark.parametrize("weight", ["links", "coverage", "soft"])
def test_a_weight_of_nought_takes_the_score_out(weight):
    assert weight not in replace(Settings(links=1.0), **{weight: 0.0}).config().score.fused_weights()


def test_the_corpus_of_the_address_is_the_current_one_on_the_next_page_too(open_page, shelf):
    older = shelf.corpus(name="Older")
    shelf.corpus(name="Newer")
    at = open_page()
    assert at.selectbox(key="corpus_picked").value != older
    at.query_params["corpus"] = str(older)
    at.run()
    at.query_params.clear()
    at.switch_page("pages/inspection.py").run()
    assert at.selectbox(key="corpus_picked").value == older


def test_a_sentence_brings_its_corpus_along(open_page, shelf):
    older = shelf.corpus(name="Older")
    doc = shelf.id_of("one")
    shelf.corpus(name="Newer")
    assert open_page("inspection", doc=doc).selectbox(key="corpus_picked").value == older


@pytest.mark.parametrize("wanted", ["99", "-1", "1e3", "²", "x" * 200, "9" * 40, "<b>"])
@pytest.mark.parametrize("page", ["home", "add", "inspection"])
def test_a_corpus_that_is_not_there_is_words_and_a_way_on(page, wanted, open_page, news):
    at = open_page(page)
    at.query_params["corpus"] = wanted
    at.query_params.pop("doc", None)
    at.run()
    assert not at.exception
    assert "no such corpus" in at.error[0].value
    at.button(key="newest_corpus").click().run()
    assert not at.error


def test_each_browser_session_has_a_name_of_its_own(open_page, news):
    names = {open_page("inspection").session_state["xner_client"] for _ in range(2)}
    assert len(names) == 2


def test_a_name_is_asked_for_before_anything_of_a_store_is_shown(open_page, news):
    open_page(xner_name="Ben")  # Ada is not the only one any more
    at = open_page(xner_name=None)
    assert at.text_input[0].label == "Your name"
    assert not at.table


def test_a_name_that_was_given_once_is_known_after_a_reload(open_page, shelf):
    open_page(xner_name="Grace")
    at = open_page(xner_name=None)
    assert at.session_state["xner_name"] == "Grace"


@pytest.mark.parametrize(
    "change",
    [
        {"ner": 1.0},
        {"nmt": 0.5},
        {"copy": 0.3},
        {"ner_span": 0.5, "soft": 0.0},
        {"max_tokens": 4},
        {"method": "greedy"},
    ],
)
def test_what_is_weighed_and_matched_asks_no_aligner_or_translator_again(change):
    for settings in (Settings(), Settings(back_use="add"), Settings(back_use="check", recogniser="spacy")):
        assert replace(settings, **change).evidence_config() == settings.evidence_config()


def test_recogniser_translator_and_use_of_a_back_translation_ask_models_again():
    settings = [
        Settings(), Settings(recogniser="spacy"), Settings(back_use="check"), Settings(back_use="add"),
        Settings(back_use="add", back_translator="nllb"),
    ]  # fmt: skip
    assert len({each.evidence_config().model_dump_json() for each in settings}) == len(settings)


def test_one_marked_translation_serves_to_add_and_to_replace():
    adding, replacing = Settings(back_use="add"), Settings(back_use="replace")
    assert adding.evidence_config() == replacing.evidence_config()
    assert (adding.config().back_translate.use, replacing.config().back_translate.use) == ("add", "replace")
    assert adding.config().back_translate.name == "marked:apertium"


@pytest.mark.parametrize("word", sorted(set(PRESETS) - {"model-transfer"}))
def test_settings_of_a_named_method_are_that_method(word):
    mine = Settings(layer=4, recogniser="spacy", soft=0.3).with_method(word)
    assert word_of(mine.config()) == word
    fresh = Settings().with_method(word).config()
    assert run_names({"1": fresh.model_dump_json()}) == {"1": PRESETS[word].title}
    assert (mine.config().align.layer, mine.config().recognise.name) == (4, "spacy")
    assert "edges" in mine.first_pass().score.fused_weights()


def test_a_page_that_must_not_wait_has_no_translator_and_some_weight():
    quick = Settings(coverage=0.0, soft=0.0, nmt=1.0, back_use="add").without_translation().config()
    assert quick.back_translate.use == "off"
    assert quick.score.fused_weights() == {"coverage": 1.0, "soft": 1.0}
