"""Where a token may be cut because a small word is written together with the next: ב+בריסל, و+ال+…, کتاب‌+ها.

The places are offered, nothing is cut: a name may begin with the very letters of a prefix (Moshe, Walid).
"""

from __future__ import annotations

from collections.abc import Sequence

import regex

_MIN_REST = 2
"""Pieces that must be left of the word after a cut; shorter rests are words of their own (הם, لي)."""

_ARABIC = frozenset("ar arb acm aeb afb ajp apc apd arq ars ary arz ayl".split())
_JOINED_BY_NON_JOINER = frozenset("fa prs ur ps ckb pnb sd".split())
"""Languages that set a plural or a verb's prefix off by a zero-width non-joiner inside the written word."""

_PREFIXES: dict[str, tuple[tuple[str, ...], ...]] = {
    "he": (("ו",), ("לכש", "כש", "מש", "ש"), ("ב", "כ", "ל", "מ"), ("ה",)),
    "ar": (("و", "ف"), ("ب", "ك", "ل", "س"), ("ال",)),
}
"""Small words in the order in which they follow each other; each may be missing."""

_HYPHENS = frozenset("-־‐‑")
_NON_JOINER = "\u200c"
_MARKS = regex.compile(r"[\p{M}\p{Cf}ـ]")
_SAME_LETTER = str.maketrans("ٱ", "ا")


def clitic_places(pieces: Sequence[str], lang: str) -> tuple[int, ...]:
    """Return the places inside a token where a clitic ends, counted in its pieces (graphemes); mostly none.

    Vowel signs don't matter. A hyphen after a prefix stays with the prefix.

    Example:
        >>> clitic_places(tuple("ובבריסל"), "he"), clitic_places(tuple("والمفوضية"), "ar"), clitic_places("und", "de")
        ((1, 2), (1, 3), ())
    """
    language = lang.partition("-")[0].lower()
    if language in _JOINED_BY_NON_JOINER:
        return tuple(place for place, piece in enumerate(pieces[:-1], 1) if piece.endswith(_NON_JOINER))
    prefixes = _PREFIXES.get("ar" if language in _ARABIC else language)
    return _after_prefixes([_bare(piece) for piece in pieces], prefixes) if prefixes else ()


def _after_prefixes(letters: Sequence[str], prefixes: Sequence[Sequence[str]]) -> tuple[int, ...]:
    places: list[int] = []
    place = 0
    for slot in prefixes:
        end = next((end for word in slot if (end := _end_of(word, letters, place))), None)
        if end is not None:
            place = end
            places.append(place)
    return tuple(places)


def _end_of(word: str, letters: Sequence[str], place: int) -> int | None:
    """Return where a prefix at a place ends, ``None`` where it does not stand or nothing would be left."""
    end = place + len(word)
    if tuple(letters[place:end]) != tuple(word):
        return None
    if end < len(letters) and letters[end] in _HYPHENS:
        end += 1
    return end if len(letters) - end >= _MIN_REST else None


def _bare(piece: str) -> str:
    letter: str = _MARKS.sub("", piece)
    return letter.translate(_SAME_LETTER)
