"""What may be wrong with a pair, as short tags for the queue: one function each, from values alone.

A tag is set only on evidence: where a tag needs links, a back-translation or other methods and there are none, it is
not set. Everything is judged on the annotation as it is now, so a tag goes when its reason does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from xner.correct.annotation import AnnotatedEntity, Annotation
from xner.correct.checklist import checklist, unsettled
from xner.correct.tokens import cut, cut_links, graphemes, remap
from xner.text.clitics import clitic_places
from xner.text.punctuation import is_punctuation
from xner.types import Alignment, Entity, Link, Projection, Sentence, SentencePair, Span

SPLIT_GAP = 2
"""Tokens between two spans of one source entity that make it look like one name in two pieces."""
LENGTH_FACTOR = 2.5
LENGTH_TOKENS = 2
"""A span is out of proportion from this factor and this number of tokens on."""
LOW_MARGIN = 0.1
"""Share of its score by which an entity beats its runner-up, below which it is uncertain. On 454 pairs with
entities and gold (Europarl, en-de and en-es) 30 % of such pairs were wrong, 12 % of all."""
LOW_SCORE = 0.5
"""Score of an entity, below which it is uncertain; the usual sum of link coverage and soft alignment goes to 2."""

_WORD = re.compile(r"\w+")
_SOUNDS = {
    "ו": "vwuo", "ב": "bv", "כ": "kcqx", "ל": "l", "מ": "m", "ש": "s",
    "و": "wvuo", "ف": "fpv", "ب": "bpv", "ك": "kcqgx", "ل": "l", "س": "scz",
}  # fmt: skip
"""Latin letters that a name may begin with if its Hebrew or Arabic form begins with the letter of a prefix. Articles
are not here: they are part of many names."""


@dataclass(frozen=True, slots=True)
class TagContext:
    """All that is known of a pair under correction. `other_projections` are those of other methods.

    Links and projections count the target tokens as imported, the annotation counts them as they are cut now.
    """

    pair: SentencePair
    projection: Projection | None = None
    annotation: Annotation = field(default_factory=Annotation)
    alignment: Alignment | None = None
    other_projections: tuple[Projection, ...] = ()


class Tag(NamedTuple):
    """When a tag is set, and its line in Help."""

    applies: Callable[[TagContext], bool]
    line: str


def tags_of(context: TagContext) -> tuple[str, ...]:
    """Return the names of the tags that are set, in the order of `TAGS`."""
    return tuple(name for name, tag in TAGS.items() if tag.applies(context))


def relative_margin(entity: Entity, margin: float | None) -> float | None:
    """Return how far an entity beats its runner-up as a share of its score, in [0, 1], ``None`` where not known."""
    if margin is None or entity.score is None or entity.score <= 0:
        return None
    return min(1.0, max(0.0, margin / entity.score))


def unaligned(context: TagContext) -> bool:
    """Tell whether no link leads from a source entity that is not marked as dropped."""
    links = _links(context)
    return links is not None and any(
        not _aligned(links, entity.span)
        for k, entity in enumerate(context.pair.source_entities or ())
        if k not in context.annotation.dropped
    )


def missing(context: TagContext) -> bool:
    """Tell whether a source entity is neither linked to a span nor marked as dropped."""
    return bool(unsettled(context.pair, context.annotation))


def non_contiguous(context: TagContext) -> bool:
    """Tell whether the words linked to a source entity leave a gap that is more than punctuation."""
    links, target = _links(context), _target(context)
    if links is None or target is None:
        return False
    for k, entity in enumerate(context.pair.source_entities or ()):
        aligned = _aligned(links, entity.span)
        if k in context.annotation.dropped or not aligned:
            continue
        gap = set(range(aligned[0], aligned[-1])) - set(aligned)
        if any(not is_punctuation(target.tokens[j]) for j in gap):
            return True
    return False


def crossing(context: TagContext) -> bool:
    """Tell whether two spans stand in the opposite order of their source entities."""
    spans = [(source.span.start, entity.span.start) for entity, source in _linked(context)]
    return any((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in combinations(spans, 2))


def split(context: TagContext) -> bool:
    """Tell whether two spans of one source entity stand side by side."""
    return any(
        a.source is not None and a.source == b.source and b.span.start - a.span.end <= SPLIT_GAP
        for a, b in zip(context.annotation.entities, context.annotation.entities[1:], strict=False)
    )


def duplicate(context: TagContext) -> bool:
    """Tell whether a source entity has more than one span."""
    return any(line.state == "duplicate" for line in checklist(context.pair, context.annotation))


def punct_inside(context: TagContext) -> bool:
    """Tell whether a span begins or ends with punctuation, or holds some, where its source entity has none."""
    target, sources = _target(context), dict(_linked(context))
    if target is None:
        return False
    for entity in context.annotation.entities:
        tokens = target.tokens[entity.span.start : entity.span.end]
        source = sources.get(entity)
        allowed = source is not None and any(map(is_punctuation, _words(context.pair.source, source.span)))
        suspects = tokens if source is not None else (*tokens[:1], *tokens[-1:])
        if not allowed and any(map(is_punctuation, suspects)):
            return True
    return False


def clitic(context: TagContext) -> bool:
    """Tell whether a Hebrew or Arabic span seems to begin with a preposition or conjunction written together with it.

    That is so if its first word begins like one and the source entity doesn't begin with such a sound.
    """
    target = _target(context)
    if target is None:
        return False
    for entity, source in _linked(context):
        for name, word in zip(
            _words(context.pair.source, source.span)[:1], _words(target, entity.span)[:1], strict=False
        ):
            sounds = _SOUNDS.get(word[:1])
            first = unicodedata.normalize("NFKD", name)[:1].casefold()
            pieces = graphemes(Sentence((word,), target.lang))[0]
            if sounds and "a" <= first <= "z" and first not in sounds and clitic_places(pieces, target.lang):
                return True
    return False


def length_ratio(context: TagContext) -> bool:
    """Tell whether a span is much longer or shorter than its source entity, in proportion to the two sentences."""
    target, source_sentence = _target(context), context.pair.source
    if not target or not source_sentence:
        return False
    stretch = len(target) / len(source_sentence)
    for entity, source in _linked(context):
        expected, found = len(source.span) * stretch, len(entity.span)
        factor = max(found / expected, expected / found)
        if factor >= LENGTH_FACTOR and abs(found - expected) >= LENGTH_TOKENS:
            return True
    return False


def methods_disagree(context: TagContext) -> bool:
    """Tell whether two methods that ran find different entities."""
    ran = [p for p in (context.projection, *context.other_projections) if p is not None and p.status != "failed"]
    return len({frozenset((e.span, e.label) for e in p.entities) for p in ran}) > 1


def roundtrip_lost(context: TagContext) -> bool:
    """Tell whether the words of a source entity that is not dropped don't stand in a row in the back-translation."""
    if context.pair.back_translation is None:
        return False
    text = f" {' '.join(_WORD.findall(context.pair.back_translation.casefold()))} "
    return any(
        f" {' '.join(_WORD.findall(' '.join(_words(context.pair.source, entity.span)).casefold()))} " not in text
        for k, entity in enumerate(context.pair.source_entities or ())
        if k not in context.annotation.dropped
    )


