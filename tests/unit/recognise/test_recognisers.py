import pytest

from xner.config import RecogniseConfig
from xner.errors import InputError, ModelUnavailable
from xner.recognise import recognisers
from xner.types import Entity, Sentence, Span


def _sentence(text, lang="en"):
    return Sentence(tuple(text.split()), lang)


@pytest.fixture(scope="module")
def spacy_recogniser():
    return recognisers.get("spacy")(RecogniseConfig())


def test_spacy_maps_labels_on_given_tokens(spacy_recogniser):
    (entities,) = spacy_recogniser.recognise([_sentence("Angela Merkel visited Microsoft in London on Monday .")])
    assert entities == (
        Entity(Span(0, 2), "PER"),
        Entity(Span(3, 4), "ORG"),
        Entity(Span(5, 6), "LOC"),
    )  # Monday is a DATE, which is not in the default map


def test_dates_come_with_one_setting():
    config = RecogniseConfig(label_map={"DATE": "DATE", "GPE": ""})
    (entities,) = recognisers.get("spacy")(config).recognise([_sentence("She arrived in London on Monday .")])
    assert entities == (Entity(Span(5, 6), "DATE"),)


@pytest.mark.parametrize(
    ("words", "start", "end", "expected"),
    [
        (["the", "BBC"], 0, 2, Span(1, 2)),
        (["Okoye", "'s"], 0, 2, Span(0, 1)),
        (["the"], 0, 1, None),
        (["A", "Coruña", "'s"], 0, 3, Span(1, 2)),
        (["Oslo"], 0, 1, Span(0, 1)),
    ],
)
def test_articles_and_possessives_are_trimmed(spacy_recogniser, words, start, end, expected):
    assert spacy_recogniser._trimmed(words, start, end) == expected


def test_trimming_can_be_switched_off():
    plain = recognisers.get("spacy")(RecogniseConfig(trim_articles=False, trim_possessive=False))
    assert plain._trimmed(["the", "BBC", "'s"], 0, 3) == Span(0, 3)


def test_another_language_is_refused_not_guessed(spacy_recogniser):
    with pytest.raises(InputError, match="source language is 'fr'"):
        spacy_recogniser.recognise([_sentence("Il habite à Paris", "fr")])


def test_a_model_that_is_not_installed_is_named_with_its_pin():
    with pytest.raises(ModelUnavailable, match="de_core_news_xx"):
        recognisers.get("spacy")(RecogniseConfig(model="de_core_news_xx")).recognise([_sentence("Hallo", "de")])


def test_given_refuses_to_invent_an_empty_annotation():
    given = recognisers.get("given")(RecogniseConfig(name="given"))
    assert given.recognise([]) == []
    with pytest.raises(InputError, match="no source entities"):
        given.recognise([_sentence("Hello")])
