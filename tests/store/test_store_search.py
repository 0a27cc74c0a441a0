"""A search finds words of either sentence in whatever letter case, and nothing that nobody sees."""

from __future__ import annotations

import dataclasses
import unicodedata

import pytest

from tests.store_world import World, pair, projected
from xner.io.json_lines import dumps, record_from_pair
from xner.store import corpora, queue
from xner.store.rows import Filters, NewPair
from xner.store.session import Store
from xner.types import Projection, Sentence, SentencePair

SENTENCES = {
    "tr": ("İstanbul", "ve", "Iğdır", "ışık"),
    "de": ("Die", "Große", "Straße", "in", "Österreich"),
    "uk": ("Київ", "і", "Ґанок"),
    "el": ("Ο", "Μίλος", "στην", "Αθήνα"),
    "zh": ("北京", "大学", "NATO"),
}
FOUND = [
    ("istanbul", "tr"), ("İSTANBUL", "tr"), ("ISTANBUL", "tr"), ("IĞDIR", "tr"), ("ığdır", "tr"), ("iğdır", "tr"),
    ("STRASSE", "de"), ("straße", "de"), ("ÖSTERREICH", "de"), (unicodedata.normalize("NFD", "österreich"), "de"),
    ("київ", "uk"), ("КИЇВ", "uk"), (unicodedata.normalize("NFD", "ҐАНОК"), "uk"),
    ("ΜΊΛΟΣ", "el"), ("μίλοσ", "el"), ("μίλος στην", "el"), ("αθήνα", "el"),
    ("北京大学", "zh"), ("北京 大学", "zh"), ("nato", "zh"), ("  große   STRASSE ", "de"),
]  # fmt: skip
UNSEEN = ["source_tokens", "target_lang", "tokens", '"', "PER", "remark", "s1", "[", "Bergen Die", "%", "_"]


def made(lang: str, number: int) -> NewPair:
    source = Sentence(("They", "visited", "Bergen"), "en")
    built = SentencePair(f"s{number}", source, Sentence(SENTENCES[lang], lang), meta={"remark": "unseen"})
    return NewPair(built.id, "en", lang, dumps(record_from_pair(built)), ("PER",))


@pytest.fixture
def world(store: Store) -> World:
    world = World(store, n_pairs=0)
    corpora.add_pairs(store, world.corpus, [made(lang, number) for number, lang in enumerate(SENTENCES)])
    return world


def found(world: World, words: str) -> list[str]:
    rows = world.read(queue.rows, world.corpus, Filters(text=words), order="document")
    return [row.pair.target_lang for row in rows]


def test_words_are_found_in_whatever_letter_case_and_form(world):
    assert {words: found(world, words) for words, _ in FOUND} == {words: [lang] for words, lang in FOUND}
    assert found(world, "BERGEN") == list(SENTENCES)


def test_what_nobody_sees_is_not_found(world):
    assert {words: found(world, words) for words in UNSEEN} == {words: [] for words in UNSEEN}


def test_a_translation_that_a_run_made_is_found(store):
    world = World(store, n_pairs=0)
    bare = dataclasses.replace(pair(0), target=None)
    corpora.add_pairs(store, world.corpus, [NewPair("s0", "en", "de", dumps(record_from_pair(bare)))])
    (pair_id,) = world.read(queue.ids, world.corpus, Filters())
    assert found(world, "SIEHT") == []
    world.project(projected(pair_id, 0))
    assert found(world, "SIEHT") == ["de"]
    failed = dumps(record_from_pair(bare, Projection.failed("s0", "no words", "s")))
    world.project(dataclasses.replace(projected(pair_id, 0, status="failed"), record=failed))
    assert (found(world, "SIEHT"), found(world, "mira")) == ([], ["de"])  # as the lists show it
