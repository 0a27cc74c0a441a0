"""The published figures: each table has a source, and its means are the means of its rows."""

import json
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from xner.text.script import normalise_tag

FILE = Path(__file__).resolve().parents[3] / "assets" / "reference_results.json"
DATA = json.loads(FILE.read_text(encoding="utf-8"))
TABLES: dict[str, dict[str, Any]] = {table["id"]: table for table in DATA["tables"]}
ROUNDING = 0.0011
"""Means were published to three decimals from unrounded figures: half a unit for the mean, half for its parts."""


def numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [n for item in value.values() for n in numbers(item)]
    if isinstance(value, list):
        return [n for item in value for n in numbers(item)]
    return [value] if isinstance(value, float) else []


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if "mean" in table])
def test_the_mean_row_is_the_mean_of_the_rows(name: str) -> None:
    table = TABLES[name]
    for index, (column, mean) in enumerate(zip(table["columns"], table["mean"], strict=True)):
        rows = [row[index] for row in table["rows"].values()]
        assert mean == pytest.approx(fmean(rows), abs=ROUNDING), column["id"]


def test_tables_by_language_have_the_averages_of_the_headline() -> None:
    headline = TABLES["headline"]
    for corpus in ("europarl", "masakhaner2"):
        table = TABLES[f"{corpus}-languages"]
        n_columns = len(table["columns"])
        assert table["columns"] == headline["columns"][:n_columns]
        assert table["mean"] == headline["rows"][corpus][:n_columns]
        assert len(table["rows"]) == headline["n_languages"][corpus]


def test_the_heuristic_of_the_thesis_has_the_figures_of_the_paper() -> None:
    # The same system, run by two code bases: a cross-check of both tables.
    paper = TABLES["europarl-languages"]
    (column,) = (i for i, c in enumerate(paper["columns"]) if c["id"] == "heuristic/awesome")
    settings = {"merge_distance": 1, "top_k": None, "only_i": False, "min_length_ratio": 0.8}
    (thesis,) = (s for s in TABLES["europarl-heuristic-settings"]["settings"] if settings.items() <= s.items())
    assert thesis["f1"] == {lang: row[column] for lang, row in paper["rows"].items()}


def test_every_table_and_quoted_system_names_a_known_source() -> None:
    named = {table["source"] for table in TABLES.values()}
    named |= {c["published_in"] for table in TABLES.values() for c in table.get("columns", []) if "published_in" in c}
    assert named == set(DATA["sources"])
    assert all(source["title"] and source["url"].startswith("https://") for source in DATA["sources"].values())
    assert len(TABLES) == len(DATA["tables"])


def test_rows_have_a_figure_or_none_for_every_column() -> None:
    for table in TABLES.values():
        for row in table.get("rows", {}).values():
            assert len(row) == len(table["columns"])
        assert len({c["id"] for c in table.get("columns", [])}) == len(table.get("columns", []))


def test_figures_are_ratios() -> None:
    found = [(name, n) for name, table in TABLES.items() for n in numbers(table.get("rows", table.get("settings")))]
    assert len(found) > 600
    assert all(0 < n <= 1 or (name.endswith("ratio") and n < 1.1) for name, n in found)


def test_languages_have_tags() -> None:
    rows = {name for table in TABLES.values() for name in table.get("rows", {}) if len(name) in (2, 3)}
    assert rows == set(DATA["language_tags"])
    assert [tag for tag in DATA["language_tags"].values() if normalise_tag(tag) != tag] == []
