"""The checklist: every source entity has one line, and only what nobody decided is asked about."""

from xner.correct.annotation import AnnotatedEntity, Annotation
from xner.correct.checklist import checklist, unsettled
from xner.types import Entity, Sentence, SentencePair, Span

PAIR = SentencePair(
    "1", Sentence(tuple("abcdefgh"), "en"), Sentence(tuple("abcdefgh"), "de"),
    source_entities=tuple(Entity(Span(k, k + 1), "PER") for k in range(5)),
)  # fmt: skip


def entity(place, label, source):
    return AnnotatedEntity(f"e{place}", Span(place, place + 1), label, source=source)


ANNOTATION = Annotation(
    (entity(0, "PER", 0), entity(1, "PER", 2), entity(2, "LOC", 2), entity(3, "LOC", 3), entity(5, "PER", None)),
    dropped=frozenset({4}),
)


def test_every_source_entity_has_one_line_with_its_state():
    lines = checklist(PAIR, ANNOTATION)
    assert [line.state for line in lines] == ["linked", "missing", "duplicate", "label changed", "dropped"]
    assert [len(line.linked) for line in lines] == [1, 0, 2, 1, 0]


def test_only_what_is_neither_linked_nor_dropped_is_unsettled():
    assert unsettled(PAIR, ANNOTATION) == (1,)
    assert unsettled(PAIR, Annotation()) == (0, 1, 2, 3, 4)
    assert unsettled(PAIR, Annotation(dropped=frozenset(range(5)))) == ()


def test_a_span_outweighs_the_mark_dropped():
    marked = Annotation(ANNOTATION.entities, dropped=frozenset({0}))
    assert checklist(PAIR, marked)[0].state == "linked"


def test_unknown_source_entities_give_no_lines():
    assert checklist(SentencePair("1", PAIR.source, PAIR.target), ANNOTATION) == ()
