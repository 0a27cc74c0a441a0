"""Sides that a run makes of stored pairs: shown with their projection, never put in place of what is there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.stored_pairs import PAIR
from xner.config import RunConfig
from xner.errors import InputError
from xner.services import corpora, corrections, run_estimate, store_upkeep
from xner.services.documents import open_document
from xner.services.identity import local_user
from xner.services.project_corpus import project_corpus
from xner.services.run_order import Order
from xner.services.run_sides import BRINGS, WORKED_ON
from xner.store import contents
from xner.store.session import open_store
from xner.translate.base import translators
from xner.types import Entity, Sentence, Span

ADA = local_user("Ada")
LINKED = {"align.name": "by-place", "recognise.name": "given"}
TRAIN = RunConfig().updated(LINKED | {"pipeline": "translate-train", "translate.name": "upside", "translate.to": "de"})
TEST = RunConfig().updated(LINKED | {"pipeline": "translate-test", "translate.name": "upside", "translate.to": "en"})
SOURCE_ONLY = replace(PAIR, id="source-only", target=None, target_entities=None, alignment=None)
TARGET_ONLY = replace(PAIR, id="target-only", source=None, source_entities=None, alignment=None)


class Upside:
    """Translates by turning case round, so that every word keeps its place."""

    def __init__(self, config):
        self.more = "" if config.beams == 1 else " again"

    def translate(self, texts, source, target):
        return [text.swapcase() + self.more for text in texts]

    def describe(self):
        return "upside"


class Placed:
    """Links words of one place."""

    def __init__(self, config):
        pass

    def align(self, pairs):
        from xner.types import Alignment

        return [Alignment(frozenset((k, k) for k in range(min(len(p.source), len(p.target))))) for p in pairs]

    def describe(self):
        return "by-place"


class Capitals:
    """Every word in capitals is a name."""

    def __init__(self, config):
        pass

    def recognise(self, sentences):
        return [tuple(Entity(Span(k, k + 1), "PER") for k, t in enumerate(s.tokens) if t.isupper()) for s in sentences]

    def describe(self):
        return "capitals"


@pytest.fixture(autouse=True)
def parts(monkeypatch):
    from xner.align import aligners
    from xner.recognise import recognisers

    monkeypatch.setitem(translators._items, "upside", Upside)
    monkeypatch.setitem(aligners._items, "by-place", Placed)
    monkeypatch.setitem(recognisers._items, "capitals", Capitals)


@pytest.fixture
def store():
    return open_store()


def stored(store, *pairs):
    corpus_id = corpora.create(store, ADA, "News")
    first = corpora.add(store, ADA, corpus_id, pairs).first_id
    return corpus_id, first


def shown(store, pair_id):
    return open_document(store, ADA, pair_id, "client-of-test")


def save(store, document, status="accepted"):
    corrections.save_annotation(store, ADA, document, document.annotation, status=status)


def test_a_target_that_a_run_made_is_the_sentence_that_is_shown_and_corrected(store):
    corpus_id, pair_id = stored(store, SOURCE_ONLY)
    assert shown(store, pair_id).pair.target is None
    done = project_corpus(store, ADA, corpus_id, TRAIN)
    assert (done.n_ok, done.left_out) == (1, {})
    document = shown(store, pair_id)
    assert document.pair.target.tokens == ("mIRA", "WAS", "HERE")
    assert [entity.span for entity in document.annotation.entities] == [Span(0, 1)]
    save(store, document)
    assert shown(store, pair_id).status == "accepted"
    assert store_upkeep.check() == []


def test_what_was_computed_from_a_translation_is_not_taken_for_another_one(store):
    corpus_id, _ = stored(store, SOURCE_ONLY)

    def stamp():
        with store.read() as session:
            return contents.stamp(session, corpus_id)

    project_corpus(store, ADA, corpus_id, TRAIN)
    first = stamp()
    project_corpus(store, ADA, corpus_id, TRAIN.updated({"translate.name": "given", "pipeline": "parallel"}))
    assert stamp() == first  # the sentences are the same ones
    project_corpus(store, ADA, corpus_id, TRAIN.updated({"translate.beams": 2}))
    assert stamp() != first


def test_a_source_that_a_run_made_carries_the_entities(store):
    corpus_id, pair_id = stored(store, TARGET_ONLY)
    project_corpus(store, ADA, corpus_id, TEST.updated({"recognise.name": "capitals"}))
    document = shown(store, pair_id)
    assert document.pair.source.tokens == ("HIER", "WAR", "mIRA")
    assert [entity.span for entity in document.annotation.entities] == [Span(0, 1), Span(1, 2)]
    assert document.pair.target == PAIR.target


@pytest.mark.parametrize(("config", "side"), [(TRAIN, "target"), (TEST, "source")])
def test_a_translation_never_takes_the_place_of_what_was_imported(store, config, side):
    corpus_id, pair_id = stored(store, PAIR)
    done = project_corpus(store, ADA, corpus_id, config)
    assert (done.n_done, done.left_out) == (0, {BRINGS[side]: 1})
    assert shown(store, pair_id).status == "new"
    assert shown(store, pair_id).pair == PAIR


def test_another_run_makes_another_translation_until_somebody_has_worked_on_it(store):
    corpus_id, pair_id = stored(store, SOURCE_ONLY)
    project_corpus(store, ADA, corpus_id, TRAIN)
    longer = TRAIN.updated({"translate.beams": 2})
    assert project_corpus(store, ADA, corpus_id, longer).n_ok == 1
    assert shown(store, pair_id).pair.target.tokens[-1] == "again"
    save(store, shown(store, pair_id), "draft")
    assert project_corpus(store, ADA, corpus_id, TRAIN).left_out == {WORKED_ON: 1}
    assert shown(store, pair_id).pair.target.tokens[-1] == "again"


def test_other_methods_project_onto_the_translation_that_is_there(store):
    corpus_id, pair_id = stored(store, SOURCE_ONLY)
    project_corpus(store, ADA, corpus_id, TRAIN)
    save(store, shown(store, pair_id), "draft")
    for changes in ({}, {"translate.name": "upside", "translate.beams": 2}):
        done = project_corpus(store, ADA, corpus_id, RunConfig().updated(LINKED | changes))
        assert done.n_ok == 1
        assert shown(store, pair_id).pair.target.tokens == ("mIRA", "WAS", "HERE")
    transfer = RunConfig().updated({"pipeline": "model-transfer", "recognise.name": "capitals"})
    assert project_corpus(store, ADA, corpus_id, transfer).n_ok == 1


def test_a_pair_with_one_side_is_failed_with_the_reason_where_nothing_makes_the_other(store):
    corpus_id, pair_id = stored(store, SOURCE_ONLY, TARGET_ONLY)
    done = project_corpus(store, ADA, corpus_id, RunConfig().updated(LINKED))
    assert [number for number, _ in done.failed] == [pair_id, pair_id + 1]
    assert shown(store, pair_id).projection.reason
    assert project_corpus(store, ADA, corpus_id, TRAIN).n_ok == 1
    assert shown(store, pair_id + 1).status == "failed"


def test_model_transfer_labels_targets_that_have_no_source(store):
    corpus_id, pair_id = stored(
        store, replace(TARGET_ONLY, target=Sentence(("MIRA", "hier"), "de"), target_entities=None)
    )
    transfer = RunConfig().updated({"pipeline": "model-transfer", "recognise.name": "capitals"})
    assert project_corpus(store, ADA, corpus_id, transfer).n_ok == 1
    document = shown(store, pair_id)
    assert [(e.span, e.source) for e in document.annotation.entities] == [(Span(0, 1), None)]
    save(store, document)
    assert store_upkeep.check() == []


def test_an_estimate_stores_nothing_and_tells_what_it_took(store):
    corpus_id, pair_id = stored(store, *[replace(SOURCE_ONLY, id=f"p{k}") for k in range(30)], PAIR)
    tried = run_estimate.estimate(store, ADA, Order(corpus_id, TRAIN))
    assert (tried.n_sample, tried.n_total, len(tried.outcomes)) == (20, 31, 20)
    assert tried.total_s == pytest.approx(tried.run_s / 20 * 31)
    assert {"translate", "align", "match"} <= set(tried.stage_s)
    assert sum(tried.stage_s.values()) <= tried.run_s
    assert shown(store, pair_id).status == "new"


def test_an_estimate_shows_failures_and_what_would_be_left_out(store):
    corpus_id, _ = stored(store, PAIR, SOURCE_ONLY)
    tried = run_estimate.estimate(store, ADA, Order(corpus_id, RunConfig().updated(LINKED)))
    assert [made.projection.status for _, made in tried.outcomes] == ["ok", "failed"]
    assert len(tried.failed) == 1
    tried = run_estimate.estimate(store, ADA, Order(corpus_id, TRAIN))
    assert (len(tried.outcomes), tried.left_out) == (1, {BRINGS["target"]: 1})
    with pytest.raises(InputError, match="No sentence"):
        run_estimate.estimate(store, ADA, Order(corpus_id, TRAIN, starts=("failed",)))
