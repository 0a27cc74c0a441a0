"""Tables of text pairs: tab-separated without quoting, comma- or semicolon-separated with CSV's quoting."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from xner.errors import InputError
from xner.io.field_names import PAIR_FIELDS, check_field_names
from xner.io.fields import wrong
from xner.io.lines import Lines
from xner.io.records import pair_from_record
from xner.io.report import FirstLines, RowProblem
from xner.text.tokenise import detokenise
from xner.types import SentencePair

Row = tuple[int, str, list[str] | InputError]
"""Line number, raw text, and its cells or what is wrong with it."""

_FIELDS = {
    "id": "id",
    "source_text": "source_text", "source": "source_text", "src": "source_text",
    "target_text": "target_text", "target": "target_text", "tgt": "target_text", "trg": "target_text",
    "source_lang": "source_lang", "src_lang": "source_lang",
    "target_lang": "target_lang", "tgt_lang": "target_lang", "trg_lang": "target_lang",
    "back_translation": "back_translation",
}  # fmt: skip
"""Column name, in any case, to field of the record."""

_WRITTEN = ("id", "source_lang", "target_lang", "source_text", "target_text", "back_translation")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NO_HEADER = ("source_text", "target_text")


def read_tabular(
    lines: Lines,
    delimiter: str | None = None,
    *,
    source_lang: str | None = None,
    target_lang: str | None = None,
) -> Iterator[SentencePair | RowProblem]:
    """Yield a pair a row. A first row with a known column name is the header; without one there are two columns.

    A tab as `delimiter` means no quoting at all; ``None`` takes what `guess_delimiter` makes of the first row. Cells
    lose the blanks at their ends; columns that are not ours go to ``meta["_extra"]``.

    Raises:
        InputError: the first row is no header and has not two columns, or the header lacks both texts.
    """
    separator = delimiter or guess_delimiter(first_line(lines.head))
    seen = FirstLines()
    names: Sequence[str] | None = None
    for number, raw, cells in _split_tsv(lines) if separator == "\t" else _split_csv(lines, separator):
        if names is None and not isinstance(cells, InputError):
            names = _header(cells, lines.name, number)
            if names is not None:
                continue
            names = _NO_HEADER
        try:
            record = _record(cells, names or _NO_HEADER)
            pair = pair_from_record(
                record, source_lang=source_lang, target_lang=target_lang, default_id=f"line-{number}"
            )  # fmt: skip
            seen.check(pair.id, number)
        except InputError as error:
            yield RowProblem.of(error, lines.name, number, raw)
        else:
            yield pair


def first_line(head: str) -> str:
    """Return the first line that isn't blank."""
    return next((line.removesuffix("\r") for line in head.split("\n") if line.strip()), "")


def guess_delimiter(line: str) -> str:
    r"""Return the separator that makes most known column names of a line, or else exactly two columns.

    Where several do, the one that is rarer in sentences wins: tab, semicolon, comma.

    Example:
        >>> [guess_delimiter(line) for line in ("id,src,tgt", "Hello, you;Hallo", "a\tb")]
        [',', ';', '\t']
    """
    found = {}
    for delimiter in ("\t", ";", ","):
        cells = _parse(line, delimiter)
        found[delimiter] = (n_known_columns(cells), len(cells) == 2)
    best = max(found, key=lambda delimiter: found[delimiter])
    return best if any(found[best]) else ","


def n_known_columns(cells: Iterable[str]) -> int:
    """Return how many cells are names of columns."""
    return sum(_name(cell) in _FIELDS for cell in cells)


def _name(cell: str) -> str:
    return cell.strip().casefold()


