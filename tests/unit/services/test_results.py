"""A results directory: what is written is read back, while it grows, and damaged parts are told by file and line."""

from __future__ import annotations

import dataclasses
import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from xner.errors import ConfigError, InputError
from xner.evaluate.diagnosis import diagnose
from xner.evaluate.report import evaluate
from xner.io.labelled import LabelledSentence
from xner.io.results_files import write_not_run, write_run
from xner.services import results
from xner.services.results import NewCell, Results, open_results, stamp, write_cell
from xner.types import Entity, Projection, RunnerUp, Sentence, SentencePair, Span

CELL = NewCell("demo", "demo.en-de", "exact links", "sig|1", "en", "de", {"match.name": "exact"}, ("DATE",))


def pair(number: int) -> SentencePair:
    return SentencePair(
        f"s {number}",
        Sentence(("Ada", "visited", "Bonn", "in", "May"), "en"),
        Sentence(("Ada", "hat", "Bonn", "im", "Mai", "besucht"), "de"),
        source_entities=(Entity(Span(0, 1), "PER"), Entity(Span(2, 3), "LOC"), Entity(Span(4, 5), "DATE")),
        target_entities=(Entity(Span(0, 1), "PER"), Entity(Span(2, 3), "LOC"), Entity(Span(4, 5), "DATE")),
    )


def projected(number: int) -> Projection:
    if number == 3:
        return Projection.failed(f"s {number}", "ALIGN: too long")
    end = 4 if number % 2 else 3
    found = (Entity(Span(0, 1), "PER", 0.75, 0), Entity(Span(2, end), "LOC", 0.5, 1))
    return Projection(f"s {number}", found, "ok", runner_up=(RunnerUp(None, 0.5), RunnerUp(Span(1, 2), None)))


PAIRS = [pair(number) for number in range(6)]
PROJECTIONS = [projected(number) for number in range(6)]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    where = tmp_path / "run"
    write_run(where, "Demo")
    write_cell(where, CELL, PAIRS, PROJECTIONS, 1.5, n_resamples=50)
    return where


def test_a_row_has_the_figures_of_evaluate(directory: Path) -> None:
    (row,) = open_results(directory).cells
    gold = [LabelledSentence(p.id, p.target or Sentence((), "de"), p.target_entities) for p in PAIRS]
    made = [
        LabelledSentence(m.pair_id, g.sentence, None if m.status == "failed" else m.entities,
                         status="failed" if m.status == "failed" else "ok")
        for m, g in zip(PROJECTIONS, gold, strict=True)
    ]  # fmt: skip
    overall = evaluate(gold, made, ignore_labels=["DATE"], n_resamples=50).overall
    assert row["scores"]["strict"]["f1"] == overall.strict.f1 == 0.8
    assert tuple(row["interval"]) == overall.interval
    assert row["scores"]["partial"]["f1"] == overall.schemas["partial"].f1
    assert (row["n_sentences"], row["n_failed"], row["n_entities"], row["seconds"]) == (5, 1, 10, 1.5)
    assert row["scores"]["labels"]["LOC"]["f1"] == 0.6
    assert "DATE" not in row["scores"]["labels"]
    assert row["errors"]["boundary_long"] == 2


def assert_same(results_: Results) -> None:
    gold = [LabelledSentence(p.id, p.target or Sentence((), "de"), p.target_entities) for p in PAIRS]
    made = [LabelledSentence(g.id, g.sentence, m.entities) for m, g in zip(PROJECTIONS, gold, strict=True)]
    made[3] = dataclasses.replace(made[3], entities=None, status="failed", reason="ALIGN: too long")
    report = evaluate(gold, made, ignore_labels=["DATE"], n_resamples=1)
    cell = results_.cells[0]["cell"]
    found = results_.statistics(cell)
    assert (found.ids, found.languages, found.labels) == (
        report.statistics.ids, report.statistics.languages, report.statistics.labels,
    )  # fmt: skip
    for name in ("ran", "whole", "by_label"):
        np.testing.assert_array_equal(getattr(found, name), getattr(report.statistics, name))
    assert results_.cases(cell) == diagnose(report).cases
    table = results_.entity_table(cell)
    assert [table.buckets["margin"][0][code] for code in table.buckets["margin"][1][:1]] == ["0.5–1"]
    assert table.ids == report.sentence_ids
    assert table.score[0] == 0.75


def test_arrays_are_those_of_evaluate(directory: Path) -> None:
    results._packed.cache_clear()
    assert_same(open_results(directory))


