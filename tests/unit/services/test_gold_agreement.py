"""How two sets of entities agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.services.gold_agreement import compare
from xner.types import Entity, Span


def entity(start: int, end: int, label: str = "PER") -> Entity:
    return Entity(Span(start, end), label)


@pytest.mark.parametrize(
    ("expected", "found", "kinds"),
    [
        ([entity(0, 2)], [entity(0, 2)], ["correct"]),
        ([entity(0, 2)], [entity(0, 1)], ["boundary"]),
        ([entity(0, 2)], [entity(0, 2, "LOC")], ["label"]),
        ([entity(0, 2)], [entity(1, 3, "LOC")], ["label"]),
        ([entity(0, 2)], [], ["missing"]),
        ([], [entity(0, 2)], ["spurious"]),
        ([entity(0, 2)], [entity(2, 3)], ["missing", "spurious"]),
        ([entity(0, 4)], [entity(0, 1), entity(2, 4)], ["boundary", "spurious"]),
        ([entity(0, 2), entity(2, 4)], [entity(2, 4), entity(0, 2)], ["correct", "correct"]),
    ],
)
def test_each_difference_has_one_name(expected, found, kinds):
    assert [row.kind for row in compare(expected, found)] == kinds


disjoint = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2), st.sampled_from(["PER", "LOC"])), max_size=5)


def laid_out(parts: list[tuple[int, int, str]]) -> list[Entity]:
    at, entities = 0, []
    for length, gap, label in parts:
        entities.append(entity(at + gap, at + gap + length, label))
        at += gap + length
    return entities


@given(disjoint, disjoint)
def test_every_entity_of_both_sides_stands_in_exactly_one_row(left, right):
    expected, found = laid_out(left), laid_out(right)
    rows = compare(expected, found)
    assert sorted((r.expected for r in rows if r.expected), key=lambda e: e.span) == expected
    assert sorted((r.found for r in rows if r.found), key=lambda e: e.span) == found


@given(disjoint)
def test_a_set_agrees_with_itself(parts):
    entities = laid_out(parts)
    assert {row.kind for row in compare(entities, entities)} <= {"correct"}
