"""Sentence pairs from the files of a command or of the Add page: one file of pairs, or two side by side, or links."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from xner.errors import InputError
from xner.io.lines import open_lines, source_name
from xner.io.pharaoh import attach_links, read_links
from xner.io.reading import Source, read_pairs, read_parallel
from xner.io.report import RowProblem
from xner.types import Projection, SentencePair


@dataclass(frozen=True, slots=True)
class InputOptions:
    """How input is to be read; None means: find out, or take it from the rows.

    With `target` the input is two files side by side, each CoNLL or one sentence a line; `links` is a Pharaoh file.
    `labels` are all labels that there may be: a row with another one can't be used. None allows every label.
    """

    format: str = "auto"
    source_lang: str | None = None
    target_lang: str | None = None
    target: Source | None = None
    links: Source | None = None
    labels: Collection[str] | None = None


AS_FOUND = InputOptions()
"""Find out the format; languages stand in the rows."""


def pairs_of(
    source: Source, options: InputOptions, on_projection: Callable[[Projection], None] | None = None
) -> Iterator[SentencePair | RowProblem]:
    """Yield the pairs of the input, and a problem for every row that can't be used.

    `on_projection` is told what was projected onto a pair, where the input has it, before the pair is yielded.

    Raises:
        InputError: a file can't be read, two files differ in length, or their languages are not given.
    """
    if options.target is not None:
        if options.source_lang is None or options.target_lang is None:
            raise InputError(
                "two files side by side do not say their languages.", "Give both (--source-lang and --target-lang).",
                file=source_name(source),
            )  # fmt: skip
        yield from read_parallel(
            source, options.target, links=options.links, source_lang=options.source_lang,
            target_lang=options.target_lang, labels=options.labels,
        )  # fmt: skip
        return
    rows = read_pairs(
        source, format=options.format, source_lang=options.source_lang, target_lang=options.target_lang,
        labels=options.labels, on_projection=on_projection,
    )  # fmt: skip
    if options.links is None:
        yield from rows
    else:
        with open_lines(options.links) as lines:
            yield from attach_links(rows, read_links(lines), file=lines.name)


def usable(
    rows: Iterator[SentencePair | RowProblem], on_problem: Callable[[RowProblem], None]
) -> Iterator[SentencePair]:
    """Yield the pairs; problems are told, none is kept."""
    for row in rows:
        if isinstance(row, RowProblem):
            on_problem(row)
        else:
            yield row
