import numpy as np
import pytest

from xner.types import (
    Alignment,
    Candidate,
    Entity,
    Projection,
    RunnerUp,
    ScoreTable,
    Sentence,
    SentencePair,
    Span,
)

SOURCE, TARGET = Sentence(("a", "b"), "en"), Sentence(("x", "y", "z"), "de")


@pytest.mark.parametrize(("start", "end"), [(0, 0), (2, 1), (-1, 1)])
def test_empty_and_negative_spans_cannot_be_made(start, end):
    with pytest.raises(ValueError, match="empty or negative"):
        Span(start, end)


def test_neighbours_do_not_overlap():
    assert not Span(0, 2).overlaps(Span(2, 3))
    assert Span(0, 3).overlaps(Span(2, 3))


def test_an_entity_without_label_cannot_be_made():
    with pytest.raises(ValueError, match="label"):
        Entity(Span(0, 1), "")


@pytest.mark.parametrize("field", [{"offsets": ((0, 1),)}, {"spaces": (True,)}])
def test_a_sentence_has_as_many_offsets_and_spaces_as_tokens(field):
    with pytest.raises(ValueError, match="2 tokens"):
        Sentence(("a", "b"), "en", **field)


@pytest.mark.parametrize(
    ("entities", "problem"),
    [
        ((Entity(Span(1, 3), "PER"),), "ends after token 1"),
        ((Entity(Span(0, 2), "PER"), Entity(Span(1, 2), "LOC")), "overlap or are out of order"),
        ((Entity(Span(1, 2), "PER"), Entity(Span(0, 1), "LOC")), "overlap or are out of order"),
    ],
)
def test_entities_lie_inside_their_sentence_in_order(entities, problem):
    with pytest.raises(ValueError, match=problem):
        SentencePair("1", SOURCE, TARGET, source_entities=entities)


@pytest.mark.parametrize("link", [(2, 0), (0, 3), (-1, 0)])
def test_links_lie_inside_both_sentences(link):
    with pytest.raises(ValueError, match="lies outside 2 source and 3 target tokens"):
        SentencePair("1", SOURCE, TARGET, alignment=Alignment(frozenset({link})))


def test_unknown_and_empty_entities_differ():
    assert SentencePair("1", SOURCE, TARGET).source_entities is None
    assert SentencePair("1", SOURCE, TARGET, source_entities=()) != SentencePair("1", SOURCE, TARGET)


def test_a_score_table_has_one_row_an_entity():
    with pytest.raises(ValueError, match=r"expected \(1, 2\)"):
        ScoreTable((Entity(Span(0, 1), "PER"),), (Candidate(Span(0, 1)), Candidate(Span(1, 2))), np.zeros((2, 1)))


def test_similarity_takes_no_part_in_comparisons():
    links = frozenset({(0, 0)})
    assert Alignment(links, similarity=np.zeros((1, 1), np.float32)) == Alignment(links)


def test_a_failed_projection_has_a_reason_and_no_entities():
    assert Projection.failed("1", "no aligner").reason == "no aligner"
    with pytest.raises(ValueError, match="reason"):
        Projection("1", (), "failed")
    with pytest.raises(ValueError, match="reason"):
        Projection("1", (Entity(Span(0, 1), "PER"),), "failed", reason="x")


def test_every_projected_entity_has_its_runner_up():
    with pytest.raises(ValueError, match="0 entities but 1"):
        Projection("1", (), "empty", runner_up=(RunnerUp(None, 1.0),))
