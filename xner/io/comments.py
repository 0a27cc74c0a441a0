r"""The lines ``# key = value`` above a sentence of CoNLL: where a silver row comes from.

A value that is not one plain line (line ends, tabs, blanks at its ends, a quotation mark first) is written as a string
of JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from xner.errors import InputError
from xner.io.silver import SilverRow

_COMMENT = re.compile(r"#\s*([a-z_]+) = (.*)", re.DOTALL)
_UNPRINTED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
"""Line ends to some tools, and what YAML refuses."""
_KEYS = ("lang", "status", "annotator", "revision", "signature", "note")


def write_comments(row: SilverRow) -> Iterator[str]:
    """Yield a line without its end for everything that is known of the row, but not its id."""
    values: tuple[str | int | None, ...] = (
        row.sentence.lang, row.status, row.annotator, row.revision, row.signature, row.note
    )  # fmt: skip
    for key, value in zip(_KEYS, values, strict=True):
        if value not in (None, ""):
            yield f"# {key} = {comment_value(str(value))}"


def comment_value(text: str) -> str:
    r"""Return a value as it stands in a comment.

    Example:
        >>> comment_value("by ear"), comment_value("two\nlines")
        ('by ear', '"two\\nlines"')
    """
    is_plain = text.isprintable() and text.strip() == text and text[:1] not in ('"', "")
    return text if is_plain else quoted(text)


def quoted(text: str) -> str:
    """Return a text as a string that JSON and YAML read as the same, on one line for every tool."""
    return _UNPRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def read_comments(lines: Iterable[str]) -> dict[str, object]:
    """Return the facts in the comments of one sentence; what is not there is ``None``.

    Raises:
        InputError: a value that is neither plain nor JSON.
    """
    facts: dict[str, object] = dict.fromkeys(_KEYS)
    for line in lines:
        match = _COMMENT.fullmatch(line)
        if match and match[1] in facts:
            value = _value(match[2])
            facts[match[1]] = int(value) if match[1] == "revision" else value
    return facts


def _value(written: str) -> str:
    if not written.startswith('"'):
        return written
    try:
        return str(json.loads(written))
    except json.JSONDecodeError as error:
        raise InputError(f"the comment {written[:40]!r} is no string of JSON: {error.msg}.") from None
