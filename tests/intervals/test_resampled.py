"""Bootstrap draws as a basis: percentiles, and the tests that belong to them."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.estimate import Estimate
from cxmetrics.intervals.resampled import Resampled

DRAWS = np.random.default_rng(1).normal(40, 5, 999)


def estimate_of(draws: np.ndarray, level: float = 0.95) -> Estimate:
    value = np.nanmean(draws, axis=-1)
    basis = Resampled.of(np.asarray(value), draws, 50, (0.0, 100.0))
    return Estimate.of(basis, metric="It", unit="%", confidence_level=level, method="bootstrap")


def test_limits_are_percentiles() -> None:
    """With 999 draws, the 25th and the 975th of them: (B + 1) α of Davison and Hinkley (1997)."""
    estimate = estimate_of(DRAWS)
    ordered = np.sort(DRAWS)

    assert estimate.interval.low == pytest.approx(ordered[24])
    assert estimate.interval.high == pytest.approx(ordered[974])
    assert estimate.std_error == pytest.approx(DRAWS.std(ddof=1))
    assert (estimate.n, estimate.shape) == (50, ())
    assert pickle.loads(pickle.dumps(estimate)) == estimate


@given(st.floats(0.5, 0.99), st.floats(1, 99))
def test_interval_and_test_agree(level: float, null: float) -> None:
    estimate = estimate_of(DRAWS, level)
    low, high = estimate.interval
    if min(abs(null - low), abs(null - high)) > 1e-9:
        assert (low <= null <= high) == (estimate.test(null).pvalue > 1 - level)
        below = estimate.confidence_interval(level, alternative="greater")
        above = estimate.test(null, alternative="greater").pvalue
        if abs(null - below.low) > 1e-9:
            assert (below.low <= null) == (above > 1 - level)


def test_draws_that_say_nothing_do_not_count() -> None:
    gappy = np.concatenate([DRAWS, np.full(7, np.nan)])

    assert estimate_of(gappy).interval == pytest.approx(tuple(estimate_of(DRAWS).interval))
    assert estimate_of(gappy).std_error == pytest.approx(DRAWS.std(ddof=1))
    assert np.isnan(estimate_of(np.array([40.0])).std_error)


def test_a_batch_is_its_rows() -> None:
    rows = np.stack([DRAWS, DRAWS[::-1] + 3])
    batch = estimate_of(rows)

    for k, row in enumerate(rows):
        alone = estimate_of(row)
        assert batch[k].interval == pytest.approx(tuple(alone.interval))
        assert batch[k].test(41).pvalue == pytest.approx(alone.test(41).pvalue)
    taken = batch.take(np.array([1, -1]))
    assert np.asarray(taken.n).tolist() == [50, 0]
    assert np.isnan(taken[1].value)
    assert tuple(taken[1].interval) == (0, 100)


def test_draws_that_are_all_alike() -> None:
    estimate = estimate_of(np.full(99, 30.0))

    assert tuple(estimate.interval) == (30, 30)
    assert estimate.test(30).pvalue == 1
    assert estimate.test(31).pvalue < 0.05
    assert estimate_of(np.full(99, 100.0)).test(100).pvalue == 1
