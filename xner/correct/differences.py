"""Two versions of one pair: what differs span by span, and what of two changes can be had together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, product
from typing import Literal

from xner.correct.annotation import AnnotatedEntity, Annotation
from xner.correct.tokens import Cuts, imported_cuts, remap
from xner.types import Link, Sentence, Span

Aspect = Literal["same", "boundary", "label", "link", "only left", "only right"]
Entities = Mapping[str, AnnotatedEntity]


@dataclass(frozen=True, slots=True)
class Difference:
    """One entity of either version, or one of both that stand in the same place.

    `aspects` is ``("same",)``, ``("only left",)``, ``("only right",)``, or what differs of ``boundary``, ``label`` and
    ``link`` in this order. Score and status are how an entity came about, and no difference.
    """

    aspects: tuple[Aspect, ...]
    left: AnnotatedEntity | None
    right: AnnotatedEntity | None

    @property
    def kind(self) -> Aspect:
        """The first aspect: what a table with one column shows."""
        return self.aspects[0]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs between two versions. `entities` is in order of place, equal ones included.

    `dropped_left` and `dropped_right` are the source entities that only this version marks as dropped; `links` the
    links set by hand in one version only, or otherwise in the other; `cuts` tells whether the tokens are cut otherwise.
    """

    entities: tuple[Difference, ...]
    dropped_left: frozenset[int]
    dropped_right: frozenset[int]
    links: frozenset[Link]
    cuts: bool


def differences(left: Annotation, right: Annotation, target: Sentence | None = None) -> Comparison:
    """Return what differs between two versions of a pair.

    Each entity is in one row. Partners are taken in this order: equal spans, most tokens shared under one label, most
    tokens shared; of equals the first by place.

    Args:
        left: one version.
        right: the other.
        target: the target as imported; needed where the versions cut their tokens differently, and then the text
            under a span is compared.

    Raises:
        ValueError: the cuts differ and there is no target.

    Example:
        >>> one = Annotation((AnnotatedEntity("a", Span(0, 2), "PER"), AnnotatedEntity("b", Span(4, 5), "LOC")))
        >>> two = Annotation((AnnotatedEntity("a", Span(0, 3), "PER"), AnnotatedEntity("c", Span(6, 7), "LOC")))
        >>> [row.kind for row in differences(one, two).entities]
        ['boundary', 'only left', 'only right']
    """
    spans_left, spans_right = _comparable(left, right, target)
    placed = _partners(left.entities, right.entities, spans_left, spans_right)
    met_left, met_right = {a for a, _ in placed}, {b for _, b in placed}
    rows = [
        (spans_left[a], Difference(_aspects(left.entities[a], right.entities[b], spans_left[a] == spans_right[b]),
                                   left.entities[a], right.entities[b]))
        for a, b in placed
    ]  # fmt: skip
    rows += [
        (spans_left[a], Difference(("only left",), e, None)) for a, e in enumerate(left.entities) if a not in met_left
    ]
    rows += [
        (spans_right[b], Difference(("only right",), None, e))
        for b, e in enumerate(right.entities)
        if b not in met_right
    ]
    keys = left.links.keys() | right.links.keys()
    return Comparison(
        entities=tuple(row for _, row in sorted(rows, key=lambda row: row[0])),
        dropped_left=left.dropped - right.dropped,
        dropped_right=right.dropped - left.dropped,
        links=frozenset(key for key in keys if left.links.get(key) != right.links.get(key)),
        cuts=left.cuts != right.cuts,
    )


def _comparable(left: Annotation, right: Annotation, target: Sentence | None) -> tuple[list[Span], list[Span]]:
    """Return the spans of both on one cutting: their own, or the finer one that has the places of both."""
    if left.cuts == right.cuts:
        return [e.span for e in left.entities], [e.span for e in right.entities]
    if target is None:
        raise ValueError("the versions cut their tokens differently: the target sentence is needed to compare them")
    imported = imported_cuts(target)
    both: Cuts = tuple(sorted({*(left.cuts or imported), *(right.cuts or imported)}))
    left_spans, right_spans = (
        [remap(e.span, target, version.cuts, both) for e in version.entities] for version in (left, right)
    )
    return left_spans, right_spans


def _partners(
    left: Sequence[AnnotatedEntity],
    right: Sequence[AnnotatedEntity],
    spans_left: Sequence[Span],
    spans_right: Sequence[Span],
) -> list[tuple[int, int]]:
    def shared(pair: tuple[int, int]) -> int:
        a, b = spans_left[pair[0]], spans_right[pair[1]]
        return min(a.end, b.end) - max(a.start, b.start)

    def preference(pair: tuple[int, int]) -> tuple[bool, bool, int, int, int]:
        a, b = pair
        return (spans_left[a] != spans_right[b], left[a].label != right[b].label, -shared(pair), a, b)

    taken_left: set[int] = set()
    taken_right: set[int] = set()
    found = []
    meeting = [pair for pair in product(range(len(left)), range(len(right))) if shared(pair) > 0]
    for a, b in sorted(meeting, key=preference):
        if a not in taken_left and b not in taken_right:
            taken_left.add(a)
            taken_right.add(b)
            found.append((a, b))
    return found


def _aspects(left: AnnotatedEntity, right: AnnotatedEntity, same_span: bool) -> tuple[Aspect, ...]:
    differs: dict[Aspect, bool] = {
        "boundary": not same_span, "label": left.label != right.label, "link": left.source != right.source,
    }  # fmt: skip
    return tuple(aspect for aspect, does in differs.items() if does) or ("same",)


