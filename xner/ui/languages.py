"""The languages offered in lists; any other BCP-47 tag can be typed."""

from __future__ import annotations

import streamlit as st

from xner.errors import InputError
from xner.text.script import language_name, normalise_tag

OFFERED = tuple(
    "af am ar as az be bg bm bn br bs ca cs cy da de el en eo es et eu fa fi fil fo fr fy ga gd gl gu ha he hi hr hu "
    "hy id ig is it ja jv ka kk km kn ko ku ky la lb lo lt lv mg mk ml mn mr ms mt my nb ne nl nn om or pa pl ps pt ro "
    "ru sa sd si sk sl sm sn so sq sr st su sv sw ta te tg th ti tk tl tr tt ug uk ur uz vi wo xh yi yo zh zh-Hant "
    "zu".split()
)


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


def choose(label: str, key: str, default: str, offered: tuple[str, ...] = OFFERED) -> str:
    """Draw a list of languages, sorted by name, that takes any other tag too; return the chosen tag."""
    options = sorted(offered, key=words)
    chosen = st.selectbox(
        label, options, index=options.index(default), format_func=words, key=key, accept_new_options=True,
        help="Type a name, or any BCP-47 tag such as nds or sr-Latn.",
    )  # fmt: skip
    return str(chosen)
