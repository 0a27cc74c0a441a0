"""Alignments that are kept: the same bytes as without a cache, and never those of other settings or sentences."""

import hashlib
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tiny_models import WORDS, tiny_bert
from xner.align import aligners, make_aligner
from xner.align.cached import PURE, CachedAligner
from xner.align.packed import pack, unpack
from xner.cache import Room
from xner.config import AlignConfig, CacheConfig
from xner.models import hub
from xner.types import Alignment, Sentence, SentencePair

SAME, ANY = CacheConfig(), CacheConfig(reuse="any_batch")
CONFIG = AlignConfig(model="folder")
OTHER_VALUES = {
    "name": "argmax", "model": "other", "revision": "abc", "layer": 3, "level": "word", "join_unspaced": False,
    "centred": True, "distortion": 0.5, "max_iterations": 3, "awesome_threshold": 0.01, "unite": "statistical",
    "symmetrisation": "union", "dtype": "bfloat16", "batch_tokens": 512,
}  # fmt: skip
SENTENCES = [Sentence((f"w{k}", "x")[: 1 + k % 2], "en") for k in range(4)]
PAIRS = [SentencePair(f"{a}-{b}", SENTENCES[a], SENTENCES[b]) for a in range(4) for b in range(4)]


class Encoder:
    """Stands for an aligner of which the last digits depend on all sentences of the call, and on their order."""

    def __init__(self, weights="w1"):
        self.weights, self.calls = weights, []

    def align(self, pairs):
        self.calls.append(len(pairs))
        together = repr([self.weights, *((pair.source, pair.target) for pair in pairs)])
        return [self._one(pair, f"{together}{k}") for k, pair in enumerate(pairs)]

    def _one(self, pair, seed):
        rng = np.random.default_rng(int(hashlib.sha256(seed.encode()).hexdigest()[:16], 16))
        m, n = len(pair.source), len(pair.target)
        return Alignment(
            frozenset({(0, 0), (m - 1, n - 1)}), frozenset({(0, n - 1)}), rng.random((m, n)).astype(np.float32),
            tuple(range(m)), tuple(range(n)),
        )  # fmt: skip

    def describe(self):
        return f"encoder+{self.weights}"


def content(alignments):
    return [pack(alignment) for alignment in alignments]


@pytest.fixture
def room(tmp_path):
    room = Room(tmp_path / "results.sqlite3", 10**7)
    yield room
    room.close()


def cached(room, encoder, config=CONFIG, how=SAME):
    return CachedAligner(encoder, config, room, settings=how)


@settings(max_examples=60)
@given(
    calls=st.lists(st.lists(st.integers(0, 15), min_size=1, max_size=5), min_size=1, max_size=8),
    lost=st.lists(st.integers(1, 30), max_size=4),
)
def test_cold_warm_and_partly_lost_caches_give_the_bytes_of_none(calls, lost):
    with tempfile.TemporaryDirectory() as folder:
        room = Room(Path(folder) / "results.sqlite3", 10**7)
        for _ in range(2):
            for call in calls:
                pairs = [PAIRS[k] for k in call]
                assert content(cached(room, Encoder()).align(pairs)) == content(Encoder().align(pairs))
            room.run(lambda db: db.executemany("DELETE FROM entry WHERE id = ?", [(row,) for row in lost]))
        room.close()


def test_a_warm_cache_asks_the_aligner_for_nothing(room):
    cold, warm = Encoder(), Encoder()
    cached(room, cold).align(PAIRS)
    assert content(cached(room, warm).align(PAIRS)) == content(Encoder().align(PAIRS))
    assert (cold.calls, warm.calls) == ([16], [])


def test_any_batch_takes_what_another_call_left_and_asks_for_the_rest_alone(room):
    kept = dict(zip(PAIRS[:3], content(cached(room, Encoder()).align(PAIRS[:3])), strict=True))
    encoder = Encoder()
    found = content(cached(room, encoder, how=ANY).align([PAIRS[5], PAIRS[2], PAIRS[0]]))
    assert found[1:] == [kept[PAIRS[2]], kept[PAIRS[0]]]
    assert encoder.calls == [1]


