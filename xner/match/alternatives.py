"""What the best solution without one of its spans looks like: the runner-up of every choice, exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xner.match.constraints import Choice, new_span
from xner.match.dynamic import Sweep, ends_ahead, trace
from xner.match.keys import NEVER, is_feasible

Alternative = tuple[int, tuple[int, int] | None]
"""Key of the best other solution, and the span that the entity then has."""


class Alternatives:
    """Best solutions through any (entity, span) and past any token, from solved suffixes and prefixes.

    Prefixes are the suffixes of the sentence read backwards: what remains for the tokens left of p when the spans from
    p on leave room for U is what a backward reader may still choose in the state with n minus U.
    """

    def __init__(self, suffixes: Sweep, mirrored: Sweep) -> None:
        """Take the sweep over the sentence and the one over its mirror image."""
        self.suffixes, self.mirrored = suffixes, mirrored
        states, n_tokens, n_lengths = suffixes.states, suffixes.n_tokens, suffixes.keys.shape[0]
        self.before = mirrored.best[:, n_tokens::-1][states.complement]
        self.through = suffixes.keys.copy()
        for entity, (tails, heads) in enumerate(zip(states.tails, states.heads, strict=True)):
            # One entity at a time: all arcs of 12 entities together would take 150 MB.
            after = ends_ahead(suffixes.best, heads, n_lengths, n_tokens)
            self.through[:, entity] += (after + self.before[tails, :n_tokens]).max(axis=1)
        self.past = self.before[:, :n_tokens] + suffixes.best[:-1, 1 : n_tokens + 1]

    def without(self, choice: Choice, chosen: Sequence[Choice]) -> Alternative:
        """Return the best solution that doesn't contain `choice`, `NEVER` where none is feasible.

        Every solution either leaves the first token of the choice free or has exactly one span across it.

        Args:
            choice: One of `chosen`.
            chosen: The present solution.
        """
        entity, start, end = choice
        n_lengths = self.through.shape[0]
        left = max(0, start - n_lengths + 1)
        reaches = np.arange(n_lengths)[:, None] >= start - np.arange(left, start + 1)
        across = np.where(reaches[:, None, :], self.through[:, :, left : start + 1], NEVER)
        across[end - start - 1, entity, start - left] = NEVER
        shorter, other, offset = np.unravel_index(int(across.argmax()), across.shape)
        key = int(across[shorter, other, offset])
        state = int(self.past[:, start].argmax())
        free = int(self.past[state, start])
        if not is_feasible(max(key, free)):
            return NEVER, None
        if free >= key:
            return free, self._new_span(choice, chosen, state, start, state, start + 1)
        begin, stop = left + int(offset), left + int(offset) + int(shorter) + 1
        if other == entity:
            return key, (begin, stop)
        states = self.suffixes.states
        arc = int((self.before[states.tails[other], begin] + self.suffixes.best[states.heads[other], stop]).argmax())
        tail, head = int(states.tails[other, arc]), int(states.heads[other, arc])
        return key, self._new_span(choice, chosen, tail, begin, head, stop)

    def _new_span(
        self, choice: Choice, chosen: Sequence[Choice], tail: int, begin: int, head: int, stop: int
    ) -> tuple[int, int] | None:
        n_tokens = self.suffixes.n_tokens
        backwards = trace(self.mirrored, int(self.suffixes.states.complement[tail]), n_tokens - begin)
        found = [(entity, n_tokens - end, n_tokens - start) for entity, start, end in backwards]
        found += trace(self.suffixes, head, stop)
        return new_span(choice, chosen, found)
