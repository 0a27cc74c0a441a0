"""Named invariants of a store, and for those where it is safe the repair: nothing is repaired unasked or silently.

`doctor_tables` holds what SQL can tell, `doctor_rows` what takes reading each row. Both are streamed: memory doesn't
grow with the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from xner.errors import ConfigError
from xner.store.session import Store

Weight = Literal["damage", "untidy"]
"""``damage``: data are lost, changed or contradict each other. ``untidy``: something was interrupted, nothing lost."""
MAX_EXAMPLES = 20
"""Places that a finding names; it counts them all."""
FILE_INTACT = "file-intact"


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that is always true of a store. `find` yields the places where it is not.

    `repair` changes what can be derived from other rows, and returns what it did, one line each.
    """

    name: str
    says: str
    find: Callable[[Session], Iterable[str]]
    weight: Weight = "damage"
    repair: Callable[[Session], Iterable[str]] | None = None
    repair_says: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that doesn't hold at `n` places, the first of which are `examples`."""

    name: str
    says: str
    weight: Weight
    n: int
    examples: tuple[str, ...]
    repair: str
    """What `repair` would do, empty where there is none: then a backup is the way back."""


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What a repair did, and whether the invariant holds now."""

    name: str
    done: tuple[str, ...]
    left: Finding | None


def invariants() -> list[Invariant]:
    """Return every invariant, in the order in which they are checked."""
    from xner.store import doctor_rows, doctor_tables

    return [*doctor_tables.INVARIANTS, *(Invariant(c.name, c.says, c.find, c.weight, c.repair, c.repair_says)
                                         for c in doctor_rows.CHECKS)]  # fmt: skip


def check(store: Store) -> list[Finding]:
    """Return every invariant that doesn't hold, in one snapshot of the store.

    Raises:
        StoreBusy: the store doesn't answer.
        StoreFailed: it can't be read at all.
    """
    from xner.store import doctor_rows, doctor_tables

    findings: list[Finding] = []
    with _reading(store) as session:
        for invariant in doctor_tables.INVARIANTS:
            findings += _found(invariant, invariant.find(session))
            if invariant.name == FILE_INTACT and findings:
                return findings  # what else a damaged file answers says nothing
        by_check: dict[str, tuple[int, list[str]]] = {}
        for name, place in doctor_rows.problems(session):
            n, examples = by_check.setdefault(name, (0, []))
            if n < MAX_EXAMPLES:
                examples.append(place)
            by_check[name] = (n + 1, examples)
    for row_check in doctor_rows.CHECKS:
        if row_check.name in by_check:
            n, examples = by_check[row_check.name]
            findings.append(
                Finding(row_check.name, row_check.says, row_check.weight, n, tuple(examples), row_check.repair_says)
            )
    return findings


def repair(store: Store, name: str) -> RepairReport:
    """Repair what breaks one invariant, in one transaction, and look again.

    Raises:
        ConfigError: there is no such invariant, or no safe repair of it.
    """
    known = {invariant.name: invariant for invariant in invariants()}
    if name not in known:
        raise ConfigError(f"There is no invariant {name!r}.", f"They are: {', '.join(sorted(known))}.")
    invariant = known[name]
    work = invariant.repair
    if work is None:
        raise ConfigError(
            f"What breaks {name!r} can't be made again from other rows.",
            "Restore a backup that is free of it: python -m xner restore FILE",
        )
    done = store.write(lambda session: tuple(work(session)))
    with _reading(store) as session:
        left = _found(invariant, invariant.find(session))
    return RepairReport(name, done, left[0] if left else None)


def _found(invariant: Invariant, places: Iterable[str]) -> list[Finding]:
    n, examples = 0, []
    for place in places:
        n += 1
        if n <= MAX_EXAMPLES:
            examples.append(place)
    if not n:
        return []
    return [Finding(invariant.name, invariant.says, invariant.weight, n, tuple(examples), invariant.repair_says)]


@contextmanager
def _reading(store: Store) -> Iterator[Session]:
    """Yield a session in which text that is no UTF-8 is read as such and found, where it would end the reading."""
    with store.read() as session:
        if not store.is_sqlite:
            yield session
            return
        driver = session.connection().connection.driver_connection
        if driver is None:
            raise AssertionError("a session without a connection")
        driver.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        try:
            yield session
        finally:
            driver.text_factory = str
