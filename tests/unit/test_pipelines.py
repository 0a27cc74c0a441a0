"""Pipelines that make a side, or a second translation, with translators that are tables: no model runs here."""

from dataclasses import replace

import pytest

from xner.config import RunConfig
from xner.errors import ConfigError, InputError, TranslationFailed
from xner.pipeline import Pipeline
from xner.recognise.base import recognisers
from xner.text.tokenise import tokenise
from xner.translate.base import MarkedTranslation, translators
from xner.types import Alignment, Entity, Sentence, SentencePair, Span

WORDS = {"Awa": "Awa", "lives": "lebt", "in": "in", "Mali": "Malí", "lebt": "lives", "Malí": "Mali"}
SOURCE, TARGET = Sentence(("Awa", "lives", "in", "Mali"), "en"), Sentence(("Awa", "lebt", "in", "Malí"), "de")
ENTITIES = (Entity(Span(0, 1), "PER"), Entity(Span(3, 4), "LOC"))
LOST = "qaa"
"""Language in which the second marker gets lost."""


class Table:
    def __init__(self, config):
        self.config = config

    def translate(self, texts, source, target):
        return [" ".join(WORDS[word] for word in text.split()) for text in texts]

    def describe(self):
        return "table"


class MarkedTable(Table):
    def translate_marked(self, pairs, target):
        kept = [[e for e in entities if not (target == LOST and e.label == "LOC")] for _, entities in pairs]
        return [
            MarkedTranslation(
                tokenise(" ".join(WORDS[token] for token in sentence.tokens), target),
                tuple(replace(e, source=entities.index(e)) for e in found), len(entities) - len(found), "raw",
            )
            for (sentence, entities), found in zip(pairs, kept, strict=True)
        ]  # fmt: skip


class Capitals:
    """Finds every capitalised word to be a LOC."""

    def __init__(self, config):
        pass

    def recognise(self, sentences):
        return [
            tuple(Entity(Span(k, k + 1), "LOC", score=0.5) for k, t in enumerate(s.tokens) if t[0].isupper())
            for s in sentences
        ]

    def describe(self):
        return "capitals"


class Monotone:
    """Links the tokens of like position."""

    def __init__(self, config):
        pass

    def align(self, pairs):
        return [Alignment(frozenset((k, k) for k in range(min(len(p.source), len(p.target))))) for p in pairs]

    def describe(self):
        return "monotone"


@pytest.fixture(autouse=True)
def tables(monkeypatch):
    from xner.align.base import aligners

    for registry, name, item in (
        (translators, "table", Table), (translators, "marked:table", MarkedTable),
        (recognisers, "capitals", Capitals), (aligners, "monotone", Monotone),
    ):  # fmt: skip
        monkeypatch.setitem(registry._items, name, item)


def pipeline(**settings):
    names = {"recognise.name": "capitals", "align.name": "monotone", "score.preset": "align"}
    return Pipeline(RunConfig().updated({**names, **{key.replace("__", "."): v for key, v in settings.items()}}))


def pair(**fields):
    return replace(SentencePair("p", SOURCE, TARGET, ENTITIES), **fields)


def spans(trace):
    return [(e.span.start, e.span.end, e.label, e.source) for e in trace.projection.entities]


def test_translate_test_leaves_the_given_source_aside_and_labels_the_given_target():
    gold = (Entity(Span(0, 1), "PER", source=0),)
    (trace,) = pipeline(pipeline="translate-test", translate__name="table").run([pair(target_entities=gold)])
    assert trace.pair.source.tokens == ("Awa", "lives", "in", "Mali")
    assert trace.pair.source.lang == "en"
    assert trace.pair.target is TARGET
    assert trace.pair.target_entities == (Entity(Span(0, 1), "PER"),)
    assert spans(trace) == [(0, 1, "LOC", 0), (3, 4, "LOC", 1)]  # of the recogniser, not of the record
    assert "translate:source+table|entities:capitals" in trace.projection.signature


def test_translate_train_labels_its_own_translation_and_keeps_the_source():
    (trace,) = pipeline(pipeline="translate-train", translate__name="table", translate__to="de").run(
        [pair(target=None)]
    )
    assert trace.pair.source is SOURCE
    assert trace.pair.target.tokens == TARGET.tokens
    assert spans(trace) == [(0, 1, "PER", 0), (3, 4, "LOC", 1)]


