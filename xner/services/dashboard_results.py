"""A results directory as a board: data sets by language, methods by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xner.errors import ConfigError
from xner.evaluate.behind import places_behind
from xner.evaluate.board import Board, Part
from xner.services.dashboard_links import LINKS, LinkScores, link_scores, links_behind
from xner.services.dashboard_selection import Selection
from xner.services.method_names import group_names
from xner.services.results import CellRecord, Results, open_results, stamp
from xner.services.results_scoring import known_scores

MAX_LISTED = 200
"""Sentences of a list beneath a figure."""


@dataclass(frozen=True, slots=True)
class ResultsBoard:
    """A results directory, its board, and the cell of every part."""

    results: Results
    board: Board
    cells: Mapping[tuple[str, str], str]
    links: LinkScores
    """Rows of word links: they have an alignment error rate and no entities."""


def folder_of(text: str) -> Path:
    """Return the local folder that somebody typed.

    Raises:
        ConfigError: it is no folder of this machine.
    """
    if "\0" in text or "://" in text or not text.strip():
        raise ConfigError("That is not a local folder.", "Type the path of the folder that “bench -o” wrote.")
    path = Path(text.strip()).expanduser()
    if not path.is_dir():
        raise ConfigError(f"There is no folder {text.strip()}.", "Type the path of the folder that “bench -o” wrote.")
    return path


def fingerprint(directory: Path) -> str:
    """Return a text that changes with the content of a directory."""
    return f"{directory.resolve()} {stamp(directory)}"


def open_results_board(directory: Path) -> ResultsBoard:
    """Return a results directory, also one that is being written; no sentence is read yet.

    Raises:
        InputError: it is no results directory, or a damaged one.
    """
    results = open_results(directory)
    rows = [row for row in results.cells if row.get("metric", "f1") == "f1"]
    groups = group_names(rows)
    parts: dict[tuple[str, str], Part] = {}
    cells: dict[tuple[str, str], str] = {}
    for row in rows:
        key = row["method"], groups[row["dataset"]]
        parts[key] = _part(results, row, *key)
        cells[key] = row["cell"]
    names = {name: name for name in dict.fromkeys(row["method"] for row in rows)}
    order = tuple(sorted({group for _, group in parts}))
    links = link_scores([row for row in results.cells if row.get("metric", "f1") == "aer"])
    return ResultsBoard(results, Board(fingerprint(directory), names, order, parts), cells, links)


def _part(results: Results, row: Mapping[str, Any], method: str, group: str) -> Part:
    cell = row["cell"]
    return Part(
        method, group, row.get("target_lang") or group, row["n_sentences"], row["n_failed"], row["n_entities"],
        lambda: results.packed(cell), known_scores(row), row.get("score_max"),
    )  # fmt: skip


def records_behind(opened: ResultsBoard, selection: Selection, limit: int = MAX_LISTED) -> tuple[int, list[CellRecord]]:
    """Return how many sentences are behind a number, and the first of them with gold and projection.

    Raises:
        InputError: gold or predictions are gone or damaged.
    """
    if selection.reference == LINKS:
        return links_behind(opened.results, opened.links, selection, limit)
    total = 0
    found: list[CellRecord] = []
    for part in opened.board.of([selection.method], [selection.group] if selection.group else ()):
        packed = part.load()
        ids = [packed.statistics.ids[k] for k in places_behind(packed, selection.what, selection.value)]
        total += len(ids)
        if len(found) < limit and ids:
            cell = opened.cells[part.method, part.group]
            found += opened.results.records(cell, ids[: limit - len(found)]).values()
    return total, found
