"""The batched aligner on a tiny real encoder, against simalign itself."""

import functools
import gc
import random
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.tiny_models import WORDS, tiny_bert
from xner.align import aligners, simalign_package
from xner.align.embedding import EmbeddingAligner
from xner.align.simalign_package import METHODS, package_links
from xner.config import AlignConfig
from xner.errors import AlignmentFailed, ConfigError, ModelUnavailable
from xner.models import hub
from xner.models.encoder import EncodedSentence, EncoderInput, Pieces, _rows
from xner.models.hub import load_encoder
from xner.types import Alignment, Sentence, SentencePair


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tiny_bert(tmp_path_factory.mktemp("bert")))


def _pair(source, target, id="1"):
    return SentencePair(id, Sentence(tuple(source), "en"), Sentence(tuple(target), "de"))


def _aligner(folder, name="itermax", **settings):
    return aligners.get(name)(AlignConfig(name=name, model=folder, layer=5, **settings))


def _random_pairs(n, longest, seed=0):
    rng = random.Random(seed)
    return [_pair(*(rng.choices(WORDS, k=rng.randint(1, longest)) for _ in range(2)), id=str(k)) for k in range(n)]


@pytest.fixture(scope="module", autouse=True)
def nothing_kept():
    yield
    hub._models.clear()


@pytest.mark.parametrize("method", sorted(METHODS))
def test_links_equal_those_of_simalign(folder, method):
    pairs = _random_pairs(40, 14)
    ours = _aligner(folder, method).align(pairs)
    for pair, alignment in zip(pairs, ours, strict=True):
        assert alignment.links == package_links(folder, 5, pair.source.tokens, pair.target.tokens, method), pair


def test_the_package_itself_can_be_chosen(folder):
    pairs = _random_pairs(5, 8)
    assert _aligner(folder, "simalign").align(pairs) == _aligner(folder, "itermax").align(pairs)


def test_the_package_refuses_what_it_would_cut_silently(folder):
    with pytest.raises(AlignmentFailed, match="sub-words"):
        _aligner(folder, "simalign").align([_pair(["Paris"] * 70, ["Paris"])])


def test_the_package_refuses_a_revision_that_it_would_ignore(folder):
    with pytest.raises(ConfigError, match=r"align\.revision"):
        _aligner(folder, "simalign", revision="abc")


def test_threads_share_one_package_and_take_turns(folder, monkeypatch):
    running, together, loads = [], [], []

    class Package:
        def __init__(self):
            loads.append(self)
            self.embed_loader = self

        def get_word_aligns(self, source, target):
            running.append(1)
            time.sleep(0.01)
            together.append(len(running))
            running.pop()
            return {"itermax": [(self.layer, 0)]}

    monkeypatch.setattr(simalign_package, "_loaded", functools.lru_cache(lambda *_: Package()))
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda layer: package_links("m", layer, ["a"], ["b"]), range(4)))
    assert found == [{(layer, 0)} for layer in range(4)]
    assert set(together) == {1}
    assert len(loads) == 1


def test_batches_do_not_change_links(folder):
    pairs = _random_pairs(30, 20, seed=1)
    together = _aligner(folder, batch_tokens=512).align(pairs)
    one_by_one = [_aligner(folder).align([pair])[0] for pair in pairs]
    assert together == one_by_one


def test_long_sentences_are_windowed_not_cut(folder):
    rng = random.Random(3)
    words = rng.choices(WORDS, k=200)  # three times what the model takes
    alignment = _aligner(folder).align([_pair(words, words)])[0]
    assert {j for _, j in alignment.links} == set(range(200))
    assert alignment.similarity.shape == (200, 200)


def test_each_piece_has_its_vector_from_the_window_where_it_is_farthest_from_an_edge(folder):
    encoder = load_encoder(folder, layer=5)
    assert encoder.max_pieces == 62
    words = tuple(random.Random(4).choices(WORDS, k=100))
    (whole,) = encoder.encode([EncoderInput(words)])
    assert whole.vectors.shape == (100, 24)
    window_of = {0: 0, 31: 0, 45: 0, 50: 31, 64: 31, 66: 38, 99: 38}
    for piece, start in window_of.items():
        (window,) = encoder.encode([EncoderInput(words[start : start + 62])])
        np.testing.assert_allclose(whole.vectors[piece], window.vectors[piece - start], atol=1e-4)


