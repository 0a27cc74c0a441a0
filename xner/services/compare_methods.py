"""Two to four methods on one sentence: what a method is called in an address, what each finds, where they differ."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from xner.config import RunConfig
from xner.errors import ConfigError, LimitExceeded, XnerError
from xner.pipeline import Trace
from xner.services import available, corpus_learning, inspect_pair
from xner.services.available import Need
from xner.services.corpus_learning import Extent
from xner.services.gold_agreement import Kind, compare
from xner.services.named_methods import PRESETS
from xner.trace import Learned
from xner.types import Entity, SentencePair

MAX_METHODS = 4
MAX_CHARACTERS = 500
"""Of one method as it stands in an address."""
_MODEL = re.compile(r"[\w.-]+(/[\w.-]+)?")
_MODELS = frozenset({"model", "ner_model", "nmt_model"})
_NOT_BY_LINK = frozenset(
    "revision ner_revision nmt_revision tokenizer beams max_new_tokens batch_size batch_tokens nmt_batch_size "
    "time_limit_s reuse size".split()
)
"""Last parts of keys that choose other files, or how long the server works: whoever opens a link must not set them."""


DEFAULT = ("default", "heuristic")


@dataclass(frozen=True, slots=True)
class Method:
    """A way to project. `spec` is one way to write it: equal methods have equal ones."""

    spec: str
    title: str
    config: RunConfig


def tidy(spec: str) -> str:
    r"""Return a method as it stands in an address: parts without blanks around, divided by semicolons.

    Example:
        >>> tidy(" default\n match.name = greedy;")
        'default;match.name=greedy'
    """
    parts = [part for part in re.split(r"[;\n]", spec) if part.strip()]
    return ";".join("=".join(side.strip() for side in part.split("=", 1)) for part in parts)


def title_of(spec: str) -> str:
    """Return what a method is called, known or not: the preset's title, else its settings.

    Example:
        >>> title_of("greedy-links;extract.max_tokens=3"), title_of("match.name=greedy")
        ('Greedy on links · extract.max_tokens=3', 'match.name=greedy')
    """
    first, *others = tidy(spec).split(";")
    return " · ".join([PRESETS[first].title if first in PRESETS else first, *others])


def parse_method(spec: str) -> Method:
    """Return the method that stands in an address: a preset's word, ``key=value`` settings, or the one and the others.

    Raises:
        ConfigError: an unknown preset, key or value, or a key that no link may set.
        LimitExceeded: it is too long.

    Example:
        >>> parse_method("match.name=greedy; score.preset=align").config.match.name
        'greedy'
    """
    if len(spec) > MAX_CHARACTERS:
        raise LimitExceeded(f"A method of {len(spec):,} characters: more than {MAX_CHARACTERS}.", "Shorten its list.")
    written = tidy(spec)
    if not written:
        raise ConfigError("A method without a name.", f"Known: {', '.join(PRESETS)}; or key=value settings.")
    settings: dict[str, Any] = {}
    for number, part in enumerate(written.split(";")):
        key, equals, value = part.partition("=")
        if equals:
            _check_key(key, value)
            settings[key] = None if value == "null" else value
        elif number == 0 and part in PRESETS:
            settings |= PRESETS[part].settings
        else:
            near = difflib.get_close_matches(part, PRESETS, n=1, cutoff=0.4)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise ConfigError(f"There is no method {part!r}.", f"{hint}Known: {', '.join(PRESETS)}; or key=value.")
    return Method(written, title_of(written), RunConfig().updated(settings))


def _check_key(key: str, value: str) -> None:
    last = key.rpartition(".")[2]
    if last in _NOT_BY_LINK:
        raise ConfigError(f"{key} can't be set in a link.", "Whoever opens it would set it for the server: use Run.")
    if last in _MODELS and (not _MODEL.fullmatch(value) or ".." in value or os.path.exists(value)):
        raise ConfigError(f"{key}: a link names models, not files.", "Take e5-small, e5-ner or the id of a hub model.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a method made of the sentence. Without `trace`, `problem` says why, or `needs` what is not installed."""

    spec: str
    title: str
    config: RunConfig | None
    trace: Trace | None
    problem: XnerError | None = None
    needs: tuple[Need, ...] = ()
    extents: tuple[Extent, ...] = ()
    """From how much of the corpus it has learned."""

    @property
    def entities(self) -> tuple[Entity, ...] | None:
        """What it found in the target, ``None`` where it did not run."""
        return None if self.trace is None else self.trace.projection.entities


Analyse = Callable[[SentencePair, RunConfig, Learned | None], Trace]
Learn = Callable[[RunConfig], tuple[Learned | None, tuple[Extent, ...]]]
"""Returns what a configuration has learned from the corpus of a sentence, and from how much of it."""


