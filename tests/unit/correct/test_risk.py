"""Risk: in [0, 1], never less for more doubt, and explained by its terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.correct.risk import MARGIN_WEIGHT, WEIGHTS, explain, formula, margin_of, risk_of
from xner.correct.smart_tags import TAGS
from xner.types import Entity, Projection, RunnerUp, Span

names = st.sampled_from(sorted(TAGS))
margins = st.none() | st.floats(0, 2)


def projection(margin):
    return Projection("1", (Entity(Span(0, 1), "PER", 1.0),), "ok", runner_up=(RunnerUp(None, margin),))


def test_every_tag_has_a_weight_and_nothing_else_has():
    assert WEIGHTS.keys() == TAGS.keys()
    assert all(weight > 0 for weight in WEIGHTS.values())


@given(st.sets(names), names, margins)
def test_one_tag_more_is_never_less_risk(tags, more, margin):
    assert 0 <= risk_of(tags, projection(margin)) <= risk_of(tags | {more}, projection(margin)) <= 1


@given(names, st.sets(names, max_size=1))
def test_below_the_ceiling_one_tag_more_is_more_risk(more, tags):
    if more not in tags and sum(WEIGHTS[name] for name in tags) < 1:
        assert risk_of(tags | {more}) > risk_of(tags)


@given(st.sets(names), st.floats(0, 1), st.floats(0, 1))
def test_a_smaller_margin_is_never_less_risk(tags, one, other):
    low, high = sorted((one, other))
    assert risk_of(tags, projection(low)) >= risk_of(tags, projection(high))


@given(st.lists(names))
def test_the_order_of_tags_and_repeating_one_do_not_matter(tags):
    assert risk_of(tags) == risk_of(sorted(set(tags)))


def test_a_failed_pair_has_the_highest_risk_there_is():
    assert risk_of(["failed"]) == 1.0


def test_no_evidence_is_no_doubt():
    assert risk_of([], None) == risk_of([], projection(None)) == risk_of([], Projection.failed("1", "no")) == 0


def test_the_margin_is_the_smallest_share_of_a_score():
    entities = tuple(Entity(Span(k, k + 1), "PER", score) for k, score in enumerate((2.0, 1.0, None, 0.0)))
    runners = tuple(RunnerUp(None, margin) for margin in (0.5, None, 0.1, 0.0))
    assert margin_of(Projection("1", entities, "ok", runner_up=runners)) == 0.25


def test_no_lead_at_all_has_the_whole_weight_of_the_margin():
    assert risk_of([], projection(0.0)) == MARGIN_WEIGHT
    assert risk_of([], projection(0.25)) == pytest.approx(MARGIN_WEIGHT / 2)


def test_the_formula_names_every_tag_with_its_weight():
    assert all(f"{weight:.2f} {name}" in formula() for name, weight in WEIGHTS.items())


def test_the_explanation_names_what_is_set_and_says_where_it_was_capped():
    text = explain(["methods-disagree", "missing", "failed"], projection(0.1))
    assert text.startswith("risk 1.00 = 1.00 failed + ")
    assert "0.24 narrow margin" in text
    assert text.endswith("(at most 1)")
    assert "no smart tag" in explain([])
