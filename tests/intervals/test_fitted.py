"""What follows from a fitted law, against direct sums and the limits of the likelihood."""

from typing import Any

import numpy as np
import pytest

from cxmetrics import LifeTable
from cxmetrics.intervals.fitted import (
    FittedRetention,
    FittedValue,
    Forecast,
    ModelledValue,
    Periods,
    fit,
)
from cxmetrics.intervals.payments import Payments
from cxmetrics.likelihood import (
    BetaGeometric,
    beta_geometric_limits,
    fit_beta_geometric,
    number_at_risk,
)

Z = 1.959963984540054
HIGH_END = LifeTable.from_survivors([1000, 869, 743, 653, 593, 551, 517, 491])
REGULAR = LifeTable.from_survivors([1000, 631, 468, 382, 326, 289, 262, 241])
BOTH = LifeTable.from_survivors(
    [[1000, 869, 743, 653, 593, 551, 517, 491], [1000, 631, 468, 382, 326, 289, 262, 241]]
)
TERMS = Payments(10, 0.1, 0)


def value(table: LifeTable, payments: Payments = TERMS, stayed: int = 0) -> Any:
    return ModelledValue(table=table, law=fit(table), payments=payments, stayed=stayed)


def forecast(table: LifeTable, periods: int = 12) -> Any:
    return Forecast(table=table, law=fit(table), periods=periods)


MEMBERS = {
    "forecast": forecast,
    "retention": lambda table: FittedRetention(table=table, law=fit(table), periods=3),
    "value": value,
    "residual value": lambda table: value(table, Payments(1.1, 0.1, 1), 2),
}
every_member = pytest.mark.parametrize("member", MEMBERS.values(), ids=MEMBERS)


def test_periods_of_a_table() -> None:
    """Customers of tenures 1, 1, 3, 6 and 6; those of 0 were there in no period."""
    table = LifeTable([0, 1, 3, 6], churned=[0, 1, 0, 1], censored=[4, 1, 1, 1])
    periods = Periods.of(table)

    assert periods.at_risk.tolist() == [5, 3, 3, 2, 2, 2]
    assert periods.churned.tolist() == [1, 0, 0, 0, 0, 1]
    assert (
        periods.at_risk.tolist()
        == number_at_risk(np.array([1, 0, 0, 0, 0, 1.0]), np.array([1, 0, 1, 0, 0, 1.0])).tolist()
    )
    assert periods.seen == 6
    assert Periods.of(LifeTable.empty()).seen == 0


def test_late_entries_are_at_risk_later() -> None:
    """Entered at 1 and 3: at risk from periods 2 and 4 on."""
    table = LifeTable.of([2, 5, 5], [True, True, False], entry=[0, 3, 1])

    assert Periods.of(table).at_risk.tolist() == [1, 2, 1, 2, 2]


def test_each_row_of_a_batch_has_the_law_of_its_own() -> None:
    law: Any = fit(BOTH)

    for i, table in enumerate((HIGH_END, REGULAR)):
        own = fit_beta_geometric(*Periods.of(table))
        assert (law.churn[i], law.spread[i]) == (own.churn, own.spread)


def test_where_nobody_left_there_is_no_law() -> None:
    assert all(np.isnan(side) for side in fit(LifeTable([3], [0], [20])))
    unknown = forecast(LifeTable([3], [[0], [5]], [[20], [5]]))
    assert np.isnan(unknown.value).tolist() == [True, False]
    low, high = unknown.method("profile").interval(0.95, "two-sided")
    assert (low[0], high[0]) == (0, 100)
    assert np.isnan(unknown.share_beyond).tolist() == [True, False]


def test_values_are_sums_of_the_law() -> None:
    """10 Σ S(t)/1.1^t, and of those who have stayed twice Σ S(t)/S(2)/1.1^(t - 3) from t = 3."""
    law: Any = fit(HIGH_END)
    there = np.array([law.survival(t) for t in range(900)])
    paid = there / 1.1 ** np.arange(900)

    assert value(HIGH_END).value == pytest.approx(10 * paid.sum())
    residual = paid[3:].sum() / there[2] * 1.1**3
    assert value(HIGH_END, Payments(1.1, 0.1, 1), 2).value == pytest.approx(residual)
    assert residual == pytest.approx(6.293891, abs=1e-6)
    assert forecast(HIGH_END).value == pytest.approx(100 * there[12])


@every_member
def test_limits_are_those_of_the_profile_likelihood(member: Any) -> None:
    basis: FittedValue = member(HIGH_END)
    low, high = basis.method("profile").interval(0.95, "two-sided")

    expected = beta_geometric_limits(basis.of_law, *Periods.of(HIGH_END), Z)
    assert (low, high) == pytest.approx(expected)
    one = beta_geometric_limits(basis.of_law, *Periods.of(HIGH_END), 1)
    assert basis.std_error == pytest.approx((one[1] - one[0]) / 2)


