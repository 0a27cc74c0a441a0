"""A converted model translates as its original does; what is missing names the commands that get it.

With the optional package ctranslate2 (``pip install ctranslate2``) all of these run, else those that need none.
"""

from __future__ import annotations

import sys
import warnings

import pytest

from tests.tiny_translators import PHRASES, tiny_nllb
from xner.config import RunConfig, TranslateConfig
from xner.errors import ModelUnavailable, TranslationFailed
from xner.models import converted
from xner.services import available
from xner.translate import translators


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    monkeypatch.setenv("XNER_CACHE", str(tmp_path / "cache"))
    yield
    converted._loaded.cache_clear()


def translator(**settings):
    return translators.get("ctranslate2")(TranslateConfig(name="ctranslate2", **settings))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Folder of an NLLB model and of the converted one.

    The converter does not find the codes of languages of M2M100 in the tokenizer of transformers 5, and has Marian
    models begin from a vector of zeros, which those that were published do and tiny ones don't.
    """
    package = pytest.importorskip("ctranslate2")
    original = tiny_nllb(tmp_path_factory.mktemp("nllb"))
    made = str(tmp_path_factory.mktemp("converted") / "nllb")
    with warnings.catch_warnings():  # that sacremoses is recommended
        warnings.simplefilter("ignore")
        package.converters.TransformersConverter(str(original)).convert(made, quantization="int8")
    return str(original), made


def test_translations_are_those_of_the_original_in_order(folders):
    original, made = folders
    ours = translator(model=made, tokenizer=original, batch_size=3)
    texts = [PHRASES["en"][3], "", *PHRASES["en"][:3]]
    assert ours.translate(texts, "en", "es") == [PHRASES["es"][3], "", *PHRASES["es"][:3]]
    assert ours.translate(texts[:1], "en", "de") == [PHRASES["de"][3]]
    line = ours.describe()
    assert line.startswith(f"ctranslate2+{made}+sha256:")
    assert line.endswith("+beams:1+max_new_tokens:400")


def test_a_translation_without_an_end_and_a_sentence_too_long_fail(folders):
    original, made = folders
    with pytest.raises(TranslationFailed, match="no end within 3"):
        translator(model=made, tokenizer=original, max_new_tokens=3).translate(["the red bank"], "en", "es")
    with pytest.raises(TranslationFailed, match="sub-words, a sentence has"):
        translator(model=made, tokenizer=original).translate(["red house " * 9], "en", "es")


def test_markers_go_around_a_converted_model_too(folders):
    original, made = folders
    config = TranslateConfig(name="marked:ctranslate2", model=made, tokenizer=original)
    assert translators.get("marked:ctranslate2")(config).describe().startswith("marked+ctranslate2+")


def test_another_vocabulary_or_tokenizer_is_another_model_to_the_cache(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"x")
    vocabulary, tokenizer = tmp_path / "shared_vocabulary.json", tmp_path / "sentencepiece.bpe.model"
    seen = set()
    for file, content in ((vocabulary, b"[1]"), (vocabulary, b"[2]"), (tokenizer, b"a"), (tokenizer, b"b")):
        file.write_bytes(content)
        seen.add((converted.files_hash(str(tmp_path), "*"), converted.tokenizer_hash(str(tmp_path))))
    assert len(seen) == 4


def test_what_is_missing_is_named_with_the_command(tmp_path, monkeypatch):
    with pytest.raises(ModelUnavailable) as unnamed:
        translator().describe()
    assert "ct2-transformers-converter" in unnamed.value.hint
    with pytest.raises(ModelUnavailable, match="no converted model"):
        translator(model=str(tmp_path)).describe()
    (tmp_path / "model.bin").write_bytes(b"x")
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    with pytest.raises(ModelUnavailable) as missing:
        translator(model=str(tmp_path)).describe()
    assert "pip install" in missing.value.hint
    needs = available.needs_of("translate", "ctranslate2", RunConfig())
    assert any("ct2-transformers-converter" in need.command for need in needs)
