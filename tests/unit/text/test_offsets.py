import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.text.offsets import char_range, code_point_range, span_of_chars, utf16_range
from xner.types import Span

TRICKY = "ab é e\u0301 👩‍👩‍👧 👍🏽 ש\u05b8 \u200d\u200c 🇰🇪 𐐀\ud800"
texts = st.text(st.sampled_from(TRICKY), max_size=12) | st.text(max_size=12)


@st.composite
def text_and_range(draw):
    text = draw(texts)
    edges = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    return text, edges[0], edges[1]


@st.composite
def offsets_and_span(draw):
    lengths = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), min_size=1, max_size=8))
    offsets, position = [], 0
    for gap, length in lengths:
        offsets.append((position + gap, position + gap + length))
        position += gap + length
    start = draw(st.integers(0, len(offsets) - 1))
    return offsets, Span(start, draw(st.integers(start + 1, len(offsets))))


@given(text_and_range())
def test_utf16_and_back_is_the_same_range(drawn):
    text, start, end = drawn
    if any("\ud800" <= character <= "\udfff" for character in text):
        return
    assert code_point_range(text, *utf16_range(text, start, end)) == (start, end)


@given(text_and_range())
def test_utf16_range_is_what_a_browser_would_cut_out(drawn):
    text, start, end = drawn
    units = text.encode("utf-16-le", "surrogatepass")
    utf16_start, utf16_end = utf16_range(text, start, end)
    assert units[2 * utf16_start : 2 * utf16_end] == text[start:end].encode("utf-16-le", "surrogatepass")


@given(offsets_and_span())
def test_span_to_characters_and_back_is_the_same_span(drawn):
    offsets, span = drawn
    assert span_of_chars(offsets, *char_range(offsets, span)) == span


@given(offsets_and_span(), st.integers(0, 40), st.integers(0, 40))
def test_a_range_of_characters_takes_exactly_the_tokens_that_it_touches(drawn, start, end):
    offsets, _ = drawn
    touched = [i for i, (token_start, token_end) in enumerate(offsets) if max(token_start, start) < min(token_end, end)]
    expected = Span(touched[0], touched[-1] + 1) if touched else None
    assert span_of_chars(offsets, start, end) == expected


def test_an_edge_inside_a_character_is_refused():
    with pytest.raises(ValueError, match="cut a character"):
        code_point_range("a🙂", 1, 2)
    with pytest.raises(ValueError, match="cut a character"):
        code_point_range("a🙂", 2, 3)


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (0, 4), (2, 1)])
def test_ranges_outside_the_text_are_refused(start, end):
    with pytest.raises(ValueError, match="not inside"):
        utf16_range("abc", start, end)
    with pytest.raises(ValueError, match="not inside"):
        code_point_range("abc", start, end)


def test_a_span_beyond_the_tokens_is_refused():
    with pytest.raises(ValueError, match="the sentence has 1"):
        char_range([(0, 1)], Span(0, 2))
