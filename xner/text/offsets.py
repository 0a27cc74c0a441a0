"""Token spans, code point ranges and UTF-16 ranges, converted into each other.

Inside xner characters are counted in code points, as Python does; browsers and Java count UTF-16 units, in which an
emoji takes two.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from xner.types import Span

Range = tuple[int, int]
"""A half-open range ``[start, end)`` of characters."""


def char_range(offsets: Sequence[Range], span: Span) -> Range:
    """Return the code points ``[char_start, char_end)`` from the first to the last token of a span.

    Args:
        offsets: of all tokens of the sentence, in order, as in `Sentence.offsets`.
        span: tokens of that sentence.

    Raises:
        ValueError: the span ends beyond the last token.

    Example:
        >>> char_range([(0, 3), (4, 8), (8, 9)], Span(1, 3))
        (4, 9)
    """
    if span.end > len(offsets):
        raise ValueError(f"span ends at token {span.end}, the sentence has {len(offsets)}")
    return offsets[span.start][0], offsets[span.end - 1][1]


def span_of_chars(offsets: Sequence[Range], char_start: int, char_end: int) -> Span | None:
    """Return the tokens that share a character with ``[char_start, char_end)``, or ``None`` if there are none.

    A range that ends inside a token takes the whole token.

    Example:
        >>> offsets = [(0, 3), (4, 8), (8, 9)]
        >>> span_of_chars(offsets, 4, 8), span_of_chars(offsets, 2, 5), span_of_chars(offsets, 3, 4)
        (Span(start=1, end=2), Span(start=0, end=2), None)
    """
    if char_start >= char_end:
        return None
    start = bisect_right(offsets, char_start, key=lambda pair: pair[1])
    end = bisect_left(offsets, char_end, key=lambda pair: pair[0])
    return Span(start, end) if start < end else None


def utf16_range(text: str, char_start: int, char_end: int) -> Range:
    """Return the UTF-16 units of a range of code points.

    Raises:
        ValueError: the range isn't inside the text.

    Example:
        >>> utf16_range("🙂 Berlin", 2, 8)
        (3, 9)
    """
    if not 0 <= char_start <= char_end <= len(text):
        raise ValueError(f"characters [{char_start}, {char_end}) are not inside a text of {len(text)}")
    before = _units(text[:char_start])
    return before, before + _units(text[char_start:char_end])


def code_point_range(text: str, utf16_start: int, utf16_end: int) -> Range:
    """Return the code points of a range of UTF-16 units.

    Raises:
        ValueError: the range isn't inside the text, or cuts a character in two.

    Example:
        >>> code_point_range("🙂 Berlin", 3, 9)
        (2, 8)
    """
    units = text.encode("utf-16-le", "surrogatepass")
    if not 0 <= utf16_start <= utf16_end <= len(units) // 2:
        raise ValueError(f"UTF-16 units [{utf16_start}, {utf16_end}) are not inside a text of {len(units) // 2}")
    try:
        before = len(units[: 2 * utf16_start].decode("utf-16-le"))
        inside = len(units[2 * utf16_start : 2 * utf16_end].decode("utf-16-le"))
    except UnicodeDecodeError:
        raise ValueError(f"UTF-16 units [{utf16_start}, {utf16_end}) cut a character in two") from None
    return before, before + inside


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
