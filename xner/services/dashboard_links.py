"""Word links of a results directory: alignment error rates of aligners by language, and the sentences behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xner.evaluate.alignment import AlignmentCounts, count_links
from xner.evaluate.board_scores import ScoreRow
from xner.evaluate.bootstrap import Interval
from xner.services.dashboard_selection import Selection
from xner.services.method_names import group_names
from xner.services.results import CellRecord, Results

LINKS = "links"
"""What stands in an address for gold links, as "gold" does for gold entities."""


@dataclass(frozen=True, slots=True)
class LinkScores:
    """Error rates of aligners: `f1` of a row is the rate, of which lower is better, and `n_entities` are gold links.

    `precision` and `recall` are by aligner and group, like `cells`.
    """

    names: Mapping[str, str]
    groups: tuple[str, ...]
    rows: tuple[ScoreRow, ...]
    cells: Mapping[tuple[str, str], str]
    precision: Mapping[tuple[str, str], float | None]
    recall: Mapping[tuple[str, str], float | None]


def link_scores(rows: Sequence[Mapping[str, Any]]) -> LinkScores:
    """Return the error rates of the rows of a directory whose metric is ``aer``."""
    groups = group_names(rows)
    keys = [(str(row["method"]), groups[row["dataset"]]) for row in rows]
    counts = [row["scores"].get("links") or {} for row in rows]
    scores = tuple(
        ScoreRow(
            *key, found.get("aer"), Interval(*row["interval"]) if row.get("interval") else None, row["n_sentences"],
            row["n_entities"], row["n_failed"],
        )
        for key, row, found in zip(keys, rows, counts, strict=True)
    )  # fmt: skip
    return LinkScores(
        names={method: method for method, _ in keys},
        groups=tuple(sorted({group for _, group in keys})),
        rows=scores,
        cells={key: row["cell"] for key, row in zip(keys, rows, strict=True)},
        precision={key: found.get("precision") for key, found in zip(keys, counts, strict=True)},
        recall={key: found.get("recall") for key, found in zip(keys, counts, strict=True)},
    )


def counts_of(record: CellRecord) -> AlignmentCounts | None:
    """Return the links of a sentence against gold, ``None`` where it did not run."""
    made, gold = record.projection.alignment, record.pair.alignment
    return None if made is None or gold is None else count_links(made.links, gold.links, gold.possible)


def links_behind(
    results: Results, scores: LinkScores, selection: Selection, limit: int
) -> tuple[int, list[CellRecord]]:
    """Return how many sentences an aligner ran in a group, and those with the highest error rates.

    Raises:
        InputError: gold or predictions are gone or damaged.
    """
    cell = scores.cells.get((selection.method, selection.group))
    rated = []
    for record in results.records(cell).values() if cell else ():
        found = counts_of(record)
        if found is not None:
            rated.append((found.aer or 0.0, record))
    rated.sort(key=lambda one: -one[0])
    return len(rated), [record for _, record in rated[:limit]]
