"""Value and payback at a constant retention: the limits of the retention, mapped."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics import Counts
from cxmetrics.intervals.constant_retention import ConstantPayback, ConstantValue
from cxmetrics.intervals.payments import Payments
from tests.strategies import batches_on, levels

RATE = cx.retention_rate(900, 1000).basis


def payback(counts: Counts, cost: float, first: int) -> ConstantPayback:
    basis = cx.retention_rate(counts).basis
    return ConstantPayback(basis=basis, payments=Payments(10, 0.01, first), cost=cost)


def test_the_value_and_its_limits() -> None:
    """Wilson's limits of 900 of 1,000, 87.98 and 91.71 %, by the formula 10.1/(1.01 - r)."""
    basis: Any = ConstantValue(basis=RATE, payments=Payments(10, 0.01, 0))
    low, high = cx.retention_rate(900, 1000).interval

    assert basis.value == pytest.approx(91.818182, abs=1e-6)
    assert basis.bounds == pytest.approx((10, 1010))
    interval = basis.method("score").interval(0.95, "two-sided")
    assert tuple(interval) == pytest.approx((10.1 / (1.01 - low / 100), 10.1 / (1.01 - high / 100)))


def test_the_test_is_that_of_the_retention() -> None:
    """A value of 101 needs 91 %."""
    basis: Any = ConstantValue(basis=RATE, payments=Payments(10, 0.01, 0))

    theirs = RATE.method("score").test(91, "two-sided")
    assert np.ravel(basis.method("score").test(101, "two-sided")) == pytest.approx(np.ravel(theirs))


def test_the_standard_error_is_that_of_the_delta_method() -> None:
    """10.1/(1.01 - r)² √(0.9 · 0.1/999)."""
    basis: Any = ConstantValue(basis=RATE, payments=Payments(10, 0.01, 0))

    assert basis.std_error == pytest.approx(10.1 / 0.11**2 * np.sqrt(0.09 / 999))


def test_payback_by_hand() -> None:
    """10 + 9 + 8.1 + 7.29 + 6.561 + 5.9049 is the first sum that covers 45."""
    basis: Any = ConstantPayback(basis=RATE, payments=Payments(10, 0, 0), cost=45)

    assert basis.value == 6
    assert np.isnan(basis.std_error)
    assert basis.bounds == (5, np.inf)
    assert basis.spec == "z,.0f"
    assert basis.method("score").interval(0.95, "two-sided") == (6, 7)
    assert basis.method("score").interval(0.95, "less") == (5, 7)


def test_the_cost_may_be_covered_at_once_or_never() -> None:
    """The first payment covers 10. Of 90 % all payments are worth 90, of 91.7 % 110.7."""
    at_once: Any
    never: Any
    at_once, never = (
        ConstantPayback(basis=RATE, payments=Payments(10, 0, first), cost=cost)
        for first, cost in ((0, 10), (1, 110))
    )

    assert (at_once.value, at_once.bounds) == (1, (1, 1))
    assert at_once.method("score").test(1, "two-sided") == (0, 1)
    assert at_once.method("score").interval(0.95, "two-sided") == (1, 1)
    assert (never.value, never.bounds) == (np.inf, (11, np.inf))
    assert never.method("score").interval(0.95, "two-sided") == (61, np.inf)
    assert never.method("score").test(60, "greater")[1] < 0.025


@given(batches_on(cx.YES_NO), st.floats(1, 200), st.sampled_from([0, 1]), levels, st.data())
def test_a_test_rejects_exactly_the_periods_outside_of_the_interval(
    counts: Counts, cost: float, first: int, level: float, data: st.DataObject
) -> None:
    """Whole ones and others, also those at which the interval ends."""
    basis: Any = payback(counts, cost, first)
    low, high = basis.method("score").interval(level, "two-sided")
    ends = [end + step for end in (*low, *high) for step in (-1, -0.5, 0, 0.5, 1)]
    null = data.draw(st.sampled_from([*ends, 1, 2, 3.5, 50]))
    assume(np.isfinite(null) and basis.bounds[0] <= null <= basis.bounds[1])

    _, pvalue = basis.method("score").test(null, "two-sided")
    rejected = (null < low) | (null > high)
    known = ~np.isnan(basis.value)
    assert np.array_equal((pvalue < 1 - level)[known], rejected[known])


@given(batches_on(cx.YES_NO), st.floats(1, 200), st.sampled_from([0, 1]))
def test_differences_are_made_of_the_same_limits(counts: Counts, cost: float, first: int) -> None:
    basis: Any = payback(counts, cost, first)
    known = ~np.isnan(basis.value)
    pivot = basis.reach("score")
    low, high = basis.method("score").interval(0.95, "two-sided")

    limits = pivot.limit(np.full(known.shape, 1.959963984540054))
    np.testing.assert_array_equal(limits[0][known], low[known])
    np.testing.assert_array_equal(limits[1][known], high[known])
    finite = np.where(np.isfinite(basis.value), basis.value, 1)
    assert np.all(pivot.statistic(finite)[np.isfinite(basis.value)] == 0)
