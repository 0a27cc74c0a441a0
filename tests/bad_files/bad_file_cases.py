"""Hand-made bad files: what is in them, and what a reader has to say about them.

`place` is (line, field) of the rejected row, or ``None`` where the file as a whole is refused; `words` must occur in
the message or its fix.
"""

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

from xner.io import limits

GOOD = {
    "id": "good", "source_lang": "en", "target_lang": "sw", "source_tokens": ["Juma", "left"],
    "target_tokens": ["Juma", "aliondoka"], "source_entities": [{"start": 0, "end": 1, "label": "PER"}],
}  # fmt: skip


_BOTH = {"source_lang": "sw", "target_lang": "qaa"}
"""Two languages whose text is cut without spaCy, which takes seconds to load."""


@dataclass(frozen=True)
class BadFile:
    """One bad file."""

    title: str
    name: str
    data: bytes
    words: str
    place: tuple[int, str] | None = None
    options: dict[str, Any] = field(default_factory=dict)


def line(**changes: Any) -> str:
    """Return a good record with other fields; ``...`` takes a field out."""
    record = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    return json.dumps(record, ensure_ascii=False)


def row(title: str, raw: str | bytes, place: str, words: str, **options: Any) -> BadFile:
    """Return a file of JSON Lines whose third line, between good ones, is bad."""
    raw = raw.encode() if isinstance(raw, str) else raw
    lines = [line(id="a").encode(), line(id="b").encode(), raw, line(id="c").encode()]
    return BadFile(title, "x.jsonl", b"\n".join(lines) + b"\n", words, (3, place), options)


def entity(**changes: Any) -> str:
    """Return a record whose only source entity is changed."""
    item = {"start": 0, "end": 1, "label": "PER"} | changes
    return line(source_entities=[{name: value for name, value in item.items() if value is not ...}])


def file(title: str, name: str, data: str | bytes, words: str, **options: Any) -> BadFile:
    """Return a file that is refused as a whole."""
    return BadFile(title, name, data.encode() if isinstance(data, str) else data, words, None, options)


def part(title: str, name: str, data: str, place: tuple[int, str], words: str) -> BadFile:
    """Return a file of another format with one bad row."""
    return BadFile(title, name, data.encode(), words, place, _BOTH)


_NOISE = "".join(json.dumps(GOOD | {"id": str(number)}) + "\n" for number in range(50)).encode()

