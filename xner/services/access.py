"""Who may do what, asked of the store: everything that touches a corpus passes here. Nothing is allowed by default."""

from __future__ import annotations

from xner.errors import NotAllowed
from xner.services.identity import Role, User, check, role_of
from xner.store import corpora, people
from xner.store.rows import CorpusRow, PairRow
from xner.store.session import Store


def require(store: Store, user: User, corpus_id: int | None, needed: Role) -> None:
    """Return if the user has the role in the corpus (None: in all of them).

    Raises:
        NotAllowed: otherwise; a corpus that doesn't exist looks like one that is not theirs.
    """
    check(role_in(store, user, corpus_id), needed)


def role_in(store: Store, user: User, corpus_id: int | None) -> Role | None:
    """Return the highest role that the user has in a corpus."""
    with store.read() as session:
        grants = people.grants_of(session, user.id)
    return role_of(grants, user, corpus_id)


def corpus_for(store: Store, user: User, corpus_id: int, needed: Role) -> CorpusRow:
    """Return a corpus that the user has the role in.

    Raises:
        NotAllowed: the user has not, or there is no such corpus.
    """
    require(store, user, corpus_id, needed)
    with store.read() as session:
        found = corpora.corpus(session, corpus_id)
    if found is None:
        raise NotAllowed("There is no such corpus, or it is not yours.", "Choose one on Home.")
    return found


def pair_for(store: Store, user: User, pair_id: int, needed: Role) -> PairRow:
    """Return a pair of a corpus that the user has the role in.

    Raises:
        NotAllowed: the user has not, or there is no such pair: an id in an address is no right. Also for changes to
            an archived corpus or sentence.
    """
    with store.read() as session:
        found = corpora.pair(session, pair_id)
    if found is None:
        raise NotAllowed("There is no such sentence, or it is not yours.", "Choose one from the queue.")
    require(store, user, found.corpus_id, needed)
    if Role.ANNOTATOR <= needed:
        with store.read() as session:
            corpus = corpora.corpus(session, found.corpus_id)
        if corpus is None or corpus.archived:
            raise NotAllowed("This corpus is archived.", "Bring it back on Home to change something in it.")
        if found.archived:
            raise NotAllowed("This sentence is archived.", "Bring it back in the settings of its corpus, on Home.")
    return found
