"""The same name elsewhere: only the same words, only where nobody decided otherwise, always a valid annotation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.correct.annotation import AnnotatedEntity, Annotation
from xner.correct.propagate import Correction, correction_of, propagate
from xner.types import Entity, Sentence, SentencePair, Span


def pair(text, source=None, entities=None, lang="de", name="2"):
    tokens = tuple(text.split())
    spaces = None if lang != "zh" else (False,) * len(tokens)
    return SentencePair(
        name, Sentence(tuple(source.split()), "en") if source else None, Sentence(tokens, lang, spaces=spaces),
        source_entities=entities,
    )  # fmt: skip


def entity(start, end, label="LOC", source=None, status="projected"):
    return AnnotatedEntity(f"e{start}", Span(start, end), label, None, source, status)


def correction(words="grosse insel", label="LOC", source=None, lang="de"):
    return Correction(lang, tuple(words.split()), label, source)


def spans(found):
    return [(p.pair_id, [(s.start, s.end) for s in p.spans]) for p in found]


def carried(here, *entities, what=None, **rest):
    """Return the entities after propagation into one pair, or None if nothing is proposed."""
    found = list(propagate(what or correction(), [(here, Annotation(tuple(entities), **rest))]))
    return [(e.span.start, e.span.end, e.label, e.source) for e in found[0].after.entities] if found else None


def test_a_correction_takes_words_and_labels_of_both_sides():
    here = pair("die Große Insel", "the Big Island", (Entity(Span(1, 3), "GPE"),))
    made = correction_of(here, Annotation((entity(1, 3, source=0),)), "e1")
    assert made == Correction("de", ("grosse", "insel"), "LOC", (("big", "island"), "GPE"))


def test_an_unknown_entity_corrects_nothing():
    with pytest.raises(KeyError):
        correction_of(pair("a"), Annotation(), "e0")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("auf der grosse INSEL", [(2, 4)]),
        ("große insel und große insel", [(0, 2), (3, 5)]),
        ("große inseln", []),
        ("eine große", []),
        ("großeinsel", []),
        ("große alte insel", []),
    ],
)
def test_the_same_words_are_found_whole_and_in_any_case(text, places):
    what = correction()
    assert spans(propagate(what, [(pair(text), Annotation())])) == ([("2", places)] if places else [])


def test_words_are_compared_in_one_normal_form():
    what = correction_of(pair("Zu\u0308rich"), Annotation((entity(0, 1),)), "e0")
    assert spans(propagate(what, [(pair("in Z\u00fcrich"), Annotation()), (pair("Zu\u0308rich"), Annotation())])) == [
        ("2", [(1, 2)]), ("2", [(0, 1)]),
    ]  # fmt: skip


def test_without_spaces_the_characters_count_if_they_end_where_tokens_do():
    what = correction("北京市", lang="zh")
    others = [
        (pair(text, lang="zh", name=text), Annotation()) for text in ("在 北京 市 里", "在 北京市里", "新北 京市")
    ]
    assert spans(propagate(what, others)) == [("在 北京 市 里", [(1, 3)])]


def test_tokens_count_as_they_are_cut_now():
    assert carried(pair("北京市里", lang="zh"), what=correction("北京市", lang="zh"), cuts=(3,)) == [
        (0, 1, "LOC", None)
    ]


def test_another_language_and_a_missing_target_are_passed_over():
    others = [(pair("große insel", lang="nl"), Annotation()), (SentencePair("3", None, None), Annotation())]
    assert not list(propagate(correction(), others))


def test_the_right_label_is_left_alone_and_a_wrong_one_changed_under_its_id():
    here = pair("große insel")
    what = correction()
    assert carried(here, entity(0, 2), what=what) is None
    found = next(propagate(what, [(here, Annotation((entity(0, 2, "ORG", 3),)))]))
    assert found.after.entities == (AnnotatedEntity("e0", Span(0, 2), "LOC", None, 3, "edited"),)
    assert found.before.entities[0].label == "ORG"


@pytest.mark.parametrize("status", ["accepted", "flagged"])
def test_what_somebody_accepted_or_flagged_is_never_touched(status):
    what = correction()
    assert carried(pair("große insel"), entity(0, 2, "ORG", status=status), what=what) is None
    assert carried(pair("große insel"), entity(0, 1, status=status), what=what) is None


def test_a_part_of_the_name_gives_way_and_hands_on_its_link():
    assert carried(pair("die große insel"), entity(1, 2, source=4)) == [(1, 3, "LOC", 4)]


@pytest.mark.parametrize(("start", "end"), [(0, 3), (0, 2), (2, 4)])
def test_an_entity_that_reaches_beyond_the_name_stays(start, end):
    assert carried(pair("die große insel dort"), entity(start, end, "ORG")) is None


ISLAND = (Entity(Span(0, 2), "LOC"), Entity(Span(3, 5), "LOC"), Entity(Span(6, 8), "ORG"))
SOURCE = "Big Island or big island or big island"


def test_a_new_span_is_linked_to_a_source_entity_of_the_same_words_and_label_that_has_none():
    what = correction("insel", source=(("big", "island"), "LOC"))
    here = pair("insel und insel und insel", SOURCE, ISLAND)
    assert carried(here, what=what) == [(0, 1, "LOC", 0), (2, 3, "LOC", 1), (4, 5, "LOC", None)]
    assert carried(here, entity(0, 1, source=1), what=what)[1:] == [(2, 3, "LOC", 0), (4, 5, "LOC", None)]


def test_a_source_entity_that_was_dropped_is_not_linked_again():
    what = correction("insel", source=(("big", "island"), "LOC"))
    assert carried(pair("insel", SOURCE, ISLAND), what=what, dropped=frozenset({0})) == [(0, 1, "LOC", 1)]


def test_nothing_else_of_the_annotation_changes():
    before = Annotation((entity(0, 1, "PER", 7),), frozenset({5}), {(0, 0): True})
    found = next(propagate(correction("insel"), [(pair("Ada insel"), before)]))
    assert found.before is before
    assert (found.after.dropped, found.after.links, found.after.entities[0]) == (
        before.dropped, before.links, before.entities[0],
    )  # fmt: skip


@st.composite
def annotated_pairs(draw):
    words = draw(st.lists(st.sampled_from(["a", "b", "A", "c"]), min_size=1, max_size=10))
    entities, place = [], 0
    while place < len(words):
        start = place + draw(st.integers(0, 2))
        end = start + draw(st.integers(1, 3))
        if end > len(words):
            break
        status = draw(st.sampled_from(["projected", "edited", "accepted", "flagged"]))
        entities.append(entity(start, end, draw(st.sampled_from(["LOC", "PER"])), status=status))
        place = end
    return pair(" ".join(words)), Annotation(tuple(entities))


@given(st.lists(annotated_pairs(), max_size=3), st.sampled_from(["a", "a b", "b a", "a a"]))
def test_proposals_leave_decided_entities_and_have_nothing_left_to_propose(others, words):
    what = correction(words)
    found = list(propagate(what, others))
    for proposal in found:
        decided = [e for e in proposal.before.entities if e.status in ("accepted", "flagged")]
        assert set(decided) <= set(proposal.after.entities)
        assert {e.span for e in proposal.after.entities if e.label == "LOC"} >= set(proposal.spans)
    changed = {id(p.before): p.after for p in found}
    assert not list(propagate(what, [(here, changed.get(id(now), now)) for here, now in others]))
