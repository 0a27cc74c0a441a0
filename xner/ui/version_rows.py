"""Versions of one sentence beneath each other: which spans differ, as signs in the rows and as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from xner.correct.annotation import AnnotatedEntity
from xner.correct.differences import Aspect, Comparison, differences
from xner.correct.tokens import cut, remap
from xner.services.adjudication import Case, Version
from xner.services.inspect_pair import span_text
from xner.types import Entity, Sentence
from xner.ui import pair_view
from xner.ui.messages import one_line, plain, quote
from xner.ui.wording import state_of

SIGNS: dict[Aspect, str] = {"boundary": "↔", "label": "≠", "link": "⇄", "only left": "+", "only right": "+"}
_WORDS: dict[Aspect, str] = {
    "boundary": "another boundary", "label": "another label", "link": "linked to another name",
    "only left": "only in this version", "only right": "only in this version",
}  # fmt: skip


def draw(case: Case) -> None:
    """Draw the source and all versions, differing spans marked."""
    pair_view.draw_layers(case.own.pair, layers(case), case.own.labels, key="versions")


def layers(case: Case) -> list[pair_view.Layer]:
    """Return the rows of the versions; an entity is marked that is not the same in every other version."""
    target = case.own.pair.target or Sentence((), "und", "", (), ())
    marks = _marks(case.versions, target)
    rows = []
    for version in case.versions:
        entities = version.view.entities
        signs = (
            sorted(marks.get((version.track, entity.id), set()), key=list(SIGNS).index) for entity in entities
        )  # fmt: skip
        rows.append(
            pair_view.Layer(
                title=f"{version.letter} · {one_line(version.annotator)}",
                note=_note(version),
                sentence=cut(target, version.annotation.cuts),
                entities=tuple(Entity(e.span, e.label, e.score, e.source) for e in entities),
                marks=tuple(("".join(SIGNS[a] for a in found), ", ".join(_WORDS[a] for a in found)) for found in signs),
                absent=_absent(version, case.versions, target) if version.can_be_taken else (),
            )
        )
    return rows


def sentences(case: Case) -> list[str]:
    """Return what differs between the first version and each other one, a line of Markdown each."""
    target = case.own.pair.target or Sentence((), "und", "", (), ())
    first, *others = case.versions
    lines = []
    for other in others:
        found = differences(first.view, other.view, target)
        lines += list(_lines(found, first, other, target))
    return lines


def _lines(found: Comparison, left: Version, right: Version, target: Sentence) -> Iterator[str]:
    for row in found.entities:
        if row.kind == "same":
            continue
        sides = [(left, row.left), (right, row.right)]
        said = [f"{v.letter} has {_entity(e, v, target)}" if e else f"{v.letter} has nothing" for v, e in sides]
        kind = "only in one" if row.kind.startswith("only") else " and ".join(row.aspects)
        signs = "".join(dict.fromkeys(SIGNS[a] for a in row.aspects)).replace("+", "\\+")  # no bullet of a list
        yield f"{signs} **{kind}**: {', '.join(said)}"
    for version, dropped in ((left, found.dropped_left), (right, found.dropped_right)):
        for k in sorted(dropped):
            yield f"∅ **dropped in translation**: only {version.letter} says so of name {k + 1} of the source"
    if found.links:
        yield f"⇄ **links set by hand** differ between {left.letter} and {right.letter}, {len(found.links)} of them"
    if found.cuts:
        yield f"✂ **tokens** are cut differently by {left.letter} and {right.letter}"


def _entity(entity: AnnotatedEntity, version: Version, target: Sentence) -> str:
    text = span_text(cut(target, version.annotation.cuts), entity.span)
    link = "" if entity.source is None else f" (name {entity.source + 1})"
    return f"{plain(entity.label)} {quote(text)}{link}"


def _marks(versions: Sequence[Version], target: Sentence) -> dict[tuple[int, str], set[Aspect]]:
    """Return (track, entity) to what differs about it from any other version."""
    marks: dict[tuple[int, str], set[Aspect]] = {}
    for left, right in combinations([v for v in versions if v.can_be_taken], 2):
        for row in differences(left.view, right.view, target).entities:
            for version, entity in ((left, row.left), (right, row.right)):
                if entity is not None and row.kind != "same":
                    marks.setdefault((version.track, entity.id), set()).update(row.aspects)
    return marks


def _absent(version: Version, versions: Sequence[Version], target: Sentence) -> tuple[int, ...]:
    """Return the tokens of a version that lie in an entity of another one and in none of its own."""
    cuts = version.annotation.cuts
    own = {token for entity in version.annotation.entities for token in entity.span}
    others = (other.annotation for other in versions if other.can_be_taken)
    spans = (remap(entity.span, target, other.cuts, cuts) for other in others for entity in other.entities)
    return tuple(sorted({token for span in spans for token in span} - own))


def _note(version: Version) -> str | None:
    if version.status == "accepted":
        return None if version.annotation.entities else "○ no name"
    said = f": {one_line(version.note)}" if version.note and version.status == "flagged" else ""
    return f"{state_of(version.status)}{said}"
