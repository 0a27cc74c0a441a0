"""Weighted sums of score components."""

from __future__ import annotations

import numpy as np
import pytest

from xner.errors import ConfigError, InputError
from xner.score.fusion import apply_threshold, fuse

LINKS, SOFT = np.array([[1.0, 0.5]]), np.array([[0.2, 0.8]])


def test_the_sum_is_weighted() -> None:
    fused, used = fuse({"links": LINKS, "soft": SOFT}, {"links": 0.5, "soft": 2.0})
    assert fused == pytest.approx(np.array([[0.9, 1.85]]))
    assert used == {"links": 0.5, "soft": 2.0}


def test_a_missing_component_is_left_out_and_reported() -> None:
    fused, used = fuse({"links": LINKS, "soft": None}, {"links": 1.0, "soft": 1.0})
    assert fused.tolist() == LINKS.tolist()
    assert used == {"links": 1.0}


def test_thresholds_come_before_weights_and_are_strict() -> None:
    fused, _ = fuse({"links": LINKS}, {"links": 0.1}, {"links": 0.5})
    assert fused == pytest.approx(np.array([[0.1, 0.0]]))
    assert apply_threshold([0.0, 0.1, 0.2], 0.1).tolist() == [0.0, 0.0, 0.2]


def test_equal_input_in_another_order_gives_equal_bytes() -> None:
    rng = np.random.default_rng(0)
    parts = {name: rng.random((3, 50)) for name in ("coverage", "links", "soft")}
    weights = {"coverage": 0.1, "links": 0.7, "soft": 1.3}
    reverse = dict(reversed(parts.items())), dict(reversed(weights.items()))
    assert fuse(parts, weights)[0].tobytes() == fuse(*reverse)[0].tobytes()


def test_an_unknown_weight_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match=r"'lniks'.*Did you mean 'links'"):
        fuse({"links": LINKS, "soft": SOFT}, {"lniks": 1.0})


def test_an_unknown_threshold_is_an_error_but_one_of_an_unused_score_is_not() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'soft'"):
        fuse({"links": LINKS}, {"links": 1.0}, {"sotf": 0.1})
    assert fuse({"links": LINKS}, {"links": 1.0}, {"soft": 0.1})[1] == {"links": 1.0}


@pytest.mark.parametrize("weights", [{}, {"links": 0.0}, {"soft": 1.0}])
def test_nothing_left_to_sum_is_an_error(weights: dict[str, float]) -> None:
    with pytest.raises(InputError, match="No score is left"):
        fuse({"links": LINKS, "soft": None}, weights)


def test_components_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="different shapes"):
        fuse({"links": LINKS, "soft": np.ones((1, 3))}, {"links": 1.0, "soft": 1.0})
