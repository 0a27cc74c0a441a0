"""The card says where the data come from, and no text of a user becomes Markdown or YAML."""

import io
import zipfile

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.io.silver_rows import SIGNATURE, exported, row, sample_rows
from xner.io.card import Card, Tally, card_header, escaped, fenced, write_card
from xner.io.comments import quoted
from xner.signature import short_hash

HOSTILE = (
    "no",
    "yes",
    "1.0",
    "null",
    "~",
    "a: b",
    "- x",
    "# x",
    "'",
    '"',
    "{}",
    "!!python/object:os.system",
    "\u2028",
    "\x85x",
)


def tally(rows):
    counted = Tally()
    list(counted.watch(rows))
    return counted


def header(title, rows=(), **fields):
    text = card_header(Card(title, **fields), tally(rows))
    assert text.startswith("---\n")
    assert text.endswith("---\n")
    return yaml.safe_load(text[4:-4])


@pytest.mark.parametrize("title", HOSTILE)
def test_a_title_is_a_text_to_yaml_whatever_it_looks_like(title):
    assert header(title)["pretty_name"] == title


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=20))
def test_every_text_is_the_same_to_yaml_on_one_line(text):
    assert yaml.safe_load(quoted(text)) == text
    assert len(quoted(text).splitlines()) == 1


def test_norwegian_is_a_language_and_not_false():
    assert header("x", [row(lang="no")])["language"] == ["no"]


def test_the_header_names_data_licence_and_kinds_of_annotation():
    found = header("x", sample_rows(), licence="CC-BY-4.0")
    assert found["license"] == "cc-by-4.0"
    assert found["annotations_creators"] == ["machine-generated", "expert-generated"]
    assert found["configs"][0]["data_files"] == [{"split": "train", "path": "data/train-*"}]
    assert header("x", [row()], licence="ask Amina")["license"] == "other"
    assert header("x", [row()])["annotations_creators"] == ["machine-generated"]


@given(st.text(max_size=20))
def test_no_punctuation_of_a_text_is_left_to_markdown(text):
    shown = escaped(text)
    assert len(shown.splitlines()) <= 1
    for place, character in enumerate(shown):
        if character.isascii() and not character.isalnum() and character.isprintable() and character not in " \\":
            assert shown[place - 1] == "\\"


@given(st.lists(st.sampled_from(("`", "```", "\n", "~~~", "x")), max_size=9).map("".join))
def test_a_text_never_closes_its_fence(text):
    first, *inside, last = fenced(text).split("\n")
    assert first == f"{last}text"
    assert not any(last in line for line in inside)


def test_the_card_counts_rows_and_says_what_was_left_out():
    card = Card(
        "Swahili *silver*", licence="CC-BY-4.0\n```\n# no heading", sources=("<script>alert(1)</script>",),
        filters={"status": "accepted"}, left_out={"failed: no model": 2, "flagged": 1},
        agreement={"span F1": 0.91234, "kappa": None},
    )  # fmt: skip
    text = write_card(card, tally(sample_rows()))
    for part in (
        "# Swahili \\*silver\\*", "3 sentences, 15 tokens, 4 entities", "| failed\\: no model | 2 |",
        "| accepted | 1 |", "- span F1: 0.912", "- kappa: –", "Arabic (ar): 1", "| PER\\-SON | 1 |",
        short_hash(SIGNATURE), SIGNATURE, "match: exact", "````text\nCC-BY-4.0",
    ):  # fmt: skip
        assert part in text
    assert "<script>" not in text


def test_a_signature_of_another_make_is_shown_as_it_is():
    assert "```text\nby hand\n```" in write_card(Card("x"), tally([row(signature="by hand")]))


def test_the_card_lies_in_the_archives():
    for name, start in (("parquet", b"---\n"), ("brat", b"# A card")):
        with zipfile.ZipFile(io.BytesIO(exported(sample_rows(), name, card=Card("A card")))) as archive:
            text = archive.read("README.md")
            assert text.startswith(start)
            assert b"# A card" in text
