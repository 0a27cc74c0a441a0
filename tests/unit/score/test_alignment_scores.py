"""Scores over links and the soft alignment score, against slow and plain definitions."""

from __future__ import annotations

import numpy as np
import pytest

from xner.config import ScoreConfig
from xner.score import ScoreRequest, scorers
from xner.score.alignment import coverage_dice, coverage_min, link_dice, link_half, soft
from xner.types import Alignment, Candidate, Entity, Sentence, SentencePair, Span

RULES = (link_dice, link_half, coverage_dice, coverage_min)


def plain_scores(entity: Span, candidate: Span, links: set[tuple[int, int]]) -> tuple[float, float, float, float]:
    between = [(i, j) for i, j in links if i in list(entity) and j in list(candidate)]
    covered_source, covered_target = len({i for i, _ in between}), len({j for _, j in between})
    total = len(entity) + len(candidate)
    return (
        2 * len(between) / total,
        len(between) / total,
        (covered_source + covered_target) / total,
        2 * min(covered_source, covered_target) / total,
    )


def random_spans(rng: np.random.Generator, n_tokens: int, n_spans: int) -> list[Span]:
    starts = rng.integers(0, n_tokens, n_spans)
    return [Span(int(start), int(rng.integers(start + 1, n_tokens + 1))) for start in starts]


@pytest.mark.parametrize("seed", range(5))
def test_link_scores_equal_their_definitions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    links = {(int(rng.integers(9)), int(rng.integers(7))) for _ in range(12)}
    entities, candidates = random_spans(rng, 9, 4), random_spans(rng, 7, 12)
    found = [rule(entities, candidates, links) for rule in RULES]
    for row, entity in enumerate(entities):
        for column, candidate in enumerate(candidates):
            values = [scores[row, column] for scores in found]
            assert values == pytest.approx(plain_scores(entity, candidate, links))


@pytest.mark.parametrize("rule", RULES)
def test_without_links_entities_or_candidates_scores_are_zero_or_empty(rule) -> None:
    assert rule([Span(0, 2)], [Span(0, 1)], set()).tolist() == [[0.0]]
    assert rule([], [Span(0, 1)], {(0, 0)}).shape == (0, 1)
    assert rule([Span(0, 1)], [], {(0, 0)}).shape == (1, 0)


def test_the_coverage_scores_stay_within_one_where_link_dice_does_not() -> None:
    links = {(i, j) for i in range(3) for j in range(3)}
    whole = [Span(0, 3)]
    assert link_dice(whole, whole, links)[0, 0] == 3.0
    assert coverage_dice(whole, whole, links)[0, 0] == coverage_min(whole, whole, links)[0, 0] == 1.0


def plain_soft(similarity, source, target, entity: Span, candidate: Span, temperature: float) -> float:
    powers = np.exp(np.asarray(similarity, dtype=float) / temperature)
    forward, backward = powers / powers.sum(axis=1, keepdims=True), powers / powers.sum(axis=0)
    rows = [i for i, token in enumerate(source) if token in list(entity)]
    columns = [j for j, token in enumerate(target) if token in list(candidate)]
    if not rows or not columns:
        return 0.0
    recall = sum(forward[i, j] for i in rows for j in columns) / len(rows)
    precision = sum(backward[i, j] for i in rows for j in columns) / len(columns)
    return 2 * recall * precision / (recall + precision)


@pytest.mark.parametrize("seed", range(5))
def test_the_soft_score_equals_its_definition_for_pieces_in_any_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source, target = rng.integers(0, 6, 10).tolist(), rng.integers(0, 5, 8).tolist()
    similarity = rng.uniform(-1, 1, (10, 8))
    entities, candidates = random_spans(rng, 6, 3), random_spans(rng, 5, 8)
    found = soft(similarity, source, target, entities, candidates, temperature=0.3, floor=0.0)
    expected = [[plain_soft(similarity, source, target, e, c, 0.3) for c in candidates] for e in entities]
    assert found == pytest.approx(np.array(expected))


