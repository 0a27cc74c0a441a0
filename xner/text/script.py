"""Language tags, the scripts that they imply, reading direction, and whether words are set apart by blanks."""

from __future__ import annotations

import difflib
from collections import Counter
from functools import cache, lru_cache
from typing import Literal

import regex

from xner.errors import InputError

Direction = Literal["ltr", "rtl"]

UNKNOWN_SCRIPT = "Zzzz"
"""ISO 15924 for "no script known"."""

_RIGHT_TO_LEFT = frozenset(
    "Adlm Arab Aran Armi Avst Chrs Cprt Elym Hatr Hebr Hung Khar Lydi Mand Mani Mend Merc Mero Narb Nbat Nkoo Orkh "
    "Ougr Palm Phli Phlp Phnx Prti Rohg Samr Sarb Sogd Sogo Syrc Syre Syrj Syrn Thaa Yezi".split()
)
_CUT_BY_GRAPHEME = tuple(
    "Thai Laoo Khmr Mymr Hani Hira Kana Bopo Java Bali Lana Tale Talu Tavt Nshu Tang Egyp Xsux".split()
)
_WITHOUT_SPACES = frozenset(_CUT_BY_GRAPHEME) | frozenset("Hans Hant Hanb Hrkt Jpan Tibt".split())

_WRITTEN_WITH = {
    "Jpan": frozenset({"Hani", "Hira", "Kana"}),
    "Kore": frozenset({"Hang", "Hani"}),
    "Hans": frozenset({"Hani", "Bopo"}),
    "Hant": frozenset({"Hani", "Bopo"}),
    "Hanb": frozenset({"Hani", "Bopo"}),
    "Aran": frozenset({"Arab"}),
}
"""Scripts of ISO 15924 that are mixtures or variants of Unicode's."""

_CORRECTIONS = {"grc": "Grek"}
"""CLDR's likely script of Ancient Greek is Cypriot, a right-to-left syllabary; what is projected onto is in Greek."""

_TEXT_SCRIPTS = tuple(
    "Latn Cyrl Arab Hani Deva Hebr Grek Thai Hang Hira Kana Ethi Beng Taml Telu Mymr Khmr Laoo Tibt Geor Armn "
    "Gujr Guru Knda Mlym Orya Sinh Mong Tfng Nkoo Thaa Syrc Adlm Cans Cher Java Bali Lana Tale Talu Tavt Vaii "
    "Yiii Bopo Bugi Cham Cakm Olck Mtei Limb Lepc Lisu Sund Batk Rohg Hmnp Hmng Osge Osma Bamu Copt Goth Samr "
    "Mand Mend Newa Tirh Wcho Toto Gong Gonm Kali Rjng Saur Sora Sylo Takr Plrd Nshu Tang Egyp Xsux".split()
)
"""Unicode scripts looked for in a text, frequent ones first."""

SPACELESS_LETTER = "[" + "".join(rf"\p{{Script={name}}}" for name in _CUT_BY_GRAPHEME) + r"]"
r"""Class of regex (V1): characters of the scripts that are cut into grapheme clusters; digits of theirs included."""

_LETTER = regex.compile(r"\p{L}")
_LETTERS_LOOKED_AT = 500
"""Letters of a text that decide on its script; enough for a majority, and it bounds the time."""


@lru_cache(maxsize=4096)
def normalise_tag(tag: str) -> str:
    """Return the BCP-47 tag in its canonical form.

    Raises:
        InputError: not a tag, or of a language that isn't registered; the hint has the nearest one.

    Example:
        >>> normalise_tag("iw"), normalise_tag("eng"), normalise_tag("zh_hant"), normalise_tag("qaa")
        ('he', 'en', 'zh-Hant', 'qaa')
    """
    import langcodes

    given = tag.strip()
    try:
        standard = langcodes.standardize_tag(given)
        if langcodes.Language.get(standard).is_valid():
            return standard
    except ValueError:  # LanguageTagError is one
        pass
    shown = given if len(given) <= 40 else f"{given[:40]}…"
    raise InputError(f"{shown!r} is not a language tag.", _tag_hint(given))


def _tag_hint(given: str) -> str:
    general = "Give a BCP-47 tag such as sw, pt-BR or zh-Hant; a language without a code takes one of qaa to qtz."
    near = _nearest_tag(given)
    return f"Did you mean {near!r} ({language_name(near)})? {general}" if near else general


