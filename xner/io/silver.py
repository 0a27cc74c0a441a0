"""A row of silver data as every export format has it, and its facts: the fields that a round trip compares.

Silver data is what was projected, and perhaps corrected, with its status and its signature. A pair that failed, or
whose entities are not known, can't be made into a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BufferedReader
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, get_args

from xner.errors import InputError
from xner.io.fields import check_id, check_label, check_sentence, check_text
from xner.io.json_lines import dumps
from xner.signature import short_hash
from xner.text.script import normalise_tag
from xner.text.tokenise import detokenise, sentence_from_tokens
from xner.types import Alignment, Entity, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xner.io.card import Card

SilverStatus = Literal["projected", "draft", "accepted", "adjudicated"]
SILVER_STATUSES: tuple[SilverStatus, ...] = get_args(SilverStatus)
PROVENANCE = "silver"
"""Key of a record's `meta` under which an export writes status, annotator, revision, signature and note."""

Facts = Mapping[str, object]
"""Field to value, as `facts_of` makes them: what a format gives back of a row."""


@dataclass(frozen=True, slots=True)
class SilverRow:
    """One target sentence with its entities and where they come from.

    `sentence` holds the target tokens as cut now, and entities and links count these; `signature` says how the row
    came about. `source_entities` is ``None`` where they are not known; `dropped` are the indices of those that somebody
    marked as dropped in translation; `back_translation` is the target in the source language again.
    """

    id: str
    sentence: Sentence
    entities: tuple[Entity, ...]
    signature: str
    status: SilverStatus
    source: Sentence | None = None
    source_entities: tuple[Entity, ...] | None = None
    alignment: Alignment | None = None
    back_translation: str | None = None
    dropped: frozenset[int] = frozenset()
    annotator: str | None = None
    revision: int | None = None
    note: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.status not in SILVER_STATUSES:
            raise ValueError(f"a row of status {self.status!r} is no silver data")
        if not self.signature:
            raise ValueError(f"row {self.id!r} has no signature")
        n_source = len(self.source) if self.source else 0
        for entities, n_tokens in ((self.entities, len(self.sentence)), (self.source_entities or (), n_source)):
            if any(entity.span.end > n_tokens for entity in entities):
                raise ValueError(f"an entity of row {self.id!r} ends after its last token")
            if any(before.span.end > entity.span.start for before, entity in pairwise(entities)):
                raise ValueError(f"entities of row {self.id!r} overlap or are out of order")
        if any(not 0 <= source < len(self.source_entities or ()) for source in self.dropped):
            raise ValueError(f"row {self.id!r} marks a source entity as dropped that there is not")
        links = self.alignment.links | self.alignment.possible if self.alignment else frozenset()
        if any(not (0 <= i < n_source and 0 <= j < len(self.sentence)) for i, j in links):
            raise ValueError(f"a link of row {self.id!r} lies outside its sentences")


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What the user may choose, each where the format has it.

    `comments`: lines ``# key = value`` in CoNLL; `columns`: source entity and score of each token in CoNLL;
    `raw_cells`: no apostrophe before formulas in the spreadsheet; `labels`: the label set, for formats that number
    labels; `card`: what the README inside an archive says.
    """

    comments: bool = True
    columns: bool = False
    raw_cells: bool = False
    labels: tuple[str, ...] = ()
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """One export format.

    `carries` names the facts that always come back, `optional` those that do with an option of `ExportOptions`;
    `about` is a sentence for the user. `write` yields the bytes of the file, `read` the facts of its rows in order,
    `problem` says why the format can't carry a row that others can.
    """

    name: str
    title: str
    suffix: str
    mime: str
    about: str
    carries: frozenset[str]
    write: Callable[[Iterable[SilverRow], ExportOptions], Iterator[bytes]]
    read: Callable[[BufferedReader[Any], ExportOptions], Iterator[Facts]]
    problem: Callable[[SilverRow], str | None] = lambda row: None
    optional: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def fields(self, options: ExportOptions) -> frozenset[str]:
        """Return the facts that come back from a file written with these options."""
        chosen = (fields for option, fields in self.optional.items() if getattr(options, option))
        return self.carries.union(*chosen)


TOKENS = frozenset({"tokens", "spans", "labels"})
"""What every format carries."""
PROVENANCE_FACTS = frozenset({"id", "lang", "status", "annotator", "revision", "signature", "note"})
EVERYTHING = (
    TOKENS
    | PROVENANCE_FACTS
    | {"text", "spaces", "scores", "sources", "source_lang", "source_tokens", "source_text"}
    | {"source_spans", "source_labels", "links", "possible", "back_translation", "dropped", "meta"}
)


def facts_of(row: SilverRow) -> dict[str, object]:
    """Return every fact of a row, in plain values that compare equal after a round trip.

    The text is the sentence's own, or its tokens put together; spans, labels, scores and sources are side by side.
    """
    sentence = placed(row.sentence)
    source = row.source and placed(row.source)
    return {
        "id": row.id,
        **sentence_facts(sentence),
        **entity_facts(row.entities),
        "source_lang": source.lang if source else None,
        "source_tokens": source.tokens if source else None,
        "source_text": source.text if source else None,
        "source_spans": None if row.source_entities is None else _spans(row.source_entities),
        "source_labels": None if row.source_entities is None else tuple(e.label for e in row.source_entities),
        "links": None if row.alignment is None else tuple(sorted(row.alignment.links)),
        "possible": None if row.alignment is None else tuple(sorted(row.alignment.possible)),
        "back_translation": row.back_translation or None,
        "dropped": tuple(sorted(row.dropped)),
        "status": row.status,
        "annotator": row.annotator or None,
        "revision": row.revision,
        "signature": row.signature,
        "signature_hash": short_hash(row.signature),
        "note": row.note or None,
        "meta": plain_meta(row),
    }


def sentence_facts(sentence: Sentence) -> dict[str, object]:
    """Return the facts of a target sentence that has its text."""
    return {
        "lang": sentence.lang, "tokens": sentence.tokens, "text": sentence.text, "spaces": sentence.spaces
    }  # fmt: skip


def entity_facts(entities: tuple[Entity, ...]) -> dict[str, object]:
    """Return the facts of target entities, side by side."""
    return {
        "spans": _spans(entities),
        "labels": tuple(entity.label for entity in entities),
        "scores": tuple(entity.score for entity in entities),
        "sources": tuple(entity.source for entity in entities),
    }


def placed(sentence: Sentence) -> Sentence:
    """Return the sentence with its text, put together where it was not known, and the places of its tokens in it.

    Raises:
        InputError: the text is not made of the tokens.
    """
    return sentence_from_tokens(sentence.tokens, sentence.lang, detokenise(sentence))


def plain_meta(row: SilverRow) -> dict[str, Any]:
    """Return what the pair came with; the provenance of an earlier export is not in it, the row has its own."""
    return {name: value for name, value in row.meta.items() if name != PROVENANCE}


def row_problem(row: SilverRow) -> str | None:
    """Return why no format can carry a row, in words, or ``None``."""
    if not row.sentence.tokens:
        return "the sentence holds no token."
    try:
        check_id(row.id)
        for field_name, sentence in (("tokens", row.sentence), ("source tokens", row.source)):
            if sentence is not None:
                text = detokenise(sentence)
                check_sentence(field_name, list(sentence.tokens), "text", text, normalise_tag(sentence.lang))
        for entity in (*row.entities, *(row.source_entities or ())):
            check_label("label", entity.label)
        for field_name in ("annotator", "note", "signature", "back_translation"):
            if (value := getattr(row, field_name)) is not None:
                check_text(field_name, value)
        dumps(plain_meta(row)).encode()
    except InputError as error:
        return f"{error.column}: {error.message}" if error.column else error.message
    except (TypeError, ValueError):  # no JSON value, NaN, half of a surrogate pair
        return "meta: holds something that JSON has no place for."
    return None


def _spans(entities: tuple[Entity, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((entity.span.start, entity.span.end) for entity in entities)
