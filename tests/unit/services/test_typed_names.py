import pytest

from xner.errors import InputError
from xner.services.typed_names import entities_from_lines
from xner.text.tokenise import tokenise

SENTENCE = tokenise("Jean Dupont parle de Jean à Lyon.", "fr")


def _found(lines):
    return [(e.span.start, e.span.end, e.label) for e in entities_from_lines(lines, SENTENCE)]


def test_names_become_entities_in_the_order_of_the_sentence():
    assert _found("Lyon = LOC\n\nJean Dupont = PER\n") == [(0, 2, "PER"), (6, 7, "LOC")]


def test_a_name_that_occurs_twice_is_written_twice():
    assert _found("Jean Dupont=PER\nJean=PER") == [(0, 2, "PER"), (4, 5, "PER")]
    with pytest.raises(InputError, match="a line before has taken it"):
        _found("Lyon = LOC\nLyon = LOC")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Lyon", "not a name and a label"),
        ("= LOC", "not a name and a label"),
        ("Lyon =", "not a name and a label"),
        ("Paris = LOC", "'Paris' is not in the source sentence"),
        ("Dupon = PER", "ends inside a word"),
    ],
)
def test_a_line_that_fits_nothing_is_told_with_its_number(line, words):
    with pytest.raises(InputError, match="line 2") as caught:
        _found(f"Lyon = LOC\n{line}")
    assert words in str(caught.value)


def test_scripts_without_spaces_take_names_too():
    sentence = tokenise("今日はリサが来る。", "ja")
    (entity,) = entities_from_lines("リサ = PER", sentence)
    assert "".join(sentence.tokens[entity.span.start : entity.span.end]) == "リサ"


def test_a_name_that_stands_alone_is_taken_before_one_inside_a_word():
    sentence = tokenise("Romania is not Roma.", "en")
    (entity,) = entities_from_lines("Roma = LOC", sentence)
    assert sentence.tokens[entity.span.start] == "Roma"


@pytest.mark.parametrize("label", ["L" * 300, "LOC\tX"])
def test_a_label_that_no_file_could_hold_is_refused(label):
    with pytest.raises(InputError, match="line 1"):
        entities_from_lines(f"Lyon = {label}", SENTENCE)
