"""Methods by their words in an address, and where they differ on a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.app.conftest import make_pair
from xner.errors import ConfigError, LimitExceeded
from xner.services import compare_methods
from xner.services.compare_methods import absent_tokens, by_entity, marks, outcome_of, parse_method, tidy
from xner.services.named_methods import PRESETS
from xner.types import Entity, Span

GIVEN = "align.name=given"


@pytest.mark.parametrize("word", PRESETS)
def test_every_preset_is_a_configuration(word):
    method = parse_method(word)
    assert (method.spec, method.title) == (word, PRESETS[word].title)


@given(st.lists(st.sampled_from(["default", "greedy-links", " match.name = greedy", "extract.max_tokens=3 ", "", ";"])))
def test_tidying_twice_changes_nothing(parts):
    once = tidy(";".join(parts))
    assert tidy(once) == once


def test_settings_after_a_word_win_over_those_of_the_word():
    config = parse_method(f"greedy-links; match.name=exact; {GIVEN}").config
    assert (config.match.name, config.score.preset, config.align.name) == ("exact", "align", "given")


@pytest.mark.parametrize(
    "spec", ["gredy-links", "match.nam=greedy", "match.per_entity=many", "default;heuristic", " ; "]
)
def test_what_nobody_knows_is_told_with_what_is_known(spec):
    with pytest.raises(ConfigError) as caught:
        parse_method(spec)
    assert str(caught.value)


def test_an_endless_method_is_refused():
    with pytest.raises(LimitExceeded):
        parse_method("a" * 501)


@pytest.mark.parametrize(
    "part",
    [
        "align.model=/etc", "align.model=../x", "align.model=xner/models", "score.ner_model=.", "align.revision=main",
        "match.time_limit_s=1e9", "translate.tokenizer=x", "back_translate.beams=32",
    ],
)  # fmt: skip
def test_a_link_names_no_file_and_sets_no_effort(part):
    with pytest.raises(ConfigError, match="link"):
        parse_method(part)


def test_a_link_may_name_a_model_that_is_here():
    assert parse_method("recognise.model=e5-ner").config.recognise.model == "e5-ner"


def test_a_model_that_is_not_here_is_never_fetched_for_a_link():
    def analyse(pair, config, learned):
        raise AssertionError("it was asked to run")

    outcome = outcome_of("align.model=nobody/knows-this", make_pair(), analyse)
    assert outcome.trace is None
    assert any("nobody/knows-this" in need.command for need in outcome.needs)


@pytest.mark.parametrize("preset", ["edges", "statistical", "united"])
def test_a_typed_sentence_says_why_it_has_nothing_to_learn_from(preset, monkeypatch):
    monkeypatch.setattr(compare_methods, "lacking", lambda *_: ())
    outcome = outcome_of(preset, make_pair())
    assert outcome.trace is None
    assert outcome.problem is not None
    assert "stands alone" in outcome.problem.message


def test_a_failing_method_is_a_failure_and_no_empty_result():
    outcome = outcome_of("given-links;match.constraint=>=;match.per_entity=4", make_pair())
    assert outcome.entities is None
    assert outcome.problem is not None
    assert outcome.problem.code == "INFEASIBLE"


def test_marks_tell_how_each_entity_stands_to_the_reference():
    reference = [Entity(Span(0, 2), "PER"), Entity(Span(3, 4), "LOC"), Entity(Span(6, 7), "ORG")]
    found = [Entity(Span(0, 1), "PER"), Entity(Span(3, 4), "LOC"), Entity(Span(8, 9), "ORG")]
    assert [mark.kind for mark in marks(reference, found)] == ["boundary", "correct", "spurious"]
    assert absent_tokens(reference, found) == (1, 6)


def outcomes(*specs):
    return [outcome_of(f"{spec};{GIVEN}", make_pair()) for spec in specs]


def test_each_source_entity_has_one_row_with_a_place_by_method():
    rows = by_entity(outcomes("default", "heuristic"))
    assert [(row.label, row.text) for row in rows] == [("PER", "Mira Halvorsen"), ("LOC", "Bergen")]
    assert [[len(placing) for placing in row.placings] for row in rows] == [[1, 1], [1, 1]]
    assert [len(row.groups) for row in rows] == [1, 1]


def test_methods_that_place_an_entity_otherwise_stand_apart():
    rows = by_entity(outcomes("default", "default;extract.max_tokens=1"))
    assert [methods for _, methods in rows[0].groups] == [[0], [1]]
    assert [methods for _, methods in rows[1].groups] == [[0, 1]]


def test_a_method_that_did_not_run_has_no_part_in_the_agreement():
    rows = by_entity([*outcomes("default"), outcome_of("nonsense", make_pair())])
    assert all(row.placings[1] is None for row in rows)
    assert all(len(row.groups) == 1 for row in rows)


def test_equal_names_in_one_source_are_two_rows():
    from dataclasses import replace

    from xner.types import Alignment, Sentence

    pair = replace(
        make_pair(), source=Sentence(("Bergen", "or", "Bergen"), "en"), target=Sentence(("Bergen", "oder", "B"), "de"),
        source_entities=(Entity(Span(0, 1), "LOC"), Entity(Span(2, 3), "LOC")), target_entities=None,
        alignment=Alignment(frozenset({(0, 0), (2, 2)})),
    )  # fmt: skip
    rows = by_entity([outcome_of(f"default;{GIVEN}", pair)])
    assert [[e.span.start for e in row.placings[0] or ()] for row in rows] == [[0], [2]]


def test_a_pair_that_brings_its_names_needs_no_recogniser(monkeypatch):
    config = parse_method(f"{GIVEN};recognise.model=nobody_has_this").config
    assert compare_methods.lacking(config)
    assert not compare_methods.lacking(config, make_pair())