def tag_of_name(name: str) -> str | None:
    """Return the tag of the language that has just this name, in English or in itself; ``None`` where none has.

    Example:
        >>> tag_of_name("Quechua"), tag_of_name("deutsch"), tag_of_name("Quech")
        ('qu', 'de', None)
    """
    import langcodes

    if (tag := _found(name.strip())) is None:
        return None
    language = langcodes.Language.get(tag)  # the search takes what is only like a name, too
    return (
        tag if name.strip().casefold() in (language.display_name().casefold(), language.autonym().casefold()) else None
    )


def _found(name: str) -> str | None:
    """Return the tag of a language whose name is like this one."""
    import langcodes

    if not name.isprintable():  # the search reads on behind a NUL, into other memory
        return None
    try:
        return str(langcodes.find(name[:40]))
    except LookupError:
        return None


def _nearest_tag(given: str) -> str | None:
    from langcodes.data_dicts import LIKELY_SUBTAGS

    if len(given) > 3:
        return _found(given)
    near = difflib.get_close_matches(given.lower(), [code for code in LIKELY_SUBTAGS if len(code) <= 3], n=1)
    return near[0] if near else None


@lru_cache(maxsize=4096)
def language_name(tag: str) -> str:
    """Return the English name of a language.

    Example:
        >>> language_name("sw"), language_name("zh-Hant")
        ('Swahili', 'Chinese (Traditional)')
    """
    import langcodes

    return str(langcodes.Language.get(tag).display_name())


def script_of(tag: str, text: str = "") -> str:
    """Return the ISO 15924 code of the script.

    A script named in the tag wins, then the likely one of the language. The text decides for languages that have
    none, and where it holds no letter of the likely script; Latin letters alone never overrule a known language,
    because a sentence of names and abbreviations can consist of them.

    Example:
        >>> script_of("ja"), script_of("sr-Latn"), script_of("ku", "کوردی"), script_of("qaa", "ελληνικά")
        ('Jpan', 'Latn', 'Arab', 'Grek')
    """
    named, likely = _scripts_of_tag(tag)
    if named:
        return named
    found = _scripts_of_text(text) if text else []
    if not found:
        return likely or UNKNOWN_SCRIPT
    if likely is None:
        return found[0]
    contradicts = found[0] != "Latn" and not _WRITTEN_WITH.get(likely, {likely}) & set(found)
    return found[0] if contradicts else likely


@lru_cache(maxsize=4096)
def _scripts_of_tag(tag: str) -> tuple[str | None, str | None]:
    """Return (script named in the tag, likely script of the language)."""
    import langcodes
    from langcodes.data_dicts import LIKELY_SUBTAGS

    language = langcodes.Language.get(tag)
    if language.script:
        return language.script, language.script
    if language.language in _CORRECTIONS:
        return None, _CORRECTIONS[language.language]
    known = any(broader in LIKELY_SUBTAGS for broader in language.broader_tags() if not broader.startswith("und"))
    return None, language.maximize().script if known else None


def _scripts_of_text(text: str) -> list[str]:
    """Return Unicode's scripts of the letters, most frequent first."""
    letters = _LETTER.findall(text[: 8 * _LETTERS_LOOKED_AT])[:_LETTERS_LOOKED_AT]
    counts = Counter(script for script in map(_script_of_letter, letters) if script)
    return [script for script, _ in counts.most_common()]


@lru_cache(maxsize=8192)
def _script_of_letter(letter: str) -> str | None:
    return next((name for name in _TEXT_SCRIPTS if _script_pattern(name).match(letter)), None)


@cache
def _script_pattern(name: str) -> regex.Pattern[str]:
    return regex.compile(rf"\p{{Script={name}}}")


def direction(tag: str, text: str = "") -> Direction:
    """Return the direction in which the language, or this text of it, is written.

    Example:
        >>> direction("ar"), direction("ar", "OK"), direction("sw"), direction("pa-Arab")
        ('rtl', 'rtl', 'ltr', 'rtl')
    """
    return "rtl" if script_of(tag, text) in _RIGHT_TO_LEFT else "ltr"


def writes_spaces(tag: str, text: str = "") -> bool:
    """Tell whether blanks stand between words; decided by script, so unknown languages with a text have an answer.

    Example:
        >>> writes_spaces("th"), writes_spaces("ko"), writes_spaces("qaa", "ภาษา")
        (False, True, False)
    """
    return script_of(tag, text) not in _WITHOUT_SPACES
