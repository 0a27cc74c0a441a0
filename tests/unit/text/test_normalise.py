import pytest

from xner.text.normalise import nfc, text_problem


def test_nfc_composes_and_is_idempotent():
    assert nfc("e\u0301") == "é"
    assert nfc(nfc("ẹ\u0300 \u1e00")) == nfc("ẹ\u0300 \u1e00")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\x00b", "character 2 is NUL"),
        ("\ufeffabc", "character 1 is a byte order mark"),
        ("ab\ud83d", "character 3 is half of a surrogate pair"),
        ("a\x07", "control character U+0007"),
        ("\x7f", "U+007F"),
        ("a\x1cb", "U+001C"),
    ],
)
def test_a_forbidden_character_is_named_with_its_place(text, words):
    assert words in str(text_problem(text))


@pytest.mark.parametrize(
    "text", ["", "a\tb\r\nc", "👩‍👩‍👧 ✈️", "ẹ̀kọ́", "שָׁלוֹם\u200f", "foo\u200bbar\u200c", "\u2028", "l\x9deau", "\U0010ffff"]
)
def test_letters_marks_emoji_and_white_space_are_fine(text):
    assert text_problem(text) is None
