"""Every entity is in one case, and the cases add up to what strict scoring counts."""

from hypothesis import given
from hypothesis import strategies as st

from tests.property.test_evaluate import sentences
from xner.evaluate.spans import Counts, count_spans
from xner.evaluate.taxonomy import ERRORS, classify, count_errors, find_cases
from xner.io.labelled import LabelledSentence
from xner.text.iob import entities_from_labels
from xner.types import Entity, Sentence

sources = st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=16, max_size=16)


@st.composite
def both_sides(draw: st.DrawFn) -> tuple[list[Entity], list[Entity], int]:
    tags = draw(sentences)
    named = []
    for side in tags:
        found = entities_from_labels(side)
        named.append(
            [Entity(e.span, e.label, source=s) for e, s in zip(found, draw(sources)[: len(found)], strict=True)]
        )
    return named[0], named[1], len(tags[0])


def place(entity: Entity) -> tuple[int, int, str]:
    return (entity.span.start, entity.span.end, entity.label)


@given(both_sides())
def test_every_entity_is_in_exactly_one_case(sides: tuple[list[Entity], list[Entity], int]) -> None:
    gold, predicted, _ = sides
    cases = classify(gold, predicted)
    assert sorted(place(e) for _, golds, _ in cases for e in golds) == [place(e) for e in gold]
    assert sorted(place(e) for _, _, found in cases for e in found) == [place(e) for e in predicted]


@given(st.lists(both_sides(), max_size=4))
def test_errors_add_up_to_false_negatives_and_false_positives(corpus: list) -> None:
    rows = [
        (LabelledSentence(str(number), Sentence(("x",) * n_tokens, "sw"), tuple(gold)), predicted)
        for number, (gold, predicted, n_tokens) in enumerate(corpus)
    ]
    strict = sum((c for gold, found, _ in corpus for c in count_spans(gold, found).values()), Counts())
    cases = find_cases(rows)
    errors = count_errors(cases)
    assert tuple(count.kind for count in errors) == ERRORS
    assert sum(count.n_gold or 0 for count in errors) == strict.n_gold - strict.tp
    assert sum(count.n_predicted or 0 for count in errors) == strict.n_predicted - strict.tp
    assert sum(count.n_cases or 0 for count in errors) == sum(case.kind != "correct" for case in cases)
    for count in errors:
        assert set(count.sentence_ids) == {case.sentence_id for case in cases if case.kind == count.kind}


@given(both_sides())
def test_kinds_have_the_entities_that_their_names_say(sides: tuple[list[Entity], list[Entity], int]) -> None:
    shapes = {"missing": (1, 0), "spurious": (0, 1)}
    for kind, golds, found in classify(*sides[:2]):
        if kind == "split":
            assert len(golds) == 1 < len(found)
        elif kind == "merged":
            assert len(found) == 1 < len(golds)
        else:
            assert (len(golds), len(found)) == shapes.get(kind, (1, 1))


@given(both_sides())
def test_changing_places_turns_every_kind_into_its_opposite(sides: tuple[list[Entity], list[Entity], int]) -> None:
    opposite = {"missing": "spurious", "boundary_short": "boundary_long", "split": "merged"}
    opposite |= {value: key for key, value in opposite.items()}
    gold, predicted = ([Entity(e.span, e.label) for e in side] for side in sides[:2])
    there, back = classify(gold, predicted), classify(predicted, gold)
    assert sorted(opposite.get(kind, kind) for kind, _, _ in there) == sorted(kind for kind, _, _ in back)
