"""Labels to colours and line styles: five labels have theirs, further ones get theirs by name, always the same."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PALETTE_FILE = Path(__file__).resolve().parents[2] / "assets" / "palette.json"


@dataclass(frozen=True, slots=True)
class LabelStyle:
    """How a label looks: a colour for light and for dark mode, and a line style that carries the same meaning."""

    light: str
    dark: str
    line: str


def label_styles(labels: Iterable[str]) -> dict[str, LabelStyle]:
    """Return label to style; equal sets of labels give equal styles, whatever their order.

    A label outside the palette starts from a place given by its name and takes the next free colour. When all colours
    are taken they come again with another line style.

    Example:
        >>> label_styles(["PER", "ship"])["PER"]
        LabelStyle(light='#003f88', dark='#3f8fe0', line='solid')
    """
    palette = _palette()
    fixed = {name: LabelStyle(**style) for name, style in palette["labels"].items()}
    lines, others = palette["lines"], palette["others"]
    free = [LabelStyle(**colours, line=line) for line in lines for colours in others]
    styles: dict[str, LabelStyle] = {}
    taken: set[int] = set()
    for label in sorted(set(labels)):
        if label in fixed:
            styles[label] = fixed[label]
            continue
        start = zlib.crc32(label.encode("utf-8", "surrogatepass")) % len(others)
        ring = [
            (start + step) % len(others) + row * len(others) for row in range(len(lines)) for step in range(len(others))
        ]
        place = next((k for k in ring if k not in taken), start)
        taken.add(place)
        styles[label] = free[place]
    return styles


def free_styles(names: Iterable[str], taken: Iterable[LabelStyle]) -> dict[str, LabelStyle]:
    """Return a style for each name that neither `taken` nor an earlier name has, as long as there are any.

    A label of the palette gets its own, if it is free; every other the first free colour, neighbours with another line.

    Example:
        >>> ship = free_styles(["ship"], [])
        >>> free_styles(["PER", "boat"], ship.values())["boat"] in ship.values()
        False
    """
    palette = _palette()
    colours, lines = palette["others"], palette["lines"]
    n = len(colours)
    ring = [LabelStyle(**colours[k % n], line=lines[(k + k // n) % len(lines)]) for k in range(n * len(lines))]
    used = set(taken)
    colours_used = {(style.light, style.dark) for style in used}
    styles: dict[str, LabelStyle] = {}
    for name in names:
        own = [LabelStyle(**palette["labels"][name])] if name in palette["labels"] else []
        unseen = [style for style in (*own, *ring) if (style.light, style.dark) not in colours_used]
        free = unseen or [style for style in (*own, *ring) if style not in used]
        style = next(iter(free), ring[len(used) % len(ring)])
        styles[name] = style
        used.add(style)
        colours_used.add((style.light, style.dark))
    return styles


@cache
def _palette() -> dict[str, Any]:
    palette: dict[str, Any] = json.loads(PALETTE_FILE.read_text(encoding="utf-8"))
    return palette
