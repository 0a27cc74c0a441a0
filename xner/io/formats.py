"""The export formats by name, and what holds for all of them: refusing rows, writing, reading back and comparing."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from itertools import zip_longest
from pathlib import Path
from typing import Any

from xner.errors import InputError
from xner.io.brat import brat_problem, read_brat, write_brat
from xner.io.conll_silver import conll_problem, read_silver_conll, write_silver_conll
from xner.io.conllu_plus import conllu_problem, read_conllu_plus, write_conllu_plus
from xner.io.docbin import read_docbin, write_docbin
from xner.io.hub import read_hub, write_hub
from xner.io.silver import (
    EVERYTHING,
    PROVENANCE_FACTS,
    TOKENS,
    ExportOptions,
    Facts,
    Format,
    SilverRow,
    facts_of,
    row_problem,
)
from xner.io.silver_json import json_problem, read_silver_json, write_silver_json
from xner.io.spreadsheet import read_spreadsheet, write_spreadsheet
from xner.io.token_table import read_token_table, table_problem, write_token_table
from xner.types import Entity, Sentence, Span

_COLUMNS = frozenset({"scores", "sources"})
_DEFAULTS = ExportOptions()
_SHOWN_DIFFERENCES = 10
_SHOWN_CHARACTERS = 200

FORMATS: dict[str, Format] = {
    known.name: known
    for known in (
        Format(
            "conll", "CoNLL-2003", ".conll", "text/plain",
            "Token and IOB2 tag a line, for nearly every trainer; source entity and score as columns if wanted.",
            TOKENS, write_silver_conll, read_silver_conll, conll_problem,
            {"comments": PROVENANCE_FACTS, "columns": _COLUMNS},
        ),
        Format(
            "conllu-plus", "CoNLL-U Plus", ".conllup", "text/plain",
            "CoNLL-U with columns for tag, score and source entity; white space comes back to the character.",
            TOKENS | PROVENANCE_FACTS | _COLUMNS | {"text", "spaces"},
            write_conllu_plus, read_conllu_plus, conllu_problem,
        ),
        Format(
            "jsonl", "JSON Lines", ".jsonl", "application/jsonl",
            "Everything: both sentences, entities with character offsets, links, provenance. xner reads it again.",
            EVERYTHING, write_silver_json, read_silver_json, json_problem,
        ),
        Format(
            "tsv", "Table of tokens (TSV)", ".tsv", "text/tab-separated-values",
            "A line a token with tag, score and status, for R, pandas and corpus tools.",
            (TOKENS | PROVENANCE_FACTS | _COLUMNS | {"spaces", "signature_hash"}) - {"note", "signature"},
            write_token_table, read_token_table, table_problem,
        ),
        Format(
            "csv", "Spreadsheet (CSV)", ".csv", "text/csv",
            "A line a sentence, to read and sort in Excel or LibreOffice; formulas are made harmless.",
            TOKENS | PROVENANCE_FACTS | {"text", "source_text", "dropped", "back_translation"},
            write_spreadsheet, read_spreadsheet,
        ),
        Format(
            "brat", "brat stand-off", ".brat.zip", "application/zip",
            "Texts of 100 sentences with their annotations, to open in brat; offsets are code points.",
            TOKENS | PROVENANCE_FACTS | _COLUMNS | {"text", "spaces"}, write_brat, read_brat, brat_problem,
        ),
        Format(
            "docbin", "spaCy DocBin", ".spacy", "application/octet-stream",
            "Documents with entities, as spacy train takes them; everything else is in user_data.",
            EVERYTHING, write_docbin, read_docbin,
        ),
        Format(
            "parquet", "Hugging Face datasets (Parquet)", ".parquet.zip", "application/zip",
            "A folder for load_dataset, with named tags and a dataset card.",
            EVERYTHING, write_hub, read_hub,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact of a row that came back otherwise; `expected` and `found` are shown shortened. `id` may be ``""``."""

    id: str
    field: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class RoundTripReport:
    """What reading a file back showed. `n_rows` and `n_entities` were expected; `differences` are the first few."""

    n_rows: int
    n_entities: int
    n_differences: int
    differences: tuple[Difference, ...]

    @property
    def is_equal(self) -> bool:
        """Whether everything came back."""
        return self.n_differences == 0


