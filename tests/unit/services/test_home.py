"""What Home knows of a corpus."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.stored_pairs import GIVEN, PAIR
from xner.errors import InputError, NotAllowed
from xner.services import browse, corpora, corrections, home
from xner.services.documents import open_document
from xner.services.identity import User, local_user
from xner.services.project_corpus import project_corpus
from xner.store import queue
from xner.store.rows import Filters
from xner.store.session import open_store
from xner.types import Sentence

ADA, BEN = local_user("Ada"), local_user("Ben")


@pytest.fixture
def news():
    """Four sentences; the second can't be projected."""
    store = open_store()
    corpus_id = corpora.create(store, ADA, "News")
    pairs = [replace(PAIR, id=f"p{k}", alignment=None if k == 1 else PAIR.alignment) for k in range(3)]
    corpora.add(
        store, ADA, corpus_id, [*pairs, replace(PAIR, id="p3", target=Sentence(("ici", "était", "Mira"), "fr"))]
    )
    with store.read() as session:
        return store, corpus_id, queue.ids(session, corpus_id, Filters(), order="document")


def accept(store, user, pair_id):
    document = open_document(store, user, pair_id, "client-1")
    corrections.save_annotation(store, user, document, document.annotation, status="accepted")


def test_progress_counts_each_language_by_status(news):
    store, corpus_id, ids = news
    project_corpus(store, ADA, corpus_id, GIVEN)
    accept(store, ADA, ids[0])
    german, french = home.progress(corpora.get(store, ADA, corpus_id))
    assert (german.lang, dict(german.counts), german.n_done) == ("de", {"accepted": 1, "failed": 1, "projected": 1}, 1)
    assert (french.lang, french.n, french.n_done) == ("fr", 1, 0)


def test_one_continues_with_the_sentence_one_changed_last_oneself(news):
    store, corpus_id, ids = news
    project_corpus(store, ADA, corpus_id, GIVEN)
    accept(store, ADA, ids[2])
    accept(store, BEN, ids[0])
    assert home.continue_where_left(store, ADA, corpus_id).last.id == ids[2]
    assert home.continue_where_left(store, BEN, corpus_id).last.id == ids[0]


def test_without_work_of_ones_own_the_riskiest_open_sentence_is_next(news):
    store, corpus_id, _ids = news
    assert home.continue_where_left(store, ADA, corpus_id) == home.Resume(None, None)
    project_corpus(store, ADA, corpus_id, GIVEN)
    with store.read() as session:
        risky = queue.rows(session, corpus_id, Filters(), order="risk", limit=1)[0]
    assert home.continue_where_left(store, ADA, corpus_id).riskiest.id == risky.pair.id


def test_the_sample_is_made_once_and_holds_each_language_once():
    store = open_store()
    first = home.open_sample(store, ADA, "de")
    assert home.open_sample(store, ADA, "de") == first
    other = home.open_sample(store, ADA, "ar")
    assert other.corpus_id == first.corpus_id
    assert browse.languages(store, ADA, first.corpus_id) == {"ar": 24, "de": 24}
    assert open_document(store, ADA, other.first_id, "client-1").pair.target.lang == "ar"


def test_a_language_without_sample_is_named():
    with pytest.raises(InputError, match="no sample"):
        home.open_sample(open_store(), ADA, "tlh")


def test_projecting_again_does_what_is_left_and_no_more(news):
    store, corpus_id, _ids = news
    seen = []
    first = home.project_new(store, ADA, corpus_id, GIVEN, lambda run: seen.append(run.n_done))
    assert (first.n_ok, len(first.failed), seen) == (3, 1, [4])
    assert home.n_to_project(store, ADA, corpus_id) == 1
    again = home.project_new(store, ADA, corpus_id, GIVEN, lambda _run: None)
    assert (again.n_ok, len(again.failed)) == (0, 1)


def test_nothing_left_to_project_is_no_run(news):
    store = news[0]
    empty = corpora.create(store, ADA, "Empty")
    assert home.project_new(store, ADA, empty, GIVEN, lambda _run: None) is None


def test_a_name_is_taken_over_only_where_there_is_one(news):
    store, _corpus_id, ids = news
    assert home.only_name(store) == "Ada"
    accept(store, BEN, ids[0])
    assert home.only_name(store) == ""


def test_the_place_of_the_store_is_told(news, monkeypatch):
    monkeypatch.setattr(home.store_upkeep, "fleeting", lambda _url: None)
    part = home.store_part(news[0])
    assert str(news[0].path) in part.detail
    assert "GB free" in part.detail


def test_a_place_that_does_not_last_is_warned_about(news, monkeypatch):
    monkeypatch.setattr(home.store_upkeep, "fleeting", lambda url: f"{url} is in memory")
    part = home.store_part(news[0])
    assert (part.state, part.detail) == ("warning", f"{news[0].url} is in memory")


def test_strangers_see_nothing_of_a_corpus(news):
    store, corpus_id, ids = news
    stranger = User("x", "Stranger")
    assert browse.names(store, stranger) == []
    for ask in (home.continue_where_left, home.n_to_project, browse.languages):
        with pytest.raises(NotAllowed):
            ask(store, stranger, corpus_id)
    with pytest.raises(NotAllowed):
        browse.around(store, stranger, corpus_id, Filters(), ids[0])


def test_the_part_of_a_list_around_a_sentence(news, monkeypatch):
    store, corpus_id, ids = news
    monkeypatch.setattr(browse, "PAGE", 2)
    found = browse.around(store, ADA, corpus_id, Filters(), ids[2])
    assert (found.n, found.previous, found.next, found.current.number) == (4, ids[1], ids[3], 3)
    assert [(line.id, line.number) for line in found.lines] == [(ids[2], 3), (ids[3], 4)]
    assert browse.around(store, ADA, corpus_id, Filters(), number=2).current.id == ids[1]
    assert browse.around(store, ADA, corpus_id, Filters(), number=99).current.id == ids[3]


def test_a_list_is_filtered_by_language_and_by_the_words_of_either_side(news):
    store, corpus_id, ids = news
    french = browse.around(store, ADA, corpus_id, Filters(langs=("fr",)), ids[0])
    assert (french.n, french.current.id, french.previous, french.next) == (1, ids[3], None, None)
    assert browse.around(store, ADA, corpus_id, Filters(text="était")).n == 1
    assert browse.around(store, ADA, corpus_id, Filters(text="zebra")) == browse.Around(0, None, None, None, ())
