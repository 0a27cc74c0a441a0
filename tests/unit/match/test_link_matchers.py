"""Rules over links: heuristic projection and García-Ferrero's."""

from __future__ import annotations

import numpy as np
import pytest

from xner.config import MatchConfig
from xner.match import Matching, MatchRequest, matchers
from xner.match.garcia_ferrero import garcia_ferrero_labels
from xner.match.heuristic import heuristic_labels
from xner.match.runs import joined, runs_of
from xner.types import Alignment, Entity, ScoreTable, Sentence, Span


def entities(*described: tuple[int, int, str]) -> tuple[Entity, ...]:
    return tuple(Entity(Span(start, end), label) for start, end, label in described)


def match(tokens: list[str], given: tuple[Entity, ...], links: set[tuple[int, int]], **settings: object) -> Matching:
    config = MatchConfig(**settings)
    table = ScoreTable(given, (), np.zeros((len(given), 0)))
    request = MatchRequest(table, Alignment(frozenset(links)), Sentence(tuple(tokens), "und"))
    return matchers.get(config.name)(config).match(request)


def chosen(found: Matching) -> list[tuple[int, int, int]]:
    return [(selection.entity, selection.span.start, selection.span.end) for selection in found.selections]


def test_runs_are_maximal_and_joined_across_short_gaps_only() -> None:
    assert runs_of([7, 1, 2, 4, 1]) == [(1, 3), (4, 5), (7, 8)]
    assert joined(runs_of([1, 2, 4, 7]), 1) == [(1, 5), (7, 8)]
    assert joined(runs_of([1, 2, 4, 7]), 2) == [(1, 8)]
    assert joined(runs_of([1, 2, 4]), 1, keep_apart=[4]) == [(1, 3), (4, 5)]


def test_a_gap_that_is_linked_to_another_entity_is_filled_as_well() -> None:
    given = entities((0, 2, "PER"))
    assert heuristic_labels(3, given, {(0, 0), (1, 2), (5, 1)}) == ["B-PER", "I-PER", "I-PER"]


def test_only_i_has_no_effect_without_merging() -> None:
    given, links = entities((0, 2, "PER")), {(0, 0), (0, 2), (1, 3)}
    settings = {"merge_distance": 0, "min_length_ratio": None}
    assert heuristic_labels(4, given, links, only_i=True, **settings) == heuristic_labels(4, given, links, **settings)


@pytest.mark.parametrize(("by", "expected"), [("longest", [2, 3]), ("shortest", [0])])
def test_top_k_keeps_the_longest_or_for_old_rows_the_shortest(by: str, expected: list[int]) -> None:
    labels = heuristic_labels(
        4,
        entities((0, 2, "X")),
        {(0, 0), (0, 2), (1, 3)},
        merge_distance=0,
        min_length_ratio=None,
        top_k=1,
        top_k_by=by,
    )
    assert [position for position, label in enumerate(labels) if label != "O"] == expected


def test_without_a_ratio_every_run_is_written() -> None:
    found = match(list("abcd"), entities((0, 2, "X")), {(0, 0), (1, 3)}, name="heuristic", min_length_ratio=None)
    assert chosen(found) == [(0, 0, 1), (0, 3, 4)]


def test_overwriting_leaves_an_orphan_that_the_matcher_turns_into_a_span_of_its_writer() -> None:
    given, links = entities((0, 2, "PER"), (2, 3, "LOC")), {(0, 0), (1, 1), (2, 0)}
    settings = {"name": "heuristic", "order": "given", "collision": "overwrite"}
    assert heuristic_labels(3, given, links, order="given", collision="overwrite") == ["B-LOC", "I-PER", "O"]
    assert chosen(match(list("xyz"), given, links, **settings)) == [(1, 0, 1), (0, 1, 2)]


def test_an_overwritten_entity_keeps_both_its_ends() -> None:
    given, links = entities((0, 3, "ORG"), (3, 4, "LOC")), {(0, 0), (1, 1), (2, 2), (3, 1)}
    found = match(list("xyz"), given, links, name="heuristic", preset="nodalida2025")
    assert chosen(found) == [(0, 0, 1), (1, 1, 2), (0, 2, 3)]


def test_unlinked_entities_and_empty_input_give_nothing() -> None:
    assert match([], (), set(), name="heuristic") == Matching(())
    assert match(["a"], entities((0, 1, "X")), set(), name="heuristic") == Matching(())
    assert match(["a"], entities((0, 1, "X")), set(), name="garcia_ferrero") == Matching(())


