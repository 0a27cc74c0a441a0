"""Entities from translated markers."""

from __future__ import annotations

import pytest

from xner.translate.markers import MarkedSentence, bracket_similarity, read_easyproject, read_marked


def found(result: MarkedSentence | None) -> list[tuple[int, int, str]]:
    assert result is not None
    return [(entity.span.start, entity.span.end, entity.label) for entity in result.entities]


def test_the_best_phrase_is_taken_and_not_the_last_good_one() -> None:
    result = read_marked("[Mali]", ["Mali", "Malis"], ["LOC", "ORG"])
    assert found(result) == [(0, 1, "LOC")]
    assert result.entities[0].source == 0


def test_a_phrase_is_used_once() -> None:
    assert found(read_marked("[Mali] [Mali]", ["Mali"], ["LOC"])) == [(0, 1, "LOC")]
    assert found(read_marked("[Mali] [Mali]", ["Mali", "Mali"], ["LOC", "ORG"])) == [(0, 1, "LOC"), (1, 2, "ORG")]


def test_the_similarity_counts_brackets_and_must_exceed_the_threshold() -> None:
    assert bracket_similarity("[ab]", "AB") == pytest.approx(4 / 6)
    assert found(read_marked("[ab]", ["ab"], ["X"], threshold=4 / 6)) == []
    assert found(read_marked("[ab]", ["ab"], ["X"], threshold=0.66)) == [(0, 1, "X")]


def test_brackets_without_a_phrase_are_dropped_or_kept_as_tokens() -> None:
    assert read_marked("a [b c] d", [], []).tokens == ("a", "b", "c", "d")
    assert read_marked("a [b c] d", [], [], keep_brackets=True).tokens == ("a", "[", "b", "c", "]", "d")


@pytest.mark.parametrize("sentence", ["[Mali ye", "Mali] ye", "]Mali[ ye", "[] Mali ye"])
def test_unbalanced_or_empty_brackets_never_match(sentence: str) -> None:
    result = read_marked(sentence, ["Mali"], ["LOC"])
    assert result == MarkedSentence(("Mali", "ye"), ())


def test_text_before_inside_and_after_brackets_is_tokenised_apart() -> None:
    seen: list[str] = []

    def characters(text: str) -> list[str]:
        seen.append(text)
        return [character for character in text if character.strip()]

    result = read_marked("ข[กรุง]ค", ["กรุง"], ["LOC"], tokenise=characters)
    assert seen == ["ข", "กรุง", "ค"]
    assert found(result) == [(1, 5, "LOC")]


def test_no_markers_give_the_plain_tokens() -> None:
    assert read_marked("a b", ["x"], ["X"]) == MarkedSentence(("a", "b"), ())


def easy(sentence: str, *entities: tuple[str, str, str]) -> MarkedSentence | None:
    """Decode with entities given as (translation, source phrase, label)."""
    translated, source, labels = zip(*entities, strict=True)
    return read_easyproject(sentence, translated, source, labels)


PER, LOC, ORG = ("Jean", "John", "PER"), ("Londres", "London", "LOC"), ("ONU", "UN", "ORG")


def test_one_label_is_assigned_in_order_whatever_the_brackets_hold() -> None:
    assert found(easy("[x] et [y z]", PER, ("Anne", "Ann", "PER"))) == [(0, 1, "PER"), (2, 4, "PER")]


@pytest.mark.parametrize(
    "sentence", ["[jean] à [londres]", "[John] à [London]", "[Jeanne] à [Londre]", "[Johns] à [Lond]"]
)
def test_exact_and_similar_phrases_of_either_side_are_recognised(sentence: str) -> None:
    assert found(easy(sentence, PER, LOC)) == [(0, 1, "PER"), (2, 3, "LOC")]


def test_translated_phrases_come_before_source_phrases() -> None:
    swapped = easy("[Paris] [zz]", ("qq", "Paris", "PER"), ("Paris", "rr", "LOC"))
    assert found(swapped) == [(0, 1, "LOC"), (1, 2, "PER")]


def test_one_unknown_string_takes_the_remaining_label_and_two_discard_the_sentence() -> None:
    assert found(easy("[qqq] à [Londres]", PER, LOC)) == [(0, 1, "PER"), (2, 3, "LOC")]
    assert easy("[qqq] à [xxx]", PER, LOC) is None
    assert easy("[Jean] [qqq] [xxx]", PER, LOC, ORG) is None


def test_labels_that_are_not_those_of_the_source_discard_the_sentence() -> None:
    assert easy("[Jean] [Jean]", PER, LOC) is None
    assert easy("[Jean] [Jean] [qqq]", PER, LOC, ORG) is None


@pytest.mark.parametrize(
    "sentence", ["[Jean] à Londres", "[Jean] à [Londres] [x]", "[Jean à [Londres]", "]Jean[ [Londres]"]
)
def test_a_wrong_number_of_brackets_discards_the_sentence(sentence: str) -> None:
    assert easy(sentence, PER, LOC) is None


def test_doubled_and_full_width_brackets_are_read_as_single_ones() -> None:
    assert found(easy("[[Jean]] à ［Londres］", PER, LOC)) == [(0, 1, "PER"), (2, 3, "LOC")]
    assert found(easy("【Jean】 à [ [Londres] ]", PER, LOC)) == [(0, 1, "PER"), (2, 3, "LOC")]
