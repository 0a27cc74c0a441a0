import numpy as np

from xner.evaluate.statistics import (
    HALF,
    N_GOLD,
    N_PREDICTED,
    N_TOKENS,
    STRICT,
    collect,
    schema_counts,
    strict_counts,
    token_accuracy,
)
from xner.io.labelled import LabelledSentence
from xner.types import Entity, Sentence, Span


def entities(*found: tuple[int, int, str]) -> tuple[Entity, ...]:
    return tuple(Entity(Span(start, end), label) for start, end, label in found)


def gold(name: str, *found: tuple[int, int, str], lang: str = "sw") -> LabelledSentence:
    return LabelledSentence(name, Sentence(("x",) * 6, lang), entities(*found))


FOUND = collect(
    [
        (gold("1", (0, 2, "PER"), (3, 4, "LOC")), entities((0, 2, "PER"), (3, 5, "ORG"))),
        (gold("2", (0, 1, "PER"), lang="yo"), None),
        (gold("3"), entities((5, 6, "LOC"))),
        (gold("4", lang="yo"), ()),
    ]
)


def test_strict_counts_of_labels_add_up_to_the_whole() -> None:
    total = sum(FOUND.counts(label) for label in FOUND.labels)
    for column in (N_GOLD, N_PREDICTED, STRICT):
        assert total[:, column].tolist() == FOUND.whole[:, column].tolist()


def test_entities_of_different_labels_meet_in_the_whole_and_not_in_a_label() -> None:
    assert FOUND.whole[0, HALF] == 1
    assert [int(FOUND.counts(label)[0, HALF]) for label in FOUND.labels] == [0, 0, 0]
    assert schema_counts(FOUND.whole[0], "partial").f1 == 0.75


def test_of_a_sentence_that_did_not_run_only_gold_and_tokens_are_counted() -> None:
    assert FOUND.ran.tolist() == [True, False, True, True]
    assert {i for i, n in enumerate(FOUND.whole[1]) if n} == {N_GOLD, N_TOKENS}


def test_a_selection_is_what_collecting_these_sentences_alone_gives() -> None:
    yo = FOUND.of_language("yo")
    assert (yo.ids, yo.languages, yo.ran.tolist()) == (("2", "4"), ("yo", "yo"), [False, True])
    for label in (None, *FOUND.labels):
        assert yo.counts(label).tolist() == FOUND.counts(label)[[1, 3]].tolist()
    assert np.array_equal(FOUND.by_label[:, 0], [0, 0, 0, 1, 2])


def test_tokens_are_right_when_their_tags_are() -> None:
    assert token_accuracy(FOUND.whole[0]) == 4 / 6
    assert token_accuracy(collect([(LabelledSentence("e", Sentence((), "sw"), ()), ())]).whole[0]) is None


def test_a_label_that_nobody_used_has_no_support_and_no_score() -> None:
    sums = FOUND.counts("DATE").sum(axis=0)
    assert strict_counts(sums).f1 is None
    assert schema_counts(sums, "ent_type").f1 is None
