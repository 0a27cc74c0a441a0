"""How far the adjudication of a corpus is: which sentences differ, agree, or are settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from xner.services.access import corpus_for
from xner.services.finished_versions import FINISHED, SETTLED, agree, names_of, seen_in, seen_of
from xner.services.identity import Role, User
from xner.store.session import Store
from xner.store.states import iterate_versions, own_revisions


@dataclass(frozen=True, slots=True)
class Overview:
    """How far the adjudication of a corpus is; ids of pairs are in the order of the corpus.

    `differing` wait for a decision, `agreed` for being accepted together; `changed` are those of either that had been
    settled before one of their versions changed. `n_single` pairs have one finished version, `n_skipped` were skipped
    by everybody who finished them. `finished` is the number of pairs that each annotator has finished, by name.
    `fingerprint` is another number when any finished version is another.
    """

    differing: tuple[int, ...] = ()
    agreed: tuple[int, ...] = ()
    settled: tuple[int, ...] = ()
    changed: frozenset[int] = frozenset()
    n_single: int = 0
    n_skipped: int = 0
    finished: Mapping[str, int] | None = None
    fingerprint: int = 0

    @property
    def n_shared(self) -> int:
        """Pairs that two or more have finished."""
        return len(self.differing) + len(self.agreed) + len(self.settled) + self.n_skipped


def overview(
    store: Store, user: User, corpus_id: int, *, langs: Collection[str] = (), hide_names: bool = False
) -> Overview:
    """Return which pairs differ, agree or are settled.

    Raises:
        NotAllowed: it takes a reviewer: annotators are blind to each other.
    """
    corpus_for(store, user, corpus_id, Role.REVIEWER)
    differing: list[int] = []
    agreed: list[int] = []
    settled: list[int] = []
    changed: set[int] = set()
    finished = Counter[int]()
    n_single = n_skipped = fingerprint = 0
    with store.read() as session:
        own = own_revisions(session, corpus_id)
        names = names_of(session, corpus_id, hide_names)
        for versions in iterate_versions(session, corpus_id, FINISHED):
            if langs and versions[0].target_lang not in langs:
                continue
            finished.update(version.track for version in versions)
            pair_id = versions[0].pair_id
            fingerprint = hash((fingerprint, pair_id, seen_of(versions)))
            status, parents = own.get(pair_id, ("", None))
            if len(versions) == 1:
                n_single += 1
            elif status in SETTLED and seen_in(parents) == seen_of(versions):
                settled.append(pair_id)
            elif all(version.status == "skipped" for version in versions):
                n_skipped += 1
            else:
                (agreed if agree(session, versions) else differing).append(pair_id)
                if status in SETTLED and parents:
                    changed.add(pair_id)
    return Overview(
        tuple(differing), tuple(agreed), tuple(settled), frozenset(changed), n_single, n_skipped,
        {names[track]: finished[track] for track in sorted(finished)}, fingerprint,
    )  # fmt: skip
