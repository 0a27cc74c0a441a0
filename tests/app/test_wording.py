"""Sentences that the reader gets, and text of users inside them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from xner.config import RunConfig
from xner.services import inspect_pair
from xner.services.gold_agreement import compare
from xner.types import Alignment, Entity, Projection, Span
from xner.ui import messages, wording

GIVEN = RunConfig().updated({"align.name": "given"})


def reasons(pair, config: RunConfig = GIVEN) -> list[str]:
    trace = inspect_pair.analyse(pair, config)
    return [wording.why(row, trace) for row in inspect_pair.why_here(trace)]


def test_why_names_words_links_scores_and_runner_up(pair):
    first, second = reasons(pair)
    assert re.search(r"1 · PER.*Mira Halvorsen.*words 1–2", first)
    assert "Both words are linked into this span. Scores: coverage 1.00, total 1.00." in first
    assert "Runner-up" in first
    assert "Its word is linked into this span" in second


def test_an_entity_that_found_no_place_says_so(pair):
    alone = replace(pair, alignment=Alignment(frozenset({(0, 0), (1, 1)})))
    assert "found no place" in reasons(alone)[1]
    assert "None of its words is linked" in reasons(alone)[1]


def test_links_that_lead_elsewhere_are_counted(pair):
    stray = replace(pair, alignment=Alignment(frozenset({(0, 0), (1, 1), (0, 4), (3, 3)})))
    assert "1 link leads elsewhere" in reasons(stray)[0]


def test_a_method_without_scores_says_what_it_read(pair):
    assert "links" in reasons(pair, GIVEN.updated({"match.name": "heuristic"}))[0]


@pytest.mark.parametrize(
    ("projection", "said"),
    [
        (Projection("x", (), "empty", "no candidate has evidence"), "No entity"),
        (Projection.failed("x", "ALIGN: too long"), "Failed** – this is not an empty result"),
        (Projection("x", (Entity(Span(0, 1), "PER"),), "ok", objective=1.5), "Projected** 1 entity"),
    ],
)
def test_the_status_has_a_word_of_its_own(projection, said):
    assert said in wording.status(projection, "exact", "itermax")


def test_agreement_counts_every_kind_that_occurs():
    gold = [Entity(Span(0, 2), "PER"), Entity(Span(4, 5), "LOC"), Entity(Span(6, 7), "ORG")]
    found = [Entity(Span(0, 2), "PER"), Entity(Span(4, 6), "LOC"), Entity(Span(9, 10), "LOC")]
    line = wording.agreement_line(compare(gold, found))
    assert line == "✓ **1** correct · ↔ **1** boundary · – **1** missing · + **1** spurious"


@pytest.mark.parametrize(
    "text", ["a*b*", "_x_", "`c`", "![i](http://e)", "<b>", "$x$", "# h", "~~s~~", ":red[x]", "a\\b"]
)
def test_punctuation_of_users_is_escaped(text):
    shown = messages.plain(text)
    assert re.sub(r"\\(.)|\u2060", r"\1", shown) == text
    assert all(
        shown[k - 1] == "\\" for k in range(len(shown)) if shown[k] in "*_`![]<>$#~:" and shown[k - 1 : k] != "\\"
    )


@pytest.mark.parametrize("text", [":smile:", ":material/home:", "www.evil.test", "http://evil.test", "a->b", "a@b.c"])
def test_names_of_emoji_icons_and_addresses_are_broken_up(text):
    assert "\u2060" in messages.plain(text)


def test_line_ends_and_direction_marks_never_leave_the_sentence():
    assert messages.plain("a\n\n\u2028b\u202ec") == "a bc"


@pytest.mark.parametrize("text", ["U.S.", "(x)", "…", "«y»"])
def test_bold_holds_whatever_the_text_ends_with(text):
    shown = messages.quote(text)
    assert shown.startswith("**\u2068")
    assert shown.endswith("\u2069**")