def _parse(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _header(cells: list[str], file: str, line: int) -> list[str] | None:
    """Return the field of each column, ``None`` for a first row that is data already."""
    if not n_known_columns(cells):
        if len(cells) == len(_NO_HEADER):
            return None
        raise InputError(
            f"{len(cells)} column{'s'[: len(cells) > 1]} and no header.",
            "Put the names source_text and target_text over the two columns of text.", file=file, line=line,
        )  # fmt: skip
    names = [_FIELDS.get(_name(cell), cell.strip()) for cell in cells]
    try:
        _check_header(names)
    except InputError as error:
        raise InputError(error.message, error.hint, file=file, line=line, column=error.column) from None
    return names


def _check_header(names: list[str]) -> None:
    check_field_names(names)
    for name in names:
        if names.count(name) > 1:
            raise wrong(name, "two columns have this name.", "Rename one.")
        if name in PAIR_FIELDS and name not in _FIELDS.values():
            raise wrong(name, "a table has no place for this field.", "Use JSON Lines for tokens, entities and links.")
    if not {"source_text", "target_text"} & set(names):
        raise wrong("", "no column is called source_text or target_text.", "Correct the header.")


def _record(cells: list[str] | InputError, names: Sequence[str]) -> dict[str, Any]:
    if isinstance(cells, InputError):
        raise cells
    if len(cells) != len(names):
        fix = f"Every row needs {len(names)}; a separator inside a text must be quoted (CSV) or removed (TSV)."
        raise wrong("", f"{len(cells)} columns, the first row has {len(names)}.", fix)
    record = dict(zip(names, cells, strict=True))
    needed = ("source_text", "target_text")
    return {name: cell.strip() for name, cell in record.items() if cell.strip() or name in needed}


def _split_tsv(lines: Lines) -> Iterator[Row]:
    for number, raw in lines:
        if raw.strip():
            yield number, raw, raw.split("\t")


def _split_csv(lines: Lines, delimiter: str) -> Iterator[Row]:
    consumed: list[tuple[int, str]] = []

    def feed() -> Iterator[str]:
        for number, text in lines:
            consumed.append((number, text))
            yield text + "\n"

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    while True:
        consumed.clear()
        cells: list[str] | InputError
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            last = f" to {consumed[-1][0]}" if len(consumed) > 1 else ""
            problem = f"the quotes don't fit on line {consumed[0][0]}{last}: {error}."
            cells = wrong("", problem, 'Quote a text as a whole and double the quotes in it: "He said ""yes""."')
        if cells:
            yield consumed[0][0], "\n".join(text for _, text in consumed), cells


def write_tabular(
    pairs: Iterable[SentencePair], delimiter: str = "\t", *, protect_formulas: bool = True
) -> Iterator[str]:  # fmt: skip
    """Yield a header and a line a pair: id, languages, texts, back-translation. Entities and links are not in it.

    Args:
        pairs: to be written.
        delimiter: a tab for no quoting, else the separator of a CSV.
        protect_formulas: put an apostrophe before a cell that a spreadsheet would run as a formula; reading the
            file again keeps the apostrophe.

    Raises:
        InputError: a text that the format can't hold.
    """
    yield _join(_WRITTEN, delimiter)
    for pair in pairs:
        sides = (pair.source, pair.target)
        cells = [
            pair.id,
            *("" if side is None else side.lang for side in sides),
            *("" if side is None else detokenise(side) for side in sides),
            pair.back_translation or "",
        ]
        broken = "\r\n\t" if delimiter == "\t" else "\r"
        if any(character in cell for cell in cells for character in broken):
            problem = f"Pair {pair.id!r} has a tab or a line end in its text."
            raise InputError(problem, "Write it as JSON Lines.")
        yield _join([spreadsheet_cell(cell) for cell in cells] if protect_formulas else cells, delimiter)


def spreadsheet_cell(text: str) -> str:
    """Return a cell that a spreadsheet takes for text: formulas get an apostrophe before them.

    Example:
        >>> spreadsheet_cell("=1+1"), spreadsheet_cell("Uhuru")
        ("'=1+1", 'Uhuru')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _join(cells: Sequence[str], delimiter: str) -> str:
    if delimiter == "\t":
        return "\t".join(cells) + "\n"
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerow(cells)
    return buffer.getvalue()
