"""All gold and predicted entities of a corpus in one table: which side has them, and in which bucket of each slice."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from xner.io.labelled import LabelledSentence
from xner.text.script import script_of
from xner.types import Alignment, Entity, Span

SliceBy = Literal["entity_length", "sentence_length", "label", "frequency", "script", "copy", "margin"]
SLICES: tuple[SliceBy, ...] = get_args(SliceBy)

_EDGES: Mapping[SliceBy, tuple[tuple[float, ...], tuple[str, ...]]] = {
    "entity_length": ((2, 3, 4, 6), ("1", "2", "3", "4–5", "6+")),
    "sentence_length": ((11, 21, 41), ("1–10", "11–20", "21–40", "41+")),
    "frequency": ((1, 2, 5, 10), ("0", "1", "2–4", "5–9", "10+")),
    "copy": ((0.5, 0.8, 1.0), ("below 0.5", "0.5–0.8", "0.8–1", "identical")),
    "margin": ((0.1, 0.25, 0.5, 1.0), ("below 0.1", "0.1–0.25", "0.25–0.5", "0.5–1", "1+")),
}
"""Where a bucket begins that is not the first, and what the buckets are called. Margins are as large as the score
allows, which the links' or the fused score bounds by 1 to 2."""
_ANY_LANGUAGE = "und"
_LOW_COPY = _EDGES["copy"][0][0]
"""Below, all similarities lie in one bucket."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one sentence beside its entities; ``None`` is "not known".

    `source_names` are the surfaces of the source entities, `margins` those of predictions by their span, `links` are
    the system's and `gold_links` those of annotators.
    """

    source_names: tuple[str, ...] | None = None
    margins: Mapping[Span, float | None] = field(default_factory=dict)
    links: Alignment | None = None
    gold_links: Alignment | None = None


@dataclass(frozen=True, slots=True)
class EntityTable:
    """One row an entity (span and label of a sentence), whichever side has it.

    `sentence` indexes `ids` and `languages`; `in_gold` and `in_predicted` say whose it is, both for one that was found.
    `score` and `margin` are those of predictions, NaN where not known. `buckets` holds, for each slice, the names of
    its buckets in order and the bucket of every row, -1 where it isn't known.
    """

    ids: tuple[str, ...]
    languages: tuple[str, ...]
    sentence: NDArray[np.int64]
    in_gold: NDArray[np.bool_]
    in_predicted: NDArray[np.bool_]
    score: NDArray[np.float64]
    margin: NDArray[np.float64]
    buckets: Mapping[SliceBy, tuple[tuple[str, ...], NDArray[np.int64]]] = field(repr=False)

    def __len__(self) -> int:
        return len(self.sentence)


@dataclass(slots=True)
class _Row:
    sentence: int
    entity: Entity
    name: str
    in_gold: bool
    in_predicted: bool
    score: float | None
    margin: float | None
    copy: float | None


