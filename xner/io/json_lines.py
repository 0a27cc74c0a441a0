"""JSON Lines: one record a line, parsed strictly, with bad rows told apart from the file as a whole."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NoReturn, TypeVar

from xner.errors import InputError, LimitExceeded
from xner.io.fields import json_name, wrong
from xner.io.labelled import LabelledSentence
from xner.io.limits import MAX_JSON_DEPTH
from xner.io.lines import Lines
from xner.io.records import (
    Side,
    labelled_from_record,
    pair_from_record,
    projection_from_record,
    projection_onto,
    record_from_pair,
)
from xner.io.report import FirstLines, RowProblem
from xner.types import Projection, SentencePair

__all__ = [
    "dumps",
    "labelled_from_record",
    "loads",
    "pair_from_record",
    "projection_from_record",
    "read_json_lines",
    "read_labelled_json_lines",
    "record_from_pair",
]

T = TypeVar("T", SentencePair, LabelledSentence)

_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.?)*+"?|[\[{\]}]')
"""Strings, closed or not (so that no text is scanned twice), and brackets outside of them."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_DOCUMENT = re.compile(r"\s*(?:[\[{]\s*\Z|\[\s*[\[{])")
"""First line of a file that is one list or one object over several lines."""
_LINE_BREAKERS = {"\u0085": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""Line ends to other people's tools; inside JSON they can only stand in strings, so escaping them is safe."""


def read_json_lines(
    lines: Lines,
    *,
    source_lang: str | None = None,
    target_lang: str | None = None,
    labels: Collection[str] | None = None,
    on_projection: Callable[[Projection], None] | None = None,
) -> Iterator[SentencePair | RowProblem]:
    """Yield the pairs of a file, in order, and a problem for every row that isn't one.

    Rows without an id get ``line-12``; of rows with the same id the first counts. `on_projection` is told what was
    projected onto a pair, before the pair is yielded.

    Raises:
        InputError: the file is one JSON document and not a record a line, or not UTF-8.
    """
    found: list[Projection] = []

    def convert(record: Mapping[str, Any], default_id: str) -> SentencePair:
        found.clear()
        pair = pair_from_record(
            record, source_lang=source_lang, target_lang=target_lang, labels=labels, default_id=default_id
        )
        if on_projection is not None and (projection := projection_onto(pair, record)) is not None:
            found.append(projection)
        return pair

    for row in _rows(lines, convert):
        if on_projection is not None and found and not isinstance(row, RowProblem):
            on_projection(found[0])
        yield row


def read_labelled_json_lines(
    lines: Lines, side: Side, *, lang: str | None = None, labels: Collection[str] | None = None
) -> Iterator[LabelledSentence | RowProblem]:
    """Yield one side of an evaluation; otherwise as `read_json_lines`."""

    def convert(record: Mapping[str, Any], default_id: str) -> LabelledSentence:
        return labelled_from_record(record, side, lang=lang, labels=labels, default_id=default_id)

    yield from _rows(lines, convert)


def _rows(lines: Lines, convert: Callable[[Mapping[str, Any], str], T]) -> Iterator[T | RowProblem]:
    seen = FirstLines()
    is_first = True
    for number, raw in lines:
        if not raw.strip():
            continue
        if is_first and _DOCUMENT.match(raw):
            raise InputError(
                "this is one JSON document; one record a line is needed.",
                "Convert it, for example with: jq -c '.[]' OLD.json > NEW.jsonl", file=lines.name, line=number,
            )  # fmt: skip
        is_first = False
        try:
            row = convert(loads(raw), f"line-{number}")
            seen.check(row.id, number)
        except InputError as error:
            yield RowProblem.of(error, lines.name, number, raw)
        else:
            yield row


def loads(line: str) -> dict[str, Any]:
    """Return the record on a line; stricter than JSON's own parser in Python.

    Raises:
        InputError: not an object, a key twice, NaN or an infinite number, nested too deep.
    """
    _check_depth(line)
    try:
        record = _DECODER.decode(line)
    except json.JSONDecodeError as error:
        said = error.msg.removesuffix(" at")  # "Unterminated string starting at"
        problem = f"not JSON: {said[:1].lower()}{said[1:]} at character {error.pos + 1}."
        raise wrong("", problem, "One record a line, in braces, names and texts in double quotes.") from None
    except ValueError:  # an integer of more than 4,300 digits
        raise wrong("", "holds a number that is too long.", "Write it as text.") from None
    if not isinstance(record, dict):
        raise wrong("", f"the line is {json_name(record)}, it has to be a record.", 'Write {"id": …}.')
    return record


def dumps(record: Mapping[str, Any]) -> str:
    """Return a record as one line without its end, letters of all scripts as they are.

    Raises:
        ValueError: a number that isn't finite.

    Example:
        >>> dumps({"id": "1", "target_tokens": ["Àwọn", "🙂"]})
        '{"id": "1", "target_tokens": ["Àwọn", "🙂"]}'
    """
    line = _ENCODER.encode(record)
    for breaker, escaped in _LINE_BREAKERS.items():
        line = line.replace(breaker, escaped)  # a hundredth of the time of str.translate
    return line


def _check_depth(line: str) -> None:
    if line.count("[") + line.count("{") <= MAX_JSON_DEPTH:
        return
    depth = 0
    for match in _BRACKETS.finditer(line):
        mark = match.group()
        if mark in "[{":
            depth += 1
            if depth > MAX_JSON_DEPTH:
                raise LimitExceeded(
                    f"lists and objects are nested more than {MAX_JSON_DEPTH} deep.", "Flatten the record."
                )
        elif mark in "]}":
            depth -= 1


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0][:40]
        raise wrong(twice, f"the field {twice!r} stands twice in one object.", "Keep one of the two.")
    return record


def _refuse_constant(name: str) -> NoReturn:
    raise wrong("", f"{name} is not JSON.", "Write null, or a finite number.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise wrong("", f"the number {digits[:40]} is too large.", "Write null, or a finite number.")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant, parse_float=_finite
)  # fmt: skip
"""Made once: `json.loads` makes one for every line that is read with rules of its own."""