def test_all_layers_of_a_model_share_its_weights_and_agree_with_transformers(folder):
    import torch
    from transformers import AutoModel

    words = EncoderInput(("the", "bank", "of", "England"))
    encoders = [load_encoder(folder, layer=layer) for layer in range(10)]
    assert len({id(encoder.model) for encoder in encoders}) == 1
    ids = torch.tensor([encoders[0].model.tokenizer("the bank of England")["input_ids"]])
    with torch.inference_mode():
        states = AutoModel.from_pretrained(folder)(ids, output_hidden_states=True).hidden_states
    for layer in random.Random(0).sample(range(10), 10):
        (encoded,) = encoders[layer].encode([words])
        np.testing.assert_allclose(encoded.vectors, states[layer][0, 1:-1].numpy(), atol=1e-5)


def test_only_the_layers_below_the_wanted_one_run(folder):
    encoder = load_encoder(folder, layer=3)
    ran = []
    hooks = [
        layer.output.dense.register_forward_hook(lambda *_, n=n: ran.append(n))
        for n, layer in enumerate(encoder.model._layers)
    ]
    encoder.encode([EncoderInput(("Paris",))])
    for hook in hooks:
        hook.remove()
    assert ran == [0, 1, 2]


def test_an_aligner_holds_no_weights_that_the_loader_has_dropped(folder, tmp_path):
    aligner = _aligner(folder)
    aligner.align(_random_pairs(1, 3))
    weights = weakref.ref(aligner.encoder.model)
    for name in ("second", "third"):
        load_encoder(str(tiny_bert(tmp_path / name, layers=1)))
    gc.collect()
    assert weights() is None


def _turned(*degrees):
    return np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], axis=1).astype(np.float32)


def _sentence(vectors):
    return EncodedSentence(vectors, tuple(range(len(vectors))), (False,) * len(vectors))


def test_a_name_in_one_straddling_piece_is_linked_whole_by_itermax_where_a_word_is_free():
    """A sub-word over two tokens has two equal rows: argmax takes the first, itermax the second too."""
    target = _rows(_turned(0, 80, 160), Pieces((7, 8, 9), ((0, 1), (2,), (3,)), (False,) * 3), is_running=True)
    assert target.tokens == (0, 1, 2, 3)
    by = {name: EmbeddingAligner(AlignConfig(name=name)) for name in ("argmax", "itermax")}
    name_and_free_word = _sentence(_turned(5, 20, 80, 160))
    assert by["argmax"]._link(name_and_free_word, target).links == {(0, 0), (2, 2), (3, 3)}
    assert {(0, 0), (2, 2), (3, 3)} < by["itermax"]._link(name_and_free_word, target).links
    assert {j for _, j in by["itermax"]._link(name_and_free_word, target).links} == {0, 1, 2, 3}
    no_word_free = _sentence(_turned(5, 80, 160))
    assert by["itermax"]._link(no_word_free, target).links == {(0, 0), (1, 2), (2, 3)}


def test_distortion_takes_the_likely_word_near_the_diagonal_over_a_likelier_one_far_off():
    source, target = _sentence(_turned(0, 90)), _sentence(_turned(20, 10))
    links = {k: EmbeddingAligner(AlignConfig(name="argmax", distortion=k))._link(source, target).links for k in (0, 1)}
    assert (0, 1) in links[0]
    assert (0, 0) in links[1]
    assert (0, 1) not in links[1]


@pytest.mark.parametrize("method", ["argmax", "itermax", "mwmf", "awesome"])
@pytest.mark.parametrize(("source", "target"), [((), ("Paris",)), (("Paris",), ()), ((), ())])
def test_an_empty_side_gives_no_links(folder, method, source, target):
    assert _aligner(folder, method).align([_pair(source, target)]) == [Alignment(frozenset())]


@pytest.mark.parametrize("level", ["subword", "word"])
def test_a_token_without_subwords_keeps_the_places_of_the_others(folder, level):
    alignment = _aligner(folder, level=level).align([_pair(["\u00a0", "Paris"], ["\u00a0", "\u00a0", "Paris"])])[0]
    assert alignment.links == {(1, 2)}


def test_word_level_has_one_row_a_token(folder):
    alignment = _aligner(folder, level="word").align([_pair(["Londoner", "Bank"], ["Bank"])])[0]
    assert alignment.similarity.shape == (2, 1)
    assert alignment.source_pieces == (0, 1)


