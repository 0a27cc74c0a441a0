"""F1 of compared methods: stored or computed it is the same, and a failed sentence is never one without entities."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.app.conftest import make_pair
from xner.config import RunConfig
from xner.errors import NotAllowed
from xner.services import compare_scores, corpora
from xner.services.compare_scores import compute, known_result, reference, scores
from xner.services.dashboard_corpus import GOLD
from xner.services.identity import User, local_user
from xner.services.project_corpus import project_corpus
from xner.store.session import open_store
from xner.types import Alignment

ADA = local_user("Ada")
GIVEN = RunConfig().updated({"align.name": "given"})
SHORT = GIVEN.updated({"extract.max_tokens": 1})


@pytest.fixture
def store():
    return open_store()


def fill(store, pairs):
    corpus_id = corpora.create(store, ADA, "News")
    corpora.add(store, ADA, corpus_id, pairs)
    return corpus_id


@pytest.fixture
def corpus(store):
    """Eight pairs with gold, one without."""
    pairs = [make_pair(f"p{k}", target=f"Mira Halvorsen hat Bergen {word} .") for k, word in enumerate("abcdefgh")]
    return fill(store, [*pairs, replace(make_pair("blind"), target_entities=None)])


def test_computed_and_stored_results_are_the_same(store, corpus):
    against = reference(store, ADA, corpus, GOLD)
    assert len(against.expected) == 8
    assert known_result(store, ADA, corpus, GIVEN, against) is None
    told = []
    computed = compute(store, ADA, corpus, GIVEN, against, lambda done, total: told.append((done, total)))
    assert told[-1] == (8, 8)
    assert computed.runs == ()
    run = project_corpus(store, ADA, corpus, GIVEN)
    against = reference(store, ADA, corpus, GOLD)
    stored = known_result(store, ADA, corpus, GIVEN, against)
    assert stored is not None
    assert stored.runs == (run.run_id,)
    assert {k: [(e.span, e.label) for e in v] for k, v in stored.made.items()} == {
        k: [(e.span, e.label) for e in v] for k, v in computed.made.items()
    }
    assert known_result(store, ADA, corpus, SHORT, against) is None, "another method has no run"


def test_a_run_that_spells_its_weights_out_is_a_run_of_the_method(store, corpus):
    run = project_corpus(store, ADA, corpus, GIVEN.updated({"score.weights": {"coverage": 1, "links": 0}}))
    found = known_result(store, ADA, corpus, GIVEN, reference(store, ADA, corpus, GOLD))
    assert found is not None
    assert found.runs == (run.run_id,)


def test_runs_of_one_method_over_parts_of_a_corpus_are_read_together_and_the_newest_counts(store):
    first = replace(make_pair("one"), alignment=None)
    corpus = fill(store, [first, make_pair("two", target="Mira Halvorsen war in Bergen .")])
    one = project_corpus(store, ADA, corpus, GIVEN)
    corpora.add(store, ADA, corpus, [make_pair("three", target="Mira Halvorsen kam nach Bergen .")])
    two = project_corpus(store, ADA, corpus, GIVEN, only_new=True)  # the new one, and again the one that failed
    found = known_result(store, ADA, corpus, GIVEN, reference(store, ADA, corpus, GOLD))
    assert found is not None
    assert found.runs == (one.run_id, two.run_id)
    assert [isinstance(made, str) for made in found.made.values()] == [True, False, False]


def test_what_other_weights_made_is_not_taken_for_what_those_of_today_make(store, corpus, monkeypatch):
    project_corpus(store, ADA, corpus, GIVEN)
    against = reference(store, ADA, corpus, GOLD)
    assert known_result(store, ADA, corpus, GIVEN, against) is not None
    read = compare_scores.projection_from_record
    then = "align:given+sha256:" + "0" * 12
    monkeypatch.setattr(compare_scores, "projection_from_record", lambda row: replace(read(row), signature=then))
    monkeypatch.setattr(compare_scores, "models_in_use", lambda _config: {"align": {"e": "1" * 12}})
    monkeypatch.setattr(compare_scores, "versions_key", lambda _config: "1")
    assert known_result(store, ADA, corpus, GIVEN, against) is None
    compute(store, ADA, corpus, GIVEN, against)
    assert known_result(store, ADA, corpus, GIVEN, against) is not None
    monkeypatch.setattr(compare_scores, "versions_key", lambda _config: "2")
    assert known_result(store, ADA, corpus, GIVEN, against) is None, "computed by the weights of before"


def test_what_was_computed_is_not_computed_again(store, corpus):
    against = reference(store, ADA, corpus, GOLD)
    compute(store, ADA, corpus, GIVEN, against)
    told = []
    compute(store, ADA, corpus, GIVEN, against, lambda done, total: told.append(done))
    assert not told
    assert known_result(store, ADA, corpus, GIVEN, against) is not None


def test_methods_are_scored_on_the_same_sentences_and_differ_from_the_first(store, corpus):
    against = reference(store, ADA, corpus, GOLD)
    found = scores({"all": compute(store, ADA, corpus, GIVEN, against),
                    "short": compute(store, ADA, corpus, SHORT, against)}, against, 100)  # fmt: skip
    assert found.n_sentences == 8
    assert found.methods["all"].score.f1 == 1.0
    assert found.methods["all"].difference is None
    short = found.methods["short"]
    assert short.score.f1 == pytest.approx(0.5), "of each two names one has two words"
    assert short.difference is not None
    assert short.difference.delta == pytest.approx(-0.5)
    assert (short.difference.low, short.difference.high) == pytest.approx((-0.5, -0.5))


def test_a_failed_sentence_is_counted_as_failed_and_named(store):
    broken = replace(make_pair("broken", target="Mira Halvorsen hat Bergen x ."), alignment=None)
    corpus = fill(store, [make_pair("one"), make_pair("two", target="Mira Halvorsen war in Bergen ."), broken])
    against = reference(store, ADA, corpus, GOLD)
    result = compute(store, ADA, corpus, GIVEN, against)
    assert list(result.failed.values()) == [1]
    found = scores({"given": result}, against, 100)
    assert found.methods["given"].n_failed == 1
    assert found.methods["given"].score.f1 == 1.0, "the failed one is no sentence without entities"
    assert found.methods["given"].counting_failed == pytest.approx(0.8), "4 of 6 entities, none wrong"
    assert (found.n_sentences, found.n_left_out) == (2, 1)


def test_many_sentences_are_taken_evenly(store, corpus, monkeypatch):
    monkeypatch.setattr(compare_scores, "MAX_SENTENCES", 3)
    monkeypatch.setattr(compare_scores, "_REFERENCES", type(compare_scores._REFERENCES)())
    against = reference(store, ADA, corpus, GOLD)
    assert against.n_known == 8
    assert [row.sentence.tokens[4] for row in against.expected.values()] == ["a", "d", "g"]


def test_gold_on_words_that_no_link_reaches_counts_as_missed(store):
    unlinked = replace(make_pair("one"), alignment=Alignment(frozenset({(0, 0), (1, 1)})))
    corpus = fill(store, [unlinked])
    against = reference(store, ADA, corpus, GOLD)
    found = scores({"given": compute(store, ADA, corpus, GIVEN, against)}, against, 50)
    assert found.methods["given"].score.f1 == pytest.approx(2 / 3)


def test_a_stranger_sees_no_score(store, corpus):
    against = reference(store, ADA, corpus, GOLD)
    eve = User("oidc:eve", "Eve")
    for ask in (lambda: reference(store, eve, corpus, GOLD), lambda: compute(store, eve, corpus, GIVEN, against),
                lambda: known_result(store, eve, corpus, GIVEN, against)):  # fmt: skip
        with pytest.raises(NotAllowed):
            ask()
