"""The languages offered in lists; any other BCP-47 tag can be typed."""

from __future__ import annotations

import streamlit as st

from xner.errors import InputError
from xner.text.script import language_name, normalise_tag, tag_of_name
from xner.ui.messages import show_error

OFFERED = tuple(
    "af am ar as az be bg bm bn br bs ca cs cy da de el en eo es et eu fa fi fil fo fr fy ga gd gl gu ha he hi hr hu "
    "hy id ig is it ja jv ka kk km kn ko ku ky la lb lo lt lv mg mk ml mn mr ms mt my nb ne nl nn om or pa pl ps pt ro "
    "ru sa sd si sk sl sm sn so sq sr st su sv sw ta te tg th ti tk tl tr tt ug uk ur uz vi wo xh yi yo zh zh-Hant "
    "zu".split()
)
_LONGEST_CODE = 3


def words(tag: str) -> str:
    """Return name and tag of a language, the tag alone where it is none.

    Example:
        >>> words("sw"), words("not a tag")
        ('Swahili (sw)', 'not a tag')
    """
    try:
        return f"{language_name(normalise_tag(tag))} ({tag})"
    except InputError:
        return tag


def resolve(typed: str) -> str:
    """Return the tag that somebody means by a tag, the beginning of a name in the list, or the name of any language.

    Raises:
        InputError: none of these.

    Example:
        >>> resolve("iw"), resolve("swah"), resolve("Chinese (T"), resolve("Quechua")
        ('he', 'sw', 'zh-Hant', 'qu')
    """
    try:
        return normalise_tag(typed)
    except InputError:
        start = typed.strip().casefold()
        named = [tag for tag in OFFERED if start and words(tag).casefold().startswith(start)]
        if not named:
            tag = tag_of_name(typed) if len(start) > _LONGEST_CODE else None  # "ua" is a name of Abu' Arapesh
            if tag is None:
                raise
            return normalise_tag(tag)
        return min(named, key=lambda tag: (len(words(tag)), tag))


def choose(label: str, key: str, default: str | None = None) -> str | None:
    """Draw a list of languages that takes any other tag or name too; return the tag, None where there is none (yet)."""
    options = sorted(OFFERED, key=words)
    chosen = st.selectbox(
        label, options, index=None if default is None else options.index(default), format_func=words, key=key,
        accept_new_options=True, placeholder="Choose a language",
        help="Type a name, or any BCP-47 tag such as nds or sr-Latn.",
    )  # fmt: skip
    if chosen is None:
        return None
    try:
        return resolve(str(chosen))
    except InputError as error:
        show_error(error)
        return None
