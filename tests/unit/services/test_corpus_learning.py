"""What a page learns from a corpus is what a run learns, is learned once, and follows the corpus."""

from __future__ import annotations

import pytest

from tests.app.conftest import make_pair
from xner.align.statistical import StatisticalAligner
from xner.config import RunConfig
from xner.errors import NotAllowed
from xner.io.json_lines import loads, projection_from_record
from xner.services import corpora, corpus_learning, inspect_pair
from xner.services.corpus_learning import learned, parts_of
from xner.services.identity import User, local_user
from xner.services.named_methods import PRESETS
from xner.services.project_corpus import project_corpus
from xner.store import dashboard
from xner.store.session import open_store

ADA = local_user("Ada")
EDGES = RunConfig().updated({"align.name": "given", "score.preset": "coverage_soft_edges"})
TARGETS = ("Mira Halvorsen hat Bergen besucht .", "Mira Halvorsen war in Bergen .", "Mira Halvorsen mag Bergen sehr .")


@pytest.fixture
def store():
    return open_store()


@pytest.fixture
def corpus(store):
    corpus_id = corpora.create(store, ADA, "News")
    pairs = [make_pair(f"p{k}", target=TARGETS[k % 3]) for k in range(9)]
    corpora.add(store, ADA, corpus_id, pairs)
    return corpus_id


def test_what_learns_is_named_and_other_presets_learn_nothing():
    found = {name: parts_of(RunConfig().updated(preset.settings)) for name, preset in PRESETS.items()}
    assert {name: parts for name, parts in found.items() if parts} == {
        "edges": ("edges",), "fusion": ("edges",), "fusion-centred": ("edges",),
        "fusion-united": ("statistical", "edges"), "statistical": ("statistical",), "united": ("statistical",),
    }  # fmt: skip


def test_a_sentence_of_a_corpus_is_projected_as_a_run_projects_it(store, corpus):
    taught, extents = learned(store, ADA, corpus, EDGES)
    shown = inspect_pair.analyse(make_pair("p4", target=TARGETS[1]), EDGES, taught)
    run = project_corpus(store, ADA, corpus, EDGES)
    with store.read() as session:
        made = [projection_from_record(loads(row[3])) for row in dashboard.made_by(session, corpus, run.run_id)]
    assert (extents[0].n_read, extents[0].n_pairs) == (9, 9)
    assert shown.components["edges"] is not None
    assert "edges+learned:nothing" not in (shown.projection.signature or "")
    assert (shown.projection.entities, shown.projection.signature) == (made[4].entities, made[4].signature)


def test_matching_again_keeps_what_was_learned(store, corpus):
    taught, _ = learned(store, ADA, corpus, EDGES)
    trace = inspect_pair.analyse(make_pair("p4", target=TARGETS[1]), EDGES, taught)
    again = inspect_pair.rematch(trace, EDGES, trace.alignment.links)
    assert again.projection == trace.projection


def test_nothing_is_learned_twice_until_the_corpus_changes(store, corpus):
    told = []
    first, _ = learned(store, ADA, corpus, EDGES, lambda share, _what: told.append(share))
    assert told[-1] == 1.0
    assert corpus_learning.is_known(store, corpus, EDGES)
    told.clear()
    second, _ = learned(store, ADA, corpus, EDGES, lambda share, _what: told.append(share))
    assert not told
    assert first == second
    corpora.add(store, ADA, corpus, [make_pair("new", target="Gestern war Mira Halvorsen Bergen .")])
    assert not corpus_learning.is_known(store, corpus, EDGES)
    third, extents = learned(store, ADA, corpus, EDGES)
    assert extents[0].n_pairs == 10
    assert third != first


def test_links_learned_from_pairs_are_not_those_of_a_pipeline_that_refuses_the_pairs(store, corpus, monkeypatch):
    read = []

    def trained(config, pairs, n, _tell):
        read.append([pair.id for pair in pairs(n)])
        return StatisticalAligner(config.align)

    monkeypatch.setattr(corpus_learning, "_trained", trained)
    monkeypatch.setattr(StatisticalAligner, "describe", lambda self: "learned")
    parallel = RunConfig().updated({"align.name": "statistical"})
    learned(store, ADA, corpus, parallel)
    learned(store, ADA, corpus, parallel.updated({"pipeline": "translate-train", "translate.name": "nllb"}))
    assert [len(ids) for ids in read] == [9, 0], "pairs with a target of their own are left out by translate-train"


def test_a_page_reads_no_more_than_a_visitor_can_wait_for(store, corpus, monkeypatch):
    monkeypatch.setattr(corpus_learning, "EDGE_PAIRS", 4)
    _, extents = learned(store, ADA, corpus, EDGES.updated({"extract.max_tokens": 7}))
    assert (extents[0].n_read, extents[0].n_pairs) == (4, 9)


def test_a_stranger_learns_nothing(store, corpus):
    with pytest.raises(NotAllowed):
        learned(store, User("oidc:eve", "Eve"), corpus, EDGES)


def test_links_are_learned_from_the_corpus_and_united_with_those_of_the_file(store, corpus):
    pytest.importorskip("thot")
    config = RunConfig().updated({"align.name": "given", "align.unite": "statistical"})
    shares = []
    taught, _ = learned(store, ADA, corpus, config, lambda share, _what: shares.append(share))
    assert shares == sorted(shares)
    assert 0 < shares[-1] < 1
    trace = inspect_pair.analyse(make_pair("p0"), config, taught)
    assert trace.alignment.links >= make_pair().alignment.links
    assert "learned:9@" in (trace.projection.signature or "")
    alone, _ = learned(store, ADA, corpus, RunConfig().updated({"align.name": "statistical"}))
    assert len(shares) == 96, "the same links are not learned again"
    assert alone is not None
    assert alone.aligner is not None
