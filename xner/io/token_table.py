r"""Silver rows as a table with a line a token, for R, pandas and corpus tools: TSV without quoting, nothing altered.

Tokens are counted from 0; `space_after` is 1 or 0; `signature` is the short hash of the signature, which the data card
writes out. Read it without quotes and without a mark for missing values, because "NA" and quotation marks are tokens
too: ``pandas.read_csv(…, sep="\t", quoting=3, keep_default_na=False)``, in R ``read.delim(…, quote="",
na.strings=character())``. For a spreadsheet program there is the CSV, where no cell can be a formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BufferedReader
from typing import Any

from xner.errors import InputError
from xner.io.lines import Lines
from xner.io.silver import ExportOptions, Facts, SilverRow, entity_facts, placed
from xner.signature import short_hash
from xner.text.iob import entities_from_labels, labels_from_entities
from xner.types import Entity

COLUMNS = (
    "sentence_id", "token_number", "token", "space_after", "tag", "score", "source_entity", "lang", "status",
    "annotator", "revision", "signature",
)  # fmt: skip


def write_token_table(rows: Iterable[SilverRow], options: ExportOptions) -> Iterator[bytes]:
    """Yield the names of the columns, then the lines of one row after the other."""
    yield ("\t".join(COLUMNS) + "\n").encode()
    for row in rows:
        spaces = placed(row.sentence).spaces or ()
        tags = labels_from_entities(row.entities, len(row.sentence))
        of_row = "\t".join(
            (
                row.sentence.lang, row.status, row.annotator or "", "" if row.revision is None else str(row.revision),
                short_hash(row.signature),
            )
        )  # fmt: skip
        owners: list[Entity | None] = [None] * len(row.sentence)
        for entity in row.entities:
            owners[entity.span.start : entity.span.end] = [entity] * len(entity.span)
        lines = []
        for number, (token, space, tag, owner) in enumerate(
            zip(row.sentence.tokens, spaces, tags, owners, strict=True)
        ):  # fmt: skip
            score = "" if owner is None or owner.score is None else repr(float(owner.score))
            source = "" if owner is None or owner.source is None else str(owner.source)
            lines.append(f"{row.id}\t{number}\t{token}\t{int(space)}\t{tag}\t{score}\t{source}\t{of_row}\n")
        yield "".join(lines).encode()


def read_token_table(stream: BufferedReader[Any], options: ExportOptions) -> Iterator[Facts]:
    """Yield the facts of every sentence.

    Raises:
        InputError: the columns are not those of `COLUMNS`.
    """
    lines = Lines("export.tsv", stream)
    block: list[dict[str, str]] = []
    for number, raw in lines:
        cells = raw.split("\t")
        if len(cells) != len(COLUMNS) or (number == 1) != (tuple(cells) == COLUMNS):
            raise InputError(f"the columns are not {', '.join(COLUMNS)}.", file=lines.name, line=number)
        cell = dict(zip(COLUMNS, cells, strict=True))
        if block and int(cell["token_number"]) == 0:
            yield _facts(block)
            block = []
        if number > 1:
            block.append(cell)
    if block:
        yield _facts(block)


def _facts(block: list[dict[str, str]]) -> Facts:
    first = block[0]
    entities = tuple(
        Entity(
            span=entity.span,
            label=entity.label,
            score=float(block[entity.span.start]["score"]) if block[entity.span.start]["score"] else None,
            source=int(block[entity.span.start]["source_entity"])
            if block[entity.span.start]["source_entity"]
            else None,
        )
        for entity in entities_from_labels([cell["tag"] for cell in block])
    )
    return dict(entity_facts(entities)) | {
        "id": first["sentence_id"],
        "lang": first["lang"],
        "tokens": tuple(cell["token"] for cell in block),
        "spaces": tuple(cell["space_after"] == "1" for cell in block),
        "status": first["status"],
        "annotator": first["annotator"] or None,
        "revision": int(first["revision"]) if first["revision"] else None,
        "signature_hash": first["signature"],
    }


def table_problem(row: SilverRow) -> str | None:
    """Return why the table has no place for a row, or ``None``."""
    if any(mark in (row.annotator or "") for mark in "\t\r\n"):
        return "the name of the annotator holds a tab or a line end."
    return None