def test_every_setting_of_the_section_is_tried():
    assert set(OTHER_VALUES) == set(AlignConfig.model_fields)


@pytest.mark.parametrize("how", [SAME, ANY], ids=["same batch", "any batch"])
@pytest.mark.parametrize("key", OTHER_VALUES)
def test_another_setting_shares_nothing(room, key, how):
    cached(room, Encoder(), how=how).align(PAIRS[:2])
    encoder = Encoder()
    cached(room, encoder, AlignConfig(**{"model": "folder", key: OTHER_VALUES[key]}), how).align(PAIRS[:2])
    assert encoder.calls == [2]


@pytest.mark.parametrize("how", [SAME, ANY], ids=["same batch", "any batch"])
def test_other_weights_share_nothing(room, how):
    cached(room, Encoder("w1"), how=how).align(PAIRS[:2])
    assert content(cached(room, Encoder("w2"), how=how).align(PAIRS[:2])) == content(Encoder("w2").align(PAIRS[:2]))


@pytest.mark.parametrize("how", [SAME, ANY], ids=["same batch", "any batch"])
@pytest.mark.parametrize(
    "source",
    [
        Sentence(("a",), "en"), Sentence(("b", "a"), "en"), Sentence(("ab",), "en"), Sentence(("a", "b"), "ja"),
        Sentence(("a", "b"), "en", "a b"), Sentence(("a", "b"), "en", None, None, (True, False)),
        Sentence(("a", "b"), "en", "ab", ((0, 1), (1, 2))), Sentence(("a", "c"), "en"), None,
    ],
)  # fmt: skip
def test_another_sentence_shares_nothing(room, source, how):
    target = Sentence(("x", "y"), "de")
    cached(room, Encoder(), how=how).align([SentencePair("1", Sentence(("a", "b"), "en"), target)])
    encoder = Encoder()
    encoder._one = lambda pair, seed: Alignment(frozenset())
    for pair in (SentencePair("1", source, target), SentencePair("1", target, Sentence(("a", "b"), "en"))):
        cached(room, encoder, how=how).align([pair])
    assert encoder.calls == [1, 1]


def test_what_is_not_of_the_sentences_plays_no_part(room):
    cached(room, Encoder()).align([PAIRS[0]])
    encoder = Encoder()
    cached(room, encoder).align(
        [SentencePair("other", PAIRS[0].source, PAIRS[0].target, source_entities=(), meta={"a": 1})]
    )
    assert encoder.calls == []


def test_a_model_that_is_replaced_meanwhile_leaves_nothing_under_the_old_name(room):
    encoder = Encoder("w1")
    ours = cached(room, encoder)
    ours.align(PAIRS[:2])
    encoder.weights = "w2"  # loaded again from new files
    ours.align(PAIRS[2:4])
    old = Encoder("w1")
    assert content(cached(room, old).align(PAIRS[2:4])) == content(Encoder("w1").align(PAIRS[2:4]))
    assert old.calls == [2]
    new = Encoder("w2")
    assert content(cached(room, new).align(PAIRS[2:4])) == content(Encoder("w2").align(PAIRS[2:4]))
    assert new.calls == []


links = st.frozensets(st.tuples(st.integers(0, 2000), st.integers(0, 2000)), max_size=20)


