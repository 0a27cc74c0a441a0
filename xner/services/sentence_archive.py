"""Sentences that are taken out of all lists, and brought back: nothing of them is deleted."""

from __future__ import annotations

from dataclasses import dataclass

from xner.errors import NotAllowed
from xner.io.json_lines import loads, pair_from_record
from xner.services.access import corpus_for, require
from xner.services.identity import Role, User
from xner.store import corpora
from xner.store.session import Store
from xner.text.tokenise import detokenise

SHOWN = 50
"""Archived sentences that are listed."""


@dataclass(frozen=True, slots=True)
class ArchivedSentence:
    """A sentence that is in no list; `text` is the target, or the source where there is none."""

    id: int
    record_id: str
    lang: str
    text: str


def archive(store: Store, user: User, pair_id: int, *, archived: bool = True) -> None:
    """Take a sentence out of every list, figure and export, or bring it back to its place.

    Raises:
        NotAllowed: it takes a reviewer of its corpus.
    """
    with store.read() as session:
        found = corpora.pair(session, pair_id)
    if found is None:
        raise NotAllowed("There is no such sentence, or it is not yours.", "Choose one from the queue.")
    require(store, user, found.corpus_id, Role.REVIEWER)
    store.write(lambda session: corpora.archive_pair(session, pair_id, archived=archived))


def archived_sentences(store: Store, user: User, corpus_id: int) -> tuple[int, list[ArchivedSentence]]:
    """Return how many sentences of a corpus are archived, and the first of them in the order of the corpus.

    Raises:
        NotAllowed: it takes a reviewer.
    """
    corpus_for(store, user, corpus_id, Role.REVIEWER)
    with store.read() as session:
        n, rows = corpora.archived_pairs(session, corpus_id, SHOWN)
    sentences = []
    for row in rows:
        pair = pair_from_record(loads(row.record))
        side = pair.target or pair.source
        sentences.append(ArchivedSentence(row.id, row.record_id, row.target_lang, detokenise(side) if side else ""))
    return n, sentences
