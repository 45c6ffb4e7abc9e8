"""Bootstrap intervals of ratios, against scipy and their own laws."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cxmetrics.intervals import resamples as module
from cxmetrics.intervals.method import Rows
from cxmetrics.intervals.resamples import Resamples

START = np.array([100.0, 200, 150, 80, 120, 300, 90, 60])
END = np.array([110.0, 180, 150, 0, 130, 330, 90, 75])


def rows() -> Rows:
    no = np.zeros(1, np.bool_)
    return Rows((-np.inf, np.inf), (), empty=no, silent=no, known=np.array([np.nan]))


def drawn(number: int = 9_999, seed: int = 1) -> Resamples:
    return Resamples.of(END, START, number, np.random.default_rng(seed))


def ratio(end: Any, start: Any, axis: int = -1) -> Any:
    return end.sum(axis=axis) / start.sum(axis=axis)


@pytest.mark.parametrize(("name", "scipys"), [("bootstrap", "percentile"), ("bca", "BCa")])
def test_limits_are_those_of_scipy(name: str, scipys: Any) -> None:
    """scipy.stats.bootstrap of the same accounts; the tolerance is 4 errors of simulation."""
    expected = stats.bootstrap(
        (END, START),
        ratio,
        paired=True,
        method=scipys,
        confidence_level=0.9,
        n_resamples=19_999,
        rng=np.random.default_rng(3),
    ).confidence_interval

    low, high = drawn(19_999).method(rows(), name).interval(0.9, "two-sided")

    assert low == pytest.approx(expected.low, abs=0.02)
    assert high == pytest.approx(expected.high, abs=0.004)


def test_acceleration_is_a_sixth_of_the_skewness_of_the_jackknife() -> None:
    left_out = np.array([ratio(np.delete(END, i), np.delete(START, i)) for i in range(8)])

    skewness = stats.skew(left_out) / np.sqrt(8)
    assert drawn().acceleration == pytest.approx(-skewness / 6)


def test_bias_counts_ties_half() -> None:
    """Of two accounts half of the draws take both: 1/4 of the ratios below, 1/4 above."""
    found = Resamples.of(np.array([1.0, 3]), np.ones(2), 4_000, np.random.default_rng(1))

    assert np.unique(found.ratios).tolist() == [1, 2, 3]
    assert found.bias == pytest.approx(0, abs=0.06)
    assert found.acceleration == 0


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = drawn(100)
    monkeypatch.setattr(module, "BLOCK", 30)

    assert drawn(100) == whole


def test_accounts_without_a_start_can_be_all_that_is_drawn() -> None:
    above, below = np.array([5.0, 1, 2]), np.array([10.0, 0, 0])
    found = Resamples.of(above, below, 500, np.random.default_rng(1))

    assert np.isinf(found.ratios[-1])
    assert found.acceleration == 0
    low, high = found.method(rows(), "bootstrap").interval(0.95, "two-sided")
    assert (low < 1, high) == (True, np.inf)


@pytest.mark.parametrize("name", ["bootstrap", "bca"])
@given(
    null=st.floats(0.5, 1.3),
    level=st.sampled_from([0.5, 0.8, 0.95, 0.999, 0.999999]),
    alternative=st.sampled_from(["two-sided", "less", "greater"]),
)
def test_an_interval_excludes_a_null_exactly_when_the_test_rejects_it(
    name: str, null: float, level: float, alternative: Any
) -> None:
    method = drawn(999).method(rows(), name)
    low, high = method.interval(level, alternative)
    _, pvalue = method.test(null, alternative)

    assert (null < low or null > high) == (pvalue < 1 - level)


@given(bend=st.floats(-3, 3), level=st.floats(0.01, 0.9999), null=st.floats(-2, 2))
def test_any_acceleration_and_bias_leave_interval_and_test_at_one(
    bend: float, level: float, null: float
) -> None:
    """Beyond the pole of the correction the limit is the last of the ratios."""
    rng = np.random.default_rng(4)
    found = Resamples(ratios=np.sort(rng.normal(size=499)), bias=0.3, acceleration=bend)
    method = found.method(rows(), "bca")
    low, high = method.interval(level, "two-sided")

    assert (null < low or null > high) == (method.test(null, "two-sided")[1] < 1 - level)


def test_they_are_values() -> None:
    found = drawn(50)

    assert found.shape == ()
    assert pickle.loads(pickle.dumps(found)) == found
    assert copy.deepcopy(found) == found
    assert found != drawn(50, seed=2)
