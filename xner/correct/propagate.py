"""The same name elsewhere: a correction offered to every other sentence that has the same words.

Words are compared token by token after NFC and case folding. In scripts without spaces tokens are guesses, so there
the same characters count, wherever they begin and end at the edge of a token.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from xner.correct.annotation import AnnotatedEntity, Annotation
from xner.correct.tokens import cut
from xner.text.normalise import nfc
from xner.text.script import writes_spaces
from xner.types import Sentence, SentencePair, Span

Words = tuple[str, ...]
_EDGE = "\x1f"
"""Stands between tokens; no sentence holds it."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What is carried over: the folded words of an entity, its label, and of its source entity words and label.

    `source` is ``None`` for an entity without a link.
    """

    lang: str
    words: Words
    label: str
    source: tuple[Words, str] | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """One sentence with the correction carried over to `spans`, which count the tokens as they are cut now."""

    pair_id: str
    before: Annotation
    after: Annotation
    spans: tuple[Span, ...]


def correction_of(pair: SentencePair, annotation: Annotation, entity_id: str) -> Correction:
    """Return what an entity of a pair would carry over to others.

    Raises:
        KeyError: the annotation has no such entity.
        ValueError: the pair has no target.
    """
    entity = next((e for e in annotation.entities if e.id == entity_id), None)
    if entity is None:
        raise KeyError(entity_id)
    if pair.target is None:
        raise ValueError(f"{pair.id} has no target sentence")
    sources = pair.source_entities or ()
    source = None
    if entity.source is not None and entity.source < len(sources) and pair.source is not None:
        linked = sources[entity.source]
        source = _folded(pair.source, linked.span), linked.label
    words = _folded(cut(pair.target, annotation.cuts), entity.span)
    return Correction(pair.target.lang, words, entity.label, source)


def propagate(correction: Correction, others: Iterable[tuple[SentencePair, Annotation]]) -> Iterator[Proposal]:
    """Yield the sentences that change, in order: where the same words have no label or another one.

    A span takes the place of entities inside it. It is not offered where an entity that is accepted or flagged is in
    the way, or one that reaches beyond it: England stays untouched in Bank of England. The link goes to the
    source entity that a relabelled span has, else to the first with the same words and label that has no span and is
    not marked as dropped, else to that of the span whose place is taken.

    Args:
        correction: of `correction_of`.
        others: pairs and what they are annotated with now; those in another target language are passed over.

    Example:
        >>> def pair(name, text):
        ...     return SentencePair(name, None, Sentence(tuple(text.split()), "de"))
        >>> done = Annotation((AnnotatedEntity("a", Span(0, 1), "LOC"),))
        >>> rest = [(pair("2", "das alte ZÜRICH"), Annotation()), (pair("3", "Zürichs Hafen"), Annotation())]
        >>> [(p.pair_id, p.spans) for p in propagate(correction_of(pair("1", "Zürich liegt"), done, "a"), rest)]
        [('2', (Span(start=2, end=3),))]
    """
    needle = "".join(correction.words)
    if not needle:
        return
    for pair, annotation in others:
        target = pair.target
        if target is None or target.lang != correction.lang or not _may_hold(target, needle):
            continue
        after, spans = annotation, []
        for span in _occurrences(cut(target, annotation.cuts), correction.words):
            changed = _carried(correction, pair, after, span)
            if changed is not None:
                after = changed
                spans.append(span)
        if spans:
            yield Proposal(pair.id, annotation, after, tuple(spans))


def _fold(token: str) -> str:
    return nfc(nfc(token).casefold())


def _folded(sentence: Sentence, span: Span) -> Words:
    return tuple(map(_fold, sentence.tokens[span.start : span.end]))


def _may_hold(target: Sentence, needle: str) -> bool:
    """Tell whether the words can occur at all; exact for the common case and quick, as most sentences don't."""
    text = "".join(target.tokens)
    folded = text.casefold()
    if unicodedata.is_normalized("NFC", text) and unicodedata.is_normalized("NFC", folded):
        return needle in folded
    return True


def _occurrences(sentence: Sentence, words: Words) -> Iterator[Span]:
    """Yield the places of the words from left to right, none overlapping."""
    tokens = [_fold(token) for token in sentence.tokens]
    between = _EDGE if writes_spaces(sentence.lang, "".join(words)) else ""
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    place = 0
    for number, token in enumerate(tokens):
        starts.setdefault(place, number)
        ends[place + len(token)] = number + 1
        place += len(token) + len(between)
    text, needle = between.join(tokens), between.join(words)
    found = text.find(needle)
    while found >= 0:
        start, end = starts.get(found), ends.get(found + len(needle))
        if start is not None and end is not None and start < end:
            yield Span(start, end)
            found = text.find(needle, found + len(needle))
        else:
            found = text.find(needle, found + 1)


def _carried(correction: Correction, pair: SentencePair, annotation: Annotation, span: Span) -> Annotation | None:
    """Return the annotation with the correction at one place, ``None`` where it is there already or may not be."""
    met = [entity for entity in annotation.entities if entity.span.overlaps(span)]
    if any(entity.span == span and entity.label == correction.label for entity in met):
        return None
    if any(not _gives_way(entity, span) for entity in met):
        return None
    kept = [entity for entity in annotation.entities if entity not in met]
    same = next((entity for entity in met if entity.span == span), None)
    source = same.source if same else None
    if source is None:
        source = _free_source(correction, pair, annotation, kept)
    given = {entity.source for entity in met if entity.source is not None}
    if source is None and len(given) == 1:
        source = given.pop()
    if same is not None:
        new = replace(same, label=correction.label, source=source, score=None, status="edited")
    else:
        new = AnnotatedEntity(_new_id(annotation, span), span, correction.label, source=source)
    return replace(annotation, entities=tuple(sorted([*kept, new], key=lambda entity: entity.span)))


def _gives_way(entity: AnnotatedEntity, span: Span) -> bool:
    inside = span.start <= entity.span.start and entity.span.end <= span.end
    return inside and entity.status in ("projected", "edited")


def _free_source(
    correction: Correction, pair: SentencePair, annotation: Annotation, kept: Sequence[AnnotatedEntity]
) -> int | None:
    if correction.source is None or pair.source is None:
        return None
    words, label = correction.source
    taken = {entity.source for entity in kept} | annotation.dropped
    for number, entity in enumerate(pair.source_entities or ()):
        if number not in taken and entity.label == label and _folded(pair.source, entity.span) == words:
            return number
    return None


def _new_id(annotation: Annotation, span: Span) -> str:
    """Return an id that the editor never makes, so that undoing an edit can't bring back another entity under it."""
    taken = {entity.id for entity in annotation.entities}
    name = f"same-{span.start}-{span.end}"
    while name in taken:
        name += "."
    return name
