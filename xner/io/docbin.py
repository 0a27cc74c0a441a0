"""Silver rows as a spaCy DocBin: words, spaces, entities; all other facts are in ``doc.user_data["xner"]``."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from io import BufferedReader
from typing import Any

from xner.errors import InputError, LimitExceeded
from xner.io.json_lines import dumps
from xner.io.limits import FREE_UNZIPPED_BYTES, MAX_UNZIP_RATIO, MAX_UNZIPPED_BYTES
from xner.io.silver import ExportOptions, Facts, SilverRow, facts_of

_IN_THE_DOCUMENT = frozenset({"tokens", "spaces", "spans", "labels"})
_BLOCK_BYTES = 1024**2


def write_docbin(rows: Iterable[SilverRow], options: ExportOptions) -> Iterator[bytes]:
    """Yield the whole file at once: the format has no other way."""
    from spacy.tokens import Doc, DocBin, Span
    from spacy.vocab import Vocab

    vocab = Vocab()
    documents = DocBin(attrs=["ORTH", "SPACY", "ENT_IOB", "ENT_TYPE"], store_user_data=True)
    for row in rows:
        facts = facts_of(row)
        document = Doc(vocab, words=list(row.sentence.tokens), spaces=list(facts["spaces"]))  # type: ignore[call-overload]
        document.ents = [Span(document, e.span.start, e.span.end, label=e.label) for e in row.entities]
        told = {name: fact for name, fact in facts.items() if name not in _IN_THE_DOCUMENT}
        document.user_data["xner"] = told | {"meta": dumps(facts["meta"])}  # type: ignore[arg-type]
        documents.add(document)
    yield documents.to_bytes()


def read_docbin(stream: BufferedReader[Any], options: ExportOptions) -> Iterator[Facts]:
    """Yield the facts of every document, in order.

    Raises:
        InputError: the bytes are no DocBin, or not one of an export.
        LimitExceeded: it is too large unpacked.
    """
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    data = stream.read()
    _check_size(data)
    try:
        for document in DocBin(store_user_data=True).from_bytes(data).get_docs(Vocab()):
            told: dict[str, Any] = document.user_data["xner"]
            yield {name: _tuples(fact) for name, fact in told.items()} | {
                "meta": json.loads(told["meta"]),
                "tokens": tuple(token.text for token in document),
                "spaces": tuple(bool(token.whitespace_) for token in document),
                "spans": tuple((entity.start, entity.end) for entity in document.ents),
                "labels": tuple(entity.label_ for entity in document.ents),
            }
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise InputError(f"this is no DocBin of an export: {error}.", "Export it again.", file="export.spacy") from None


def _check_size(data: bytes) -> None:
    """Unpack it once without keeping it: spaCy itself knows no limit."""
    limit = min(MAX_UNZIPPED_BYTES, max(FREE_UNZIPPED_BYTES, MAX_UNZIP_RATIO * len(data)))
    packed, n_bytes = zlib.decompressobj(), 0
    try:
        while not packed.eof:
            block = packed.decompress(data, _BLOCK_BYTES)
            data = packed.unconsumed_tail
            n_bytes += len(block)
            if n_bytes > limit:
                raise LimitExceeded("the file is too large unpacked.", "Export parts.", file="export.spacy")
            if not block and not data:
                break
    except zlib.error:
        raise InputError("the file is damaged.", "Export it again.", file="export.spacy") from None


def _tuples(fact: Any) -> Any:
    """Return lists as tuples, all the way down: msgpack knows lists only."""
    return tuple(map(_tuples, fact)) if isinstance(fact, list | tuple) else fact
