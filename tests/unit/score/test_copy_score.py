"""Likeness of spelling, against a slow and plain edit distance."""

from __future__ import annotations

import numpy as np
import pytest

from xner.config import ScoreConfig
from xner.score import ScoreRequest, scorers
from xner.score.copy import copy_similarity
from xner.types import Alignment, Candidate, Entity, Sentence, SentencePair, Span


def plain_similarity(a: str, b: str) -> float:
    before = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y)))
        before = row
    return 1 - before[-1] / max(len(a), len(b))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("floor", [0.0, 0.6])
def test_every_score_is_one_minus_edits_over_the_longer_name(seed: int, floor: float) -> None:
    rng = np.random.default_rng(seed)
    source, target = (["".join(rng.choice(list("abc"), rng.integers(1, 5))) for _ in range(n)] for n in (4, 6))
    entities = [Span(i, j) for i in range(4) for j in range(i + 1, 5)]
    candidates = [Span(i, j) for i in range(6) for j in range(i + 1, 7)]
    found = copy_similarity(source, target, entities, candidates, floor=floor)
    for row, entity in enumerate(entities):
        for column, candidate in enumerate(candidates):
            names = ("".join(source[entity.start : entity.end]), "".join(target[candidate.start : candidate.end]))
            expected = plain_similarity(*names)
            assert found[row, column] == pytest.approx(expected if expected >= floor else 0.0)


def similarity(source: list[str], target: list[str], **options: bool) -> float:
    whole = [Span(0, len(source))], [Span(0, len(target))]
    return float(copy_similarity(source, target, *whole, **options)[0, 0])


def test_case_spaces_and_normal_form_make_no_difference() -> None:
    assert similarity(["NEW", "YORK"], ["NewYork"]) == 1.0
    assert similarity(["Jos\u00e9"], ["Jose\u0301"], romanise=False) == 1.0


def test_other_scripts_are_compared_in_latin_letters_unless_switched_off() -> None:
    assert similarity(["Moskva"], ["Москва"]) == 1.0
    assert similarity(["Moskva"], ["Москва"], romanise=False) == 0.0


def test_tokens_without_a_letter_to_compare_score_nothing() -> None:
    assert similarity(["\u0301"], ["Ada"]) == 0.0
    assert similarity(["Ada"], ["\u200d"], romanise=True) == 0.0
    assert copy_similarity([], [], [], []).shape == (0, 0)


def test_the_scorer_needs_no_links() -> None:
    pair = SentencePair("1", Sentence(("in", "Kampala"), "en"), Sentence(("mu", "Kampala"), "lg"))
    entity, candidates = Entity(Span(1, 2), "LOC"), (Candidate(Span(0, 1)), Candidate(Span(1, 2)))
    scorer = scorers.get("copy")(ScoreConfig())
    (scores,) = scorer.score([ScoreRequest(pair, (entity,), candidates, Alignment(frozenset()))])
    assert scores is not None
    assert scores.tolist() == [[0.0, 1.0]]
    assert scorer.describe() == "copy+floor:0.8+romanised"
