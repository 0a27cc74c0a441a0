"""Translations that are kept: asked for once, never wrong, whatever happens to the files."""

import json
import threading

import pytest

from xner.translate.cache import translate_once


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XNER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "translations"


class Shouting:
    def __init__(self):
        self.batches = []

    def __call__(self, texts):
        self.batches.append(list(texts))
        return [text.upper() for text in texts]


def test_each_text_is_asked_for_once_in_all_runs():
    shout = Shouting()
    assert translate_once(["b", "a", "b", " "], "en>es", shout, 8) == ["B", "A", "B", " "]
    assert translate_once(["c", "a"], "en>es", shout, 8) == ["C", "A"]
    assert shout.batches == [["b", "a"], ["c"]]


def test_another_direction_or_model_shares_nothing():
    shout = Shouting()
    for direction in ("en>es", "en>de", "other model+en>es"):
        translate_once(["a"], direction, shout, 8)
    assert len(shout.batches) == 3


def test_batches_hold_texts_of_like_length_and_are_kept_one_by_one():
    shout = Shouting()

    def breaks_at_long_texts(texts):
        if len(texts[0]) > 3:
            raise MemoryError
        return shout(texts)

    with pytest.raises(MemoryError):
        translate_once(["long enough", "b", "aa"], "d", breaks_at_long_texts, 2)
    assert shout.batches == [["b", "aa"]]
    translate_once(["long enough", "b", "aa"], "d", shout, 2)
    assert shout.batches[1:] == [["long enough"]]


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", "null", '{"translation": "X"}', '{"translation": "X", "sha256": "0"}', "\udcff"]
)
def test_a_damaged_file_is_made_again(folder, damage):
    shout = Shouting()
    translate_once(["a"], "d", shout, 1)
    (file,) = folder.rglob("*.json")
    file.write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert translate_once(["a"], "d", shout, 1) == ["A"]
    assert json.loads(file.read_text())["translation"] == "A"
    assert len(shout.batches) == 2


def test_a_file_under_the_name_of_another_is_not_taken(folder):
    shout = Shouting()
    translate_once(["a", "b"], "d", shout, 1)
    one, other = folder.rglob("*.json")
    one.write_bytes(other.read_bytes())
    assert translate_once(["a", "b"], "d", shout, 1) == ["A", "B"]


def test_a_folder_that_cannot_be_written_costs_no_translation(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XNER_CACHE", str(tmp_path / "file"))
    assert translate_once(["a"], "d", Shouting(), 1) == ["A"]


def test_many_threads_that_write_the_same_text_leave_one_whole_file(folder):
    threads = [threading.Thread(target=translate_once, args=(["a"], "d", Shouting(), 1)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (file,) = [path for path in folder.rglob("*") if path.is_file()]
    assert json.loads(file.read_text())["translation"] == "A"