@every_member
def test_at_a_limit_the_statistic_is_the_critical_value(member: Any) -> None:
    basis: FittedValue = member(REGULAR)
    for end, sign in zip(basis.method("profile").interval(0.95, "two-sided"), (1, -1), strict=True):
        statistic, pvalue = basis.method("profile").test(float(end), "two-sided")
        assert statistic == pytest.approx(sign * Z, rel=1e-6)
        assert pvalue == pytest.approx(0.05, rel=1e-5)


@every_member
def test_a_batch_is_its_rows(member: Any) -> None:
    batch = member(BOTH)
    low, high = batch.method("profile").interval(0.9, "two-sided")

    for i, table in enumerate((HIGH_END, REGULAR)):
        alone = member(table)
        assert batch.value[i] == pytest.approx(float(alone.value), rel=1e-12)
        own = alone.method("profile").interval(0.9, "two-sided")
        assert (low[i], high[i]) == pytest.approx([float(limit) for limit in own])
        assert batch.share_beyond[i] == pytest.approx(float(alone.share_beyond))
    taken = batch.take(np.array([1, -1]))
    assert taken.value == pytest.approx([batch.value[1], np.nan], nan_ok=True)
    others = batch.others()
    assert others.value == pytest.approx(batch.value[::-1])


def test_the_share_beyond_the_data() -> None:
    """Of eight payments at the start of a period, 0...7, those of 0...7 were seen."""
    law: Any = fit(HIGH_END)
    paid = [10 * law.survival(t) / 1.1**t for t in range(8)]

    whole = value(HIGH_END)
    assert whole.share_beyond == pytest.approx(100 * (1 - sum(paid) / float(whole.value)))
    end = value(HIGH_END, Payments(10, 0.1, 1))
    assert end.share_beyond == pytest.approx(100 * (1 - sum(paid[1:]) / float(end.value)))
    assert value(HIGH_END, Payments(10, 0.1, 0, 8)).share_beyond == 0
    assert value(HIGH_END, Payments(10, 0.1, 0, 9)).share_beyond > 0
    assert value(HIGH_END, Payments(10, 0, 0)).share_beyond == 100
    assert value(HIGH_END, stayed=9).share_beyond == 100
    assert [forecast(HIGH_END, t).share_beyond for t in (7, 8)] == [0, 100]


def test_a_mean_without_discount_may_be_infinite() -> None:
    """α = 0.67: no law that is likely has α above 1, where the mean is finite."""
    basis = value(HIGH_END, Payments(1, 0, 0))

    assert basis.value == np.inf
    assert basis.method("profile").interval(0.95, "two-sided") == (np.inf, np.inf)
    assert np.isnan(basis.std_error)
    statistic, pvalue = basis.method("profile").test(20, "two-sided")
    assert statistic > 3
    assert pvalue < 0.001


def test_what_may_be_infinite_is_at_a_finite_distance() -> None:
    """Of 20 customers it may be: the p-value of a null at a limit is that of its level."""
    basis = value(LifeTable.from_survivors([20, 16, 12, 11]), Payments(1, 0, 0))
    low, high = basis.method("profile").interval(0.95, "two-sided")

    assert (low < 10, high) == (True, np.inf)
    assert basis.method("profile").test(float(low), "two-sided")[1] == pytest.approx(0.05)


def test_nulls_that_no_law_reaches() -> None:
    """Somebody stayed, so a value of 0 is impossible; all stayed is nearly so."""
    statistic, pvalue = forecast(HIGH_END).method("profile").test(0, "two-sided")
    assert (statistic > 10, pvalue) == (True, 0)
    statistic, pvalue = forecast(HIGH_END).method("profile").test(100, "two-sided")
    assert (statistic < -10, pvalue) == (True, 0)


def test_ranges() -> None:
    assert value(HIGH_END).bounds == pytest.approx((10, 110))
    assert forecast(HIGH_END).bounds == (0, 100)
    assert (value(HIGH_END).spec, forecast(HIGH_END).spec) == ("z,.2f", "z,.1f")
    assert (value(HIGH_END).n, value(HIGH_END).noun) == (1000, "customer")


def test_a_law_at_its_end() -> None:
    """All left at once: nobody is there later, and the value is the first payment."""
    gone = LifeTable([1], [12], [0])

    assert fit(gone) == BetaGeometric(1, 0)
    assert value(gone).value == 10
    assert value(gone).method("profile").interval(0.95, "two-sided").low == 10
    assert value(gone, Payments(1.1, 0.1, 1)).value == 0
    assert value(gone, Payments(1.1, 0.1, 1)).method("profile").test(0, "two-sided") == (0, 1)
