"""README, help and code say the same."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from xner import errors
from xner.align import aligners
from xner.cli.app import app
from xner.config import MATCH_PRESETS, SCORE_PRESETS, parse_config, setting_keys
from xner.extract import extractors
from xner.match import matchers
from xner.models import embedded
from xner.recognise import recognisers, spacy_pipeline
from xner.score import scorers

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def _commands(group, prefix=()):
    for name, command in group.commands.items():
        yield from _commands(command, (*prefix, name)) if hasattr(command, "commands") else [" ".join((*prefix, name))]


@pytest.mark.parametrize("registry", [aligners, extractors, matchers, recognisers, scorers], ids=lambda r: r.kind)
def test_every_registered_name_is_in_the_readme(registry):
    assert [name for name in registry.names() if f"`{name}`" not in README] == []


@pytest.mark.parametrize("names", [setting_keys(), SCORE_PRESETS, MATCH_PRESETS], ids=["settings", "scores", "rules"])
def test_every_setting_and_preset_is_in_the_readme(names):
    assert [name for name in names if f"`{name}`" not in README] == []


def test_every_setting_in_the_readme_exists():
    table = re.findall(r"^\| `([a-z_.]+)` \|", README.split("### All settings")[1].split("\n#")[0], re.MULTILINE)
    assert sorted(table) == sorted(setting_keys())


def test_every_command_is_in_the_readme():
    assert [name for name in _commands(get_command(app)) if f"xner {name}" not in README] == []


def test_every_error_code_is_in_the_readme():
    codes = {item.code for item in vars(errors).values() if isinstance(item, type) and issubclass(item, Exception)}
    assert [code for code in codes - {"XNER"} if f"`{code}`" not in README] == []


def test_the_run_toml_of_the_readme_is_valid():
    (block,) = _blocks("toml")
    assert parse_config(tomllib.loads(block)).match.name == "exact"


@pytest.mark.model
def test_the_library_example_of_the_readme_runs():
    (block,) = _blocks("python")
    run = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "Span(start=0, end=1), 'PER'" in run.stdout


@pytest.mark.parametrize("pin", [embedded.PIN, spacy_pipeline.PIN])
def test_pins_quoted_in_messages_are_those_of_the_requirements(pin):
    assert re.search(rf"^{re.escape(pin)}\b", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", ["requirements.txt", "tests/requirements.txt"])
def test_requirements_are_exact_and_say_what_they_are_for(name):
    lines = [line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    assert [line for line in lines if not re.match(r"[\w.-]+(\[\w+\])?==[\w.]+(\s|$)", line)] == []
    if name == "requirements.txt":
        assert [line for line in lines if "# " not in line] == []


def test_the_top_level_holds_nothing_else():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    top = {line.split("/")[0] for line in tracked.splitlines()}
    visible = {name for name in top if not name.startswith(".")}
    assert visible <= {"app.py", "pages", "xner", "assets", "tests", "requirements.txt", "README.md"}
