"""What a moved weight would change is what a run under it then does change, and no model is asked to find out."""

import random

import pytest

from tests.tiny_models import tiny_encoder_and_pairs
from xner.config import RunConfig
from xner.errors import ConfigError
from xner.pipeline import Pipeline
from xner.services import corpora
from xner.services.identity import local_user
from xner.services.project_corpus import project_corpus
from xner.services.run_changes import changes
from xner.services.run_order import Order
from xner.store.session import open_store
from xner.types import Alignment, Entity, Sentence, SentencePair, Span

ADA = local_user("Ada")
GIVEN = RunConfig().updated({"align.name": "given", "score.weights": {"links": 1.0, "coverage": 0.0, "soft": 0.0}})


def tangled(k, rng, n=7):
    """Return a pair whose links are far from clear, with gold."""
    spans = (Span(0, 2), Span(3, 4), Span(5, 7))
    return SentencePair(
        f"p{k}", Sentence(tuple(f"s{i}" for i in range(n)), "en"), Sentence(tuple(f"t{j}" for j in range(n)), "de"),
        source_entities=tuple(Entity(span, label) for span, label in zip(spans, ("PER", "LOC", "ORG"), strict=True)),
        target_entities=(Entity(spans[0], "PER"),),
        alignment=Alignment(frozenset((rng.randrange(n), rng.randrange(n)) for _ in range(9))),
    )  # fmt: skip


def found_in(changed):
    return {(c.pair_id, frozenset((e.span, e.label) for e in c.after)) for c in changed}


def test_what_is_said_to_change_is_what_a_run_changes():
    store, rng = open_store(), random.Random(3)
    corpus_id = corpora.create(store, ADA, "Tangled")
    corpora.add(store, ADA, corpus_id, [tangled(k, rng) for k in range(40)])
    project_corpus(store, ADA, corpus_id, GIVEN)
    assert changes(store, ADA, Order(corpus_id, GIVEN)).changed == ()
    moved = GIVEN.updated({"score.weights.coverage": 2.0, "score.weights.links": 0.1})
    said = changes(store, ADA, Order(corpus_id, moved))
    assert (said.n_compared, said.n_unlinked, said.n_gold) == (40, 0, 40)
    assert 5 < len(said.changed) < 40
    project_corpus(store, ADA, corpus_id, moved)
    back = changes(store, ADA, Order(corpus_id, GIVEN))  # what is held is compared with what is stored now
    assert found_in(said.changed) == {(c.pair_id, frozenset((e.span, e.label) for e in c.before)) for c in back.changed}
    assert (back.before, back.after) == (said.after, said.before)
    greedy = moved.updated({"match.name": "greedy", "labels": ["PER"]})
    only = changes(store, ADA, Order(corpus_id, greedy))
    assert {e.label for c in only.changed for e in c.after} <= {"PER"}


def test_links_come_from_the_cache_or_the_sentence_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("XNER_CACHE", str(tmp_path))
    monkeypatch.setenv("XNER_CACHE_SIZE", "1MB")
    config, pairs = tiny_encoder_and_pairs(tmp_path / "model")
    store = open_store()
    corpus_id = corpora.create(store, ADA, "Aligned")
    corpora.add(store, ADA, corpus_id, pairs)
    project_corpus(store, ADA, corpus_id, config)
    monkeypatch.setattr("xner.align.embedding.load_encoder", lambda *_names, **_more: pytest.fail("was asked"))
    same = changes(store, ADA, Order(corpus_id, config.updated({"score.weights.soft": 0.2})))
    assert (same.n_compared, same.n_unlinked) == (5, 0)
    monkeypatch.undo()
    monkeypatch.setenv("XNER_CACHE", str(tmp_path))
    monkeypatch.setenv("XNER_CACHE_SIZE", "1MB")
    other = changes(store, ADA, Order(corpus_id, config.updated({"align.layer": 2})))
    assert (other.n_compared, other.n_unlinked, other.changed) == (0, 5, ())
    lower = config.updated({"align.layer": 2})
    Pipeline(lower).run(pairs)  # as another corpus, or the command line, brings links to the cache
    assert changes(store, ADA, Order(corpus_id, lower)).n_unlinked == 0


@pytest.mark.parametrize(
    "setting", [{"score.weights.ner": 1.0}, {"extract.name": "recognised"}, {"score.preset": "nmt"}]
)
def test_settings_that_would_ask_a_model_for_every_sentence_are_refused(setting):
    store = open_store()
    corpus_id = corpora.create(store, ADA, "Empty")
    with pytest.raises(ConfigError, match="would ask a model"):
        changes(store, ADA, Order(corpus_id, GIVEN.updated(setting)))
