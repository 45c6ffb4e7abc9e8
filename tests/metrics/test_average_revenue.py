"""Average revenue per account."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

import cxmetrics as cx
from cxmetrics import Moments
from cxmetrics.errors import ArgumentError, CxMetricsError, MismatchError, TooFewResponsesError

AMOUNTS = [100, 200, 150, 80, 120, 300, 90, 60]


def test_worked_example() -> None:
    """Student's interval of a mean, by scipy."""
    low, high = stats.ttest_1samp(AMOUNTS, 0).confidence_interval()
    average = cx.average_revenue(AMOUNTS, unit="EUR")

    assert (average.value, average.unit, average.n, average.df) == (137.5, "EUR", 8, 7)
    assert average.std_error == pytest.approx(stats.sem(AMOUNTS))
    assert tuple(average.interval) == pytest.approx((low, high))
    assert str(average) == "Average revenue 137.5 EUR [71.4, 203.6] (95% t, n=8)"


def test_sums_and_groups_give_the_same() -> None:
    average = cx.average_revenue(AMOUNTS)
    frame = pl.DataFrame({"shop": list("NNSSNNSS"), "spend": AMOUNTS})
    shops = cx.average_revenue(cx.tabulate_amounts(frame, "spend", by="shop"))

    assert cx.average_revenue(Moments.of({"spend": AMOUNTS})).interval == average.interval
    assert [shops["N"].value, shops["S"].value] == [180, 95]
    assert cx.difference(shops["N"], shops["S"], method="welch").pvalue == pytest.approx(
        stats.ttest_ind([100, 200, 120, 300], [150, 80, 90, 60], equal_var=False).pvalue
    )
    assert cx.compare_segments(shops).versus_total()["N"].value == pytest.approx(42.5)


def test_credits_are_amounts_too() -> None:
    assert cx.average_revenue([-5, 15]).value == 5


def test_a_plan_with_one_price_does_not_vary() -> None:
    """Its mean is not compared as if it were certain."""
    plans = Moments.of({"price": [9.9] * 4 + AMOUNTS}, by=["flat"] * 4 + list("NNSSNNSS"))
    message = r"An interval has no width: this method sees no variation\.$"
    with pytest.warns(cx.errors.ZeroWidthWarning, match=message):
        averages = cx.average_revenue(plans)
    with pytest.warns(cx.errors.ZeroWidthWarning):
        consistency = cx.consistency(averages)

    assert averages["flat"].std_error == 0
    assert consistency.n_groups == 2


@pytest.mark.parametrize("method", ["bootstrap", "bca"])
def test_accounts_are_drawn_where_they_are_known(method: Any) -> None:
    low, high = cx.average_revenue(AMOUNTS, method=method, rng=1).interval

    assert 80 < low < 110
    assert 170 < high < 230


@pytest.mark.parametrize(
    ("amounts", "options", "error", "message"),
    [
        ([], {}, TooFewResponsesError, "`amounts` must have at least one account, not 0."),
        (
            Moments.empty(["spend"]),
            {},
            TooFewResponsesError,
            "Average revenue must have at least one account, not 0.",
        ),
        (
            Moments.of({"x": [1], "y": [2]}),
            {},
            MismatchError,
            "`amounts` must be moments of one amount, not of x, y.",
        ),
        (
            AMOUNTS,
            {"method": "bca"},
            ArgumentError,
            (
                "`rng` must be given for method='bca', which draws accounts.\n"
                "Hint: did you mean rng=1?"
            ),
        ),
        (
            Moments.of({"x": AMOUNTS}),
            {"method": "bca", "rng": 1},
            ArgumentError,
            (
                "`method` must not be 'bca' for a summary, which keeps no account.\n"
                "Hint: did you mean to give the amounts of every account?"
            ),
        ),
        (
            [1, np.nan],
            {},
            ArgumentError,
            (
                "Each amount in `amounts` must be a number from -1e+100 to 1e+100, but 1 of 2 are "
                "missing, first at position 1.\nHint: did you mean 0 for these, as for accounts "
                "that left, or to drop their rows?"
            ),
        ),
    ],
)
def test_what_has_no_average_is_explained(
    amounts: Any, options: Any, error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as raised:
        cx.average_revenue(amounts, **options)

    assert str(raised.value) == message
