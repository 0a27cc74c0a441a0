"""Statistics, entity table and cases of one evaluation as a few arrays without Python objects, and back.

A results directory keeps them beside its predictions, so that a dashboard doesn't read and score these again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xner.evaluate.entity_table import SLICES, EntityTable
from xner.evaluate.statistics import Statistics
from xner.evaluate.taxonomy import KINDS, Case
from xner.types import Entity, Span

PACKED_SCHEMA = 2
"""Goes up when the arrays, or what is counted in them, change: older ones are then made anew."""
_NO_SOURCE = -1
_N_CASE_COLUMNS, _N_ENTITY_COLUMNS, _N_FLAGS = 4, 4, 3


@dataclass(frozen=True, slots=True)
class CaseTable:
    """The cases of all sentences as arrays; `ids` and `languages` are those of the sentences that ran.

    `rows` is (n_cases, 4): sentence, index in `xner.evaluate.taxonomy.KINDS`, gold entities, predicted entities.
    `entities` is (n_entities, 4), those of the first case first, gold before predicted: start, end, index in `labels`,
    source or -1. `scores` is (n_entities,), NaN where there is none.
    """

    ids: tuple[str, ...]
    languages: tuple[str, ...]
    labels: tuple[str, ...]
    rows: NDArray[np.int64]
    entities: NDArray[np.int64]
    scores: NDArray[np.float64]

    def cases(self) -> tuple[Case, ...]:
        """Return the cases as objects, in order of sentence and token."""
        entities = [
            Entity(
                Span(start, end), self.labels[label], None if score != score else score,
                None if source == _NO_SOURCE else source,
            )
            for (start, end, label, source), score in zip(self.entities.tolist(), self.scores.tolist(), strict=True)
        ]  # fmt: skip
        found, first = [], 0
        for sentence, kind, n_gold, n_predicted in self.rows.tolist():
            middle, last = first + n_gold, first + n_gold + n_predicted
            sides = tuple(entities[first:middle]), tuple(entities[middle:last])
            found.append(Case(self.ids[sentence], self.languages[sentence], KINDS[kind], *sides))
            first = last
        return tuple(found)

    def labels_of_cases(self) -> NDArray[np.int64]:
        """Return (n_cases,), the index in `labels` of the label by which each case is counted (`Case.label`)."""
        sizes = self.rows[:, 2] + self.rows[:, 3]
        first: NDArray[np.int64] = np.cumsum(sizes) - sizes
        return np.asarray(self.entities[first, 2], np.int64)


@dataclass(frozen=True, slots=True)
class Packed:
    """All that figures of one evaluation are drawn from. The first sentences of `statistics` are those of `table`."""

    statistics: Statistics
    table: EntityTable
    cases: CaseTable


def tabulate_cases(cases: Sequence[Case], ids: Sequence[str], languages: Sequence[str]) -> CaseTable:
    """Return cases as arrays; `ids` and `languages` are those of the sentences that ran, in order."""
    place = {name: number for number, name in enumerate(ids)}
    labels = sorted({entity.label for case in cases for entity in (*case.gold, *case.predicted)})
    code_of = {label: code for code, label in enumerate(labels)}
    rows = [(place[c.sentence_id], KINDS.index(c.kind), len(c.gold), len(c.predicted)) for c in cases]
    found = [entity for case in cases for entity in (*case.gold, *case.predicted)]
    entities = [
        (e.span.start, e.span.end, code_of[e.label], _NO_SOURCE if e.source is None else e.source) for e in found
    ]
    return CaseTable(
        ids=tuple(ids),
        languages=tuple(languages),
        labels=tuple(labels),
        rows=np.array(rows, np.int64).reshape(-1, _N_CASE_COLUMNS),
        entities=np.array(entities, np.int64).reshape(-1, _N_ENTITY_COLUMNS),
        scores=np.array([np.nan if e.score is None else e.score for e in found], np.float64),
    )


def to_arrays(packed: Packed, of: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """Return arrays of numbers by name; `of` says what they were made from and is checked by `from_arrays`."""
    statistics, table, cases = packed.statistics, packed.table, packed.cases
    names = tuple(sorted(set(statistics.languages)))
    code_of = {name: code for code, name in enumerate(names)}
    words: dict[str, Any] = {
        "schema": PACKED_SCHEMA, "of": dict(of), "ids": statistics.ids, "n_scored": len(table.ids),
        "languages": names, "labels": statistics.labels, "case_labels": cases.labels,
        "buckets": {by: table.buckets[by][0] for by in SLICES},
    }  # fmt: skip
    languages = np.array([code_of[name] for name in statistics.languages], np.int64)
    flags = [table.sentence, table.in_gold, table.in_predicted, *(table.buckets[by][1] for by in SLICES)]
    tables = {
        "sentences": np.column_stack([languages, statistics.ran, statistics.whole]),
        "by_label": statistics.by_label,
        "entities": np.column_stack(flags),
        "cases": cases.rows,
        "case_entities": cases.entities,
    }
    words["shapes"] = {name: table.shape for name, table in tables.items()}
    numbers = np.concatenate([table.astype(np.int32).ravel() for table in tables.values()])
    floats = np.concatenate([table.score, table.margin, cases.scores])
    # Three members, not eight: opening one costs more than reading it, and a dashboard opens hundreds.
    return {"words": np.frombuffer(json.dumps(words).encode(), np.uint8), "numbers": numbers, "floats": floats}


def from_arrays(arrays: Mapping[str, NDArray[Any]], of: Mapping[str, str]) -> Packed | None:
    """Return what `to_arrays` was given, ``None`` if the arrays have another schema or were made from something else.

    Raises:
        KeyError, ValueError, IndexError: the arrays are damaged.
    """
    words = json.loads(arrays["words"].tobytes())
    if words["schema"] != PACKED_SCHEMA or words["of"] != dict(of) or set(words["buckets"]) != set(SLICES):
        return None
    tables = _cut(arrays["numbers"], words["shapes"])
    sentences = tables["sentences"]
    ids, names = tuple(words["ids"]), words["languages"]
    languages = tuple(names[code] for code in sentences[:, 0].tolist())
    if len(ids) != len(sentences):
        raise ValueError(f"{len(ids)} names of {len(sentences)} sentences")
    statistics = Statistics(
        ids=ids,
        languages=languages,
        ran=sentences[:, 1].astype(bool),
        labels=tuple(words["labels"]),
        whole=np.ascontiguousarray(sentences[:, 2:]),
        by_label=tables["by_label"],
    )
    n_scored, flags = words["n_scored"], tables["entities"]
    score, margin, case_scores = np.split(arrays["floats"].astype(np.float64), [len(flags), 2 * len(flags)])
    buckets = {
        by: (tuple(words["buckets"][by]), np.ascontiguousarray(flags[:, _N_FLAGS + number]))
        for number, by in enumerate(SLICES)
    }
    table = EntityTable(
        ids=ids[:n_scored],
        languages=languages[:n_scored],
        sentence=np.ascontiguousarray(flags[:, 0]),
        in_gold=flags[:, 1].astype(bool),
        in_predicted=flags[:, 2].astype(bool),
        score=score,
        margin=margin,
        buckets=buckets,
    )
    cases = CaseTable(
        ids=table.ids,
        languages=table.languages,
        labels=tuple(words["case_labels"]),
        rows=tables["cases"],
        entities=tables["case_entities"],
        scores=case_scores,
    )
    return Packed(statistics, table, cases)


def _cut(numbers: NDArray[Any], shapes: Mapping[str, Sequence[int]]) -> dict[str, NDArray[np.int64]]:
    tables, first = {}, 0
    for name, (n_rows, n_columns) in shapes.items():
        last = first + n_rows * n_columns
        tables[name] = numbers[first:last].astype(np.int64).reshape(n_rows, n_columns)
        first = last
    return tables
