"""Text to tokens with offsets, and back: spaCy's rules where they need no further package, Unicode's elsewhere.

Whatever cut the text, the same repairs follow: no token boundary lies inside a grapheme cluster (a letter with its
marks, an emoji with its joiners), scripts without blanks are cut into such clusters, and zero-width characters
belong to the token beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import regex

from xner.errors import InputError
from xner.text.script import SPACELESS_LETTER, normalise_tag, script_of, writes_spaces
from xner.types import Sentence

if TYPE_CHECKING:
    from spacy.tokenizer import Tokenizer

Range = tuple[int, int]

_NEED_PACKAGES = frozenset({"ja", "ko", "th", "vi", "zh"})
"""Languages whose spaCy tokenizer is another package, or cuts Latin words into letters (zh)."""

_SPACY_SCRIPTS = frozenset("Latn Cyrl Grek Hebr Beng Deva Knda Taml Telu".split())
"""Scripts in which spaCy 3.8 cuts the full stop off; it leaves it on words of Armenian, Gujarati or pointed Arabic."""

_SPACY_NAMES = {"fil": "tl", "no": "nb"}
"""Canonical tag to spaCy's name, where they differ."""

_CLUSTER_LETTER = rf"[{SPACELESS_LETTER}&&[\p{{L}}\p{{M}}\p{{Nl}}]]"
_WORD_CHARACTER = rf"[[\p{{L}}\p{{M}}\p{{N}}\p{{Prepended_Concatenation_Mark}}_]--{_CLUSTER_LETTER}]"
_SOFT = r"[\u00AD\u200C\u200D\u2060]*+"
"""Invisible characters that may stand inside a word: soft hyphen, (non-)joiner, word joiner."""

_PIECES = regex.compile(
    rf"""
      [\s\x1c-\x1f]++
    | (?P<token>
        {_WORD_CHARACTER}
        (?: {_SOFT}{_WORD_CHARACTER}
          | (?<=\p{{Nd}}) [.,:٫٬] (?=\p{{Nd}})
          | (?<=[\p{{L}}\p{{M}}\p{{N}}]) ['’ʼ＇\-‐‑·׳״] (?={_WORD_CHARACTER})
        )*+
        [\u0F0B\u0F0C]?  # the tsheg belongs to its Tibetan syllable
      | \X
      )
    """,
    regex.V1 | regex.VERBOSE,
)
_GRAPHEME = regex.compile(r"\X")
_CLUSTER_LETTERS = regex.compile(_CLUSTER_LETTER, regex.V1)
_STOP_AFTER_MARK = regex.compile(r"\p{M}\.\Z")
_INVISIBLE = regex.compile(
    r"[[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]--\p{Prepended_Concatenation_Mark}]", regex.V1
)
_ONE_AT_A_TIME = Lock()
"""Memory zones of one vocabulary must not overlap, and sessions of the app are threads."""
_JOINED_BY_BLANK = regex.compile(rf"[[\p{{L}}\p{{M}}\p{{N}}]--{SPACELESS_LETTER}]", regex.V1)


def tokenise(text: str, lang: str) -> Sentence:
    """Return the text cut into tokens, with their offsets and whether white space follows.

    What lies between the tokens is white space and stray zero-width characters only.

    Raises:
        InputError: `lang` is not a language tag.

    Example:
        >>> tokenise("Àwọn 3.5% 👩‍👩‍👧 Tokyoの東京。", "qaa").tokens
        ('Àwọn', '3.5', '%', '👩‍👩‍👧', 'Tokyo', 'の', '東', '京', '。')
    """
    lang = normalise_tag(lang)
    tokenizer = _spacy_tokenizer(lang)
    ranges = _spacy_ranges(text, tokenizer) if tokenizer else _unicode_ranges(text)
    if not (text.isascii() and text.isprintable()):
        if tokenizer:
            ranges = _cut_further(text, ranges)
        ranges = _attach_invisible(text, _keep_clusters_whole(text, ranges))
    return _sentence(text, ranges, lang)


def sentence_from_tokens(tokens: Sequence[str], lang: str, text: str | None = None) -> Sentence:
    """Return given tokens as a sentence, never cut again; with `text` also their offsets and spaces.

    Raises:
        InputError: `lang` is not a language tag, or the text is not these tokens in this order with nothing but white
            space and zero-width characters between them.

    Example:
        >>> sentence_from_tokens(["don", "'t"], "en", "don't").offsets
        ((0, 3), (3, 5))
    """
    lang = normalise_tag(lang)
    if text is None:
        return Sentence(tokens=tuple(tokens), lang=lang)
    ranges: list[Range] = []
    position = 0
    for number, token in enumerate(tokens):
        start = position
        if not text.startswith(token, start):
            start = _after_gap(text, position, token)
        if not text.startswith(token, start):
            raise InputError(
                f"Token {number} is {token!r}, but the text goes on with {text[start : start + 20]!r}.",
                "Give a text that is made of these tokens, or leave the text out.",
            )
        position = start + len(token)
        ranges.append((start, position))
    rest = _after_gap(text, position, None)
    if rest < len(text):
        raise InputError(
            f"The text goes on with {text[rest : rest + 20]!r} after the last token.",
            "Give a text that is made of these tokens, or leave the text out.",
        )
    return _sentence(text, ranges, lang)


