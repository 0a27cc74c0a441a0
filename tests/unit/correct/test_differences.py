"""Two versions of a pair: every entity in one row, and a merge that never invents or loses a change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.correct.annotation import AnnotatedEntity, Annotation
from xner.correct.differences import changes, differences, merge
from xner.types import Sentence, Span


def entity(name, start, end, label="PER", source=None, status="edited"):
    return AnnotatedEntity(name, Span(start, end), label, None, source, status)


def made(*entities, **rest):
    return Annotation(tuple(entities), **rest)


def kinds(left, right):
    return [row.aspects for row in differences(left, right).entities]


@pytest.mark.parametrize(
    ("right", "aspects"),
    [
        (entity("z", 2, 4, source=0, status="accepted"), ("same",)),
        (entity("z", 2, 5, source=0), ("boundary",)),
        (entity("z", 2, 4, "LOC", 0), ("label",)),
        (entity("z", 2, 4, source=1), ("link",)),
        (entity("z", 3, 5, "LOC", None), ("boundary", "label", "link")),
    ],
)
def test_entities_in_one_place_are_one_row_that_names_what_differs(right, aspects):
    assert kinds(made(entity("a", 2, 4, source=0)), made(right)) == [aspects]


def test_entities_without_a_partner_stand_alone_in_order_of_place():
    left, right = made(entity("a", 0, 1), entity("b", 6, 7)), made(entity("a", 3, 4))
    assert kinds(left, right) == [("only left",), ("only right",), ("only left",)]


def test_of_two_overlaps_the_equal_span_is_the_partner():
    rows = differences(made(entity("a", 0, 1), entity("b", 1, 4)), made(entity("c", 0, 1, "LOC"))).entities
    assert [(row.kind, row.left.id) for row in rows] == [("label", "a"), ("only left", "b")]


def is_same(found):
    alike = all(row.kind == "same" for row in found.entities)
    return alike and not (found.dropped_left or found.dropped_right or found.links or found.cuts)


def test_versions_are_the_same_only_if_marks_links_and_cuts_are_too():
    plain = made(entity("a", 0, 1))
    assert is_same(differences(plain, made(entity("b", 0, 1, status="accepted"))))
    assert not is_same(differences(plain, made(entity("a", 0, 1), dropped=frozenset({1}))))
    assert not is_same(differences(plain, made(entity("a", 0, 1), links={(0, 0): False})))
    assert differences(made(dropped=frozenset({1, 2})), made(dropped=frozenset({2, 3}))).dropped_right == {3}


def test_versions_that_cut_otherwise_are_compared_by_the_text_under_the_span():
    target = Sentence(("בבריסל", "היום"), "he")
    whole, split = made(entity("a", 0, 1)), made(entity("a", 1, 2), cuts=(1, 6))
    imported, same_text = made(entity("a", 1, 2)), made(entity("a", 2, 3), cuts=(1, 6))
    assert differences(whole, split, target).entities[0].aspects == ("boundary",)
    assert differences(imported, same_text, target).entities[0].aspects == ("same",)
    assert differences(imported, same_text, target).cuts
    with pytest.raises(ValueError, match="target"):
        differences(whole, split)


BASE = made(entity("a", 0, 2, source=0), entity("b", 4, 6, "LOC", 1), entity("c", 8, 9, "ORG", 2))


def test_changes_of_other_entities_are_both_taken():
    ours = made(entity("a", 0, 3, source=0), *BASE.entities[1:])
    theirs = made(BASE.entities[0], entity("b", 4, 6, "ORG", 1), entity("n", 10, 11))
    merged = merge(BASE, ours, theirs)
    assert merged.conflicts == ()
    assert merged.annotation == made(ours.entities[0], theirs.entities[1], theirs.entities[2])


def test_the_same_change_by_both_is_taken_once_even_under_two_ids():
    ours, theirs = made(*BASE.entities, entity("n1", 10, 11)), made(*BASE.entities, entity("x7", 10, 11))
    assert merge(BASE, ours, theirs).annotation == ours


def test_new_entities_that_happen_to_share_an_id_are_both_kept():
    ours, theirs = made(*BASE.entities, entity("n1", 10, 11)), made(*BASE.entities, entity("n1", 12, 13))
    merged = merge(BASE, ours, theirs).annotation
    assert [e.span.start for e in merged.entities] == [0, 4, 8, 10, 12]
    assert [e.id for e in merged.entities[3:]] == ["n1", "merged-1"]


@pytest.mark.parametrize(
    ("ours", "theirs", "reason"),
    [
        (entity("a", 0, 2, "ORG", 0), entity("a", 0, 2, "LOC", 0), "same entity"),
        (entity("a", 0, 3, source=0), None, "same entity"),
        (entity("a", 0, 2, source=0, status="accepted"), entity("a", 0, 1, source=0), "same entity"),
    ],
)
def test_two_changes_of_one_entity_are_a_conflict(ours, theirs, reason):
    rest = BASE.entities[1:]
    merged = merge(BASE, made(ours, *rest), made(*([theirs] if theirs else []), *rest))
    assert merged.annotation is None
    assert [reason in conflict.reason for conflict in merged.conflicts] == [True]
    assert (merged.conflicts[0].ours.after, merged.conflicts[0].theirs.after) == (ours, theirs)


def test_growing_onto_the_tokens_of_a_new_entity_is_a_conflict():
    ours = made(entity("a", 0, 4, source=0), *BASE.entities[1:])
    theirs = made(BASE.entities[0], entity("n", 3, 4), *BASE.entities[1:])
    assert "same tokens" in merge(BASE, ours, theirs).conflicts[0].reason


def test_two_spans_for_one_source_entity_are_a_conflict():
    base = made()
    assert (
        "source entity 3"
        in merge(base, made(entity("n", 0, 1, source=3)), made(entity("m", 5, 6, source=3))).conflicts[0].reason
    )


def test_a_source_entity_dropped_by_one_and_linked_by_the_other_is_a_conflict():
    merged = merge(made(), made(dropped=frozenset({0})), made(entity("n", 0, 1, source=0)))
    assert [conflict.subject for conflict in merged.conflicts] == ["dropped"]


def test_marks_and_links_of_both_are_taken():
    base = made(dropped=frozenset({5}), links={(0, 0): True})
    ours = made(dropped=frozenset({5, 1}), links={(0, 0): True, (1, 1): True})
    theirs = made(dropped=frozenset({2}), links={(2, 2): False})
    merged = merge(base, ours, theirs).annotation
    assert (merged.dropped, merged.links) == ({1, 2}, {(1, 1): True, (2, 2): False})


def test_a_link_set_by_one_and_removed_by_the_other_is_a_conflict():
    merged = merge(made(), made(links={(0, 0): True}), made(links={(0, 0): False}))
    assert [conflict.subject for conflict in merged.conflicts] == ["link"]


def test_tokens_cut_otherwise_are_never_merged():
    merged = merge(BASE, made(*BASE.entities, cuts=(1, 2, 3)), BASE)
    assert merged.annotation is None
    assert [conflict.subject for conflict in merged.conflicts] == ["cuts"]


SLOTS = st.sampled_from([None, (0, 1), (0, 2), (1, 2), (1, 3), (2, 3)])


@st.composite
def versions(draw):
    """Return three versions that share ids: places of four tokens, in each a span or none."""

    def one(prefix):
        entities = []
        for place in range(3):
            slot = draw(SLOTS)
            if slot:
                name = draw(st.sampled_from([f"{place}", f"{prefix}{place}"]))
                label, source = draw(st.sampled_from(["PER", "LOC"])), draw(st.sampled_from([None, place]))
                entities.append(entity(name, 4 * place + slot[0], 4 * place + slot[1], label, source))
        return made(*entities)

    return one("b"), one("o"), one("t")


@given(versions())
def test_a_merge_holds_every_change_of_both_or_says_why_not(three):
    base, ours, theirs = three
    merged = merge(base, ours, theirs)
    assert (merged.annotation is None) == bool(merged.conflicts)
    if merged.annotation is not None:
        places = {(e.span, e.label, e.source) for e in merged.annotation.entities}
        for side in (ours, theirs):
            for change in changes(base, side):
                if change.after:
                    assert (change.after.span, change.after.label, change.after.source) in places
                else:
                    assert change.before not in merged.annotation.entities


@given(versions())
def test_a_merge_does_not_depend_on_who_is_first(three):
    base, ours, theirs = three
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert (one.annotation is None) == (other.annotation is None)
    if one.annotation is not None and other.annotation is not None:
        assert is_same(differences(one.annotation, other.annotation))


@given(versions())
def test_with_one_side_unchanged_the_merge_is_the_other(three):
    base, ours, _ = three
    assert merge(base, ours, base).annotation == merge(base, base, ours).annotation == ours


@given(versions())
def test_every_entity_of_both_versions_is_in_exactly_one_row(three):
    left, right, _ = three
    rows = differences(left, right).entities
    assert sorted(row.left.id for row in rows if row.left) == sorted(e.id for e in left.entities)
    assert sorted(row.right.id for row in rows if row.right) == sorted(e.id for e in right.entities)
