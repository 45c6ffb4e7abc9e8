"""Earned growth: what it is made of, and what it refuses."""

from typing import Any

import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics import Grouped, Moments, Revenue
from cxmetrics.errors import ArgumentError, MismatchError

START = [100, 200, 150, 80, 120, 300, 90, 60]
END = [110, 180, 150, 0, 130, 330, 90, 75]
PLAN = ["pro", "pro", "basic", "basic", "pro", "pro", "basic", "pro"]
GROUPED: Grouped[Revenue] = Revenue.of(START, END, by={"plan": PLAN})


def test_worked_example() -> None:
    """By hand: 1065 - 1100 + 40 + 15 = 20 of 1100; ten units, residuals e - s - g s and r."""
    earned = cx.earned_growth(START, END, referred=[40, 15], method="t")
    residuals = [e - s - 2 / 110 * s for s, e in zip(START, END, strict=True)] + [40, 15]

    assert earned.value == pytest.approx(2000 / 1100)
    assert earned.std_error == pytest.approx(
        100 * np.sqrt(10 / 9 * np.square(residuals).sum()) / 1100
    )
    assert (earned.n, earned.metric, earned.basis.bounds) == (10, "Earned growth", (-100, np.inf))
    net = cx.net_revenue_retention(START, END)
    assert cx.earned_growth(START, END, referred=[]).value == pytest.approx(net.value - 100)


def test_earned_growth_of_sums_and_of_groups() -> None:
    referred = Moments.of({"spend": [40, 15]})
    alone = cx.earned_growth(START, END, referred=[40, 15])
    assert cx.earned_growth(Revenue.of(START, END), referred=referred) == alone
    assert cx.earned_growth(START, END, referred=referred) == alone

    won = Moments.of({"spend": [40, 15, 9]}, by={"plan": ["pro", "pro", "new"]})
    grouped = cx.earned_growth(GROUPED, referred=won)
    assert list(grouped) == ["basic", "new", "pro"]
    assert grouped["pro"].value == pytest.approx(100 * (825 - 780 + 55) / 780)
    assert grouped["basic"].value == pytest.approx(100 * (240 - 320) / 320)
    assert np.isnan(grouped["new"].value)
    assert cx.compare_segments(grouped)["pro"].value > 0


def test_weighted_accounts_need_weighted_referrals() -> None:
    revenue = Revenue.of(START, END, weights=[2] * 8)
    referred = Moments.of({"spend": [40, 15]}, weights=[2, 2])

    weighted = cx.earned_growth(revenue, referred=referred)
    assert weighted.value == pytest.approx(2000 / 1100)
    assert weighted.std_error == pytest.approx(
        cx.earned_growth(START, END, referred=[40, 15]).std_error
    )
    with pytest.raises(MismatchError, match="Can't add unweighted moments to weighted ones"):
        cx.earned_growth(revenue, referred=[40, 15])


def test_customers_won_by_referral_are_drawn_too() -> None:
    earned = cx.earned_growth(START, END, referred=[400, 150], method="bootstrap", rng=1)

    low, high = earned.interval
    assert low < earned.value - 20
    assert high > earned.value + 20


# ---------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("start", "referred", "message"),
    [
        (
            Revenue.of(START, END),
            Moments.of({"x": [1], "y": [2]}),
            "`referred` must be moments of one amount, not of x, y.",
        ),
        (
            GROUPED,
            [1, 2],
            (
                "`referred` must be grouped as `start` is, not list.\n"
                "Hint: did you mean Moments.of({'referred': ...}, by=...)?"
            ),
        ),
        (
            GROUPED,
            Moments.of({"x": [1]}, by={"shop": ["N"]}),
            "Both must be grouped by plan, not shop.",
        ),
    ],
)
def test_what_is_no_referral_is_explained(start: Any, referred: Any, message: str) -> None:
    with pytest.raises(MismatchError) as raised:
        cx.earned_growth(start, referred=referred)

    assert str(raised.value) == message


def test_revenue_of_customers_won_by_referral_is_not_negative() -> None:
    with pytest.raises(ArgumentError) as raised:
        cx.earned_growth(START, END, referred=[5, -1])

    assert str(raised.value).startswith(
        "Each amount in `referred` must be a number from 0 to 1e+100, not -1.0"
    )


def test_referrals_are_named() -> None:
    with pytest.raises(ArgumentError) as raised:
        cx.earned_growth(START, END, referred=None)  # type: ignore[call-overload]

    assert str(raised.value) == (
        "`referred` must be given: revenue of each customer who was won by referral.\n"
        "Hint: did you mean [], for none?"
    )
