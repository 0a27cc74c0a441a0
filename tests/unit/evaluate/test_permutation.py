import time

import numpy as np
import pytest
from scipy.stats import permutation_test

from tests.unit.evaluate.test_f1_bootstrap import IntArray, draw_sentences, f1
from xner.evaluate.bootstrap import f1_interval, mean_f1_interval, paired_difference, paired_mean_difference
from xner.evaluate.permutation import permutation_p


def another_system(rng: np.random.Generator, of: IntArray, recall: float, false_alarms: float = 0.3) -> IntArray:
    """Return counts of a system that is scored against the same gold."""
    tp = rng.binomial(of[:, 2], recall)
    return np.stack([tp, tp + rng.poisson(false_alarms, len(of)), of[:, 2]], axis=1)


def test_p_is_the_exact_one_of_scipy() -> None:
    rng = np.random.default_rng(1)
    for n_sentences, recall in ((9, 0.5), (11, 0.3), (12, 0.6), (13, 0.75)):
        a = draw_sentences(rng, n_sentences)
        b = another_system(rng, a, recall)

        def statistic(x: IntArray, y: IntArray, axis: int, a: IntArray = a, b: IntArray = b) -> np.ndarray:
            # Samples are the numbers of sentences: 0.. of the first system, n.. of the second.
            both = np.vstack([a, b])
            sums = [both[side.astype(int)].sum(axis=axis - 1 if axis < 0 else axis) for side in (x, y)]
            scores = [2 * s[..., 0] / (s[..., 1] + s[..., 2]) for s in sums]
            return np.asarray(scores[0] - scores[1])

        places = np.arange(n_sentences, dtype=float)
        theirs = permutation_test(
            (places, places + n_sentences), statistic, permutation_type="samples", n_resamples=9999, vectorized=True,
            rng=np.random.default_rng(2),
        )  # fmt: skip
        assert theirs.statistic == pytest.approx(f1(a) - f1(b), abs=1e-12)
        ours = permutation_p([(a, b)])
        # scipy's is exact for so few sentences; ours, of 9,999 draws, has a standard error of at most 0.005.
        assert ours == pytest.approx(theirs.pvalue, abs=0.02)


def test_a_system_does_not_differ_from_itself() -> None:
    counts = draw_sentences(np.random.default_rng(5), 50)
    assert permutation_p([(counts, counts)]) == 1.0


def test_changing_places_changes_nothing() -> None:
    rng = np.random.default_rng(6)
    a = draw_sentences(rng, 100)
    b = another_system(rng, a, 0.7)
    assert permutation_p([(a, b)], 999) == pytest.approx(permutation_p([(b, a)], 999), abs=0.05)


def test_systems_without_any_entity_have_no_p() -> None:
    assert permutation_p([([[0, 0, 0]], [[0, 1, 0]])]) is None
    assert permutation_p([]) is None


def test_gold_that_differs_and_no_resample_are_refused() -> None:
    with pytest.raises(ValueError, match="same gold"):
        permutation_p([([[1, 1, 1]], [[1, 1, 2]])])
    with pytest.raises(ValueError, match="resamples"):
        permutation_p([([[1, 1, 1]], [[1, 1, 1]])], 0)


def test_two_equal_systems_differ_in_five_percent_of_samples() -> None:
    rng = np.random.default_rng(8)
    n_false_alarms = 0
    for seed in range(400):
        a = draw_sentences(rng, 250)
        b = another_system(rng, a, 0.75)
        swap = rng.random(len(a)) < 0.5
        a, b = np.where(swap[:, None], b, a), np.where(swap[:, None], a, b)
        n_false_alarms += (permutation_p([(a, b)], 399, seed) or 0.0) <= 0.05
    assert 0.02 <= n_false_alarms / 400 <= 0.08


def test_difference_of_means_is_the_mean_of_differences_over_languages() -> None:
    rng = np.random.default_rng(9)
    strata = []
    for n_sentences in (30, 300):
        a = draw_sentences(rng, n_sentences)
        strata.append((a, another_system(rng, a, 0.5)))
    strata.append((np.zeros((5, 3), int), np.zeros((5, 3), int)))
    difference = paired_mean_difference(strata)
    assert difference is not None
    assert difference.delta == pytest.approx(np.mean([f1(a) - f1(b) for a, b in strata[:2]]), abs=1e-12)
    assert difference.low < difference.delta < difference.high
    # A small language weighs as much as a large one, so the mean is known less well than the whole.
    whole = paired_difference(np.vstack([a for a, _ in strata]), np.vstack([b for _, b in strata]))
    assert whole is not None
    assert difference.high - difference.low > whole.high - whole.low
    assert permutation_p(strata, 999) == pytest.approx(0.001)


def test_mean_over_one_language_has_the_interval_of_that_language() -> None:
    counts = draw_sentences(np.random.default_rng(10), 100)
    assert mean_f1_interval([counts]) == f1_interval(counts)


def test_ten_thousand_resamples_of_a_thousand_sentences_take_less_than_a_second() -> None:
    rng = np.random.default_rng(11)
    a = draw_sentences(rng, 1000)
    b = another_system(rng, a, 0.7)
    for compute in (
        lambda: f1_interval(a, 9999), lambda: paired_difference(a, b, 9999), lambda: permutation_p([(a, b)], 9999)
    ):  # fmt: skip
        start = time.process_time()
        assert compute() is not None
        assert time.process_time() - start < 1


@pytest.mark.slow
def test_ninety_five_percent_intervals_hold_the_true_difference_in_ninety_five_percent_of_samples() -> None:
    rng = np.random.default_rng(12)
    population = draw_sentences(rng, 1_000_000)
    truth = f1(population) - f1(another_system(rng, population, 0.7))
    n_held = 0
    for seed in range(500):
        a = draw_sentences(rng, 250)
        difference = paired_difference(a, another_system(rng, a, 0.7), n_resamples=1000, seed=seed)
        assert difference is not None
        n_held += difference.low <= truth <= difference.high
    assert 0.93 <= n_held / 500 <= 0.97


@pytest.mark.slow
def test_ninety_five_percent_intervals_hold_the_true_mean_over_languages() -> None:
    rng = np.random.default_rng(13)
    recalls = (0.9, 0.7, 0.5)
    truth = np.mean([f1(draw_sentences(rng, 1_000_000, recall)) for recall in recalls])
    n_held = 0
    for seed in range(500):
        interval = mean_f1_interval([draw_sentences(rng, 150, recall) for recall in recalls], 1000, seed * 10)
        assert interval is not None
        n_held += interval.low <= truth <= interval.high
    assert 0.93 <= n_held / 500 <= 0.97
