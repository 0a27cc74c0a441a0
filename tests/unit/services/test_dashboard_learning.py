"""A learning curve is what the editor's log says: its blocks are in the order of time, and open their own sentences."""

from __future__ import annotations

import pytest

from tests.app.conftest import GIVEN, make_pair
from xner.errors import NotAllowed
from xner.services import corpora, corrections, dashboard_corpus, dashboard_effort, project_corpus, work_queue
from xner.services.dashboard_selection import Selection
from xner.services.documents import open_document
from xner.services.identity import User, local_user
from xner.services.queue_view import View
from xner.store.session import Store

ADA = local_user("Ada")
N_EDITED, N_PAIRS = 10, 23


@pytest.fixture
def store(tmp_path):
    """The last sentences are decided first: ten with two edits in three seconds, then those that are right."""
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    corpus = corpora.create(store, ADA, "News")
    corpora.add(store, ADA, corpus, [make_pair(f"p{k}") for k in range(N_PAIRS)])
    project_corpus.project_corpus(store, ADA, corpus, GIVEN)
    for place, pair_id in enumerate(reversed(work_queue.pair_ids(store, ADA, corpus, View(order="document")))):
        document = open_document(store, ADA, pair_id, "client-aa")
        steps = ["add PER", "relabel LOC", "accept"] if place < N_EDITED else ["accept"]
        corrections.save_correction(store, ADA, {
            "doc_id": str(pair_id), "rev": document.rev, "client": "client-aa", "seq": 3, "spans": [], "cuts": None,
            "dropped": [], "history": [], "action": "accepted", "note": None,
            "ops": [{"op": op, "ms": 1_700_000_000_000 + 1500 * k, "seq": k + 1} for k, op in enumerate(steps)],
        })  # fmt: skip
    yield store
    store.close()


def test_blocks_are_in_the_order_of_time_and_open_the_sentences_that_they_count(store):
    corpus = corpora.visible(store, ADA)[0].id
    in_time = work_queue.pair_ids(store, ADA, corpus, View(order="document"))[::-1]
    (run, blocks), = dashboard_effort.learning(store, ADA, corpus).items()  # fmt: skip
    assert [(block.first, block.last) for block in blocks] == [(1, 10), (11, 23)]
    first, rest = (block.spent for block in blocks)
    assert (first.effort.n_edits, first.n_changed, first.effort.seconds) == (20, 10, 30.0)
    assert (rest.n_sentences, rest.effort.n_edits, rest.n_changed, rest.n_timed) == (13, 0, 0, 13)
    (whole,) = dashboard_effort.effort_by_run(store, ADA, corpus)
    assert whole.effort == first.effort + rest.effort
    assert whole.n_sentences == N_PAIRS
    for block in blocks:
        selection = Selection(run, "gold", "", "decided", block.value)
        assert dashboard_corpus.pairs_behind(store, ADA, corpus, selection) == in_time[block.first - 1 : block.last]
    assert selection.words == "decided 11 to 23"
    assert dashboard_corpus.pairs_behind(store, ADA, corpus, Selection(run, "gold", "", "decided", "x")) == []
    with pytest.raises(NotAllowed):
        dashboard_effort.decided_between(store, User("oidc:1", "Eve"), corpus, run, blocks[0].value)
