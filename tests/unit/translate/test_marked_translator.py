"""Entities that go through a translator between brackets, and what is left of them."""

import shutil
from pathlib import Path

import pytest

from xner.config import BackTranslateConfig, TranslateConfig
from xner.errors import ConfigError, TranslationFailed
from xner.translate import translators
from xner.translate.base import CarriesEntities
from xner.translate.marked import MarkedTranslator
from xner.translate.markers import mark
from xner.types import Entity, Sentence, Span


class Dictionary:
    """Translates by table, what is not in it by itself, and remembers what it was asked for."""

    def __init__(self, table):
        self.table, self.asked = table, []

    def __call__(self, config):
        return self

    def translate(self, texts, source, target):
        self.asked.append((list(texts), source, target))
        return [self.table.get(text, text) for text in texts]

    def describe(self):
        return "dictionary"


@pytest.fixture
def through(monkeypatch):
    def make(table, config=None):
        dictionary = Dictionary(table)
        monkeypatch.setattr(translators, "get", lambda name: dictionary)
        return MarkedTranslator("dictionary", config or TranslateConfig()), dictionary

    return make


ENTITIES = (Entity(Span(0, 2), "PER"), Entity(Span(3, 4), "LOC"))
SENT = "[Ada Diop] governs [Mali]."


def english():
    from xner.text.tokenise import tokenise

    return tokenise("Ada Diop governs Mali.", "en")


def test_sentence_and_each_entity_alone_are_asked_for_at_once(through):
    ours, dictionary = through({})
    ours.translate_marked([(english(), ENTITIES), (english(), ENTITIES)], "es")
    assert dictionary.asked == [([SENT, SENT, "Ada Diop", "Mali"], "en", "es")]


def test_entities_come_back_with_their_source_in_another_order(through):
    ours, _ = through({SENT: "En [Malí] gobierna [Ada Diop].", "Mali": "Malí"})
    (made,) = ours.translate_marked([(english(), ENTITIES)], "es")
    assert made.sentence.tokens == ("En", "Malí", "gobierna", "Ada", "Diop", ".")
    assert made.sentence.text == "En Malí gobierna Ada Diop."
    assert made.sentence.lang == "es"
    assert made.entities == (Entity(Span(1, 2), "LOC", source=1), Entity(Span(3, 5), "PER", source=0))
    assert (made.n_lost, made.raw) == (0, "En [Malí] gobierna [Ada Diop].")


@pytest.mark.parametrize(
    ("answer", "n_lost"),
    [("Ada Diop governs [Mali].", 1), ("Ada Diop governs Mali.", 2), ("[Ada Diop governs Mali.", 2), ("[][] x", 2),
     ("[Ada Diop] governs [something else].", 1)],
)  # fmt: skip
def test_a_lost_marker_is_counted_and_no_bracket_stays(through, answer, n_lost):
    ours, _ = through({SENT: answer})
    (made,) = ours.translate_marked([(english(), ENTITIES)], "es")
    assert made.n_lost == n_lost
    assert len(made.entities) == 2 - n_lost
    assert not {"[", "]"} & set("".join(made.sentence.tokens))


def test_brackets_that_belong_to_no_entity_stay_where_that_is_wanted(through):
    ours, _ = through({SENT: "[x] Ada [Mali]"}, BackTranslateConfig(keep_brackets=True))
    (made,) = ours.translate_marked([(english(), ENTITIES)], "es")
    assert made.sentence.tokens == ("[", "x", "]", "Ada", "Mali")
    assert [entity.span for entity in made.entities] == [Span(4, 5)]


def test_the_similarity_that_is_needed_can_be_set(through):
    for similarity, n_lost in ((0.5, 0), (0.95, 2)):
        ours, _ = through({SENT: "[Ada Diop] a [Mali]"}, BackTranslateConfig(similarity=similarity))
        assert ours.translate_marked([(english(), ENTITIES)], "es")[0].n_lost == n_lost
        assert f"+similarity:{similarity}" in ours.describe()


def test_brackets_of_the_sentence_itself_are_not_taken_for_markers():
    sentence = Sentence(("[", "sic", "]", "Mali", "【", "x", "】"), "en")
    assert mark(sentence, [Entity(Span(3, 4), "LOC")]) == "( sic ) [Mali] ( x )"


def test_brackets_of_other_scripts_are_read(through):
    ours, _ = through({SENT: "【Ada Diop】治理［Mali］。"})
    (made,) = ours.translate_marked([(english(), ENTITIES)], "zh")
    assert made.n_lost == 0
    assert made.sentence.tokens[0:2] == ("Ada", "Diop")
    assert made.sentence.text == "Ada Diop治理Mali。"


def test_a_token_boundary_is_where_a_bracket_was(through):
    ours, _ = through({SENT: "Das [Mali]s von [Ada Diop]"})
    (made,) = ours.translate_marked([(english(), ENTITIES)], "de")
    assert made.sentence.tokens == ("Das", "Mali", "s", "von", "Ada", "Diop")
    assert made.sentence.text == "Das Malis von Ada Diop"


def test_sentences_of_several_languages_go_each_their_way_and_back_in_order(through):
    ours, dictionary = through({})
    other = Sentence(("Uhuru",), "sw")
    made = ours.translate_marked([(english(), ENTITIES), (other, ()), (english(), ENTITIES)], "es")
    assert [(texts[0], source) for texts, source, _ in dictionary.asked] == [(SENT, "en"), ("Uhuru", "sw")]
    assert [m.sentence.tokens[0] for m in made] == ["Ada", "Uhuru", "Ada"]


def test_a_translation_of_nothing_is_a_failure(through):
    ours, _ = through({SENT: "[ ]"})
    with pytest.raises(TranslationFailed):
        ours.translate_marked([(english(), ENTITIES)], "es")


@pytest.mark.parametrize("name", ["apertium", "m2m", "marian", "nllb"])
def test_marked_translators_are_found_by_name(name):
    assert f"marked:{name}" in translators.names()
    assert isinstance(translators.get(f"marked:{name}")(TranslateConfig()), CarriesEntities)
    assert not isinstance(translators.get(name)(TranslateConfig()), CarriesEntities)


def test_a_name_that_is_none_says_which_there_are():
    with pytest.raises(ConfigError, match="marked:apertium"):
        translators.get("marked:given")


@pytest.mark.skipif(
    shutil.which("apertium") is None or not Path("/usr/share/apertium/modes/eng-spa.mode").exists(),
    reason="Apertium with the direction eng-spa is not installed",
)
def test_brackets_survive_apertium():
    from xner.text.tokenise import tokenise

    sentence = tokenise("The European Commission met in London.", "en")
    entities = (Entity(Span(1, 3), "ORG"), Entity(Span(5, 6), "LOC"))
    ours = translators.get("marked:apertium")(TranslateConfig())
    (made,) = ours.translate_marked([(sentence, entities)], "es")
    assert made.n_lost == 0
    named = [(made.sentence.tokens[e.span.start : e.span.end], e.label, e.source) for e in made.entities]
    assert named == [(("Comisión", "europea"), "ORG", 0), (("Londres",), "LOC", 1)]