@pytest.mark.parametrize("damage", ["absent", "cut off", "of something else"])
def test_arrays_are_made_anew_where_they_can_not_be_used(directory: Path, damage: str) -> None:
    (path,) = (directory / "statistics").iterdir()
    whole = path.read_bytes()
    if damage == "absent":
        path.unlink()
    elif damage == "cut off":
        path.write_bytes(whole[: len(whole) // 2])
    else:
        other = [*PROJECTIONS[1:], PROJECTIONS[0]]
        moved = [dataclasses.replace(made, pair_id=p.id) for made, p in zip(other, PAIRS, strict=True)]
        write_cell(directory, dataclasses.replace(CELL, method="other"), PAIRS, moved, 1.0, n_resamples=2)
        (stranger,) = set((directory / "statistics").iterdir()) - {path}
        path.write_bytes(stranger.read_bytes())
    results._packed.cache_clear()
    assert_same(open_results(directory))
    if damage != "of something else":
        assert path.exists()


def test_a_click_opens_the_sentence_with_gold_and_projection(directory: Path) -> None:
    opened = open_results(directory)
    found = opened.record(opened.cells[0]["cell"], "s 1")
    assert found.pair == PAIRS[1]
    assert found.projection == PROJECTIONS[1]
    assert opened.record(opened.cells[0]["cell"], "s 3").projection.reason == "ALIGN: too long"
    with pytest.raises(InputError, match="no sentence 's 99'"):
        opened.record(opened.cells[0]["cell"], "s 99")


def test_gold_is_not_in_the_file_of_predictions(directory: Path) -> None:
    row = json.loads((directory / "cells.jsonl").read_text())
    first = json.loads(gzip.decompress((directory / row["predictions"]).read_bytes()).splitlines()[0])
    assert "target_entities" not in first
    assert first["projection"]["status"] == "ok"


def test_a_directory_can_be_read_while_a_row_is_being_written(directory: Path) -> None:
    before = stamp(directory)
    with (directory / "cells.jsonl").open("ab") as stream:
        stream.write(b'{"cell": "half a r')
    opened = open_results(directory)
    assert len(opened.cells) == 1
    assert not opened.problems
    write_cell(directory, dataclasses.replace(CELL, method="greedy"), PAIRS, PROJECTIONS, 1.0, n_resamples=2)
    opened = open_results(directory)
    assert [row["method"] for row in opened.cells] == ["exact links", "greedy"]
    assert not opened.problems
    assert stamp(directory) != before


def test_a_cell_that_ran_again_replaces_its_row_and_keeps_the_predictions_of_neither_under_the_others_name(
    directory: Path,
) -> None:
    (old,) = open_results(directory).cells
    new = write_cell(directory, CELL, PAIRS, [*PROJECTIONS[:5], projected(0)][:6], 1.0, n_resamples=2)
    assert open_results(directory).cells == (new,)
    assert new["predictions"] != old["predictions"]
    assert (directory / old["predictions"]).exists()
    assert new["gold"] == old["gold"]


def test_damaged_rows_are_told_by_line_and_the_others_are_read(directory: Path) -> None:
    row = json.loads((directory / "cells.jsonl").read_text())
    outside = row | {"cell": "x", "gold": "../gold.jsonl.gz"}
    with (directory / "cells.jsonl").open("a") as stream:
        stream.write("not JSON\n" + json.dumps(row | {"cell": "y", "seconds": "3"}) + "\n" + json.dumps(outside) + "\n")
    opened = open_results(directory)
    assert len(opened.cells) == 1
    assert [(problem.line, problem.field) for problem in opened.problems] == [(2, ""), (3, "seconds"), (4, "gold")]
    assert all("run the benchmark again" in problem.fix for problem in opened.problems)


def test_predictions_that_are_gone_or_damaged_are_named(directory: Path) -> None:
    opened = open_results(directory)
    cell = opened.cells[0]["cell"]
    path = directory / opened.cells[0]["predictions"]
    lines = gzip.decompress(path.read_bytes()).splitlines()
    lines[2] = lines[2].replace(b'"end": 3, "label": "LOC", "score"', b'"end": 30, "label": "LOC", "score"')
    path.write_bytes(gzip.compress(b"\n".join(lines)))
    with pytest.raises(InputError, match=r"\.jsonl\.gz:3: projection\.entities"):
        opened.record(cell, "s 2")
    path.unlink()
    with pytest.raises(InputError, match=r"predictions.*no such file"):
        opened.record(cell, "s 2")


def test_what_is_no_results_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no run\.json"):
        open_results(tmp_path)
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(ConfigError, match=r"thesis\.txt"):
        write_run(tmp_path, "x")
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "run.json").write_text('{"schema": 99, "title": "t"}')
    with pytest.raises(InputError, match="newer than this xner"):
        open_results(newer)


def test_a_cell_that_could_not_run_is_listed_until_it_has_run(directory: Path) -> None:
    item = {"benchmark": "demo", "dataset": "demo.en-de", "method": "marked", "reason": "MODEL: none"}
    done = item | {"method": "exact links"}
    write_not_run(directory, [item, done])
    assert open_results(directory).not_run == (item,)
