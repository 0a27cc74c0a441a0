"""The checker finds every kind of wrong solution."""

from __future__ import annotations

import numpy as np
import pytest

from xner.config import MatchConfig
from xner.match import Matching, MatchRequest, Selection, check_matching
from xner.types import Alignment, Candidate, Entity, ScoreTable, Sentence, Span

REQUEST = MatchRequest(
    ScoreTable(
        (Entity(Span(0, 1), "PER"), Entity(Span(1, 2), "LOC")),
        (Candidate(Span(0, 2)), Candidate(Span(1, 3)), Candidate(Span(2, 3))),
        np.array([[0.5, 0.25, 0.0], [0.0, 0.0, 0.75]]),
    ),
    Alignment(frozenset()),
    Sentence(("a", "b", "c"), "und"),
)
LEFT, RIGHT = Selection(0, Span(0, 2)), Selection(1, Span(2, 3))


def complaints(*selections: Selection, objective: float | None = 1.25, **settings: object) -> str:
    return " ".join(check_matching(REQUEST, Matching(selections, objective), MatchConfig(**settings)))


def test_a_valid_solution_has_no_complaints() -> None:
    assert complaints(LEFT, RIGHT) == ""
    assert complaints(LEFT, RIGHT, constraint="=") == ""
    assert complaints(objective=0.0) == ""


@pytest.mark.parametrize(
    ("selections", "objective", "settings", "expected"),
    [
        ((LEFT, Selection(1, Span(2, 4))), 1.25, {}, "outside 3 tokens"),
        ((Selection(0, Span(1, 3)), RIGHT), 1.0, {}, "overlap"),
        ((RIGHT, LEFT), 1.25, {}, "out of order"),
        ((Selection(2, Span(0, 2)),), 0.5, {}, "no entity 2"),
        ((Selection(0, Span(0, 1)),), 0.5, {}, "can't have [0, 1)"),
        ((Selection(1, Span(0, 2)),), 0.0, {}, "can't have [0, 2): score 0.0"),
        ((LEFT,), 0.0, {"offset": 0.5}, "can't have"),
        ((LEFT,), 0.5, {"constraint": "="}, "entity 1 has 0 spans, not = 1"),
        ((LEFT, RIGHT), 1.25, {"constraint": ">=", "per_entity": 2}, "entity 0 has 1 spans, not >= 2"),
        ((LEFT, RIGHT), 1.5, {}, "objective 1.5 is not the sum"),
    ],
)
def test_a_wrong_solution_is_named(selections, objective, settings, expected: str) -> None:
    assert expected in complaints(*selections, objective=objective, **settings)


def test_more_spans_than_allowed_are_named() -> None:
    table = ScoreTable(REQUEST.table.entities[:1], REQUEST.table.candidates, np.array([[0.5, 0.0, 0.5]]))
    request = MatchRequest(table, REQUEST.alignment, REQUEST.target)
    both = Matching((LEFT, Selection(0, Span(2, 3))), 1.0)
    assert check_matching(request, both, MatchConfig()) == ["entity 0 has 2 spans, not <= 1"]
    assert check_matching(request, both, MatchConfig(per_entity=2)) == []


def test_a_solution_without_objective_is_checked_for_its_spans_only() -> None:
    assert complaints(Selection(0, Span(0, 1)), objective=None) == ""
    assert "overlap" in complaints(Selection(0, Span(0, 2)), Selection(1, Span(1, 2)), objective=None)
