import pytest

from xner.evaluate.taxonomy import ERRORS, classify, count_errors, find_cases
from xner.io.labelled import LabelledSentence
from xner.types import Entity, Sentence, Span


def entities(*found: tuple[int, int, str] | tuple[int, int, str, int]) -> list[Entity]:
    return [Entity(Span(f[0], f[1]), f[2], source=f[3] if len(f) > 3 else None) for f in found]


GOLD = [(2, 5, "PER")]


@pytest.mark.parametrize(
    ("kind", "gold", "predicted"),
    [
        ("correct", GOLD, [(2, 5, "PER")]),
        ("missing", GOLD, []),
        ("spurious", [], [(0, 1, "PER")]),
        ("boundary_short", GOLD, [(3, 5, "PER")]),
        ("boundary_long", GOLD, [(1, 6, "PER")]),
        ("boundary_shifted", GOLD, [(4, 6, "PER")]),
        ("label", GOLD, [(2, 5, "ORG")]),
        ("label", GOLD, [(3, 6, "ORG")]),
        ("split", GOLD, [(2, 3, "PER"), (4, 5, "PER")]),
        ("split", GOLD, [(2, 3, "ORG"), (3, 5, "PER")]),
        ("merged", [(0, 1, "LOC"), (2, 3, "LOC")], [(0, 3, "LOC")]),
        ("wrong_link", [(0, 1, "LOC", 0)], [(4, 5, "LOC", 0)]),
    ],
)
def test_one_thing_wrong_is_one_case_of_its_kind(kind: str, gold: list, predicted: list) -> None:
    assert classify(entities(*gold), entities(*predicted)) == [(kind, entities(*gold), entities(*predicted))]


def test_a_projection_that_touches_its_entity_is_no_wrong_link() -> None:
    assert [kind for kind, _, _ in classify(entities((0, 3, "LOC", 0)), entities((2, 4, "LOC", 0)))] == [
        "boundary_shifted"
    ]


def test_a_second_projection_of_an_entity_that_was_found_is_spurious() -> None:
    cases = classify(entities((0, 1, "LOC", 0)), entities((0, 1, "LOC", 0), (3, 4, "LOC", 0)))
    assert [kind for kind, _, _ in cases] == ["correct", "spurious"]


def test_two_projections_that_changed_places_are_two_wrong_links() -> None:
    cases = classify(entities((0, 1, "LOC", 0), (3, 4, "PER", 1)), entities((0, 1, "PER", 1), (3, 4, "LOC", 0)))
    assert [kind for kind, _, _ in cases] == ["wrong_link", "wrong_link"]


def test_without_a_source_the_same_is_missing_and_spurious_and_wrong_links_have_no_count() -> None:
    rows = [
        (LabelledSentence("1", Sentence(("x",) * 6, "sw"), tuple(entities((0, 1, "LOC")))), entities((4, 5, "LOC")))
    ]
    counts = {count.kind: count.n_cases for count in count_errors(find_cases(rows))}
    assert counts == {**dict.fromkeys(ERRORS, 0), "missing": 1, "spurious": 1, "wrong_link": None}


def test_where_several_meet_several_the_largest_overlaps_are_pairs() -> None:
    cases = classify(entities((0, 3, "PER"), (3, 6, "PER")), entities((0, 4, "PER"), (4, 8, "PER"), (9, 10, "PER")))
    assert [(kind, [e.span.start for e in gold], [e.span.start for e in found]) for kind, gold, found in cases] == [
        ("boundary_long", [0], [0]),
        ("boundary_shifted", [3], [4]),
        ("spurious", [], [9]),
    ]


def test_counts_name_the_sentences_once_and_in_order() -> None:
    sentence = Sentence(("x",) * 6, "sw")
    rows = [
        (LabelledSentence(name, sentence, tuple(entities((0, 1, "LOC"), (2, 3, "PER")))), [])
        for name in ("b", "a", "c")
    ]
    (missing,) = (count for count in count_errors(find_cases(rows)) if count.n_cases)
    assert (missing.kind, missing.n_cases, missing.n_gold, missing.n_predicted) == ("missing", 6, 6, 0)
    assert missing.sentence_ids == ("b", "a", "c")


def test_the_label_of_a_case_is_that_of_gold_if_there_is_gold() -> None:
    sentence = Sentence(("x",) * 6, "sw")
    gold = LabelledSentence("1", sentence, tuple(entities((0, 1, "LOC"))))
    assert [case.label for case in find_cases([(gold, entities((0, 1, "ORG"), (3, 4, "PER")))])] == ["LOC", "PER"]
