"""`project` on files: complete or not there, resumable, and never over the gold."""

import gzip
import json
import os
import threading

import pytest

from tests.unit.test_pipeline import GIVEN
from xner.align.given import GivenAligner
from xner.errors import ConfigError, InputError, ModelUnavailable
from xner.pipeline import Pipeline
from xner.recognise.base import recognisers
from xner.services import run_projection
from xner.services.input_files import InputOptions
from xner.services.run_projection import project_file
from xner.types import Entity, Span


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
    assert summary.n_rejected == 1
    assert [problem.line for problem in problems] == [4]


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
    honest = run_projection._lines

    def counting(pipeline, batch):
        seen.extend(pair.id for pair in batch)
        return honest(pipeline, batch)

    monkeypatch.setattr(run_projection, "_lines", counting)
    summary = project_file(source, output, GIVEN, resume=True, batch_size=2)
    assert seen == ["r4", "r5", "r6", "r7", "r8"]
    assert (summary.n_ok, summary.n_resumed) == (9, 4)
    assert output.read_bytes() == whole.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "out.jsonl", "whole.jsonl"}


def test_resuming_under_other_settings_is_refused(tmp_path):
    source, output = _write(tmp_path / "in.jsonl", [_record(k) for k in range(3)]), tmp_path / "out.jsonl"
    with pytest.raises(_PowerCut):
        project_file(source, output, GIVEN, on_row=_cut_after(1), batch_size=1)
    with pytest.raises(ConfigError, match="other settings"):
        project_file(source, output, GIVEN.updated({"match.name": "greedy"}), resume=True, batch_size=1)
    with pytest.raises(ConfigError, match="other settings"):
        project_file(source, output, GIVEN, resume=True, batch_size=2)
    _write(source, [_record(k) for k in range(4)])
    with pytest.raises(ConfigError, match="another input"):
        project_file(source, output, GIVEN, resume=True, batch_size=1)


def _interrupted(folder, n_done, n=9):
    source, output = _write(folder / "in.jsonl", [_record(k) for k in range(n)]), folder / "out.jsonl"
    with pytest.raises(_PowerCut):
        project_file(source, output, GIVEN, on_row=_cut_after(n_done), batch_size=2)
    return source, output


def test_a_resumed_run_has_the_batches_of_a_whole_one(tmp_path, monkeypatch):
    source, output = _interrupted(tmp_path, 5)
    batches = []
    honest = Pipeline.run

    def run(pipeline, pairs, **options):
        batches.append([pair.id for pair in pairs])
        return honest(pipeline, pairs, **options)

    monkeypatch.setattr(Pipeline, "run", run)
    summary = project_file(source, output, GIVEN, resume=True, batch_size=2)
    assert batches == [["r4", "r5"], ["r6", "r7"], ["r8"]]
    assert (summary.n_ok, summary.n_resumed) == (9, 4)
    assert [row["id"] for row in _rows(output)] == [f"r{k}" for k in range(9)]


def test_a_run_whose_entities_come_from_no_source_goes_on_too(tmp_path, monkeypatch):
    class Firsts:
        def __init__(self, config):
            pass

        def recognise(self, sentences):
            return [(Entity(Span(0, 1), "PER"),) for _ in sentences]

        def describe(self):
            return "firsts"

    monkeypatch.setitem(recognisers._items, "firsts", Firsts)
    transfer = GIVEN.updated({"pipeline": "model-transfer", "recognise.name": "firsts"})
    source, output = _write(tmp_path / "in.jsonl", [_record(k) for k in range(5)]), tmp_path / "out.jsonl"
    whole = project_file(source, tmp_path / "whole.jsonl", transfer, batch_size=2)
    with pytest.raises(_PowerCut):
        project_file(source, output, transfer, on_row=_cut_after(3), batch_size=2)
    resumed = project_file(source, output, transfer, resume=True, batch_size=2)
    assert resumed.n_resumed == 2
    assert (resumed.n_ok, resumed.n_entities, resumed.n_placed) == (whole.n_ok, whole.n_entities, whole.n_placed)
    assert resumed.n_placed == 0, "nothing was projected from the source"
    assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_beginning_again_keeps_the_rows_of_the_interrupted_run_and_says_where(tmp_path, caplog):
    source, output = _interrupted(tmp_path, 3)
    before = (tmp_path / "out.jsonl.partial").read_bytes()
    project_file(source, output, GIVEN)
    assert (tmp_path / "out.jsonl.partial.old").read_bytes() == before
    assert "out.jsonl.partial.old" in caplog.text


def test_a_damaged_row_of_the_interrupted_run_is_named(tmp_path):
    source, output = _interrupted(tmp_path, 4)
    partial = tmp_path / "out.jsonl.partial"
    lines = partial.read_text(encoding="utf-8").splitlines(keepends=True)
    partial.write_text("".join([lines[0], "\0\0\n", *lines[2:]]), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"out\.jsonl\.partial:2: the row is damaged"):
        project_file(source, output, GIVEN, resume=True, batch_size=2)