def detokenise(sentence: Sentence) -> str:
    """Return the text of a sentence: its own where it is known, else the tokens put together.

    Without `spaces` every token is followed by a blank, in scripts without spaces only words of other scripts are.

    Example:
        >>> detokenise(Sentence(("3", "月", "Tokyo", "Disney", "へ"), "ja")), detokenise(Sentence(("Uhuru", "!"), "sw"))
        ('3月Tokyo Disneyへ', 'Uhuru !')
    """
    if sentence.text is not None:
        return sentence.text
    spaces = sentence.spaces if sentence.spaces is not None else _guessed_spaces(sentence)
    parts = [token + " " * space for token, space in zip(sentence.tokens, spaces, strict=True)]
    return "".join(parts)


def with_text(sentence: Sentence) -> Sentence:
    """Return the sentence with text, offsets and spaces filled in where they were not known.

    Example:
        >>> with_text(Sentence(("Uhuru", "!"), "sw")).offsets
        ((0, 5), (6, 7))
    """
    if sentence.text is not None and sentence.offsets is not None and sentence.spaces is not None:
        return sentence
    return sentence_from_tokens(sentence.tokens, sentence.lang, detokenise(sentence))


@lru_cache(maxsize=128)
def _spacy_tokenizer(lang: str) -> Tokenizer | None:
    """Return spaCy's tokenizer of a language, ``None`` where there is none that loads bare and knows the script."""
    language = lang.partition("-")[0]
    name = _SPACY_NAMES.get(language, language)
    if language in _NEED_PACKAGES or script_of(lang) not in _SPACY_SCRIPTS or not _spacy_has(name):
        return None
    import spacy

    found: Tokenizer = spacy.blank(name).tokenizer
    return found


def _spacy_has(name: str) -> bool:
    """Look without importing it, which takes seconds and brings torch along."""
    spec = find_spec("spacy")
    folders = spec.submodule_search_locations if spec else None
    return any((Path(folder) / "lang" / name).is_dir() for folder in folders or ())


def _spacy_ranges(text: str, tokenizer: Tokenizer) -> list[Range]:
    # Without a memory zone the string store keeps every word that was ever seen; with one it is also twice as fast.
    with _ONE_AT_A_TIME, tokenizer.vocab.memory_zone():
        return [(token.idx, token.idx + len(token)) for token in tokenizer(text) if not token.is_space]


def _unicode_ranges(text: str, start: int = 0, end: int | None = None) -> list[Range]:
    end = len(text) if end is None else end
    return [match.span() for match in _PIECES.finditer(text, start, end) if match["token"]]


def _cut_further(text: str, ranges: Sequence[Range]) -> list[Range]:
    """Cut what spaCy leaves whole: letters of scripts without spaces, and a full stop after a combining mark."""
    cut: list[Range] = []
    for start, end in ranges:
        if _CLUSTER_LETTERS.search(text, start, end):
            cut += _unicode_ranges(text, start, end)
        elif _STOP_AFTER_MARK.search(text, start, end):
            cut += [(start, end - 1), (end - 1, end)]
        else:
            cut.append((start, end))
    return cut


def _keep_clusters_whole(text: str, ranges: Sequence[Range]) -> list[Range]:
    edges = {match.start() for match in _GRAPHEME.finditer(text)}
    whole: list[Range] = []
    for start, end in ranges:
        if whole and whole[-1][1] == start and start not in edges:
            start = whole.pop()[0]
        whole.append((start, end))
    return whole


def _attach_invisible(text: str, ranges: Sequence[Range]) -> list[Range]:
    """Give tokens without a visible character to the token before or after; those between blanks are dropped."""
    attached: list[Range] = []
    waiting: Range | None = None
    """Invisible characters without a token before them, which wait for the one after."""
    for start, end in ranges:
        if all(map(_is_gap, text[start:end])):
            if attached and attached[-1][1] == start:
                attached[-1] = (attached[-1][0], end)
            else:
                waiting = (waiting[0] if waiting and waiting[1] == start else start, end)
        else:
            attached.append((waiting[0] if waiting and waiting[1] == start else start, end))
    return attached


def _sentence(text: str, ranges: Sequence[Range], lang: str) -> Sentence:
    return Sentence(
        tokens=tuple(text[start:end] for start, end in ranges),
        lang=lang,
        text=text,
        offsets=tuple(ranges),
        spaces=tuple(text[end : end + 1].isspace() for _, end in ranges),
    )


def _guessed_spaces(sentence: Sentence) -> list[bool]:
    tokens = sentence.tokens
    if writes_spaces(sentence.lang, "".join(tokens)):
        return [True] * (len(tokens) - 1) + [False] * bool(tokens)
    return [
        bool(_JOINED_BY_BLANK.match(token[-1:]) and _JOINED_BY_BLANK.match(follower[:1]))
        for token, follower in zip(tokens, (*tokens[1:], ""), strict=False)
    ]


def _is_gap(character: str) -> bool:
    return character.isspace() or bool(_INVISIBLE.match(character))


def _after_gap(text: str, position: int, token: str | None) -> int:
    """Return where the token starts, or else where something visible does."""
    if token and text.startswith(" " + token, position):  # as nearly always
        return position + 1
    while position < len(text) and _is_gap(text[position]) and not (token and text.startswith(token, position)):
        position += 1
    return position