@dataclass(frozen=True, slots=True)
class Change:
    """What one side did to one entity: `before` is ``None`` for a new one, `after` for a deleted one."""

    before: AnnotatedEntity | None
    after: AnnotatedEntity | None

    @property
    def tokens(self) -> frozenset[int]:
        """The tokens that the change touches."""
        return frozenset(token for entity in (self.before, self.after) if entity for token in entity.span)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two changes that can't both stand; `subject` is ``entity``, ``dropped``, ``link`` or ``cuts``, with what it is.

    `ours` and `theirs` are the changes of entities, ``None`` where another part of the annotation is in conflict.
    """

    subject: Literal["entity", "dropped", "link", "cuts"]
    reason: str
    ours: Change | None = None
    theirs: Change | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """The annotation that has the changes of both, ``None`` if some of them exclude each other."""

    annotation: Annotation | None
    conflicts: tuple[Conflict, ...] = ()


def merge(base: Annotation, ours: Annotation, theirs: Annotation) -> Merge:
    """Return both sides' changes to a common base in one annotation, or the conflicts that keep them apart.

    Changes of entities go together where they don't touch the same token, aren't made to the same entity and don't
    give two spans to the same source entity; the same change made twice is one. Tokens cut differently in any of the
    three are never merged, since their spans don't count the same tokens. Status and score belong to an entity: to
    accept it is a change of it.

    Example:
        >>> base = Annotation((AnnotatedEntity("a", Span(0, 2), "PER"),))
        >>> ours = Annotation((AnnotatedEntity("a", Span(0, 2), "ORG"),))
        >>> theirs = Annotation((*base.entities, AnnotatedEntity("b", Span(4, 5), "LOC")))
        >>> [(e.id, e.label) for e in merge(base, ours, theirs).annotation.entities]
        [('a', 'ORG'), ('b', 'LOC')]
    """
    if not base.cuts == ours.cuts == theirs.cuts:
        return Merge(None, (Conflict("cuts", "The tokens were cut in between, so the spans can't be compared."),))
    mine, other = changes(base, ours), changes(base, theirs)
    conflicts = [
        Conflict("entity", reason, a, b)
        for a, b in product(mine, other)
        if not _is_same(a, b) and (reason := _clash(a, b))
    ]
    links, clashing = _merged_links(base.links, ours.links, theirs.links)
    conflicts += [Conflict("link", f"The link {i}-{j} was set by one and removed by the other.") for i, j in clashing]
    dropped = frozenset(_merged_set(base.dropped, ours.dropped, theirs.dropped))
    entities = _applied(base, [*mine, *(b for b in other if not any(_is_same(a, b) for a in mine))])
    linked = {entity.source for entity in entities}
    conflicts += [
        Conflict("dropped", f"Source entity {k} was marked as dropped by one and linked by the other.")
        for k in sorted(dropped)
        if k in linked and not any(k in side.dropped and k in _sources(side) for side in (ours, theirs))
    ]
    if conflicts:
        return Merge(None, tuple(conflicts))
    return Merge(Annotation(tuple(entities), dropped, links, base.cuts))


def changes(before: Annotation, after: Annotation) -> list[Change]:
    """Return what happened to each entity between two versions with equal cuts, told apart by their ids."""
    old = {entity.id: entity for entity in before.entities}
    new = {entity.id: entity for entity in after.entities}
    return [
        Change(old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)
    ]


def _is_same(ours: Change, theirs: Change) -> bool:
    """Tell whether both did the same; two new entities may do so under different ids."""
    if ours.before is None and theirs.before is None and ours.after and theirs.after:
        return ours.after == replace(theirs.after, id=ours.after.id)
    return ours == theirs


def _clash(ours: Change, theirs: Change) -> str:
    """Return why two changes exclude each other, or nothing."""
    if ours.before is not None and ours.before == theirs.before:
        return "Both changed the same entity."
    if ours.tokens & theirs.tokens:
        return "Both changed the same tokens."
    given = _new_source(ours)
    if given is not None and given == _new_source(theirs):
        return f"Both linked a span to source entity {given}."
    return ""


def _new_source(change: Change) -> int | None:
    source = change.after.source if change.after else None
    return None if change.before and change.before.source == source else source


def _merged_set(base: frozenset[int], ours: frozenset[int], theirs: frozenset[int]) -> Iterator[int]:
    for k in base | ours | theirs:
        if (k in ours) if (k in ours) != (k in base) else (k in theirs):
            yield k


def _merged_links(
    base: Mapping[Link, bool], ours: Mapping[Link, bool], theirs: Mapping[Link, bool]
) -> tuple[dict[Link, bool], list[Link]]:
    """Return the links of both, and those that they set differently."""
    merged: dict[Link, bool] = {}
    clashing = []
    for link in sorted(base.keys() | ours.keys() | theirs.keys()):
        was, mine, other = base.get(link), ours.get(link), theirs.get(link)
        if mine != was and other != was and mine != other:
            clashing.append(link)
        stands = mine if mine != was else other
        if stands is not None:
            merged[link] = stands
    return merged, clashing


def _applied(base: Annotation, all_changes: Sequence[Change]) -> list[AnnotatedEntity]:
    """Return the entities in order after all changes; a new id that both sides made up is told apart."""
    gone = {change.before.id for change in all_changes if change.before}
    kept = {entity.id: entity for entity in base.entities if entity.id not in gone}
    taken = {*kept, *(change.after.id for change in all_changes if change.after)}
    for change in all_changes:
        if change.after:
            name = change.after.id
            if name in kept:
                name = next(free for number in count(1) if (free := f"merged-{number}") not in taken)
                taken.add(name)
            kept[name] = replace(change.after, id=name)
    return sorted(kept.values(), key=lambda entity: entity.span)


def _sources(annotation: Annotation) -> set[int | None]:
    return {entity.source for entity in annotation.entities}
