"""What is wrong in what methods made, by kind, and how much of it there is to correct."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xner.evaluate.board import Part
from xner.evaluate.packed import Packed
from xner.evaluate.taxonomy import ERRORS, KINDS


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """Errors of one kind of a method in a group: the sentences that have one, and the cases in them.

    `n_cases` is ``None`` where the kind can't be told (no sources named), which is not 0.
    """

    method: str
    group: str
    kind: str
    n_sentences: int
    n_cases: int | None


def error_rows(parts: Sequence[Part]) -> list[ErrorRow]:
    """Return one row for every part and kind of error."""
    rows = []
    for part in parts:
        packed = part.load()
        table = packed.cases.rows
        sourced = _both_sides_named(packed)
        for kind in ERRORS:
            of_kind = table[table[:, 1] == KINDS.index(kind), 0]
            n_cases = len(of_kind) if kind != "wrong_link" or sourced else None
            rows.append(ErrorRow(part.method, part.group, kind, len(np.unique(of_kind)), n_cases))
    return rows


def _both_sides_named(packed: Packed) -> bool:
    sizes = packed.cases.rows[:, 2:4].reshape(-1)
    is_gold = np.repeat(np.tile([True, False], len(packed.cases.rows)), sizes)
    named = packed.cases.entities[:, 3] >= 0
    return bool((named & is_gold).any() and (named & ~is_gold).any())


@dataclass(frozen=True, slots=True)
class EffortRow:
    """What a method leaves to do in the sentences that ran: those with an error, and entities to correct in them."""

    method: str
    n_sentences: int
    n_changed: int
    n_corrections: int


def effort_rows(parts: Sequence[Part], shared_only: bool = True) -> list[EffortRow]:
    """Return one row a method, over the sentences that ran in all of the methods unless told otherwise.

    A case of the taxonomy is one correction: what is missing is added, what is spurious deleted, all else moved or
    relabelled.
    """
    ran: dict[str, set[tuple[str, str]]] = {}
    for part in parts:
        ran.setdefault(part.method, set()).update((part.group, name) for name in part.load().table.ids)
    shared = set.intersection(*ran.values()) if ran and shared_only else None
    sums = {method: [0, 0, 0] for method in ran}
    for part in parts:
        packed = part.load()
        keep = np.array([shared is None or (part.group, name) in shared for name in packed.table.ids], bool)
        cases = packed.cases.rows
        wrong = cases[(cases[:, 1] != KINDS.index("correct")) & keep[cases[:, 0]], 0]
        for k, n in enumerate((int(keep.sum()), len(np.unique(wrong)), len(wrong))):
            sums[part.method][k] += n
    return [EffortRow(method, *sums[method]) for method in sums]
