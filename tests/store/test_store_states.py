"""Reading all pairs of a corpus at once gives the same on both databases as asking for each alone."""

from __future__ import annotations

from tests.unit.services.test_adjudication import LOC, ORG, PER
from tests.unit.services.test_export_silver import ADA, BEN, make_corpus, make_pair, project, rows, save
from xner.correct.annotation import Annotation
from xner.services import corpora
from xner.services.adjudication import accept_agreed
from xner.services.adjudication_overview import overview
from xner.services.annotator_agreement import agreement_of
from xner.services.export_selection import count
from xner.services.silver_rows import ExportFilters
from xner.store import revisions
from xner.store.states import iterate_standings, iterate_states, standing_of


def test_states_and_standings_are_those_of_each_pair(store):
    pairs = [make_pair(name) for name in ("untouched", "accepted", "failed later")]
    corpus_id, ids = make_corpus(store, *pairs)
    save(store, ADA, ids[1], "accepted")
    save(store, BEN, ids[2], "draft")
    project(store, pairs[1:], ids[1:], failed=True)
    with store.read() as session:
        states = list(iterate_states(session, corpus_id))
        assert states == [revisions.state(session, pair_id) for pair_id in ids]
        assert list(iterate_standings(session, corpus_id)) == [standing_of(state) for state in states]
    assert count(store, ADA, corpus_id, ExportFilters()).exported == rows(store, corpus_id)[1].exported


def test_differing_and_agreeing_versions_are_told_apart_and_settled(store):
    corpus_id, (one, two) = make_corpus(store, make_pair("one"), make_pair("two"), mode="independent")
    for user, label in ((ADA, PER), (BEN, ORG)):
        save(store, user, one, "accepted", Annotation((label, LOC)))
        save(store, user, two, "accepted", Annotation((LOC,)))
    found = overview(store, ADA, corpus_id)
    assert (found.differing, found.agreed) == ((one,), (two,))
    assert agreement_of(store, ADA, corpus_id, n_resamples=10).overall.n_sentences == 2
    accept_agreed(store, ADA, corpus_id, found.agreed)
    assert overview(store, ADA, corpus_id).settled == (two,)
    assert [row.id for row in rows(store, corpus_id)[0]] == ["two"]
    assert corpora.get(store, ADA, corpus_id).mode == "independent"