def label_conflict(context: TagContext) -> bool:
    """Tell whether a span has another label than its source entity, or than another method gave to the same words."""
    if any(entity.label != source.label for entity, source in _linked(context)):
        return True
    labels = {entity.span: entity.label for entity in context.annotation.entities}
    others = (entity for projection in context.other_projections for entity in _now(projection, context))
    return any(labels.get(other.span, other.label) != other.label for other in others)


def low_confidence(context: TagContext) -> bool:
    """Tell whether a projected entity that nobody has touched scores low or barely beats its runner-up."""
    projection = context.projection
    if projection is None:
        return False
    untouched = {(e.span, e.label) for e in context.annotation.entities if e.status == "projected"}
    margins = [runner_up.margin for runner_up in projection.runner_up or ()] or [None] * len(projection.entities)
    for entity, margin in zip(_now(projection, context), margins, strict=True):
        if (entity.span, entity.label) in untouched:
            lead = relative_margin(entity, margin)
            if (lead is not None and lead < LOW_MARGIN) or (entity.score is not None and entity.score < LOW_SCORE):
                return True
    return False


def failed(context: TagContext) -> bool:
    """Tell whether the projection did not run."""
    return context.projection is not None and context.projection.status == "failed"


TAGS: Mapping[str, Tag] = {
    "failed": Tag(failed, "The projection did not run; nothing here means anything yet."),
    "missing": Tag(missing, "A source entity has no span and is not marked as dropped in translation."),
    "unaligned": Tag(unaligned, "No word of the target is linked to a source entity."),
    "split": Tag(split, "Two spans of one source entity stand side by side: probably one name in two pieces."),
    "duplicate": Tag(duplicate, "A source entity has more than one span."),
    "non-contiguous": Tag(non_contiguous, "The words linked to a source entity leave a gap between them."),
    "crossing": Tag(crossing, "Two entities stand in another order than in the source."),
    "punct-inside": Tag(punct_inside, "A span holds punctuation that its source entity has not."),
    "clitic": Tag(clitic, "A span seems to begin with a prefix written together with the name (in, to, and …)."),
    "length-ratio": Tag(length_ratio, "A span is much longer or shorter than its source entity."),
    "label-conflict": Tag(label_conflict, "A span has another label than its source entity or another method gave it."),
    "methods-disagree": Tag(methods_disagree, "Methods find different entities."),
    "roundtrip-lost": Tag(roundtrip_lost, "A source entity does not come back in the back-translation."),
    "low-confidence": Tag(low_confidence, "An entity scores low, or another span would be almost as good."),
}
"""Every smart tag under its name, gravest evidence first."""


