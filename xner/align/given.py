"""Alignments that the record brings along."""

from __future__ import annotations

from collections.abc import Sequence

from xner.align.base import aligners
from xner.config import AlignConfig
from xner.errors import AlignmentFailed
from xner.types import Alignment, SentencePair


@aligners.register("given")
class GivenAligner:
    """Hands on the alignment of the record."""

    def __init__(self, config: AlignConfig) -> None:
        del config  # nothing to set

    def align(self, pairs: Sequence[SentencePair]) -> list[Alignment]:
        """Return the alignments of the records.

        Raises:
            AlignmentFailed: a record has none.
        """
        found = []
        for pair in pairs:
            if pair.alignment is None:
                raise AlignmentFailed(
                    f"{pair.id}: the record has no alignment.", "Add one, or choose another aligner than 'given'."
                )
            found.append(pair.alignment)
        return found

    def describe(self) -> str:
        """Return the name for the signature."""
        return "given"
