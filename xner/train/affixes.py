"""Copies of labelled sentences in which short made-up affixes grow on words, as in languages that inflect names.

Zulu writes *uNelson* and *eNingizimu Afrika*, Turkish *Ankara'da*, Finnish *Pariisissa*. A recogniser that was trained
on languages without such forms takes a letter in front of a capital for the end of the name. The affixes are random
syllables: no word list and no labelled sentence of another language is needed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from xner.types import Entity, Sentence

_CONSONANTS = "bcdfghjklmnpqrstvwxyz"
_VOWELS = "aeiou"
_ELSEWHERE = 0.2
"""Of the chance of a name, what a word in lower case has: an affix must not give a name away."""
_JOINED = 0.2
"""Share of affixes that are joined by a hyphen or an apostrophe."""
Example = tuple[Sentence, tuple[Entity, ...]]


def with_affixes(examples: Sequence[Example], share: float, seed: int) -> list[Example]:
    """Return copies of the sentences that have entities, with affixes on some words; the entities stay.

    An affix stands before the first or after the last token of an entity, and on either end of other words: with the
    same chance where they begin with a capital, with a fifth of it elsewhere.

    Args:
        examples: gold.
        share: chance of an affix, in [0, 1].
        seed: equal seeds give equal copies.

    Example:
        >>> from xner.types import Span
        >>> gold = (Sentence(("in", "New", "York"), "en"), (Entity(Span(1, 3), "LOC"),))
        >>> [(sentence, _)] = with_affixes([gold], 1.0, seed=5)
        >>> sentence.tokens
        ('in', 'New', 'Yorkoza')
    """
    draw = random.Random(seed)  # noqa: S311 no secret
    copies = []
    for sentence, entities in examples:
        if entities:
            tokens = list(sentence.tokens)
            inside = {k for entity in entities for k in entity.span}
            for entity in entities:
                _grow(tokens, entity.span.start, entity.span.end - 1, share, draw)
            for k, token in enumerate(sentence.tokens):
                if k not in inside:
                    _grow(tokens, k, k, share if token[:1].isupper() else share * _ELSEWHERE, draw)
            bare = replace(sentence, tokens=tuple(tokens), text=None, offsets=None, spaces=None)
            copies.append((bare, entities))
    return copies


def _grow(tokens: list[str], first: int, last: int, share: float, draw: random.Random) -> None:
    """Put an affix before the first or after the last token, by chance; signs and numbers get none."""
    if draw.random() >= share:
        return
    joint = draw.choice("-'’") if draw.random() < _JOINED else ""
    if draw.random() < 0.5:
        if tokens[first][:1].isalpha():
            tokens[first] = f"{_affix(draw)}{joint}{tokens[first]}"
    elif tokens[last][-1:].isalpha():
        tokens[last] = f"{tokens[last]}{joint}{_affix(draw)}"


def _affix(draw: random.Random) -> str:
    """Return one or two open syllables, for example ``u``, ``nge``, ``ora``, ``sope``."""
    syllables = []
    for _ in range(draw.choice((1, 1, 2))):
        n_consonants = draw.choice((0, 1, 1, 2))
        syllables.append("".join(draw.choice(_CONSONANTS) for _ in range(n_consonants)) + draw.choice(_VOWELS))
    return "".join(syllables)
