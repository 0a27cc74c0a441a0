"""The contract of a matcher."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from xner.config import MatchConfig
from xner.registry import Registry
from xner.types import Alignment, RunnerUp, ScoreTable, Sentence, Span


@dataclass(frozen=True, slots=True)
class MatchRequest:
    """A sentence pair ready for matching.

    Matchers over scores read `table`; matchers over links (heuristic, García-Ferrero) read `alignment` and only the
    entities of `table`. `carried` holds, for each entity of `table`, the span that its markers enclose in the target,
    ``None`` where they were lost; the whole is ``None`` where no markers were sent.
    """

    table: ScoreTable
    alignment: Alignment
    target: Sentence
    carried: tuple[Span | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """An entity (index into the table's entities) projected to a target span."""

    entity: int
    span: Span
    score: float | None = None
    runner_up: RunnerUp | None = None


@dataclass(frozen=True, slots=True)
class Matching:
    """What a matcher chose: `selections` ordered by span, disjoint. `objective` is None where it has none."""

    selections: tuple[Selection, ...]
    objective: float | None = None


class Matcher(Protocol):
    """Chooses disjoint target spans for entities."""

    uses_scores: bool
    """False for rules that read links alone: candidates and scores then need not be computed."""

    def match(self, request: MatchRequest) -> Matching:
        """Return the chosen spans.

        Raises:
            MatchInfeasible: the constraint can't be met.
            MatchTimeout: no proved optimum inside the time limit.
        """
        ...

    def describe(self) -> str:
        """Return name and parameters, as they stand in the signature."""
        ...


matchers = Registry[Callable[[MatchConfig], Matcher]]("matcher")
