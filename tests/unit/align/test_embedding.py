"""The batched aligner on a tiny real encoder, against simalign itself."""

import random

import numpy as np
import pytest

from tests.tiny_models import WORDS, tiny_bert
from xner.align import aligners
from xner.align.simalign_package import METHODS, simalign_aligner
from xner.config import AlignConfig
from xner.errors import AlignmentFailed, ModelUnavailable
from xner.models.encoder import EncoderInput
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


@pytest.mark.parametrize("method", sorted(METHODS))
def test_links_equal_those_of_simalign(folder, method):
    letter, key = METHODS[method]
    reference = simalign_aligner(folder, 5, letter)
    pairs = _random_pairs(40, 14)
    ours = _aligner(folder, method).align(pairs)
    for pair, alignment in zip(pairs, ours, strict=True):
        theirs = reference.get_word_aligns(list(pair.source.tokens), list(pair.target.tokens))[key]
        assert alignment.links == set(theirs), pair


def test_the_package_itself_can_be_chosen(folder):
    pairs = _random_pairs(5, 8)
    assert _aligner(folder, "simalign").align(pairs) == _aligner(folder, "itermax").align(pairs)


def test_the_package_refuses_what_it_would_cut_silently(folder):
    with pytest.raises(AlignmentFailed, match="sub-words"):
        _aligner(folder, "simalign").align([_pair(["Paris"] * 70, ["Paris"])])


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


def test_windows_agree_with_the_whole_where_one_window_suffices(folder):
    encoder = load_encoder(folder, layer=5)
    words = random.Random(4).choices(WORDS, k=encoder.max_pieces)
    (whole,) = encoder.encode([EncoderInput(tuple(words))])
    assert whole.vectors.shape == (encoder.max_pieces, 24)
    (longer,) = encoder.encode([EncoderInput((*words, "Paris"))])
    assert longer.vectors.shape == (encoder.max_pieces + 1, 24)
    assert np.isfinite(longer.vectors).all()


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
