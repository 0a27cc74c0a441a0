"""The label set of a corpus: names, keys, colours; checked when it is loaded and when it is changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from xner.errors import InputError

RESERVED_KEYS = frozenset("acfjkrsx")
"""Letters that the editor or Streamlit uses itself; no label may take them."""
FREE_KEYS = "bdeghilmnopqtuvwyz"
USUAL_KEYS = {"PER": "p", "LOC": "l", "ORG": "o", "DATE": "d", "MISC": "m"}
"""Keys of the labels that most corpora have."""
LINES = ("solid", "dashed", "double", "dotted")
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Label:
    """One label. `key` is one letter or ``""`` (chosen from the menu); `light` and `dark` are ``#rrggbb``."""

    name: str
    key: str
    light: str
    dark: str
    line: str


def check_label_set(labels: Sequence[Label]) -> tuple[Label, ...]:
    """Return the labels as they came, checked.

    Raises:
        InputError: a name twice or empty, a key that is taken or no single Latin letter, a colour that is none.
    """
    names: set[str] = set()
    keys: dict[str, str] = {}
    for label in labels:
        if not label.name.strip() or label.name in names:
            raise InputError(f"The label {label.name!r} stands twice or has no name.", "Names differ.", column="label")
        names.add(label.name)
        _check_key(label, keys)
        if not (_COLOUR.fullmatch(label.light) and _COLOUR.fullmatch(label.dark) and label.line in LINES):
            raise InputError(
                f"The label {label.name!r} needs two colours like #003f88 and one of the lines {', '.join(LINES)}.",
                "Choose colours and line.", column="label",
            )  # fmt: skip
    return tuple(labels)


def _check_key(label: Label, keys: dict[str, str]) -> None:
    if label.key == "":
        return
    hint = f"Take one of {' '.join(FREE_KEYS).upper()}, or none: the label is then chosen from the menu."
    if not ("a" <= label.key <= "z" and len(label.key) == 1):
        raise InputError(f"The key {label.key!r} of {label.name!r} is no small Latin letter.", hint, column="key")
    if label.key in RESERVED_KEYS:
        raise InputError(f"The key {label.key.upper()} of {label.name!r} belongs to the editor.", hint, column="key")
    if label.key in keys:
        raise InputError(
            f"{keys[label.key]!r} and {label.name!r} share the key {label.key.upper()}.", hint, column="key"
        )
    keys[label.key] = label.name


def with_keys(names: Iterable[str]) -> dict[str, str]:
    """Return label to key: the usual one, else a free letter of its name, else none.

    Example:
        >>> with_keys(["PER", "Ship", "OTH"])
        {'PER': 'p', 'Ship': 'h', 'OTH': 'o'}
    """
    ordered = list(dict.fromkeys(names))
    keys = {name: USUAL_KEYS[name] for name in ordered if name in USUAL_KEYS}
    for name in ordered:
        if name not in keys:
            taken = set(keys.values())
            keys[name] = next((c for c in name.lower() if c in FREE_KEYS and c not in taken), "")
    return {name: keys[name] for name in ordered}


def plain_labels(labels: Iterable[Label]) -> list[dict[str, Any]]:
    """Return a label set as JSON has it."""
    return [asdict(label) for label in labels]


def parse_labels(value: Iterable[Mapping[str, Any]]) -> tuple[Label, ...]:
    """Return the checked label set of JSON that `plain_labels` wrote.

    Raises:
        InputError: see `check_label_set`.
    """
    return check_label_set([Label(**row) for row in value])
