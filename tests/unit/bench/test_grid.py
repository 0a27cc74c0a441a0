"""Benchmarks by name: local copies are found and read, cells resume, and what can't run is listed with its reason."""

from __future__ import annotations

import json
import re
import sys
import types
from pathlib import Path

import pytest
from typer.testing import CliRunner

from xner.bench import grid as grid_module
from xner.bench.catalogue import BENCHMARKS, find_data
from xner.bench.data import read_data, read_hub
from xner.bench.grid import Grid
from xner.bench.published import best, nearest, published
from xner.cli.app import app
from xner.config import RunConfig
from xner.errors import InputError, ModelUnavailable
from xner.io.results_files import write_run
from xner.services.results import open_results

ALIGNED = "align.name=given"
SYSTEMS = ("greedy links", "exact links", "heuristic nodalida2025")


def record(number: int, **fields: object) -> dict[str, object]:
    return {
        "id": str(number), "source_lang": "en", "target_lang": "de",
        "source_tokens": ["in", "Rome", "today"], "target_tokens": ["heute", "in", "Rom"],
        "source_entities": [{"start": 1, "end": 2, "label": "LOC"}],
        "target_entities": [{"start": 2, "end": 3, "label": "LOC"}],
        "alignment": [[0, 1], [1, 2], [2, 0]], **fields,
    }  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "europarl_ner"
    folder.mkdir(parents=True)
    lines = [json.dumps(record(number)) for number in range(4)]
    (folder / "en-de.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "data"


def systems(*names: str) -> dict[str, dict[str, object]]:
    return {name: grid_module.default_systems(BENCHMARKS["europarl"])[name] for name in names}


def run_grid(directory: Path, data: Path, *names: str) -> tuple[Grid, list[str]]:
    told: list[str] = []
    benchmark = BENCHMARKS["europarl"]
    base = RunConfig().updated({"align.name": "given"})
    grid = Grid(benchmark, directory, systems(*names), base, told.append)
    write_run(directory, "t")
    (data_set,) = find_data(benchmark, data)
    grid.run(data_set, read_data(benchmark, data_set))
    return grid, told


def test_finished_cells_are_taken_as_they_are_and_only_missing_ones_run(tmp_path: Path, data: Path) -> None:
    first, _ = run_grid(tmp_path / "out", data, *SYSTEMS[:2])
    again, told = run_grid(tmp_path / "out", data, *SYSTEMS)
    assert told == ["europarl.en-de  heuristic nodalida2025 …"]
    assert again.done[:2] == first.done
    assert [row["scores"]["strict"]["f1"] for row in again.done] == [1.0, 1.0, 1.0]


def test_other_data_under_the_same_name_runs_again(tmp_path: Path, data: Path) -> None:
    run_grid(tmp_path / "out", data, SYSTEMS[0])
    path = data / "europarl_ner" / "en-de.jsonl"
    path.write_text(json.dumps(record(9, target_entities=[])), encoding="utf-8")
    again, told = run_grid(tmp_path / "out", data, SYSTEMS[0])
    assert len(told) == 1
    assert again.done[0]["n_sentences"] == 1
    assert len(open_results(tmp_path / "out").cells) == 1


def test_a_run_that_dies_in_the_middle_keeps_what_it_finished(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = grid_module.write_cell

    def die(directory, cell, *args, **more):
        if cell.method == SYSTEMS[1]:
            raise KeyboardInterrupt
        return write(directory, cell, *args, **more)

    monkeypatch.setattr(grid_module, "write_cell", die)
    with pytest.raises(KeyboardInterrupt):
        run_grid(tmp_path / "out", data, *SYSTEMS)
    monkeypatch.undo()
    again, told = run_grid(tmp_path / "out", data, *SYSTEMS)
    assert len(told) == 2
    assert [row["method"] for row in again.done] == list(SYSTEMS)


def test_what_can_not_run_is_listed_with_its_reason_and_stops_nothing(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def unavailable(*names, **_more):
        asked.append(names)
        raise ModelUnavailable("There is no NLLB here.", "Get it.")

    monkeypatch.setattr("xner.score.translation.load_seq2seq", unavailable)
    grid, _ = run_grid(tmp_path / "out", data, "nmt", "align_nmt", SYSTEMS[0])
    assert [row["method"] for row in grid.done] == [SYSTEMS[0]]
    listed = open_results(tmp_path / "out").not_run
    assert [(item["method"], item["reason"]) for item in listed] == [
        ("nmt", "MODEL: There is no NLLB here. Get it."),
        ("align_nmt", "MODEL: There is no NLLB here. Get it."),
    ]
    assert len(asked) == 1  # a hub is asked for long


def test_the_files_of_every_benchmark_are_found_by_their_own_names(tmp_path: Path) -> None:
    named = {
        "europarl": ["en-europarl.test.conll02", "de-europarl.test.conll02", "es-europarl.test.conll02"],
        "uner-pud": ["en-de.jsonl.gz", "en-zh.jsonl.gz"],
        "setimes": ["hr-sr.hr.conll", "hr-sr.sr.conll"],
        "xsid": ["en.test.conll", "de-st.test.conll", "ja.test.conll", "ja.valid.conll"],
        "xlwa": ["xlwa.en-it.dev.jsonl", "binaryalign.en-cs.jsonl"],
        "masakhaner2": ["data/swa/test.txt", "data/swa/train.txt", "data/bam/test.txt"],
        "xtreme": ["panx/test-sw.tsv", "panx/dev-sw.tsv"],
        "own": ["en-sw.jsonl", "notes.txt"],
    }
    found = {}
    for name, paths in named.items():
        for path in paths:
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text("x")
        found[name] = [data.name for data in find_data(BENCHMARKS[name], tmp_path / name)]
    assert set(found) == set(BENCHMARKS)
    assert found == {
        "europarl": ["europarl.en-de", "europarl.en-es"],
        "uner-pud": ["uner-pud.en-de", "uner-pud.en-zh"],
        "setimes": ["setimes.hr-sr"],
        "xsid": ["xsid.en-de-st", "xsid.en-ja"],
        "xlwa": ["xlwa.en-it"],
        "masakhaner2": ["masakhaner2.bm", "masakhaner2.sw"],
        "xtreme": ["xtreme.sw"],
        "own": ["own.en-sw"],
    }


def test_conll_pairs_and_single_sentences_are_read_with_their_gold(tmp_path: Path) -> None:
    (tmp_path / "en-europarl.test.conll02").write_text("in O\nRome B-LOC\n\nno O\n", encoding="utf-8")
    (tmp_path / "de-europarl.test.conll02").write_text("in O\nRom B-LOC\n\nnein O\n", encoding="utf-8")
    (pair, other) = read_data(BENCHMARKS["europarl"], *find_data(BENCHMARKS["europarl"], tmp_path))
    assert [e.label for e in (*(pair.source_entities or ()), *(pair.target_entities or ()))] == ["LOC", "LOC"]
    assert other.target_entities == ()
    (tmp_path / "swa").mkdir()
    (tmp_path / "swa" / "test.txt").write_text("Nairobi B-LOC\n\nsasa O\n", encoding="utf-8")
    alone = read_data(BENCHMARKS["masakhaner2"], *find_data(BENCHMARKS["masakhaner2"], tmp_path), limit=1)
    assert [(pair.id, pair.source, pair.target and pair.target.lang) for pair in alone] == [
        ("masakhaner2.sw/00000", None, "sw")
    ]


def test_a_folder_without_the_data_says_what_files_are_called(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no file of xlwa.*en-bg\.dev\.jsonl"):
        find_data(BENCHMARKS["xlwa"], tmp_path)


def test_the_hub_gives_single_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    class Rows(list):
        def __init__(self, rows):
            super().__init__(rows)
            self.features = {"ner_tags": types.SimpleNamespace(feature=types.SimpleNamespace(names=["O", "B-LOC"]))}

    asked = []

    def load_dataset(*names, split):
        asked.append((*names, split))
        return Rows([{"tokens": ["Nairobi", "sasa"], "ner_tags": [1, 0]}])

    monkeypatch.setitem(sys.modules, "datasets", types.SimpleNamespace(load_dataset=load_dataset))
    ((data, (pair,)),) = read_hub(BENCHMARKS["masakhaner2"], ["sw"])
    assert asked == [("masakhane/masakhaner2", "swa", "test")]
    assert data.name == "masakhaner2.sw"
    assert [(e.span.start, e.label) for e in pair.target_entities or ()] == [(0, "LOC")]


def test_without_network_the_command_says_so_and_ends_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_dataset(*_names, split):
        raise ConnectionError("no network")

    monkeypatch.setitem(sys.modules, "datasets", types.SimpleNamespace(load_dataset=load_dataset))
    with pytest.raises(ModelUnavailable, match=r"no network.*--data DIR"):
        list(read_hub(BENCHMARKS["xtreme"], ["sw"]))
    with pytest.raises(InputError, match="--data"):
        list(read_hub(BENCHMARKS["europarl"], []))


def test_published_figures_stand_beside_the_method_that_does_the_same() -> None:
    figures = published("masakhaner2")
    like = nearest("model-transfer e5-ner", figures, "ha")
    assert like is not None
    assert like.f1 == 0.737
    top = best(figures, None)
    assert top is not None
    assert top.f1 == 0.673
    assert published("nothing") == []


def test_word_links_are_scored_by_their_error_rate(tmp_path: Path) -> None:
    (tmp_path / "xlwa.en-de.dev.jsonl").write_text(json.dumps(record(1)), encoding="utf-8")
    benchmark = BENCHMARKS["xlwa"]
    directory = tmp_path / "out"
    write_run(directory, "t")
    grid = Grid(benchmark, directory, {"given": {"align.name": "given"}}, RunConfig(), lambda _line: None)
    (data_set,) = find_data(benchmark, tmp_path)
    grid.run(data_set, read_data(benchmark, data_set))
    (row,) = open_results(directory).cells
    assert (row["metric"], row["scores"]["links"]["aer"], row["n_entities"]) == ("aer", 0.0, 3)


def test_the_command_prints_our_figures_beside_the_published_ones(tmp_path: Path, data: Path) -> None:
    wanted = [argument for name in SYSTEMS[:1] for argument in ("--systems", name)]
    ran = CliRunner().invoke(
        app, ["bench", "europarl", "--data", str(data), "-o", str(tmp_path / "out"), "--set", ALIGNED, *wanted]
    )
    assert ran.exit_code == 0, ran.output
    assert re.search(r"europarl\.en-de  greedy links +4 +1\.000 .* 0\.898 +0\.920", ran.output)
    assert "799 sentences" in ran.output


def test_every_benchmark_says_how_its_set_up_differs() -> None:
    assert all(benchmark.setup for benchmark in BENCHMARKS.values())


def test_own_data_are_a_benchmark_and_a_folder_without_any_says_how_files_are_called(tmp_path):
    with pytest.raises(InputError, match=r"Files are called as en-sw\.jsonl or en-sw\.sw\.conll with en-sw\.en\.conll"):
        find_data(BENCHMARKS["own"], tmp_path)
    (tmp_path / "qu-es.jsonl").touch()
    (found,) = find_data(BENCHMARKS["own"], tmp_path)
    assert (found.name, found.source_lang, found.target_lang) == ("own.qu-es", "qu", "es")


def test_what_one_system_lacks_does_not_keep_another_from_running(tmp_path: Path, data: Path, monkeypatch) -> None:
    lacking = iter([ModelUnavailable("The package sil-thot can't be imported.", "Install it.")])

    def check(_pipeline: object) -> None:
        if error := next(lacking, None):
            raise error

    monkeypatch.setattr(grid_module.Pipeline, "check_models", check)
    grid, _ = run_grid(tmp_path / "out", data, *SYSTEMS[:2])
    assert [row["method"] for row in grid.done] == [SYSTEMS[1]]
