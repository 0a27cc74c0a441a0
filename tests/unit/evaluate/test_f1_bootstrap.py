import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import bootstrap

from xner.evaluate.bootstrap import f1_interval, paired_difference

IntArray = NDArray[np.int64]


def draw_sentences(rng: np.random.Generator, n: int, recall: float = 0.8, false_alarms: float = 0.3) -> IntArray:
    """Return (tp, n_predicted, n_gold) of n sentences; sentences differ in how hard they are."""
    n_gold = rng.poisson(1.5, n)
    tp = rng.binomial(n_gold, np.clip(rng.normal(recall, 0.15, n), 0, 1))
    return np.stack([tp, tp + rng.poisson(false_alarms, n), n_gold], axis=1)


def f1(counts: IntArray) -> float:
    tp, n_predicted, n_gold = counts.sum(axis=0)
    return float(2 * tp / (n_predicted + n_gold))


def test_ninety_five_percent_intervals_hold_the_true_f1_in_ninety_five_percent_of_samples() -> None:
    rng = np.random.default_rng(7)
    truth = f1(draw_sentences(rng, 1_000_000))
    n_held = 0
    for seed in range(500):
        interval = f1_interval(draw_sentences(rng, 250), n_resamples=1000, seed=seed)
        assert interval is not None
        n_held += interval.low <= truth <= interval.high
    assert 0.93 <= n_held / 500 <= 0.97


def test_two_equal_systems_differ_significantly_in_five_percent_of_samples() -> None:
    rng = np.random.default_rng(8)
    n_false_alarms = 0
    for seed in range(400):
        both = draw_sentences(rng, 250)
        swap = rng.random(len(both)) < 0.5
        other = both.copy()
        other[:, 0] = rng.binomial(both[:, 2], 0.8)
        other[:, 1] = other[:, 0] + rng.poisson(0.3, len(both))
        a, b = np.where(swap[:, None], other, both), np.where(swap[:, None], both, other)
        difference = paired_difference(a, b, n_resamples=400, seed=seed)
        assert difference is not None
        n_false_alarms += difference.p < 0.05
    assert 0.02 <= n_false_alarms / 400 <= 0.08


def test_interval_is_that_of_scipy() -> None:
    counts = draw_sentences(np.random.default_rng(1), 400)

    def statistic(tp: IntArray, n_predicted: IntArray, n_gold: IntArray, axis: int = -1) -> NDArray[np.float64]:
        scores: NDArray[np.float64] = 2 * tp.sum(axis) / (n_predicted.sum(axis) + n_gold.sum(axis))
        return scores

    theirs = bootstrap(
        tuple(counts.T), statistic, paired=True, vectorized=True, method="percentile", n_resamples=5000, rng=3
    ).confidence_interval
    ours = f1_interval(counts)
    assert ours is not None
    # Two random draws of 5,000: the ends agree to the noise of a 2.5 % quantile.
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.003)


def test_equal_seeds_give_equal_intervals_whatever_the_order_of_sentences() -> None:
    counts = draw_sentences(np.random.default_rng(2), 100)
    first = f1_interval(counts, seed=5)
    assert first == f1_interval(counts[::-1], seed=5)
    assert first != f1_interval(counts, seed=6)


def test_interval_holds_the_f1_and_narrows_with_its_level() -> None:
    counts = draw_sentences(np.random.default_rng(3), 100)
    wide, narrow = f1_interval(counts, level=0.99), f1_interval(counts, level=0.5)
    assert wide is not None
    assert narrow is not None
    assert wide.low < narrow.low < f1(counts) < narrow.high < wide.high


def test_sentences_that_are_all_alike_leave_no_doubt() -> None:
    assert f1_interval([[1, 2, 2]] * 30) == (0.5, 0.5)


def test_resamples_without_entities_are_left_out() -> None:
    # Of 20 sentences one has entities: about a third of the resamples has none.
    assert f1_interval([[0, 0, 0]] * 19 + [[1, 1, 2]]) == pytest.approx((2 / 3, 2 / 3))


def test_sentences_without_any_entity_have_no_interval() -> None:
    assert f1_interval([[0, 0, 0]] * 5) is None
    assert paired_difference([[0, 0, 0]], [[0, 1, 0]]) is None


def test_difference_changes_sign_when_the_systems_change_places() -> None:
    rng = np.random.default_rng(4)
    a = draw_sentences(rng, 200)
    b = a.copy()
    b[:, 0] = rng.binomial(a[:, 0], 0.9)
    there, back = paired_difference(a, b), paired_difference(b, a)
    assert there is not None
    assert back is not None
    assert there.delta == pytest.approx(f1(a) - f1(b), abs=1e-12)
    assert there.delta == -back.delta
    assert there.low > 0 > back.high
    assert there.p < 0.001


def test_a_system_does_not_differ_from_itself() -> None:
    counts = draw_sentences(np.random.default_rng(5), 50)
    assert paired_difference(counts, counts) == (0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("counts", [[], [1, 2, 3], [[1, 2]], [[0.5, 1.0, 1.0]], [[2, 1, 2]], [[2, 2, 1]], [[-1, 0, 0]]])
def test_impossible_counts_are_refused(counts: list[object]) -> None:
    with pytest.raises(ValueError, match=r"counts|found"):
        f1_interval(counts)  # type: ignore[arg-type]


def test_systems_scored_against_different_gold_are_refused() -> None:
    with pytest.raises(ValueError, match="same gold"):
        paired_difference([[1, 1, 1]], [[1, 1, 2]])


@pytest.mark.parametrize("settings", [{"level": 1.0}, {"level": 0.0}, {"n_resamples": 0}])
def test_impossible_settings_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"level|resamples"):
        f1_interval([[1, 1, 1]], **settings)  # type: ignore[arg-type]
