"""What a report is made of: tables, panels and sections, as `report_html` and `report_markdown` write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from xner.evaluate.calibration import Calibration
from xner.services.results import Row

NONE = "–"


class Cell(NamedTuple):
    """Text of a cell; `shade` in [0, 1] is how deep its ground is, ``None`` for none."""

    text: str
    shade: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what is in it, its columns, and its rows, whose first cell names them."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """Figures of all methods on one data set: (method, value, low, high)."""

    title: str
    points: tuple[tuple[str, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One benchmark. `reliability` is by method; `is_error_rate` tells that lower is better."""

    name: str
    title: str
    command: str
    is_error_rate: bool
    panels: tuple[Panel, ...]
    tables: tuple[Table, ...]
    reliability: tuple[tuple[str, Calibration], ...]
    setup: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. `problems` are damaged lines of the directory, in words."""

    title: str
    directory: str
    sections: tuple[Section, ...]
    problems: tuple[str, ...]


def language_words(row: Row) -> str:
    """Return the languages of a row, its data set where it names none."""
    return "–".join(str(row[side]) for side in ("source_lang", "target_lang") if row.get(side)) or str(row["dataset"])


def plain(value: Any) -> str:
    """Return text on one line, as a cell of a table is."""
    return " ".join(str(value).split())
