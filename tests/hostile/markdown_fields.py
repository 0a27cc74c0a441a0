"""What a page hands to Streamlit as Markdown, and whether hostile text in it would be shown as it is.

Streamlit escapes HTML but obeys Markdown, and replaces names of icons, arrows and addresses even where the Markdown
was escaped. Texts under test stand between `OPEN` and `CLOSE`; between those, every punctuation mark must be escaped
and nothing be left that is replaced later. That real browsers agree is the business of tests/e2e/test_hostile_text.py.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from xner.ui.messages import one_line

OPEN, CLOSE = "qzo", "qzc"
_JOINER = "\u2060"
_REGION = re.compile(rf"{OPEN}(.*?)({CLOSE}|…|\u2069|$)", re.DOTALL)
_FILE_NAME = re.compile(r"Download [a-z0-9.-]+")
"""Of letters and hyphens alone, whatever it was made of."""
_BARE = re.compile(r"\\[!-/:-@\[-`{-~]|([!-/:-@\[-`{-~\n\r])")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_REPLACED = {
    "icon or emoji": re.compile(r":[\w+\-/]+:"),
    "link": re.compile(rf"://(?!{_JOINER})|www\.|[\w.+-]@", re.IGNORECASE),
    "arrow or sign": re.compile(r"(?:^|\s)(?:<->|->|<-|--|>=|<=|~=)(?:\s|$)"),
}
_PLAIN_FIELDS = {
    "bidi_component": {"*"}, "plotly_chart": {"*"}, "arrow_data_frame": {"*"}, "code": {"code_text", "body"},
    "selectbox": {"options", "placeholder", "default", "value", "raw_value"},
    "multiselect": {"options", "placeholder", "default", "value", "raw_values"},
    "text_input": {"default", "value", "placeholder", "form_id"},
    "text_area": {"default", "value", "placeholder", "form_id"},
    "page_link": {"query_string", "page"}, "button_group": {"raw_values"},
}  # fmt: skip
"""Fields that the front end puts into the page as text, or that `data_of` checks by rules of their own."""
_NAMES = {"id", "element_id", "form_id", "url", "url_path", "page_script_hash", "key", "element_hash", "target"}
"""Never shown."""


def marked(texts: Iterable[str]) -> list[str]:
    """Return texts that can be found again."""
    return [f"{OPEN}{text}{CLOSE}" for text in texts]


def markdown_of(at: AppTest) -> list[tuple[str, str]]:
    """Return (where, Markdown) of everything a page shows that Streamlit reads as Markdown."""
    found = []
    for node in at._tree:
        proto = getattr(node, "proto", None)
        if isinstance(proto, Message):
            found += [
                (f"{node.type}.{name}", text) for name, text in _texts(proto, _PLAIN_FIELDS.get(node.type, set()))
            ]
        if node.type in ("table", "arrow_table"):
            found += [("table", str(cell)) for cell in _cells(node.value)]
    return found


def _texts(proto: Message, skipped: set[str]) -> Iterator[tuple[str, str]]:
    if "*" in skipped:
        return
    for field, value in proto.ListFields():
        if field.name in skipped | _NAMES:
            continue
        values = value if field.is_repeated else [value]
        if isinstance(values, Message):
            continue
        for one in values if not hasattr(values, "items") else []:
            if isinstance(one, str):
                yield field.name, one
            elif isinstance(one, Message):
                yield from ((f"{field.name}.{name}", text) for name, text in _texts(one, skipped))


def _cells(table: pd.DataFrame) -> Iterator[object]:
    yield from table.columns
    for name in table.columns:
        yield from table[name]


def problems(markdown: str, texts: Sequence[str]) -> list[str]:
    """Return what Streamlit would do to hostile text in some Markdown, in words; nothing if it shows it as it is."""
    shown = [one_line(text) for text in texts]
    found: list[str] = []
    for region in _REGION.finditer("" if _FILE_NAME.fullmatch(markdown) else markdown):
        inside = region.group(1)
        bare = sorted({match.group(1) for match in _BARE.finditer(inside) if match.group(1)})
        found += [f"{''.join(bare)!r} not escaped"] if bare else []
        text = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", inside)
        found += [f"{what} in {text!r}" for what, pattern in _REPLACED.items() if pattern.search(text)]
        found += ["turns the direction"] if _TURNING.search(inside) else []
        as_read = text.replace(_JOINER, "").rstrip().casefold()
        if not any(one.replace(_JOINER, "").removeprefix(OPEN).casefold().startswith(as_read) for one in shown):
            found.append(f"reads {as_read!r}, which nobody wrote")
    return found


def leaks(at: AppTest, texts: Sequence[str]) -> list[str]:
    """Return where a page shows hostile text as something else than text, charts included."""
    found = [f"{where}: {', '.join(said)}\n    {text!r}" for where, text in markdown_of(at)
             if (said := problems(text, texts))]  # fmt: skip
    found += [f"option: {text!r}" for text in _options(at) if not _as_written(text, texts)]
    return found + [f"chart: {text!r}" for text in chart_texts(at) if "<" in _within(text) or "&" in _within(text)]


def n_shown(at: AppTest) -> int:
    """Return in how many fields of a page the text stands: a page that shows none proves nothing."""
    return sum(OPEN in text for _, text in markdown_of(at)) + str([c.proto for c in _components(at)]).count(OPEN)


def chart_texts(at: AppTest) -> list[str]:
    """Return the texts of charts, which are HTML of plotly's own kind."""
    specs = [json.loads(node.proto.spec) for node in at._tree if getattr(node, "type", "") == "plotly_chart"]
    return [text for spec in specs for text in _strings(spec) if OPEN in text]


def _options(at: AppTest) -> list[str]:
    """Return the options of lists, which are shown as they are, not as Markdown."""
    lists = [node for node in at._tree if getattr(node, "type", "") in ("selectbox", "multiselect")]
    return [text for node in lists for text in node.options if OPEN in text]


def _as_written(option: str, texts: Sequence[str]) -> bool:
    """Tell whether every text in an option stands there as it was written, but for marks of direction."""
    shown = [one_line(text) for text in texts]
    return all(
        any(one.removeprefix(OPEN).startswith(one_line(region.group(1)).rstrip()) for one in shown)
        for region in _REGION.finditer(option)
    )


def _components(at: AppTest) -> list[Any]:
    return [node for node in at._tree if getattr(node, "type", "") in ("bidi_component", "plotly_chart")]


def _within(text: str) -> str:
    """Return what would still be markup of the hostile parts of a chart's text: entities are read as what they mean."""
    parts = " ".join(region.group(1) for region in _REGION.finditer(text))
    return re.sub(r"&(?:amp|lt|gt);", "", parts)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield html.unescape(value) if value.startswith("&") and OPEN not in value else value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
