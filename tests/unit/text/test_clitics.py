"""Places of clitics: where a linguist would cut, never outside the token, and nowhere in other languages."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from xner.text.clitics import clitic_places


def places(token, lang):
    return clitic_places(regex.findall(r"\X", token), lang)


@pytest.mark.parametrize(
    ("token", "lang", "expected"),
    [
        ("בבריסל", "he", (1,)),  # in Brussels: the second ב belongs to the name
        ("ובבריסל", "he", (1, 2)),
        ("שבתל", "he", (1, 2)),
        ("כשהנשיא", "he", (2, 3)),
        ("בְּבְּרִיסֶל", "he", (1,)),  # pointed
        ("ב-NATO", "he", (2,)),
        ("ב־נאט״ו", "he", (2,)),
        ("הם", "he", ()),
        ("מיכל", "he", (1,)),  # offered, not done: Michal begins like a prefix
        ("דוד", "he", ()),
        ("والمفوضية", "ar", (1, 3)),
        ("وبالمفوضية", "ar", (1, 2, 4)),
        ("للمفوضية", "ar", (1,)),  # ل + ال written لل
        ("بِبرُوكسل", "ar", (1,)),
        ("المفوضية", "arz", (2,)),
        ("ٱلمفوضية", "ar", (2,)),
        ("أنغيلا", "ar", ()),
        ("لي", "ar", ()),
        ("کتاب\u200cها", "fa", (4,)),
        ("می\u200cروم", "fa", (2,)),
        ("بروکسل", "fa", ()),
        ("l'Union", "fr", ()),
        ("מאַמע", "yi", ()),
    ],
)
def test_a_token_is_cut_after_its_small_words(token, lang, expected):
    assert places(token, lang) == expected


@given(st.text("ובהלמשכאد والبفكسـَ\u200cabc-", max_size=8), st.sampled_from(["he", "ar", "fa", "ur", "de"]))
def test_places_lie_inside_the_token_in_order(token, lang):
    pieces = regex.findall(r"\X", token)
    found = clitic_places(pieces, lang)
    assert all(0 < place < len(pieces) for place in found)
    assert list(found) == sorted(set(found))
