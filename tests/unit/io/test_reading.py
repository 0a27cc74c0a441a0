import gzip
import json
import os
import threading
import tracemalloc

import pytest

from xner.errors import InputError, LimitExceeded
from xner.io import limits, lines
from xner.io.lines import open_lines
from xner.io.reading import Upload, detect_format, read_labelled, read_pairs
from xner.io.report import RowProblem

RECORD = {"id": "1", "source_lang": "en", "source_tokens": ["a"], "target_lang": "sw", "target_tokens": ["b"]}
LINE = json.dumps(RECORD) + "\n"


@pytest.mark.parametrize(
    ("name", "head", "found"),
    [
        ("a.jsonl", "", "jsonl"),
        ("a.JSONL.GZ", "x", "jsonl"),
        ("a.csv", LINE, "jsonl"),
        ("a.json", "[\n", "jsonl"),
        ("a.tsv", "a\tO\n", "tsv"),
        ("a.csv", "a\tb\n", "csv"),
        ("a.conll", "a\n", "conll"),
        ("a.txt", "a ||| b\n", "plain"),
        ("a.txt", "0-0 1-1\r\n", "pharaoh"),
        ("a.txt", "\n# id = 1\nEU NNP I-NP B-ORG\nrejects VBZ I-VP O\n", "conll"),
        ("a.txt", "-DOCSTART- -X- O\n\nEU\tB-ORG\n", "conll"),
        ("a.txt", "a\tb\n", "tsv"),
        ("a.txt", "a sentence\tB-side\nanother\tone\n", "tsv"),
        ("a", "source,target\n", "csv"),
    ],
)
def test_the_content_tells_the_format_where_the_name_does_not(name, head, found):
    assert detect_format(name, head) == found


def test_the_format_can_be_said():
    (pair,) = read_pairs(Upload("a.conll", LINE.encode()), format="jsonl")
    assert pair.id == "1"
    (pair,) = read_pairs(Upload("a.csv", b"a,b\tc\n"), format="tsv", source_lang="sw", target_lang="qaa")
    assert pair.source.text == "a,b"


def test_what_is_packed_is_unpacked_whatever_its_name(tmp_path):
    path = tmp_path / "plain.jsonl"
    path.write_bytes(gzip.compress(LINE.encode()) + gzip.compress(LINE.replace("1", "2").encode()))
    assert [pair.id for pair in read_pairs(path)] == ["1", "2"]


def test_a_pipe_is_read_once_and_to_the_end(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(LINE.encode(),))
    writer.start()
    assert [pair.id for pair in read_pairs(path)] == ["1"]
    writer.join()


def test_reading_closes_the_file_when_the_caller_stops_early(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(LINE + LINE.replace("1", "2"))
    before = len(os.listdir("/proc/self/fd"))
    rows = read_pairs(path)
    next(rows)
    rows.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_limits_on_size_hold_for_uploads_and_not_for_paths(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "MAX_UPLOAD_BYTES", 100)
    data = LINE.encode() * 2
    with pytest.raises(LimitExceeded, match="the limit is 0"):
        list(read_pairs(Upload("a.jsonl", data)))
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    assert len(list(read_pairs(path))) == 2
    packed = tmp_path / "bomb.jsonl.gz"
    packed.write_bytes(gzip.compress(LINE.encode() + (b" " * 999 + b"\n") * 20_000))
    assert len(list(read_pairs(packed))) == 1


def test_the_limit_on_uploads_is_that_of_the_server():
    with open(".streamlit/config.toml", encoding="utf-8") as stream:
        assert f"maxUploadSize = {limits.MAX_UPLOAD_BYTES // 1024**2}" in stream.read().replace("=", " = ").replace(
            "  ", " "
        )


def test_rows_before_a_wrong_byte_are_read_and_then_the_file_is_refused():
    rows = read_pairs(Upload("a.jsonl", LINE.encode() + b"\xff\n"))
    assert next(rows).id == "1"
    with pytest.raises(InputError, match=r"a\.jsonl:2: byte 1 of the line \(0xFF\) is not UTF-8"):
        next(rows)


def test_labelled_sentences_come_from_either_format():
    json_rows = read_labelled(Upload("a.jsonl", LINE.encode()), "gold")
    conll_rows = read_labelled(Upload("a.conll", b"b\tB-PER\n"), "predicted", lang="swa")
    assert [(row.id, row.sentence.tokens, row.sentence.lang) for row in (*json_rows, *conll_rows)] == [
        ("1", ("b",), "sw"),
        ("", ("b",), "sw"),
    ]


def test_a_table_has_no_labels():
    with pytest.raises(InputError, match="has no entities"):
        list(read_labelled(Upload("a.tsv", b"a\tb\n"), "gold"))


def test_a_label_set_may_be_any_collection():
    record = json.dumps({**RECORD, "source_entities": [{"start": 0, "end": 1, "label": "PER"}]}).encode()
    assert not isinstance(next(read_pairs(Upload("a.jsonl", record), labels=["PER"])), RowProblem)
    assert isinstance(next(read_pairs(Upload("a.jsonl", record), labels=())), RowProblem)


def test_a_file_that_can_not_be_read_is_refused_in_words(tmp_path):
    with pytest.raises(InputError, match="can't be read"), open_lines(tmp_path / ("x" * 5000)):
        pytest.fail("it was opened")


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "long.jsonl"
    filler = ["word"] * 200
    path.write_text("".join(json.dumps({**RECORD, "id": str(n), "source_tokens": filler}) + "\n" for n in range(400)))
    tracemalloc.start()
    n_pairs = sum(1 for _ in read_pairs(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n_pairs == 400
    assert peak < path.stat().st_size / 2
