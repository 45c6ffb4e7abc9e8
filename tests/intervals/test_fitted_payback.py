"""Payback by a fitted law, against counting payments and limits of the sums of payments."""

from typing import Any

import numpy as np
import pytest

from cxmetrics import LifeTable
from cxmetrics.intervals.fitted import ModelledValue, fit
from cxmetrics.intervals.fitted_payback import FittedPayback
from cxmetrics.intervals.payments import Payments

HIGH_END = LifeTable.from_survivors([1000, 869, 743, 653, 593, 551, 517, 491])
SMALL = LifeTable.from_survivors([20, 13, 10, 8])


def payback(cost: float, first: int = 0, table: LifeTable = HIGH_END, discount: float = 0.1) -> Any:
    payments = Payments(10, discount, first)
    return FittedPayback(table=table, law=fit(table), payments=payments, cost=cost)


def sums(first: int, table: LifeTable, number: int, discount: float = 0.1) -> list[Any]:
    """The values of the first 1, 2, ... payments."""
    law = fit(table)
    each = [Payments(10, discount, first, k) for k in range(1, number + 1)]
    return [ModelledValue(table=table, law=law, payments=payments) for payments in each]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("cost", [5, 10.5, 25, 40])
def test_payments_by_counting(cost: float, first: int) -> None:
    covered = [k for k, one in enumerate(sums(first, HIGH_END, 40), start=1) if one.value >= cost]

    assert payback(cost, first).value == covered[0]


@pytest.mark.parametrize(("cost", "first"), [(14, 0), (18, 0), (20, 0), (12, 1), (25, 1)])
def test_the_limits_are_where_those_of_the_sums_cover(cost: float, first: int) -> None:
    values = [one.method("profile").interval(0.95, "two-sided") for one in sums(first, SMALL, 9)]
    soonest, latest = (
        next((k for k, limits in enumerate(values, start=1) if limits[side] >= cost), np.inf)
        for side in (1, 0)
    )

    interval = payback(cost, first, SMALL).method("profile").interval(0.95, "two-sided")
    assert tuple(map(float, interval)) == (soonest, latest)


def test_costs_that_are_covered_at_once_or_never() -> None:
    """All payments together are worth 59.22."""
    at_once, late, never = payback(9), payback(59), payback(60)

    assert (at_once.value, at_once.bounds) == (1, (1, 1))
    assert (late.value, never.value) == (46, np.inf)
    assert never.method("profile").interval(0.95, "two-sided")[1] == np.inf
    assert np.isnan(never.std_error)
    assert (never.spec, never.bounds) == ("z,.0f", (9, np.inf))
    assert [float(one.share_beyond) for one in (at_once, late, never)] == [0, 100, 100]


@pytest.mark.parametrize("null", [2, 3, 4.5, 9])
def test_a_test_rejects_exactly_the_periods_outside_of_the_interval(null: float) -> None:
    method = payback(20, 0, SMALL).method("profile")
    low, high = method.interval(0.95, "two-sided")

    assert (low, high) == (3, 6)
    assert (method.test(null, "two-sided")[1] < 0.05) == (null < low or null > high)


def test_payments_may_be_many() -> None:
    """By Σ 1/(1 + t/2) over t = 0... of customers with S(t) = 1/(1 + t/2), or nearly so."""
    table = LifeTable.from_survivors([60_000, 40_000, 30_000, 24_000, 20_000])
    law: Any = fit(table)

    number = float(payback(80, table=table, discount=0).value)
    assert number > 64
    curve = np.cumprod(law.retention(np.arange(1, number)))
    assert 10 * (1 + curve[:-1].sum()) < 80 <= 10 * (1 + curve.sum())


def test_one_sided_limits_at_levels_below_a_half() -> None:
    """They lie on the other side of the estimate."""
    method = payback(45).method("profile")

    assert method.interval(0.05, "less").high <= payback(45).value
    assert method.interval(0.05, "greater").low >= payback(45).value


def test_rows_of_a_batch() -> None:
    tables = LifeTable.from_survivors([[1000, 869, 743], [1000, 631, 468], [10, 10, 10]])
    batch = payback(15, table=tables)

    assert batch.value == pytest.approx([2, 2, np.nan], nan_ok=True)
    assert np.isnan(batch.share_beyond).tolist() == [False, False, True]
    assert batch[1].value == 2
    low, high = batch.reach("profile").limit(np.full(3, 2.0))
    assert (low[:2].tolist(), high[:2].tolist()) == ([2, 2], [2, 2])
