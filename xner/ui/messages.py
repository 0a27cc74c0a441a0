"""Words for the user: text of theirs made safe for Markdown, failures with code and hint, never a traceback."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import streamlit as st

from xner.errors import XnerError

log = logging.getLogger(__name__)

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_LINE_ENDS = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
_LATE = re.compile(
    r"(?<=:)(?=[\w+\-/]+:)|(?<=://)|(?<=www)(?=\.)|(?<=[\w.+-])(?=@)|(?<=[<>~-])(?=[<>=-])", re.IGNORECASE
)
"""Places where Streamlit's Markdown acts after escapes are undone: emoji and icon names, links, addresses, arrows."""
_DIRECTION_MARKS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Invisible; left open they would turn our own words round."""
_JOINER = "\u2060"
_ISOLATE, _END = "\u2068", "\u2069"


def one_line(text: str) -> str:
    r"""Return the text without line ends and without marks that turn the direction of what follows.

    Example:
        >>> one_line("a\n\u202eb")
        'a b'
    """
    return _DIRECTION_MARKS.sub("", _LINE_ENDS.sub(" ", text))


def plain(text: str) -> str:
    r"""Return text of a user as Markdown that shows exactly this text, on one line.

    Example:
        >>> print(plain("*a* ![](http://x)"))
        \*a\* \!\[\]\(http\:\/\/⁠x\)
    """
    return _PUNCTUATION.sub(r"\\\1", _LATE.sub(_JOINER, one_line(text)))


def quote(text: str) -> str:
    """Return text of a user for the middle of a sentence: plain, bold, and isolated so that no script reorders it.

    The isolates stand inside the asterisks: beside punctuation of the text these would not count as bold.
    """
    shown = plain(text).strip()
    return f"**{_ISOLATE}{shown}{_END}**" if shown else "(nothing)"


def isolated(text: str) -> str:
    """Return text of a user for a place that knows no Markdown, isolated so that no script reorders what is around."""
    return f"{_ISOLATE}{one_line(text)}{_END}"


def cell(text: str, limit: int = 120) -> str:
    """Return text of a user for a table cell: plain, isolated, cut with an ellipsis."""
    short = text if len(text) <= limit else f"{text[:limit]}…"
    return f"{_ISOLATE}{plain(short)}{_END}"


def show_error(error: XnerError, fields: Mapping[str, str] = {}) -> None:
    """Draw a failure that xner foresaw: what happened, what to do, and the code to search for.

    Args:
        error: its `column`, if it has one, says which part of the input is meant.
        fields: column to the words that stand for it on screen.
    """
    column = getattr(error, "column", None)
    where = f"{plain(fields.get(column, f'{column}:'))} " if column else ""
    hint = f"  \n{plain(error.hint)}" if error.hint else ""
    st.error(f"{where}{plain(error.message)}{hint}  \nCode: `{error.code}`", icon=":material/error:")


@contextmanager
def page_errors() -> Iterator[None]:
    """Run the body of a page; a failure becomes words and a code, and what nobody foresaw goes to the log."""
    try:
        yield
    except XnerError as error:
        show_error(error)
    except Exception:  # the outer edge of a page: the reader gets a code, the log the traceback
        code = f"UNEXPECTED-{secrets.token_hex(3)}"
        log.exception("page failed, code %s", code)
        st.error(
            f"Something went wrong that xner did not foresee. Your sentences are still here.\n\n"
            f"Try again; if it comes back, report the code `{code}` with the server's log.",
            icon=":material/error:",
        )
        st.button("Try again", key="try_again")
