"""Discounted sums along a retention curve against sums over all pairs of tenures."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cxmetrics import LifeTable, mean_tenure
from cxmetrics._typing import FloatArray
from cxmetrics.intervals.discounted import DiscountedValue, TablePayback
from cxmetrics.intervals.retention import product_limit
from tests.strategies import levels

COHORT = LifeTable.from_survivors([1000, 869, 743, 653, 593, 551, 517, 491])


@st.composite
def tables(draw: st.DrawFn, longest: int = 6) -> LifeTable:
    """Customers of whom some leave, some are lost from sight, and some come late."""
    n = draw(st.integers(1, 40))
    numbers = st.lists(st.integers(1, longest), min_size=n, max_size=n)
    tenure = np.array(draw(numbers))
    churned = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    entry = np.where(draw(st.booleans()), 0, np.array(draw(numbers)) % tenure)
    return LifeTable.of(tenure, churned, entry=entry)


def amounts(least: float = 0.1) -> st.SearchStrategy[FloatArray]:
    """Amounts of some periods, of which one is above 0."""
    each = st.one_of(st.just(least), st.floats(0.1, 100))
    return st.lists(each, min_size=1, max_size=6).filter(any).map(np.array)


def curve(table: LifeTable, periods: int) -> tuple[FloatArray, FloatArray]:
    """The share that stays for 1, 2, ... periods, and the variance of its logarithm."""
    own = product_limit(table)
    at = np.searchsorted(table.tenures, np.arange(1, periods + 1), side="right")
    return own.survival[at], own.log_variance[at]


def test_worked_example() -> None:
    """10 Σ S(t)/1.1^t over t = 1...7, by hand."""
    alive = [0.869, 0.743, 0.653, 0.593, 0.551, 0.517, 0.491]
    paid = 10 / 1.1 ** np.arange(1, 8)

    basis: Any = DiscountedValue(table=COHORT, amounts=paid)

    assert basis.value == pytest.approx(paid @ np.array(alive))
    assert basis.bounds == (0, pytest.approx(paid.sum()))
    assert (basis.n, basis.df, basis.spec) == (1000, 999, "z,.2f")


@given(tables(), amounts(least=0))
def test_the_variance_is_that_of_all_pairs(table: LifeTable, paid: FloatArray) -> None:
    """Greenwood's covariances: S(s) S(t) times the variance of log S up to the earlier one."""
    basis: Any = DiscountedValue(table=table, amounts=paid)
    assume(not np.isnan(basis.value))
    survival, log_variance = curve(table, len(paid))

    earlier = np.minimum.outer(*[np.arange(len(paid))] * 2)
    there = survival > 0
    each = np.where(there, paid * survival, 0)
    finite = np.where(np.isfinite(log_variance), log_variance, 0)

    assert basis.value == pytest.approx(each.sum())
    assert basis.std_error**2 == pytest.approx(each @ finite[earlier] @ each, abs=1e-12)


@given(tables(), st.integers(1, 6))
def test_without_discount_it_is_an_area(table: LifeTable, periods: int) -> None:
    """The mean tenure within a horizon is Σ S(t) over t = 0...horizon - 1."""
    basis: Any = DiscountedValue(table=table, amounts=np.ones(periods))
    batch = LifeTable(table.tenures, [table.churned], [table.censored], [table.entered])
    assume(not np.isnan(basis.value))
    mean = mean_tenure(batch, periods + 1)[0]
    assume(not np.isnan(mean.value))

    assert mean.value == pytest.approx(1 + basis.value)
    assert mean.std_error == pytest.approx(basis.std_error, abs=1e-12)


@given(tables(), amounts())
def test_horizons_add_up(table: LifeTable, paid: FloatArray) -> None:
    values = [DiscountedValue(table=table, amounts=paid[: k + 1]).value for k in range(len(paid))]
    survival, _ = curve(table, len(paid))
    assume(not np.isnan(values[-1]))

    steps = np.diff(np.array(values), prepend=0)
    assert steps == pytest.approx(paid * survival, abs=1e-9)


