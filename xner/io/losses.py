"""What an export format does not carry, in words: of every row that it could be, and of the rows that went by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from xner.io.silver import SilverRow

_HAS: Mapping[str, tuple[frozenset[str], Callable[[SilverRow], bool]]] = {
    "the source sentence": (frozenset({"source_tokens", "source_text"}), lambda row: row.source is not None),
    "source entities": (frozenset({"source_spans"}), lambda row: bool(row.source_entities)),
    "which source entity an entity comes from": (
        frozenset({"sources"}), lambda row: any(entity.source is not None for entity in row.entities),
    ),
    "scores of entities": (frozenset({"scores"}), lambda row: any(entity.score is not None for entity in row.entities)),
    "word links": (frozenset({"links"}), lambda row: row.alignment is not None),
    "marks “dropped in translation”": (frozenset({"dropped"}), lambda row: bool(row.dropped)),
    "back-translations": (frozenset({"back_translation"}), lambda row: bool(row.back_translation)),
    "white space": (frozenset({"text", "spaces"}), lambda row: row.sentence.text is not None),
    "status, annotator and signature": (frozenset({"status"}), lambda row: True),
    "notes": (frozenset({"note"}), lambda row: bool(row.note)),
    "further fields of the records": (frozenset({"meta"}), lambda row: bool(row.meta)),
}  # fmt: skip
"""What it is called, the facts one of which carries it, and whether a row has it."""


def not_carried(fields: frozenset[str]) -> tuple[str, ...]:
    """Return what a format that carries these facts (`Format.fields`) has no place for, in words.

    Example:
        >>> from xner.io.silver import EVERYTHING
        >>> not_carried(EVERYTHING), not_carried(EVERYTHING - {"links"})
        ((), ('word links',))
    """
    return tuple(name for name, (carriers, _) in _HAS.items() if not carriers & fields)


@dataclass(slots=True)
class Losses:
    """How many of the rows that went by have something that the format does not carry; by its name in words."""

    fields: frozenset[str]
    counts: Counter[str] = field(default_factory=Counter)

    def watch(self, rows: Iterable[SilverRow]) -> Iterator[SilverRow]:
        """Yield the rows as they come, and count."""
        lost = [(name, _HAS[name][1]) for name in not_carried(self.fields)]
        for row in rows:
            self.counts.update(name for name, has in lost if has(row))
            yield row
