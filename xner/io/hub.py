"""Silver rows as a Hugging Face dataset: a zip of ``data/train-00000-of-00001.parquet`` and its card ``README.md``.

Unpacked, the folder is what ``datasets.load_dataset`` takes. `ner_tags` are IOB2 tags as numbers, whose names
(ClassLabel) stand in the schema. Written with pyarrow alone.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader, BytesIO
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from xner.errors import InputError
from xner.io.card import Card, Tally, card_header, write_card
from xner.io.json_lines import dumps, loads
from xner.io.pharaoh import format_links, parse_links
from xner.io.silver import ExportOptions, Facts, SilverRow, facts_of
from xner.io.zipped import ZipWriter, open_zip
from xner.text.iob import entities_from_labels, labels_from_entities
from xner.types import Alignment, Entity

if TYPE_CHECKING:
    import pyarrow as pa

PARQUET = "data/train-00000-of-00001.parquet"
ROWS_PER_GROUP = 1_000
_IN_MEMORY_BYTES = 16 * 1024**2
_TEXTS = (
    "id", "lang", "text", "status", "annotator", "signature", "note", "source_lang", "source_text", "links",
    "back_translation", "meta",
)  # fmt: skip
_LISTS = {
    "tokens": "string", "ner_tags": "tag", "space_after": "bool", "entity_scores": "float64", "entity_sources": "int64",
    "source_tokens": "string", "source_ner_tags": "tag", "dropped_source_entities": "int64",
}  # fmt: skip
_ORDER = (
    "id", "tokens", "ner_tags", "lang", "text", "space_after", "entity_scores", "entity_sources", "source_lang",
    "source_tokens", "source_ner_tags", "source_text", "dropped_source_entities", "back_translation", "links", "status",
    "annotator", "revision", "signature", "note", "meta",
)  # fmt: skip


class _TagNames:
    """Numbers of IOB2 tags: O, then B- and I- of every label in the order of the label set, others as they come."""

    def __init__(self, labels: Iterable[str]) -> None:
        self.names = ["O"]
        self._numbers = {"O": 0}
        for label in labels:
            self._add(label)

    def number(self, tag: str) -> int:
        if tag not in self._numbers:
            self._add(tag[2:])
        return self._numbers[tag]

    def _add(self, label: str) -> None:
        for tag in (f"B-{label}", f"I-{label}"):
            if tag not in self._numbers:
                self._numbers[tag] = len(self.names)
                self.names.append(tag)


def write_hub(rows: Iterable[SilverRow], options: ExportOptions) -> Iterator[bytes]:
    """Yield the archive; the parquet file is put together first, on the disk where it is large."""
    archive, tally, tags = ZipWriter(), Tally(), _TagNames(options.labels)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
        _write_parquet(tally.watch(rows), file, tags)
        file.seek(0)
        yield from archive.add(PARQUET, file)
    card = options.card or Card("Silver data")
    yield from archive.add("README.md", f"{card_header(card, tally)}\n{write_card(card, tally)}")
    yield archive.close()


def _write_parquet(rows: Iterator[SilverRow], file: IO[bytes], tags: _TagNames) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(pa)
    # A stored Arrow schema would hide the metadata that are added at the end.
    with pq.ParquetWriter(file, schema, store_schema=False) as writer:
        while group := [_plain(row, tags) for row in islice(rows, ROWS_PER_GROUP)]:
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
        # The tags are known only now; key and form are those that datasets writes.
        features = {"info": {"features": {name: _feature(name, tags.names) for name in _ORDER}}}
        writer.add_key_value_metadata({"huggingface": json.dumps(features)})


def _schema(pa: Any) -> pa.Schema:
    types: dict[str, Callable[[], Any]] = {
        "string": pa.string, "bool": pa.bool_, "float64": pa.float64, "int64": pa.int64, "tag": pa.int64
    }  # fmt: skip
    fields = {name: pa.list_(types[kind]()) for name, kind in _LISTS.items()} | {"revision": pa.int64()}
    schema: pa.Schema = pa.schema([(name, fields.get(name, pa.string())) for name in _ORDER])
    return schema


def _feature(name: str, names: list[str]) -> dict[str, Any]:
    kind = _LISTS.get(name, "int64" if name == "revision" else "string")
    one = {"names": names, "_type": "ClassLabel"} if kind == "tag" else {"dtype": kind, "_type": "Value"}
    return {"feature": one, "_type": "Sequence"} if name in _LISTS else one


def _plain(row: SilverRow, tags: _TagNames) -> dict[str, Any]:
    facts = facts_of(row)
    plain = {name: facts[name] for name in _TEXTS if name not in ("links", "meta")}
    plain |= {"tokens": facts["tokens"], "space_after": facts["spaces"], "source_tokens": facts["source_tokens"]}
    plain |= {"entity_scores": facts["scores"], "entity_sources": facts["sources"], "revision": row.revision}
    plain["dropped_source_entities"] = facts["dropped"]
    plain["ner_tags"] = [tags.number(tag) for tag in labels_from_entities(row.entities, len(row.sentence))]
    source = row.source_entities
    if source is not None:
        n_tokens = len(row.source) if row.source else 0
        plain["source_ner_tags"] = [tags.number(tag) for tag in labels_from_entities(source, n_tokens)]
    plain["links"] = None if row.alignment is None else format_links(row.alignment)
    plain["meta"] = dumps(facts["meta"])  # type: ignore[arg-type]
    return plain


def read_hub(stream: BufferedReader[Any], options: ExportOptions) -> Iterator[Facts]:
    """Yield the facts of every row, in order.

    Raises:
        InputError: not such an archive.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with open_zip(stream, "export.zip") as archive:
        data = archive.read(PARQUET)
    try:
        file = pq.ParquetFile(BytesIO(data))
        described = json.loads((file.schema_arrow.metadata or {})[b"huggingface"])
        names = described["info"]["features"]["ner_tags"]["feature"]["names"]
        for batch in file.iter_batches(batch_size=ROWS_PER_GROUP):
            for plain in batch.to_pylist():
                yield _facts(plain, names)
    except (pa.ArrowException, KeyError, ValueError, TypeError, IndexError) as error:
        raise InputError(f"this is no parquet of an export: {error}.", "Export it again.", file=PARQUET) from None


def _facts(plain: dict[str, Any], names: list[str]) -> Facts:
    entities = entities_from_labels([names[number] for number in plain["ner_tags"]])
    source: tuple[Entity, ...] | None = None
    if plain["source_ner_tags"] is not None:
        source = entities_from_labels([names[number] for number in plain["source_ner_tags"]])
    links: Alignment | None = None if plain["links"] is None else parse_links(plain["links"])
    facts = {name: plain[name] for name in _TEXTS} | {"revision": plain["revision"], "meta": loads(plain["meta"])}
    return facts | {
        "tokens": tuple(plain["tokens"]),
        "spaces": tuple(plain["space_after"]),
        "spans": _spans(entities),
        "labels": tuple(entity.label for entity in entities),
        "scores": tuple(plain["entity_scores"]),
        "sources": tuple(plain["entity_sources"]),
        "dropped": tuple(plain["dropped_source_entities"]),
        "source_tokens": None if plain["source_tokens"] is None else tuple(plain["source_tokens"]),
        "source_spans": None if source is None else _spans(source),
        "source_labels": None if source is None else tuple(entity.label for entity in source),
        "links": None if links is None else tuple(sorted(links.links)),
        "possible": None if links is None else tuple(sorted(links.possible)),
    }


def _spans(entities: tuple[Entity, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((entity.span.start, entity.span.end) for entity in entities)