def test_the_language_to_translate_into_is_that_of_the_record_or_said_to_be_missing():
    run = pipeline(pipeline="translate-train", translate__name="table").run
    stated = pair(target=None, meta={"_extra": {"target_lang": "de"}})
    assert run([stated])[0].pair.target.lang == "de" == run([pair()])[0].pair.target.lang
    with pytest.raises(InputError, match="language to translate into"):
        run([pair(target=None)])


def test_parallel_asks_the_translator_for_missing_sides_alone():
    ready, no_target = pair(), pair(id="q", target=None, meta={"_extra": {"target_lang": "de"}})
    traces = pipeline(translate__name="table").run([ready, no_target])
    assert [trace.evidence.translated for trace in traces] == [None, "target"]
    assert "translate" not in traces[0].projection.signature
    with pytest.raises(InputError, match="no sentence in 'de'"):
        pipeline().run([no_target])


def test_markers_place_entities_without_an_aligner_and_a_lost_one_fails_the_row():
    settings = {"pipeline": "translate-train", "translate__name": "marked:table", "match__name": "marked"}
    (trace,) = pipeline(**settings, translate__to="de").run([pair(target=None)])
    assert spans(trace) == [(0, 1, "PER", 0), (3, 4, "LOC", 1)]
    with pytest.raises(TranslationFailed, match="1 of 2 markers lost"):
        pipeline(**settings, translate__to=LOST).run([pair(target=None)])
    (kept,) = pipeline(**settings, translate__to=LOST, match__lost_markers="keep").run([pair(target=None)])
    assert spans(kept) == [(0, 1, "PER", 0)]
    assert kept.projection.reason == "1 of 2 markers lost"


def test_model_transfer_reads_the_target_alone():
    (trace,) = pipeline(pipeline="model-transfer").run([pair(source=None, source_entities=None)])
    assert spans(trace) == [(0, 1, "LOC", None), (3, 4, "LOC", None)]
    assert trace.projection.entities[0].score == 0.5
    assert "model-transfer" in trace.projection.signature
    (filtered,) = pipeline(pipeline="model-transfer", labels=("PER",)).run([pair()])
    assert filtered.projection.status == "empty"


def test_a_back_translation_adds_its_scores_to_those_of_the_source():
    (alone,), (both,) = (
        pipeline(**more).run([pair()], explain=True)
        for more in ({}, {"back_translate__use": "add", "back_translate__name": "table"})
    )
    assert both.components["links+back"].tolist() == alone.components["links"].tolist()
    assert both.table.values.tolist() == (2 * alone.table.values).tolist()
    assert "back_translate:add+table" in both.projection.signature
    assert "links+back" not in alone.projection.signature


def test_an_entity_that_lost_its_markers_keeps_the_evidence_of_the_source():
    target = replace(TARGET, lang=LOST)
    settings = {"back_translate__name": "table"}
    (added,) = pipeline(**settings, back_translate__use="add").run([pair(target=target)])
    assert spans(added) == [(0, 1, "PER", 0), (3, 4, "LOC", 1)]
    (replaced,) = pipeline(**settings, back_translate__use="replace").run([pair(target=target)])
    assert spans(replaced) == [(0, 1, "PER", 0)]
    assert replaced.projection.reason == "1 of 2 markers lost"
    only_loc = pair(target=target, source_entities=ENTITIES[1:])
    with pytest.raises(TranslationFailed, match="No entity kept its markers"):
        pipeline(**settings, back_translate__use="replace").run([only_loc])


def test_replacing_the_source_works_for_rules_that_read_links_alone():
    run = pipeline(back_translate__use="replace", back_translate__name="table", match__name="heuristic").run
    assert spans(run([pair()])[0]) == [(0, 1, "PER", 0), (3, 4, "LOC", 1)]


def test_the_round_trip_is_translated_where_the_record_does_not_bring_it():
    run = pipeline(back_translate__use="check", back_translate__name="table").run
    made, brought = run([pair(), pair(id="q", back_translation="Awa is there")])
    assert (made.pair.back_translation, brought.pair.back_translation) == ("Awa lives in Mali", "Awa is there")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"pipeline": "translate-test"}, "needs a translator"),
        ({"back_translate__use": "add"}, "needs a translator"),
        ({"match__name": "marked"}, "reads markers"),
    ],
)
def test_settings_that_exclude_each_other_are_refused_before_the_first_pair(settings, words):
    with pytest.raises(ConfigError, match=words):
        pipeline(**settings)


def test_links_alone_are_evidence_enough():
    links = Alignment(frozenset({(0, 1), (3, 2)}))
    assert spans(pipeline().match(pair(), links)) == [(1, 2, "PER", 0), (2, 3, "LOC", 1)]
