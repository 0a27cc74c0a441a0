r"""Silver rows as a CSV that spreadsheet programs open: a row a sentence, and no cell is ever a formula.

A cell that begins with ``= + - @``, their full-width forms, a tab or a line end gets an apostrophe before it. So does
the place after a semicolon, a tab or a line end in a cell, where a program that takes these for the ends of cells
(Excel set to German, say) would begin another. Where apostrophes stand before such a character already there is one
more, so that reading takes away exactly what was added. Every cell is quoted, and the file begins with a byte order
mark, by which Excel knows UTF-8. `entities` is for the reader; `tokens` and `spans`, lists of JSON, are for programs.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from io import BufferedReader
from typing import Any

from xner.errors import InputError
from xner.io.comments import quoted
from xner.io.silver import ExportOptions, Facts, SilverRow, placed
from xner.text.offsets import char_range
from xner.text.tokenise import detokenise

COLUMNS = (
    "id", "lang", "text", "entities", "status", "annotator", "revision", "note", "source_text", "source_entities",
    "dropped_source_entities", "back_translation", "tokens", "spans", "signature",
)  # fmt: skip
_SIGNS = r"=+\-@＝＋－＠"
_LIVE = re.compile(rf"\A(?='*[{_SIGNS}\t\r\n])|(?<=[;\t\r\n])(?='*[{_SIGNS}])")
_TAMED = re.compile(rf"\A'(?='*[{_SIGNS}\t\r\n])|(?<=[;\t\r\n])'(?='*[{_SIGNS}])")


def protected(cell: str) -> str:
    """Return a cell that a spreadsheet takes for text.

    Example:
        >>> protected("=1+1"), protected("'=1+1"), protected("'Uhuru'"), protected("x;=1")
        ("'=1+1", "''=1+1", "'Uhuru'", "x;'=1")
    """
    return _LIVE.sub("'", cell)


def unprotected(cell: str) -> str:
    """Return the cell as it was before `protected`.

    Example:
        >>> unprotected("'=1+1"), unprotected("'Uhuru'")
        ('=1+1', "'Uhuru'")
    """
    return _TAMED.sub("", cell)


def write_spreadsheet(rows: Iterable[SilverRow], options: ExportOptions) -> Iterator[bytes]:
    """Yield the names of the columns and a line a row."""
    yield "\ufeff".encode() + _line(COLUMNS)
    for row in rows:
        cells = _cells(row)
        yield _line(cells if options.raw_cells else [protected(cell) for cell in cells])


def _cells(row: SilverRow) -> list[str]:
    sentence = placed(row.sentence)
    readable = [
        f"{entity.label}: {(sentence.text or '')[slice(*char_range(sentence.offsets or (), entity.span))]}"
        for entity in row.entities
    ]
    source = row.source
    of_source = [
        f"{entity.label}: {' '.join(source.tokens[entity.span.start : entity.span.end])}"
        for entity in row.source_entities or ()
        if source is not None
    ]
    spans = ", ".join(f"[{e.span.start}, {e.span.end}, {quoted(e.label)}]" for e in row.entities)
    dropped = " ".join(map(str, sorted(row.dropped)))
    return [
        row.id, sentence.lang, sentence.text or "", "; ".join(readable), row.status, row.annotator or "",
        "" if row.revision is None else str(row.revision), row.note or "", "" if source is None else detokenise(source),
        "; ".join(of_source), dropped, row.back_translation or "", f"[{', '.join(map(quoted, sentence.tokens))}]",
        f"[{spans}]", row.signature,
    ]  # fmt: skip


def _line(cells: Iterable[str]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().encode()


def read_spreadsheet(stream: BufferedReader[Any], options: ExportOptions) -> Iterator[Facts]:
    """Yield the facts of every row.

    Raises:
        InputError: the columns are not those of `COLUMNS`, or a cell of JSON is none.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    reader = csv.reader(text, strict=True)
    try:
        if tuple(next(reader, ())) != COLUMNS:
            raise InputError(f"the columns are not {', '.join(COLUMNS)}.", file="export.csv", line=1)
        for cells in reader:
            plain = cells if options.raw_cells else [unprotected(cell) for cell in cells]
            yield _facts(dict(zip(COLUMNS, plain, strict=True)))
    except (csv.Error, ValueError, TypeError) as error:
        raise InputError(f"the row can't be read: {error}.", file="export.csv", line=reader.line_num) from None
    finally:
        text.detach()  # the stream is the caller's to close


def _facts(cell: dict[str, str]) -> Facts:
    spans = json.loads(cell["spans"])
    return {
        "id": cell["id"],
        "lang": cell["lang"],
        "text": cell["text"],
        "tokens": tuple(json.loads(cell["tokens"])),
        "spans": tuple((start, end) for start, end, _ in spans),
        "labels": tuple(label for _, _, label in spans),
        "status": cell["status"],
        "annotator": cell["annotator"] or None,
        "revision": int(cell["revision"]) if cell["revision"] else None,
        "note": cell["note"] or None,
        "source_text": cell["source_text"] or None,
        "dropped": tuple(map(int, cell["dropped_source_entities"].split())),
        "back_translation": cell["back_translation"] or None,
        "signature": cell["signature"],
    }