def test_soft_scores_below_the_floor_are_zero_and_those_at_it_stay() -> None:
    similarity = np.array([[0.9, 0.1], [0.2, 0.8]], dtype=np.float32)
    spans = [Span(0, 1), Span(1, 2)]
    free = soft(similarity, [0, 1], [0, 1], spans, spans, temperature=0.5, floor=0.0)
    floor = float(free[0, 1])
    cut = soft(similarity, [0, 1], [0, 1], spans, spans, temperature=0.5, floor=floor)
    assert cut[0, 1] == floor
    assert soft(similarity, [0, 1], [0, 1], spans, spans, temperature=0.5, floor=floor + 1e-9)[0, 1] == 0.0


def test_a_perfect_sharp_alignment_scores_one() -> None:
    spans = [Span(0, 1), Span(1, 2)]
    assert soft(np.eye(2), [0, 1], [0, 1], spans, spans) == pytest.approx(np.eye(2))


def test_a_cold_softmax_stays_finite() -> None:
    found = soft(np.array([[1.0, -1.0]]), [0], [0, 1], [Span(0, 1)], [Span(0, 1), Span(1, 2)], temperature=1e-6)
    assert np.isfinite(found).all()


def test_tokens_without_a_sub_word_score_zero() -> None:
    found = soft(np.ones((1, 1)), [0], [0], [Span(0, 1), Span(1, 2)], [Span(0, 1), Span(2, 3)])
    assert found.tolist() == [[1.0, 0.0], [0.0, 0.0]]


def test_a_side_without_sub_words_scores_zero() -> None:
    assert soft(np.zeros((0, 2)), [], [0, 1], [Span(0, 1)], [Span(0, 1)]).tolist() == [[0.0]]
    assert soft(np.zeros((2, 0)), [0, 1], [], [Span(0, 1)], [Span(0, 1)]).tolist() == [[0.0]]


def request(alignment: Alignment) -> ScoreRequest:
    pair = SentencePair("1", Sentence(("a", "b"), "en"), Sentence(("x", "y"), "de"))
    return ScoreRequest(pair, (Entity(Span(0, 1), "PER"),), (Candidate(Span(0, 1)), Candidate(Span(1, 2))), alignment)


def test_the_soft_scorer_says_none_for_given_links() -> None:
    scorer = scorers.get("soft")(ScoreConfig())
    similar = Alignment(frozenset(), similarity=np.eye(2, dtype=np.float32), source_pieces=(0, 1), target_pieces=(0, 1))
    given, computed = scorer.score([request(Alignment(frozenset({(0, 0)}))), request(similar)])
    assert given is None
    assert computed == pytest.approx(np.array([[1.0, 0.0]]))


def test_the_soft_scorer_reads_temperature_and_floor() -> None:
    similar = Alignment(
        frozenset(),
        similarity=np.array([[0.5, 0.4], [0.1, 0.6]], dtype=np.float32),
        source_pieces=(0, 1),
        target_pieces=(0, 1),
    )
    settings = [ScoreConfig(), ScoreConfig(soft_temperature=0.5), ScoreConfig(soft_temperature=0.5, soft_floor=0.6)]
    found = [scorers.get("soft")(config).score([request(similar)])[0].tolist() for config in settings]
    assert found[0] != found[1] != found[2]
    assert len({scorers.get("soft")(config).describe() for config in settings}) == 3


def test_registered_link_scores_are_the_published_and_the_bounded_form() -> None:
    linked = request(Alignment(frozenset({(0, 0), (0, 1)})))
    entities, candidates = [Span(0, 1)], [Span(0, 1), Span(1, 2)]
    for name, rule in (("links", link_dice), ("coverage", coverage_dice)):
        (found,) = scorers.get(name)(ScoreConfig()).score([linked])
        assert found.tolist() == rule(entities, candidates, linked.alignment.links).tolist()
        assert scorers.get(name)(ScoreConfig()).describe() == name
