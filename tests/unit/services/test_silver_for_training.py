"""Which rows a recogniser may learn from, and that hours of training are not lost to what could be known before."""

import json

import pytest

from xner.errors import InputError
from xner.services.output_files import write_whole
from xner.services.train_ner import read_gold, read_silver, train_ner

LOC = {"start": 0, "end": 1, "label": "LOC"}


def row(pair_id, status, n_source, found):
    projection = {"entities": found, "status": status, "reason": None if status == "ok" else "why"}
    return {
        "id": pair_id, "source_lang": "en", "target_lang": "zu", "source_tokens": ["Durban", "Oslo"],
        "target_tokens": ["eThekwini", "e-Oslo"],
        "source_entities": [{**LOC, "start": k, "end": k + 1} for k in range(n_source)], "projection": projection,
    }  # fmt: skip


def written(folder, *rows):
    path = folder / "silver.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), "utf-8")
    return path


def test_rows_that_failed_or_lost_a_name_are_left_out_and_sentences_without_names_stay(tmp_path):
    whole, lost = row("1", "ok", 1, [LOC]), row("2", "ok", 2, [LOC])
    failed, nowhere, nothing = row("3", "failed", 1, []), row("4", "empty", 1, []), row("5", "empty", 0, [])
    examples, n_left_out = read_silver(written(tmp_path, whole, lost, failed, nowhere, nothing))
    assert n_left_out == 3
    assert [[e.label for e in entities] for _, entities in examples] == [["LOC"], []]
    assert examples[0][0].tokens == ("eThekwini", "e-Oslo")


def test_a_name_with_two_places_does_not_stand_in_for_one_that_is_lost(tmp_path):
    second = {**LOC, "start": 1, "end": 2}
    twice = row("1", "ok", 2, [{**LOC, "source": 0}, {**second, "source": 0}])
    both = row("2", "ok", 2, [{**LOC, "source": 1}, {**second, "source": 0}])
    examples, n_left_out = read_silver(written(tmp_path, twice, both))
    assert (len(examples), n_left_out) == (1, 1)


def test_a_file_that_nothing_was_projected_onto_is_refused(tmp_path):
    bare = {key: value for key, value in row("1", "ok", 1, [LOC]).items() if key != "projection"}
    with pytest.raises(InputError, match="nothing was projected"):
        read_silver(written(tmp_path, bare))


def test_rows_with_a_doubtful_name_are_left_out_by_margin_and_those_without_rival_stay(tmp_path):
    sure, doubtful, alone = row("1", "ok", 1, [LOC]), row("2", "ok", 1, [LOC]), row("3", "ok", 1, [LOC])
    for each, margin in ((sure, 0.5), (doubtful, 0.1), (alone, None)):
        each["projection"]["runner_up"] = [{"span": None, "margin": margin}]
    path = written(tmp_path, sure, doubtful, alone)
    assert [read_silver(path, least)[1] for least in (0.0, 0.1, 0.3, 0.6)] == [0, 0, 1, 2]


@pytest.mark.parametrize("read", [read_gold, read_silver])
def test_a_bad_row_is_told_once_with_file_and_line(tmp_path, read):
    path = tmp_path / "rows.jsonl"
    path.write_text("hello\n", "utf-8")
    with pytest.raises(InputError) as told:
        read(path)
    assert str(told.value).count("rows.jsonl") == 1
    assert "rows.jsonl:1: not JSON" in str(told.value)


def test_a_folder_that_can_not_be_written_is_told_before_the_training(tmp_path, monkeypatch):
    monkeypatch.setattr("xner.services.train_ner.encode", lambda *_all: pytest.fail("has begun"))
    gold = written(tmp_path, {"id": "1", "lang": "en", "tokens": ["Oslo"], "entities": [LOC]})
    with pytest.raises(OSError, match=r"silver\.jsonl"):
        train_ner([gold], gold / "model", labels=("LOC",))


def test_a_file_that_can_not_be_written_whole_leaves_what_was_there(tmp_path):
    path, link = tmp_path / "run.toml", tmp_path / "link.toml"
    link.symlink_to(path)
    write_whole(link, "a = 1\n")
    with pytest.raises(UnicodeEncodeError):  # as a full disk would, it fails after the file is open
        write_whole(link, "b = \ud800")
    assert path.read_text() == "a = 1\n"
    assert {file.name for file in tmp_path.iterdir()} == {"run.toml", "link.toml"}
