"""Corpora and their pairs: added in short transactions, archived and never deleted."""

from __future__ import annotations

import itertools
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from xner.correct.annotation import digest
from xner.errors import InputError
from xner.store.rows import OWN, CorpusRow, Mode, NewPair, PairRow
from xner.store.searched import searched_text
from xner.store.session import Store, now
from xner.store.tables import Corpus, Head, Pair, table_of

BATCH_S = 0.25
"""Longest that an import holds the store; others save in between."""
_FIRST_BATCH = 200
_NAMES_LOCK = 0x786E6572
"""Number under which PostgreSQL lets one transaction at a time look for a name and take it."""
_UNWRITABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Kinds of characters that no name of a corpus has: it stands in lines of files, in addresses and on one line."""
_INSERT_PAIRS, _INSERT_HEADS = insert(table_of(Pair)), insert(table_of(Head))


@dataclass(slots=True)
class Added:
    """What became of pairs that were to be added."""

    n_added: int = 0
    n_present: int = 0
    """Equal to one that is there."""
    clashes: tuple[str, ...] = ()
    """Ids that are taken by another pair; these pairs were not added."""
    first_id: int | None = None
    """Of the first pair that was added or found."""


def create_corpus(session: Session, name: str, labels: str, mode: Mode, person: int) -> int:
    """Return the id of a new corpus; of two that are made at once under one name, the second is refused.

    Raises:
        InputError: the name is empty, not on one line, or taken.
    """
    clean = _free_name(session, name)
    corpus = Corpus(name=clean, mode=mode, labels=labels, created=now(), created_by=person)
    session.add(corpus)
    session.flush()
    return corpus.id


def _free_name(session: Session, name: str) -> str:
    clean = name.strip()
    if not clean or len(clean) > 200:
        raise InputError("A corpus needs a name of at most 200 characters.", "Type one.", column="name")
    if any(unicodedata.category(letter) in _UNWRITABLE for letter in clean):
        raise InputError(f"The name {clean!r} holds a line end or another character that can't be shown.",
                         "Take it out.", column="name")  # fmt: skip
    if _is_taken(session, clean):
        raise InputError(f"There is a corpus {clean!r} already.", "Choose another name, or add to that one.",
                         column="name")  # fmt: skip
    return clean


def _is_taken(session: Session, name: str) -> bool:
    """Tell whether a corpus has a name; until this transaction ends nobody else takes or frees one."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _NAMES_LOCK})
    found = session.scalar(select(Corpus.id).where(Corpus.name == name, Corpus.archived.is_(False)).limit(1))
    return found is not None


def corpora(session: Session, *, archived: bool = False) -> list[CorpusRow]:
    """Return all corpora, the newest first."""
    query = select(Corpus).where(Corpus.archived.is_(archived)).order_by(Corpus.id.desc())
    return [_corpus(corpus) for corpus in session.scalars(query)]


def corpus(session: Session, corpus_id: int, *, lock: bool = False) -> CorpusRow | None:
    """Return a corpus by its id; with `lock` nobody else changes it before this transaction ends."""
    found = session.get(Corpus, corpus_id, with_for_update=lock)
    return _corpus(found) if found else None


def change_corpus(
    session: Session, corpus_id: int, *, labels: str | None = None, archived: bool | None = None,
    name: str | None = None, mode: Mode | None = None,
) -> None:  # fmt: skip
    """Change what is named of a corpus.

    Raises:
        InputError: it is to come back, and another corpus has its name now; or the new name is empty or taken.
    """
    found = session.get_one(Corpus, corpus_id, with_for_update=True)
    if labels is not None:
        found.labels = labels
    if archived is False and found.archived and _is_taken(session, found.name):
        raise InputError(f"Another corpus is called {found.name!r} now.", "Archive that one first.", column="name")
    if archived is not None:
        found.archived = archived
    if name is not None and name.strip() != found.name:
        found.name = _free_name(session, name)
    if mode is not None:
        found.mode = mode


def add_pairs(
    store: Store,
    corpus_id: int,
    pairs: Iterable[NewPair],
    on_progress: Callable[[int], None] = lambda _n: None,
) -> Added:
    """Add pairs in the order in which they come, in transactions of at most a quarter of a second.

    After an interruption everything up to some pair is there, and the same call adds the rest.
    """
    added, size = Added(), _FIRST_BATCH
    clashes: list[str] = []
    iterator = iter(pairs)
    while batch := list(itertools.islice(iterator, size)):
        start = time.monotonic()
        n_added, n_present, clashed, first = store.write(partial(_add, corpus_id=corpus_id, batch=batch))
        elapsed = time.monotonic() - start
        added.n_added += n_added
        added.n_present += n_present
        added.first_id = first if added.first_id is None else added.first_id
        clashes += clashed
        size = max(20, min(5000, int(size * BATCH_S / max(elapsed, 1e-3) * 0.7)))
        on_progress(added.n_added + added.n_present + len(clashes))
    added.clashes = tuple(clashes)
    return added


def _add(session: Session, *, corpus_id: int, batch: Sequence[NewPair]) -> tuple[int, int, list[str], int | None]:
    session.get_one(Corpus, corpus_id, with_for_update=True)
    last = session.scalar(select(func.max(Pair.place)).where(Pair.corpus_id == corpus_id)) or 0
    known = {key: (sha, number) for key, sha, number in _named(session, corpus_id, _names(batch))}
    n_present, clashes, first = 0, [], None
    fresh: list[tuple[NewPair, str]] = []
    for new in batch:
        key, sha = (new.target_lang, new.record_id), digest(new.record)
        if key not in known:
            known[key] = (sha, 0)
            fresh.append((new, sha))
        elif known[key][0] == sha:
            n_present += 1
            first = first or known[key][1]
        else:
            clashes.append(new.record_id)
    if fresh:
        inserted = _insert(session, corpus_id, fresh, last)
        first = first or inserted
    return len(fresh), n_present, clashes, first or None


