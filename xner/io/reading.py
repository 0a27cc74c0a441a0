"""Files of any format to sentence pairs, or to the labelled sentences of an evaluation: the format is found out."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from xner.errors import InputError, LimitExceeded
from xner.io.conll import DOCUMENT_START, TAG, is_comment, read_conll, split_columns
from xner.io.json_lines import loads, read_json_lines, read_labelled_json_lines
from xner.io.labelled import LabelledSentence
from xner.io.limits import MAX_LABELS
from xner.io.lines import HEAD_BYTES, Lines, Source, Upload, open_lines
from xner.io.pharaoh import LINKS, attach_links, read_links
from xner.io.plain import SEPARATOR, pair_up, read_plain, read_sentences
from xner.io.records import Side
from xner.io.report import RowProblem
from xner.io.tabular import first_line, guess_delimiter, n_known_columns, read_tabular
from xner.text.script import normalise_tag
from xner.types import Entity, Projection, SentencePair

__all__ = ["FORMATS", "Source", "Upload", "detect_format", "read_labelled", "read_pairs", "read_parallel"]

T = TypeVar("T", SentencePair, LabelledSentence)

FORMATS = ("jsonl", "conll", "tsv", "csv", "plain", "pharaoh")
"""Names of the formats; `plain` is ``source ||| target``."""

_BY_SUFFIX = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
    ".conll": "conll", ".iob": "conll", ".iob2": "conll", ".bio": "conll", ".iobes": "conll",
    ".tsv": "tsv", ".tab": "tsv", ".csv": "csv", ".pharaoh": "pharaoh", ".align": "pharaoh",
}  # fmt: skip


_NO_TAGS = frozenset({"O", "-X-", "_", "-"})
"""What stands in the columns after ``-DOCSTART-``."""


def detect_format(name: str, head: str) -> str:
    """Return the name of a format, from the beginning of a text first and the name of the file second.

    Raises:
        InputError: neither tells.

    Example:
        >>> [detect_format("a.txt", line) for line in ("Hello ||| Habari", '{"id": "1"}', "0-0 1-2")]
        ['plain', 'jsonl', 'pharaoh']
    """
    line = first_line(head)
    if re.match(r"\s*\{", line) or re.match(r"\s*\[\s*(?:[\[{]|\Z)", line):
        return "jsonl"
    found = _from_suffix(name) or _from_lines(head)
    if found is None:
        raise InputError(
            "the format can't be told from the beginning of the file.",
            f"Name it: {', '.join(FORMATS)}. Two files of plain sentences are read side by side.", file=name, line=1,
        )  # fmt: skip
    return found


def _from_suffix(name: str) -> str | None:
    return _BY_SUFFIX.get(Path(name.lower().removesuffix(".gz")).suffix)


def _from_lines(head: str) -> str | None:
    line = first_line(head)
    if SEPARATOR in line:
        return "plain"
    if LINKS.fullmatch(line):
        return "pharaoh"
    if _are_tagged_tokens(head):
        return "conll"
    if "\t" in line:
        return "tsv"
    return "csv" if n_known_columns(line.split(guess_delimiter(line))) else None


def _are_tagged_tokens(head: str) -> bool:
    """Tell whether all lines end in a tag; one alone may, as does "Er nimmt die S-Bahn"."""
    whole_lines = (head[: head.rfind("\n")] if "\n" in head else head).split("\n")
    rows = [split_columns(row.removesuffix("\r")) for row in whole_lines if row.strip() and not is_comment(row)]
    rows = [row for row in rows if not (row[0] == DOCUMENT_START and set(row[1:]) <= _NO_TAGS)]
    return bool(rows) and all(len(row) == len(rows[0]) > 1 and TAG.fullmatch(row[-1].strip()) for row in rows)


def read_pairs(
    source: Source,
    *,
    format: str = "auto",
    source_lang: str | None = None,
    target_lang: str | None = None,
    labels: Collection[str] | None = None,
    on_projection: Callable[[Projection], None] | None = None,
) -> Iterator[SentencePair | RowProblem]:
    """Yield the pairs of a file, in order, and a problem for every row that can't be used.

    Args:
        source: a path, streamed whatever its size, or an upload.
        format: one of `FORMATS` or ``auto``.
        source_lang: language of rows that don't name theirs.
        target_lang: the same.
        labels: the label set; an entity with another label is a problem. ``None`` allows every label.
        on_projection: told what was projected onto a pair (JSON Lines written by `project`), before it is yielded.

    Raises:
        InputError: the file as a whole can't be read, or has no row. Rows before that were yielded already.
        LimitExceeded: the upload is too large, or there are more than 500 different labels.
    """
    languages = {"source_lang": _tag(source_lang), "target_lang": _tag(target_lang)}
    with open_lines(source) as lines:
        found = _format(format, lines)
        if found in ("conll", "pharaoh"):
            what = "one language" if found == "conll" else "links only"
            fix = "Read two files side by side: the labelled source and its translation." if found == "conll" else ""
            fix = fix or "Give the file of sentence pairs, and this one as its links."
            raise InputError(f"a file of this format ({found}) holds {what}, no pairs.", fix, file=lines.name, line=1)
        if found == "jsonl":
            known = None if labels is None else frozenset(labels)
            rows = read_json_lines(lines, labels=known, on_projection=on_projection, **languages)
        elif found == "plain":
            rows = read_plain(lines, **languages)
        else:
            rows = read_tabular(lines, "\t" if found == "tsv" else None, **languages)
        yield from _not_empty(_few_labels(rows, lines.name), lines.name, "sentence pair")


def read_parallel(
    source: Source,
    target: Source,
    *,
    links: Source | None = None,
    source_lang: str,
    target_lang: str,
    labels: Collection[str] | None = None,
) -> Iterator[SentencePair | RowProblem]:
    """Yield pairs from two files that run side by side, each CoNLL or one plain sentence a line; with links, if given.

    Raises:
        InputError: a file can't be read, or they differ in length. Pairs before that were yielded already.
    """
    with open_lines(source) as left, open_lines(target) as right:
        sides = (_one_side(left, source_lang, labels), _one_side(right, target_lang, labels))
        rows = _not_empty(_few_labels(pair_up(*sides), left.name), left.name, "sentence pair")
        if links is None:
            yield from rows
        else:
            with open_lines(links) as link_lines:
                yield from attach_links(rows, read_links(link_lines), file=link_lines.name)


def read_labelled(
    source: Source,
    side: Side,
    *,
    format: str = "auto",
    lang: str | None = None,
    labels: Collection[str] | None = None,
) -> Iterator[LabelledSentence | RowProblem]:
    """Yield one side of an evaluation, gold or predicted, from JSON Lines or CoNLL.

    A failed projection has status ``failed`` and no entities. Sentences of CoNLL without a comment ``# id = …`` have
    the id ``""`` and are paired by order.

    Raises:
        InputError: the file as a whole can't be read, or has no row.
        LimitExceeded: the upload is too large, or there are more than 500 different labels.
    """
    lang = _tag(lang)
    labels = None if labels is None else frozenset(labels)
    with open_lines(source) as lines:
        found = _format(format, lines)
        if found not in ("jsonl", "conll"):
            problem = f"a file of this format ({found}) has no entities."
            raise InputError(problem, "Give JSON Lines or CoNLL.", file=lines.name, line=1)
        if found == "jsonl":
            rows = read_labelled_json_lines(lines, side, lang=lang, labels=labels)
        else:
            rows = read_conll(lines, lang=lang or "und", labels=labels)
        yield from _not_empty(_few_labels(rows, lines.name), lines.name, "sentence")


def _tag(lang: str | None) -> str | None:
    return None if lang is None else normalise_tag(lang)


def _format(wanted: str, lines: Lines) -> str:
    if len(lines.head) < HEAD_BYTES and not lines.head.strip("\n\r \t"):
        raise InputError("the file is empty.", "Give a file with sentences.", file=lines.name)
    if wanted == "auto":
        return detect_format(lines.name, lines.head)
    if wanted not in FORMATS:
        raise InputError(f"there is no format called {wanted!r}.", f"Choose one of {', '.join(FORMATS)}.")
    return wanted


def _one_side(lines: Lines, lang: str, labels: Collection[str] | None) -> Iterator[LabelledSentence | RowProblem]:
    is_record = _is_record(first_line(lines.head))
    found = "jsonl" if is_record else _from_suffix(lines.name) or _from_lines(lines.head)
    if found == "conll":
        return read_conll(lines, lang=lang, labels=labels)
    if is_record or _from_suffix(lines.name):
        raise InputError(
            f"one of two files side by side can't be {found}.",
            "Each has to be CoNLL, or one plain sentence a line; a file of pairs needs no second file.",
            file=lines.name, line=1,
        )  # fmt: skip
    return read_sentences(lines, lang=lang)


def _is_record(line: str) -> bool:
    try:
        return bool(loads(line))
    except InputError:
        return False


def _not_empty(rows: Iterable[T | RowProblem], file: str, what: str) -> Iterator[T | RowProblem]:
    n_rows = 0
    for row in rows:
        n_rows += 1
        yield row
    if not n_rows:
        raise InputError(f"there is no {what} in the file.", "Check that it is the right file.", file=file)


def _few_labels(rows: Iterable[T | RowProblem], file: str) -> Iterator[T | RowProblem]:
    labels: set[str] = set()
    for row in rows:
        if not isinstance(row, RowProblem):
            labels.update(entity.label for entity in _entities_of(row))
            if len(labels) > MAX_LABELS:
                raise LimitExceeded(
                    f"there are more than {MAX_LABELS} different labels.",
                    "Check that the column of labels is the right one.", file=file,
                )  # fmt: skip
        yield row


def _entities_of(row: SentencePair | LabelledSentence) -> Iterator[Entity]:
    if isinstance(row, LabelledSentence):
        yield from row.entities or ()
    else:
        yield from row.source_entities or ()
        yield from row.target_entities or ()
