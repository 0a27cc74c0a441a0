import numpy as np
import pytest

from xner.evaluate.calibration import calibration


def names(n: int) -> list[str]:
    return [str(number) for number in range(n)]


def test_a_probability_that_means_what_it_says_has_no_error() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(20_000)
    found = calibration(p, rng.random(len(p)) < p, names(len(p)))
    assert found.ece is not None
    assert found.ece < 0.02
    # Of two draws from [0, 1] that are right as often as they say, the right one is higher in 5 of 6 cases.
    assert found.auc == pytest.approx(5 / 6, abs=0.02)


def test_a_boast_is_wrong_by_as_much_as_it_boasts() -> None:
    found = calibration([0.9] * 10, [True] * 4 + [False] * 6, names(10))
    assert found.ece == pytest.approx(0.5)
    assert found.auc == 0.5


def test_every_scored_prediction_is_in_one_bin() -> None:
    values = [0.0, 0.1, 0.1, 0.55, 1.0, np.nan, 1.0]
    found = calibration(values, [True] * 7, names(7))
    assert (found.n, found.n_unscored) == (6, 1)
    assert [(b.low, b.high, b.n) for b in found.bins] == [
        pytest.approx(bounds) for bounds in ((0, 0.1, 1), (0.1, 0.2, 2), (0.5, 0.6, 1), (0.9, 1.0, 2))
    ]
    assert sorted(name for b in found.bins for name in b.sentence_ids) == ["0", "1", "2", "3", "4", "6"]
    assert found.auc is None


def test_scores_that_are_no_probabilities_have_bins_of_equal_size_and_no_error() -> None:
    found = calibration(np.arange(100) / 10, np.arange(100) >= 50, names(100), n_bins=4)
    assert [b.n for b in found.bins] == [25] * 4
    assert [b.precision for b in found.bins] == [0, 0, 1, 1]
    assert (found.ece, found.auc) == (None, 1.0)


def test_dividing_by_the_greatest_score_makes_probabilities_of_scores() -> None:
    right = [True, False, True, True]
    scaled = calibration([2.0, 1.0, 1.5, 0.5], right, names(4), scale=2.0)
    assert scaled == calibration([1.0, 0.5, 0.75, 0.25], right, names(4))
    assert scaled.ece is not None


def test_the_ranking_does_not_depend_on_the_scale() -> None:
    rng = np.random.default_rng(2)
    values, right = rng.random(200), rng.random(200) < 0.7
    stretched = calibration(values**3 * 7, right, names(200))
    assert stretched.auc == pytest.approx(calibration(values, right, names(200)).auc, abs=1e-12)


def test_without_a_score_there_is_nothing_to_say() -> None:
    for values in ([], [np.nan, np.nan]):
        found = calibration(values, [True] * len(values), names(len(values)))
        assert (found.n, found.n_unscored, found.bins, found.ece, found.auc) == (0, len(values), (), None, None)


def test_equal_values_are_never_parted() -> None:
    found = calibration([3.0] * 9 + [5.0], [True] * 10, names(10), n_bins=5)
    assert [(b.low, b.high, b.n) for b in found.bins] == [(3.0, 3.0, 9), (5.0, 5.0, 1)]


@pytest.mark.parametrize("settings", [{"n_bins": 0}, {"scale": 0.0}, {"scale": float("nan")}])
def test_impossible_settings_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="bins"):
        calibration([0.5], [True], ["1"], **settings)  # type: ignore[arg-type]


def test_lists_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="2 confidences, 1 truth values"):
        calibration([0.5, 0.6], [True], ["1", "2"])
