"""The closed form for three points and the general routine agree."""

import numpy as np
import pytest

from cxmetrics._typing import FloatArray
from cxmetrics.likelihood import likelihood_limits, score_limits
from cxmetrics.likelihood.one_sample import _likelihood_drop, _limits, _score_drop
from cxmetrics.likelihood.three_points import ThreePoints, likelihood_drop
from tests.likelihood.test_joint_newton import hostile

ROUNDING = 2.0**-49
"""Share of the range by which two limits may differ, as in the tests of all limits."""

MIDDLES = [1e-3, 0.1, 0.5, 0.9, 1 - 1e-3]


def check_closed_against_general(counts: FloatArray, scores: FloatArray, seed: int) -> None:
    z = np.exp(np.random.default_rng(seed).uniform(np.log(0.1), np.log(6), len(counts)))

    for limits, drop in ((score_limits, _score_drop), (likelihood_limits, _likelihood_drop)):
        closed = np.array(limits(counts, scores, z))
        general = np.array(_limits(drop, counts, scores, z))

        assert not np.isnan(closed).any()
        assert np.abs(closed - general).max() <= ROUNDING
        assert (closed[0] < closed[1]).all()


@pytest.mark.parametrize("middle", MIDDLES)
def test_closed_is_general(middle: float) -> None:
    scores = np.array([0, middle, 1])

    check_closed_against_general(hostile(5_000, 3, seed=1), scores, seed=2)


def test_of_two_points_closed_is_general() -> None:
    check_closed_against_general(hostile(5_000, 2, seed=3), np.array([0.0, 1]), seed=4)


@pytest.mark.slow
@pytest.mark.parametrize("middle", MIDDLES)
def test_closed_is_general_on_a_million_rows(middle: float) -> None:
    scores = np.array([0, middle, 1])

    for seed in range(10):
        check_closed_against_general(hostile(20_000, 3, seed=100 + seed), scores, seed)


@pytest.mark.parametrize("middle", [0.1, 0.5, 0.9])
def test_nearly_no_whole_counts_are_left_to_the_general_routine(middle: float) -> None:
    """It would find the same limits, in five times the time."""
    rng = np.random.default_rng(5)
    shares = rng.dirichlet([1, 2, 3], 5_000)
    counts = rng.multinomial(rng.integers(1, 201, 5_000), shares).astype(np.float64)
    seen = ThreePoints.of(counts, np.array([0, middle, 1]))
    budget = 1.96**2 / counts.sum(axis=1)

    with np.errstate(all="ignore"):
        drops = [likelihood_drop(each, budget) for each in (seen, seen.mirrored())]

    assert np.isnan(drops).mean() < 1e-3
