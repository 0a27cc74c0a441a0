"""The contract of an aligner."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, runtime_checkable

from xner.config import AlignConfig
from xner.registry import Registry
from xner.types import Alignment, SentencePair


class Aligner(Protocol):
    """Links source tokens to target tokens."""

    def align(self, pairs: Sequence[SentencePair]) -> list[Alignment]:
        """Return one alignment a pair, in order. An empty side gives no links.

        Raises:
            AlignmentFailed: a pair can't be aligned; the whole batch is then void and the caller goes on one by one.
        """
        ...

    def describe(self) -> str:
        """Return name, parameters and model version, as they stand in the signature."""
        ...


@runtime_checkable
class Trains(Protocol):
    """An aligner that learns from the whole corpus before it can align any of it."""

    def train(self, pairs: Iterable[SentencePair]) -> None:
        """Learn from the pairs, in place of what was learned before.

        Raises:
            AlignmentFailed: there is nothing to learn from.
            ModelUnavailable: a package is missing.
        """
        ...


aligners = Registry[Callable[[AlignConfig], Aligner]]("aligner")
