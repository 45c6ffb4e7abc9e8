"""Ratios of totals: published and brute-force values, weights, and what cannot be told."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from cxmetrics.errors import ArgumentError, ZeroWidthWarning
from cxmetrics.intervals.ratio import Ratio
from cxmetrics.summaries.moments import Moments

START = np.array([100.0, 200, 150, 80, 120, 300, 90, 60])
END = np.array([110.0, 180, 150, 0, 130, 330, 90, 75])


def ratio_of(start: Any, end: Any, **options: Any) -> Ratio:
    """Σ end / Σ start."""
    moments = Moments.of({"start": start, "end": end}, **options)
    moments = getattr(moments, "batch", moments)
    return Ratio(moments=moments, numerator=(0, 0, 1), denominator=(0, 1, 0))


def mean_of(amounts: Any, **options: Any) -> Ratio:
    """Σ amounts / n."""
    moments = Moments.of({"amounts": amounts}, **options)
    return Ratio(moments=moments, numerator=(0, 1), denominator=(1, 0))


def interval(ratio: Ratio, method: str, level: float = 0.95) -> tuple[float, float]:
    low, high = ratio.method(method).interval(level, "two-sided")
    return float(low), float(high)


def test_worked_example() -> None:
    """Eight accounts, by another program: ratio, linearised error, t and Fieller limits."""
    ratio = ratio_of(START, END)

    assert ratio.value == pytest.approx(0.968182, abs=5e-7)
    assert ratio.std_error == pytest.approx(0.0892344, abs=5e-8)
    assert interval(ratio, "t") == pytest.approx((0.757176, 1.179188), abs=5e-7)
    assert interval(ratio, "fieller") == pytest.approx((0.667217, 1.160569), abs=5e-7)
    assert ratio.df == 7
    assert ratio.n_effective == pytest.approx(1100**2 / 195_000)
    assert ratio.share == 1100


def test_standard_error_is_close_to_that_of_the_jackknife() -> None:
    """.0892213 by leaving out each account, by another program and here."""
    left_out = (END.sum() - END) / (START.sum() - START)
    jackknife = np.sqrt(7 / 8 * ((left_out - left_out.mean()) ** 2).sum())

    assert jackknife == pytest.approx(0.0892213, abs=5e-8)
    assert ratio_of(START, END).std_error == pytest.approx(jackknife, rel=2e-4)


def test_mean_per_account_is_that_of_student() -> None:
    expected = stats.ttest_1samp(END, 100)
    low, high = expected.confidence_interval(0.9)
    mean = mean_of(END)

    assert mean.std_error == pytest.approx(stats.sem(END))
    assert interval(mean, "t", 0.9) == pytest.approx((low, high))
    assert interval(mean, "fieller", 0.9) == pytest.approx((low, high))
    statistic, pvalue = mean.method("t").test(100, "two-sided")
    assert (statistic, pvalue) == pytest.approx((expected.statistic, expected.pvalue))
    assert mean.n_effective == 8


def test_a_mean_far_from_0_loses_no_digits() -> None:
    mean = mean_of(1e9 + END)

    assert mean.std_error == pytest.approx(stats.sem(END), rel=1e-9)


def test_weights_enter_by_their_squares() -> None:
    """n/(n - 1) Σω²u² / (Σωs)², summed account by account."""
    weights = np.array([1, 2, 0.5, 3, 1, 1, 0.2, 4])
    ratio = ratio_of(START, END, weights=weights)
    value = (weights @ END) / (weights @ START)
    squares = (weights**2 * (END - value * START) ** 2).sum()

    assert ratio.value == pytest.approx(value)
    assert ratio.std_error == pytest.approx(np.sqrt(8 / 7 * squares) / (weights @ START))
    sizes = weights * START
    assert ratio.n_effective == pytest.approx(sizes.sum() ** 2 / (sizes**2).sum())
    assert ratio_of(START, END, weights=[3] * 8).std_error == pytest.approx(
        ratio_of(START, END).std_error
    )


@pytest.mark.parametrize("weights", [None, [1, 2, 0.5, 3, 1, 1, 0.2, 4]])
def test_fieller_tests_that_the_end_less_so_much_of_the_start_is_0(weights: Any) -> None:
    """Its statistic is that of the mean of end - null * start, whatever the null."""
    ratio = ratio_of(START, END, weights=weights)
    for null in (0.7, 0.95, 1.1):
        left = mean_of(END - null * START, weights=weights)
        for found, expected in zip(
            ratio.method("fieller").test(null, "two-sided"),
            left.method("t").test(0, "two-sided"),
            strict=True,
        ):
            assert found == pytest.approx(expected)
    assert [*map(float, ratio.method("fieller").test(float(ratio.value), "less"))] == [0, 0.5]


def test_fieller_has_no_limits_where_the_start_may_be_0() -> None:
    """One account has nearly everything, so that Σs is 1.1 standard errors from 0."""
    start, end = np.array([1000.0, 10, 20, 30, 5]), np.array([900.0, 12, 20, 30, 0])
    ratio = ratio_of(start, end)
    surest = start.mean() / stats.sem(start)

    assert interval(ratio, "fieller") == (-np.inf, np.inf)
    statistic, pvalue = ratio.method("fieller").test(1e9, "two-sided")
    assert statistic == pytest.approx(-surest)
    # Up to that level there are limits, and beyond it there are none.
    level = 1 - float(pvalue)
    assert np.isfinite(interval(ratio, "fieller", level - 1e-6)).all()
    assert not np.isfinite(interval(ratio, "fieller", level + 1e-6)).any()


def test_fieller_is_student_where_all_accounts_start_alike() -> None:
    ratio = ratio_of([50.0] * 8, END)

    assert interval(ratio, "fieller") == pytest.approx(interval(ratio, "t"))


@pytest.mark.parametrize("weights", [None, [0.3, 0.7, 1.1]])
@pytest.mark.parametrize("part", [1, 1.1, 0.37])
def test_accounts_that_all_change_alike_have_no_width(part: float, weights: Any) -> None:
    start = np.array([5.1, 7.3, 9.9])
    ratio = ratio_of(start, part * start, weights=weights)

    assert ratio.std_error == 0
    assert not ratio.speaks.any()
    for method in ("t", "fieller"):
        with pytest.warns(ZeroWidthWarning):
            assert interval(ratio, method) == pytest.approx((part, part))


@pytest.mark.parametrize("weights", [None, [0.3, 0.7, 1.1]])
def test_amounts_that_are_all_alike_do_not_vary_by_rounding(weights: Any) -> None:
    for amount in (0.1, 1 / 3, 19.99):
        assert mean_of([amount] * 3, weights=weights).std_error == 0


@pytest.mark.parametrize("weights", [None, [0.3]])
@pytest.mark.parametrize("method", ["t", "fieller"])
def test_one_account_says_nothing_of_the_variation(method: str, weights: Any) -> None:
    ratio = ratio_of([0.7], [0.5], weights=weights)

    assert np.isnan(ratio.std_error)
    assert interval(ratio, method) == (-np.inf, np.inf)
    assert [*map(float, ratio.method(method).test(3, "two-sided"))] == [0, 1]


def test_rows_without_a_start_have_no_ratio() -> None:
    ratio = ratio_of([0.0, 0, 5, 8], [1.0, 0, 4, 8], by=[0, 0, 1, 1])

    assert np.isnan(ratio.value).tolist() == [True, False]
    assert ratio.n_effective.tolist() == pytest.approx([0, 169 / 89])
    assert ratio.speaks.tolist() == [False, True]
    taken = ratio.take(np.array([1, -1]))
    assert np.asarray(taken.n).tolist() == [2, 0]
    assert np.isnan(taken.value).tolist() == [False, True]


def test_the_rest_of_a_row_are_all_others() -> None:
    by = [0, 0, 1, 1, 1, 2, 2, 2]
    others = ratio_of(START, END, by=by).others()

    rest = ratio_of(START[2:], END[2:])
    assert others.value[0] == pytest.approx(rest.value)
    assert others.std_error[0] == pytest.approx(rest.std_error)


def test_a_summary_cannot_be_drawn_again() -> None:
    with pytest.raises(ArgumentError) as raised:
        ratio_of(START, END).check_method("bca")

    assert str(raised.value) == (
        "`method` must not be 'bca' for a summary, which keeps no account.\n"
        "Hint: did you mean to give the amounts of every account?"
    )
