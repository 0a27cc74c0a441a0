"""Names that somebody types beside a source sentence, for languages that no recogniser here reads."""

from __future__ import annotations

from collections.abc import Iterator

from xner.errors import InputError
from xner.io.fields import check_label
from xner.text.offsets import char_range, span_of_chars
from xner.text.tokenise import with_text
from xner.types import Entity, Sentence

EXAMPLE = "Mira Halvorsen = PER"


def entities_from_lines(lines: str, sentence: Sentence) -> tuple[Entity, ...]:
    """Return the entities of lines ``name = LABEL``, ordered by start.

    A line means the first place of the name that no line before it took, so a name that occurs twice is written twice.

    Raises:
        InputError: a line without label, a name that is not in the sentence, or one that ends inside a word.

    Example:
        >>> [(e.span.start, e.label) for e in entities_from_lines("Turin = LOC", Sentence(("Ada", "à", "Turin"), "fr"))]
        [(2, 'LOC')]
    """
    filled = with_text(sentence)
    text, offsets = filled.text or "", filled.offsets or ()
    entities: list[Entity] = []
    for number, line in enumerate(lines.split("\n"), 1):
        if not line.strip():
            continue
        name, equals, label = (part.strip() for part in line.rpartition("="))
        if not (name and equals and label):
            raise InputError(f"line {number}: {line.strip()!r} is not a name and a label.", f"Write it as {EXAMPLE}")
        check_label(f"line {number}", label)
        free = [
            (start, span)
            for start in _places(text, name)
            if (span := span_of_chars(offsets, start, start + len(name)))
            and not any(span.overlaps(entity.span) for entity in entities)
        ]
        whole = next((s for start, s in free if char_range(offsets, s) == (start, start + len(name))), None)
        if whole is None and free:
            words = " ".join(sentence.tokens[free[0][1].start : free[0][1].end])
            raise InputError(f"line {number}: {name!r} ends inside a word.", f"Take whole words: {words!r}.")
        if whole is None:
            raise InputError(
                f"line {number}: {name!r} is not in the source sentence, or a line before has taken it.",
                "Copy it from the sentence, letter by letter.",
            )
        entities.append(Entity(whole, label))
    return tuple(sorted(entities, key=lambda entity: entity.span))


def _places(text: str, name: str) -> Iterator[int]:
    start = text.find(name)
    while start >= 0:
        yield start
        start = text.find(name, start + 1)
