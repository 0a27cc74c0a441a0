import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from xner.cli.evaluate import evaluate
from xner.errors import InputError

ROW = '{"id": "%s", "lang": "%s", "tokens": ["Juma", "Ali", "yuko", "Dodoma"], "entities": %s}'
PER, LOC = '{"start": 0, "end": 2, "label": "PER"}', '{"start": 3, "end": 4, "label": "LOC"}'


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join([ROW % ("a", "sw", f"[{PER}, {LOC}]"), ROW % ("b", "yo", f"[{LOC}]")]), encoding="utf-8")
    return path


@pytest.fixture
def silver(tmp_path: Path) -> Path:
    path = tmp_path / "silver.jsonl"
    path.write_text("\n".join([ROW % ("a", "sw", f"[{PER}]"), ROW % ("b", "yo", f"[{LOC}]")]), encoding="utf-8")
    return path


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(evaluate)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_table_has_scores_by_label_and_language_and_the_signature_below(gold: Path, silver: Path) -> None:
    result = run(gold, silver)
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines() if line.strip()]
    assert [line[0] for line in lines[1:8]] == ["all", "by", "LOC", "PER", "by", "sw", "yo"]
    assert lines[1][1:7] == ["2", "3", "2", "1.000", "0.667", "0.800"]
    assert lines[-1][0].startswith("gold:sha256:")
    assert "scheme:strict-IOB2" in lines[-1][0]


def test_breakdown_none_prints_the_whole_alone(gold: Path, silver: Path) -> None:
    lines = [line.split()[0] for line in run(gold, silver, "--by", "none").stdout.splitlines() if line.strip()]
    assert lines[1] == "all"
    assert len(lines) == 3


def test_ignored_labels_are_neither_scored_nor_shown(gold: Path, silver: Path) -> None:
    result = run(gold, silver, "--ignore", "LOC")
    assert "LOC" not in result.stdout.split("gold:sha256")[0]
    assert "1.000" in result.stdout


def test_labels_without_entities_show_a_dash(gold: Path, silver: Path) -> None:
    (line,) = (line for line in run(gold, silver, "--label", "GPE").stdout.splitlines() if line.startswith("GPE"))
    assert line.split()[1:] == ["2", "0", "0", "–", "–", "–", "–", "–", "–"]


def test_json_holds_the_numbers_of_the_table(gold: Path, silver: Path, tmp_path: Path) -> None:
    assert run(gold, silver, "--json", tmp_path / "scores.json").exit_code == 0
    scores = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert scores["overall"]["f1"] == pytest.approx(0.8)


def test_rejected_rows_are_listed_and_make_the_exit_code_one(gold: Path, silver: Path) -> None:
    silver.write_text(silver.read_text(encoding="utf-8") + "\nnot json\n", encoding="utf-8")
    result = run(gold, silver)
    assert result.exit_code == 1
    assert "silver.jsonl:3:" in result.stderr
    assert "0.800" in result.stdout


def test_missing_predictions_are_named_and_scored_both_ways(gold: Path, silver: Path) -> None:
    silver.write_text(silver.read_text(encoding="utf-8").splitlines()[1], encoding="utf-8")
    result = run(gold, silver)
    assert "1 gold sentences have no prediction: a." in result.stderr
    whole = next(line.split() for line in result.stdout.splitlines() if line.startswith("all"))
    assert (whole[6], whole[-1]) == ("1.000", "0.500")


def test_labels_from_a_file_are_shown_as_they_are_written(gold: Path) -> None:
    gold.write_text(gold.read_text(encoding="utf-8").replace("LOC", "[red]L[/red]"), encoding="utf-8")
    assert "[red]L[/red]" in run(gold, gold).stdout


def test_a_file_that_is_not_there_is_an_input_error(gold: Path, tmp_path: Path) -> None:
    result = run(gold, tmp_path / "nothing.jsonl")
    assert isinstance(result.exception, InputError)


def test_help_has_an_example() -> None:
    assert "python -m xner evaluate gold.jsonl silver.jsonl" in " ".join(run("--help").stdout.split())
