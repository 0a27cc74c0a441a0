"""Single fields of a record, checked: each function returns a value of `xner.types` or says in words what is wrong.

Errors carry the field in `InputError.column`, so that a reader can name file, line and field together.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Any

from xner.errors import InputError, LimitExceeded
from xner.io.limits import (
    MAX_ID_CHARACTERS,
    MAX_LABEL_CHARACTERS,
    MAX_SENTENCE_CHARACTERS,
    MAX_SENTENCE_TOKENS,
)
from xner.text.normalise import text_problem
from xner.text.script import normalise_tag
from xner.text.tokenise import sentence_from_tokens, tokenise
from xner.types import Entity, Link, Sentence, Span

_JSON_NAMES = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


def wrong(field: str, problem: str, fix: str = "") -> InputError:
    """Return the error that `field` has this problem."""
    return InputError(problem, fix, column=field)


def json_name(value: object) -> str:
    """Return what JSON calls a value: text, a number, a list."""
    return "null" if value is None else _JSON_NAMES.get(type(value), type(value).__name__)


def check_text(field: str, value: object) -> str:
    """Return a string that holds no forbidden character."""
    if not isinstance(value, str):
        raise wrong(field, f"is {json_name(value)}, it has to be text.", "Put it in double quotes.")
    if problem := text_problem(value):
        raise wrong(field, f"{problem}.", "Delete that character, or save the original as UTF-8 again.")
    return value


def check_name(field: str, value: object, max_characters: int) -> str:
    """Return a string fit for an id or a label: one line, not empty, no blanks at its ends."""
    text = check_text(field, value)
    if not text:
        raise wrong(field, "is empty.", "Write a name, or leave the field out." if field == "id" else "Write a name.")
    if len(text) > max_characters:
        raise LimitExceeded(
            f"has {len(text)} characters, the limit is {max_characters}.", "Shorten it.", column=field
        )  # fmt: skip
    if text != text.strip() or any(character in text for character in "\t\n\r"):
        raise wrong(field, f"{text[:40]!r} has blanks at its ends, a tab or a line end.", "Take them out.")
    return text


def check_id(value: object) -> str:
    """Return an id; whole numbers are taken as their digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return check_name("id", value, MAX_ID_CHARACTERS)


def check_language(field: str, value: object) -> str:
    """Return a canonical language tag."""
    try:
        return normalise_tag(check_text(field, value))
    except InputError as error:
        raise wrong(field, error.message, error.hint) from None


def check_sentence(tokens_field: str, tokens: object, text_field: str, text: object, lang: str) -> Sentence:
    """Return a sentence from given tokens, a text, or both; a text alone is cut into tokens."""
    if text is not None:
        text = check_text(text_field, text)
        if not text.strip():
            raise wrong(text_field, "is empty.", "Fill it in, or leave the row out.")
        _check_length(text_field, len(text))
    if tokens is None:
        sentence = tokenise(check_text(text_field, text), lang)
        if not sentence.tokens:
            raise wrong(text_field, "has no visible character.", "Fill it in, or leave the row out.")
        _check_number(text_field, len(sentence))
        return sentence
    checked = _check_tokens(tokens_field, tokens)
    try:
        return sentence_from_tokens(checked, lang, text)
    except InputError as error:
        raise wrong(text_field, error.message, error.hint) from None


def _check_tokens(field: str, value: object) -> list[str]:
    if not isinstance(value, list):
        raise wrong(field, f"is {json_name(value)}, it has to be a list of tokens.", 'Write ["like", "this"].')
    if not value:
        raise wrong(field, "holds no token.", "Fill it in, or leave the row out.")
    _check_number(field, len(value))
    if not _are_fine(value):  # token by token, to say which one is not
        value = [check_token(f"{field}[{number}]", token) for number, token in enumerate(value)]
    _check_length(field, sum(map(len, value)))
    return value


def _are_fine(tokens: list[object]) -> bool:
    """Tell, in a fourth of the time, whether `check_token` will find nothing in any of them."""
    words = [token for token in tokens if isinstance(token, str) and token.strip()]
    joined = "".join(words)
    broken = any(character in joined for character in "\t\n\r")
    return len(words) == len(tokens) and not broken and text_problem(joined) is None


def check_token(field: str, value: object) -> str:
    """Return a token: at least one character that isn't white space, no tab and no line end."""
    token = check_text(field, value)
    if not token.strip():
        raise wrong(field, "is an empty token.", "Take it out and count the spans and links again.")
    if any(character in token for character in "\t\n\r"):
        raise wrong(field, f"{token[:40]!r} holds a tab or a line end.", "Write a blank instead.")
    return token


def _check_length(field: str, n_characters: int) -> None:
    if n_characters > MAX_SENTENCE_CHARACTERS:
        problem = f"has {n_characters} characters, the limit for a sentence is {MAX_SENTENCE_CHARACTERS}."
        raise LimitExceeded(problem, "Split it into sentences.", column=field)


