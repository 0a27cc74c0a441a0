"""What an invariant of the store is: a name, a sentence, where it doesn't hold, and perhaps a repair."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

Weight = Literal["damage", "untidy"]
"""``damage``: data are lost, changed or contradict each other. ``untidy``: something was interrupted, nothing lost."""
FILE_INTACT = "file-intact"


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that is always true of a store. `find` yields the places where it is not.

    `repair` changes what can be derived from other rows, and yields what it did, one line each.
    """

    name: str
    says: str
    find: Callable[[Session], Iterable[str]]
    weight: Weight = "damage"
    repair: Callable[[Session], Iterable[str]] | None = None
    repair_says: str = ""