def test_nobody_left_and_nobody_stayed_have_width() -> None:
    """Wilson's limits of ten customers, 0...27.8 % and 72.2...100 %."""
    for churned, censored, limits in ((0, 10, (0.7225, 1)), (10, 0, (0, 0.2775))):
        basis: Any = DiscountedValue(
            table=LifeTable([1], [churned], [censored]), amounts=np.ones(1)
        )
        low, high = basis.method("log-log").interval(0.95, "two-sided")
        assert (low, high) == pytest.approx(limits, abs=5e-5)
        assert basis.df == np.inf


def test_beyond_the_data_nothing_is_known_unless_all_have_left() -> None:
    seen, gone = LifeTable([1, 2], [3, 2], [0, 4]), LifeTable([1, 2], [3, 2], [0, 0])

    assert np.isnan(DiscountedValue(table=seen, amounts=np.ones(3)).value)
    assert DiscountedValue(table=gone, amounts=np.ones(3)).value == pytest.approx(0.4)


def test_payback_by_hand() -> None:
    """10 + 8.69 + 7.43 + 6.53 = 32.65; the sums at the ends lack the first 10."""
    after: dict[str, Any] = {"table": COHORT, "amounts": np.full(7, 10.0)}

    start: Any = TablePayback(first=0, cost=30 - 10, **after)
    end: Any = TablePayback(first=1, cost=30, **after)
    assert (start.value, end.value) == (4, 5)
    assert np.isnan(start.std_error)
    assert (start.spec, start.n) == ("z,.0f", 1000)
    assert start.bounds == (3, np.inf)
    assert end.method("log-log").interval(0.95, "two-sided") == (5, 5)


def test_the_first_payment_may_cover_it() -> None:
    basis: Any = TablePayback(table=COHORT, amounts=np.full(7, 10.0), first=0, cost=-1)

    assert (basis.value, basis.bounds) == (1, (1, 1))
    assert basis.method("log-log").interval(0.95, "two-sided") == (1, 1)
    assert basis.method("log-log").test(1, "two-sided") == (0, 1)


def test_what_was_not_covered_may_be_covered_after_the_data() -> None:
    basis: Any = TablePayback(table=COHORT, amounts=np.full(7, 10.0), first=1, cost=50)

    assert basis.value == np.inf
    assert basis.method("log-log").interval(0.95, "two-sided") == (8, np.inf)
    assert basis.method("log-log").test(9, "two-sided") == (0, 1)
    assert basis.method("log-log").test(7, "greater")[1] < 1e-3


@given(tables(), amounts(), st.floats(-1, 200), st.sampled_from([0, 1]), levels, st.data())
def test_a_test_rejects_exactly_the_periods_outside_of_the_interval(
    table: LifeTable,
    paid: FloatArray,
    cost: float,
    first: int,
    level: float,
    data: st.DataObject,
) -> None:
    basis: Any = TablePayback(table=table, amounts=paid, first=first, cost=max(cost, first * 0.1))
    method = basis.method("log-log")
    interval: Any = method.interval(level, "two-sided")
    low, high = map(float, interval)
    ends = [end + step for end in (low, high) for step in (-1, -0.5, 0, 0.5, 1)]
    null: Any = data.draw(st.sampled_from([*ends, 1, 2, 3.5, 50]))
    assume(bool(np.isfinite(null) and basis.bounds[0] <= null <= basis.bounds[1]))

    _, pvalue = method.test(null, "two-sided")
    assert (null < low or null > high) == (pvalue < 1 - level)


@given(tables(), amounts(), st.floats(0.1, 200))
def test_differences_are_made_of_the_same_limits(
    table: LifeTable, paid: FloatArray, cost: float
) -> None:
    basis: Any = TablePayback(table=table, amounts=paid, first=1, cost=cost)
    pivot = basis.reach("score")
    interval = basis.method("score").interval(0.95, "two-sided")

    limits = [float(limit[0]) for limit in pivot.limit(np.full(1, 1.959963984540054))]
    varies = all(np.isinf(value.df) for value in basis.sums)
    if varies:  # else the interval is Student's
        assert limits == list(interval)
    assert limits[0] <= basis.value <= limits[1]
    if np.isfinite(basis.value):
        assert pivot.statistic(np.ravel(basis.value)) == 0
