"""Each smart tag is set on its evidence, and not without it."""

import random
from dataclasses import replace

import pytest

from xner.correct.annotation import AnnotatedEntity, Annotation, annotation_of
from xner.correct.smart_tags import TAGS, TagContext, tags_of
from xner.types import Alignment, Entity, Projection, RunnerUp, Sentence, SentencePair, Span

SOURCE = Sentence(("Angela", "Merkel", "visited", "the", "University", "of", "Zurich", "."), "en")
TARGET = Sentence(("Angela", "Merkel", "besuchte", "die", "Universität", "Zürich", "gestern", "."), "de")
PAIR = SentencePair(
    "1", SOURCE, TARGET, source_entities=(Entity(Span(0, 2), "PER"), Entity(Span(4, 7), "ORG")),
)  # fmt: skip
LINKS = frozenset({(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (6, 5), (7, 7)})
FOUND = (Entity(Span(0, 2), "PER", 1.8, 0), Entity(Span(4, 6), "ORG", 1.6, 1))
PROJECTION = Projection("1", FOUND, "ok", runner_up=(RunnerUp(Span(0, 1), 0.9), RunnerUp(None, 1.2)))
GOOD = TagContext(PAIR, PROJECTION, annotation_of(PROJECTION), Alignment(LINKS))


def entity(start, end, label="PER", source=None, status="edited"):
    return AnnotatedEntity(f"e{start}", Span(start, end), label, source=source, status=status)


def annotated(*entities, **rest):
    return replace(GOOD, annotation=Annotation(tuple(entities), **rest))


def back(text):
    return replace(GOOD, pair=replace(PAIR, back_translation=text))


def aligned(*links):
    return replace(GOOD, alignment=Alignment(frozenset(links)))


def other(*entities):
    return replace(GOOD, other_projections=(Projection("1", entities, "ok"),))


def hebrew(token, name):
    pair = SentencePair(
        "1", Sentence((name,), "en"), Sentence((token,), "he"), source_entities=(Entity(Span(0, 1), "LOC"),)
    )
    return TagContext(pair, annotation=Annotation((entity(0, 1, "LOC", 0),)))


def scored(score, margin, status="projected"):
    projection = Projection("1", (Entity(Span(0, 2), "PER", score, 0),), "ok", runner_up=(RunnerUp(None, margin),))
    return replace(GOOD, projection=projection, annotation=Annotation((entity(0, 2, source=0, status=status),)))


LONG = Sentence(tuple("abcdefgh"), "de")
CASES = {
    "failed": (replace(GOOD, projection=Projection.failed("1", "no")), GOOD),
    "missing": (annotated(entity(0, 2, source=0)), annotated(entity(0, 2, source=0), dropped=frozenset({1}))),
    "unaligned": (aligned((0, 0), (1, 1)), GOOD),
    "split": (
        annotated(entity(0, 1, source=0), entity(1, 2, source=0), entity(4, 6, "ORG", 1)),
        annotated(entity(0, 1, source=0), entity(4, 6, source=0)),
    ),
    "duplicate": (annotated(entity(0, 1, source=0), entity(4, 6, source=0)), GOOD),
    "non-contiguous": (aligned((0, 0), (1, 2)), aligned((4, 4), (5, 5), (6, 6))),
    "crossing": (annotated(entity(0, 2, "ORG", 1), entity(4, 6, source=0)), GOOD),
    "punct-inside": (annotated(entity(0, 2, source=0), entity(5, 8, "ORG", 1)), GOOD),
    "clitic": (hebrew("בבריסל", "Zurich"), hebrew("בריסל", "Brussels")),
    "length-ratio": (annotated(entity(0, 5, source=0)), GOOD),
    "label-conflict": (annotated(entity(0, 2, "LOC", 0), entity(4, 6, "ORG", 1)), GOOD),
    "methods-disagree": (other(FOUND[0]), other(*FOUND)),
    "roundtrip-lost": (
        back("Merkel visited the university of Zurich yesterday"),
        back("Yesterday Angela Merkel visited the UNIVERSITY of Zurich."),
    ),
    "low-confidence": (scored(1.8, 0.1), scored(1.8, 0.9)),
}


def test_every_tag_has_a_case_that_sets_it_and_one_that_does_not():
    assert sorted(CASES) == sorted(TAGS)


@pytest.mark.parametrize("name", CASES)
def test_a_tag_is_set_on_its_evidence_and_only_then(name):
    with_it, without = CASES[name]
    assert name in tags_of(with_it)
    assert name not in tags_of(without)


def test_a_good_projection_has_no_tag():
    assert tags_of(GOOD) == ()


def test_every_tag_has_one_line_for_help():
    assert all(tag.line.endswith(".") and "\n" not in tag.line for tag in TAGS.values())


def test_a_link_by_hand_counts_like_any_other():
    bare = annotated(*GOOD.annotation.entities, links={(6, 5): True, (0, 0): True, (1, 1): True, (4, 4): True})
    assert "unaligned" in tags_of(aligned((0, 0)))
    assert "unaligned" not in tags_of(replace(bare, alignment=None))
    removed = annotated(*GOOD.annotation.entities, links={(4, 4): False, (6, 5): False})
    assert "unaligned" in tags_of(removed)


def test_punctuation_that_the_source_entity_has_too_is_none_to_look_at():
    pair = replace(PAIR, source_entities=(Entity(Span(6, 8), "ORG"),))
    assert "punct-inside" not in tags_of(replace(GOOD, pair=pair, annotation=Annotation((entity(5, 8, "ORG", 0),))))


def test_punctuation_inside_an_unlinked_span_is_no_evidence_but_at_its_edge_it_is():
    pair = replace(PAIR, target=Sentence(("Port", "-", "Louis", "."), "de"))
    inside, edge = Annotation((entity(0, 3),)), Annotation((entity(2, 4),))
    assert "punct-inside" not in tags_of(TagContext(pair, annotation=inside))
    assert "punct-inside" in tags_of(TagContext(pair, annotation=edge))


def test_a_name_that_begins_with_the_letter_of_a_prefix_is_not_taken_for_one():
    assert "clitic" not in tags_of(hebrew("משה", "Moshe"))
    assert "clitic" not in tags_of(hebrew("בבריסל", "布鲁塞尔"))


def test_a_prefix_that_was_cut_off_is_no_clitic_any_more():
    context = hebrew("בתל", "Tel")
    cut_off = Annotation((entity(1, 2, "LOC", 0),), cuts=(1,))
    assert "clitic" in tags_of(context)
    assert "clitic" not in tags_of(replace(context, annotation=cut_off))


def test_another_label_by_another_method_is_a_conflict():
    assert "label-conflict" in tags_of(other(Entity(Span(0, 2), "ORG")))


def test_methods_that_failed_do_not_disagree():
    assert "methods-disagree" not in tags_of(replace(GOOD, other_projections=(Projection.failed("1", "no"),)))


def test_an_entity_that_was_touched_is_no_longer_uncertain():
    assert "low-confidence" not in tags_of(scored(1.8, 0.1, status="accepted"))


def test_a_low_score_is_uncertain_without_a_runner_up():
    assert "low-confidence" in tags_of(scored(0.2, None))


def test_a_dropped_entity_is_not_asked_about_by_any_tag():
    dropped = annotated(entity(0, 2, source=0), dropped=frozenset({1}))
    context = replace(
        dropped,
        alignment=Alignment(frozenset({(0, 0), (1, 1)})),
        pair=replace(PAIR, back_translation="Angela Merkel was here."),
    )
    assert tags_of(context) == ()


def random_context(rng):
    """Return a context in which anything may be missing, cut or linked to nowhere."""

    def sentence(lang, n):
        return Sentence(tuple(rng.choice(["a", "Bb", ".", "שלום", "東京", "-"]) for _ in range(n)), lang)

    def spans(n):
        edges = sorted(rng.sample(range(n + 1), min(n + 1, 2 * rng.randint(0, 3))))
        return [Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False)]

    n_source, n_target = rng.randint(0, 6), rng.randint(0, 6)
    target = rng.choice([None, sentence(rng.choice(["de", "he", "zh"]), n_target)])
    source = rng.choice([None, sentence("en", n_source)])
    entities = tuple(Entity(s, rng.choice("PL")) for s in spans(n_source)) if source else None
    pair = SentencePair("1", source, target, source_entities=rng.choice([None, entities]),
                        back_translation=rng.choice([None, "", "bb a"]))  # fmt: skip
    n_target = n_target if target else 0
    found = tuple(Entity(s, "P", rng.choice([None, 0.0, 1.0]), rng.choice([None, 0, 7])) for s in spans(n_target))
    runner_up = tuple(RunnerUp(None, rng.choice([None, 0.0, 0.5])) for _ in found)
    projection = rng.choice([None, Projection.failed("1", "no"), Projection("1", found, "ok", runner_up=runner_up),
                             Projection("1", found, "ok")])  # fmt: skip
    links = frozenset((rng.randrange(n_source), rng.randrange(n_target)) for _ in range(4 * bool(n_source * n_target)))
    annotation = Annotation(annotation_of(projection).entities, frozenset({rng.randint(0, 3)}),
                            {link: rng.random() < 0.5 for link in list(links)[:2]})  # fmt: skip
    return TagContext(
        pair,
        projection,
        annotation,
        rng.choice([None, Alignment(links)]),
        tuple(p for p in (projection,) if p and rng.random() < 0.5),
    )


def test_missing_evidence_never_raises():
    rng = random.Random(3)
    seen = set()
    for _ in range(400):
        seen |= set(tags_of(random_context(rng)))
    assert len(seen) > 8