def test_the_longest_run_wins_and_of_equal_ones_the_first() -> None:
    given = entities((0, 3, "LOC"))
    assert garcia_ferrero_labels(list("abcdefg"), given, [[0, 3, 4]]) == ["O"] * 3 + ["B-LOC", "I-LOC", "O", "O"]
    assert garcia_ferrero_labels(list("abcdefg"), given, [[0, 3]])[0] == "B-LOC"


def test_a_gap_is_measured_in_tokens_between_runs() -> None:
    given = entities((0, 3, "LOC"))
    assert garcia_ferrero_labels(list("abcde"), given, [[0, 1, 3, 4]]) == ["B-LOC"] + ["I-LOC"] * 4
    assert garcia_ferrero_labels(list("abcde"), given, [[0, 1, 4]]) == ["B-LOC", "I-LOC", "O", "O", "O"]
    assert garcia_ferrero_labels(list("abcde"), given, [[0, 1, 4]], 2) == ["B-LOC"] + ["I-LOC"] * 4


def test_linked_punctuation_is_dropped_and_alone_drops_the_entity() -> None:
    assert garcia_ferrero_labels(["a", "..."], entities((0, 1, "X")), [[1]]) == ["O", "O"]
    assert garcia_ferrero_labels(["a", "»"], entities((0, 1, "X")), [[1]]) == ["O", "B-X"]


@pytest.mark.parametrize(
    ("labels", "linked", "expected"),
    [
        (("A", "B"), [[0, 1], [1]], ["B-A", "I-A", "O"]),
        (("A", "B"), [[0], [0, 1]], ["B-B", "I-B", "O"]),
        (("A", "B"), [[0, 1], [1, 2]], ["O", "B-B", "I-B"]),
        (("A", "A"), [[0, 1], [1, 2]], ["B-A", "I-A", "I-A"]),
        (("A", "B"), [[2], [0, 1]], ["B-B", "I-B", "B-A"]),
    ],
)
def test_collisions_go_to_the_union_the_longer_or_the_later(labels, linked, expected: list[str]) -> None:
    given = entities((0, 1, labels[0]), (1, 2, labels[1]))
    assert garcia_ferrero_labels(list("xyz"), given, linked) == expected


def test_a_union_that_meets_a_third_entity_competes_as_one() -> None:
    given = entities((0, 1, "A"), (1, 2, "B"), (2, 3, "A"))
    tokens, linked = list("uvwxyz"), [[0, 1], [2, 3], [1, 2]]
    assert garcia_ferrero_labels(tokens, given, linked) == ["B-A", "I-A", "I-A", "O", "O", "O"]


def test_the_garcia_ferrero_matcher_reads_links_and_its_gap() -> None:
    given, links = entities((0, 2, "LOC"), (2, 3, "PER")), {(0, 0), (1, 2), (2, 4)}
    tokens = list("abcde")
    assert chosen(match(tokens, given, links, name="garcia_ferrero")) == [(0, 0, 3), (1, 4, 5)]
    assert chosen(match(tokens, given, links, name="garcia_ferrero", fill_gap_size=0)) == [(0, 0, 1), (1, 4, 5)]


def test_descriptions_tell_settings_apart() -> None:
    settings = [
        {}, {"merge_distance": 2}, {"only_i": True}, {"min_length_ratio": None}, {"top_k": 1},
        {"top_k": 1, "top_k_by": "shortest"}, {"order": "given"}, {"collision": "overwrite"},
    ]  # fmt: skip
    described = {matchers.get("heuristic")(MatchConfig(**values)).describe() for values in settings}
    gaps = {matchers.get("garcia_ferrero")(MatchConfig(fill_gap_size=gap)).describe() for gap in (0, 1)}
    assert (len(described), len(gaps)) == (len(settings), 2)


def test_a_span_never_takes_tokens_that_another_entity_wrote() -> None:
    """Entity 1 overwrites the middle of entity 0, which has the same label: three spans, each with its own source."""
    given = entities((0, 3, "PER"), (3, 4, "PER"))
    links = {(0, 0), (1, 1), (2, 2), (3, 1)}
    found = match(
        ["a", "b", "c"], given, links, name="heuristic", order="given", collision="overwrite", min_length_ratio=None
    )
    assert chosen(found) == [(0, 0, 1), (1, 1, 2), (0, 2, 3)]
