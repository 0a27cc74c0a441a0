"""The four schemas against nervaluate, token accuracy against seqeval, and what must hold between them."""

import random
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nervaluate.evaluator import Evaluator
from seqeval.metrics import accuracy_score, f1_score
from seqeval.scheme import IOB2

from tests.property.test_evaluate import LABELS, draw_corpus, sentences
from xner.evaluate.report import EvaluationReport, evaluate
from xner.evaluate.schemas import SCHEMAS, SchemaCounts, count_schemas
from xner.io.labelled import LabelledSentence
from xner.text.iob import entities_from_labels, labels_from_entities
from xner.types import Entity, Sentence, Span

Corpus = Sequence[Sequence[str]]


def rows(corpus: Corpus, lang: str = "sw") -> list[LabelledSentence]:
    return [
        LabelledSentence(str(number), Sentence(("x",) * len(tags), lang), entities_from_labels(tags))
        for number, tags in enumerate(corpus)
    ]


def repaired(corpus: Corpus) -> list[list[str]]:
    return [labels_from_entities(entities_from_labels(tags), len(tags)) for tags in corpus]


def scored(gold: Corpus, predicted: Corpus) -> EvaluationReport:
    return evaluate(rows(gold), rows(predicted), n_resamples=1)


def plain(counts: SchemaCounts) -> list[float]:
    """Return what nervaluate shows: 0 where undefined."""
    return [
        counts.precision or 0.0, counts.recall or 0.0, counts.f1 or 0.0, counts.correct, counts.incorrect,
        counts.partial, counts.missed, counts.spurious,
    ]  # fmt: skip


def assert_equals_nervaluate(gold: Corpus, predicted: Corpus) -> int:
    """Compare the whole and every label that gold has; return how many schemas differ from each other."""
    # Its lists are read with a stray I- opening an entity; "default" falls over an empty first sentence.
    theirs = Evaluator([*gold], [*predicted], tags=list(LABELS), loader="list").evaluate()
    report = scored(gold, predicted)
    ours = {"": report.overall.schemas, **{score.name: score.schemas for score in report.labels}}
    for name, schemas in ours.items():
        reference = theirs["entities"][name] if name else theirs["overall"]
        for schema in SCHEMAS:
            result = reference[schema]
            expected = [
                result.precision, result.recall, result.f1, result.correct, result.incorrect, result.partial,
                result.missed, result.spurious,
            ]  # fmt: skip
            assert plain(schemas[schema]) == pytest.approx(expected, abs=1e-12), (name, schema)
    return len({counts.f1 for counts in ours[""].values()})


def compare_corpora(n_corpora: int, seed: int) -> list[int]:
    rng = random.Random(seed)
    return [assert_equals_nervaluate(*draw_corpus(rng)) for _ in range(n_corpora)]


def test_the_four_schemas_equal_nervaluate_on_two_thousand_corpora() -> None:
    rng = random.Random(1)
    n_different = [assert_equals_nervaluate(*draw_corpus(rng)) for _ in range(2000)]
    assert sum(n > 2 for n in n_different) > 200


@given(st.lists(sentences, min_size=1, max_size=4))
def test_the_four_schemas_equal_nervaluate_on_any_tags(corpus: list[tuple[list[str], list[str]]]) -> None:
    assert_equals_nervaluate([pair[0] for pair in corpus], [pair[1] for pair in corpus])


def test_one_token_of_a_gold_entity_of_more_than_a_hundred_does_not_meet_it() -> None:
    for n_tokens, n_met in ((100, 1), (101, 0)):
        counts = count_schemas([Entity(Span(0, n_tokens), "PER")], [Entity(Span(0, 1), "PER")])
        assert (counts["partial"].partial, counts["ent_type"].correct) == (n_met, n_met)
        gold = ["B-PER", *["I-PER"] * (n_tokens - 1)]
        assert_equals_nervaluate([gold], [["B-PER", *["O"] * (n_tokens - 1)]])


def test_micro_macro_and_token_accuracy_equal_seqeval_on_two_thousand_corpora() -> None:
    rng = random.Random(3)
    n_micro = n_macro = 0
    for _ in range(2000):
        gold, predicted = (repaired(side) for side in draw_corpus(rng))
        report = scored(gold, predicted)
        if any(gold):
            assert report.overall.token_accuracy == pytest.approx(accuracy_score(gold, predicted), abs=1e-12)
        else:
            assert report.overall.token_accuracy is None
        settings = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
        if report.overall.strict.f1 is not None:
            n_micro += 1
            assert report.overall.strict.f1 == pytest.approx(f1_score(gold, predicted, **settings), abs=1e-12)
        if report.macro_f1 is not None and not report.other_labels:
            # seqeval's mean takes in labels that only the system knows; ours is over those of gold.
            n_macro += 1
            assert report.macro_f1 == pytest.approx(f1_score(gold, predicted, average="macro", **settings), abs=1e-12)
    assert n_micro > 1000
    assert n_macro > 400


def shuffled(entities: Iterable[Entity]) -> list[Entity]:
    return random.Random(5).sample(list(entities), len(list(entities)))


@given(sentences)
def test_schemas_do_not_depend_on_the_order_of_entities_or_on_repetition(pair: tuple[list[str], list[str]]) -> None:
    gold, predicted = (entities_from_labels(side) for side in pair)
    assert count_schemas(shuffled(gold), shuffled((*predicted, *predicted))) == count_schemas(gold, predicted)


@given(sentences)
def test_every_entity_is_counted_once_under_every_schema(pair: tuple[list[str], list[str]]) -> None:
    gold, predicted = (entities_from_labels(side) for side in pair)
    for counts in count_schemas(gold, predicted).values():
        assert (counts.n_gold, counts.n_predicted) == (len(gold), len(predicted))
        assert min(counts.correct, counts.incorrect, counts.partial, counts.missed, counts.spurious) >= 0


@given(sentences)
def test_no_schema_is_harder_than_strict(pair: tuple[list[str], list[str]]) -> None:
    counts = count_schemas(*(entities_from_labels(side) for side in pair))
    strict = counts["strict"].f1
    assert all((other.f1 is None) == (strict is None) for other in counts.values())
    assert strict is None or all((other.f1 or 0.0) >= strict for other in counts.values())
