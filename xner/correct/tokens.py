"""Cutting tokens by hand: into graphemes, off a clitic, and together again, with every index mapped in one place.

The smallest piece is a grapheme of an imported token; pieces are counted through the sentence. A cutting is the tuple
of places between pieces, without the two ends, where a token ends. White space is never inside a token.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import regex

from xner.text.tokenise import with_text
from xner.types import Link, Sentence, Span

Cuts = tuple[int, ...]
_GRAPHEME = regex.compile(r"\X")


def graphemes(sentence: Sentence) -> tuple[tuple[str, ...], ...]:
    r"""Return the pieces of every imported token; a token is never without one.

    Example:
        >>> [len(pieces) for pieces in graphemes(Sentence(("e\u0301a", "👩‍🚀"), "fr"))]
        [2, 1]
    """
    return tuple(tuple(_GRAPHEME.findall(token)) or (token,) for token in sentence.tokens)


def imported_cuts(sentence: Sentence) -> Cuts:
    """Return the cutting that the sentence came with."""
    return tuple(accumulate(len(pieces) for pieces in graphemes(sentence)))[:-1]


def check_cuts(sentence: Sentence, cuts: Sequence[int]) -> Cuts | None:
    """Return a cutting that was checked, ``None`` where it is that of the imported tokens.

    Raises:
        ValueError: not increasing, outside the sentence, or a token would hold white space.
    """
    n_pieces = sum(len(pieces) for pieces in graphemes(sentence))
    places = [0, *cuts, n_pieces]
    if any(before >= after for before, after in pairwise(places)) and n_pieces:
        raise ValueError("the tokens are not cut in order inside the sentence")
    imported = imported_cuts(sentence)
    spaces = with_text(sentence).spaces or ()
    kept = set(cuts)
    for number, place in enumerate(imported):
        if place not in kept and spaces[number]:
            raise ValueError(f"tokens {number + 1} and {number + 2} can't be merged: white space stands between them")
    return None if tuple(cuts) == imported else tuple(cuts)


def cut(sentence: Sentence, cuts: Cuts | None) -> Sentence:
    """Return the sentence in the tokens of a cutting; its text stays.

    Example:
        >>> cut(Sentence(("ab", "c"), "zh", spaces=(False, False)), (1, 2)).tokens
        ('a', 'b', 'c')
    """
    if cuts is None:
        return sentence
    full = with_text(sentence)
    pieces = [piece for token in graphemes(sentence) for piece in token]
    starts, ends, after = _piece_places(full)
    ranges = list(pairwise([0, *cuts, len(pieces)]))
    return Sentence(
        tokens=tuple("".join(pieces[a:b]) for a, b in ranges),
        lang=sentence.lang,
        text=full.text,
        offsets=tuple((starts[a], ends[b - 1]) for a, b in ranges),
        spaces=tuple(after[b - 1] for _, b in ranges),
    )


def remap(span: Span, sentence: Sentence, old: Cuts | None, new: Cuts | None) -> Span:
    """Return the smallest span of the new cutting that holds everything of a span of the old one.

    Example:
        >>> word = Sentence(("abc",), "zh")
        >>> remap(Span(0, 1), word, None, (1, 2)), remap(Span(1, 2), word, (1, 2), None)
        (Span(start=0, end=3), Span(start=0, end=1))
    """
    if old == new:
        return span
    before, after = _token_ranges(sentence, old), _token_ranges(sentence, new)
    first, last = before[span.start][0], before[span.end - 1][1]
    hit = [number for number, (a, b) in enumerate(after) if a < last and first < b]
    return Span(hit[0], hit[-1] + 1)


def cut_links(links: Sequence[Link] | frozenset[Link], sentence: Sentence, cuts: Cuts | None) -> frozenset[Link]:
    """Return links between imported tokens as links to the target tokens of a cutting."""
    if cuts is None:
        return frozenset(links)
    old, new = _token_ranges(sentence, None), _token_ranges(sentence, cuts)
    onto = {j: [k for k, (a, b) in enumerate(new) if a < old[j][1] and old[j][0] < b] for j in range(len(old))}
    return frozenset((i, k) for i, j in links for k in onto[j])


def _token_ranges(sentence: Sentence, cuts: Cuts | None) -> list[tuple[int, int]]:
    n_pieces = sum(len(pieces) for pieces in graphemes(sentence))
    return list(pairwise([0, *(imported_cuts(sentence) if cuts is None else cuts), n_pieces]))


def _piece_places(full: Sentence) -> tuple[list[int], list[int], list[bool]]:
    """Return for every piece where it starts and ends in the text, and whether white space follows."""
    starts, ends, after = [], [], []
    for token, (char_start, char_end), space in zip(
        graphemes(full), full.offsets or (), full.spaces or (), strict=True
    ):
        place = char_start
        for piece in token:
            starts.append(place)
            place += len(piece)
            ends.append(place)
            after.append(False)
        ends[-1] = char_end
        after[-1] = space
    return starts, ends, after
