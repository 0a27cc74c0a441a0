"""The rows of an export, chosen from one state of the store; and how many pairs are chosen, or left out and why."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from xner.errors import InputError
from xner.io.formats import cannot_carry
from xner.io.silver import Format, SilverRow
from xner.services.access import corpus_for, role_in
from xner.services.identity import Role, User
from xner.services.silver_rows import WHY, ExportFilters, Reason, Sieve
from xner.store import people, queue, revisions
from xner.store.rows import OWN, CorpusRow
from xner.store.session import Session, Store
from xner.store.states import Standing, counted_standings, iterate_standings, iterate_states, standing_of, states_of

MAX_EXAMPLES = 20
"""Rows that a format can't carry and that are named; all are counted."""


@dataclass(slots=True)
class Counts:
    """How many pairs are exported, by status, and how many are left out, by reason.

    `refused` names some that the format can't carry, with the reason; `n_renamed` counts ids that two languages share
    and that got the language behind them.
    """

    exported: Counter[str] = field(default_factory=Counter)
    left_out: Counter[Reason] = field(default_factory=Counter)
    refused: list[tuple[str, str]] = field(default_factory=list)
    n_renamed: int = 0

    @property
    def n_exported(self) -> int:
        """Rows of the file."""
        return self.exported.total()

    @property
    def n_left_out(self) -> int:
        """Pairs of the corpus that are no rows of the file."""
        return self.left_out.total()


class Selection:
    """The rows of an export, from one state of the store: every pass over it yields the same. Made by `select`."""

    def __init__(self, session: Session, corpus_id: int, sieve: Sieve, format: Format | None) -> None:
        self._session, self._corpus_id, self._sieve, self._format = session, corpus_id, sieve, format
        self._refused: dict[int, str] | None = None
        self.counts = Counts()
        """Of the last pass, or of the one that is on its way."""

    def __iter__(self) -> Iterator[SilverRow]:
        """Yield the rows in the order of the corpus."""
        self.counts = counts = Counts()
        refused: dict[int, str] = {}
        taken: set[str] = set()
        for state in iterate_states(self._session, self._corpus_id, self._sieve.filters.track):
            reason = self._sieve.reason(state)
            if reason is not None:
                counts.left_out[reason] += 1
                continue
            row = self._with_own_id(self._sieve.row(state), taken, counts)
            problem = self._problem(state.pair.id, row)
            if problem is not None:
                refused[state.pair.id] = problem
                counts.left_out["format"] += 1
                if len(counts.refused) < MAX_EXAMPLES:
                    counts.refused.append((row.id, problem))
                continue
            taken.add(row.id)
            counts.exported[row.status] += 1
            yield row
        self._refused = refused

    def _problem(self, pair_id: int, row: SilverRow) -> str | None:
        if self._format is None:
            return None
        if self._refused is not None:  # a pass has asked already, and asking is dear
            return self._refused.get(pair_id)
        return cannot_carry(row, self._format)

    def _with_own_id(self, row: SilverRow, taken: set[str], counts: Counts) -> SilverRow:
        """Return the row under an id that no other has: an id is unique only within a language of the corpus."""
        if row.id not in taken:
            return row
        counts.n_renamed += 1
        stem = f"{row.id}@{row.sentence.lang}"
        numbered = (f"{stem}-{number}" for number in itertools.count(2))
        return replace(row, id=next(name for name in itertools.chain([stem], numbered) if name not in taken))


@contextmanager
def select(
    store: Store, user: User, corpus_id: int, filters: ExportFilters, format: Format | None = None
) -> Iterator[Selection]:
    """Yield the rows that the filters let pass, and that the format, if one is given, can carry.

    Raises:
        NotAllowed: it takes a viewer; another's versions in a corpus annotated independently take a reviewer.
        InputError: a person's versions are wanted of a corpus in which all share one.
    """
    corpus = corpus_for(store, user, corpus_id, Role.VIEWER)
    _check_track(store, user, corpus, filters.track)
    with store.read() as session:
        yield Selection(session, corpus_id, _sieve(session, corpus, filters), format)


