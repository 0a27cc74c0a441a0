"""What kind of error each entity is: every gold and every predicted entity belongs to exactly one case of one kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from xner.evaluate.schemas import in_order
from xner.io.labelled import LabelledSentence
from xner.types import Entity

Kind = Literal[
    "correct", "missing", "spurious", "boundary_short", "boundary_long", "boundary_shifted", "label", "split",
    "merged", "wrong_link",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
ERRORS = KINDS[1:]


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that is right or wrong in one sentence, and the entities that it is about."""

    sentence_id: str
    lang: str
    kind: Kind
    gold: tuple[Entity, ...]
    predicted: tuple[Entity, ...]

    @property
    def label(self) -> str:
        """Label of the first gold entity, else of the first predicted one."""
        return (*self.gold, *self.predicted)[0].label


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """Cases of one kind: how many, how many entities of either side, in which sentences.

    The counts are ``None`` where the kind can't be told: `wrong_link` without sources on both sides.
    """

    kind: Kind
    n_cases: int | None
    n_gold: int | None
    n_predicted: int | None
    sentence_ids: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values by name, ready for JSON."""
        return {
            "kind": self.kind, "n_cases": self.n_cases, "n_gold": self.n_gold, "n_predicted": self.n_predicted,
            "sentence_ids": list(self.sentence_ids),
        }  # fmt: skip


def classify(gold: Iterable[Entity], predicted: Iterable[Entity]) -> list[tuple[Kind, list[Entity], list[Entity]]]:
    """Return the cases of one sentence: kind, gold entities, predicted entities.

    The first that applies:

    1. ``correct``: span and label equal.
    2. ``wrong_link``: the gold entity names its source, none of the projections of that source touches it, and one of
       them lies elsewhere: the right entity in the wrong place.
    3. Of the rest, entities that overlap, directly or through others, are looked at together. One gold entity with
       several predictions is ``split``, several with one prediction are ``merged``. One with one: ``label`` if the
       labels differ, whatever the ends; else ``boundary_short`` (inside gold), ``boundary_long`` (around it) or
       ``boundary_shifted``. Where several meet several, the pairs with the largest overlap are taken apart first.
    4. ``missing`` and ``spurious``: what overlaps nothing that is left.

    The gold entities of all kinds but ``correct`` are the false negatives of strict scoring, the predicted ones the
    false positives.

    Args:
        gold: entities that don't overlap; the same one twice counts once.
        predicted: the same of a system.

    Example:
        >>> from xner.types import Span
        >>> gold = [Entity(Span(0, 3), "PER"), Entity(Span(5, 6), "LOC")]
        >>> [kind for kind, _, _ in classify(gold, [Entity(Span(1, 3), "PER"), Entity(Span(5, 6), "ORG")])]
        ['boundary_short', 'label']
    """
    expected, found = in_order(gold), in_order(predicted)
    both = {(e.span, e.label) for e in expected} & {(e.span, e.label) for e in found}
    pairs = {(e.span, e.label): e for e in found}
    cases: list[tuple[Kind, list[Entity], list[Entity]]] = [
        ("correct", [e], [pairs[e.span, e.label]]) for e in expected if (e.span, e.label) in both
    ]
    left = [e for e in expected if (e.span, e.label) not in both]
    open_ = [e for e in found if (e.span, e.label) not in both]
    cases += _wrong_links(left, open_, found)
    for golds, predictions in _groups(left, open_):
        cases += _of_group(golds, predictions)
    return sorted(cases, key=lambda case: min(e.span for e in (*case[1], *case[2])))


def find_cases(scored: Iterable[tuple[LabelledSentence, Sequence[Entity]]]) -> tuple[Case, ...]:
    """Return the cases of all sentences, right ones included, in order of sentence and token.

    Args:
        scored: gold sentences and what was predicted in each, such as `EvaluationReport.scored`.
    """
    return tuple(
        Case(gold.id, gold.sentence.lang, kind, tuple(golds), tuple(predictions))
        for gold, predicted in scored
        for kind, golds, predictions in classify(gold.entities or (), predicted)
    )


def count_errors(cases: Iterable[Case]) -> tuple[ErrorCount, ...]:
    """Return one count for every kind of error, those without a case included; sentences in order of the cases."""
    by_kind: dict[Kind, list[Case]] = {kind: [] for kind in ERRORS}
    golds_named = predictions_named = False
    for case in cases:
        golds_named |= any(e.source is not None for e in case.gold)
        predictions_named |= any(e.source is not None for e in case.predicted)
        if case.kind != "correct":
            by_kind[case.kind].append(case)
    return tuple(
        _count(kind, found, known=kind != "wrong_link" or (golds_named and predictions_named))
        for kind, found in by_kind.items()
    )


def _count(kind: Kind, cases: Sequence[Case], *, known: bool) -> ErrorCount:
    if not known:
        return ErrorCount(kind, None, None, None, ())
    return ErrorCount(
        kind=kind,
        n_cases=len(cases),
        n_gold=sum(len(case.gold) for case in cases),
        n_predicted=sum(len(case.predicted) for case in cases),
        sentence_ids=tuple(dict.fromkeys(case.sentence_id for case in cases)),
    )


def _wrong_links(
    left: list[Entity], open_: list[Entity], found: Sequence[Entity]
) -> list[tuple[Kind, list[Entity], list[Entity]]]:
    """Return cases of wrong links, and take their entities out of `left` and `open_`."""
    cases: list[tuple[Kind, list[Entity], list[Entity]]] = []
    for entity in [e for e in left if e.source is not None]:
        if any(e.source == entity.source and e.span.overlaps(entity.span) for e in found):
            continue
        elsewhere = next((e for e in open_ if e.source == entity.source), None)
        if elsewhere is not None:
            left.remove(entity)
            open_.remove(elsewhere)
            cases.append(("wrong_link", [entity], [elsewhere]))
    return cases


def _groups(left: Sequence[Entity], open_: Sequence[Entity]) -> list[tuple[list[Entity], list[Entity]]]:
    """Return entities of both sides that hang together by overlaps, from left to right."""
    groups: list[tuple[list[Entity], list[Entity]]] = []
    end = 0
    marked = [(e.span, 0, e) for e in left] + [(e.span, 1, e) for e in open_]
    for span, side, entity in sorted(marked, key=lambda item: item[:2]):
        if not groups or span.start >= end:
            groups.append(([], []))
        groups[-1][side].append(entity)
        end = max(end, span.end)
    return groups


def _of_group(golds: list[Entity], predictions: list[Entity]) -> list[tuple[Kind, list[Entity], list[Entity]]]:
    if not predictions:
        return [("missing", [entity], []) for entity in golds]
    if not golds:
        return [("spurious", [], [entity]) for entity in predictions]
    if len(golds) == 1:
        kind: Kind = "split" if len(predictions) > 1 else _kind_of_pair(golds[0], predictions[0])
        return [(kind, golds, predictions)]
    if len(predictions) == 1:
        return [("merged", golds, predictions)]
    best = max(((g, p) for g in golds for p in predictions), key=lambda pair: _n_shared(*pair))
    rest = _groups([g for g in golds if g is not best[0]], [p for p in predictions if p is not best[1]])
    taken = _of_group([best[0]], [best[1]])
    return taken + [case for group in rest for case in _of_group(*group)]


def _kind_of_pair(gold: Entity, predicted: Entity) -> Kind:
    if gold.label != predicted.label:
        return "label"
    if gold.span.start <= predicted.span.start and predicted.span.end <= gold.span.end:
        return "boundary_short"
    if predicted.span.start <= gold.span.start and gold.span.end <= predicted.span.end:
        return "boundary_long"
    return "boundary_shifted"


def _n_shared(one: Entity, other: Entity) -> int:
    return min(one.span.end, other.span.end) - max(one.span.start, other.span.start)
