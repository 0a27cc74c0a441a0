"""Published figures beside ours: what they say of a corpus and language, and which of ours each is nearest to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).resolve().parents[2] / "assets" / "reference_results.json"
_NEAREST = {
    "greedy links": "ngram-greedy/simalign-itermax",
    "heuristic nodalida2025": "heuristic/simalign-itermax",
    "model-transfer e5-ner": "model_transfer",
    "translate-test nllb": "ngram-greedy/simalign-itermax",
    "translate-test apertium": "ngram-greedy/simalign-itermax",
}
"""Method of ours to the published column that does the same with other models."""


@dataclass(frozen=True, slots=True)
class Published:
    """One published F1: of a language, or the mean over all of the corpus where `language` is ``None``."""

    system: str
    language: str | None
    f1: float
    source: str


def published(corpus: str | None) -> list[Published]:
    """Return all published F1 of a corpus by language and system, means last; [] where there are none.

    Example:
        >>> [p.f1 for p in published("europarl") if (p.language, p.system) == ("de", "ngram-greedy/awesome")]
        [0.92]
    """
    data = _reference()
    found = []
    for table in data["tables"]:
        if table.get("metric") != "f1" or "rows" not in table:
            continue
        source = data["sources"][table["source"]]["title"]
        names = [column["id"] for column in table["columns"]]
        if corpus is not None and table.get("corpus") == corpus:
            for code, values in table["rows"].items():
                found += _row(names, values, data["language_tags"].get(code, code), source)
        elif table["id"] == "headline" and corpus in table["rows"]:
            found += _row(names, table["rows"][corpus], None, source)
    return sorted(found, key=lambda item: item.language is None)


def nearest(method: str, figures: Sequence[Published], language: str | None) -> Published | None:
    """Return the published figure of the system that is most like a method of ours, ``None`` where there is none."""
    wanted = _NEAREST.get(method)
    return next((f for f in figures if f.system == wanted and f.language == language), None)


def best(figures: Sequence[Published], language: str | None) -> Published | None:
    """Return the highest published figure of a language."""
    return max((f for f in figures if f.language == language), key=lambda f: f.f1, default=None)


def _row(names: Sequence[str], values: Sequence[float | None], language: str | None, source: str) -> list[Published]:
    return [Published(n, language, v, source) for n, v in zip(names, values, strict=True) if v is not None]


@cache
def _reference() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found
