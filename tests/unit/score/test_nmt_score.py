"""The translation score: as computed by hand, each question asked once, phrases as they stand in the sentence."""

import math

import numpy as np
import pytest

from tests.tiny_translators import mean_log_prob, tiny_marian, tiny_nllb
from xner.config import CacheConfig, ScoreConfig
from xner.errors import ModelUnavailable
from xner.models import seq2seq
from xner.score import ScoreRequest, scorers
from xner.score import translation as module
from xner.types import Alignment, Candidate, Entity, Sentence, SentencePair, Span

SOURCE = Sentence(
    ("the", "red", "house", ",", "bank"), "en", "the red house, bank", ((0, 3), (4, 7), (8, 13), (13, 14), (15, 19))
)
TARGET = Sentence(("casa", "roja", ",", "banco"), "es")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_nllb(tmp_path_factory.mktemp("nllb"))


@pytest.fixture(autouse=True)
def forget():
    yield
    seq2seq._models.clear()


def request_for(entities, candidates):
    pair = SentencePair("1", SOURCE, TARGET)
    return ScoreRequest(
        pair,
        tuple(Entity(Span(*span), "LOC") for span in entities),
        tuple(Candidate(Span(*span)) for span in candidates),
        Alignment(frozenset()),
    )


def scorer(folder, **settings):
    return scorers.get("nmt")(ScoreConfig(nmt_model=str(folder), **settings))


def by_hand(folder, a, b):
    def p(text, translation, source, target):
        return math.exp(mean_log_prob(folder, text, translation, source, target))

    forth = p(b, a, "es", "en") / p(a, a, "en", "en")
    back = p(a, b, "en", "es") / p(b, b, "es", "es")
    return (forth + back) / 2


def test_scores_equal_those_by_hand(folder):
    (values,) = scorer(folder, nmt_batch_size=3).score([request_for([(1, 3), (4, 5)], [(0, 2), (3, 4), (0, 1)])])
    expected = [[by_hand(folder, a, b) for b in ("casa roja", "banco", "casa")] for a in ("red house", "bank")]
    np.testing.assert_allclose(values, expected, rtol=1e-3)
    assert values[0].argmax() == 0
    assert values[1].argmax() == 1


def test_the_batch_size_changes_nothing(folder):
    request = request_for([(1, 3), (4, 5)], [(0, 2), (3, 4), (0, 4)])
    one, many = (scorer(folder, nmt_batch_size=size).score([request])[0] for size in (1, 64))
    np.testing.assert_allclose(one, many, rtol=1e-4)


class Counting:
    """A model that finds everything equally probable and counts what it is asked."""

    is_many_to_many = True

    def __init__(self):
        self.batches = []

    def mean_log_probs(self, pairs, source, target):
        self.batches.append((list(pairs), source, target))
        return np.full(len(pairs), -1.0)


@pytest.fixture
def counting(monkeypatch):
    model = Counting()
    monkeypatch.setattr(module, "load_seq2seq", lambda *given, **settings: model)
    return model


def asked(model):
    return [(*pair, source, target) for pairs, source, target in model.batches for pair in pairs]


def test_each_question_of_a_call_is_asked_once_and_the_same_call_asks_nothing(counting):
    ours = scorer("any")
    request = request_for([(4, 5)], [(3, 4)])
    assert ours.score([request, request])[1].tolist() == [[1.0]]
    assert sorted(asked(counting)) == sorted([
        ("banco", "banco", "es", "es"), ("banco", "bank", "es", "en"), ("bank", "bank", "en", "en"),
        ("bank", "banco", "en", "es"),
    ])  # fmt: skip
    ours.score([request])
    assert len(asked(counting)) == 4


