"""Which tokens are no words: punctuation and symbols of every script."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_NO_WORD = frozenset("PSZC")
"""First letters of the Unicode categories punctuation, symbol, separator, other (zero-width and control characters)."""


@lru_cache(maxsize=1 << 16)
def is_punctuation(token: str) -> bool:
    """Tell whether a token has no letter, mark or digit: quotes, brackets, dashes, currency signs, the empty token.

    Example:
        >>> [is_punctuation(token) for token in ("«", "``", "。", "€", "U.S.", "7")]
        [True, True, True, True, False, False]
    """
    return all(unicodedata.category(character)[0] in _NO_WORD for character in token)
