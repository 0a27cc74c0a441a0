"""What is stored of a sentence, beside what the present settings make of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.stored_pairs import GIVEN, PAIR
from xner.config import RunConfig
from xner.correct.annotation import AnnotatedEntity
from xner.errors import RevisionConflict
from xner.recognise.given import GivenRecogniser
from xner.services import corpora, corrections, inspect_stored, link_saves
from xner.services.documents import open_document
from xner.services.identity import local_user
from xner.services.inspect_pair import analyse
from xner.services.manual_links import rematch_decided
from xner.services.project_corpus import project_corpus
from xner.store.session import open_store
from xner.types import Projection, Span

ADA = local_user("Ada")


@pytest.fixture
def world():
    """A store, a corpus of one pair, and a function that opens the pair."""
    store = open_store()
    corpus_id = corpora.create(store, ADA, "News")
    pair_id = corpora.add(store, ADA, corpus_id, [PAIR]).first_id
    return store, corpus_id, lambda: open_document(store, ADA, pair_id, "client-1")


def live(links=None, config: RunConfig = GIVEN) -> Projection:
    return rematch_decided(analyse(PAIR, GIVEN), config, links or {}).projection


def test_nothing_is_stored_of_a_new_sentence_and_so_nothing_agrees(world):
    store, _corpus_id, document = world
    kept = inspect_stored.kept(store, document(), live())
    assert (kept.status, kept.entities, kept.agrees, kept.is_corrected) == ("new", (), None, False)


def test_a_projection_agrees_while_the_settings_give_the_same(world):
    store, corpus_id, document = world
    project_corpus(store, ADA, corpus_id, GIVEN)
    assert inspect_stored.kept(store, document(), live()).agrees is True
    assert inspect_stored.kept(store, document(), live({(0, 2): False, (0, 0): True})).agrees is False
    assert inspect_stored.kept(store, document(), None).agrees is None


def test_a_correction_names_its_author_and_is_compared_in_the_tokens_that_it_was_cut_into(world):
    store, corpus_id, document = world
    project_corpus(store, ADA, corpus_id, GIVEN)
    opened = document()
    cuts = (2, 4, 7, 9)  # hi|er|war|Mi|ra
    entity = AnnotatedEntity("e1", Span(3, 5), "PER", source=0)
    corrections.save_annotation(
        store, ADA, opened, replace(opened.annotation, cuts=cuts, entities=(entity,)), status="accepted"
    )
    kept = inspect_stored.kept(store, document(), live())
    assert (kept.author, kept.status, kept.agrees) == ("Ada", "accepted", True)
    assert kept.sentence.tokens == ("hi", "er", "war", "Mi", "ra")


def test_resetting_links_brings_the_projection_back_as_a_new_revision(world):
    store, corpus_id, document = world
    project_corpus(store, ADA, corpus_id, GIVEN)
    evidence = analyse(PAIR, GIVEN)
    for link in ((0, 2), (0, 0)):
        link_saves.toggle_link(store, ADA, document(), evidence, GIVEN, link)
    assert [entity.span for entity in document().annotation.entities] == [Span(0, 1)]
    inspect_stored.reset_links(store, ADA, document(), evidence, GIVEN)
    assert dict(document().annotation.links) == {}
    assert [entity.span for entity in document().annotation.entities] == [Span(2, 3)]
    assert document().number == 3


def test_links_are_not_reset_over_somebody_elses_change(world):
    store, corpus_id, document = world
    project_corpus(store, ADA, corpus_id, GIVEN)
    old = document()
    corrections.save_annotation(store, local_user("Ben"), document(), old.annotation, status="flagged")
    with pytest.raises(RevisionConflict):
        inspect_stored.reset_links(store, ADA, old, analyse(PAIR, GIVEN), GIVEN)


def test_where_the_entities_of_a_run_came_from_is_remembered(world, monkeypatch):
    store, corpus_id, _document = world
    monkeypatch.setattr(GivenRecogniser, "recognise", lambda _self, found: [PAIR.source_entities] * len(found))
    bare = replace(PAIR, id="bare", source_entities=None, target_entities=None)
    pair_id = corpora.add(store, ADA, corpus_id, [bare]).first_id
    project_corpus(store, ADA, corpus_id, GIVEN.updated({"recognise.name": "given"}), pair_ids=[pair_id])
    document = open_document(store, ADA, pair_id, "client-1")
    assert document.pair.source_entities == PAIR.source_entities
    assert inspect_stored.origin_of(document) != "record"


def test_a_signature_of_another_program_says_nothing_of_the_entities(world):
    _store, _corpus_id, document = world
    foreign = Projection("p", (), "ok", signature="made by hand, <b>2026</b>")
    assert inspect_stored.origin_of(replace(document(), projection=foreign)) == "record"