def outcome_of(
    spec: str, pair: SentencePair, analyse: Analyse = inspect_pair.analyse, learn: Learn | None = None
) -> Outcome:
    """Return what a method makes of a pair; a failure is part of the outcome.

    Without `learn` the sentence stands alone, and methods that learn from a corpus say so.
    """
    title = title_of(spec)
    try:
        method = parse_method(spec)
    except XnerError as error:
        return Outcome(tidy(spec), title, None, None, error)
    config = method.config
    if needs := lacking(config, pair):
        return Outcome(method.spec, title, config, None, needs=needs)
    try:
        if learn is None and (parts := corpus_learning.parts_of(config)):
            raise corpus_learning.refusal(parts)
        learned, extents = learn(config) if learn is not None else (None, ())
        return Outcome(method.spec, title, config, analyse(pair, config, learned), extents=extents)
    except XnerError as error:
        return Outcome(method.spec, title, config, None, error)


def lacking(config: RunConfig, pair: SentencePair | None = None) -> tuple[Need, ...]:
    """Return what a method needs and this machine lacks; a pair that brings its names needs no recogniser."""
    if config.pipeline != "model-transfer" and pair is not None and pair.source_entities is not None:
        config = config.updated({"recognise.name": "given"})
    return tuple(available.lacking(config))


@dataclass(frozen=True, slots=True)
class Mark:
    """How one entity of a method stands to the reference: ``correct`` is equal in place and label."""

    kind: Kind
    reference: Entity | None


def marks(reference: Sequence[Entity], found: Sequence[Entity]) -> tuple[Mark, ...]:
    """Return how each entity of `found` stands to the reference, in the order of `found`."""
    rows = {row.found: Mark(row.kind, row.expected) for row in compare(reference, found) if row.found is not None}
    return tuple(rows[entity] for entity in found)


def absent_tokens(reference: Sequence[Entity], found: Sequence[Entity]) -> tuple[int, ...]:
    """Return the tokens that lie in an entity of the reference and in none of `found`.

    Example:
        >>> from xner.types import Span
        >>> absent_tokens([Entity(Span(0, 3), "PER")], [Entity(Span(1, 2), "PER")])
        (0, 2)
    """
    mine = {token for entity in found for token in entity.span}
    return tuple(sorted({token for entity in reference for token in entity.span} - mine))


Placing = tuple[Entity, ...] | None
"""The spans of one source entity by one method, ``()`` where it found no place; ``None``: the method did not run."""


@dataclass(frozen=True, slots=True)
class EntityRow:
    """One source entity (`label` and `text` None: what no source entity stands behind) and its places by method."""

    label: str | None
    text: str | None
    placings: tuple[Placing, ...]

    @property
    def groups(self) -> list[tuple[Placing, list[int]]]:
        """Methods that ran, together where they agree in places and labels; the largest group first."""
        found: dict[frozenset[object], tuple[Placing, list[int]]] = {}
        for number, placing in enumerate(self.placings):
            if placing is not None:
                key = frozenset((entity.span, entity.label) for entity in placing)
                found.setdefault(key, (placing, []))[1].append(number)
        return sorted(found.values(), key=lambda group: -len(group[1]))


_Name = tuple[str, int] | None


def by_entity(outcomes: Sequence[Outcome]) -> list[EntityRow]:
    """Return one row a source entity, in the order of the source; what no entity stands behind comes last."""
    labels: dict[_Name, str] = {}
    placings: dict[_Name, list[Placing]] = {}
    for number, outcome in enumerate(outcomes):
        if outcome.trace is None:
            continue
        names = _names(outcome.trace)
        for name, label in names:
            labels.setdefault(name, label)
        for entity in outcome.trace.projection.entities:
            name = None if entity.source is None else names[entity.source][0]
            row = placings.setdefault(name, [None if o.trace is None else () for o in outcomes])
            row[number] = (*(row[number] or ()), entity)
    nowhere: list[Placing] = [None if outcome.trace is None else () for outcome in outcomes]
    rows = [EntityRow(label, name[0] if name else None, tuple(placings.get(name, nowhere)))
            for name, label in labels.items()]  # fmt: skip
    return [*rows, *([EntityRow(None, None, tuple(placings[None]))] if None in placings else [])]


def _names(trace: Trace) -> list[tuple[_Name, str]]:
    """Return text and number of its occurrence, and label, of each source entity: methods may read other sources."""
    seen: dict[str, int] = {}
    names: list[tuple[_Name, str]] = []
    for entity in trace.pair.source_entities or ():
        text = inspect_pair.span_text(trace.pair.source, entity.span)
        seen[text] = seen.get(text, 0) + 1
        names.append(((text, seen[text]), entity.label))
    return names


Against = Literal["first", "gold", "correction"]
