"""Token classifiers from disk: real classes with random weights, no network."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_models import WORDS, tiny_bert, tiny_classifier
from xner.config import ExtractConfig, RecogniseConfig, ScoreConfig
from xner.errors import InputError, ModelUnavailable
from xner.extract import extractors
from xner.models.hub import load_encoder
from xner.models.token_classifier import (
    first_pieces,
    folder_of,
    load_classifier,
    read_top_layers,
    write_top_layers,
)
from xner.recognise import recognisers
from xner.score import scorers
from xner.score.base import ScoreRequest
from xner.services.train_ner import train_ner
from xner.signature import hash_file
from xner.train.ner import TrainSettings, encode, new_top_layers, tags_of, train
from xner.types import Alignment, Candidate, Entity, Prepares, Sentence, SentencePair, Span

pytestmark = pytest.mark.model
TAGS = ("I-PER", "O", "I-LOC", "B-LOC", "I-MISC")  # an IOB1 head: B- only where it must be
SENTENCE = ("the", "bank", "of", "England")


@pytest.fixture(scope="module", params=["bert", "xlm-roberta"])
def classifier_folder(request, tmp_path_factory):
    return str(tiny_classifier(tmp_path_factory.mktemp("classifier"), TAGS, kind=request.param))


@pytest.fixture(scope="module")
def encoder_folder(tmp_path_factory):
    return str(tiny_bert(tmp_path_factory.mktemp("encoder"), layers=4))


def test_probabilities_are_those_of_the_first_sub_word_in_transformers_itself(classifier_folder):
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(classifier_folder)
    model = AutoModelForTokenClassification.from_pretrained(classifier_folder, dtype=torch.float32).eval()
    encoded = tokenizer([list(SENTENCE)], is_split_into_words=True, return_tensors="pt")
    words = encoded.word_ids(0)
    with torch.inference_mode():
        logits = model(encoded["input_ids"], attention_mask=encoded["attention_mask"]).logits[0]
    expected = logits[[words.index(k) for k in range(len(SENTENCE))]].softmax(-1).numpy()

    classifier = load_classifier(classifier_folder)
    (found,) = classifier.probabilities([SENTENCE])
    assert classifier.columns == TAGS
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_long_sentences_are_windowed_and_invisible_tokens_shift_nobody(classifier_folder):
    classifier = load_classifier(classifier_folder)
    long = [WORDS[k % len(WORDS)] for k in range(150)]
    with_gap = [*SENTENCE[:2], "\u200b", *SENTENCE[2:]]
    several, gap, plain, empty = classifier.probabilities([long, with_gap, SENTENCE, []])
    assert several.shape == (150, len(TAGS))
    np.testing.assert_allclose(several.sum(axis=1), 1)
    assert empty.shape == (0, len(TAGS))
    if gap[2, TAGS.index("O")] == 1.0:  # the tokenizer drops it
        np.testing.assert_allclose(np.delete(gap, 2, axis=0), plain, atol=1e-6)
    assert gap.shape == (5, len(TAGS))


def test_the_recogniser_opens_a_new_entity_at_a_new_label_and_drops_what_maps_to_nothing(classifier_folder):
    recogniser = recognisers.get("transformers")(RecogniseConfig(name="transformers", model=classifier_folder))
    sentences = [Sentence(SENTENCE, "en"), Sentence(("Paris", "met", "London"), "en")]
    found = recogniser.recognise(sentences)
    classifier = load_classifier(classifier_folder)
    for sentence, entities in zip(sentences, found, strict=True):
        (rows,) = classifier.probabilities([sentence.tokens])
        tags = [TAGS[k] for k in rows.argmax(axis=1)]
        covered = {k for entity in entities for k in entity.span}
        assert covered == {k for k, tag in enumerate(tags) if tag not in ("O", "I-MISC")}
        for entity in entities:
            assert {tags[k][2:] for k in entity.span} == {entity.label}
            assert entity.score == pytest.approx(rows.max(axis=1)[list(entity.span)].mean(), abs=1e-6)
    assert "sha256:" in recogniser.describe()


def test_scores_and_candidates_run_the_model_once_when_prepared(classifier_folder, monkeypatch):
    pair = SentencePair("p", Sentence(("a",), "en"), Sentence(("bank", "of", "Paris"), "en"))
    config = ScoreConfig(ner_model=classifier_folder)
    parts = [scorers.get(name)(config) for name in ("ner", "ner_span")]
    extractor = extractors.get("recognised")(ExtractConfig(name="recognised", model=classifier_folder, sub_spans=True))
    for part in (*parts, extractor):
        assert isinstance(part, Prepares)
        part.prepare([pair])
    monkeypatch.setattr(load_classifier(classifier_folder).network, "logits", None)  # asking again would fail
    spans = (Span(0, 1), Span(0, 3), Span(2, 3))
    entities = (Entity(Span(0, 1), "PER"), Entity(Span(0, 1), "LOC"))
    request = ScoreRequest(pair, entities, tuple(map(Candidate, spans)), Alignment(frozenset()))
    (by_label,), (by_any,) = (part.score([request]) for part in parts)
    assert by_label.shape == by_any.shape == (2, 3)
    np.testing.assert_allclose(by_any[0], by_label.max(axis=0))
    assert extractor.extract(pair.target, entities, request.alignment) == tuple(
        sorted(extractor.extract(pair.target, (), request.alignment), key=lambda c: c.span)
    )


def test_a_model_that_is_not_here_says_how_to_get_it():
    with pytest.raises(ModelUnavailable, match="can't be loaded") as caught:
        load_classifier("/no/such/folder")
    assert "models prepare" in caught.value.hint or "folder" in caught.value.hint


def test_an_encoder_without_a_tag_head_that_knows_o_is_refused(encoder_folder):
    with pytest.raises(ModelUnavailable):
        load_classifier(encoder_folder)


def test_upper_layers_compute_what_the_whole_encoder_does(encoder_folder):
    import torch

    from xner.models.top_layers import padded

    model = load_encoder(encoder_folder).model
    rows = [(5, 6, 7, 8), (9, 10)]
    net = new_top_layers(2, 3, encoder_folder).eval()
    states, mask = padded(model.hidden_states(rows, 2, with_special=True))
    with torch.inference_mode():
        for layer in net.layers:
            states = layer(states, mask[:, None, None, :])
    for row, expected in enumerate(model.hidden_states(rows, 4)):
        np.testing.assert_allclose(states[row, 1 : 1 + len(rows[row])].numpy(), expected, atol=1e-5)


GOLD = [
    (Sentence(("Paris", "met", "London"), "en"), (Entity(Span(0, 1), "LOC"), Entity(Span(2, 3), "LOC"))),
    (Sentence(("the", "old", "bank"), "en"), ()),
    (Sentence(("England", "said"), "en"), (Entity(Span(0, 1), "LOC"),)),
] * 8


def trained(encoder_folder, folder, seed=1, *, epochs=12, start=None, labels=("LOC",), dtype="float32"):
    tags = tags_of(labels)
    rates = {"learning_rate": 3e-3, "head_rate": 3e-2}
    settings = TrainSettings(n_layers=2, epochs=epochs, batch_size=4, dtype=dtype, seed=seed, **rates)
    net = train(encode(GOLD, tags, 2, encoder_folder), tags, settings, encoder_folder, start=start)
    hidden, n_heads, inner = load_encoder(encoder_folder).model.shape
    shape = {"n_layers": 2, "hidden": hidden, "n_heads": n_heads, "inner": inner}
    write_top_layers(folder, net, {"encoder": encoder_folder, **shape, "tags": list(tags)})
    return folder


def test_a_recogniser_that_can_not_be_written_leaves_the_one_that_is_there(tmp_path, monkeypatch):
    from safetensors import SafetensorError

    from xner.models.top_layers import TopLayers

    shape = {"n_layers": 1, "hidden": 8, "n_heads": 2, "inner": 8}
    net, settings = TopLayers(*shape.values(), 3), {"encoder": "e", **shape, "tags": ["O", "B-LOC", "I-LOC"]}
    write_top_layers(tmp_path, net, settings)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def full(_tensors, path, metadata):
        path.write_bytes(b"half of it")
        raise SafetensorError("No space left on device")

    monkeypatch.setattr("safetensors.torch.save_file", full)
    with pytest.raises(OSError, match="No space left"):
        write_top_layers(tmp_path, net, settings)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_training_learns_its_data_survives_storage_in_8_bits_and_is_repeatable(encoder_folder, tmp_path):
    first, again = trained(encoder_folder, tmp_path / "a"), trained(encoder_folder, tmp_path / "b")
    other = trained(encoder_folder, tmp_path / "c", seed=2)
    weights = [(folder / "model.safetensors").read_bytes() for folder in (first, again, other)]
    assert weights[0] == weights[1] != weights[2]
    halved = trained(encoder_folder, tmp_path / "d", dtype="bfloat16")
    for folder in (first, halved):
        recogniser = recognisers.get("transformers")(RecogniseConfig(name="transformers", model=str(folder)))
        found = recogniser.recognise([sentence for sentence, _ in GOLD])
        assert [[(e.span, e.label) for e in entities] for entities in found] == [
            [(e.span, e.label) for e in gold] for _, gold in GOLD
        ]


def test_training_goes_on_from_a_recogniser_of_the_same_tags_alone(encoder_folder, tmp_path):
    before = trained(encoder_folder, tmp_path / "a")
    losses = []
    tags = tags_of(["LOC"])
    features = encode(GOLD, tags, 2, encoder_folder)
    for start in (None, before):
        seen = []
        train(features, tags, TrainSettings(n_layers=2, epochs=1, dropout=0.0), encoder_folder,
              lambda _epoch, _step, loss, seen=seen: seen.append(loss), start)  # fmt: skip
        losses.append(seen[0])
    assert losses[1] < losses[0] / 4
    with pytest.raises(InputError, match="tags"):
        trained(encoder_folder, tmp_path / "b", epochs=1, start=before, labels=("LOC", "PER"))


def test_a_share_of_the_weights_stays_that_of_the_recogniser_training_went_on_from(encoder_folder, tmp_path):
    before, tags = trained(encoder_folder, tmp_path / "a"), tags_of(["LOC"])
    features = encode(GOLD, tags, 2, encoder_folder)
    settings = TrainSettings(n_layers=2, epochs=1, learning_rate=1e-2)
    whole, quarter = (
        train(features, tags, replace(settings, share=share), encoder_folder, start=before).state_dict()
        for share in (1.0, 0.25)
    )
    old = read_top_layers(before)[0].state_dict()
    for key in old:
        np.testing.assert_allclose(quarter[key], 0.25 * whole[key] + 0.75 * old[key], atol=1e-6)
    assert any(abs(whole[key] - old[key]).max() > 1e-3 for key in old)
    with pytest.raises(InputError, match="share"):
        train(features, tags, replace(settings, share=0.5), encoder_folder)


def test_the_card_of_a_recogniser_trained_on_in_its_own_folder_names_the_weights_it_went_on_from(
    encoder_folder, tmp_path
):
    folder, gold = trained(encoder_folder, tmp_path / "a"), tmp_path / "gold.jsonl"
    before = hash_file(folder / "model.safetensors")
    rows = [{"id": "1", "lang": "en", "tokens": list(SENTENCE), "entities": [{"start": 3, "end": 4, "label": "LOC"}]}]
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = TrainSettings(n_layers=2, epochs=1, learning_rate=1e-2)
    train_ner([gold], folder, labels=["LOC"], settings=settings, encoder=encoder_folder, start=folder)
    assert hash_file(folder / "model.safetensors") != before
    assert before[:12] in (folder / "README.md").read_text()


def test_a_damaged_recogniser_is_told_and_nothing_to_train_on_too(encoder_folder, tmp_path):
    folder = trained(encoder_folder, tmp_path / "a")
    (folder / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(ModelUnavailable, match="can't be loaded"):
        read_top_layers(folder)
    with pytest.raises(InputError, match="no sentence"):
        train([], ("O",), TrainSettings(n_layers=2), encoder_folder)


def test_a_bare_word_boundary_is_the_first_sub_word_only_of_a_token_without_others():
    from xner.models.encoder import Pieces

    assert first_pieces(Pieces((5, 6, 7), ((0,), (0,), (1,)), (True, False, True))) == {0: 1, 1: 2}


def test_a_recogniser_that_comes_with_xner_is_found_by_its_name():
    assert (folder_of("e5-ner") / "ner.json").is_file()
    assert folder_of("my/own") == Path("my/own")
