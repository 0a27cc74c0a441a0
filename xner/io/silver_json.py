"""Silver rows as JSON Lines: the project's own records, which `evaluate` and `project` read again.

Entities are the record's `target_entities`, each with its code points ``char_start`` and ``char_end`` in `target_text`;
status, annotator, revision, signature and note are in ``meta.silver``, and ``dropped_source_entities`` there counts the
`source_entities` that somebody marked as dropped in translation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BufferedReader
from typing import Any

from xner.errors import InputError
from xner.io.json_lines import dumps, loads, pair_from_record, read_json_lines, record_from_pair
from xner.io.lines import Lines
from xner.io.report import RowProblem
from xner.io.silver import PROVENANCE, ExportOptions, Facts, SilverRow, facts_of, placed, plain_meta
from xner.text.offsets import char_range
from xner.types import SentencePair

DROPPED = "dropped_source_entities"
_PROVENANCE = ("status", "annotator", "revision", "signature", "note")


def write_silver_json(rows: Iterable[SilverRow], options: ExportOptions) -> Iterator[bytes]:
    """Yield a line of JSON a row."""
    for row in rows:
        yield f"{dumps(record_from_row(row))}\n".encode()


def record_from_row(row: SilverRow) -> dict[str, Any]:
    """Return the record of a row."""
    target = placed(row.sentence)
    told: dict[str, Any] = {name: getattr(row, name) for name in _PROVENANCE}
    if row.dropped:
        told[DROPPED] = sorted(row.dropped)
    pair = SentencePair(
        id=row.id,
        source=row.source and placed(row.source),
        target=target,
        source_entities=row.source_entities,
        target_entities=row.entities,
        alignment=row.alignment,
        back_translation=row.back_translation or None,
        meta=plain_meta(row) | {PROVENANCE: {name: value for name, value in told.items() if value not in (None, "")}},
    )
    record = record_from_pair(pair)
    for plain, entity in zip(record["target_entities"], row.entities, strict=True):
        plain["char_start"], plain["char_end"] = char_range(target.offsets or (), entity.span)
    return record


def row_from_pair(pair: SentencePair) -> SilverRow:
    """Return the silver row of a pair that was read from an export.

    Raises:
        InputError: it isn't one: its entities or its provenance are missing.
    """
    told = pair.meta.get(PROVENANCE)
    if pair.target is None or pair.target_entities is None or not isinstance(told, dict):
        raise InputError(f"The record {pair.id!r} is no row of an export.", "", column=f"meta.{PROVENANCE}")
    meta = {name: value for name, value in pair.meta.items() if name != PROVENANCE}
    try:
        return SilverRow(
            id=pair.id,
            sentence=pair.target,
            entities=pair.target_entities,
            source=pair.source,
            source_entities=pair.source_entities,
            alignment=pair.alignment,
            back_translation=pair.back_translation,
            dropped=dropped_in(pair),
            meta=meta,
            **{name: value for name, value in told.items() if name != DROPPED},
        )
    except (TypeError, ValueError) as error:
        problem = f"The record {pair.id!r} is no row of an export: {error}."
        raise InputError(problem, "", column=f"meta.{PROVENANCE}") from None


def dropped_in(pair: SentencePair) -> frozenset[int]:
    """Return the source entities that an export says were dropped in translation; none where it says nothing.

    Raises:
        ValueError: what stands there are no indices of source entities.
    """
    told = pair.meta.get(PROVENANCE)
    found = told.get(DROPPED, []) if isinstance(told, dict) else []
    n_sources = len(pair.source_entities or ())
    if not isinstance(found, list) or any(type(i) is not int or not 0 <= i < n_sources for i in found):
        raise ValueError(f"{DROPPED} has to be a list of indices of source_entities")
    return frozenset(found)


def read_silver_json(stream: BufferedReader[Any], options: ExportOptions) -> Iterator[Facts]:
    """Yield the facts of the rows, read as every other file of records is.

    Raises:
        InputError: a line is no row of an export.
    """
    for pair in read_json_lines(Lines("export.jsonl", stream)):
        if isinstance(pair, RowProblem):
            raise InputError(f"{pair.field} {pair.problem}".strip(), pair.fix, file=pair.file, line=pair.line)
        yield facts_of(row_from_pair(pair))


def json_problem(row: SilverRow) -> str | None:
    """Return why a row would not be read again, in words, or ``None``."""
    named = [entity.source for entity in row.entities if entity.source is not None]
    if row.source_entities is not None and any(source >= len(row.source_entities) for source in named):
        return f"an entity comes from a source entity that there is not; there are {len(row.source_entities)}."
    if not plain_meta(row):
        return None
    try:
        pair_from_record(loads(dumps(record_from_row(row))))
    except InputError as error:
        return f"{error.column}: {error.message}" if error.column else error.message
    except ValueError as error:
        return str(error)
    return None
