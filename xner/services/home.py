"""What Home shows of a corpus: how far it is, where to go on, the sample corpus, and where all of it is kept."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from xner.config import RunConfig
from xner.errors import InputError
from xner.services import browse, corpora, import_corpus, project_corpus, store_upkeep
from xner.services.access import corpus_for
from xner.services.browse import Line, line_of, track_of
from xner.services.identity import LOCAL, Role, User
from xner.services.project_corpus import CorpusRun
from xner.services.system_check import Part
from xner.store import people, queue
from xner.store.rows import Filters
from xner.store.session import Store

SAMPLE = "Sample"
STATUSES = ("new", "projected", "draft", "accepted", "adjudicated", "skipped", "flagged", "failed")
"""In the order of work."""
DONE = frozenset({"accepted", "adjudicated"})
"""Skipped is not done, and flagged waits for somebody."""
OPEN = ("projected", "draft", "flagged", "failed")
"""Statuses of a sentence that somebody should look at; a new one has nothing to look at yet."""
_MEGABYTE = 10**6


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one target language of a corpus is."""

    lang: str
    counts: Counter[str]

    @property
    def n(self) -> int:
        """Sentences that are not archived."""
        return self.counts.total()

    @property
    def n_done(self) -> int:
        """Sentences that somebody has accepted."""
        return sum(self.counts[status] for status in DONE)


@dataclass(frozen=True, slots=True)
class Resume:
    """Where somebody can go on: the sentence they changed last, and the open one with the highest risk."""

    last: Line | None
    riskiest: Line | None


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample corpus, opened in one language."""

    corpus_id: int
    first_id: int
    """Of its first sentence in that language."""


def progress(corpus: corpora.Corpus) -> list[Progress]:
    """Return the progress of each target language, the largest first."""
    rows = [Progress(lang, counts) for lang, counts in corpus.languages.items()]
    return sorted(rows, key=lambda row: (-row.n, row.lang))


def continue_where_left(store: Store, user: User, corpus_id: int, *, langs: tuple[str, ...] = ()) -> Resume:
    """Return where the user can go on in a corpus, or in some target languages of it.

    Raises:
        NotAllowed: it takes a viewer.
    """
    corpus = corpus_for(store, user, corpus_id, Role.VIEWER)
    with store.read() as session:
        me, track = people.find_person(session, user.id), track_of(session, corpus, user)
        mine = Filters(authors=(me.id,), langs=langs) if me else None
        last = queue.rows(session, corpus_id, mine, track=track, order="changed", limit=1) if mine else []
        risky = queue.rows(session, corpus_id, Filters(statuses=OPEN, langs=langs), track=track, order="risk", limit=1)
    lines = [line_of(rows[0].pair, rows[0].pair.place, rows[0].status) if rows else None for rows in (last, risky)]
    return Resume(*lines)


def only_name(store: Store) -> str:
    """Return the name of the one person who has worked at this machine, ``""`` where there are none or several."""
    local = local_names(store)
    return local[0] if len(local) == 1 else ""


def local_names(store: Store) -> list[str]:
    """Return the names of everybody who has worked at this machine, sorted."""
    with store.read() as session:
        return [person.name for person in people.people(session) if person.subject.startswith(LOCAL)]


def open_sample(store: Store, user: User, language: str) -> Sample:
    """Return the corpus "Sample", made once, with its sentences in a language, added once.

    Raises:
        InputError: there is no sample in this language.
        NotAllowed: making or extending a corpus takes a reviewer.
    """
    if language not in import_corpus.sample_languages():
        raise InputError("There is no sample corpus in this language.", "Choose one of the list.")
    report = import_corpus.sample_pairs(language)
    if report.error or not report.pairs:
        raise InputError(report.error or "The sample corpus of this language is empty.")
    named = next((corpus for corpus in browse.names(store, user) if corpus.name == SAMPLE), None)
    corpus_id = named.id if named else corpora.create(store, user, SAMPLE)
    added = corpora.add(store, user, corpus_id, report.pairs)
    if added.first_id is None:
        raise InputError("All ids of the sample are taken by other sentences.", "Archive that corpus, then try again.")
    return Sample(corpus_id, added.first_id)


def project_new(
    store: Store, user: User, corpus_id: int, config: RunConfig, on_progress: Callable[[CorpusRun], None]
) -> CorpusRun | None:
    """Project what has no projection, or a failed one; ``None`` where nothing is left to do.

    Raises:
        NotAllowed: it takes a reviewer.
        ConfigError: a setting is impossible.
        ModelUnavailable: a model is not here; nothing was stored then.
    """
    if not n_to_project(store, user, corpus_id):
        return None
    return project_corpus.project_corpus(store, user, corpus_id, config, on_progress, only_new=True)


def n_to_project(store: Store, user: User, corpus_id: int) -> int:
    """Return how many sentences of a corpus nobody has worked on have no projection, or a failed one."""
    return waiting(store, user, corpus_id).total()


def waiting(store: Store, user: User, corpus_id: int) -> Counter[str]:
    """Return how many sentences that nobody has worked on are ``new`` and how many ``failed``.

    Raises:
        NotAllowed: it takes a viewer.
    """
    corpus_for(store, user, corpus_id, Role.VIEWER)
    with store.read() as session:
        return Counter(
            {status: queue.count(session, corpus_id, Filters(statuses=(status,))) for status in ("new", "failed")}
        )


def store_part(store: Store) -> Part:
    """Return where the sentences are kept, and how much room is left there."""
    purpose = "your sentences, projections and corrections"
    if store.path is None:
        return Part("store", purpose, "ready", f"PostgreSQL database {store.url.database} on {store.url.host}")
    if warning := store_upkeep.fleeting(str(store.url)):
        return Part("store", purpose, "warning", warning)
    free = shutil.disk_usage(store.path.parent).free
    state = "ready" if free > 200 * _MEGABYTE else "warning"
    return Part("store", purpose, state, f"{store.path}, {free / 10**9:.1f} GB free")
