"""Named invariants of a store, and for those where it is safe the repair: nothing is repaired unasked or silently.

`doctor_tables` holds what SQL can tell, `doctor_rows` what takes reading each row. Both are streamed: memory doesn't
grow with the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from xner.errors import ConfigError
from xner.store import doctor_rows, doctor_tables
from xner.store.invariant import FILE_INTACT, Invariant, Weight
from xner.store.session import Store

MAX_EXAMPLES = 20
"""Places that a finding names; it counts them all."""


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
    """What a repair did, and what it left."""

    name: str
    done: tuple[str, ...]
    left: Finding | None


class _Tally:
    """Counts the places of one invariant and keeps the first ones."""

    def __init__(self, invariant: Invariant) -> None:
        self.invariant = invariant
        self.n = 0
        self.examples: list[str] = []

    def add(self, place: str) -> None:
        self.n += 1
        if self.n <= MAX_EXAMPLES:
            self.examples.append(place)

    def finding(self) -> Finding | None:
        if not self.n:
            return None
        i = self.invariant
        return Finding(i.name, i.says, i.weight, self.n, tuple(self.examples), i.repair_says)


def invariants() -> tuple[Invariant, ...]:
    """Return every invariant, in the order in which they are reported."""
    return doctor_tables.INVARIANTS + doctor_rows.INVARIANTS


def check(store: Store, tell: Callable[[int], None] = lambda _n_read: None) -> list[Finding]:
    """Return every invariant that doesn't hold, in one snapshot of the store.

    Args:
        store: may be large: a million sentences take minutes.
        tell: called with the number of rows read.

    Raises:
        StoreBusy: the store doesn't answer.
        StoreFailed: it can't be read at all.
    """
    findings: list[Finding] = []
    with _reading(store) as session:
        for invariant in doctor_tables.INVARIANTS:
            found = _look(invariant, invariant.find(session))
            findings += [found] if found else []
            if invariant.name == FILE_INTACT and found:
                return findings  # what else a damaged file answers means nothing
        tallies = {invariant.name: _Tally(invariant) for invariant in doctor_rows.INVARIANTS}
        for problem in doctor_rows.problems(session, tell):
            tallies[problem.name].add(problem.place)
    return findings + [found for tally in tallies.values() if (found := tally.finding())]


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
        return RepairReport(name, done, _look(invariant, invariant.find(session)))


def _look(invariant: Invariant, places: Iterable[str]) -> Finding | None:
    tally = _Tally(invariant)
    for place in places:
        tally.add(place)
    return tally.finding()


@contextmanager
def _reading(store: Store) -> Iterator[Session]:
    """Yield a session that finds text which is no UTF-8, instead of ending at it."""
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
