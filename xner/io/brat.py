"""Silver rows as brat stand-off: a zip of texts with one sentence a line, and their annotations.

Offsets count code points of the text file, as brat's server does. A line end inside a sentence is written as a blank.
Source entity and score of an entity are its note. What brat has no place for (where the tokens are, status,
signature) is in ``….rows.jsonl`` beside each text; brat passes over it. A label that brat takes for none (``a/b``) is
written as one that it takes (``a_b``); ``labels.json`` says which is which, ``visual.conf`` lets brat show the label.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BufferedReader
from itertools import chain, count, islice
from typing import Any

from xner.errors import InputError
from xner.io.card import Tally, write_card
from xner.io.json_lines import dumps, loads
from xner.io.silver import ExportOptions, Facts, SilverRow, entity_facts, placed, sentence_facts
from xner.io.zipped import Zipped, ZipWriter, open_zip
from xner.text.offsets import char_range, span_of_chars
from xner.text.tokenise import sentence_from_tokens
from xner.types import Entity

SENTENCES_PER_TEXT = 100
_LINE_ENDS = re.compile("[\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_NO_TYPE = re.compile(r"[^A-Za-z0-9_-]")
_NO_SHOWN = re.compile(r"[\s|,]")
"""What separates names in brat's configuration."""
_BOUND = re.compile(r"T(\d+)\t(\S+) (\d+) (\d+)\t(.*)")
_NOTE = re.compile(r"#\d+\tAnnotatorNotes T(\d+)\t(.*)")
_LABELS = "labels.json"
_PROVENANCE = ("status", "annotator", "revision", "signature", "note")


class _Types:
    """Names that brat takes, one for each label; a label of the right form is its own unless another has it."""

    def __init__(self) -> None:
        self.labels: dict[str, str] = {}
        """Name to label, in the order in which they came."""
        self._names: dict[str, str] = {}

    def name(self, label: str) -> str:
        if label not in self._names:
            plain = _NO_TYPE.sub("_", label)
            numbered = (f"{plain}-{number}" for number in count(2))
            name = next(name for name in chain([plain], numbered) if name not in self.labels)
            self._names[label], self.labels[name] = name, label
        return self._names[label]

    @property
    def renamed(self) -> dict[str, str]:
        """Name to label where they differ."""
        return {name: label for name, label in self.labels.items() if name != label}


def write_brat(rows: Iterable[SilverRow], options: ExportOptions) -> Iterator[bytes]:
    """Yield the archive: texts, annotations and rows, then the configuration with all labels, and the card if any.

    Raises:
        LimitExceeded: more than 333,000 sentences.
    """
    archive, tally, types = ZipWriter(), Tally(), _Types()
    for label in options.labels:
        types.name(label)
    coming = tally.watch(rows)
    number = 0
    while batch := list(islice(coming, SENTENCES_PER_TEXT)):
        number += 1
        for suffix, content in zip(("txt", "ann", "rows.jsonl"), _document(batch, types), strict=True):
            yield from archive.add(f"text-{number:05}.{suffix}", content)
    yield from archive.add(
        "annotation.conf", "\n".join(("[entities]", *types.labels, "[relations]", "[events]", "[attributes]", ""))
    )
    if types.renamed:
        shown = [f"{name} | {_NO_SHOWN.sub('_', label)}" for name, label in types.renamed.items()]
        yield from archive.add("visual.conf", "\n".join(("[labels]", *shown, "[drawing]", "")))
        yield from archive.add(_LABELS, f"{dumps(types.renamed)}\n")
    if options.card is not None:
        yield from archive.add("README.md", write_card(options.card, tally))
    yield archive.close()


