"""Links set by hand on top of the aligner's."""

from __future__ import annotations

import pytest

from xner.config import RunConfig
from xner.services.inspect_pair import analyse
from xner.services.manual_links import decide, decided_links, rematch_decided
from xner.signature import parse_signature
from xner.types import Alignment, Entity, Sentence, SentencePair, Span

GIVEN = RunConfig().updated({"align.name": "given"})
PAIR = SentencePair(
    "one",
    Sentence(("Mira", "was", "here"), "en"),
    Sentence(("hier", "war", "Mira"), "de"),
    source_entities=(Entity(Span(0, 1), "PER"),),
    alignment=Alignment(frozenset({(0, 2), (1, 1)})),
)


def test_a_decision_outlives_another_aligner():
    decisions = decide(frozenset({(0, 0)}), {}, (1, 1))
    assert decided_links(frozenset({(2, 2)}), decisions) == {(1, 1), (2, 2)}


def test_two_clicks_are_none():
    links = frozenset({(0, 0)})
    for link in ((0, 0), (1, 1)):
        assert decide(links, decide(links, {}, link), link) == {}


def test_a_decision_moves_the_entity_and_stands_in_the_signature():
    trace = analyse(PAIR, GIVEN)
    moved = rematch_decided(trace, GIVEN, {(0, 2): False, (0, 0): True}).projection
    assert moved.entities[0].span == Span(0, 1)
    assert parse_signature(moved.signature or "")["manual_links"] == "+0-0,-0-2"


def test_without_decisions_the_signature_is_that_of_the_pipeline():
    trace = analyse(PAIR, GIVEN)
    assert rematch_decided(trace, GIVEN, {}).projection.signature == trace.projection.signature


def test_matching_that_fails_is_a_failed_projection_with_its_reason():
    trace = analyse(PAIR, GIVEN)
    failed = rematch_decided(trace, GIVEN.updated({"score.weights": {"coverage": 0.0, "soft": 0.0}}), {(0, 0): True})
    assert failed.projection.status == "failed"
    assert (failed.projection.reason or "").startswith("CONFIG")
    assert (0, 0) in failed.alignment.links


@pytest.mark.parametrize("decisions", [{}, {(0, 0): True}])
def test_the_evidence_itself_is_never_changed(decisions):
    trace = analyse(PAIR, GIVEN)
    rematch_decided(trace, GIVEN, decisions)
    assert trace.alignment.links == {(0, 2), (1, 1)}
