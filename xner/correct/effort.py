"""What a correction cost: which kinds of steps, and how many seconds of work, from the editor's log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from xner.correct.edits import Step

PAUSE_S = 60.0
"""A longer gap between two steps is a pause, and counts as this much."""

KINDS: Mapping[str, str] = {
    "add": "new span", "candidate": "candidate taken", "boundary": "boundary", "relabel": "label", "delete": "deleted",
    "link": "link", "unlink": "link", "dropped": "dropped", "not": "dropped", "split": "tokens", "merge": "tokens",
    "undo": "undo", "redo": "redo", "accept": "decision", "skip": "decision", "flag": "decision",
}  # fmt: skip
"""First word of a step to the kind of correction that it is; any other word is ``other``."""
NO_CORRECTION = frozenset({"decision", "undo", "redo"})
"""Kinds that change no span by themselves: they take time but are no edits."""


@dataclass(frozen=True, slots=True)
class Effort:
    """Steps by kind and the seconds of work between them; efforts of several sentences add.

    `seconds` runs from the first step to the last: the time of reading before the first step is not in the log.
    """

    steps: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def n_edits(self) -> int:
        """Steps that corrected something."""
        return sum(n for kind, n in self.steps.items() if kind not in NO_CORRECTION)

    def __add__(self, other: Effort) -> Effort:
        return Effort(self.steps + other.steps, self.seconds + other.seconds)


def effort_of(steps: Iterable[Step]) -> Effort:
    """Return what the steps of one client in one sentence cost.

    The log may hold a step twice, because it is sent until it is acknowledged: a number counts once. A clock that was
    set back costs no time.

    Example:
        >>> log = [Step("add PER", 1_000, 1), Step("boundary", 3_500, 2), Step("boundary", 3_500, 2)]
        >>> cost = effort_of(log)
        >>> dict(cost.steps), cost.seconds
        ({'new span': 1, 'boundary': 1}, 2.5)
    """
    by_number = {step.seq: step for step in steps}
    ordered = [by_number[seq] for seq in sorted(by_number)]
    gaps = [(after.ms - before.ms) / 1000 for before, after in pairwise(ordered)]
    return Effort(
        Counter(KINDS.get(step.op.partition(" ")[0], "other") for step in ordered),
        sum((min(max(gap, 0.0), PAUSE_S) for gap in gaps), 0.0),
    )
