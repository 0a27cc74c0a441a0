"""Agreement of annotators: hand-made cases, what is undefined, and intervals."""

import pytest

from xner.evaluate.agreement import agreement, which_to_trust
from xner.evaluate.coefficients import cohen_kappa, krippendorff_alpha, n_tolerant_matches
from xner.types import Entity, Span


def entity(start, end, label="PER"):
    return Entity(Span(start, end), label)


ADA = {"1": (6, [entity(0, 2), entity(4, 5, "LOC")]), "2": (4, [entity(1, 3)]), "3": (3, [entity(0, 1, "LOC")])}
BOB = {"1": (6, [entity(0, 3), entity(4, 5, "LOC")]), "2": (4, [entity(1, 3)]), "9": (3, [])}


def test_a_boundary_one_token_off_counts_only_for_the_tolerant_figure():
    overall = agreement({"Ada": ADA, "Bob": BOB}).overall
    assert (overall.strict.value, overall.tolerant.value) == (pytest.approx(2 / 3), 1.0)


def test_sentences_that_only_one_annotator_did_count_nowhere():
    overall = agreement({"Ada": ADA, "Bob": BOB}).overall
    assert (overall.n_sentences, overall.n_entities, overall.pairs[0].n_tokens) == (2, 6, 10)
    assert overall.pairs[0].n_entities == (3, 3)


def test_kappa_is_that_of_the_definition():
    # 10 tokens, 9 alike; chance: O 5 and 4, PER 4 and 5, LOC 1 and 1 of 10.
    kappa = agreement({"Ada": ADA, "Bob": BOB}).overall.pairs[0].kappa.value
    assert kappa == pytest.approx((0.9 - 0.41) / (1 - 0.41), abs=1e-12)


def test_the_share_of_o_goes_with_kappa():
    assert agreement({"Ada": ADA, "Bob": BOB}).overall.pairs[0].outside == pytest.approx(9 / 20)


def test_a_label_is_scored_as_if_all_others_were_o():
    per = {"1": (6, [entity(0, 2)]), "2": (4, [entity(1, 3)])}, {"1": (6, [entity(0, 3)]), "2": (4, [entity(1, 3)])}
    alone = agreement({"Ada": per[0], "Bob": per[1]}).overall
    found = {s.label: s for s in agreement({"Ada": ADA, "Bob": BOB}).by_label}
    assert sorted(found) == ["LOC", "PER"]
    assert found["PER"].strict.value == alone.strict.value == 0.5
    assert found["PER"].alpha.value == pytest.approx(alone.alpha.value, abs=1e-12)
    assert found["PER"].pairs[0].kappa.value == pytest.approx(alone.pairs[0].kappa.value, abs=1e-12)
    assert found["PER"].n_entities == 4


def test_a_language_is_scored_on_its_own_sentences():
    report = agreement({"Ada": ADA, "Bob": BOB}, {"1": "he", "2": "de", "3": "de"})
    assert [(s.language, s.n_sentences, s.strict.value) for s in report.by_language] == [("de", 1, 1.0), ("he", 1, 0.5)]


def test_three_annotators_give_three_pairs_and_the_counts_of_all():
    third = {"1": (6, [entity(0, 2), entity(4, 5, "LOC")])}
    overall = agreement({"Ada": ADA, "Bob": BOB, "Cem": third}).overall
    assert [p.annotators for p in overall.pairs] == [("Ada", "Bob"), ("Ada", "Cem"), ("Bob", "Cem")]
    assert [p.strict.value for p in overall.pairs] == [pytest.approx(2 / 3), 1.0, 0.5]
    assert overall.strict.value == pytest.approx(2 * (2 + 2 + 1) / (6 + 4 + 4))
    assert overall.n_entities == 8


def test_without_any_entity_everything_is_undefined_and_nothing_is_zero():
    overall = agreement({"Ada": {"1": (3, [])}, "Bob": {"1": (3, [])}}).overall
    figures = (overall.strict, overall.tolerant, overall.alpha, overall.pairs[0].kappa)
    assert {(f.value, f.interval) for f in figures} == {(None, None)}
    assert "Nobody marked" in which_to_trust(overall)