def tabulate(
    scored: Sequence[tuple[LabelledSentence, Sequence[Entity]]], evidence: Mapping[str, Evidence] | None = None
) -> EntityTable:
    """Return the table of the entities of all sentences, in order of sentence and span.

    The slices: tokens of the entity and of the sentence, label; `frequency`, how many gold entities of the language
    have this surface (0: the system alone has it); `script` of the surface; `copy`, the greatest similarity of the
    surface to the name of a source entity, letter case aside; `margin` by which the projection won, predictions only.

    Args:
        scored: gold sentences and what was predicted in each, such as `EvaluationReport.scored`.
        evidence: by id of the sentence; slices that need what isn't there have no bucket.

    Example:
        >>> from xner.types import Sentence
        >>> gold = LabelledSentence("1", Sentence(("Ana", "Lu", "left"), "sw"), (Entity(Span(0, 2), "PER"),))
        >>> table = tabulate([(gold, [Entity(Span(0, 1), "PER")])])
        >>> names, codes = table.buckets["entity_length"]
        >>> [(names[code], bool(gold)) for code, gold in zip(codes, table.in_gold)]
        [('1', False), ('2', True)]
    """
    rows = [
        row
        for number, (gold, predicted) in enumerate(scored)
        for row in _rows(number, gold, predicted, (evidence or {}).get(gold.id, Evidence()))
    ]
    languages = tuple(gold.sentence.lang for gold, _ in scored)
    lengths = [len(gold.sentence) for gold, _ in scored]
    seen = Counter((languages[row.sentence], row.name) for row in rows if row.in_gold)
    values: dict[SliceBy, list[float | None]] = {
        "entity_length": [len(row.entity.span) for row in rows],
        "sentence_length": [lengths[row.sentence] for row in rows],
        "frequency": [seen[languages[row.sentence], row.name] for row in rows],
        "copy": [row.copy for row in rows],
        "margin": [row.margin for row in rows],
    }
    buckets = {by: _in_buckets(values[by], *_EDGES[by]) for by in values}
    buckets["label"] = _named([row.entity.label for row in rows])
    # Names alone decide: what a language is usually written in says nothing about a name that was left as it is.
    buckets["script"] = _named([script_of(_ANY_LANGUAGE, row.name) for row in rows])
    return EntityTable(
        ids=tuple(gold.id for gold, _ in scored),
        languages=languages,
        sentence=np.array([row.sentence for row in rows], np.int64),
        in_gold=np.array([row.in_gold for row in rows], bool),
        in_predicted=np.array([row.in_predicted for row in rows], bool),
        score=np.array([np.nan if row.score is None else row.score for row in rows], np.float64),
        margin=np.array([np.nan if row.margin is None else row.margin for row in rows], np.float64),
        buckets={by: buckets[by] for by in SLICES},
    )


def copy_ratio(name: str, other: str) -> float:
    """Return how similar two surfaces are, in [0, 1]: twice the letters in common blocks over all letters."""
    return _ratio(*sorted((name.casefold(), other.casefold())))


@lru_cache(maxsize=65536)
def _ratio(name: str, other: str) -> float:
    return 1.0 if name == other else SequenceMatcher(None, name, other, autojunk=False).ratio()


def _greatest_ratio(name: str, others: Collection[str]) -> float:
    """Return the greatest `copy_ratio` of a name, or anything in its bucket where that is the lowest one.

    Blocks are looked for, a hundred times the work, only where enough letters are shared to change the bucket.
    """
    if name in others:
        return 1.0
    best = 0.0
    for other in others:
        most = 2 * sum(min(n, other.count(letter)) for letter, n in _letters(name)) / (len(name) + len(other))
        if most >= _LOW_COPY and most > best:
            best = max(best, _ratio(*sorted((name, other))))
    return best


@lru_cache(maxsize=65536)
def _letters(name: str) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(name).items())


def _rows(number: int, gold: LabelledSentence, predicted: Sequence[Entity], known: Evidence) -> Iterable[_Row]:
    expected = {(e.span.start, e.span.end, e.label): e for e in gold.entities or ()}
    found = {(e.span.start, e.span.end, e.label): e for e in predicted}
    sources = None if known.source_names is None else {other.casefold() for other in known.source_names}
    for key in sorted({*expected, *found}):
        prediction = found.get(key)
        name = " ".join(gold.sentence.tokens[key[0] : key[1]]).casefold()
        yield _Row(
            sentence=number,
            entity=prediction or expected[key],
            name=name,
            in_gold=key in expected,
            in_predicted=prediction is not None,
            score=prediction.score if prediction else None,
            margin=known.margins.get(prediction.span) if prediction else None,
            copy=None if sources is None else _greatest_ratio(name, sources),
        )


def _in_buckets(
    values: Sequence[float | None], edges: tuple[float, ...], names: tuple[str, ...]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    return names, np.array([-1 if value is None else bisect_right(edges, value) for value in values], np.int64)


def _named(names: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    distinct = tuple(sorted(set(names)))
    code_of = {name: code for code, name in enumerate(distinct)}
    return distinct, np.array([code_of[name] for name in names], np.int64)
