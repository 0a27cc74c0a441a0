"""Methods on several languages side by side, each with a way to what is behind its figures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from xner.evaluate.bootstrap import Interval
from xner.evaluate.packed import Packed
from xner.evaluate.schemas import Schema

Known = tuple[float | None, Interval | None]
"""F1 and its interval; both ``None`` without an entity on either side."""


@dataclass(frozen=True, slots=True)
class Part:
    """One method on one language (or data set): what is known at once, and `load` for the rest.

    `known` has F1 and its interval under the schemas where somebody has computed them already. `score_max` is what a
    score is divided by to lie in [0, 1], ``None`` where not known.
    """

    method: str
    group: str
    lang: str
    n_sentences: int
    n_failed: int
    n_entities: int
    load: Callable[[], Packed] = field(repr=False, compare=False)
    known: Mapping[Schema, Known] = field(default_factory=dict)
    score_max: float | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """Methods by groups. `key` is equal for equal content; `names` are what methods are called, in their order.

    `groups` are languages, or data sets where a language has several; not every method need have every group.
    """

    key: str
    names: Mapping[str, str]
    groups: tuple[str, ...]
    parts: Mapping[tuple[str, str], Part]

    def of(self, methods: Collection[str], groups: Collection[str] = ()) -> list[Part]:
        """Return the parts of methods, group by group; no group means all."""
        return [
            self.parts[method, group]
            for group in self.groups
            if not groups or group in groups
            for method in self.names
            if method in methods and (method, group) in self.parts
        ]
