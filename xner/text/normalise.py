"""Unicode normal form, and the characters that no sentence may hold."""

from __future__ import annotations

import re
import unicodedata

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ud800-\udfff]")


def nfc(text: str) -> str:
    r"""Return the text in Unicode normal form C, the form that the encoders were measured with.

    It can change the number of code points, so offsets never cross it.

    Example:
        >>> len("e\u0301"), len(nfc("e\u0301"))
        (2, 1)
    """
    return unicodedata.normalize("NFC", text)


def text_problem(text: str) -> str | None:
    r"""Return what is wrong with a text in words, or ``None``.

    NUL, lone surrogates (half of an emoji), a byte order mark inside and control characters are refused, because
    stores, terminals and other people's tools break on them. Tabs and line ends are white space. U+0080 to U+009F are
    let through: they are what is left of quotation marks in many published corpora, gold test sets among them.

    Example:
        >>> text_problem("Nairobi 🙂"), text_problem("Nai\x00robi")
        (None, 'character 4 is NUL (U+0000)')
    """
    found = _FORBIDDEN.search(text)
    if found is None:
        return None
    character, place = found.group(), f"character {found.start() + 1} is"
    code = f"U+{ord(character):04X}"
    if character == "\x00":
        return f"{place} NUL ({code})"
    if character == "\ufeff":
        return f"{place} a byte order mark inside the text ({code})"
    if character >= "\ud800":
        return f"{place} half of a surrogate pair ({code})"
    return f"{place} the control character {code}"
