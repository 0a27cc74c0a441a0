"""What is archived is out of every list and can't be changed, and comes back whole."""

from __future__ import annotations

import pytest

from tests.unit.services.test_export_silver import ADA, ids_of, make_corpus, make_pair, save
from xner.errors import NotAllowed
from xner.services import corpora
from xner.services.identity import User
from xner.services.sentence_archive import archive, archived_sentences
from xner.store import people
from xner.store.session import Store


@pytest.fixture
def store(tmp_path):
    opened = Store(f"sqlite:///{tmp_path / 'x.db'}")
    yield opened
    opened.close()


def test_an_archived_sentence_is_in_no_list_but_its_own_and_comes_back(store):
    corpus_id, (one, two) = make_corpus(store, make_pair("one"), make_pair("two"))
    archive(store, ADA, one)
    assert ids_of(store, corpus_id) == [two]
    n, (found,) = archived_sentences(store, ADA, corpus_id)
    assert (n, found.id, found.record_id, found.text) == (1, one, "one", "Mira hat Bergen besucht")
    with pytest.raises(NotAllowed, match="archived"):
        save(store, ADA, one, "accepted")
    archive(store, ADA, one, archived=False)
    assert ids_of(store, corpus_id) == [one, two]
    assert archived_sentences(store, ADA, corpus_id) == (0, [])
    save(store, ADA, one, "accepted")


def test_archiving_takes_a_reviewer(store):
    corpus_id, (one,) = make_corpus(store, make_pair("one"))
    ida = User("ida", "Ida")
    me = corpora.person(store, ida)
    store.write(lambda session: people.grant(session, me, corpus_id, "annotator"))
    for attempt in (lambda: archive(store, ida, one), lambda: archived_sentences(store, ida, corpus_id)):
        with pytest.raises(NotAllowed):
            attempt()
    with pytest.raises(NotAllowed):
        archive(store, ADA, 999)
    assert ids_of(store, corpus_id) == [one]