def format_named(name: str) -> Format:
    """Return the format of that name.

    Raises:
        InputError: there is none.
    """
    if name not in FORMATS:
        raise InputError(f"There is no export format {name!r}.", f"Choose one of {', '.join(FORMATS)}.")
    return FORMATS[name]


def cannot_carry(row: SilverRow, format: Format) -> str | None:
    """Return why a format can't carry a row, as part of a sentence, or ``None``.

    What no format can carry (no token, a tab in a token, NUL) is told first.
    """
    return row_problem(row) or format.problem(row)


def formats_without(label: str) -> tuple[str, ...]:
    """Return the titles of the formats that leave out every sentence with an entity of this label.

    Example:
        >>> formats_without("weather/noun"), formats_without("two words")
        ((), ('CoNLL-U Plus',))
    """
    probe = SilverRow("1", Sentence(("x",), "und"), (Entity(Span(0, 1), label),), "none", "projected")
    return tuple(format.title for format in FORMATS.values() if cannot_carry(probe, format))


def write_rows(rows: Iterable[SilverRow], format: Format, options: ExportOptions = _DEFAULTS) -> Iterator[bytes]:
    """Yield the bytes of a file of these rows, which may come one by one.

    Raises:
        InputError: the format can't carry a row, or two rows have the same id. Bytes may have been yielded by then,
            so ask `cannot_carry` first.
    """
    return format.write(_carried(rows, format), options)


def _carried(rows: Iterable[SilverRow], format: Format) -> Iterator[SilverRow]:
    seen: set[str] = set()
    for row in rows:
        if reason := cannot_carry(row, format):
            raise InputError(f"{format.title} can't carry the sentence {row.id!r}: {reason}", "Leave it out.")
        if row.id in seen:
            raise InputError(f"Two sentences have the id {row.id!r}.", "Give every row of an export its own id.")
        seen.add(row.id)
        yield row


def read_rows(data: bytes | Path, format: Format, options: ExportOptions = _DEFAULTS) -> Iterator[Facts]:
    """Yield the facts of every row of a file that xner exported, in order.

    Raises:
        InputError: it is no such file, or it was damaged; rows before that were yielded already.
    """
    stream: BufferedReader[Any] = data.open("rb") if isinstance(data, Path) else io.BufferedReader(io.BytesIO(data))
    with stream:
        try:
            yield from format.read(stream, options)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            problem = f"this is no {format.title} that xner exported: {error}."
            raise InputError(problem, "Export it again.", file=f"export{format.suffix}") from error


def check_round_trip(
    rows: Iterable[SilverRow], format: Format, data: bytes | Path, options: ExportOptions = _DEFAULTS
) -> RoundTripReport:
    """Return how a written file differs, when read back, from the rows that it was written from.

    Every fact that the format carries is compared, row by row in order. A file that can't be read is a difference,
    too: its field is ``file``.

    Args:
        rows: the same as were written, in the same order.
        format: that of the file.
        data: the file, or its path.
        options: those that it was written with.
    """
    fields = sorted(format.fields(options))
    n_rows = n_entities = n_differences = 0
    differences: list[Difference] = []

    def differs(row_id: str, field: str, expected: object, found: object) -> None:
        nonlocal n_differences
        n_differences += 1
        if len(differences) < _SHOWN_DIFFERENCES:
            differences.append(Difference(row_id, field, _shown(expected), _shown(found)))

    for row, found in zip_longest(rows, _until_broken(read_rows(data, format, options))):
        n_rows += row is not None
        n_entities += len(row.entities) if row else 0
        if isinstance(found, InputError):
            differs("", "file", "readable", found)
        elif row is None or found is None:
            differs(row.id if row else "", "row", "there" if row else "none", "there" if found else "none")
        else:
            expected = facts_of(row)
            for field in fields:
                if field not in found or found[field] != expected[field]:
                    differs(row.id, field, expected[field], found.get(field, "missing"))
    return RoundTripReport(n_rows, n_entities, n_differences, tuple(differences))


def _until_broken(back: Iterable[Facts]) -> Iterator[Facts | InputError]:
    """Yield what is read, and last the error that ended it."""
    try:
        yield from back
    except InputError as error:
        yield error


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
