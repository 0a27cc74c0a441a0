r"""Silver rows as CoNLL-2003: token, tab, IOB2 tag; read by `xner.io.conll` as every other file is.

``# id = …`` and lines like it say where a sentence comes from; for tools that want tokens and tags alone they can be
left out. With columns a line is token, source entity, score, tag: the index of the source entity that the entity was
projected from (counted from 0) and its score, ``_`` where there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BufferedReader
from typing import Any

from xner.errors import InputError
from xner.io.comments import read_comments, write_comments
from xner.io.conll import DOCUMENT_START, is_comment, read_conll, split_columns
from xner.io.fields import check_id
from xner.io.lines import Lines
from xner.io.report import RowProblem
from xner.io.silver import ExportOptions, Facts, SilverRow, entity_facts
from xner.text.iob import labels_from_entities
from xner.types import Entity

NOTHING = "_"


def write_silver_conll(rows: Iterable[SilverRow], options: ExportOptions) -> Iterator[bytes]:
    """Yield one block a row, with its blank line."""
    for row in rows:
        head = [f"# id = {check_id(row.id)}", *write_comments(row)] if options.comments else []
        tags = labels_from_entities(row.entities, len(row.sentence))
        columns = (*entity_columns(row), tags) if options.columns else (tags,)
        lines = map("\t".join, zip(row.sentence.tokens, *columns, strict=True))
        yield "".join(f"{line}\n" for line in (*head, *lines, "")).encode()


def entity_columns(row: SilverRow) -> tuple[list[str], list[str]]:
    """Return source entity and score of every token, as text."""
    sources, scores = [NOTHING] * len(row.sentence), [NOTHING] * len(row.sentence)
    for entity in row.entities:
        for place in entity.span:
            sources[place] = NOTHING if entity.source is None else str(entity.source)
            scores[place] = NOTHING if entity.score is None else repr(float(entity.score))
    return sources, scores


def with_columns(entities: Iterable[Entity], sources: list[str], scores: list[str]) -> tuple[Entity, ...]:
    """Return entities with the source and the score that stand at their first token."""
    return tuple(
        Entity(
            span=entity.span,
            label=entity.label,
            score=None if scores[entity.span.start] == NOTHING else float(scores[entity.span.start]),
            source=None if sources[entity.span.start] == NOTHING else int(sources[entity.span.start]),
        )
        for entity in entities
    )


class _Overheard(Lines):
    """Lines that keep what was read since the last look at them."""

    def __init__(self, name: str, stream: BufferedReader[Any]) -> None:
        super().__init__(name, stream)
        self._heard: list[str] = []

    def __iter__(self) -> Iterator[tuple[int, str]]:
        for number, raw in super().__iter__():
            self._heard.append(raw)
            yield number, raw

    def heard(self) -> list[str]:
        """Return these lines and forget them."""
        heard, self._heard = self._heard, []
        return heard


def read_silver_conll(stream: BufferedReader[Any], options: ExportOptions) -> Iterator[Facts]:
    """Yield the facts of every sentence; those of comments and columns only where the file has them.

    Raises:
        InputError: a line that is none of CoNLL.
    """
    lines = _Overheard("export.conll", stream)
    for row in read_conll(lines):
        if isinstance(row, RowProblem):
            raise InputError(row.problem, row.fix, file=row.file, line=row.line)
        heard = [line for line in lines.heard() if line.strip(" \t")]
        comments = [line for line in heard if is_comment(line)]
        columns = list(zip(*(split_columns(line) for line in heard if not is_comment(line)), strict=True))
        entities = row.entities or ()
        with_both = len(columns) == 4
        if with_both:
            entities = with_columns(entities, list(columns[1]), list(columns[2]))
        facts = entity_facts(entities) | {"tokens": row.sentence.tokens}
        if not with_both:
            del facts["scores"], facts["sources"]
        yield facts | ({"id": row.id} | read_comments(comments) if comments else {})


def conll_problem(row: SilverRow) -> str | None:
    """Return why CoNLL has no place for a row, or ``None``."""
    if DOCUMENT_START in row.sentence.tokens:
        return f"the token {DOCUMENT_START} means the beginning of a document."
    return None
