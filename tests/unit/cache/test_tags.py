"""What a token classifier said is found again to the last bit, without its model, and never for another one."""

import numpy as np
import pytest

from tests.tiny_models import WORDS, tiny_classifier
from xner.cache import KeptClassifier
from xner.config import CacheConfig, RunConfig
from xner.engine.local import run
from xner.models import hub, token_classifier
from xner.pipeline import Pipeline
from xner.types import Alignment, Sentence, SentencePair

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
SENTENCES = [tuple(WORDS[k : k + 3 + k]) for k in range(6)]
ANY = CacheConfig(reuse="any_batch")


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.setenv("XNER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XNER_CACHE_SIZE", "5MB")
    return str(tiny_classifier(tmp_path / "model", TAGS))


@pytest.fixture
def no_model(monkeypatch):
    """Return a function after which no classifier can be loaded, as in a process that has none."""

    def forbid():
        token_classifier._classifiers.clear()
        hub._models.clear()
        monkeypatch.setattr("xner.cache.tags.load_classifier", lambda *names: pytest.fail(f"{names} was loaded"))

    return forbid


def raw(probabilities):
    return [(rows.shape, rows.tobytes()) for rows in probabilities]


def test_a_second_process_says_the_same_to_the_last_bit_and_loads_nothing(model, no_model):
    first = KeptClassifier(model)
    said = first.probabilities([*SENTENCES, SENTENCES[0], ()])
    plain = token_classifier.load_classifier(model).probabilities([*SENTENCES, SENTENCES[0], ()])
    assert raw(said) == raw(plain)
    no_model()
    second = KeptClassifier(model)
    assert (second.describe(), second.columns) == (first.describe(), TAGS)
    assert raw(second.probabilities([*SENTENCES, SENTENCES[0], ()])) == raw(said)
    second.prepare([*SENTENCES, SENTENCES[0], ()])
    assert raw(second.probabilities(SENTENCES[3:4])) == raw(said[3:4])  # one of those that are ready
    third = KeptClassifier(model)
    third.keep_by(ANY)
    assert raw(third.probabilities(SENTENCES[2:5])) == raw(said[2:5])
    with pytest.raises(pytest.fail.Exception, match="was loaded"):  # another call, whose last digits may differ
        KeptClassifier(model).probabilities(SENTENCES[2:5])


@pytest.mark.parametrize("reuse", ["same_batch", "off"])
def test_no_digit_follows_from_what_was_asked_before(model, tmp_path, monkeypatch, reuse):
    """Or a file would depend on how many workers there are, and on whether a run was stopped and went on."""
    honest = token_classifier._WholeNetwork.logits

    def by_batch(network, rows):
        return [found + np.arange(found.shape[1], dtype=np.float32) * len(rows) / 7 for found in honest(network, rows)]

    monkeypatch.setattr(token_classifier._WholeNetwork, "logits", by_batch)

    def said(*calls):
        monkeypatch.setenv("XNER_CACHE", str(tmp_path / f"cache{len(calls)}"))
        token_classifier._classifiers.clear()
        classifier = KeptClassifier(model)
        classifier.keep_by(CacheConfig(reuse=reuse))
        return [raw(classifier.probabilities(call)) for call in calls][-1]

    now = SENTENCES[2:5]
    assert said(now) == said(SENTENCES[:3], now) == said(SENTENCES[:1], SENTENCES, now)
    assert said(now) != said(now, SENTENCES[2:4])[:3]


def test_another_model_in_the_same_folder_is_asked(model, tmp_path, no_model):
    KeptClassifier(model).probabilities(SENTENCES)
    tiny_classifier(tmp_path / "model", (*TAGS, "B-ORG"))
    no_model()
    with pytest.raises(pytest.fail.Exception, match="was loaded"):
        KeptClassifier(model).probabilities(SENTENCES)


def test_a_run_with_recogniser_candidates_and_score_of_a_model_is_repeated_without_it(model, no_model):
    config = RunConfig().updated({
        "align.name": "given", "recognise": {"name": "transformers", "model": model}, "score.ner_model": model,
        "extract": {"name": "recognised", "model": model},
        "score.weights": {"coverage": 1.0, "soft": 0.0, "ner": 1.0, "ner_span": 0.5},
    })  # fmt: skip
    pairs = [
        SentencePair(
            str(k), Sentence(words, "en"), Sentence(words[::-1], "de"), alignment=Alignment(frozenset({(0, 1), (1, 0)}))
        )
        for k, words in enumerate(SENTENCES)
    ]
    first = [outcome.projection for outcome in run(Pipeline(config), pairs)]
    assert any(projection.entities for projection in first)
    no_model()
    assert [outcome.projection for outcome in run(Pipeline(config), pairs)] == first
