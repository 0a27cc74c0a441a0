"""What the pair view is told to draw."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xner.services.gold_agreement import compare
from xner.types import Alignment, Entity, Projection, Sentence, SentencePair, Span
from xner.ui.pair_view import view_data

OK = Projection("one", (Entity(Span(0, 2), "PER", source=0),), "ok")


@pytest.mark.parametrize(
    ("lang", "tokens", "direction", "breaks"),
    [
        ("de", ("Mira", "war", "da"), "ltr", False),
        ("ar", ("كانت", "ميرا", "هنا"), "rtl", False),
        ("he", ("מירה", "הייתה", "כאן"), "rtl", False),
        ("zh", ("米拉", "在", "这里"), "ltr", False),
        ("th", ("มิรา", "อยู่", "ที่นี่"), "ltr", True),
        ("km", ("មីរ៉ា", "នៅ", "ទីនេះ"), "ltr", True),
    ],
)
def test_a_row_knows_its_direction_and_where_lines_may_break(lang, tokens, direction, breaks, pair):
    other = replace(pair, target=Sentence(tokens, lang), target_entities=None, alignment=None)
    row = view_data(other, None, None)["rows"][1]
    assert (row["lang"], row["dir"], row["breaks"], row["tokens"]) == (lang, direction, breaks, list(tokens))


def test_no_blank_is_drawn_where_none_follows():
    sentence = Sentence(("don", "'t"), "en", "don't", ((0, 3), (3, 5)), (False, False))
    row = view_data(SentencePair("x", sentence, sentence), None, None)["rows"][0]
    assert row["spaces"] == [False, False]


def test_chips_of_both_sides_carry_the_number_of_the_source_entity(pair):
    rows = view_data(pair, pair.alignment, OK)["rows"]
    assert [block["chip"] for block in rows[0]["entities"]] == ["1 PER", "2 LOC"]
    assert [(block["chip"], block["partner"]) for block in rows[1]["entities"]] == [("PER ⇠1", 1)]


def test_gold_is_a_third_row_with_the_kind_of_agreement_in_words(pair):
    rows = view_data(pair, pair.alignment, OK, agreement=compare(pair.target_entities, OK.entities))["rows"]
    assert [row["role"] for row in rows] == ["source", "target", "gold"]
    assert [block["name"] for block in rows[2]["entities"]] == ["gold PER: correct", "gold LOC: missing"]


def test_links_set_by_hand_and_possible_ones_are_told_apart(pair):
    alignment = Alignment(frozenset({(0, 0), (1, 1)}), possible=frozenset({(2, 2), (0, 0)}))
    links = view_data(pair, alignment, OK, decisions={(1, 1): True, (3, 3): False})["links"]
    assert sorted(map(tuple, links)) == [(0, 0, "sure"), (1, 1, "manual"), (2, 2, "possible")]


@pytest.mark.parametrize(
    ("projection", "note"),
    [
        (OK, None),
        (Projection("one", (), "empty", "nothing"), "○ no entity"),
        (Projection.failed("one", "broken"), "⚠ failed"),
        (None, "⚠ failed"),
    ],
)
def test_failed_and_empty_are_never_drawn_alike(projection, note, pair):
    assert view_data(pair, None, projection)["rows"][1]["note"] == note


def test_a_missing_side_is_named_as_missing(pair):
    half = SentencePair("half", pair.source, None)
    assert view_data(half, None, None)["rows"][1]["language"] == "not given"


def test_a_back_translation_is_ticked_entity_by_entity_and_its_lack_is_said(pair):
    changed = replace(pair, back_translation="Mira Halvorsen was in the mountains.")
    assert [row["survives"] for row in view_data(changed, None, OK)["back"]["entities"]] == [True, False]
    assert view_data(replace(pair, back_translation=None), None, OK)["back"]["text"] is None


def test_marks_that_turn_the_direction_never_reach_a_chip(pair):
    turned = replace(pair, source_entities=(Entity(Span(0, 1), "\u202ePER"),))
    assert view_data(turned, None, None)["rows"][0]["entities"][0]["chip"] == "1 PER"


def test_every_label_that_is_drawn_has_a_colour(pair):
    data = view_data(replace(pair, target_entities=(Entity(Span(0, 1), "ship"),)), None, OK, agreement=compare(
        (Entity(Span(0, 1), "ship"),), OK.entities
    ))  # fmt: skip
    assert set(data["labels"]) == {"PER", "LOC", "ship"}


def test_what_is_stored_is_a_row_in_its_own_tokens(pair):
    from xner.services.inspect_stored import Kept

    cut = Sentence(("Mi", "ra", "Halvorsen", "hat", "Bergen", "besucht", "."), "de")
    kept = Kept("accepted", cut, (Entity(Span(4, 5), "LOC"),), "Ada", "2026-01-01T00:00:00Z", "", agrees=False)
    row = view_data(pair, pair.alignment, OK, stored=kept)["rows"][2]
    assert (row["role"], row["title"], len(row["tokens"])) == ("stored", "Corrected", 7)
    assert [(block["start"], block["end"]) for block in row["entities"]] == [(4, 5)]
    failed = Kept("failed", cut, (), "", "", "no link", agrees=False)
    row = view_data(pair, pair.alignment, OK, stored=failed)["rows"][2]
    assert (row["title"], row["note"]) == ("Stored", "⚠ failed")
