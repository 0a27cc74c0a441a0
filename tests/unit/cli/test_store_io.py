"""Import and export as commands: what is told, what is written, and with which exit code."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from tests.unit.services.test_export_silver import make_pair
from xner.cli.app import app
from xner.errors import ConfigError, InputError
from xner.io.json_lines import dumps, record_from_pair
from xner.types import Entity, Projection, Span


@pytest.fixture
def projected(tmp_path):
    """A file as `project` writes it: one sentence with names, one that failed."""
    entities = (Entity(Span(0, 1), "PER", 0.9, 0),)
    rows = [
        record_from_pair(make_pair("one"), Projection("one", entities, "ok", signature="match:exact")),
        record_from_pair(make_pair("two"), Projection.failed("two", "no link")),
    ]
    path = tmp_path / "in.jsonl"
    path.write_text("".join(f"{dumps(row)}\n" for row in rows))
    return path


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_what_was_projected_comes_out_again_and_what_failed_is_told(projected, tmp_path):
    told = run("import", projected, "--corpus", "News")
    assert told.exit_code == 0
    assert "2 sentences added, 0 were there, 2 with a projection" in told.stderr
    out = tmp_path / "out.jsonl"
    told = run("export", "News", "-o", out, "--card", tmp_path / "card.md")
    assert told.exit_code == 0
    assert "left out  1: the projection failed" in told.stderr
    assert "1 sentences (1 projected) with 1 entities as JSON Lines, read back and equal" in told.stderr
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["one"]
    assert "match: exact" in (tmp_path / "card.md").read_text()
    assert not (tmp_path / "out.jsonl.partial").exists()


def test_an_import_given_again_adds_nothing(projected):
    run("import", projected, "--corpus", "News")
    told = run("import", projected, "--corpus", "News")
    assert told.exit_code == 0
    assert "0 sentences added, 2 were there, 0 with a projection" in told.stderr


def test_the_name_of_the_file_says_the_format(projected, tmp_path):
    run("import", projected, "--corpus", "News")
    assert run("export", "1", "-o", tmp_path / "x.brat.zip").exit_code == 0
    assert isinstance(run("export", "News", "-o", tmp_path / "x.doc").exception, InputError)


def test_a_sentence_that_the_format_has_no_place_for_gives_exit_code_1(tmp_path):
    bad = record_from_pair(
        make_pair("bad", tokens=("-DOCSTART-", "hat", "Bergen", "besucht")), Projection("bad", (), "ok", signature="s")
    )
    good = record_from_pair(make_pair("good"), Projection("good", (), "ok", signature="s"))
    path = tmp_path / "in.jsonl"
    path.write_text(f"{dumps(bad)}\n{dumps(good)}\n")
    run("import", path, "--corpus", "News")
    told = run("export", "News", "-o", tmp_path / "x.conll")
    assert told.exit_code == 1
    assert "left out  bad: the token -DOCSTART-" in told.stderr
    assert (tmp_path / "x.conll").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--status", "failed"), "can't be exported"),
        (("--annotator", "Nobody"), "has worked on"),
        (("--format", "xml"), "no export format"),
        (("--status", "accepted"), "Nothing is left"),
    ],
)
def test_what_cannot_be_exported_is_said_and_leaves_no_file(arguments, words, projected, tmp_path):
    run("import", projected, "--corpus", "News")
    failed = run("export", "News", "-o", tmp_path / "x.conll", *arguments)
    assert words in str(failed.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_an_unknown_corpus_is_answered_with_those_that_there_are(projected, tmp_path):
    run("import", projected, "--corpus", "News")
    assert "There are: 'News'." in str(run("export", "Olds", "-o", tmp_path / "x.conll").exception)


@pytest.mark.parametrize("taken", ["out.jsonl", "card.md"])
def test_a_file_that_is_there_is_replaced_only_by_force(projected, tmp_path, taken):
    run("import", projected, "--corpus", "News")
    (tmp_path / taken).write_text("mine")
    again = ("export", "News", "-o", tmp_path / "out.jsonl", "--card", tmp_path / "card.md")
    told = run(*again)
    assert isinstance(told.exception, ConfigError)
    assert "--force" in str(told.exception)
    assert (tmp_path / taken).read_text() == "mine"
    assert [path.name for path in tmp_path.glob("out.jsonl*")] == [taken][: taken == "out.jsonl"]
    assert run(*again, "--force").exit_code == 0
    assert (tmp_path / taken).read_text() != "mine"


def test_what_the_format_does_not_carry_is_told(projected, tmp_path):
    run("import", projected, "--corpus", "News")
    told = run("export", "News", "-o", tmp_path / "x.conll")
    assert "1 sentences have word links, which CoNLL-2003 does not carry" in told.stderr
    assert "back-translations" not in told.stderr
