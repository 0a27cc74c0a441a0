"""Scores as integers that carry the order of preference in one number: objective, then fewer spans, then coverage.

Sums and ties of integers are exact, and so the best solution doesn't depend on rounding or on the order of adding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xner.match.constraints import Problem
from xner.types import RunnerUp, Span

Keys = NDArray[np.int64]

NEVER = -(1 << 60)
"""Key of what is impossible; sums of three still fit into 64 bits."""
_UNIT = 232_792_560 * 100
"""Divisible by 1 to 20 and by 1000: fractions of lengths and short decimals become whole numbers, so that sums of them
tie exactly (2/3 + 2/3 = 4/3)."""
_UNIT_BITS = 35
_VALUE_BITS = 48
"""Most bits of an objective, so that the rounding of float64 stays below half a unit."""


def is_feasible(key: int) -> bool:
    """Tell whether a sum of keys is free of NEVER."""
    return key > NEVER // 2


@dataclass(frozen=True, slots=True)
class Packing:
    """How objective, number of spans and covered tokens share one integer.

    An objective of 1 is ``_UNIT << shift`` units. `field_bits` hold a number of tokens; the lower two fields together
    are never above 0, so an objective is read off by rounding up.
    """

    shift: int
    field_bits: int

    def keys(self, values: NDArray[np.float64], lengths: NDArray[np.int64]) -> Keys:
        """Return the key of each (entity, span), NEVER where the value is not positive."""
        units = (np.ldexp(values, self.shift) * _UNIT + 0.5).astype(np.int64)
        units <<= 2 * self.field_bits
        units += lengths - (1 << self.field_bits)
        np.copyto(units, NEVER, where=values <= 0.0)
        return units

    def runner_up(self, best: int, key: int, span: tuple[int, int] | None) -> RunnerUp:
        """Return the runner-up, given the keys of the best solution and of the best other one."""
        if not is_feasible(key):
            return RunnerUp(None, None)
        margin = math.ldexp((self._units(best) - self._units(key)) / _UNIT, -self.shift)
        return RunnerUp(Span(*span) if span else None, margin)

    def _units(self, key: int) -> int:
        return -(-key >> 2 * self.field_bits)


def packing_for(problem: Problem) -> Packing:
    """Return the finest packing whose sums stay inside 60 bits."""
    field_bits = problem.n_tokens.bit_length()
    n_most = problem.n_tokens
    if problem.is_capped:
        n_most = min(n_most, len(problem.values) * problem.per_entity)
    largest = math.frexp(float(problem.values.max()))[1]
    shift = min(_VALUE_BITS, 59 - 2 * field_bits) - largest - n_most.bit_length() - _UNIT_BITS
    return Packing(shift, field_bits)
