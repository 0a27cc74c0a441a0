import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from xner.cli.compare import compare
from xner.cli.evaluate import evaluate
from xner.errors import ConfigError, InputError

PER, LOC = {"start": 0, "end": 2, "label": "PER"}, {"start": 3, "end": 4, "label": "LOC"}
TOKENS = ["Juma", "Ali", "yuko", "Dodoma"]


def write(path: Path, rows: dict[str, list[dict]], **more: object) -> Path:
    lines = [
        {"id": name, "target_lang": name[:2], "target_tokens": TOKENS, "target_entities": found, "meta": {}, **more}
        for name, found in rows.items()
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    rows = {f"{lang}{number}": [PER, LOC] for lang in ("sw", "yo") for number in range(20)}
    more = {
        "source_lang": "en", "source_tokens": ["Juma", "Ali", "is"], "source_entities": [PER], "alignment": [[0, 0]],
    }  # fmt: skip
    return write(tmp_path / "gold.jsonl", rows, **more)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write(tmp_path / "good.jsonl", {f"{lang}{n}": [PER, LOC] for lang in ("sw", "yo") for n in range(20)})


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return write(tmp_path / "bad.jsonl", {f"{lang}{n}": [PER] for lang in ("sw", "yo") for n in range(20)})


def run(command: object, *arguments: object) -> Result:
    app = typer.Typer()
    app.command()(command)  # type: ignore[type-var]
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_differences_are_to_the_first_file_with_interval_and_p(gold: Path, good: Path, bad: Path) -> None:
    result = run(compare, gold, bad, good, "--resamples", 999)
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert [line[1:] for line in lines if line[0] == str(good) and "+0.333" in line] == [
        [slice_, "+0.333", "+0.333", "to", "+0.333", "0.0010"] for slice_ in ("all", "mean", "sw", "yo")
    ]
    assert [str(bad), "all", "0.667", "0.667–0.667"] in lines
    assert "40 sentences, 999 resamples, seed 0" in result.stdout
    assert result.stdout.count("scheme:strict-IOB2") == 2


def test_the_whole_alone_has_no_languages(gold: Path, good: Path, bad: Path) -> None:
    slices = {line.split()[1] for line in run(compare, gold, bad, good, "--by", "none").stdout.splitlines()[1:3]}
    assert slices == {"all"}


def test_json_holds_scores_differences_and_signatures(gold: Path, good: Path, bad: Path, tmp_path: Path) -> None:
    assert run(compare, gold, bad, good, "--json", tmp_path / "out.json").exit_code == 0
    read = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert read["differences"][0]["delta"] == pytest.approx(1 / 3)
    assert set(read["signatures"]) == {str(good), str(bad)}
    assert read["n_sentences"] == 40


def test_sentences_that_did_not_run_in_one_file_are_left_out_of_all_and_told(gold: Path, good: Path, bad: Path) -> None:
    bad.write_text("".join(bad.read_text(encoding="utf-8").splitlines(keepends=True)[1:]), encoding="utf-8")
    result = run(compare, gold, bad, good)
    assert result.exit_code == 1
    assert "39 sentences" in result.stdout
    assert f"1 sentences did not run in {bad}" in result.stderr


def test_one_file_or_the_same_twice_is_nothing_to_compare(gold: Path, good: Path) -> None:
    for files in ([good], [good, good]):
        assert isinstance(run(compare, gold, *files).exception, ConfigError)


def test_files_without_a_sentence_in_common_are_refused(gold: Path, tmp_path: Path) -> None:
    one, other = write(tmp_path / "a.jsonl", {"sw1": []}), write(tmp_path / "b.jsonl", {"sw2": []})
    assert isinstance(run(compare, gold, one, other).exception, InputError)


def test_a_bad_row_of_gold_is_told_once(gold: Path, good: Path, bad: Path) -> None:
    gold.write_text(gold.read_text(encoding="utf-8") + "not json\n", encoding="utf-8")
    result = run(compare, gold, bad, good)
    assert result.stderr.count("gold.jsonl:41:") == 1
    assert result.exit_code == 1


def test_schemas_errors_and_slices_are_printed_and_written_when_asked_for(
    gold: Path, bad: Path, tmp_path: Path
) -> None:
    result = run(
        evaluate, gold, bad, "--schema", "--errors", "--slices", "--by", "label", "--json", tmp_path / "out.json"
    )
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["all", "0.667", "0.667", "0.667", "0.667", "0.750"] in lines
    assert ["missing", "40", "40", "0", "40", "sw0,", "sw1,", "sw2", "…"] in lines
    assert ["PER", "40", "40", "1.000", "1.000", "1.000", "1.000–1.000", "40"] in lines
    read = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert read["errors"]["all"][0]["sentence_ids"][:2] == ["sw0", "sw1"]
    assert {entry["by"] for entry in read["slices"]} >= {"entity_length", "script", "label"}
    assert read["overall"]["partial_f1"] == pytest.approx(2 / 3)


def test_nothing_more_is_printed_or_written_unasked(gold: Path, bad: Path, tmp_path: Path) -> None:
    result = run(evaluate, gold, bad, "--json", tmp_path / "out.json")
    assert "missing" not in result.stdout
    assert {"errors", "slices"}.isdisjoint(json.loads((tmp_path / "out.json").read_text(encoding="utf-8")))