@given(links, links, st.none() | st.tuples(st.integers(0, 6), st.integers(0, 6)), st.binary(min_size=144, max_size=144))
def test_alignments_come_back_bit_for_bit(sure, possible, shape, bits):
    given_alignment = Alignment(sure, possible)
    if shape is not None:
        values = np.frombuffer(bits, "<f4")[: shape[0] * shape[1]].reshape(shape)
        given_alignment = Alignment(sure, possible, values, tuple(range(shape[0])), tuple(range(shape[1])))
    back = unpack(pack(given_alignment))
    assert back == given_alignment
    assert pack(back) == pack(given_alignment)
    if shape is not None:
        assert back.similarity.dtype == np.float32
        assert back.similarity.flags.c_contiguous
        assert back.similarity.flags.writeable
        assert (back.source_pieces, back.target_pieces) == (tuple(range(shape[0])), tuple(range(shape[1])))


@pytest.mark.parametrize("hash_in_name", ["", "w9"])
def test_what_a_model_says_of_itself_is_kept_by_the_files_that_it_was_loaded_from(room, monkeypatch, hash_in_name):
    """Also where they came only with loading, as the embedded encoder does; files of another hash name nothing."""
    files: list[str] = []
    monkeypatch.setattr("xner.align.cached.files_hash", lambda _model: files[-1] if files else None)

    class Unpacked(Encoder):
        def describe(self):
            files.append(hash_in_name or self.weights)
            return f"encoder+sha256:{self.weights}+layer:7"

    assert cached(room, Unpacked("w1")).describe() == "encoder+sha256:w1+layer:7"
    monkeypatch.setattr(Unpacked, "describe", lambda _self: "it was loaded")
    assert cached(room, Unpacked("w1")).describe() == ("it was loaded" if hash_in_name else "encoder+sha256:w1+layer:7")


def test_only_aligners_that_follow_from_sentence_and_settings_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("XNER_CACHE", str(tmp_path))
    monkeypatch.setenv("XNER_CACHE_SIZE", "1MB")
    made = {name: make_aligner(AlignConfig(name=name)) for name in aligners.names()}
    assert {name for name, aligner in made.items() if isinstance(aligner, CachedAligner)} == PURE
    assert set(aligners.names()) - PURE == {"given", "statistical"}
    for off in (CacheConfig(reuse="off"), CacheConfig(size=0)):
        assert not isinstance(make_aligner(AlignConfig(), off), CachedAligner)
    monkeypatch.setenv("XNER_CACHE_SIZE", "0")
    assert not isinstance(make_aligner(AlignConfig()), CachedAligner)


def _forbidden(*_names, **_options):
    raise AssertionError("a model was loaded")


@pytest.mark.parametrize("settings", [{}, {"name": "awesome", "level": "word"}, {"unite": "argmax"}])
def test_a_real_encoder_gives_the_same_bytes_with_a_cold_cache_a_warm_one_and_none(tmp_path, monkeypatch, settings):
    monkeypatch.setenv("XNER_CACHE", str(tmp_path))
    monkeypatch.setenv("XNER_CACHE_SIZE", "1MB")
    config = AlignConfig(**{"model": str(tiny_bert(tmp_path / "model", layers=3)), "layer": 2, **settings})
    rng = np.random.default_rng(0)
    sides = [Sentence(tuple(rng.choice(WORDS, n)), "en") for n in (5, 1, 9, 20, 3, 7)]
    pairs = [SentencePair(str(k), a, b) for k, (a, b) in enumerate(zip(sides, sides[::-1], strict=True))]
    none = make_aligner(config, CacheConfig(reuse="off"))
    cold = make_aligner(config)
    wanted = content(none.align(pairs)), none.describe()
    assert (content(cold.align(pairs)), cold.describe()) == wanted
    with monkeypatch.context() as patch:
        hub._models.clear()
        patch.setattr("xner.align.embedding.load_encoder", _forbidden)
        warm = make_aligner(config)
        assert warm.describe() == wanted[1]
        assert content(warm.align(pairs)) == wanted[0]
    tiny_bert(tmp_path / "model", layers=3, seed=1)  # other weights under the same name
    changed = make_aligner(config)
    assert changed.describe() != wanted[1]
    assert content(changed.align(pairs)) != wanted[0]
    hub._models.clear()
