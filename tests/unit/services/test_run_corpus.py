"""Sentences with their projections as JSON Lines."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.stored_pairs import GIVEN, PAIR
from xner.engine.local import Outcome
from xner.errors import NotAllowed
from xner.services import corpora, run_corpus
from xner.services.identity import User, local_user
from xner.services.project_corpus import project_corpus
from xner.store.session import open_store
from xner.types import Entity, Projection, Span

ADA = local_user("Ada")


def test_gold_stays_beside_the_projection():
    projection = Projection(PAIR.id, (Entity(Span(2, 3), "PER"),), "ok")
    (row,) = map(json.loads, run_corpus.json_lines([Outcome(PAIR, projection)]).splitlines())
    assert [entity["label"] for entity in row["target_entities"]] == ["LOC"]
    assert [entity["label"] for entity in row["projection"]["entities"]] == ["PER"]


def test_a_stored_corpus_comes_in_its_order_and_a_failed_sentence_is_named_as_failed(monkeypatch):
    monkeypatch.setattr(run_corpus, "_CHUNK", 2)
    store = open_store()
    corpus_id = corpora.create(store, ADA, "News")
    pairs = [replace(PAIR, id=f"p{k}", alignment=None if k == 1 else PAIR.alignment) for k in range(5)]
    corpora.add(store, ADA, corpus_id, pairs)
    project_corpus(store, ADA, corpus_id, GIVEN)
    corpora.add(store, ADA, corpus_id, [replace(PAIR, id="p5")])
    rows = [json.loads(line) for line in run_corpus.stored_lines(store, ADA, corpus_id)]
    assert [row["id"] for row in rows] == [f"p{k}" for k in range(6)]
    statuses = [row.get("projection", {}).get("status") for row in rows]
    assert statuses == ["ok", "failed", "ok", "ok", "ok", None]
    assert "no alignment" in rows[1]["projection"]["reason"]


def test_nobody_downloads_a_corpus_that_is_not_theirs():
    store = open_store()
    corpus_id = corpora.create(store, ADA, "News")
    with pytest.raises(NotAllowed):
        list(run_corpus.stored_lines(store, User("x", "Stranger"), corpus_id))
