"""`project` on files: complete or not there, resumable, and never over the gold."""

import gzip
import json

import pytest

from tests.unit.test_pipeline import GIVEN
from xner.errors import ConfigError, InputError
from xner.services import run_projection
from xner.services.input_files import InputOptions
from xner.services.run_projection import project_file


def _record(k, **fields):
    return {
        "id": f"r{k}", "source_lang": "en", "target_lang": "de", "source_tokens": ["Ada", "wrote"],
        "target_tokens": ["Ada", "schrieb"], "source_entities": [{"start": 0, "end": 1, "label": "PER"}],
        "alignment": [[0, 0], [1, 1]], **fields,
    }  # fmt: skip


def _write(path, records):
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return path


def _rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_readable_row_comes_out_with_its_status(tmp_path):
    bad_span = {"source_entities": [{"start": 0, "end": 9, "label": "PER"}]}
    records = [_record(0), _record(1, alignment=None), _record(2, source_entities=[]), _record(3, **bad_span)]
    del records[1]["alignment"]
    source = _write(tmp_path / "in.jsonl", records)
    problems = []
    summary = project_file(source, tmp_path / "out.jsonl", GIVEN, on_problem=problems.append)
    rows = _rows(tmp_path / "out.jsonl")
    assert [row["projection"]["status"] for row in rows] == ["ok", "failed", "empty"]
    assert rows[0]["projection"]["entities"] == [{"start": 0, "end": 1, "label": "PER", "score": 1.0, "source": 0}]
    assert rows[1]["projection"]["entities"] == []
    assert [pair_id for pair_id, _ in summary.failed] == ["r1"]
    assert problems == summary.problems
    assert problems[0].line == 4


def test_gold_on_the_target_side_is_never_overwritten(tmp_path):
    gold = [{"start": 1, "end": 2, "label": "LOC"}]
    source = _write(tmp_path / "in.jsonl", [_record(0, target_entities=gold)])
    project_file(source, tmp_path / "out.jsonl", GIVEN)
    (row,) = _rows(tmp_path / "out.jsonl")
    assert row["target_entities"] == gold
    with pytest.raises(ConfigError, match="same file"):
        project_file(source, source, GIVEN)


class _PowerCut(BaseException):
    """Nothing in the program may catch this."""


def _cut_after(n):
    def on_row(summary):
        if summary.n_done == n:
            raise _PowerCut

    return on_row


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path, monkeypatch):
    source, output = _write(tmp_path / "in.jsonl", [_record(k) for k in range(9)]), tmp_path / "out.jsonl"
    whole = tmp_path / "whole.jsonl"
    project_file(source, whole, GIVEN)
    with pytest.raises(_PowerCut):
        project_file(source, output, GIVEN, on_row=_cut_after(4), batch_size=2)
    assert not output.exists()
    partial = tmp_path / "out.jsonl.partial"
    with partial.open("ab") as stream:
        stream.write(b'{"id": "r4", "sou')  # the row that was being written
    seen = []
    honest = run_projection.run

    def counting(pipeline, pairs, batch_size):
        for outcome in honest(pipeline, pairs, batch_size):
            seen.append(outcome.pair.id)
            yield outcome

    monkeypatch.setattr(run_projection, "run", counting)
    summary = project_file(source, output, GIVEN, resume=True)
    assert seen == ["r4", "r5", "r6", "r7", "r8"]
    assert (summary.n_ok, summary.n_resumed) == (9, 4)
    assert output.read_bytes() == whole.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "out.jsonl", "whole.jsonl"}


def test_resuming_under_other_settings_is_refused(tmp_path):
    source, output = _write(tmp_path / "in.jsonl", [_record(k) for k in range(3)]), tmp_path / "out.jsonl"
    with pytest.raises(_PowerCut):
        project_file(source, output, GIVEN, on_row=_cut_after(1), batch_size=1)
    with pytest.raises(ConfigError, match="other settings"):
        project_file(source, output, GIVEN.updated({"match.name": "greedy"}), resume=True)
    _write(source, [_record(k) for k in range(4)])
    with pytest.raises(ConfigError, match="another input"):
        project_file(source, output, GIVEN, resume=True)


def test_a_compressed_file_comes_out_compressed_and_reproducible(tmp_path):
    source = tmp_path / "in.jsonl.gz"
    source.write_bytes(gzip.compress(json.dumps(_record(0)).encode()))
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        project_file(source, tmp_path / name, GIVEN)
    assert json.loads(gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()))["id"] == "r0"
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()


def test_a_file_without_one_usable_pair_writes_nothing(tmp_path):
    source = _write(tmp_path / "in.jsonl", [{"id": "x"}])
    with pytest.raises(InputError, match="no pair could be read"):
        project_file(source, tmp_path / "out.jsonl", GIVEN)
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_two_files_and_links_side_by_side(tmp_path):
    (tmp_path / "en.conll").write_text("Ada\tB-PER\nwrote\tO\n\n", encoding="utf-8")
    (tmp_path / "de.txt").write_text("Ada schrieb\n", encoding="utf-8")
    (tmp_path / "links.txt").write_text("0-0 1-1\n", encoding="utf-8")
    options = InputOptions(source_lang="en", target_lang="de", target=tmp_path / "de.txt", links=tmp_path / "links.txt")
    project_file(tmp_path / "en.conll", tmp_path / "out.jsonl", GIVEN, options)
    (row,) = _rows(tmp_path / "out.jsonl")
    assert row["projection"]["entities"][0]["label"] == "PER"
    with pytest.raises(InputError, match="--source-lang"):
        project_file(tmp_path / "en.conll", tmp_path / "x.jsonl", GIVEN, InputOptions(target=tmp_path / "de.txt"))
