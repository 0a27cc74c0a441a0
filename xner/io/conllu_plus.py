r"""Silver rows as CoNLL-U Plus: ``# global.columns``, one token a line with its IOB2 tag, score and source entity.

White space is that of UD and UDPipe: ``SpaceAfter=No`` where nothing follows, ``SpacesAfter`` and ``SpacesBefore``
where it is not one blank, so that the text comes back to the character.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import BufferedReader
from itertools import pairwise
from typing import Any

from xner.errors import InputError
from xner.io.comments import read_comments, write_comments
from xner.io.conll_silver import entity_columns, with_columns
from xner.io.lines import Lines
from xner.io.silver import ExportOptions, Facts, SilverRow, entity_facts, placed, sentence_facts
from xner.text.iob import entities_from_labels, labels_from_entities
from xner.text.tokenise import sentence_from_tokens
from xner.types import Sentence

COLUMNS = ("ID", "FORM", "XNER:NER", "XNER:SCORE", "XNER:SOURCE", "MISC")
_HEAD = "# global.columns ="
_NO_SPACE = "SpaceAfter=No"
_BEFORE, _AFTER = "SpacesBefore=", "SpacesAfter="
_ESCAPES = {" ": r"\s", "\t": r"\t", "\r": r"\r", "\n": r"\n", "|": r"\p", "\\": r"\\"}
_PLAIN = {escaped[1]: plain for plain, escaped in _ESCAPES.items()}
_ESCAPED = re.compile(r"\\(?:u([0-9a-f]{4})|(.))")
_SPECIAL = re.compile("[ \t\r\n|\\\\\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def write_conllu_plus(rows: Iterable[SilverRow], options: ExportOptions) -> Iterator[bytes]:
    """Yield the line that names the columns, and one block a row."""
    yield f"{_HEAD} {' '.join(COLUMNS)}\n".encode()
    for row in rows:
        sentence = placed(row.sentence)
        gaps = _gaps(sentence)
        text = "".join(
            token + " " * space for token, space in zip(sentence.tokens, sentence.spaces or (), strict=True)
        ).removesuffix(" ")
        sources, scores = entity_columns(row)
        columns = (
            map(str, range(1, len(sentence) + 1)), sentence.tokens, labels_from_entities(row.entities, len(sentence)),
            scores, sources, _misc(gaps),
        )  # fmt: skip
        head = [f"# sent_id = {row.id}", f"# text = {text}", *write_comments(row)]
        lines = map("\t".join, zip(*columns, strict=True))
        yield "".join(f"{line}\n" for line in (*head, *lines, "")).encode()


def _gaps(sentence: Sentence) -> list[str]:
    """Return what stands before the first token, between the tokens, and after the last."""
    text, offsets = sentence.text or "", sentence.offsets or ()
    edges = [0, *(place for offset in offsets for place in offset), len(text)]
    return [text[start:end] for start, end in list(pairwise(edges))[::2]]


def _misc(gaps: list[str]) -> Iterator[str]:
    for number, gap in enumerate(gaps[1:]):
        parts = [f"{_BEFORE}{_escape(gaps[0])}"] if number == 0 and gaps[0] else []
        is_last = number == len(gaps) - 2
        if not gap and not is_last:
            parts.append(_NO_SPACE)
        elif gap != ("" if is_last else " "):
            parts.append(f"{_AFTER}{_escape(gap)}")
        yield "|".join(parts) or "_"


def _escape(gap: str) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPES.get(found[0], f"\\u{ord(found[0]):04x}"), gap)


def _unescape(value: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else _PLAIN.get(found[2], found[0]), value)


def read_conllu_plus(stream: BufferedReader[Any], options: ExportOptions | None = None) -> Iterator[Facts]:
    """Yield the facts of every sentence of a file whose columns hold at least ``ID``, ``FORM`` and ``XNER:NER``.

    Raises:
        InputError: it isn't such a file, or a line has another number of columns.
    """
    lines = Lines("export.conllup", stream)
    names: tuple[str, ...] = ()
    block: list[str] = []
    first = 1
    for number, raw in lines:
        if raw.startswith(_HEAD):
            names = tuple(raw.removeprefix(_HEAD).split())
        elif raw:
            block.append(raw)
        elif block:
            yield _facts(block, names, lines.name, first)
            block, first = [], number + 1
    if block:
        yield _facts(block, names, lines.name, first)


def _facts(block: list[str], names: tuple[str, ...], file: str, line: int) -> Facts:
    comments = [raw for raw in block if raw.startswith("# ") and "\t" not in raw]
    rows = [raw.split("\t") for raw in block[len(comments) :]]
    if not {"ID", "FORM", "XNER:NER"} <= set(names) or any(len(row) != len(names) for row in rows):
        problem = f"the columns are not those of {_HEAD} {' '.join(names)}."
        raise InputError(problem, "ID, FORM and XNER:NER are needed.", file=file, line=line)
    columns = {name: [row[number] for row in rows] for number, name in enumerate(names)}
    tokens, nothing = columns["FORM"], ["_"] * len(rows)
    told = read_comments(comments)
    lang = str(told.get("lang") or "und")
    text = _text(tokens, columns.get("MISC", nothing))
    entities = with_columns(
        entities_from_labels(columns["XNER:NER"]),
        columns.get("XNER:SOURCE", nothing),
        columns.get("XNER:SCORE", nothing),
    )
    ids = [raw.removeprefix("# sent_id = ") for raw in comments if raw.startswith("# sent_id = ")]
    sentence = sentence_from_tokens(tokens, lang, text)
    return told | {"id": ids[0] if ids else ""} | sentence_facts(sentence) | dict(entity_facts(entities))


def _text(tokens: list[str], misc: list[str]) -> str:
    text = ""
    for number, (token, told) in enumerate(zip(tokens, misc, strict=True)):
        gap = "" if number == len(tokens) - 1 else " "
        for part in told.split("|"):
            if part.startswith(_BEFORE):
                text += _unescape(part.removeprefix(_BEFORE))
            elif part.startswith(_AFTER):
                gap = _unescape(part.removeprefix(_AFTER))
            elif part == _NO_SPACE:
                gap = ""
        text += token + gap
    return text


def conllu_problem(row: SilverRow) -> str | None:
    """Return why CoNLL-U Plus has no place for a row, or ``None``."""
    for entity in row.entities:
        if any(character.isspace() for character in entity.label):
            return f"the label {entity.label!r} holds a blank."
    return None
