"""What can be chosen on this machine: nothing that is missing counts as ready, and each says how to get it."""

from __future__ import annotations

import pytest

from xner.align import aligners
from xner.config import SCORE_PRESETS, RunConfig
from xner.models import embedded
from xner.recognise import spacy_pipeline
from xner.services import available
from xner.translate import translators

PLAIN = RunConfig()


@pytest.fixture(autouse=True)
def bare_machine(tmp_path, monkeypatch):
    """No program on the path, no cached model; packages as they are."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path


@pytest.fixture
def nllb(monkeypatch):
    for name in ("nllb", "marked:nllb", "apertium", "marian"):
        monkeypatch.setitem(translators._items, name, object)


def by_name(stage, config=PLAIN):
    return {choice.name: choice for choice in available.choices(stage, config)}


def test_every_registered_name_is_listed_the_ready_ones_first(nllb):
    found = available.choices("translate", PLAIN)
    assert {choice.name for choice in found} == set(translators.names())
    ready = [choice.is_ready for choice in found]
    assert ready == sorted(ready, reverse=True)
    assert by_name("translate")["given"].is_ready


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("nllb", "python -m xner models prepare facebook/nllb-200-distilled-600M"),
        ("marked:nllb", "python -m xner models prepare facebook/nllb-200-distilled-600M"),
        ("apertium", "apt install apertium-eng-spa"),
    ],
)
def test_what_is_missing_names_the_command_that_gets_it(name, command, nllb):
    assert command in [need.command for need in by_name("translate")[name].needs]


def test_a_model_in_a_folder_or_in_the_cache_is_here(nllb, bare_machine):
    folder = bare_machine / "model"
    folder.mkdir()
    assert by_name("translate", PLAIN.updated({"translate.model": str(folder)}))["nllb"].is_ready
    (bare_machine / "hub" / "models--facebook--nllb-200-distilled-600M" / "snapshots").mkdir(parents=True)
    assert by_name("translate")["nllb"].is_ready
    assert not by_name("translate")["marian"].is_ready
    (bare_machine / "hub" / "models--Helsinki-NLP--opus-mt-es-en" / "snapshots").mkdir(parents=True)
    assert by_name("translate")["marian"].is_ready


def test_aligners_that_encode_need_the_encoder_and_given_links_need_nothing(monkeypatch):
    def missing():
        raise available.ModelUnavailable("The encoder is missing.", "pip install it")

    monkeypatch.setattr(embedded, "is_prepared", lambda: False)
    monkeypatch.setattr(embedded, "data_file", missing)
    found = by_name("align")
    assert found["given"].is_ready
    assert {need.command for need in found["itermax"].needs} == {"pip install it"}


def test_a_missing_recogniser_names_its_pin(monkeypatch):
    monkeypatch.setattr(spacy_pipeline, "is_installed", lambda _model: False)
    assert by_name("recognise")["spacy"].needs[0].command == f"pip install {spacy_pipeline.PIN}"


def test_a_name_without_a_check_is_ready_so_that_third_parties_can_be_chosen(monkeypatch):
    monkeypatch.setitem(aligners._items, "theirs", object)
    assert by_name("align")["theirs"].is_ready


def test_a_preset_lacks_what_its_scores_lack_each_once():
    found = {choice.name: choice for choice in available.presets(PLAIN)}
    assert set(found) == set(SCORE_PRESETS)
    assert found["coverage_soft"].is_ready
    assert not found["all_fusion"].is_ready
    assert len(set(found["all_fusion"].needs)) == len(found["all_fusion"].needs)


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({}, False),
        ({"translate.name": "nllb"}, False),  # both sides are there
        ({"pipeline": "translate-train", "translate.name": "nllb"}, True),
        ({"back_translate.use": "check", "back_translate.name": "apertium"}, True),
        ({"align.name": "given", "score.weights.nmt": 1.0}, True),
        ({"align.name": "given", "score.weights.nmt": 1.0, "match.name": "heuristic"}, False),
        ({"align.name": "no-such-aligner"}, True),
        ({"align.name": "no-such-aligner", "pipeline": "model-transfer"}, False),
    ],
)
def test_a_run_lacks_only_what_its_pipeline_uses(changes, lacks, nllb):
    assert bool(available.lacking(PLAIN.updated({"recognise.name": "given"} | changes))) is lacks
