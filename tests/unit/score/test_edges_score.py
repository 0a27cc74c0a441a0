"""What a first pass over the corpus teaches about where names begin and end."""

from __future__ import annotations

import math

import numpy as np
import pytest

from xner.config import RunConfig, ScoreConfig
from xner.errors import InputError
from xner.pipeline import Pipeline
from xner.score import Learns, ScoreRequest, scorers
from xner.score.edges import EdgesScorer, EdgeStatistics
from xner.score.fusion import fuse
from xner.types import Alignment, Candidate, Entity, Sentence, SentencePair, Span

SENTENCE = Sentence(("über", "den", "Rat", "in", "Rom"), "de")
ENTITY = Entity(Span(0, 1), "ORG")


def taught(*spans: Span, times: int = 20, sentence: Sentence = SENTENCE) -> EdgeStatistics:
    learned = EdgeStatistics()
    for k in range(times):
        learned.add(str(k), sentence, spans)
    return learned


def score_of(scorer: EdgesScorer, pair: SentencePair, links: set[tuple[int, int]]) -> list[float] | None:
    candidates = tuple(Candidate(span) for span in (Span(1, 3), Span(2, 3)))
    (scores,) = scorer.score([ScoreRequest(pair, (ENTITY,), candidates, Alignment(frozenset(links)))])
    return None if scores is None else [float(value) for value in scores[0]]


def test_nothing_learned_says_nothing() -> None:
    scores = EdgeStatistics().score("new", Sentence(("Rat",), "de"), [Span(0, 1)])
    assert scores.tolist() == [pytest.approx(0.5**0.5)]  # half and half at the two ends that are words
    assert EdgeStatistics().score("new", Sentence((), "de"), []).tolist() == []


def test_a_word_that_precedes_names_opens_none() -> None:
    scores = taught(Span(2, 3), Span(4, 5)).score("new", SENTENCE, [Span(1, 3), Span(2, 3)])
    assert scores.argmax() == 1


def test_scores_are_the_geometric_mean_of_four_probabilities() -> None:
    learned = taught(Span(2, 3), times=4)
    opens, closes, is_opened, is_closed = [], [], [], []
    # "Rat" opens and closes 4 of 4, its shape too; "den" precedes and "in" follows 4 of 4, so does their shape.
    shape_yes, shape_no = (4 + 2.5) / 9, 2.5 / 9
    opens.append((4 + 2 * shape_yes) / 6)
    closes.append((4 + 2 * shape_yes) / 6)
    is_opened.append(2 * shape_no / 6)
    is_closed.append(2 * shape_no / 6)
    expected = math.prod([opens[0], closes[0], 1 - is_opened[0], 1 - is_closed[0]]) ** 0.25
    assert learned.score("new", SENTENCE, [Span(2, 3)])[0] == pytest.approx(expected)


def test_a_sentence_does_not_confirm_itself() -> None:
    learned = EdgeStatistics()
    learned.add("mine", SENTENCE, [Span(1, 3)])
    spans = [Span(1, 3), Span(2, 3)]
    assert np.allclose(learned.score("mine", SENTENCE, spans), EdgeStatistics().score("mine", SENTENCE, spans))
    assert not np.allclose(learned.score("other", SENTENCE, spans), EdgeStatistics().score("other", SENTENCE, spans))


def test_languages_are_learned_apart() -> None:
    other = Sentence(SENTENCE.tokens, "nl")
    assert np.allclose(
        taught(Span(2, 3)).score("new", other, [Span(1, 3)]), EdgeStatistics().score("new", other, [Span(1, 3)])
    )


def test_learning_in_another_order_gives_the_same_scores_and_name() -> None:
    found = [(SentencePair(str(k), None, SENTENCE), [Span(2, 3 + k % 2)]) for k in range(6)]
    one, other = EdgesScorer(ScoreConfig()), EdgesScorer(ScoreConfig())
    one.learn(found)
    other.learn(reversed(found))
    pair = SentencePair("new", None, SENTENCE)
    assert score_of(one, pair, {(0, 2)}) == score_of(other, pair, {(0, 2)})
    assert one.describe() == other.describe() != EdgesScorer(ScoreConfig()).describe()


def test_the_scorer_has_no_data_before_it_learned_and_scores_0_without_a_link() -> None:
    scorer = scorers.get("edges")(ScoreConfig())
    assert isinstance(scorer, Learns)
    assert isinstance(scorer, EdgesScorer)
    pair = SentencePair("1", None, SENTENCE)
    assert score_of(scorer, pair, {(0, 2)}) is None
    scorer.learn([(SentencePair("2", None, SENTENCE), [Span(2, 3)])])
    assert score_of(scorer, pair, set()) == [0.0, 0.0]
    assert score_of(scorer, pair, {(0, 1)})[1] == 0.0  # type: ignore[index]
    scorer.learn([(SentencePair("2", None, SENTENCE), [])])
    assert score_of(scorer, pair, {(0, 2)}) is None


def test_edges_alone_match_nothing_before_they_learned() -> None:
    pair = SentencePair(
        "1", Sentence(("Council",), "en"), SENTENCE, source_entities=(ENTITY,), alignment=Alignment(frozenset({(0, 2)}))
    )
    settings = {"align.name": "given", "score.preset": "ner", "score.weights": {"ner": 0, "edges": 1}}
    with pytest.raises(InputError, match="No score is left"):
        Pipeline(RunConfig().updated(settings)).run([pair])


def test_a_power_is_in_the_signature_and_changes_which_solution_is_best() -> None:
    components = {"links": np.array([[1.0, 0.6], [0.0, 0.6]])}
    assert fuse(components, {"links": 1.0}, power=2.0)[0].tolist() == [[1.0, 0.36], [0.0, 0.36]]
    pair = SentencePair(
        "1", Sentence(("Council",), "en"), SENTENCE, source_entities=(ENTITY,), alignment=Alignment(frozenset({(0, 2)}))
    )
    (trace,) = Pipeline(RunConfig().updated({"align.name": "given", "score.power": 2})).run([pair])
    assert trace.projection.signature is not None
    assert "|power:2|" in trace.projection.signature
