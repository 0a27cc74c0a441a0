"""One line that says how a score or a row came about, and hashes of what went in.

A signature is ``key:value`` parts joined by ``|``, in the order given, for example
``recognise:given|align:itermax+e5-small@sha256:ab12cd34+layer:7|scheme:strict-IOB2|xner:0.1.0``. Equal signature and
equal input mean equal output.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

_ESCAPES = {"\\": "\\\\", "|": "\\|", "\n": "\\n", "\r": "\\r"}
_PLAIN = {escaped: plain for plain, escaped in _ESCAPES.items()}
_SPECIAL = re.compile(r"[\\|\n\r]")
_KEY = re.compile(r"[A-Za-z0-9_.+-]+")
_BLOCK_BYTES = 1 << 20


def make_signature(parts: Mapping[str, str]) -> str:
    r"""Return the parts as one line, in the order of the mapping.

    ``|``, ``\`` and line ends in values are escaped, so different parts never give the same line.

    Raises:
        ValueError: a key is not made of letters, digits and ``_ . + -``.

    Example:
        >>> make_signature({"align": "itermax+layer:7", "data": "a|b", "xner": "0.1.0"})
        'align:itermax+layer:7|data:a\\|b|xner:0.1.0'
    """
    for key in parts:
        if not _KEY.fullmatch(key):
            raise ValueError(f"signature key {key!r} is not a plain word")
    return "|".join(f"{key}:{_SPECIAL.sub(_escape, value)}" for key, value in parts.items())


def plain_number(value: float) -> str:
    """Return the shortest text that reads back as the same number.

    Example:
        >>> plain_number(1.0), plain_number(0.05), plain_number(1.000004)
        ('1', '0.05', '1.000004')
    """
    return repr(float(value)).removesuffix(".0")


def plain_list(values: Iterable[str]) -> str:
    """Return words as one unambiguous word of a signature, whatever they contain.

    Example:
        >>> plain_list(["PER", "A,B"]), plain_list([])
        ('["PER","A,B"]', '[]')
    """
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


def parse_signature(line: str) -> dict[str, str]:
    """Return the parts of a signature, in its order: the inverse of `make_signature`.

    Raises:
        ValueError: a part without a key, or a key twice.

    Example:
        >>> parse_signature("align:itermax+layer:7|xner:0.1.0")
        {'align': 'itermax+layer:7', 'xner': '0.1.0'}
    """
    parts: dict[str, str] = {}
    if not line:
        return parts
    for part in re.findall(r"(?:^|\|)((?:[^\\|]|\\.)*)", line):
        key, colon, value = part.partition(":")
        if not colon or key in parts:
            raise ValueError(f"{part!r} is not a new key and its value")
        parts[key] = re.sub(r"\\.", _unescape, value)
    return parts


def short_hash(signature: str) -> str:
    """Return 12 hexadecimal digits of the SHA-256 of a signature: enough to tell runs apart, short enough to read."""
    return hashlib.sha256(signature.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, 64 hexadecimal digits.

    Raises:
        OSError: the file can't be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def hash_json(value: object) -> str:
    """Return the SHA-256 of a JSON value, 64 hexadecimal digits; the order of keys plays no part.

    Raises:
        ValueError: NaN or infinity, which JSON doesn't have.
        TypeError: not a JSON value.

    Example:
        >>> hash_json({"a": 1, "b": [2.5]}) == hash_json({"b": [2.5], "a": 1})
        True
    """
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES[match[0]]


def _unescape(match: re.Match[str]) -> str:
    return _PLAIN.get(match[0], match[0])
