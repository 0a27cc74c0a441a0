"""The command line as a user meets it: exit codes, words on standard error, no traceback, nothing half-written."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from tests.tiny_models import tiny_bert
from xner import __version__
from xner.cli.app import app, main

RECORD = {
    "id": "r0", "source_lang": "en", "target_lang": "de", "source_tokens": ["Ada", "wrote"],
    "target_tokens": ["Ada", "schrieb"], "source_entities": [{"start": 0, "end": 1, "label": "PER"}],
    "alignment": [[0, 0], [1, 1]],
}  # fmt: skip
GIVEN = ["--set", "align.name=given"]


@pytest.fixture
def xner(tmp_path, monkeypatch, capsys):
    """Run the command line in a folder of its own; return exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["xner", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        out, err = capsys.readouterr()
        return stopped.value.code or 0, out, err

    return run


def write(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def test_project_writes_and_reports(xner, tmp_path):
    write(tmp_path / "in.jsonl", RECORD)
    code, out, err = xner("project", "in.jsonl", "-o", "out.jsonl", *GIVEN)
    assert (code, out) == (0, "")
    assert "1 of 1 source entities found a place" in err
    assert "signature of 1 rows (soft left out: these rows have no data for it): entities:record|align:given|" in err
    assert json.loads((tmp_path / "out.jsonl").read_text())["projection"]["status"] == "ok"


def test_project_takes_a_method_by_its_name_and_settings_win_over_it(xner, tmp_path):
    write(tmp_path / "in.jsonl", RECORD)
    code, _, err = xner("project", "in.jsonl", "-o", "out.jsonl", "--preset", "greedy-links", *GIVEN,
                        "--set", "extract.max_tokens=3")  # fmt: skip
    assert code == 0
    assert "score:1*links" in err
    assert "match:greedy" in err
    assert "tokens:1-3" in err
    code, _, err = xner("project", "in.jsonl", "-o", "other.jsonl", "--preset", "gredy")
    assert code == 2
    assert "Did you mean 'greedy'?" in err


def test_failed_rows_are_listed_at_the_end_and_make_exit_code_1(xner, tmp_path):
    write(tmp_path / "in.jsonl", RECORD, {**RECORD, "id": "r1", "alignment": None})
    record = {key: value for key, value in RECORD.items() if key != "alignment"}
    write(tmp_path / "in.jsonl", RECORD, {**record, "id": "r1"})
    code, _, err = xner("project", "in.jsonl", "-o", "out.jsonl", *GIVEN)
    assert code == 1
    assert "failed  r1: ALIGN: r1: the record has no alignment." in err


BAD_INPUT = {
    "empty file": (b"", "in.jsonl: the file is empty"),
    "no rows": (b"\n\n", "in.jsonl: the file is empty"),
    "wrong encoding": (json.dumps(RECORD).encode("utf-16"), "UTF-16"),
    "span out of range": (
        json.dumps({**RECORD, "source_entities": [{"start": 0, "end": 9, "label": "PER"}]}).encode(),
        "in.jsonl:1: source_entities[0]",
    ),
    "5,000 tokens": (json.dumps({**RECORD, "target_tokens": ["x"] * 5000}).encode(), "in.jsonl:1: target_tokens"),
    "lone surrogate": (json.dumps({**RECORD, "target_tokens": ["\ud800", "x"]}).encode(), "in.jsonl:1: target_tokens"),
    "not json": (b'{"id": "a", \n', "in.jsonl:1"),
}


@pytest.mark.parametrize("case", sorted(BAD_INPUT))
def test_unusable_input_is_exit_code_2_with_file_and_line_and_no_output(xner, tmp_path, case):
    content, words = BAD_INPUT[case]
    (tmp_path / "in.jsonl").write_bytes(content)
    code, out, err = xner("project", "in.jsonl", "-o", "out.jsonl", *GIVEN)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_mismatched_columns_reject_the_row_and_keep_the_rest(xner, tmp_path):
    text = "id\tsource_text\ttarget_text\n1\tAda wrote\tAda schrieb\n2\tAda wrote\n"
    (tmp_path / "in.tsv").write_text(text, encoding="utf-8")
    languages = ["--source-lang", "en", "--target-lang", "de"]
    (tmp_path / "links.txt").write_text("0-0 1-1\n0-0\n", encoding="utf-8")
    code, _, err = xner("project", "in.tsv", "-o", "out.jsonl", "--links", "links.txt", *languages)
    assert code == 1
    assert "in.tsv:3" in err
    assert [json.loads(row)["id"] for row in (tmp_path / "out.jsonl").read_text().splitlines()] == ["1"]


def test_labels_that_do_not_take_part_drop_out_without_a_problem(xner, tmp_path):
    write(tmp_path / "in.jsonl", RECORD)
    code, _, _ = xner("project", "in.jsonl", "-o", "out.jsonl", *GIVEN, "--set", 'labels=["LOC"]')
    assert code == 0
    assert json.loads((tmp_path / "out.jsonl").read_text())["projection"]["entities"] == []


def test_a_label_outside_the_label_set_rejects_its_row_with_file_line_and_field(xner, tmp_path):
    place = {"source_entities": [{"start": 0, "end": 1, "label": "LOC"}]}
    write(tmp_path / "in.jsonl", {**RECORD, **place}, {**RECORD, "id": "r1"})
    code, _, err = xner("project", "in.jsonl", "-o", "out.jsonl", *GIVEN, "--label-set", "LOC, ORG")
    assert code == 1
    assert "in.jsonl:2: source_entities[0]" in err
    assert "PER" in err
    assert [json.loads(row)["id"] for row in (tmp_path / "out.jsonl").read_text().splitlines()] == ["r0"]
    assert xner("project", "in.jsonl", "-o", "out.jsonl", *GIVEN, "--label-set", " ,")[0] == 2


def test_when_every_row_failed_the_exit_code_is_2(xner, tmp_path):
    write(tmp_path / "in.jsonl", {key: value for key, value in RECORD.items() if key != "alignment"})
    code, _, err = xner("project", "in.jsonl", "-o", "out.jsonl", *GIVEN)
    assert code == 2
    assert "failed  r0: ALIGN" in err


OVERWRITING = [
    "align in.jsonl -o in.jsonl",
    "align in.jsonl.partial -o in.jsonl",
    "align in.jsonl -o run.toml --config run.toml",
    "project in.jsonl -o ./in.jsonl",
    "project in.jsonl -o de.txt --target de.txt --source-lang en --target-lang de",
    "project in.jsonl -o links.txt --links links.txt",
    "project in.jsonl -o run.toml --config run.toml",
    "project in.jsonl.partial -o in.jsonl",
    "evaluate in.jsonl de.txt --json in.jsonl",
    "evaluate in.jsonl de.txt --json de.txt",
    "bench alignment in.jsonl --json in.jsonl",
    "bench projection in.jsonl --json in.jsonl",
    "bench links in.jsonl --json in.jsonl",
    "bench markers in.jsonl --to es --json in.jsonl",
]


@pytest.mark.parametrize("command", OVERWRITING)
def test_no_command_overwrites_what_it_reads(xner, tmp_path, command):
    for name in ("in.jsonl", "in.jsonl.partial"):
        write(tmp_path / name, RECORD)
    for name, text in (("de.txt", "Ada schrieb\n"), ("links.txt", "0-0\n"), ("run.toml", 'align.name = "given"\n')):
        (tmp_path / name).write_text(text, encoding="utf-8")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    code, out, err = xner(*command.split())
    assert (code, out) == (2, "")
    assert "same file" in err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("output", ["file/out.jsonl", "folder.jsonl/out.jsonl", "pipe"])
@pytest.mark.parametrize("command", ["project", "align"])
def test_an_output_that_cannot_be_written_is_told_in_words(xner, tmp_path, command, output):
    write(tmp_path / "in.jsonl", RECORD)
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder.jsonl" / "out.jsonl").mkdir(parents=True)
    os.mkfifo(tmp_path / "pipe")
    code, _, err = xner(command, "in.jsonl", "-o", output, *GIVEN)
    assert code == 2
    assert output.split("/")[0] in err
    assert "Traceback" not in err


def test_a_report_that_cannot_be_written_is_told_in_words(xner, tmp_path):
    (tmp_path / "file").touch()
    code, _, err = xner("bench", "matching", "--n-instances", "3", "--json", "file/figures.json")
    assert code == 2
    assert "file/figures.json can't be written" in err


def test_figures_are_written_to_a_folder_that_is_made(xner, tmp_path):
    assert xner("bench", "matching", "--n-instances", "3", "--json", "new/figures.json")[0] == 0
    assert json.loads((tmp_path / "new" / "figures.json").read_text("utf-8"))


@pytest.mark.parametrize("command", ["alignment", "throughput", "workers"])
def test_a_benchmark_looks_for_its_files_before_it_begins(xner, tmp_path, command):
    code, out, err = xner("bench", command, "nowhere.jsonl")
    assert (code, out) == (2, "")
    assert err == "INPUT: nowhere.jsonl: there is no such file. Check the path.\n"
    write(tmp_path / "in.jsonl", RECORD)
    code, out, err = xner("bench", command, "in.jsonl", "--json", "in.jsonl/figures.json")
    assert (code, out) == (2, "")
    assert err.startswith("CONFIG: in.jsonl/figures.json can't be written")


def test_tuned_settings_are_replaced_only_by_force(xner, tmp_path):
    write(tmp_path / "gold.jsonl", RECORD)
    (tmp_path / "run.toml").write_text('match.name = "greedy"\n', encoding="utf-8")
    code, _, err = xner("tune", "gold.jsonl")
    assert (code, "run.toml is there already" in err, "--force" in err) == (2, True, True)
    assert "too little to tune on" in xner("tune", "gold.jsonl", "--force")[2]


@pytest.mark.parametrize("where", ["xner.cli.app.app", "xner.cli.models.check"])
def test_an_interruption_anywhere_ends_without_a_traceback(xner, tmp_path, monkeypatch, where):
    def interrupted(*_arguments, **_named):
        raise KeyboardInterrupt

    monkeypatch.setattr(where, interrupted)
    code, out, err = xner("models", "list")
    assert (code, out, err) == (1, "", "Interrupted.\n")


def test_an_interrupted_projection_promises_only_rows_that_are_there(xner, tmp_path, monkeypatch):
    def interrupted(*_arguments, **_named):
        raise KeyboardInterrupt

    write(tmp_path / "in.jsonl", RECORD)
    monkeypatch.setattr("xner.services.run_projection.work_off", interrupted)
    code, _, err = xner("project", "in.jsonl", "-o", "out.jsonl", *GIVEN)
    assert (code, err) == (1, "Interrupted.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_a_benchmark_without_gold_says_so(xner, tmp_path):
    write(tmp_path / "in.jsonl", RECORD)
    code, _, err = xner("bench", "projection", "in.jsonl", *GIVEN)
    assert code == 2
    assert "entities on both sides" in err


def test_align_tells_the_first_reason_when_no_row_can_be_aligned(xner, tmp_path):
    write(tmp_path / "in.jsonl", {key: value for key, value in RECORD.items() if key != "alignment"})
    code, _, err = xner("align", "in.jsonl", "-o", "links.jsonl", "--format", "jsonl", *GIVEN)
    assert code == 2
    assert "r0: ALIGN: r0: the record has no alignment" in err
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_an_unexpected_error_of_the_aligner_is_a_failed_row(xner, tmp_path, monkeypatch):
    from xner.align.given import GivenAligner

    honest = GivenAligner.align

    def align(aligner, pairs):
        if any(pair.id == "r1" for pair in pairs):
            raise ZeroDivisionError("oops")
        return honest(aligner, pairs)

    monkeypatch.setattr(GivenAligner, "align", align)
    write(tmp_path / "in.jsonl", RECORD, {**RECORD, "id": "r1"})
    code, _, err = xner("align", "in.jsonl", "-o", "links.jsonl", "--format", "jsonl", *GIVEN)
    assert code == 1
    assert "failed  r1: UNEXPECTED: ZeroDivisionError: oops" in err
    rows = [json.loads(line) for line in (tmp_path / "links.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["r0", "r1"]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("match.nam=greedy", "Did you mean 'match.name'"),
        ("match.name=greedi", "Did you mean 'greedy'"),
        ("score.weights.sof=1", "soft"),
        ("align.layer=-1", "greater than or equal to 0"),
    ],
)
def test_a_wrong_setting_is_exit_code_2_with_the_nearest(xner, tmp_path, setting, words):
    write(tmp_path / "in.jsonl", RECORD)
    code, _, err = xner("project", "in.jsonl", "-o", "out.jsonl", *GIVEN, "--set", setting)
    assert code == 2
    assert words in err


def test_align_writes_pharaoh_or_refuses_what_would_shift_lines(xner, tmp_path):
    write(tmp_path / "in.jsonl", RECORD)
    code, _, _ = xner("align", "in.jsonl", "-o", "links.txt", *GIVEN)
    assert (code, (tmp_path / "links.txt").read_text()) == (0, "0-0 1-1\n")
    write(tmp_path / "in.jsonl", RECORD, {"id": "bad"})
    code, _, err = xner("align", "in.jsonl", "-o", "other.txt", *GIVEN)
    assert code == 2
    assert "--format jsonl" in err
    assert not (tmp_path / "other.txt").exists()
    code, _, _ = xner("align", "in.jsonl", "-o", "other.jsonl", "--format", "jsonl", *GIVEN)
    assert code == 1
    assert json.loads((tmp_path / "other.jsonl").read_text()) == {"id": "r0", "alignment": [[0, 0], [1, 1]]}


def test_project_then_evaluate_gives_a_score_with_its_signature(xner, tmp_path):
    write(tmp_path / "gold.jsonl", {**RECORD, "target_entities": [{"start": 0, "end": 1, "label": "PER"}]})
    assert xner("project", "gold.jsonl", "-o", "out.jsonl", *GIVEN)[0] == 0
    code, out, err = xner("evaluate", "gold.jsonl", "out.jsonl")
    assert code == 0
    assert "1.000" in out
    assert "strict-IOB2" in out + err


def test_models_list_says_what_is_here(xner):
    code, out, _ = xner("models", "list")
    assert code == 0
    assert "e5-small" in out


def test_an_unknown_model_is_exit_code_2_with_the_way_out(xner, monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    code, _, err = xner("models", "prepare", "./nowhere")
    assert code == 2
    assert err.startswith("MODEL: The model './nowhere' can't be loaded")


def test_every_command_has_help_with_an_example():
    runner = CliRunner()
    commands = ["project", "align", "evaluate", "app", "models list", "models prepare"]
    commands += [f"bench {name}" for name in ("matching", "alignment", "projection", "links")]
    for command in commands:
        result = runner.invoke(app, [*command.split(), "--help"])
        assert result.exit_code == 0, command
        assert "Example" in result.output, command


def test_the_module_runs_as_a_program():
    run = subprocess.run([sys.executable, "-m", "xner", "--help"], capture_output=True, text=True, check=True)
    assert "project" in run.stdout


def test_evaluate_with_a_failed_or_missing_row_is_exit_code_1(xner, tmp_path):
    gold = [{**RECORD, "id": name, "target_entities": []} for name in ("a", "b")]
    write(tmp_path / "gold.jsonl", *gold)
    failed = {"status": "failed", "reason": "x", "entities": []}
    write(tmp_path / "failed.jsonl", gold[0], {**gold[1], "projection": failed})
    write(tmp_path / "missing.jsonl", gold[0])
    assert xner("evaluate", "gold.jsonl", "failed.jsonl")[0] == 1
    assert xner("evaluate", "gold.jsonl", "missing.jsonl")[0] == 1
    assert xner("evaluate", "gold.jsonl", "gold.jsonl")[0] == 0


def test_evaluate_refuses_another_text_of_the_same_length(xner, tmp_path):
    write(tmp_path / "gold.jsonl", {**RECORD, "target_entities": []})
    write(tmp_path / "other.jsonl", {**RECORD, "target_entities": [], "target_tokens": ["Ada", "las"]})
    code, _, err = xner("evaluate", "gold.jsonl", "other.jsonl")
    assert code == 2
    assert "token 1 is 'schrieb' in gold but 'las'" in err


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_file_of_records_is_no_side_of_two_files(xner, tmp_path, side):
    write(tmp_path / "a.jsonl", RECORD)
    (tmp_path / "b.txt").write_text("Ada schrieb\n", encoding="utf-8")
    first, second = ("a.jsonl", "b.txt") if side == "source" else ("b.txt", "a.jsonl")
    languages = ["--source-lang", "en", "--target-lang", "de"]
    code, _, err = xner("project", first, "--target", second, "-o", "out.jsonl", *languages)
    assert code == 2
    assert "a.jsonl:1: one of two files side by side can't be jsonl" in err


def test_the_pipeline_has_an_option_of_its_own_and_one_sided_rows_are_labelled(xner, tmp_path):
    rows = tmp_path / "rows.jsonl"
    write(rows, {"id": "1", "target_lang": "en", "target_text": "Angela Merkel left Paris."})
    code, _, err = xner("project", rows, "-o", tmp_path / "out.jsonl", "--pipeline", "model-transfer")
    assert code == 0, err
    assert "1 with entities" in err
    assert "source entities" not in err  # there is no source
    code, _, err = xner("project", rows, "-o", tmp_path / "none.jsonl", "--pipeline", "translate-test")
    assert (code, "needs a translator" in err) == (2, True)


@pytest.mark.parametrize("command", ["project", "align"])
def test_a_finished_output_is_replaced_only_by_force(xner, tmp_path, command):
    write(tmp_path / "in.jsonl", RECORD)
    again = (command, "in.jsonl", "-o", "out.jsonl", *GIVEN)
    (tmp_path / "out.jsonl").touch()  # empty: nothing is lost
    assert xner(*again)[0] == 0
    before = (tmp_path / "out.jsonl").read_bytes()
    for more in ((), ("--resume",))[: 2 if command == "project" else 1]:
        code, _, err = xner(*again, *more)
        assert (code, "out.jsonl is there already" in err, "--force" in err) == (2, True, True)
        assert ("nothing to resume" in err) == bool(more)
    (tmp_path / "out.jsonl").write_text("something else")
    assert xner(*again, "--force")[0] == 0
    assert (tmp_path / "out.jsonl").read_bytes() == before


@pytest.mark.model
def test_a_trained_recogniser_is_a_model_with_a_card_and_is_replaced_by_force_alone(xner, tmp_path):
    tiny_bert(tmp_path / "encoder", layers=4)
    names = ["Paris", "London", "England"]
    gold = [
        {"id": str(k), "lang": "en", "tokens": [names[k % 3], "met", names[(k + 1) % 3]],
         "entities": [{"start": 0, "end": 1, "label": "LOC"}, {"start": 2, "end": 3, "label": "LOC"}]}
        for k in range(12)
    ]  # fmt: skip
    write(tmp_path / "gold.jsonl", *gold)
    write(tmp_path / "dev.jsonl", *gold[:2])
    command = ["train", "ner", "gold.jsonl", "-o", "my-ner", "--encoder", "encoder", "--layers", "2", "--epochs", "2"]
    code, out, err = xner(*command, "--dev", "dev.jsonl", "--label-set", "LOC", "--licence", "CC0")
    assert code == 0, err
    assert "dev.jsonl: strict F1" in out
    card = (tmp_path / "my-ner" / "README.md").read_text("utf-8")
    assert "CC0" in card
    assert "12 sentences" in card
    code, _, err = xner(*command)
    assert (code, "--force" in err) == (2, True)
    code, _, err = xner(*command, "--force", "--dev", "gold.jsonl")
    assert (code, "trained on" in err) == (2, True)
    code, _, err = xner(*command[:3], "-o", "again", *command[5:], "--label-set", "LOC", "--start", "my-ner")
    assert code == 0, err
    assert "goes on from my-ner" in (tmp_path / "again" / "README.md").read_text("utf-8")
    code, _, err = xner(*command[:3], "-o", "other", *command[5:], "--label-set", "LOC,PER", "--start", "my-ner")
    assert (code, "tags" in err) == (2, True)
    code, _, err = xner(*command[:3], "-o", "mixed", *command[5:], "--label-set", "LOC", "--share", "0.5")
    assert (code, "--start" in err) == (2, True)
    model = ["--set", "recognise.name=transformers", "--set", "recognise.model=my-ner"]
    write(tmp_path / "in.jsonl", {"id": "1", "target_lang": "en", "target_text": "Paris met London"})
    code, _, err = xner("project", "in.jsonl", "-o", "out.jsonl", "--pipeline", "model-transfer", *model)
    assert code == 0, err


@pytest.mark.parametrize("option", ["--dev", "--silver", ""])
def test_training_looks_for_its_files_before_it_begins(xner, tmp_path, option):
    write(tmp_path / "gold.jsonl", RECORD)
    files = ["gold.jsonl", option, "nowhere.jsonl"] if option else ["nowhere.jsonl"]
    code, _, err = xner("train", "ner", *files, "-o", "mine")
    assert (code, err) == (2, "INPUT: nowhere.jsonl: there is no such file. Check the path.\n")


def test_the_version_is_told(xner):
    assert xner("--version") == (0, f"xner {__version__}\n", "")
