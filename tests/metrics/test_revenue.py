"""Metrics of revenue: what they are, what they are made of, and what they refuse."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from scipy import stats

import cxmetrics as cx
from cxmetrics import Estimate, Grouped, Revenue
from cxmetrics.errors import (
    ArgumentError,
    ConcentrationWarning,
    CxMetricsError,
    MismatchError,
    TooFewResponsesError,
    ZeroWidthWarning,
)
from tests.strategies import revenue_batches

START = [100, 200, 150, 80, 120, 300, 90, 60]
END = [110, 180, 150, 0, 130, 330, 90, 75]
PLAN = ["pro", "pro", "basic", "basic", "pro", "pro", "basic", "pro"]
GROUPED: Grouped[Revenue] = Revenue.of(START, END, by={"plan": PLAN})

EVERY = (
    cx.net_revenue_retention,
    cx.gross_revenue_retention,
    cx.revenue_churn,
    cx.revenue_contraction,
    cx.revenue_expansion,
)
every_metric = pytest.mark.parametrize("metric", EVERY)


def test_worked_example() -> None:
    """Of 1,100: +10, -20, 0, 80 lost, +10, +30, 0, +15; limits by another program."""
    net = cx.net_revenue_retention(START, END, method="t")

    assert net.value == pytest.approx(100 * 1065 / 1100)
    assert net.std_error == pytest.approx(8.92344, abs=5e-6)
    assert tuple(net.interval) == pytest.approx((75.7176, 117.9188), abs=5e-5)
    assert (net.n, net.df, net.unit, net.metric) == (8, 7, "%", "NRR")
    fieller = cx.net_revenue_retention(START, END, method="fieller")
    assert tuple(fieller.interval) == pytest.approx((66.7217, 116.0569), abs=5e-5)
    values = [metric(START, END).value for metric in EVERY]
    assert values == pytest.approx(
        [106500 / 1100, 100000 / 1100, 8000 / 1100, 2000 / 1100, 65 / 11]
    )
    assert str(cx.gross_revenue_retention(START, END)) == (
        "GRR 90.9% [52.4, 98.2] (95% score, n=8)"
    )


@given(revenue_batches())
def test_the_parts_add_up(revenue: Revenue) -> None:
    net, gross, churn, contraction, expansion = (metric(revenue).value for metric in EVERY)

    np.testing.assert_allclose(gross, 100 - churn - contraction, rtol=1e-12, atol=1e-11)
    np.testing.assert_allclose(net, gross + expansion, rtol=1e-12, atol=1e-11)


@every_metric
def test_amounts_revenue_and_groups_give_the_same(metric: Any) -> None:
    one = metric(START, END)
    grouped = metric(GROUPED)

    assert metric(Revenue.of(START, END)) == one
    assert metric(GROUPED.total()).value == pytest.approx(one.value)
    assert list(grouped) == ["basic", "pro"]
    for plan in grouped:
        alone = metric(*(np.array(side)[np.array(PLAN) == plan] for side in (START, END)))
        assert grouped[plan].value == pytest.approx(alone.value)
        assert tuple(grouped[plan].interval) == pytest.approx(tuple(alone.interval))


def test_new_accounts_count_nowhere_and_groups_of_them_have_no_value() -> None:
    grouped = Revenue.of([*START, 0, 0], [*END, 70, 0], by=[*PLAN, "new", "none"])

    for metric in EVERY:
        found = metric(grouped)
        assert metric([*START, 0, 0], [*END, 70, 0]).value == metric(START, END).value
        assert np.isnan(found["new"].value)
        assert found["new"].interval == found["new"].basis.bounds
        assert found["none"].n == 0


def test_frames_of_any_engine() -> None:
    frame = pl.DataFrame({"plan": PLAN, "january": START, "december": END})
    revenue = cx.tabulate_revenue(frame.lazy(), "january", "december", by="plan")

    assert cx.net_revenue_retention(revenue)["pro"].value == pytest.approx(100 * 825 / 780)
    assert (
        str(cx.gross_revenue_retention(revenue)).splitlines()[0] == "GRR in %, 95% score interval"
    )


def test_what_scores_have_they_have() -> None:
    net = cx.net_revenue_retention(GROUPED)
    change = cx.difference(net["pro"], net["basic"])

    assert (change.unit, change.method) == ("percentage points", "mover")
    assert change.value == pytest.approx(82500 / 780 - 24000 / 320)
    welch = cx.difference(net["pro"], net["basic"], method="welch")
    assert welch.std_error == pytest.approx(np.hypot(net["pro"].std_error, net["basic"].std_error))
    assert cx.compare_segments(net)["pro"].value == pytest.approx(change.value)
    gross = cx.gross_revenue_retention(GROUPED)
    assert cx.compare_segments(gross, versus="rest").versus_total()["pro"].value == pytest.approx(
        gross["pro"].value - 100000 / 1100
    )


def test_labels_levels_and_tests() -> None:
    net = cx.net_revenue_retention(START, END, label="Kept", confidence_level=0.8)

    assert (net.metric, net.confidence_level) == ("Kept", 0.8)
    assert str(net.test(100)).startswith("Kept = 100.0%: p = 0.")


# ---------------------------------------------------------------- drawn accounts


@pytest.mark.parametrize("method", ["bootstrap", "bca"])
@every_metric
def test_accounts_are_drawn_where_they_are_known(metric: Any, method: str) -> None:
    estimate = metric([*START, 0], [*END, 5], method=method, rng=1, resamples=500)

    low, high = estimate.interval
    assert low <= estimate.value <= high
    assert metric([*START, 0], [*END, 5], method=method, rng=1, resamples=500) == estimate
    inner = estimate.confidence_interval(0.5)
    assert low <= inner.low <= inner.high <= high
    assert cx.difference(estimate, estimate).value == 0


def test_limits_are_close_to_those_of_scipy() -> None:
    expected = stats.bootstrap(
        (END, START),
        lambda end, start, axis: end.sum(axis=axis) / start.sum(axis=axis),
        paired=True,
        method="BCa",
        rng=np.random.default_rng(1),
    ).confidence_interval

    found = cx.net_revenue_retention(START, END, method="bca", rng=1).interval

    assert found.low == pytest.approx(100 * expected.low, abs=4)
    assert found.high == pytest.approx(100 * expected.high, abs=1)


def test_all_that_is_drawn_is_alike_where_nothing_changed() -> None:
    with pytest.warns(ZeroWidthWarning, match="but 'adjusted' needs none"):
        kept = cx.net_revenue_retention(START, START, method="bca", rng=1, resamples=99)

    assert kept.interval == (100, 100)


# ----------------------------------------------------------------- concentration

WHALE = [5000.0, *[10.0] * 30]


def test_a_concentrated_book_warns_where_the_method_needs_many_accounts() -> None:
    changed = [5000.0, *[9.0] * 30]
    with pytest.warns(ConcentrationWarning) as caught:
        cx.net_revenue_retention(WHALE, changed, method="t")

    assert len(caught) == 1
    assert str(caught[0].message) == (
        "Revenue is concentrated: 31 accounts say as much as 1.1 of equal size, and the ten "
        "largest have 96%. An interval by 't' may be too short there, but 'adjusted' allows for it."
    )
    assert caught[0].filename == __file__
    with pytest.warns(ConcentrationWarning, match="by 'fieller' .* but 'score' allows for it"):
        cx.gross_revenue_retention(WHALE, changed, method="fieller")
    cx.net_revenue_retention(WHALE, changed)
    cx.gross_revenue_retention(WHALE, changed)


def test_a_batch_warns_once() -> None:
    start = [*WHALE, *WHALE, *START]
    by = [0] * 31 + [1] * 31 + [2] * 8
    end = [*WHALE[::-1], *np.multiply(WHALE, np.linspace(0.5, 1.5, 31)), *END]
    with pytest.warns(ConcentrationWarning) as caught:
        cx.net_revenue_retention(Revenue.of(start, end, by=by), method="t")

    assert len(caught) == 1
    assert str(caught[0].message).startswith(
        "Revenue is concentrated in 2 of 3 groups: 31 accounts say as much as 1.1 of equal size,"
    )


def test_a_small_book_is_not_concentrated() -> None:
    cx.net_revenue_retention(START, END, method="t")
    cx.net_revenue_retention([1.0] * 5, [1, 1, 1, 0, 2], method="t")


# ---------------------------------------------------------------------- errors

SPAN = "must be a number from 0 to 1e+100"


@every_metric
@pytest.mark.parametrize(
    ("start", "end", "options", "error", "message"),
    [
        (
            [1, -2],
            [1, 2],
            {},
            ArgumentError,
            (
                f"Each amount in `start` {SPAN}, not -2.0 (1 of 2, first at position 1).\n"
                "Hint: did you mean to take credits off the revenue of their account first?"
            ),
        ),
        (
            [1, 2],
            [-1, 2],
            {},
            ArgumentError,
            (
                f"Each amount in `end` {SPAN}, not -1.0 (1 of 2, first at position 0).\n"
                "Hint: did you mean to take credits off the revenue of their account first?"
            ),
        ),
        (
            [1, 2],
            [1, None],
            {},
            ArgumentError,
            (
                f"Each amount in `end` {SPAN}, but 1 of 2 are missing, first at position 1.\n"
                "Hint: did you mean 0 for these, as for accounts that left, or to drop their rows?"
            ),
        ),
        (
            [1, 2],
            [1],
            {},
            MismatchError,
            "`end` must have one amount for each in `start`, not 1 for 2.",
        ),
        (
            [0, 0],
            [1, 0],
            {},
            TooFewResponsesError,
            "`start` must have revenue of at least one account, not 0 in total.",
        ),
        (
            [],
            [],
            {},
            TooFewResponsesError,
            "`start` must have revenue of at least one account, not 0 in total.",
        ),
        (
            [1, 2],
            None,
            {},
            ArgumentError,
            (
                "`end` must be given: the revenue of each account at the end.\n"
                "Hint: did you mean 0 for accounts that left?"
            ),
        ),
        (
            Revenue.of(START, END),
            END,
            {},
            MismatchError,
            "`end` must not be given with Revenue, which knows it.",
        ),
        (
            START,
            END,
            {"method": "bca"},
            ArgumentError,
            (
                "`rng` must be given for method='bca', which draws accounts.\n"
                "Hint: did you mean rng=1?"
            ),
        ),
        (
            START,
            END,
            {"method": "bca", "rng": 1, "resamples": 0},
            ArgumentError,
            "`resamples` must be 1 to 1,000,000, not 0.",
        ),
        (
            START,
            END,
            {"method": "bootstrap", "rng": "dice"},
            ArgumentError,
            "`rng` must be a numpy Generator or a whole number from 0, not 'dice'.",
        ),
        (
            Revenue.of(START, END),
            None,
            {"method": "bootstrap", "rng": 1},
            ArgumentError,
            (
                "`method` must not be 'bootstrap' for a summary, which keeps no account.\n"
                "Hint: did you mean to give the amounts of every account?"
            ),
        ),
    ],
)
def test_what_is_no_revenue_is_explained(
    metric: Any, start: Any, end: Any, options: Any, error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as raised:
        metric(start, end, **options)

    assert str(raised.value) == message


def test_methods_are_those_of_the_metric() -> None:
    with pytest.raises(ArgumentError) as raised:
        cx.gross_revenue_retention(START, END, method="adjusted")  # type: ignore[call-overload]

    assert str(raised.value) == (
        "`method` must be 'score', 't', 'fieller', 'bootstrap' or 'bca', not 'adjusted'."
    )


def test_other_estimates_do_not_subtract() -> None:
    with pytest.raises(MismatchError, match="Can't subtract NRR from GRR"):
        cx.difference(cx.gross_revenue_retention(START, END), cx.net_revenue_retention(START, END))


def test_an_estimate_is_an_estimate() -> None:
    estimate: Estimate = cx.net_revenue_retention(START, END)

    assert estimate.to_dict()["method"] == "adjusted"
    assert set(estimate.to_dicts()[0]) >= {"share_lost", "share_contraction", "share_expansion"}