def count(store: Store, user: User, corpus_id: int, filters: ExportFilters) -> Counts:
    """Return what would be exported and left out, before any format is asked; no row is made.

    Raises:
        NotAllowed: see `select`.
    """
    corpus = corpus_for(store, user, corpus_id, Role.VIEWER)
    _check_track(store, user, corpus, filters.track)
    counts = Counts()
    with store.read() as session:
        sieve = _sieve(session, corpus, filters)
        for standing, reason, number in _decided(session, corpus_id, sieve):
            if reason is None:
                counts.exported[sieve.status(standing)] += number
            else:
                counts.left_out[reason] += number
    return counts


def _decided(session: Session, corpus_id: int, sieve: Sieve) -> Iterator[tuple[Standing, Reason | None, int]]:
    """Yield standings with the reason to leave them out and their number; only where scores matter, rows are read."""
    track = sieve.filters.track
    if sieve.filters.min_score is None:
        for standing, number in counted_standings(session, corpus_id, track, sieve.conflicts):
            yield standing, sieve.reason_but_score(standing), number
    else:
        for state in iterate_states(session, corpus_id, track):
            yield standing_of(state), sieve.reason(state), 1


def preview(store: Store, user: User, corpus_id: int, filters: ExportFilters, n: int = 5) -> list[SilverRow]:
    """Return the first rows.

    Raises:
        NotAllowed: see `select`.
    """
    corpus = corpus_for(store, user, corpus_id, Role.VIEWER)
    _check_track(store, user, corpus, filters.track)
    with store.read() as session:
        sieve = _sieve(session, corpus, filters)
        if filters.min_score is None and "projected" not in filters.statuses:  # these are few, and found at once
            passing = _passing(session, corpus_id, sieve)
            found = states_of(session, list(itertools.islice(passing, n)), filters.track)
            return [sieve.row(state) for state in found]
        return list(itertools.islice(Selection(session, corpus_id, sieve, None), n))


def _passing(session: Session, corpus_id: int, sieve: Sieve) -> Iterator[int]:
    """Yield the pairs that somebody has worked on and that are exported."""
    for standing in iterate_standings(session, corpus_id, sieve.filters.track, worked_on=True):
        if sieve.reason_but_score(standing) is None:
            yield standing.pair_id


def words(counts: Mapping[Reason, int]) -> dict[str, int]:
    """Return reasons in words, the most frequent first."""
    return {WHY[reason]: n for reason, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))}


def _check_track(store: Store, user: User, corpus: CorpusRow, track: int) -> None:
    if track == OWN:
        if corpus.mode == "independent":  # who still annotates must not read how others settled it
            corpus_for(store, user, corpus.id, Role.REVIEWER)
        return
    if corpus.mode != "independent":
        raise InputError("All annotators of this corpus share one version.", "Filter by annotator instead.")
    with store.read() as session:
        me = people.find_person(session, user.id)
    if me is None or me.id != track:
        corpus_for(store, user, corpus.id, Role.REVIEWER)


def _sieve(session: Session, corpus: CorpusRow, filters: ExportFilters) -> Sieve:
    open_ones = revisions.open_conflicts(session, corpus.id)
    waiting = frozenset(row.pair_id for row in open_ones if row.track == filters.track)
    return Sieve(filters, corpus.mode == "independent", waiting, people.names(session))


def n_conflicts(store: Store, user: User, corpus_id: int) -> int:
    """Return how many pairs have a version of their own history that waits for its author to decide.

    Raises:
        NotAllowed: it takes a viewer.
    """
    corpus_for(store, user, corpus_id, Role.VIEWER)
    with store.read() as session:
        waiting = revisions.open_conflicts(session, corpus_id)
    return len({row.pair_id for row in waiting if row.track == OWN})


def annotators(store: Store, user: User, corpus_id: int) -> dict[int, str]:
    """Return id to name of everybody whose version of some pair is the newest, on any track, by name.

    In a corpus annotated independently only reviewers are told of others.

    Raises:
        NotAllowed: it takes a viewer.
    """
    corpus = corpus_for(store, user, corpus_id, Role.VIEWER)
    role = role_in(store, user, corpus_id)
    with store.read() as session:
        names, active = people.names(session), set(queue.authors(session, corpus_id))
        me = people.find_person(session, user.id)
    if corpus.mode == "independent" and (role is None or role < Role.REVIEWER):
        active &= {me.id} if me else set()
    return {person: name for person, name in sorted(names.items(), key=lambda item: item[1]) if person in active}
