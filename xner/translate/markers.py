"""Entities between brackets that a translator carries along: ``[Awa Diop] ye [Mali] jamana minisiri ye``.

`read_marked` follows Politov et al.'s back-translation: a bracketed string belongs to the entity whose own translation
it resembles most. `read_easyproject` follows EasyProject's stricter rules, which discard doubtful sentences.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from xner.text.tokenise import with_text
from xner.types import Entity, Sentence, Span

_BRACKETED = re.compile(r"\[(.*?)\]")
_PIECE = re.compile(r"[\[\]]|[^\s\[\]]+")
_DOUBLE = re.compile(r"([\[\]])(?:\s*\1)+")
_FOREIGN_BRACKETS = str.maketrans("［］【】〔〕〚〛⟦⟧", "[][][][][]")
_OWN_BRACKETS = str.maketrans("[]［］【】〔〕〚〛⟦⟧", "()()()()()()")
_ALIKE = 0.5

Tokeniser = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """Tokens of a sentence without its markers, and the entities found.

    `Entity.source` is the number of the phrase that an entity was recognised by, None where labels were assigned.
    """

    tokens: tuple[str, ...]
    entities: tuple[Entity, ...]


def mark(sentence: Sentence, entities: Sequence[Entity]) -> str:
    """Return the text of a sentence with brackets around its entities; brackets of its own become round ones.

    Args:
        sentence: The sentence.
        entities: In order of start, disjoint.

    Example:
        >>> mark(Sentence(("Mali", "[", "2", "]"), "en"), [Entity(Span(0, 1), "LOC")])
        '[Mali] ( 2 )'
    """
    shown = with_text(sentence)
    text, offsets = (shown.text or "").translate(_OWN_BRACKETS), shown.offsets or ()
    parts, position = [], 0
    for entity in entities:
        start, end = offsets[entity.span.start][0], offsets[entity.span.end - 1][1]
        parts += [text[position:start], "[", text[start:end], "]"]
        position = end
    return "".join([*parts, text[position:]])


def one_kind_of_brackets(text: str) -> str:
    """Return a translation in which brackets of other scripts are plain ones, and doubled ones single.

    Example:
        >>> one_kind_of_brackets("【馬里】 [[Mali]]")
        '[馬里] [Mali]'
    """
    return _DOUBLE.sub(r"\1", text.translate(_FOREIGN_BRACKETS))


def split_at_blanks(text: str) -> list[str]:
    """Return what stands between white space, brackets apart.

    Example:
        >>> split_at_blanks("[abc] x")
        ['[', 'abc', ']', 'x']
    """
    return _PIECE.findall(text)


def bracket_similarity(bracketed: str, phrase: str) -> float:
    """Return how alike a string and a phrase are in lower case, in [0, 1]; brackets count as characters.

    Example:
        >>> round(bracket_similarity("[Mali]", "Mali"), 4)
        0.8
    """
    return SequenceMatcher(None, bracketed.lower(), phrase.lower()).ratio()


def read_marked(
    sentence: str,
    phrases: Sequence[str],
    labels: Sequence[str],
    *,
    threshold: float = 0.5,
    keep_brackets: bool = False,
    tokenise: Tokeniser = split_at_blanks,
) -> MarkedSentence:
    """Return tokens and entities of a translated sentence with markers.

    From left to right, each bracketed string takes the most similar phrase that is still unused, the first of equal
    ones, if the similarity, brackets included, is strictly above `threshold`; the phrase gives the label. Unbalanced
    brackets never match.

    Args:
        sentence: Translation of the sentence whose entities were put in brackets.
        phrases: Translation of each entity alone.
        labels: Label of each entity.
        threshold: Similarity that a phrase must exceed.
        keep_brackets: Whether brackets without a phrase stay as tokens, as in the published code, or are dropped.
        tokenise: Cuts the text before, inside and after brackets, each for itself.

    Source: Politov et al. 2025, back-translation; the best phrase is taken where their code takes the last.

    Example:
        >>> found = read_marked("[Awa Diop] ye [Mali] ye", ["Mali", "Awa Diop"], ["LOC", "PER"])
        >>> found.tokens, [(e.span.start, e.span.end, e.label) for e in found.entities]
        (('Awa', 'Diop', 'ye', 'Mali', 'ye'), [(0, 2, 'PER'), (3, 4, 'LOC')])
    """
    unused = dict(enumerate(phrases))

    def best_phrase(bracketed: str) -> tuple[str, int] | None:
        similarity = {index: bracket_similarity(f"[{bracketed}]", phrase) for index, phrase in unused.items()}
        best = max(similarity, key=similarity.__getitem__, default=None)
        if best is None or similarity[best] <= threshold:
            return None
        del unused[best]
        return labels[best], best

    return _assemble(sentence, best_phrase, keep_brackets, tokenise)


def read_easyproject(
    sentence: str,
    phrases: Sequence[str],
    source_phrases: Sequence[str],
    labels: Sequence[str],
    *,
    tokenise: Tokeniser = split_at_blanks,
) -> MarkedSentence | None:
    """Return tokens and entities of a translated sentence with markers, None where it should not be used.

    Brackets must be as many as entities. Entities of one label are assigned in order; otherwise a bracketed string
    takes the label of the first of these that applies: equal to a translated entity, equal to a source entity, similar
    (above 0.5) to a translated one, similar to a source one. One that is left over takes the remaining label. The
    labels must be those of the source, each as often.

    Args:
        sentence: Translation of the sentence whose entities were put in brackets; doubled and full-width brackets are
            read as single ones.
        phrases: Translation of each entity alone.
        source_phrases: The entities as in the source sentence.
        labels: Label of each entity.
        tokenise: Cuts the text before, inside and after brackets, each for itself.

    Source: Chen et al. 2023, EasyProject (arXiv 2211.15613), decoding.
    """
    clean = one_kind_of_brackets(sentence)
    bracketed = _BRACKETED.findall(clean)
    if not len(labels) == len(bracketed) == clean.count("[") == clean.count("]"):
        return None
    if len(set(labels)) <= 1:
        decoded: list[str | None] = list(labels)
    else:
        decoded = [_label_like(text, phrases, source_phrases, labels) for text in bracketed]
        missing = Counter(labels) - Counter(label for label in decoded if label)
        if decoded.count(None) == 1 and missing.total() == 1:
            decoded[decoded.index(None)] = next(iter(missing))
    if Counter(decoded) != Counter(labels):
        return None
    in_order = iter(label or "" for label in decoded)
    return _assemble(clean, lambda _: (next(in_order), None), False, tokenise)


def _label_like(text: str, phrases: Sequence[str], source_phrases: Sequence[str], labels: Sequence[str]) -> str | None:
    text = text.strip().lower()
    known = [[phrase.strip().lower() for phrase in side] for side in (phrases, source_phrases)]
    tests: tuple[Callable[[str], bool], ...] = (
        lambda phrase: phrase == text,
        lambda phrase: SequenceMatcher(None, text, phrase).ratio() > _ALIKE,
    )
    return next(
        (
            label
            for applies in tests
            for side in known
            for phrase, label in zip(side, labels, strict=True)
            if applies(phrase)
        ),
        None,
    )


def _assemble(
    sentence: str,
    entity_of: Callable[[str], tuple[str, int | None] | None],
    keep_brackets: bool,
    tokenise: Tokeniser,
) -> MarkedSentence:
    """Cut the sentence at its brackets; `entity_of` gives label and source of a bracketed string that is an entity."""
    tokens: list[str] = []
    entities: list[Entity] = []

    def add(text: str) -> None:
        tokens.extend(tokenise(text if keep_brackets else text.replace("[", " ").replace("]", " ")))

    position = 0
    for found in _BRACKETED.finditer(sentence):
        add(sentence[position : found.start()])
        position = found.end()
        entity = entity_of(found[1])
        shows_brackets = keep_brackets and entity is None
        tokens += ["["] * shows_brackets
        start = len(tokens)
        add(found[1])
        if entity is not None and len(tokens) > start:
            entities.append(Entity(Span(start, len(tokens)), entity[0], source=entity[1]))
        tokens += ["]"] * shows_brackets
    add(sentence[position:])
    return MarkedSentence(tuple(tokens), tuple(entities))
