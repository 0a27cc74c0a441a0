"""The annotation as a value: written and read it stays the same, and equal ones have one hash."""

import json

import pytest

from xner.correct.annotation import (
    AnnotatedEntity,
    Annotation,
    annotation_of,
    canonical,
    digest,
    entities_of,
    parse_annotation,
    plain_annotation,
)
from xner.correct.labels import Label, check_label_set, parse_labels, plain_labels, with_keys
from xner.errors import InputError
from xner.types import Entity, Projection, Span

ANNOTATION = Annotation(
    (AnnotatedEntity("p0", Span(0, 2), "PER", 0.5, 1, "projected"), AnnotatedEntity("n1", Span(2, 3), "LOC")),
    frozenset({0}), {(0, 1): True, (2, 2): False}, (1, 2, 3),
)  # fmt: skip


def test_a_payload_read_again_is_the_same_annotation():
    assert parse_annotation(json.loads(canonical(plain_annotation(ANNOTATION)))) == ANNOTATION


def test_the_order_of_links_does_not_change_the_hash():
    other = Annotation(ANNOTATION.entities, ANNOTATION.dropped, {(2, 2): False, (0, 1): True}, ANNOTATION.cuts)
    assert digest(canonical(plain_annotation(other))) == digest(canonical(plain_annotation(ANNOTATION)))


def test_overlapping_entities_are_no_annotation():
    with pytest.raises(ValueError, match="overlap"):
        Annotation((AnnotatedEntity("a", Span(0, 2), "PER"), AnnotatedEntity("b", Span(1, 3), "PER")))


def test_two_entities_with_one_id_are_no_annotation():
    with pytest.raises(ValueError, match="same id"):
        Annotation((AnnotatedEntity("a", Span(0, 1), "PER"), AnnotatedEntity("a", Span(1, 3), "PER")))


def test_a_projection_gives_its_entities_in_order_with_scores_and_sources():
    projection = Projection("1", (Entity(Span(3, 4), "LOC", 0.2, 1), Entity(Span(0, 1), "PER", 0.9, 0)), "ok")
    assert [e.span.start for e in annotation_of(projection).entities] == [0, 3]
    assert entities_of(annotation_of(projection))[0] == Entity(Span(0, 1), "PER", 0.9, 0)


def test_a_failed_projection_gives_nothing_to_start_from():
    assert annotation_of(Projection.failed("1", "no")) == annotation_of(None) == Annotation()


def label(name, key):
    return Label(name, key, "#003f88", "#3f8fe0", "solid")


def test_a_label_set_read_again_is_the_same():
    labels = (label("PER", "p"), label("Schiff", ""))
    assert parse_labels(plain_labels(labels)) == labels


@pytest.mark.parametrize("key", ["a", "R", "é", "pp", "1"])
def test_a_key_that_belongs_to_the_editor_or_is_no_letter_is_refused(key):
    with pytest.raises(InputError):
        check_label_set([label("PER", key)])


def test_two_labels_never_share_a_key():
    with pytest.raises(InputError, match="share"):
        check_label_set([label("PER", "p"), label("PROD", "p")])
    assert len(set(with_keys(["PER", "PROD", "POS", "PET"]).values())) == 4
