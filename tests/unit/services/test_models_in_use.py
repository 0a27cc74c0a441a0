"""Versions of models, told without loading one, are those that the signature of a row names once they are loaded."""

from __future__ import annotations

import shutil

import pytest

from tests.tiny_models import tiny_bert, tiny_classifier
from tests.tiny_translators import tiny_nllb
from xner.config import RunConfig
from xner.models import hub, seq2seq, token_classifier
from xner.pipeline import Pipeline
from xner.services.models_in_use import SameWeights, changed_models, models_in_use, versions_in

GIVEN = {"align.name": "given", "recognise.name": "given"}
OLD, NEW, OTHER = "0" * 12, "1" * 12, "2" * 12
TODAY = {"align": {"my-encoder": NEW}, "score": {"my-ner": None}}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    nllb = tiny_nllb(tmp_path_factory.mktemp("nllb"), steps=1)
    words = tmp_path_factory.mktemp("words") / "words"
    shutil.copytree(nllb, words)
    return {
        "bert": str(tiny_bert(tmp_path_factory.mktemp("bert"), layers=1)),
        "tagger": str(tiny_classifier(tmp_path_factory.mktemp("tagger"), ("O", "B-PER", "I-PER"))),
        "tiny nllb": str(nllb), "words": str(words),
    }  # fmt: skip


@pytest.fixture(autouse=True)
def forget():
    yield
    for kept in (hub._models, seq2seq._models, token_classifier._classifiers):
        kept.clear()


def described(pipeline):
    scores = ",".join(scorer.describe() for scorer in pipeline.scorers.values())
    return {
        "align": pipeline.aligner.describe(), "entities": pipeline.recogniser.describe(), "score": scores,
        "extract": pipeline.extractor.describe(), "translate": pipeline.translator.describe(),
        "back_translate": pipeline.back_translator.describe() if pipeline.back_translator else "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"align.name": "itermax", "align.model": "bert", "align.layer": 1}, {"align"}),
        ({"align.name": "simalign", "align.model": "bert", "align.layer": 1}, {"align"}),
        ({"recognise.name": "transformers", "recognise.model": "tagger"}, {"entities"}),
        ({"recognise.name": "spacy"}, {"entities"}),
        ({"score.preset": "ner", "score.ner_model": "tagger", "extract.name": "recognised", "extract.model": "tagger"},
         {"score", "extract"}),
        ({"score.preset": "nmt", "score.nmt_model": "tiny nllb"}, {"score"}),
        ({"translate.name": "nllb", "translate.model": "tiny nllb", "translate.tokenizer": "words",
          "back_translate.name": "marked:nllb", "back_translate.model": "tiny nllb", "back_translate.use": "add"},
         {"translate", "back_translate"}),
    ],
)  # fmt: skip
def test_what_is_told_beforehand_is_what_a_signature_names(folders, settings, parts):
    config = RunConfig().updated({**GIVEN, **{key: folders.get(value, value) for key, value in settings.items()}})
    told = models_in_use(config)
    assert set(told) == parts
    words = described(Pipeline(config))
    assert {part: set(models.values()) for part, models in told.items()} == {
        part: versions_in(words[part]) for part in parts
    }
    assert all(not versions_in(line) for part, line in words.items() if part not in parts)


def test_a_changed_file_is_another_version_and_is_named_in_words(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    config = RunConfig().updated({**GIVEN, "recognise.name": "transformers", "recognise.model": str(tmp_path)})
    before = models_in_use(config)
    assert changed_models(before, models_in_use(config)) == []
    (tmp_path / "config.json").write_text('{"other": 1}')
    (words,) = changed_models(before, models_in_use(config))
    assert words.startswith(f"{tmp_path} (entities) was ")


@pytest.mark.parametrize(
    ("rows", "taken"),
    [
        ([f"align:e+sha256:{NEW}", None, "align:given"], [True, True, True]),
        ([f"align:e+sha256:{NEW}", f"align:e+sha256:{OLD}"], [True, False]),
        # of a model that is not here the first row decides
        ([f"score:1*n+sha256:{OLD}", f"score:1*n+sha256:{OTHER}", f"score:1*n+sha256:{OLD}"], [True, False, True]),
        ([f"align:e+sha256:{NEW}|score:1*n+sha256:{OLD}", "align:given|score:1*links"], [True, True]),
        ([f"recognise:e+sha256:{NEW}", "no signature"], [False, False]),
    ],
)  # fmt: skip
def test_rows_are_taken_together_only_where_their_models_are_the_same(rows, taken):
    same = SameWeights(TODAY)
    assert [same.takes(row) for row in rows] == taken