def _insert(session: Session, corpus_id: int, fresh: Sequence[tuple[NewPair, str]], last: int) -> int:
    """Add pairs behind the last place of a corpus and return the id of the first; no object is made of a row."""
    session.execute(
        _INSERT_PAIRS,
        [
            {
                "corpus_id": corpus_id, "place": place, "record_id": new.record_id, "source_lang": new.source_lang,
                "target_lang": new.target_lang, "record": new.record, "sha256": sha, "archived": False,
                "searched": searched_text(new.record),
            }
            for place, (new, sha) in enumerate(fresh, last + 1)
        ],
    )  # fmt: skip
    numbers = select(Pair.id).where(Pair.corpus_id == corpus_id, Pair.place > last).order_by(Pair.place)
    ids, time_now = list(session.scalars(numbers)), now()
    session.execute(
        _INSERT_HEADS,
        [
            {
                "pair_id": pair_id, "track": OWN, "corpus_id": corpus_id, "place": place,
                "target_lang": new.target_lang, "archived": False, "number": 0, "projection_id": None, "start": "new",
                "status": "new", "author": None, "changed": time_now, "risk": 0.0, "tags": "",
                "labels": packed(new.labels),
            }
            for place, (pair_id, (new, _)) in enumerate(zip(ids, fresh, strict=True), last + 1)
        ],
    )  # fmt: skip
    return ids[0]


def _names(batch: Sequence[NewPair]) -> dict[str, list[str]]:
    by_lang: dict[str, list[str]] = {}
    for new in batch:
        by_lang.setdefault(new.target_lang, []).append(new.record_id)
    return by_lang


def _named(
    session: Session, corpus_id: int, names: Mapping[str, Sequence[str]]
) -> Iterator[tuple[tuple[str, str], str, int]]:
    """Yield (language and id, hash, number) of the pairs that have these names; names are target language to ids.

    One statement a language: without the language the index over names doesn't help, and all of the corpus is read.
    """
    for lang, record_ids in names.items():
        query = select(Pair.record_id, Pair.sha256, Pair.id).where(
            Pair.corpus_id == corpus_id, Pair.target_lang == lang, Pair.record_id.in_(record_ids)
        )
        for record_id, sha, number in session.execute(query):
            yield (lang, record_id), sha, number


def pair(session: Session, pair_id: int) -> PairRow | None:
    """Return a pair by its id."""
    found = session.get(Pair, pair_id)
    return pair_row(found) if found else None


def pair_ids(session: Session, corpus_id: int, names: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], int]:
    """Return (target language, id in its file) to the id of the pair, where the corpus has it.

    Args:
        session: to read with.
        corpus_id: which corpus.
        names: target language to ids in the file.
    """
    return {key: number for key, _, number in _named(session, corpus_id, names)}


def iterate_pairs(session: Session, corpus_id: int, chunk: int = 500, *, after: int = 0) -> Iterator[PairRow]:
    """Yield the pairs of a corpus in their order from a place on, a chunk at a time in memory."""
    last = after
    while True:
        query = (
            select(Pair)
            .where(Pair.corpus_id == corpus_id, Pair.place > last, Pair.archived.is_(False))
            .order_by(Pair.place)
            .limit(chunk)
        )
        rows = session.scalars(query).all()
        if not rows:
            return
        for row in rows:
            yield pair_row(row)
        last = rows[-1].place
        session.expunge_all()


def archive_pair(session: Session, pair_id: int, *, archived: bool) -> None:
    """Take a pair out of all lists, or bring it back."""
    session.get_one(Pair, pair_id, with_for_update=True).archived = archived
    session.execute(update(Head).where(Head.pair_id == pair_id).values(archived=archived))


def archived_pairs(session: Session, corpus_id: int, limit: int) -> tuple[int, list[PairRow]]:
    """Return how many pairs of a corpus are archived, and the first `limit` of them in its order."""
    which = (Head.corpus_id == corpus_id, Head.track == OWN, Head.archived.is_(True))
    n = session.scalar(select(func.count()).select_from(Head).where(*which)) or 0
    query = select(Pair).join(Head, Head.pair_id == Pair.id).where(*which).order_by(Head.place).limit(limit)
    rows = session.scalars(query) if n else ()
    return n, [pair_row(row) for row in rows]


def packed(values: Iterable[str]) -> str:
    """Return values as one text in which each can be searched for; ``|`` and ``%`` in them are written as escapes.

    Example:
        >>> packed(["PER", "A|B"]), unpacked("|PER|A%7CB|")
        ('|A%7CB|PER|', ('PER', 'A|B'))
    """
    ordered = sorted(set(values))
    return "|" + "|".join(value.replace("%", "%25").replace("|", "%7C") for value in ordered) + "|" if ordered else ""


def unpacked(text: str) -> tuple[str, ...]:
    """Return the values of a text that `packed` made."""
    return tuple(part.replace("%7C", "|").replace("%25", "%") for part in text.split("|") if part)


def pair_row(row: Pair) -> PairRow:
    """Return a pair detached from its session."""
    return PairRow(
        row.id, row.corpus_id, row.place, row.record_id, row.source_lang, row.target_lang, row.record, row.archived
    )


def _corpus(row: Corpus) -> CorpusRow:
    return CorpusRow(row.id, row.name, row.mode, row.labels, row.created, row.created_by, row.archived)
