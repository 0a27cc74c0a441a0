import pytest

from xner.align import aligners
from xner.errors import ConfigError
from xner.extract import extractors
from xner.match import matchers
from xner.recognise import recognisers
from xner.registry import Registry
from xner.score import scorers


def test_the_names_of_the_architecture_are_registered():
    assert aligners.names() == ["argmax", "awesome", "given", "itermax", "mwmf", "simalign", "statistical"]
    assert extractors.names() == ["aligned", "ngram", "recognised"]
    assert matchers.names() == ["exact", "garcia_ferrero", "greedy", "heuristic", "marked"]
    assert recognisers.names() == ["given", "spacy", "transformers"]
    assert scorers.names() == ["copy", "coverage", "edges", "links", "ner", "ner_span", "nmt", "soft"]


def test_a_name_is_taken_once():
    registry = Registry[int]("number")
    registry.register("one")(1)
    with pytest.raises(ValueError, match="registered already"):
        registry.register("one")(2)
    assert registry.get("one") == 1


def test_an_unknown_name_gets_the_nearest_and_the_list():
    with pytest.raises(ConfigError) as caught:
        matchers.get("greedi")
    assert "Did you mean 'greedy'" in str(caught.value)
    assert "heuristic" in str(caught.value)


def test_packages_add_names_through_entry_points(monkeypatch):
    class Point:
        name = "theirs"

        @staticmethod
        def load():
            return 42

    monkeypatch.setattr("xner.registry.entry_points", lambda group: [Point] if group == "xner.number" else [])
    assert Registry[int]("number").get("theirs") == 42