BAD_ROWS = [
    row("cut off", '{"id": "x", "source_tokens": ["a"', "", "not JSON"),
    row("single quotes", "{'id': 'x'}", "", "not JSON"),
    row("text behind the record", line(id="x") + " // note", "", "not JSON"),
    row("a string without end", '{"id": "x', "", "string starting at character 8"),
    row("a list", '["id"]', "", "it has to be a record"),
    row("a number", "12", "", "it has to be a record"),
    row("null", "null", "", "it has to be a record"),
    row("a key twice", '{"id": "x", "id": "y"}', "id", "stands twice"),
    row("a key twice in an entity", '{"id": "x", "meta": {"a": 1, "a": 2}}', "a", "stands twice"),
    row("NaN", line(id="x", meta={"score": float("nan")}), "", "NaN is not JSON"),
    row("Infinity", line(id="x", meta={"score": float("-inf")}), "", "Infinity is not JSON"),
    row("1e999", '{"id": "x", "meta": {"score": 1e999}}', "", "too large"),
    row("a number of 5,000 digits", '{"id": "x", "meta": {"n": ' + "9" * 5000 + "}}", "", "number that is too long"),
    row("65 lists deep", '{"id": "x", "meta": ' + "[" * 65 + "]" * 65 + "}", "", "nested more than 64 deep"),
    row("200,000 lists deep", "[" * 200_000 + "]" * 200_000, "", "nested more than 64 deep"),
    row("200,000 objects never closed", '{"a":' * 200_000, "", "nested more than 64 deep"),
    row("a raw control character", line(id="x").replace("left", "le\x01ft"), "", "not JSON"),
    row("an escaped control character", line(id="x", source_text="a\x1bb", source_tokens=...), "source_text", "U+001B"),
    row("NUL in a token", line(id="x", source_tokens=["Ju\x00ma", "left"]), "source_tokens[0]", "NUL"),
    row("half an emoji", '{"id": "x", "source_lang": "en", "source_text": "\\ud83d!"}', "source_text", "surrogate"),
    row("half an emoji in meta", '{"id": "x", "source_lang": "sw", "source_text": "a", "meta": {"n": ["\\udc00"]}}',
        "meta", "surrogate"),
    row("half an emoji in a foreign field", '{"id": "x", "source_lang": "sw", "source_text": "a", "n": "\\udc00"}',
        "n", "surrogate"),
    row("a byte order mark inside", line(id="x", target_tokens=["\ufeffJuma"]), "target_tokens[0]", "byte order mark"),
    row("no id left", line(id=""), "id", "is empty"),
    row("an id of blanks", line(id="  "), "id", "blanks at its ends"),
    row("an id over two lines", line(id="a\nb"), "id", "line end"),
    row("a list as id", line(id=["x"]), "id", "it has to be text"),
    row("an id of 501 characters", line(id="x" * 501), "id", "limit is 500"),
    row("an id that stood before", line(id="b"), "id", "stands on line 2 already"),
    row("no source language", line(id="x", source_lang=...), "source_lang", "is missing"),
    row("a language by its name", line(id="x", target_lang="swahili"), "target_lang", "Did you mean 'sw'"),
    row("a number as language", line(id="x", target_lang=7), "target_lang", "it has to be text"),
    row("no sentence", '{"id": "x", "source_lang": "en", "src_words": ["a"]}', "source_tokens", "'src_words'"),
    row("a record of one language", '{"id": "x", "lang": "sw", "tokens": ["a"]}', "tokens", "one language"),
    row("a field misspelt", line(id="x", source_token=["a"]), "source_token", "'source_tokens'"),
    row("an empty text", line(id="x", source_tokens=..., source_text=" "), "source_text", "is empty"),
    row("an invisible text", line(id="x", target_tokens=..., target_text="\u200b\u200e"), "target_text", "no visible"),
    row("a number as text", line(id="x", source_text=5), "source_text", "it has to be text"),
    row("no tokens", line(id="x", target_tokens=[]), "target_tokens", "holds no token"),
    row("a text as tokens", line(id="x", target_tokens="Juma aliondoka"), "target_tokens", "a list of tokens"),
    row("an empty token", line(id="x", target_tokens=["Juma", ""]), "target_tokens[1]", "is an empty token"),
    row("a blank token", line(id="x", target_tokens=["Juma", "\u00a0"]), "target_tokens[1]", "is an empty token"),
    row("a token with a tab", line(id="x", target_tokens=["Ju\tma"]), "target_tokens[0]", "tab or a line end"),
    row("null as a token", line(id="x", target_tokens=[None]), "target_tokens[0]", "is null"),
    row("tokens of another text", line(id="x", source_text="Juma went"), "source_text", "Token 1 is 'left'"),
    row("a text that goes on", line(id="x", source_text="Juma left ."), "source_text", "after the last token"),
    row("1,001 tokens", line(id="x", target_tokens=["a"] * 1001), "target_tokens", "limit for a sentence is 1000"),
    row("10,001 characters", line(id="x", target_tokens=..., target_text="a" * 10_001), "target_text", "10000"),
    row("10,001 characters in tokens", line(id="x", target_tokens=["a" * 10_001]), "target_tokens", "10000"),
    row("1,001 tokens in a text", line(id="x", target_tokens=..., target_text="a " * 1001), "target_text", "1001"),
    row("an object as entities", line(id="x", source_entities={}), "source_entities", "a list of entities"),
    row("a list as entity", line(id="x", source_entities=[[0, 1, "PER"]]), "source_entities[0]", "an object"),
    row("an entity without end", entity(end=...), "source_entities[0]", "has no end"),
    row("an entity beyond the end", entity(end=12), "source_entities[0]", "ends at token 12, the sentence has 2"),
    row("an empty entity", entity(start=1, end=1), "source_entities[0]", "is empty"),
    row("an entity back to front", entity(start=1, end=0), "source_entities[0]", "is empty"),
    row("a negative start", entity(start=-1), "source_entities[0].start", "below 0"),
    row("half a token", entity(end=0.5), "source_entities[0].end", "whole number"),
    row("true as an end", entity(end=True), "source_entities[0].end", "whole number"),
    row("an end of 4,000 digits", entity(end=10**4000), "source_entities[0]", "more than 10^9"),
    row("no label", entity(label=...), "source_entities[0]", "has no label"),
    row("an empty label", entity(label=""), "source_entities[0].label", "is empty"),
    row("a label with blanks", entity(label="PER "), "source_entities[0].label", "blanks"),
    row("a label of 101 characters", entity(label="x" * 101), "source_entities[0].label", "limit is 100"),
    row("a label of another set", entity(label="DATE"), "source_entities[0].label", "Use one of LOC, PER",
        labels=["PER", "LOC"]),
    row("a text as score", entity(score="high"), "source_entities[0].score", "it has to be a number"),
    row("a score of 400 digits", entity(score=10**400), "source_entities[0].score", "finite"),
    row("entities that overlap", line(id="x", source_entities=[{"start": 1, "end": 2, "label": "A"},
        {"start": 0, "end": 2, "label": "B"}]), "source_entities[1]", "overlaps source_entities[0] at token 1"),
    row("a source that is not there",
        line(id="x", target_entities=[{"start": 0, "end": 1, "label": "PER", "source": 1}]),
        "target_entities[0].source", "there are 1"),
    row("entities without a sentence", line(id="x", source_tokens=...), "source_entities[0]", "has 0 tokens"),
    row("a text as links", line(id="x", alignment="0-0"), "alignment", "a list of links"),
    row("a link of three", line(id="x", alignment=[[0, 0, 1]]), "alignment[0]", "not a pair"),
    row("a link outside", line(id="x", alignment=[[0, 0], [1, 2]]), "alignment[1]", "the target has 2 tokens"),
    row("links the wrong way round", line(id="x", target_tokens=["a"], alignment=[[0, 1]]), "alignment[0]",
        "the source stands first"),
    row("a negative link", line(id="x", possible_alignment=[[-1, 0]]), "possible_alignment[0]", "below 0"),
    row("a list as back-translation", line(id="x", back_translation=["a"]), "back_translation", "it has to be text"),
    row("a text as meta", line(id="x", meta="a"), "meta", "an object"),
    row("201 fields", line(id="x", **{f"f{number}": 1 for number in range(201)}), "", "limit is 200"),
    part("three columns", "x.tsv", "a\tb\nc\td\te\n", (2, ""), "3 columns, the first row has 2"),
    part("one column", "x.tsv", "a\tb\nc\n", (2, ""), "1 columns"),
    part("an empty cell", "x.tsv", "source\ttarget\na\t\n", (2, "target_text"), "is empty"),
    part("a row id twice", "x.tsv", "id\tsrc\ttgt\n1\ta\tb\n1\tc\td\n", (3, "id"), "line 2 already"),
    part("a quote in the middle", "x.csv", 'source,target\n"a"b,c\nd,e\n', (2, ""), "the quotes don't fit on line 2"),
    part("a quote never closed", "x.csv", 'source,target\na,b\n"c,d\ne,f\n', (3, ""), "on line 3 to 4"),
    part("a field of 200,000 characters", "x.csv", "a,b\n" + "c" * 200_000 + ",d\n", (2, ""), "field"),
    part("a lone carriage return", "x.csv", "a,b\nc\rd,e\n", (2, ""), "quotes don't fit"),
    part("a million columns", "x.csv", "a,b\n" + "," * 1_000_000 + "\n", (2, ""), "1000001 columns"),
    part("two separators", "x.txt", "a ||| b\nc ||| d ||| e\n", (2, ""), "2 times |||"),
    part("no separator", "x.txt", "a ||| b\nc\n", (2, ""), "0 times |||"),
    part("one side only", "x.txt", "a ||| b\n ||| d\n", (2, "source_text"), "is empty"),
]  # fmt: skip

