import pytest

from xner.errors import InputError
from xner.evaluate.pairing import pair_sentences
from xner.io.labelled import LabelledSentence
from xner.types import Sentence


def row(name: str, n_tokens: int = 2, **settings: object) -> LabelledSentence:
    return LabelledSentence(name, Sentence(("x",) * n_tokens, "sw"), **{"entities": (), **settings})  # type: ignore[arg-type]


def test_rows_are_paired_by_id_in_any_order() -> None:
    pairing = pair_sentences([row("a"), row("b")], [row("b"), row("a")])
    assert [(gold.id, predicted.id) for gold, predicted in pairing.scored] == [("a", "a"), ("b", "b")]


def test_rows_are_paired_by_order_if_one_side_has_no_ids() -> None:
    pairing = pair_sentences([row("a", 1), row("b", 2)], [row("", 1), row("", 2)])
    assert [(gold.id, len(predicted.sentence)) for gold, predicted in pairing.scored] == [("1", 1), ("2", 2)]


def test_missing_and_surplus_rows_are_named() -> None:
    pairing = pair_sentences([row("a"), row("b")], [row("c"), row("b")])
    assert [gold.id for gold in pairing.missing] == ["a"]
    assert pairing.surplus_ids == ("c",)


def test_failed_rows_are_apart_whatever_their_tokens() -> None:
    pairing = pair_sentences([row("a")], [row("a", 0, entities=None, status="failed", reason="no model")])
    assert pairing.scored == ()
    assert [predicted.reason for _, predicted in pairing.failed] == ["no model"]


def test_unknown_predicted_entities_are_not_taken_for_none() -> None:
    pairing = pair_sentences([row("a")], [row("a", entities=None)])
    assert (len(pairing.scored), len(pairing.failed)) == (0, 1)


def test_gold_rows_without_known_entities_are_counted_and_not_surplus() -> None:
    pairing = pair_sentences([row("a"), row("b", entities=None)], [row("a"), row("b")])
    assert (len(pairing.scored), pairing.n_without_gold, pairing.surplus_ids) == (1, 1, ())


def test_an_empty_prediction_file_leaves_all_gold_missing() -> None:
    assert [gold.id for gold in pair_sentences([row("a")], []).missing] == ["a"]


@pytest.mark.parametrize(
    ("gold", "predicted", "problem"),
    [
        ([row("a", 2)], [row("a", 3)], "'a' has 2 gold tokens but 3 predicted"),
        ([row("a"), row("a")], [row("a")], "'a' stands twice on the gold side"),
        ([row("a")], [row("a"), row("a")], "'a' stands twice on the predicted side"),
        ([row("a"), row("")], [row("a")], "1 of 2 gold sentences have no id"),
        ([row("")], [row(""), row("")], "1 gold sentences but 2 predicted"),
        ([row("a")], [row("b")], "no id in common"),
        ([row("a", entities=None)], [row("a")], "No gold sentence says"),
    ],
)
def test_rows_that_cannot_be_paired_are_an_input_error(
    gold: list[LabelledSentence], predicted: list[LabelledSentence], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        pair_sentences(gold, predicted)