def test_similarity_is_a_cosine(folder):
    alignment = _aligner(folder).align([_pair(["Paris", "met"], ["Paris", "traf"])])[0]
    assert alignment.similarity.dtype == np.float32
    assert np.abs(alignment.similarity).max() <= 1.0


def test_given_links_are_handed_on_and_missing_ones_fail():
    given = aligners.get("given")(AlignConfig(name="given"))
    alignment = Alignment(frozenset({(0, 0)}))
    pair = SentencePair("a", Sentence(("x",), "en"), Sentence(("y",), "de"), alignment=alignment)
    assert given.align([pair]) == [alignment]
    with pytest.raises(AlignmentFailed, match="b: the record has no alignment"):
        given.align([_pair(["x"], ["y"], id="b")])


def test_a_layer_beyond_the_model_is_refused_in_words(folder):
    with pytest.raises(ModelUnavailable, match="has 9 layers"):
        load_encoder(folder, layer=10)


def test_the_signature_names_method_layer_and_weights(folder):
    line = _aligner(folder).describe()
    assert line.startswith("itermax+rounds:2+subword+")
    assert "+sha256:" in line
    assert "+layer:5+float32" in line


def test_centred_vectors_are_told_apart_and_a_lone_one_is_kept(folder):
    pair = _pair(["Paris", "is", "big"], ["Paris", "big", "is"])
    plain, centred = (
        aligners.get("argmax")(AlignConfig(name="argmax", model=folder, layer=5, centred=on))
        .align([pair])[0]
        .similarity
        for on in (False, True)
    )
    assert centred.min() < plain.min() <= plain.max() <= 1.0 + 1e-6
    vectors = _aligner(folder, "argmax").encoder.encode([EncoderInput(pair.source.tokens)])[0].vectors
    shifted = vectors - vectors.mean(axis=0)
    expected = shifted @ shifted.T / np.outer(*(np.linalg.norm(shifted, axis=1),) * 2)
    same = aligners.get("argmax")(AlignConfig(name="argmax", model=folder, layer=5, centred=True)).align(
        [_pair(pair.source.tokens, pair.source.tokens)]
    )[0]
    np.testing.assert_allclose(same.similarity, expected, atol=1e-5)
    lone = aligners.get("argmax")(AlignConfig(name="argmax", model=folder, layer=5, centred=True, level="word"))
    assert lone.align([_pair(["Paris"], ["Paris"])])[0].similarity.item() == pytest.approx(1.0)
    assert "+centred+" in lone.describe()
    assert "centred" not in _aligner(folder).describe()


@pytest.mark.model
def test_scripts_without_spaces_are_read_as_they_are_written():
    """今日 cut into two tokens is one sub-word of running text, and "today" is linked to both halves."""
    pair = SentencePair(
        "1", Sentence(("Will", "it", "rain", "today", "?"), "en"), Sentence(tuple("今日は雨が降りますか？"), "ja")
    )
    joined = aligners.get("itermax")(AlignConfig()).align([pair])[0]
    assert {(3, 0), (3, 1), (2, 3)} <= joined.links
    assert max(joined.target_pieces) == len(pair.target) - 1
    apart = aligners.get("itermax")(AlignConfig(join_unspaced=False)).align([pair])[0]
    assert len(apart.target_pieces) == len(pair.target)  # bare word boundaries are no evidence
    assert apart.similarity.shape == (5, len(pair.target))


def test_layer_0_reads_the_embeddings(folder):
    aligner = aligners.get("argmax")(AlignConfig(name="argmax", model=folder, layer=0))
    assert aligner.align([_pair(["Paris"], ["Paris"])])[0].links == {(0, 0)}
    assert "+layer:0+" in aligner.describe()


@pytest.mark.parametrize("most", [3, 200_000])
def test_sub_words_are_the_tokenizers_whatever_words_were_seen_before(folder, monkeypatch, most):
    monkeypatch.setattr("xner.models.loaded._MOST_WORDS", most)
    encoder, rng = load_encoder(folder, layer=1), random.Random(0)
    for _ in range(20):
        sentences = [tuple(rng.choices([*WORDS, "Xy", "?"], k=rng.randint(1, 9))) for _ in range(3)]
        encoded = encoder.model.tokenizer([*sentences], is_split_into_words=True, add_special_tokens=False)
        found = encoder.pieces([EncoderInput(words) for words in sentences])
        assert [list(pieces.ids) for pieces in found] == encoded["input_ids"]
        assert [[word for (word,) in pieces.tokens] for pieces in found] == [encoded.word_ids(k) for k in range(3)]
