"""Translations that are kept: asked for once, and each for its own direction."""

import threading

import pytest

from xner.cache import Room, keys
from xner.translate.cache import translate_once


@pytest.fixture
def room(tmp_path):
    room = Room(tmp_path / "results.sqlite3", 10**7)
    yield room
    room.close()


class Shouting:
    def __init__(self):
        self.batches = []

    def __call__(self, texts):
        self.batches.append(list(texts))
        return [text.upper() for text in texts]


def test_each_batch_is_asked_for_once_in_all_runs(room):
    shout = Shouting()
    for _ in range(2):
        assert translate_once(["b", "a", "b", " "], "en>es", shout, 8, room) == ["B", "A", "B", " "]
    assert shout.batches == [["b", "a"]]


def test_from_any_batch_only_what_was_never_asked_is_asked(room):
    shout = Shouting()
    for texts in (["bbb", "aa"], ["c", "aa", "dddd", "bbb"], ["aa"]):
        said = translate_once(texts, "en>es", shout, 2, room, any_batch=True)
        assert said == [text.upper() for text in texts]
    assert shout.batches == [["aa", "bbb"], ["c", "dddd"]]


class Padding:
    """Says beside how many others it was asked: what padding does to the last digits of a model."""

    def __call__(self, texts):
        return [f"{text} of {max(map(len, texts))}" for text in texts]


@pytest.mark.parametrize("before", [[], ["aa"], ["aa", "bbb"], ["bbb", "c", "ee", "dddd"], ["dddd", "c"]])
def test_the_same_words_come_out_whatever_the_cache_holds(room, before):
    texts = ["aa", "dddd", "bbb", "aa", "c", "eeeee"]
    never_kept = translate_once(texts, "d", Padding(), 2, None)
    for kept_texts in ([text] for text in before):
        translate_once(kept_texts, "d", Padding(), 2, room)
    translate_once(before, "d", Padding(), 2, room)
    assert translate_once(texts, "d", Padding(), 2, room) == never_kept


@pytest.mark.parametrize(
    "package", ["torch", "transformers", "tokenizers", "sentencepiece", "sacremoses", "ctranslate2"]
)
def test_another_version_of_a_package_serves_no_old_words(room, package, monkeypatch):
    shout, honest = Shouting(), keys._version
    translate_once(["a"], "d", shout, 8, room)
    monkeypatch.setattr(keys, "_version", lambda name: "99" if name == package else honest(name))
    keys.environment.cache_clear()
    translate_once(["a"], "d", shout, 8, room)
    monkeypatch.undo()
    keys.environment.cache_clear()
    assert shout.batches == [["a"], ["a"]]
    translate_once(["a"], "d", shout, 8, room)
    assert len(shout.batches) == 2


def test_without_a_room_the_same_comes_out_each_time_anew():
    shout = Shouting()
    for _ in range(2):
        assert translate_once(["b", "a", " "], "en>es", shout, 8, None) == ["B", "A", " "]
    assert shout.batches == [["b", "a"]] * 2


def test_another_direction_or_model_shares_nothing(room):
    shout = Shouting()
    for direction in ("en>es", "en>de", "other model+en>es"):
        translate_once(["a"], direction, shout, 8, room)
    assert len(shout.batches) == 3


def test_batches_hold_texts_of_like_length_and_are_kept_one_by_one(room):
    shout = Shouting()

    def breaks_at_long_texts(texts):
        if len(texts[0]) > 3:
            raise MemoryError
        return shout(texts)

    with pytest.raises(MemoryError):
        translate_once(["long enough", "b", "aa"], "d", breaks_at_long_texts, 2, room)
    assert shout.batches == [["b", "aa"]]
    translate_once(["long enough", "b", "aa"], "d", shout, 2, room)
    assert shout.batches[1:] == [["long enough"]]


def test_an_empty_translation_and_one_that_utf8_does_not_know_are_kept_as_they_are(room):
    for _ in range(2):
        assert translate_once(["a", "b"], "d", lambda _texts: ["", "\udcff"], 8, room) == ["", "\udcff"]
    assert translate_once(["a", "b"], "d", Shouting(), 8, room) == ["", "\udcff"]


def test_many_threads_that_write_the_same_text_leave_one_whole_entry(room):
    threads = [threading.Thread(target=translate_once, args=(["a"], "d", Shouting(), 1, room)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert room.run(lambda db: db.execute("SELECT value FROM entry").fetchall(), []) == [(b"A",)]