def test_a_second_run_on_the_same_output_is_refused_while_the_first_one_runs(tmp_path):
    source, output = _write(tmp_path / "in.jsonl", [_record(k) for k in range(3)]), tmp_path / "out.jsonl"
    refusals = []

    def second(_summary):
        with pytest.raises(ConfigError, match="Another run is writing") as refused:
            project_file(source, output, GIVEN)
        refusals.append(refused.value)

    project_file(source, output, GIVEN, on_row=second)
    assert len(refusals) == 3
    assert len(_rows(output)) == 3
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "out.jsonl"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_input_from_a_pipe_is_read_whole_and_cannot_be_resumed(tmp_path):
    content = "".join(json.dumps(_record(k)) + "\n" for k in range(3))
    pipe, output = tmp_path / "pipe", tmp_path / "out.jsonl"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(content,), daemon=True)
    writer.start()
    assert project_file(pipe, output, GIVEN).n_ok == 3
    writer.join(timeout=5)
    with pytest.raises(ConfigError, match="pipe"):
        project_file(pipe, output, GIVEN, resume=True)


@pytest.mark.parametrize("ending", ["", ".partial", ".partial.json", ".partial.gz", ".partial.old", ".lock"])
def test_no_input_is_overwritten_under_any_name_that_a_run_writes(tmp_path, ending):
    source = _write(tmp_path / "in.jsonl", [_record(0)])
    target = tmp_path / f"out.jsonl{ending}"
    target.write_text("Ada schrieb\n", encoding="utf-8")
    options = InputOptions(source_lang="en", target_lang="de", target=target)
    with pytest.raises(ConfigError, match="same file"):
        project_file(source, tmp_path / "out.jsonl", GIVEN, options)
    assert target.read_text(encoding="utf-8") == "Ada schrieb\n"


def test_labels_of_the_configuration_choose_entities_and_reject_no_row(tmp_path):
    both = [{"start": 0, "end": 1, "label": "PER"}, {"start": 1, "end": 2, "label": "MISC"}]
    source = _write(tmp_path / "in.jsonl", [_record(0, source_entities=both)])
    summary = project_file(source, tmp_path / "out.jsonl", GIVEN.updated({"labels": ["PER"]}))
    (row,) = _rows(tmp_path / "out.jsonl")
    assert summary.n_rejected == 0
    assert [entity["label"] for entity in row["projection"]["entities"]] == ["PER"]


def test_a_missing_model_stops_the_run_before_anything_is_written(tmp_path, monkeypatch):
    def missing(_aligner):
        raise ModelUnavailable("The model is not here.")

    monkeypatch.setattr(GivenAligner, "describe", missing)
    source = _write(tmp_path / "in.jsonl", [_record(0)])
    with pytest.raises(ModelUnavailable):
        project_file(source, tmp_path / "out.jsonl", GIVEN)
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


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


def _own_recogniser(folder):
    folder.mkdir()
    for name in ("config.json", "model.safetensors"):
        (folder / name).write_text("as it was")
    return GIVEN.updated({"recognise.name": "transformers", "recognise.model": str(folder)})


def test_a_run_goes_on_only_with_the_models_it_began_with_and_names_the_one_that_changed(tmp_path):
    config, source = _own_recogniser(tmp_path / "ner"), _write(tmp_path / "in.jsonl", [_record(k) for k in range(5)])
    whole, output = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    project_file(source, whole, config)
    with pytest.raises(_PowerCut):
        project_file(source, output, config, on_row=_cut_after(2), batch_size=1)
    (tmp_path / "ner" / "model.safetensors").write_text("trained again")
    with pytest.raises(ConfigError, match=r"the version of entities\..*ner was \"[0-9a-f]{12}\" and is") as told:
        project_file(source, output, config, resume=True, batch_size=1)
    assert "Put back" in told.value.hint
    (tmp_path / "ner" / "model.safetensors").write_text("as it was")
    project_file(source, output, config, resume=True, batch_size=1)
    assert output.read_bytes() == whole.read_bytes()


def test_another_version_of_a_package_is_named_and_not_gone_on_with(tmp_path, monkeypatch):
    source, output = _interrupted(tmp_path, 3)
    monkeypatch.setattr(run_projection, "packages", lambda: {"torch": "99.0"})
    with pytest.raises(ConfigError, match=r'the package torch was .* and is "99.0"'):
        project_file(source, output, GIVEN, resume=True, batch_size=2)


def test_a_model_that_is_replaced_under_way_ends_the_run_before_it_writes_a_row_of_another(tmp_path):
    config, source = _own_recogniser(tmp_path / "ner"), _write(tmp_path / "in.jsonl", [_record(k) for k in range(5)])

    def replace_after(summary):
        if summary.n_done == 2:
            (tmp_path / "ner" / "model.safetensors").write_text("trained again")

    with pytest.raises(ConfigError, match=r"replaced while the run was under way: .*ner \(entities\) was"):
        project_file(source, tmp_path / "out.jsonl", config, on_row=replace_after, batch_size=1)
    assert [row["id"] for row in _rows(tmp_path / "out.jsonl.partial")] == ["r0", "r1"]
    assert not (tmp_path / "out.jsonl").exists()
