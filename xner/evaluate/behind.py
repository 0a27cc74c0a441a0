"""The sentences behind one number of a dashboard: a kind of error, a bucket, a bin of confidence."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from xner.evaluate.entity_table import SLICES, SliceBy
from xner.evaluate.packed import Packed
from xner.evaluate.taxonomy import KINDS

IntArray = NDArray[np.int64]
What = Literal["scored", "failed", "errors", "kind", "score_bin", "margin_bin", "decided", SliceBy]
WHATS: tuple[What, ...] = (
    "scored", "failed", "errors", "kind", "score_bin", "margin_bin", "decided", *get_args(SliceBy),
)  # fmt: skip
"""What can be asked for; all but the first three have a value. ``decided`` is known to the log of the editor alone."""
_BETWEEN = ".."
_NOBODY: IntArray = np.zeros(0, np.int64)


def places_behind(packed: Packed, what: What, value: str = "") -> IntArray:
    """Return the places, in `packed.statistics.ids`, of the sentences that a number is made of, in order, each once.

    Args:
        packed: one evaluation.
        what: ``scored`` all that ran; ``failed`` all that did not; ``errors`` those with an error of whatever kind;
            ``kind`` those with a case of the kind `value`; a slice those with an entity in the bucket `value`;
            ``score_bin`` and ``margin_bin`` those with a prediction in the range `value` of `range_name`; ``decided``
            nobody.
        value: see `what`; one that the evaluation does not know has no sentences.
    """
    cases, table = packed.cases.rows, packed.table
    if what == "scored":
        return np.arange(len(table.ids))
    if what == "failed":
        return np.flatnonzero(~packed.statistics.ran)
    if what == "errors":
        return np.unique(cases[cases[:, 1] != KINDS.index("correct"), 0])
    if what == "kind":
        kinds = [code for code, kind in enumerate(KINDS) if kind == value]
        return np.unique(cases[np.isin(cases[:, 1], kinds), 0])
    if what in SLICES:
        names, codes = table.buckets[what]
        return np.unique(table.sentence[codes == names.index(value)]) if value in names else _NOBODY
    ends = range_of(value)
    if ends is None or what == "decided":
        return _NOBODY
    values = table.score if what == "score_bin" else table.margin
    with np.errstate(invalid="ignore"):
        return np.unique(table.sentence[table.in_predicted & (values >= ends[0]) & (values <= ends[1])])


def range_name(low: float, high: float) -> str:
    """Return how an address says "from low to high, both included", without loss.

    Example:
        >>> range_name(0.1, 0.25), range_of(range_name(0.1, 0.25)), range_of("x")
        ('0.1..0.25', (0.1, 0.25), None)
    """
    return f"{float(low)!r}{_BETWEEN}{float(high)!r}"


def range_of(name: str) -> tuple[float, float] | None:
    """Return what `range_name` was given, ``None`` for anything else."""
    low, between, high = name.partition(_BETWEEN)
    try:
        return (float(low), float(high)) if between else None
    except ValueError:
        return None
