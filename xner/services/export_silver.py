"""Silver data out of the store: chosen, written, read back, compared, and only then offered."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from xner.errors import InputError, StoreFailed
from xner.io.card import Card, Tally, card_header, write_card
from xner.io.formats import RoundTripReport, cannot_carry, check_round_trip, format_named
from xner.io.silver import ExportOptions, Format, SilverRow
from xner.services import corpora
from xner.services.access import corpus_for, role_in
from xner.services.annotator_agreement import agreement_of
from xner.services.corpora import Corpus
from xner.services.identity import Role, User
from xner.services.silver_rows import WHY, ExportFilters, Reason, Sieve
from xner.store import doctor, people, queue, revisions
from xner.store.doctor import Finding
from xner.store.rows import OWN, CorpusRow
from xner.store.session import Session, Store
from xner.store.states import Standing, iterate_standings, iterate_states, standing_of

MAX_EXAMPLES = 20
"""Rows that a format can't carry and that are named; all are counted."""
_TOLD_EVERY = 200


@dataclass(frozen=True, slots=True)
class Request:
    """What the user wants: format and filters, what to write, and what the card says.

    `options` are those of `xner.io.formats`; labels and card are filled in by the export.
    """

    format: str
    filters: ExportFilters = field(default_factory=ExportFilters)
    options: ExportOptions = field(default_factory=ExportOptions)
    licence: str = ""
    sources: tuple[str, ...] = ()
    remarks: str = ""


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


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What became of an export. The file is at `path` only where `report` says that it was read back unchanged.

    `findings` are what the doctor found in the store, none of it damage; `card` is Markdown.
    """

    path: Path
    format: Format
    report: RoundTripReport
    counts: Counts
    card: str
    findings: tuple[Finding, ...]


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
        for standing, reason in _decided(session, corpus_id, sieve):
            if reason is None:
                counts.exported[sieve.status(standing)] += 1
            else:
                counts.left_out[reason] += 1
    return counts


def _decided(session: Session, corpus_id: int, sieve: Sieve) -> Iterator[tuple[Standing, Reason | None]]:
    """Yield every pair with the reason to leave it out; only where scores matter, annotations are read."""
    if sieve.filters.min_score is None:
        for standing in iterate_standings(session, corpus_id, sieve.filters.track):
            yield standing, sieve.reason_but_score(standing)
    else:
        for state in iterate_states(session, corpus_id, sieve.filters.track):
            yield standing_of(state), sieve.reason(state)


def preview(store: Store, user: User, corpus_id: int, filters: ExportFilters, n: int = 5) -> list[SilverRow]:
    """Return the first rows.

    Raises:
        NotAllowed: see `select`.
    """
    with select(store, user, corpus_id, filters) as selection:
        return list(itertools.islice(selection, n))


def export(
    store: Store,
    user: User,
    corpus_id: int,
    request: Request,
    output: Path,
    on_progress: Callable[[str, int], None] = lambda _what, _n: None,
) -> ExportResult:
    """Write the rows to a file, read it back and compare; a file that came back otherwise is taken away again.

    Args:
        store: is looked over by the doctor first.
        user: a viewer of the corpus.
        corpus_id: which corpus.
        request: what the user wants.
        output: is written over.
        on_progress: called with what is going on and the number of rows done.

    Raises:
        NotAllowed: see `select`.
        InputError: there is no such format, or nothing is left to export.
        StoreFailed: the doctor found damage in the store.
    """
    format = format_named(request.format)
    corpus = corpora.get(store, user, corpus_id)
    findings = check_store(store)
    with select(store, user, corpus_id, request.filters, format) as selection:
        card = replace(_card(store, corpus.name, request, format), agreement=_agreement(store, user, corpus))
        left_out: dict[str, int] = {}
        options = replace(
            request.options, labels=tuple(label.name for label in corpus.labels), card=replace(card, left_out=left_out)
        )
        tally = Tally()
        rows = _told(tally.watch(_counting(selection, left_out)), partial(on_progress, "writing"))
        try:
            with output.open("wb") as file:
                # the selection has asked the format already, and made ids unique: what `write_rows` would do again
                for block in format.write(rows, options):
                    file.write(block)
            counts = selection.counts
            if not counts.n_exported:
                raise InputError("Nothing is left to export.", "Look at what is left out, and choose otherwise.")
            again = _told(iter(selection), partial(on_progress, "reading back"))
            report = check_round_trip(again, format, output, options)
        except BaseException:
            output.unlink(missing_ok=True)
            raise
    if not report.is_equal:
        output.unlink()
    full = replace(card, left_out=dict(left_out))
    text = f"{card_header(full, tally)}\n{write_card(full, tally)}"
    return ExportResult(output, format, report, counts, text, findings)


def check_store(store: Store) -> tuple[Finding, ...]:
    """Return what the doctor finds untidy.

    Raises:
        StoreFailed: it finds damage, and then nothing may be handed on as data.
    """
    findings = doctor.check(store)
    damage = [finding for finding in findings if finding.weight == "damage"]
    if damage:
        first = damage[0]
        more = f", and {len(damage) - 1} more kinds of damage" if len(damage) > 1 else ""
        raise StoreFailed(
            f"The store is damaged, so nothing is exported: {first.name} ({first.says}) does not hold at "
            f"{first.n} places{more}.",
            "Run python -m xner doctor: it names the places and what can be repaired.",
        )
    return tuple(findings)


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


def _counting(selection: Selection, left_out: dict[str, int]) -> Iterator[SilverRow]:
    """Yield the rows; at their end `left_out` holds what an archive's card says, which is written after them."""
    yield from selection
    left_out.update(words(selection.counts.left_out))


def _agreement(store: Store, user: User, corpus: Corpus) -> dict[str, float | None]:
    """Return how far the annotators of a corpus agree, where they work blind to each other and the user may know."""
    if corpus.mode != "independent" or corpus.role < Role.REVIEWER:
        return {}
    found = agreement_of(store, user, corpus.id, n_resamples=1)
    if found is None:
        return {}
    return {
        f"span F1, strict, {found.overall.n_sentences} sentences": found.overall.strict.value,
        "span F1, ends one token off allowed": found.overall.tolerant.value,
        "Krippendorff's alpha on tokens": found.overall.alpha.value,
    }


def _told(rows: Iterator[SilverRow], tell: Callable[[int], None]) -> Iterator[SilverRow]:
    for number, row in enumerate(rows, 1):
        yield row
        if number % _TOLD_EVERY == 0:
            tell(number)


def _card(store: Store, name: str, request: Request, format: Format) -> Card:
    filters = request.filters
    chosen = {"format": format.title, "statuses": ", ".join(filters.statuses)}
    if filters.langs:
        chosen["languages"] = ", ".join(filters.langs)
    if filters.min_score is not None:
        chosen["least score of a projected entity"] = f"{filters.min_score:g}"
    with store.read() as session:
        names = people.names(session)
    if filters.annotators:
        hidden = f"{len(filters.annotators)} chosen, names hidden"
        named = ", ".join(names.get(person, str(person)) for person in filters.annotators)
        chosen["annotators"] = hidden if filters.hide_annotators else named
    if filters.track != OWN:
        chosen["versions"] = "of one annotator" if filters.hide_annotators else f"of {names.get(filters.track, '?')}"
    if filters.with_conflicts:
        chosen["conflicts"] = "the saved version"
    return Card(name, licence=request.licence, sources=request.sources, filters=chosen, remarks=request.remarks)


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