def test_without_a_shared_sentence_everything_is_undefined():
    overall = agreement({"Ada": {"1": (3, [entity(0, 1)])}, "Bob": {"2": (3, [])}}).overall
    assert (overall.n_sentences, overall.strict.value, overall.alpha.value, overall.outside) == (0, None, None, None)
    assert "nothing to compare" in which_to_trust(overall)


def test_disagreeing_on_everything_is_zero_and_not_undefined():
    overall = agreement({"Ada": {"1": (3, [entity(0, 1)])}, "Bob": {"1": (3, [entity(2, 3, "LOC")])}}).overall
    assert (overall.strict.value, overall.tolerant.value) == (0.0, 0.0)


def test_the_advice_names_the_strict_figure_and_the_share_of_o():
    text = which_to_trust(agreement({"Ada": ADA, "Bob": BOB}).overall)
    assert "strict span F1 of 0.67 (1.00 if" in text
    assert "45 %" in text
    assert text.count(". ") == 0


def corpus(n):
    ada = {str(k): (8, [entity(k % 4, k % 4 + 2), entity(6, 7, "LOC")]) for k in range(n)}
    bob = {k: (m, es if int(k) % 5 else es[:1]) for k, (m, es) in ada.items()}
    return {"Ada": ada, "Bob": bob}


def test_every_interval_holds_its_figure_and_narrows_with_more_sentences():
    few, many = agreement(corpus(30)).overall, agreement(corpus(600)).overall
    for a, b in ((few.strict, many.strict), (few.alpha, many.alpha), (few.pairs[0].kappa, many.pairs[0].kappa)):
        assert b.interval.low <= b.value <= b.interval.high
        assert b.interval.high - b.interval.low < a.interval.high - a.interval.low


def test_the_strict_interval_is_that_of_the_evaluation():
    from xner.evaluate.bootstrap import f1_interval

    rows = [[2, 2, 2]] * 24 + [[1, 1, 2]] * 6
    ours, theirs = agreement(corpus(30), n_resamples=4000).overall.strict.interval, f1_interval(rows)
    assert ours == pytest.approx(theirs, abs=0.01)


def test_equal_seeds_give_equal_intervals_and_others_do_not():
    made = [agreement(corpus(40), seed=seed).overall.alpha.interval for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize(
    ("ada", "bob", "message"),
    [
        ({"1": (3, [])}, {"1": (4, [])}, "one tokenisation"),
        ({"1": (3, [entity(0, 2), entity(1, 3)])}, {"1": (3, [])}, "overlap"),
        ({"1": (3, [entity(2, 4)])}, {"1": (3, [])}, "end after"),
    ],
)
def test_input_that_cannot_be_compared_is_refused(ada, bob, message):
    with pytest.raises(ValueError, match=message):
        agreement({"Ada": ada, "Bob": bob})


def test_one_annotator_has_nobody_to_agree_with():
    with pytest.raises(ValueError, match="at least two"):
        agreement({"Ada": ADA})


def test_alpha_of_krippendorffs_own_example():
    # Computing Krippendorff's Alpha-Reliability (2011), section C: 4 observers, 12 units, missing data; nominal 0.743.
    missing = -1
    values = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, missing, missing, missing],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, missing, 3],
        [missing, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, missing],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, missing],
    ]
    assert round(krippendorff_alpha(values), 3) == 0.743


@pytest.mark.parametrize("values", [[[0, 0], [0, 0]], [[0, -1], [-1, 1]], [[], []]])
def test_alpha_without_two_values_to_pair_is_undefined(values):
    assert krippendorff_alpha(values) is None


def test_kappa_of_two_annotators_with_one_value_is_undefined():
    assert cohen_kappa([0, 0], [0, 0]) is None
    assert cohen_kappa([], []) is None


def test_one_entity_is_never_the_partner_of_two():
    assert n_tolerant_matches([entity(0, 1), entity(1, 2)], [entity(0, 2)]) == 1


def test_an_entity_of_another_label_is_no_partner():
    assert n_tolerant_matches([entity(0, 1)], [entity(0, 1, "LOC")]) == 0