BAD_FILES = [
    file("nothing", "x.jsonl", b"", "is empty"),
    file("blank lines", "x.jsonl", b"\n \n\r\n", "is empty"),
    file("a byte order mark", "x.jsonl", b"\xef\xbb\xbf", "is empty"),
    file("a header alone", "x.tsv", b"source\ttarget\n", "no sentence pair"),
    file("UTF-16 with its mark", "x.jsonl", line().encode("utf-16"), "UTF-16"),
    file("UTF-16 without", "x.jsonl", line().encode("utf-16-be"), "UTF-16"),
    file("UTF-32", "x.jsonl", line().encode("utf-32"), "UTF-32"),
    file("Latin-1", "x.tsv", "é\tè\n".encode("latin-1"), "byte 1 of the line (0xE9) is not UTF-8", **_BOTH),
    file("Latin-1 from the second line", "x.tsv", b"a\tb\nc\t\xfc\n", "x.tsv:2: byte 3", **_BOTH),
    file("a character cut in two", "x.jsonl", line(id="ü").encode()[:9], "not UTF-8"),
    file("a zip archive", "x.jsonl", b"PK\x03\x04rest", "zip archive"),
    file("a PDF", "x.txt", b"%PDF-1.7\n", "PDF"),
    file("bytes of zero", "x.txt", b"\x00" * 100, "zero bytes"),
    file("carriage returns alone", "x.tsv", b"a\tb\rc\td\re\tf\r", "carriage return"),
    file("a list of records", "x.json", "[" + line() + "]", "one record a line is needed"),
    file("a list over several lines", "x.json", "[\n" + line() + "\n]\n", "one record a line is needed"),
    file("an object over several lines", "x.json", json.dumps(GOOD, indent=1), "one record a line is needed"),
    file("CoNLL", "x.conll", "Juma\tB-PER\n", "holds one language, no pairs"),
    file("links", "x.pharaoh", "0-0\n", "holds links only"),
    file("prose", "x.txt", "Once upon a time\nthere was\n", "format can't be told", **_BOTH),
    file("an unknown format", "x.jsonl", line(), "Choose one of jsonl", format="xml"),
    file("three columns without names", "x.csv", "a,b,c\n", "3 columns and no header", **_BOTH),
    file("one column without a name", "x.tsv", "a\nb\n", "1 column and no header", **_BOTH),
    file("a column twice", "x.csv", "source,src\na,b\n", "two columns", **_BOTH),
    file("a column misspelt", "x.csv", "id,source_text,target_txt\n1,a,b\n", "'target_text'", **_BOTH),
    file("columns without a text", "x.csv", "id,source_lang\n1,en\n", "no column is called source_text", **_BOTH),
    file("tokens in a table", "x.csv", "id,source_text,alignment\n1,a,0-0\n", "Use JSON Lines", **_BOTH),
    file("a language that is none", "x.tsv", "a\tb\n", "not a language tag", source_lang="englisch", target_lang="sw"),
    file("packing cut off", "x.jsonl.gz", gzip.compress(_NOISE)[:-20], "damaged"),
    file("packing damaged", "x.jsonl.gz", gzip.compress(_NOISE)[:40] + b"\x55" * 40, "damaged"),
    file("packing of two bytes", "x.jsonl.gz", b"\x1f\x8b", "damaged"),
    file("packed twice", "x.jsonl.gz", gzip.compress(gzip.compress(_NOISE)), "packed twice"),
    file("packed with xz", "x.jsonl.xz", b"\xfd7zXZ\x00", "xz"),
    file("a bomb", "x.jsonl.gz", gzip.compress((b" " * 999 + b"\n") * 20_000), "holds more than"),
    file("a bomb in one line", "x.jsonl.gz", gzip.compress(b"[" * 20_000_000), "longer than 16 MB"),
    file("an upload of 51 MB", "x.jsonl", bytes(limits.MAX_UPLOAD_BYTES + 1), "the limit is 50"),
    file("two million line ends", "x.jsonl", b"\n" * 2_000_001, "2,000,000 lines"),
    file("a line of 17 MB", "x.jsonl", line().encode() + b"\n" + b" " * 17 * 1024**2, "x.jsonl:2: the line is longer"),
    file("501 labels", "x.jsonl", "".join(
        line(id=str(n), source_entities=[{"start": 0, "end": 1, "label": f"L{n}"}]) + "\n" for n in range(501)),
        "more than 500 different labels"),
]  # fmt: skip
