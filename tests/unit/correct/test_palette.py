"""Colours of labels: readable, distinct, the same every time."""

from __future__ import annotations

import itertools
import json

import pytest

from xner.correct.palette import PALETTE_FILE, free_styles, label_styles

PALETTE = json.loads(PALETTE_FILE.read_text(encoding="utf-8"))
COLOURS = [*PALETTE["labels"].values(), *PALETTE["others"]]
ON_LIGHT, ON_DARK, CHIP_TEXT_DARK = ("#ffffff",), ("#171614", "#0e1117"), "#171614"


def rgb(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    red, green, blue = map(linear, rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def lab(colour: str) -> list[float]:
    red, green, blue = map(linear, rgb(colour))
    xyz = (
        (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047,
        0.2126729 * red + 0.7151522 * green + 0.0721750 * blue,
        (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


def distance(one: str, other: str) -> float:
    """CIE 1976 colour difference."""
    return sum((a - b) ** 2 for a, b in zip(lab(one), lab(other), strict=True)) ** 0.5


def test_contrast_of_black_and_white_is_the_known_one():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour["light"])
def test_every_colour_is_readable_on_the_page_and_under_chip_text(colour):
    assert all(contrast(colour["light"], page) >= 4.5 for page in ON_LIGHT)
    assert all(contrast(colour["dark"], page) >= 4.5 for page in (*ON_DARK, CHIP_TEXT_DARK))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_no_two_colours_look_alike(mode):
    pairs = itertools.combinations([colour[mode] for colour in COLOURS], 2)
    assert min(distance(one, other) for one, other in pairs) >= 15


def test_the_five_labels_of_the_field_keep_their_colours():
    styles = label_styles(["MISC", "PER", "LOC", "ORG", "DATE", "ship"])
    assert {name: styles[name].light for name in PALETTE["labels"]} == {
        name: style["light"] for name, style in PALETTE["labels"].items()
    }


def test_styles_depend_on_the_set_of_labels_and_not_on_its_order():
    labels = [f"label{k}" for k in range(30)]
    assert label_styles(labels) == label_styles(reversed(labels))


def test_labels_get_different_styles_as_long_as_there_are_any():
    labels = [f"label{k}" for k in range(len(PALETTE["others"]) * len(PALETTE["lines"]))]
    assert len(set(label_styles(labels).values())) == len(labels)


def test_more_labels_than_styles_still_all_get_one():
    assert len(label_styles([f"label{k}" for k in range(200)])) == 200


def test_free_styles_repeat_none_that_is_taken_and_no_colour_before_all_are_used():
    present = label_styles(["PER", "one", "two"])
    made = free_styles([f"label{k}" for k in range(38)], present.values())
    assert not set(made.values()) & set(present.values())
    assert len(set(made.values())) == 38
    colours = [style.light for style in (*present.values(), *list(made.values())[:8])]
    assert len(set(colours)) == len(colours)
    assert free_styles(["PER", "ORG"], [present["PER"]])["ORG"] == label_styles(["ORG"])["ORG"]
    assert free_styles(["PER"], [present["PER"]])["PER"] != present["PER"]
    assert len(free_styles([f"label{k}" for k in range(200)], [])) == 200