def _target(context: TagContext) -> Sentence | None:
    """Return the target in its present tokens."""
    return cut(context.pair.target, context.annotation.cuts) if context.pair.target else None


def _links(context: TagContext) -> frozenset[Link] | None:
    """Return the links to the present target tokens, those set by hand included; ``None`` where none are known."""
    by_hand = context.annotation.links
    if context.alignment is None and not by_hand:
        return None
    found = context.alignment.links if context.alignment else frozenset()
    stand = {link for link in found if by_hand.get(link, True)} | {link for link, stands in by_hand.items() if stands}
    if context.pair.target is None:
        return frozenset(stand)
    return cut_links(frozenset(stand), context.pair.target, context.annotation.cuts)


def _aligned(links: frozenset[Link], span: Span) -> list[int]:
    """Return the target tokens linked to a source span, ascending."""
    return sorted({j for i, j in links if span.start <= i < span.end})


def _linked(context: TagContext) -> Iterator[tuple[AnnotatedEntity, Entity]]:
    """Yield each entity that has a source entity, and that."""
    sources = context.pair.source_entities or ()
    for entity in context.annotation.entities:
        if entity.source is not None and 0 <= entity.source < len(sources):
            yield entity, sources[entity.source]


def _now(projection: Projection, context: TagContext) -> list[Entity]:
    """Return the entities of a projection on the present target tokens."""
    target, cuts = context.pair.target, context.annotation.cuts
    if target is None or cuts is None:
        return list(projection.entities)
    return [Entity(remap(e.span, target, None, cuts), e.label, e.score, e.source) for e in projection.entities]


def _words(sentence: Sentence | None, span: Span) -> tuple[str, ...]:
    return sentence.tokens[span.start : span.end] if sentence else ()