def _document(batch: list[SilverRow], types: _Types) -> tuple[str, str, str]:
    text, annotations, records = "", [], []
    n_entities = 0
    for row in batch:
        sentence = placed(row.sentence)
        start, whole = len(text), sentence.text or ""
        line = _LINE_ENDS.sub(" ", whole)
        text += f"{line}\n"
        record: dict[str, Any] = {"id": row.id, "lang": sentence.lang, "start": start, "tokens": sentence.offsets}
        if line != whole:
            record["text"] = whole
        told = {name: getattr(row, name) for name in _PROVENANCE}
        records.append(dumps(record | {name: value for name, value in told.items() if value not in (None, "")}))
        for entity in row.entities:
            n_entities += 1
            first, last = char_range(sentence.offsets or (), entity.span)
            annotations.append(
                f"T{n_entities}\t{types.name(entity.label)} {start + first} {start + last}\t{line[first:last]}"
            )
            note = [f"source={entity.source}"] if entity.source is not None else []
            note += [f"score={float(entity.score)!r}"] if entity.score is not None else []
            if note:
                annotations.append(f"#{n_entities}\tAnnotatorNotes T{n_entities}\t{' '.join(note)}")
    return text, "".join(f"{line}\n" for line in annotations), "".join(f"{line}\n" for line in records)


@dataclass(slots=True)
class _Bound:
    """One annotation of a text, with its note."""

    label: str
    start: int
    end: int
    note: dict[str, str] = field(default_factory=dict)


def read_brat(stream: BufferedReader[Any], options: ExportOptions | None = None) -> Iterator[Facts]:
    """Yield the facts of every sentence of an export.

    Raises:
        InputError: not such an archive, or an annotation that does not lie on tokens of a sentence.
    """
    with open_zip(stream, "export.zip") as archive:
        labels = json.loads(archive.text(_LABELS)) if _LABELS in archive.names else {}
        for name in archive.names:
            if name.endswith(".rows.jsonl"):
                yield from _sentences(archive, name.removesuffix(".rows.jsonl"), labels)


def _sentences(archive: Zipped, stem: str, labels: Mapping[str, str]) -> Iterator[Facts]:
    text = archive.text(f"{stem}.txt")
    try:
        records = [loads(line) for line in archive.text(f"{stem}.rows.jsonl").split("\n") if line]
        starts = [int(record["start"]) for record in records]
        found: list[list[_Bound]] = [[] for _ in records]
        for bound in _annotations(archive, stem, text):
            found[bisect_right(starts, bound.start) - 1].append(bound)
        ends = [*(start - 1 for start in starts[1:]), len(text) - 1]
        for record, start, end, bounds in zip(records, starts, ends, found, strict=True):
            yield _facts(record, text[start:end], start, bounds, labels)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(f"{stem} is no part of an export: {error}.", "Export it again.", file=archive.name) from None


def _annotations(archive: Zipped, stem: str, text: str) -> Iterator[_Bound]:
    bounds: dict[str, _Bound] = {}
    for line in archive.text(f"{stem}.ann").split("\n"):
        if match := _BOUND.fullmatch(line):
            start, end = int(match[3]), int(match[4])
            if text[start:end] != match[5]:
                raise ValueError(f"T{match[1]} is {match[5]!r}, but the text has {text[start:end]!r}")
            bounds[match[1]] = _Bound(match[2], start, end)
        elif match := _NOTE.fullmatch(line):
            bounds[match[1]].note = dict(part.split("=") for part in match[2].split(" "))
        elif line:
            raise ValueError(f"{line[:40]!r} is no annotation")
    yield from sorted(bounds.values(), key=lambda bound: bound.start)


def _facts(record: dict[str, Any], line: str, start: int, bounds: list[_Bound], labels: Mapping[str, str]) -> Facts:
    text = record.get("text", line)
    offsets = [(first, last) for first, last in record["tokens"]]
    sentence = sentence_from_tokens([text[first:last] for first, last in offsets], record["lang"], text)
    entities = []
    for bound in bounds:
        first, last = bound.start - start, bound.end - start
        span = span_of_chars(offsets, first, last)
        if span is None or char_range(offsets, span) != (first, last):
            raise ValueError(f"{bound.label} at {bound.start} does not lie on tokens")
        score, source = bound.note.get("score"), bound.note.get("source")
        entities.append(
            Entity(
                span,
                labels.get(bound.label, bound.label),
                None if score is None else float(score),
                None if source is None else int(source),
            )
        )
    told = {name: record.get(name) for name in ("id", *_PROVENANCE)}
    return told | sentence_facts(sentence) | entity_facts(tuple(entities))


def brat_problem(row: SilverRow) -> str | None:
    """Return why brat has no place for a row, or ``None``."""
    if any(_LINE_ENDS.search(token) for token in row.sentence.tokens):
        return "a token holds a line separator."
    return None