@pytest.mark.parametrize("before", [[(3, 4)], [(0, 1), (3, 4)], [(0, 2)]])
def test_no_score_follows_from_what_was_scored_before(counting, before, monkeypatch):
    """Or a file would depend on how many workers there are, and on whether a run was stopped and went on."""
    monkeypatch.setattr(counting, "mean_log_probs", lambda pairs, *_: np.full(len(pairs), -1.0 / len(pairs)))
    request = request_for([(4, 5)], [(3, 4), (0, 1)])
    ours = scorer("any", nmt_batch_size=2)
    for candidate in before:
        ours.score([request_for([(4, 5)], [candidate])])
    assert ours.score([request])[0].tobytes() == scorer("any", nmt_batch_size=2).score([request])[0].tobytes()


def test_what_is_remembered_is_bounded_and_the_answer_whole(counting, monkeypatch):
    monkeypatch.setattr(module, "_N_KEPT", 2)
    ours = scorer("any")
    (values,) = ours.score([request_for([(4, 5), (1, 3)], [(3, 4), (0, 2), (0, 1)])])
    assert values.shape == (2, 3)
    assert len(ours._known) == 2


def test_phrases_are_running_text_of_their_sentence(counting):
    scorer("any").score([request_for([(1, 5)], [(0, 4)])])
    texts = {text for text, *_ in asked(counting)}
    assert texts == {"red house, bank", "casa roja , banco"}


def test_batches_hold_one_direction_and_at_most_their_size(counting):
    scorer("any", nmt_batch_size=2).score([request_for([(4, 5), (1, 3)], [(3, 4), (0, 2), (0, 1)])])
    assert max(len(pairs) for pairs, _, _ in counting.batches) == 2
    assert len(asked(counting)) == len(set(asked(counting))) == 2 + 3 + 2 * 6


def test_without_entities_or_candidates_the_model_is_not_asked(counting):
    first, second = scorer("any").score([request_for([], [(0, 1)]), request_for([(0, 1)], [])])
    assert (first.shape, second.shape) == ((0, 1), (1, 0))
    assert counting.batches == []


def test_the_signature_holds_the_hash_of_the_weights(folder):
    model = seq2seq.load_seq2seq(str(folder))
    assert scorer(folder).describe() == f"nmt+{folder}+sha256:{model.weights_hash}+float32"


def test_a_model_of_one_way_is_refused(tmp_path):
    with pytest.raises(ModelUnavailable, match="both directions of one model"):
        scorer(tiny_marian(tmp_path, steps=1)).describe()


def test_a_missing_model_names_the_command_that_gets_it(monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailable, match="python -m xner models prepare facebook/nllb-200-distilled-600M"):
        scorers.get("nmt")(ScoreConfig()).describe()


def test_probabilities_that_are_kept_give_the_same_scores_and_ask_the_model_for_nothing(folder, tmp_path, monkeypatch):
    request = request_for([(1, 3), (4, 5)], [(0, 2), (3, 4), (0, 1)])
    none = scorer(folder, nmt_batch_size=3).score([request])[0]
    monkeypatch.setenv("XNER_CACHE", str(tmp_path))
    monkeypatch.setenv("XNER_CACHE_SIZE", "1MB")
    cold = scorer(folder, nmt_batch_size=3).score([request])[0]
    with monkeypatch.context() as patch:
        patch.setattr(seq2seq.Seq2Seq, "mean_log_probs", lambda *_: pytest.fail("the model was asked"))
        warm = scorer(folder, nmt_batch_size=3).score([request])[0]
    assert cold.tobytes() == warm.tobytes() == none.tobytes()
    asked = []
    real = seq2seq.Seq2Seq.mean_log_probs
    monkeypatch.setattr(
        seq2seq.Seq2Seq,
        "mean_log_probs",
        lambda self, pairs, *rest: asked.append(len(pairs)) or real(self, pairs, *rest),
    )
    scorer(folder, nmt_batch_size=2).score([request])  # other batches, whose padding shows in the last digits
    off = scorer(folder, nmt_batch_size=3)
    off.keep_by(CacheConfig(reuse="off"))
    off.score([request])
    assert max(asked) == 3
    assert asked.count(2) > 3
