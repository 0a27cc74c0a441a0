"""Cutting tokens: nothing but the cutting changes, and every index follows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.correct.tokens import check_cuts, cut, cut_links, graphemes, imported_cuts, remap
from xner.types import Sentence, Span

WORDS = st.text(alphabet="aé東京ไทยבב👩‍🚀و", min_size=1, max_size=6)


@st.composite
def cut_sentences(draw):
    lang = draw(st.sampled_from(["zh", "ja", "th", "de"]))
    sentence = Sentence(tuple(draw(st.lists(WORDS, min_size=1, max_size=6))), lang)
    n = sum(len(g) for g in graphemes(sentence))
    places = set(imported_cuts(sentence)) | set(draw(st.sets(st.integers(1, n - 1)))) if n > 1 else set()
    return sentence, tuple(sorted(places))


@given(cut_sentences())
def test_cutting_further_loses_no_character(made):
    sentence, cuts = made
    assert "".join(cut(sentence, cuts).tokens) == "".join(sentence.tokens)


@given(cut_sentences())
def test_offsets_of_cut_tokens_point_at_their_text(made):
    sentence, cuts = made
    tokens = cut(sentence, check_cuts(sentence, cuts))
    if tokens.offsets is not None and tokens.text is not None:
        assert [tokens.text[a:b] for a, b in tokens.offsets] == list(tokens.tokens)


@given(cut_sentences(), st.data())
def test_a_span_of_imported_tokens_survives_every_split(made, data):
    sentence, cuts = made
    start = data.draw(st.integers(0, len(sentence) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(sentence))))
    there = remap(span, sentence, None, cuts)
    assert "".join(cut(sentence, cuts).tokens[there.start : there.end]) == "".join(
        sentence.tokens[span.start : span.end]
    )
    assert remap(there, sentence, cuts, None) == span


def test_a_span_that_ends_inside_an_imported_token_is_widened():
    sentence = Sentence(("東京都", "へ"), "ja")
    cuts = (1, 2, 3)
    assert remap(Span(0, 2), sentence, cuts, None) == Span(0, 1)


def test_merging_over_white_space_is_refused():
    with pytest.raises(ValueError, match="white space"):
        check_cuts(Sentence(("New", "York"), "en", spaces=(True, False)), (1, 2, 4, 5, 6))


def test_merging_where_nothing_stands_between_is_allowed():
    sentence = Sentence(("東", "京"), "ja", spaces=(False, False))
    assert cut(sentence, check_cuts(sentence, ())).tokens == ("東京",)


def test_the_imported_cutting_is_none():
    sentence = Sentence(("ab", "c"), "zh", spaces=(False, False))
    assert check_cuts(sentence, (2,)) is None


@pytest.mark.parametrize("cuts", [(0,), (3,), (2, 1), (1, 1)])
def test_a_cutting_outside_or_out_of_order_is_refused(cuts):
    with pytest.raises(ValueError, match="order"):
        check_cuts(Sentence(("abc",), "zh", spaces=(False,)), cuts)


def test_links_go_to_every_part_of_a_split_token():
    sentence = Sentence(("abc", "d"), "zh", spaces=(False, False))
    assert cut_links(frozenset({(0, 0), (5, 1)}), sentence, (1, 3)) == {(0, 0), (0, 1), (5, 2)}
