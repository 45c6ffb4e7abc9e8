"""Payback and value per cost of winning a customer."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics import LifeTable, lifetime_value, ltv_to_cac, payback_period, retention_rate
from cxmetrics.errors import ArgumentError, CxMetricsError, MismatchError

RATE = retention_rate(900, 1000)
COHORT = LifeTable.from_survivors([1000, 869, 743, 653, 593, 551, 517, 491])
VALUE = lifetime_value(RATE, margin=10, discount=0.01, unit="€")
RATES = retention_rate({"web": 90, "app": 45}, {"web": 100, "app": 50})


def test_payback_of_a_rate() -> None:
    """10 + 9 + ... + 5.9 = 46.9 after six payments; 4.05 less if the first is at the end."""
    start = payback_period(RATE, margin=10, cost=45)
    end = payback_period(RATE, margin=10, cost=45, first_payment="end")

    assert str(start) == "Payback 6 periods [6, 7] (95% score, n=1,000)"
    assert str(end) == "Payback 7 periods [7, 8] (95% score, n=1,000)"
    assert np.isnan(start.std_error)


def test_payback_of_customers_who_were_seen() -> None:
    """10 + 8.69 + 7.43 + 6.53 + 5.93 + 5.51 = 44.09."""
    seen = payback_period(COHORT, margin=10, cost=44)

    assert str(seen) == "Payback 6 periods [6, 7] (95% log-log, n=1,000)"
    assert payback_period(COHORT, margin=10, cost=44.1).value == 7
    assert payback_period(COHORT, margin=10, cost=8).value == 1
    assert payback_period(COHORT, margin=10, cost=8, first_payment="end").value == 1
    never = payback_period(COHORT, margin=10, cost=100)
    assert (never.value, tuple(never.interval)) == (np.inf, (9, np.inf))


def test_payback_by_a_model() -> None:
    """The eighth payment, at tenure 7, was the last that was seen."""
    model = cx.fit_retention(COHORT)
    seen, later = (payback_period(model, margin=10, cost=cost) for cost in (44, 60))

    assert str(seen) == "Payback 6 periods [6, 7] (95% profile, n=1,000, 0.0% beyond the data)"
    assert later.value == 10
    assert later.share_beyond == 100
    assert later.test(10).pvalue == 1


def test_sums_that_are_equal_but_for_rounding_cover() -> None:
    """3 · 0.1 is more than 0.3 by rounding, and 3 · 10/3 less than 10."""
    for margin, cost in ((0.1, 0.3), (10 / 3, 10)):
        for retention in (retention_rate(50, 50), LifeTable([5], [0], [50])):
            assert payback_period(retention, margin=margin, cost=cost).value == 3


@given(st.integers(1, 99), st.floats(0.5, 60), st.floats(0, 0.3))
def test_value_over_the_payback_covers_the_cost(kept: int, cost: float, discount: float) -> None:
    rate = retention_rate(kept, 100)
    terms: dict[str, Any] = {"margin": 10, "discount": discount, "first_payment": "end"}

    periods = payback_period(rate, cost=cost, **terms).value

    if np.isinf(periods):
        assert lifetime_value(rate, **terms).value <= cost * (1 + 1e-8)
    else:
        assert lifetime_value(rate, horizon=int(periods), **terms).value >= cost * (1 - 1e-8)
        if periods > 1:
            assert lifetime_value(rate, horizon=int(periods) - 1, **terms).value < cost


def test_payback_of_groups() -> None:
    paybacks = payback_period(cx.datasets.subscribers(n=100), margin=10, cost=30)

    assert [one.value for one in paybacks.values()] == [4, 6]
    assert [one.value for one in payback_period(RATES, margin=10, cost=30).values()] == [4, 4]
    change = cx.difference(paybacks["Regular"], paybacks["High End"])
    assert (change.value, change.unit) == (2, "periods")


def test_value_per_cost() -> None:
    """91.82/30, and the limits 77.60/30 and 108.71/30."""
    ratio = ltv_to_cac(VALUE, 30)

    assert ratio.value == pytest.approx(VALUE.value / 30)
    assert tuple(ratio.interval) == pytest.approx(tuple(limit / 30 for limit in VALUE.interval))
    assert (ratio.metric, ratio.unit, ratio.method) == ("LTV:CAC", "", "score")
    assert ratio.test(3).pvalue == pytest.approx(VALUE.test(90).pvalue)


def test_value_per_estimated_cost() -> None:
    cost = cx.average_revenue([20, 25, 30, 45], unit="€", label="CAC")
    ratio = ltv_to_cac(VALUE, cost, label="Value per cost", confidence_level=0.9)
    exact = ltv_to_cac(VALUE, 30, confidence_level=0.9)

    assert ratio.value == pytest.approx(exact.value)
    assert ratio.interval.low < exact.interval.low < exact.interval.high < ratio.interval.high
    assert (ratio.method, ratio.metric) == ("mover", "Value per cost")
    assert ratio.std_error == pytest.approx(
        ratio.value * np.hypot(VALUE.std_error / VALUE.value, cost.std_error / 30)
    )


def test_value_per_cost_of_groups() -> None:
    values = lifetime_value(RATES, margin=10, discount=0)
    costs = cx.churn_per_time({"web": 30, "shop": 4}, {"web": 1.0, "shop": 2.0})

    assert [one.value for one in ltv_to_cac(values, 20).values()] == pytest.approx([5, 5])
    ratios = ltv_to_cac(values, costs)
    assert ratios["web"].value == pytest.approx(100 / 30)
    assert np.isnan(ratios["app"].value)
    assert ratios["app"].interval == (0, np.inf)
    assert np.isnan(ratios["shop"].value)


NO_AMOUNT = "`{}` must be an estimate of an amount, not {}."


@pytest.mark.parametrize(
    ("value", "cost", "error", "message"),
    [
        (VALUE, 0, ArgumentError, "`cost` must be above 0, not 0."),
        (VALUE, -3, ArgumentError, "`cost` must be above 0, not -3."),
        (VALUE, "30", ArgumentError, "`cost` must be a finite number, not '30'."),
        (
            VALUE,
            cx.churn_per_time(0, 2, unit="€"),
            ArgumentError,
            "`cost` must be above 0, not 0.",
        ),
        (
            92,
            30,
            MismatchError,
            (
                "`value` must be an estimate of a value, not 92.\n"
                "Hint: did you mean lifetime_value(retention, margin=..., discount=...)?"
            ),
        ),
        (RATE, 30, MismatchError, NO_AMOUNT.format("value", "Retention in %")),
        (VALUE, cx.nps([9, 3]), MismatchError, NO_AMOUNT.format("cost", "NPS in points")),
        (
            VALUE,
            cx.average_revenue([20, 30], unit="$"),
            MismatchError,
            "`cost` must be in € as `value` is, not in $.",
        ),
        (
            lifetime_value(RATES, margin=10, discount=0),
            VALUE,
            MismatchError,
            "`cost` must be a number, or be grouped as `value` is, not Estimate.",
        ),
        (
            VALUE,
            lifetime_value(RATES, margin=10, discount=0),
            MismatchError,
            "`cost` must be a number, or be grouped as `value` is, not Grouped.",
        ),
    ],
)
def test_what_is_no_ratio_of_amounts(
    value: Any, cost: Any, error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        ltv_to_cac(value, cost)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("retention", "options", "error", "message"),
    [
        (RATE, {"cost": 0}, ArgumentError, "`cost` must be above 0, not 0."),
        (RATE, {"margin": 0}, ArgumentError, "`margin` must be above 0, not 0."),
        (COHORT, {"discount": -1}, ArgumentError, "`discount` must be above -1, not -1."),
        (
            cx.fit_retention(COHORT),
            {"discount": -0.1},
            ArgumentError,
            "`discount` must be 0, or at least 1e-06, for a model without a horizon, not -0.1.",
        ),
        (
            0.9,
            {},
            MismatchError,
            (
                "`retention` must be an estimate, a life table or a fitted model, not 0.9.\n"
                "Hint: did you mean retention_rate(kept, at_risk)?"
            ),
        ),
        (
            cx.churn_rate(31, 840),
            {},
            MismatchError,
            (
                "`retention` must be the share of customers who stay, not Churn in %.\n"
                "Hint: did you mean retention_rate(kept, at_risk)?"
            ),
        ),
    ],
)
def test_what_has_no_payback(
    retention: Any, options: dict[str, Any], error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        payback_period(retention, **{"margin": 10, "cost": 30, **options})

    assert str(caught.value) == message


@pytest.mark.slow
def test_ratios_to_an_estimated_cost_cover_the_truth() -> None:
    """Of 10,000 pairs of 100 customers and 60 costs; the standard error is .0022."""
    rng = np.random.default_rng(1)
    stay, dear = rng.binomial(100, 0.9, 10_000), rng.binomial(60, 0.3, 10_000)
    kept = cx.Counts(cx.YES_NO, np.stack([stay, 100 - stay], axis=1))
    costs = cx.Counts(cx.YES_NO, np.stack([60 - dear, dear], axis=1))
    value = lifetime_value(retention_rate(kept), margin=10, discount=0.01)

    low, high = ltv_to_cac(value, cx.linear_score(costs, scores=[20, 80])).interval
    truth = 10.1 / 0.11 / 38
    assert np.mean((low <= truth) & (truth <= high)) == pytest.approx(0.95, abs=0.01)
