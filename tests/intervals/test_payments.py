"""Payments against their sums, one by one."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.intervals.payments import Payments
from cxmetrics.likelihood import BetaGeometric

margins = st.floats(0.01, 1e4)
discounts = st.floats(-0.2, 1)
firsts = st.sampled_from([0, 1])
horizons = st.integers(1, 40)
percents = st.floats(0, 100)


def added_up(payments: Payments, percent: float, number: int) -> float:
    """The sum of so many payments, each times the share who make it."""
    tenures = np.arange(payments.first, payments.first + number)
    return float(
        payments.margin * ((percent / 100) ** tenures / (1 + payments.discount) ** tenures).sum()
    )


def test_golden_values() -> None:
    """m (1 + d)/(1 + d - r) and m r/(1 + d - r), for m = 10, r = 0.9, d = 0.01."""
    start, end = Payments(10, 0.01, 0), Payments(10, 0.01, 1)

    assert start.value(np.array(90.0)) == pytest.approx(91.818182, abs=1e-6)
    assert end.value(np.array(90.0)) == pytest.approx(81.818182, abs=1e-6)


@given(margins, discounts, firsts, horizons, percents)
def test_a_value_is_the_sum_of_its_payments(
    margin: float, discount: float, first: int, horizon: int, percent: float
) -> None:
    payments = Payments(margin, discount, first, horizon)

    expected = added_up(payments, percent, horizon)
    assert payments.value(np.array(percent)) == pytest.approx(expected, rel=1e-9, abs=1e-300)


@given(margins, st.floats(0.05, 1), firsts, percents)
def test_without_a_horizon_it_is_the_sum_of_them_all(
    margin: float, discount: float, first: int, percent: float
) -> None:
    payments = Payments(margin, discount, first)

    value = payments.value(np.array(percent))
    assert value == pytest.approx(added_up(payments, percent, 800), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(
    ("discount", "percent", "value"),
    [(0, 100, np.inf), (0, 99, 100), (-0.1, 90, np.inf), (-0.1, 95, np.inf), (0.01, 100, 101)],
)
def test_it_is_infinite_where_payments_do_not_fade(
    discount: float, percent: float, value: float
) -> None:
    assert Payments(1, discount, 0).value(np.array(float(percent))) == pytest.approx(value)


def test_nothing_is_known_of_no_customers() -> None:
    nobody = np.array(np.nan)

    for payments in (Payments(1, 0, 0), Payments(1, 0, 1, 5)):
        assert np.isnan(payments.value(nobody))
        assert np.isnan(payments.needed(1.5, nobody))


@given(margins, st.floats(0, 1), firsts, st.one_of(st.none(), horizons), st.floats(1, 98))
def test_the_slope_is_the_derivative(
    margin: float, discount: float, first: int, horizon: int | None, percent: float
) -> None:
    payments = Payments(margin, discount, first, horizon)
    below, above = payments.value(np.array([percent - 1e-4, percent + 1e-4]))

    slope = payments.slope(np.array([percent]))[0]
    assert slope == pytest.approx((above - below) / 2e-4, rel=1e-4, abs=1e-8 * margin)


@given(margins, st.floats(0, 1), firsts, st.one_of(st.none(), st.integers(2, 40)), percents)
def test_a_value_tells_the_retention_it_needs(
    margin: float, discount: float, first: int, horizon: int | None, percent: float
) -> None:
    payments = Payments(margin, discount, first, horizon)
    value = float(payments.value(np.array(percent)))

    back = payments.least_percent(value) if np.isfinite(value) else 100.0
    assert payments.value(np.array(back)) == pytest.approx(value, rel=1e-9)


def test_a_value_may_need_no_retention_or_more_than_there_is() -> None:
    assert Payments(10, 0.1, 0, 5).least_percent(9) == 0
    assert Payments(10, 0.1, 0).least_percent(9) == 0
    assert Payments(10, 0.1, 0, 5).least_percent(50) == np.inf


@given(margins, discounts, firsts, percents, st.floats(0.01, 30))
def test_payback_by_counting(
    margin: float, discount: float, first: int, percent: float, share: float
) -> None:
    payments, cost = Payments(margin, discount, first), share * margin

    needed = float(payments.needed(cost, np.array(percent)))

    if needed > 1:
        before = min(needed - 1, 500)
        assert added_up(payments, percent, int(before)) < cost * (1 + 1e-9)
    if needed < 500:
        assert added_up(payments, percent, int(needed)) >= cost * (1 - 1e-9)


@pytest.mark.parametrize(
    ("first", "percent", "cost", "needed"),
    [(0, 0, 10, 1), (0, 0, 11, np.inf), (1, 0, 1, np.inf), (0, 100, 30, 3), (1, 100, 31, 4)],
)
def test_payback_at_the_ends(first: int, percent: float, cost: float, needed: float) -> None:
    assert Payments(10, 0, first).needed(cost, np.array(float(percent))) == needed


@given(margins, discounts, firsts, horizons, st.floats(0, 1), st.floats(0, 1e3))
def test_the_value_of_a_law_is_the_sum_of_its_payments(
    margin: float, discount: float, first: int, horizon: int, churn: float, spread: float
) -> None:
    law = BetaGeometric(churn, spread)
    tenures = range(first, first + horizon)
    paid = [margin * law.survival(t) / (1 + discount) ** t for t in tenures]

    value = Payments(margin, discount, first, horizon).of_law(law)
    assert value == pytest.approx(sum(paid), rel=1e-9, abs=1e-12 * margin)


def test_payments_up_to_a_tenure() -> None:
    law: Any = BetaGeometric(np.array([0.1, 0.2]), np.array([0.5, 0]))

    assert Payments(1, 0, 0).until(7).horizon == 8
    assert Payments(1, 0, 1).until(7).horizon == 7
    assert Payments(1, 0, 1, 3).until(7).horizon == 3
    assert np.array_equal(Payments(1, 0, 1).until(-2).of_law(law), [0, 0])
