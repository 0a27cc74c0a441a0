"""Candidate spans from n-grams and from links."""

from __future__ import annotations

import pytest

from xner.config import ExtractConfig
from xner.errors import LimitExceeded
from xner.extract import extractors
from xner.extract.aligned import aligned_spans
from xner.extract.ngram import count_ngrams, longest_candidate, ngram_spans
from xner.text.punctuation import is_punctuation
from xner.types import Alignment, Entity, Sentence, Span


def extract(tokens: list[str], links: set[tuple[int, int]] = frozenset(), **settings: object) -> list[tuple[int, int]]:
    config = ExtractConfig(**settings)
    entities = [Entity(Span(0, 1), "X")]
    found = extractors.get(config.name)(config).extract(
        Sentence(tuple(tokens), "und"), entities, Alignment(frozenset(links))
    )
    return [(candidate.span.start, candidate.span.end) for candidate in found]


@pytest.mark.parametrize(
    "token", [".", "``", "''", "«", "„", "“", "(", "】", "。", "؟", "।", "…", "–", "$", "+", "", "\u200b"]
)
def test_tokens_without_a_letter_or_digit_are_punctuation(token: str) -> None:
    assert is_punctuation(token)


@pytest.mark.parametrize("token", ["a.", "U.S.", "7", "½", "ا", "ก็", "人", "'s"])
def test_tokens_with_a_letter_or_digit_are_words(token: str) -> None:
    assert not is_punctuation(token)


def test_ngrams_come_by_start_then_end_and_never_contain_a_stop_token() -> None:
    spans = ngram_spans(["a", "!", "b", "c"], max_tokens=2, stop_tokens=["!", "?"])
    assert spans == [Span(0, 1), Span(2, 3), Span(2, 4), Span(3, 4)]


def test_the_number_of_ngrams_is_the_count_for_every_limit() -> None:
    for n_tokens in range(8):
        for longest in (None, 1, 3, 9):
            for shortest in (1, 2):
                spans = ngram_spans(["w"] * n_tokens, min_tokens=shortest, max_tokens=longest)
                assert len(spans) == count_ngrams(n_tokens, longest, shortest)


def test_no_candidate_starts_or_ends_in_punctuation_but_one_may_contain_it() -> None:
    found = extract(["«", "Jean", "-", "Luc", "»", "."])
    assert found == [(1, 2), (1, 4), (3, 4)]


def test_edge_punctuation_is_allowed_when_asked_for() -> None:
    assert (0, 2) in extract(["(", "EU"], edge_punctuation=True)


def test_candidates_between_two_stop_tokens_are_all_found() -> None:
    assert extract(["!", "a", "b", "!", "!", "c"]) == [(1, 2), (1, 3), (2, 3), (5, 6)]


def test_an_empty_sentence_has_no_candidates() -> None:
    assert extract([]) == []


@pytest.mark.parametrize("tokens", [list("東京都に住む"), list("กรุงเทพ"), list("ລາວ"), list("ខ្មែរ"), ["မြ", "န်", "မာ"]])
def test_sentences_cut_into_graphemes_have_candidates_three_times_as_long(tokens: list[str]) -> None:
    assert longest_candidate(tokens, 10) == 30


@pytest.mark.parametrize("tokens", [["東京", "都", "住む"], list("abcdef"), ["서", "울"], [], ["中", "a", "b"]])
def test_other_sentences_keep_their_limit(tokens: list[str]) -> None:
    assert longest_candidate(tokens, 10) == 10


def test_no_limit_stays_no_limit() -> None:
    assert longest_candidate(list("東京"), None) is None


def test_aligned_spans_fill_the_linked_region_of_each_entity_and_nothing_else() -> None:
    spans = aligned_spans(list("abcdefg"), [Span(0, 2), Span(3, 4)], {(0, 1), (1, 3), (3, 5)})
    assert spans == [Span(1, 2), Span(1, 3), Span(1, 4), Span(2, 3), Span(2, 4), Span(3, 4), Span(5, 6)]


def test_aligned_spans_of_two_entities_are_not_repeated() -> None:
    assert aligned_spans(list("ab"), [Span(0, 1), Span(1, 2)], {(0, 0), (1, 0)}) == [Span(0, 1)]


def test_links_to_punctuation_do_not_widen_the_aligned_region() -> None:
    tokens = ["Rom", "und", "."]
    assert extract(tokens, {(0, 0), (0, 2)}, name="aligned") == [(0, 1)]
    assert len(extract(tokens, {(0, 0), (0, 2)}, name="aligned", edge_punctuation=True)) == 6


def test_an_unlinked_entity_adds_no_aligned_candidate() -> None:
    assert extract(["a", "b"], set(), name="aligned") == []


def test_descriptions_tell_settings_apart() -> None:
    settings = [{}, {"max_tokens": None}, {"stop_tokens": ()}, {"edge_punctuation": True}, {"name": "aligned"}]
    configs = [ExtractConfig(**values) for values in settings]
    assert len({extractors.get(config.name)(config).describe() for config in configs}) == len(configs)


def test_a_sentence_with_too_many_candidates_is_refused_before_memory_is_taken() -> None:
    extractor = extractors.get("ngram")(ExtractConfig(max_tokens=None))
    with pytest.raises(LimitExceeded, match="max_tokens"):
        extractor.extract(Sentence(("x",) * 900, "und"), (), Alignment(frozenset()))
