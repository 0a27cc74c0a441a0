"""Word links in the Pharaoh format: ``0-0 1-2 2p3`` on the line of a sentence pair, ``p`` for merely possible ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import zip_longest

from xner.errors import InputError
from xner.io.fields import check_link, wrong
from xner.io.lines import Lines
from xner.io.report import RowProblem
from xner.types import Alignment, Link, SentencePair

LINKS = re.compile(r"\s*(?:\d{1,9}[-p]\d{1,9}(?:\s+|\Z))*")
"""A whole line of links, for telling the format of a file."""

_LINK = re.compile(r"(\d{1,9})([-p])(\d{1,9})", re.ASCII)


def parse_links(line: str) -> Alignment:
    """Return the links of one line; an empty line has none.

    Raises:
        InputError: something that isn't a link.

    Example:
        >>> alignment = parse_links("1-2 0-0 2p3")
        >>> sorted(alignment.links), sorted(alignment.possible)
        ([(0, 0), (1, 2)], [(2, 3)])
    """
    sure: set[Link] = set()
    possible: set[Link] = set()
    for number, item in enumerate(line.split()):
        match = _LINK.fullmatch(item)
        if match is None:
            fix = "Write source token, hyphen, target token, counted from 0: 0-0 1-2"
            raise wrong(f"link {number + 1}", f"{item[:40]!r} is not a link.", fix)
        (sure if match[2] == "-" else possible).add((int(match[1]), int(match[3])))
    return Alignment(links=frozenset(sure), possible=frozenset(possible))


def format_links(alignment: Alignment) -> str:
    """Return the links as one line without its end, sure ones first, each sorted.

    Example:
        >>> format_links(Alignment(frozenset({(1, 2), (0, 0)}), frozenset({(0, 1)})))
        '0-0 1-2 0p1'
    """
    sure = [f"{i}-{j}" for i, j in sorted(alignment.links)]
    return " ".join(sure + [f"{i}p{j}" for i, j in sorted(alignment.possible)])


def read_links(lines: Lines) -> Iterator[Alignment | RowProblem]:
    """Yield the links of every line; lines are counted, so an empty one is a pair without links."""
    for number, raw in lines:
        try:
            yield parse_links(raw)
        except InputError as error:
            yield RowProblem.of(error, lines.name, number, raw)


def attach_links(
    pairs: Iterable[SentencePair | RowProblem], links: Iterable[Alignment | RowProblem], *, file: str = "links"
) -> Iterator[SentencePair | RowProblem]:
    """Yield the pairs with their alignment, line by line; `file` is what messages call the file of links.

    A pair or a line of links that is a problem rejects both.

    Raises:
        InputError: more pairs than lines of links or fewer; pairs before that were yielded already.
    """
    n_pairs = n_lines = 0
    for pair, alignment in zip_longest(pairs, links):
        n_pairs += pair is not None
        n_lines += alignment is not None
        if isinstance(pair, SentencePair) and isinstance(alignment, Alignment):
            try:
                yield _attached(pair, alignment)
            except InputError as error:
                yield RowProblem.of(error, file, n_lines, format_links(alignment))
        elif n_pairs == n_lines:
            yield from (row for row in (pair, alignment) if isinstance(row, RowProblem))
    if n_pairs != n_lines:
        raise InputError(
            f"{n_pairs} sentence pairs but {n_lines} lines of links.", "One line of links a pair, in the same order.",
            file=file,
        )  # fmt: skip


def _attached(pair: SentencePair, alignment: Alignment) -> SentencePair:
    n_source, n_target = (len(sentence) if sentence else 0 for sentence in (pair.source, pair.target))
    for link in sorted(alignment.links | alignment.possible):
        check_link(f"pair {pair.id}", link, n_source, n_target)
    return replace(pair, alignment=alignment)
