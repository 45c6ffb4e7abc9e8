"""Ratios of two estimates, from the limits of each."""

from typing import Any

import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics.intervals.quotient import Logarithm, Quotient

Z = 1.959963984540054
STAYS = cx.retention_rate({"a": 90, "b": 7}, {"a": 100, "b": 10})
COSTS = cx.churn_per_time({"a": 30, "b": 4}, {"a": 1.0, "b": 2.0})
BOTH: Any = Quotient(over=STAYS.batch.basis, under=COSTS.batch.basis, by=("score", "garwood"))
ONE: Any = BOTH[0]


def test_limits_by_hand() -> None:
    """exp(log 3 - √(log²(90/82.56) + log²(42.83/30))), and so on."""
    (low_over, high_over), (low_under, high_under) = STAYS["a"].interval, COSTS["a"].interval

    down = np.hypot(np.log(90 / low_over), np.log(high_under / 30))
    up = np.hypot(np.log(high_over / 90), np.log(30 / low_under))
    interval = ONE.method("mover").interval(0.95, "two-sided")
    assert ONE.value == 3
    assert tuple(interval) == pytest.approx((3 * np.exp(-down), 3 * np.exp(up)))


def test_relative_errors_add_as_squares() -> None:
    relative = np.hypot(STAYS["a"].std_error / 90, 30**0.5 / 30)

    assert ONE.std_error == pytest.approx(3 * relative)


def test_at_a_limit_the_p_value_is_that_of_its_level() -> None:
    low, high = ONE.method("mover").interval(0.95, "two-sided")

    for limit, sign in ((low, 1), (high, -1)):
        statistic, pvalue = ONE.method("mover").test(float(limit), "two-sided")
        assert statistic == pytest.approx(sign * Z, rel=1e-6)
        assert pvalue == pytest.approx(0.05, rel=1e-5)
    assert ONE.method("mover").test(0, "two-sided")[1] == pytest.approx(0, abs=1e-300)


def test_what_is_known_of_it() -> None:
    assert (ONE.n, ONE.n_effective, ONE.bounds, ONE.shape) == (100, 100, (0, np.inf), ())
    assert ONE.spec == "z,.3f"
    assert BOTH.n.tolist() == [100, 10]


def test_rows_are_taken_and_left_out() -> None:
    assert BOTH.value.tolist() == [3, 35]
    assert BOTH.take(np.array([1, -1])).value == pytest.approx([35, np.nan], nan_ok=True)
    assert BOTH.others().value == pytest.approx([35, 3])


def test_nothing_is_divided_by_nothing() -> None:
    free = cx.churn_per_time({"a": 0, "b": 4}, {"a": 1.0, "b": 2.0})
    basis: Any = Quotient(over=STAYS.batch.basis, under=free.batch.basis, by=("score", "garwood"))

    assert np.isnan(basis.value).tolist() == [True, False]
    low, high = basis.method("mover").interval(0.95, "two-sided")
    assert (low[0], high[0]) == (0, np.inf)


def test_a_cost_that_may_be_nothing_gives_no_upper_limit() -> None:
    """Student's limits of 1, 2, 30 go below 0."""
    cost = cx.average_revenue([1, 2, 30])
    basis: Any = Quotient(over=STAYS["a"].basis, under=cost.basis, by=("score", "t"))

    low, high = basis.method("mover").interval(0.95, "two-sided")
    assert 0 < low < basis.value
    assert high == np.inf


def test_logarithms() -> None:
    log: Any = Logarithm(basis=STAYS["a"].basis)

    assert log.bounds == (-np.inf, pytest.approx(np.log(100)))
    assert log.value == pytest.approx(np.log(90))
    assert log.std_error == pytest.approx(STAYS["a"].std_error / 90)
    theirs = STAYS["a"].basis.method("score").test(80, "less")
    ours = log.method("score").test(float(np.log(80)), "less")
    assert [float(part) for part in ours] == pytest.approx([float(part) for part in theirs])