def _check_number(field: str, n_tokens: int) -> None:
    if n_tokens > MAX_SENTENCE_TOKENS:
        problem = f"has {n_tokens} tokens, the limit for a sentence is {MAX_SENTENCE_TOKENS}."
        raise LimitExceeded(problem, "Split it into sentences.", column=field)


def check_label(field: str, value: object, labels: Collection[str] | None = None) -> str:
    """Return a label, which is one of `labels` where these are given."""
    label = check_name(field, value, MAX_LABEL_CHARACTERS)
    if labels is not None and label not in labels:
        known = ", ".join(sorted(labels)[:20]) + (" …" if len(labels) > 20 else "")
        raise wrong(field, f"label {label!r} is not in the label set.", f"Use one of {known}.")
    return label


def check_entities(
    field: str, value: object, n_tokens: int, labels: Collection[str] | None = None, *, sort: bool = True
) -> tuple[Entity, ...]:
    """Return entities that lie inside the sentence and don't overlap, in order of start unless told not to sort."""
    if not isinstance(value, list):
        raise wrong(field, f"is {json_name(value)}, it has to be a list of entities.", "Write [] for no entity.")
    entities = [_check_entity(f"{field}[{number}]", item, n_tokens, labels) for number, item in enumerate(value)]
    by_start = sorted(range(len(entities)), key=lambda number: entities[number].span)
    for before, after in pairwise(by_start):
        if entities[before].span.overlaps(entities[after].span):
            raise wrong(
                f"{field}[{max(before, after)}]",
                f"overlaps {field}[{min(before, after)}] at token {entities[after].span.start}.",
                "Entities are flat: keep one of the two.",
            )
    return tuple(entities[number] for number in by_start) if sort else tuple(entities)


def _check_entity(field: str, item: object, n_tokens: int, labels: Collection[str] | None) -> Entity:
    if not isinstance(item, Mapping):
        example = '{"start": 0, "end": 2, "label": "PER"}'
        raise wrong(field, f"is {json_name(item)}, it has to be an object.", f"Write {example}.")
    span = check_span(field, item, n_tokens)
    if "label" not in item:
        raise wrong(field, "has no label.", 'Add "label".')
    source = item.get("source")
    return Entity(
        span=span,
        label=check_label(f"{field}.label", item["label"], labels),
        score=check_number(f"{field}.score", item.get("score")),
        source=None if source is None else _check_whole(f"{field}.source", source),
    )


def check_span(field: str, item: Mapping[str, Any], n_tokens: int) -> Span:
    """Return the half-open token range of an object with `start` and `end`."""
    missing = [name for name in ("start", "end") if item.get(name) is None]
    if missing:
        raise wrong(field, f"has no {' and no '.join(missing)}.", "Spans are token numbers from 0, end exclusive.")
    start, end = (_check_whole(f"{field}.{name}", item[name]) for name in ("start", "end"))
    if end > n_tokens:
        problem = f"ends at token {_shown(end)}, the sentence has {n_tokens} tokens."
        raise wrong(field, problem, f"end is exclusive and at most {n_tokens}.")
    if start >= end:
        problem = f"is empty: it starts at token {_shown(start)} and ends before token {end}."
        raise wrong(field, problem, "end is exclusive: an entity of one token has end = start + 1.")
    return Span(start, end)


def check_links(field: str, value: object, n_source: int, n_target: int) -> frozenset[Link]:
    """Return links between tokens of the source and of the target."""
    if not isinstance(value, list):
        fix = "Write [[0, 0], [1, 2]]: source token, target token, counted from 0."
        raise wrong(field, f"is {json_name(value)}, it has to be a list of links.", fix)
    return frozenset(
        check_link(f"{field}[{number}]", item, n_source, n_target) for number, item in enumerate(value)
    )  # fmt: skip


def check_link(field: str, item: object, n_source: int, n_target: int) -> Link:
    """Return one link, a pair of token numbers, source first."""
    if not isinstance(item, list | tuple) or len(item) != 2:
        raise wrong(field, "is not a pair of token numbers.", "Write [source token, target token], counted from 0.")
    i, j = (_check_whole(field, number) for number in item)
    for number, n_tokens, side in ((i, n_source, "source"), (j, n_target, "target")):
        if number >= n_tokens:
            problem = f"link {_shown(i)}-{_shown(j)} is outside: the {side} has {n_tokens} tokens."
            raise wrong(field, problem, "Tokens are counted from 0; the source stands first in a link.")
    return i, j


def check_number(field: str, value: object) -> float | None:
    """Return a finite number or ``None``."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(field, f"is {json_name(value)}, it has to be a number.", "Write a number or leave it out.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise wrong(field, "is not a finite number.", "Write a number or leave it out.")
    return number


def _check_whole(field: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(field, f"is {json_name(value)}, it has to be a whole number.", "Tokens are counted from 0.")
    if value < 0:
        raise wrong(field, f"is {_shown(value)}, below 0.", "Tokens are counted from 0.")
    return value


def _shown(number: int) -> str:
    """Return a number for a message; one of a thousand digits is cut (and str() refuses those over 4,300)."""
    return str(number) if abs(number) < 10**9 else ("more than 10^9" if number > 0 else "less than -10^9")
