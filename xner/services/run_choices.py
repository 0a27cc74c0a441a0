"""What there is to run over: the sentences of a corpus by language and state."""

from __future__ import annotations

from collections import Counter

from xner.services.access import corpus_for
from xner.services.identity import Role, User
from xner.store import runs
from xner.store.session import Store


def sentences(store: Store, user: User, corpus_id: int) -> Counter[tuple[str, str]]:
    """Return (target language, state apart from corrections) to the number of sentences; ``und``: no target yet.

    Raises:
        NotAllowed: it takes a viewer.
    """
    corpus_for(store, user, corpus_id, Role.VIEWER)
    with store.read() as session:
        return runs.starts(session, corpus_id)
