"""The largest score first: fast, and mostly but not always the optimum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xner.config import MatchConfig
from xner.match.base import Matching, MatchRequest, Selection, matchers
from xner.match.constraints import Problem, lowered, problem_of
from xner.signature import plain_number


def greedy_pairs(problem: Problem) -> list[tuple[int, int]]:
    """Return (entity, span) indices in the order of selection.

    Takes the largest open value (ties: first entity, then first span), closes all spans that overlap it, and closes
    the entity when it has `per_entity` spans, unless the constraint is ``>=``. A minimum is not enforced.

    Source: Politov et al. 2025, greedy matching; Shkalikov's thesis for more than one span an entity.

    Example:
        >>> values = np.array([[0.2, 0.3, 0.2]])
        >>> greedy_pairs(Problem(np.array([0, 1, 2]), np.array([2, 3, 5]), values, n_tokens=5, per_entity=2))
        [(0, 1)]
    """
    open_values: NDArray[np.float64] = problem.values.copy()
    n_spans = open_values.shape[1]
    n_selected = [0] * len(open_values)
    pairs: list[tuple[int, int]] = []
    while open_values.size:
        entity, span = divmod(int(open_values.argmax()), n_spans)
        if open_values[entity, span] <= 0.0:
            break
        pairs.append((entity, span))
        open_values *= (problem.starts >= problem.ends[span]) | (problem.ends <= problem.starts[span])
        n_selected[entity] += 1
        if problem.is_capped and n_selected[entity] == problem.per_entity:
            open_values[entity] = 0.0
    return pairs


@matchers.register("greedy")
class GreedyMatcher:
    """Greedy selection; it has no runners-up."""

    uses_scores = True

    def __init__(self, config: MatchConfig) -> None:
        self.config = config

    def match(self, request: MatchRequest) -> Matching:
        """Return the chosen spans; the objective is the sum of score minus offset.

        Raises:
            ValueError: a score is negative, infinite or not a number.
        """
        problem = problem_of(request, self.config)
        selections = [
            Selection(entity, request.table.candidates[span].span, float(problem.values[entity, span]))
            for entity, span in greedy_pairs(lowered(problem, self.config.offset))
        ]
        selections.sort(key=lambda selection: selection.span)
        objective = sum(((selection.score or 0.0) - self.config.offset for selection in selections), 0.0)
        return Matching(tuple(selections), objective)

    def describe(self) -> str:
        """Return name and parameters."""
        config = self.config
        offset = f"+offset:{plain_number(config.offset)}" if config.offset else ""
        return f"greedy+per_entity:{config.constraint}{config.per_entity}{offset}"
