"""Write sentences with what was projected onto them as JSON Lines: one, or a stored corpus as a stream."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from xner.engine.local import Outcome
from xner.io.json_lines import dumps
from xner.io.records import record_from_pair
from xner.services.access import corpus_for
from xner.services.identity import Role, User
from xner.store import corpora, projections
from xner.store.session import Store

_CHUNK = 500


def json_lines(outcomes: Iterable[Outcome]) -> bytes:
    """Return one record a line, UTF-8: the pair, and its projection beside it; gold stays as it came."""
    rows = [dumps(record_from_pair(outcome.pair, outcome.projection)) + "\n" for outcome in outcomes]
    return "".join(rows).encode("utf-8")


def stored_lines(store: Store, user: User, corpus_id: int) -> Iterator[str]:
    """Yield the records of a corpus in its order, each with its newest projection; corrections are not in them.

    A sentence that failed says so, with the reason; one that nobody has projected has no projection.

    Raises:
        NotAllowed: it takes a viewer.
    """
    corpus_for(store, user, corpus_id, Role.VIEWER)
    after = 0
    while True:
        with store.read() as session:
            rows = list(itertools.islice(corpora.iterate_pairs(session, corpus_id, _CHUNK, after=after), _CHUNK))
            known = projections.newest_of(session, [row.id for row in rows])
        if not rows:
            return
        after = rows[-1].place
        for row in rows:
            yield (known[row.id].record if row.id in known else row.record) + "\n"
