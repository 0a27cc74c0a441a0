"""`models prepare` loads what it is given: an encoder as an encoder, a translation model as a translation model."""

import pytest

from tests.tiny_models import tiny_bert
from tests.tiny_translators import tiny_nllb
from xner.errors import ModelUnavailable
from xner.models import hub, seq2seq
from xner.services.system_check import prepare_model


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    yield
    hub._models.clear()
    seq2seq._models.clear()


def test_each_kind_of_model_is_loaded_as_what_it_is(tmp_path):
    translator, encoder = str(tiny_nllb(tmp_path / "nllb", steps=1)), str(tiny_bert(tmp_path / "bert", layers=3))
    assert prepare_model(translator) == seq2seq.load_seq2seq(translator).describe()
    assert prepare_model(encoder) == hub.load_encoder(encoder).describe()


def test_what_cannot_be_had_is_said():
    with pytest.raises(ModelUnavailable):
        prepare_model("facebook/nllb-200-distilled-600M")
