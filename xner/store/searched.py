"""The text that a search looks through: both sentences of a pair as they are shown, with letter case folded away."""

from __future__ import annotations

import json
from typing import Any

from xner.text.normalise import nfc
from xner.text.tokenise import detokenise
from xner.types import Sentence

_BETWEEN = "\n"
"""Stands between two sentences; a search has none of it, so that nothing is found across them."""
_DOTS = str.maketrans({"İ": "i", "ı": "i"})


def folded(text: str) -> str:
    r"""Return a text in NFC with letter case folded, and blanks between its words only.

    A dotless and a dotted i are one letter: of which ``I`` is the capital depends on the language, and who searches
    types either.

    Example:
        >>> folded("Straße") == folded("STRASSE"), folded("Işık") == folded("IŞIK"), folded(" Μίλος\n") == "μίλοσ"
        (True, True, True)
    """
    return nfc(" ".join(nfc(text).translate(_DOTS).casefold().replace("i\u0307", "i").split()))


def searched_text(record: str) -> str:
    """Return what a search finds a stored pair by; ``""`` for a record that can't be read.

    Where only tokens are stored, the text is there as it is put together and as words one after another.

    Example:
        >>> searched_text('{"id": "a", "source_tokens": ["Mira", "!"], "source_lang": "en"}')
        'mira !'
    """
    try:
        fields = json.loads(record)
        texts = [text for side in ("source", "target") for text in _texts(fields, side)]
    except (ValueError, TypeError, AttributeError, RecursionError):  # found and named by a check of its own
        return ""
    return _BETWEEN.join(dict.fromkeys(map(folded, texts)))


def _texts(fields: dict[str, Any], side: str) -> list[str]:
    text, tokens = fields.get(f"{side}_text"), fields.get(f"{side}_tokens")
    found = [text] if isinstance(text, str) else []
    if tokens:
        found += [detokenise(Sentence(tuple(tokens), fields.get(f"{side}_lang") or "und")), " ".join(tokens)]
    return found
