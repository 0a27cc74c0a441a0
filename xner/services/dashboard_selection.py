"""What a bar, cell or point of the dashboard stands for, as an address says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xner.evaluate.behind import WHATS, What, range_of

PARAMETER = "behind"
_MAX_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Selection:
    """The sentences behind one number; `group` is a language or data set, empty for all.

    `method` and `reference` are those of the dashboard; see `xner.evaluate.behind.places_behind` for the rest.
    """

    method: str
    reference: str
    group: str
    what: What
    value: str = ""

    def as_params(self) -> list[str]:
        """Return the values of the parameter in an address."""
        return [self.method, self.reference, self.group, self.what, self.value]

    @property
    def words(self) -> str:
        """What is meant, in words.

        Example:
            >>> Selection("7", "gold", "de", "kind", "boundary_short").words
            'boundary too short'
        """
        if self.what == "kind":
            return KIND_WORDS.get(self.value, self.value)
        if self.what in ("score_bin", "margin_bin"):
            ends = range_of(self.value)
            return f"{self.what.removesuffix('_bin')} {ends[0]:.2f} to {ends[1]:.2f}" if ends else self.value
        if self.what == "decided":
            ends = range_of(self.value)
            return f"decided {ends[0]:.0f} to {ends[1]:.0f}" if ends else self.value
        plain = {"scored": "all that ran", "failed": "failed", "errors": "any error"}
        return plain.get(self.what) or f"{SLICE_WORDS.get(self.what, self.what)} {self.value}"


KIND_WORDS = {
    "missing": "missing", "spurious": "spurious", "boundary_short": "boundary too short",
    "boundary_long": "boundary too long", "boundary_shifted": "boundary shifted", "label": "label", "split": "split",
    "merged": "merged", "wrong_link": "wrong link",
}  # fmt: skip
SLICE_WORDS = {
    "entity_length": "words of the entity", "sentence_length": "words of the sentence", "label": "label",
    "frequency": "frequency of the name", "script": "script", "copy": "similarity to the source name",
    "margin": "margin of the projection",
}  # fmt: skip


def from_params(values: Sequence[str]) -> Selection | None:
    """Return the selection that an address names, ``None`` where it names none.

    Example:
        >>> chosen = Selection("7", "gold", "de", "kind", "spurious")
        >>> from_params(chosen.as_params()) == chosen, from_params(["7"])
        (True, None)
    """
    if len(values) != 5 or any(len(value) > _MAX_CHARACTERS for value in values):
        return None
    what = next((known for known in WHATS if known == values[3]), None)
    return None if what is None else Selection(values[0], values[1], values[2], what, values[4])
