"""The report: one page that asks for nothing, with text of files as text, and figures that are those of the cells."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from xner.bench.report_content import build
from xner.bench.report_html import write_html
from xner.bench.report_markdown import write_markdown
from xner.bench.report_parts import Report
from xner.cli.app import app
from xner.io.results_files import append_row, write_not_run, write_run
from xner.services.results import NewCell, open_results, write_cell, write_links_cell
from xner.types import Alignment, Entity, Projection, Sentence, SentencePair, Span

EVIL = "<script>alert(1)</script>|`x`"


def pair(number: int, lang: str) -> SentencePair:
    found = (Entity(Span(0, 1), "PER"), Entity(Span(2, 3), "LOC"))
    return SentencePair(
        f"{lang}{number}", Sentence(("Ada", "in", "Bonn"), "en"), Sentence(("Ada", "in", "Bonn"), lang), found, found,
        alignment=Alignment(frozenset({(0, 0), (2, 2)})),
    )  # fmt: skip


def projected(pair_: SentencePair, n: int) -> Projection:
    found = tuple(Entity(e.span, e.label, 0.5 + 0.4 * k, k) for k, e in enumerate(pair_.source_entities or ()))
    return Projection(pair_.id, found[:n], "ok" if n else "empty", None if n else "nothing")


def make(directory: Path, languages: tuple[str, ...], methods: tuple[str, ...]) -> Report:
    write_run(directory, f"Run {EVIL}")
    for lang in languages:
        pairs = [pair(number, lang) for number in range(4)]
        for worse, method in enumerate(methods):
            made = [projected(p, 2 if k >= worse else 1) for k, p in enumerate(pairs)]
            cell = NewCell("europarl", f"europarl.en-{lang}", method, f"sig|{method}", "en", lang, score_max=1.0)
            write_cell(directory, cell, pairs, made, 1.0, n_resamples=20)
    return build(open_results(directory))


@pytest.fixture
def report(tmp_path: Path) -> Report:
    write_run(tmp_path / "run", "x")
    item = {"benchmark": "europarl", "dataset": "europarl.en-de", "method": "nmt", "reason": f"MODEL: {EVIL}"}
    write_not_run(tmp_path / "run", [item])
    return make(tmp_path / "run", ("de", "es"), ("greedy links", f"other {EVIL}"))


def test_figures_of_the_tables_are_those_of_the_cells(report: Report) -> None:
    (section,) = report.sections
    tables = {table.title: table for table in section.tables}
    other = tables["Strict F1"].rows[1]
    assert other[1].text.startswith("0.933 [")
    assert tables["Strict F1"].columns == ("", "en–de", "en–es", "mean")
    assert other[3].text == "0.933"
    assert tables["Difference to greedy links"].rows[1][1].text.startswith("-0.067 [")
    missing = tables["Errors by kind"].columns.index("missing")
    assert tables["Errors by kind"].rows[1][missing].text == "2"
    assert [row[1].text for row in tables["F1 by label"].rows] == ["1.000 (8)", "0.857 (8)"]
    assert any(row[3].text == "ngram-greedy/simalign-itermax" for row in tables["Beside published figures"].rows)


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]


def test_the_page_asks_for_nothing_and_shows_text_of_files_as_text(report: Report) -> None:
    html = write_html(report, "http://localhost:8501/dashboard?results=x")
    page = Page()
    page.feed(html)
    assert not page.tags & {"script", "img", "iframe", "object", "base", "form"}
    assert set(page.addresses) == {"data:,", "http://localhost:8501/dashboard?results=x"}
    assert EVIL.replace("<", "&lt;").replace(">", "&gt;") in html
    assert "url(" not in html
    assert "@import" not in html
    assert html.count("<svg") >= 4


def test_markdown_rows_have_as_many_cells_as_their_heads_whatever_the_names(report: Report) -> None:
    text = write_markdown(report, "")
    assert "<script>" not in text.replace(r"\<script\>", "")
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(blocks) >= 8
    for block in blocks:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_many_languages_stand_below_each_other(tmp_path: Path) -> None:
    languages = tuple(f"a{letter}" for letter in "abcdefghijkl")
    (section,) = make(tmp_path / "run", languages, ("greedy links", "other")).sections
    table = section.tables[0]
    assert table.columns == ("", "greedy links", "other")
    assert [row[0].text for row in table.rows][-2:] == ["en–al", "mean"]
    assert len(section.panels) == 12


def test_word_links_have_error_rates_and_no_entities(tmp_path: Path) -> None:
    write_run(tmp_path / "run", "x")
    pairs = [pair(number, "de") for number in range(3)]
    found = [Alignment(frozenset({(0, 0)})), None, Alignment(frozenset({(0, 0), (2, 2)}))]
    write_links_cell(tmp_path / "run", NewCell("xlwa", "xlwa.en-de", "argmax", "s"), pairs, found, 1.0, n_resamples=9)
    (section,) = build(open_results(tmp_path / "run")).sections
    assert section.is_error_rate
    assert section.tables[0].rows[0][1].text.startswith("0.143 [")
    assert section.tables[0].rows[0][1].text.endswith("(1 not run)")


def test_an_empty_or_damaged_directory_gives_a_page_that_says_so(tmp_path: Path) -> None:
    write_run(tmp_path / "run", "x")
    assert "No cell is finished yet" in write_html(build(open_results(tmp_path / "run")), "")
    append_row(tmp_path / "run", {"cell": "half"})
    assert re.search(r"Damaged: .*cells\.jsonl:1", write_html(build(open_results(tmp_path / "run")), ""))


def test_the_ending_chooses_and_the_link_opens_the_same_results(tmp_path: Path, report: Report) -> None:
    target = tmp_path / "r.html"
    ran = CliRunner().invoke(app, ["report", str(tmp_path / "run"), "-o", str(target)])
    assert ran.exit_code == 0, ran.output
    assert f"/dashboard?results={str(tmp_path / 'run').replace('/', '%2F')}" in target.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "run" / "run.json").read_text())["schema"] == 1
    again = CliRunner().invoke(app, ["report", str(tmp_path / "run"), "-o", str(target)])
    assert again.exit_code != 0
    other = CliRunner().invoke(app, ["report", str(tmp_path / "run"), "-o", str(tmp_path / "r.pdf")])
    assert "neither in .html nor in .md" in str(other.exception)
