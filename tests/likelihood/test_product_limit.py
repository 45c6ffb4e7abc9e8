"""The product limit against plain Python, statsmodels and published limits of repeated looks."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal, norm
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

from cxmetrics.likelihood.product_limit import Kept, ProductLimit, band_critical_value
from cxmetrics.summaries.life_table import LifeTable
from tests import strategies
from tests.metrics.survival_data import PLACEBO, SIX_MP, customers

Z = norm.ppf(0.975)
DEFAULTS = {"entry": 0, "weights": 1.0}


def curve_of(table: LifeTable) -> ProductLimit:
    return ProductLimit.of(table.at_risk_weight, table.churned_weight, table.at_risk_effective)


SIX = LifeTable.of(*customers(SIX_MP))


def test_worked_example() -> None:
    """Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, section 1.1."""
    curve = curve_of(SIX)
    kept = curve.kept(curve.at_risk)
    low, high = kept.log_log_limits(np.array(Z))
    at = [1 + SIX.tenures.tolist().index(week) for week in (6, 10, 23)]

    assert curve.survival[0] == 1
    assert_allclose(curve.survival[at], [0.8571, 0.7529, 0.4482], atol=5e-5)
    assert_allclose(low[at], [0.6197, 0.5032, 0.1881], atol=5e-5)
    assert_allclose(high[at], [0.9516, 0.8894, 0.6801], atol=5e-5)


@pytest.mark.parametrize(
    ("words", "area", "std_error"), [(SIX_MP, 17.9092, 1.55319), (PLACEBO, 8.6667, 1.37739)]
)
def test_area_under_a_curve(words: str, area: float, std_error: float) -> None:
    """Σ S Δt to week 23, and Σ (area from t on)² d/(n(n - d)).

    lifelines 0.30.3 gives another variance, 46.81 for the first: that of the weeks of one
    patient, cut at 23, and not that of their mean.
    """
    table = LifeTable.of(*customers(words))

    found, variance = curve_of(table).area(table.tenures, 23)

    assert (found, variance**0.5) == pytest.approx((area, std_error), abs=5e-5)


Row = tuple[Any, bool, Any, float]
"""Tenure, whether the customer left then, the tenure at entry, and the weight."""


def by_hand(rows: list[Row], tenures: list[Any]) -> list[tuple[float, float]]:
    """Share and variance of its logarithm at each tenure, customer by customer."""
    share, log_variance, found = Fraction(1), Fraction(0), []
    for now in tenures:
        there = [row for row in rows if row[0] >= now and (row[2] < now or row[2] == 0)]
        weight = sum(Fraction(w) for *_, w in there)
        lost = sum(Fraction(w) for tenure, left, _, w in there if left and tenure == now)
        if lost:
            squares = sum(Fraction(w) ** 2 for *_, w in there)
            share *= 1 - lost / weight
            log_variance += lost / (weight - lost) * squares / weight**2 if share else 0
        found.append((float(share), float(log_variance) if share else np.inf))
    return found


@given(strategies.customers(), st.sets(st.sampled_from(["entry", "weights"])))
def test_the_curve_is_the_product_that_the_formulas_say(
    columns: dict[str, list[Any]], told: set[str]
) -> None:
    n = len(columns["tenure"])
    columns = columns | {name: [value] * n for name, value in DEFAULTS.items() if name not in told}
    rows = list(zip(*(columns[name] for name in ("tenure", "churned", *DEFAULTS)), strict=True))

    options: dict[str, Any] = {name: columns[name] for name in told}
    table = LifeTable.of(columns["tenure"], columns["churned"], by=None, **options)

    curve = curve_of(table)
    found = np.column_stack([curve.survival, curve.log_variance])[1:]
    expected = by_hand(rows, table.tenures.tolist())
    assert_allclose(found, np.reshape(expected, (-1, 2)), rtol=1e-12)


@pytest.mark.parametrize("entry", [None, [0, 0, 3, 5, 1, 2, 2, 0]])
def test_shares_and_errors_are_those_of_statsmodels(entry: Any) -> None:
    tenure, churned = [5, 2, 5, 8, 3, 9, 5, 8], [1, 1, 0, 1, 0, 0, 1, 1]
    theirs = SurvfuncRight(tenure, churned, entry=entry)
    table = LifeTable.of(tenure, churned, entry=entry)
    left = np.append(False, table.churned > 0)

    curve = curve_of(table)

    assert_allclose(curve.survival[left], theirs.surv_prob, rtol=1e-12)
    error = (curve.survival * np.sqrt(curve.log_variance))[left]
    assert_allclose(error, theirs.surv_prob_se, rtol=1e-12)


def test_sums_of_weights_that_should_cancel_do() -> None:
    """0.1 + 0.2 is more than 0.3 in floats, but nobody of them is left."""
    at_risk, churned = np.array([0.1 + 0.2, 0.5]), np.array([0.3, 0.5])

    assert curve(at_risk, churned).survival.tolist() == [1, 0, 0]
    assert curve(churned, at_risk).survival.tolist() == [1, 0, 0]


def curve(at_risk: Any, churned: Any) -> ProductLimit:
    sizes = np.array(at_risk, float)
    return ProductLimit.of(sizes, np.array(churned, float), sizes)


# ----------------------------------------------------------------- what is known


def test_shares_of_0_and_1_are_known_from_those_who_were_seen() -> None:
    """Of 12, two leave at 1 and 2 are lost, 4 leave at 2, 2 are lost, and the last 2 leave.

    Before these last 2 left, 10/12 · 4/8 = 5/12 were there: 2 of them say as much about it as
    2/(5/12) = 4.8 customers.
    """
    found = curve([12, 8, 2], [2, 4, 2])
    kept = found.kept(found.at_risk)

    assert kept.value[-1] == 0
    assert kept.informed.tolist() == pytest.approx([12, 12, 8, 4.8])
    assert curve([9, 5, 5], [0, 0, 5]).kept(np.array([9, 9, 5, 5])).informed.tolist() == [
        9,
        9,
        5,
        5,
    ]
    whole = curve([9, 5, 0], [4, 5, 0])
    assert whole.kept(whole.at_risk).informed.tolist() == pytest.approx([9, 9, 9, 9])


def test_nothing_is_known_from_a_gap_on() -> None:
    assert curve([0, 3], [0, 1]).known.tolist() == [False, False, False]
    assert curve([4, 0, 3], [1, 0, 3]).known.tolist() == [True, True, False, False]
    assert curve([4, 0, 3], [4, 0, 1]).known.tolist() == [True, True, True, True]
    assert curve([], []).known.tolist() == [False]
    found = curve([4, 0, 3], [1, 0, 3])
    kept = found.kept(found.at_risk)
    assert np.isnan(kept.value).tolist() == [False, False, True, True]
    low, high = kept.log_log_limits(np.array(Z))
    assert (low[2:].tolist(), high[2:].tolist()) == ([0, 0], [1, 1])
    assert kept.log_log_statistic(np.array(0.5))[2:].tolist() == [0, 0]


# --------------------------------------------------------------------- intervals

shares = st.builds(
    Kept,
    st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.001, 0.999)).map(np.array),
    st.one_of(st.just(0.0), st.floats(1e-6, 4)).map(np.array),
    st.floats(1, 1e4).map(np.array),
)


@given(shares, st.floats(0.1, 4))
def test_statistics_belong_to_limits(kept: Kept, size: float) -> None:
    z = np.array(size)
    for limits, statistic in (
        (kept.log_log_limits, kept.log_log_statistic),
        (kept.wilson_limits, kept.wilson_statistic),
    ):
        low, high = limits(z)
        assert 0 <= low <= kept.value <= high <= 1
        assert low < high
        # Limits that round to an end of the scale have no statistic.
        assume(low == 0 or low > 1e-6)
        assume(high == 1 or high < 1 - 1e-6)
        if low > 0:
            assert statistic(low) == pytest.approx(size, rel=1e-6)
        if high < 1:
            assert statistic(high) == pytest.approx(-size, rel=1e-6)


@pytest.mark.parametrize(("stayed", "n"), [(0, 7), (3, 10), (10, 10)])
def test_shares_of_whom_nobody_is_lost_have_the_limits_of_wilson(stayed: int, n: int) -> None:
    found = curve([n], [n - stayed])
    kept = found.kept(found.at_risk)

    expected = proportion_confint(stayed, n, method="wilson")

    assert kept.as_many[1] == pytest.approx(n)
    assert [limit[1] for limit in kept.wilson_limits(np.array(Z))] == pytest.approx(expected)


def test_of_nobody_everything_is_possible() -> None:
    kept = Kept(np.array([0.0, 1.0, np.nan]), np.zeros(3), np.zeros(3))

    for limits in (kept.log_log_limits, kept.wilson_limits):
        low, high = limits(np.array(Z))
        assert (low.tolist(), high.tolist()) == ([0, 0, 0], [1, 1, 1])


# ------------------------------------------------------------------------- bands


@pytest.mark.parametrize("level", [0.01, 0.5, 0.95, 0.999])
def test_one_look_has_the_limits_of_one_tenure(level: float) -> None:
    for log_variance in ([0.3], [0.0, 0.0, 0.3, 0.3, np.inf], [], [0.0], [np.inf]):
        found = band_critical_value(np.array(log_variance), level)
        assert found == pytest.approx(norm.ppf((1 + level) / 2), rel=1e-8)


@pytest.mark.parametrize(
    ("looks", "expected"),
    [(2, 2.178), (3, 2.289), (4, 2.361), (5, 2.413), (10, 2.555), (20, 2.672)],
)
def test_even_looks_have_the_limits_of_pocock(looks: int, expected: float) -> None:
    """Jennison and Turnbull (2000), Group Sequential Methods, table 2.1, α = 0.05."""
    log_variance = np.linspace(0.01, 0.01 * looks, looks)

    assert band_critical_value(log_variance, 0.95) == pytest.approx(expected, abs=6e-4)


def test_uneven_looks_have_the_limits_of_a_normal_law() -> None:
    clock = np.array([1, 1.3, 4.0])
    z = band_critical_value(clock, 0.9)
    correlation = np.sqrt(np.minimum.outer(clock, clock) / np.maximum.outer(clock, clock))

    law = multivariate_normal(cov=correlation, seed=1)

    assert law.cdf([z] * 3, lower_limit=[-z] * 3) == pytest.approx(0.9, abs=2e-5)


@pytest.mark.parametrize(
    ("growth", "looks", "expected"), [(1.001, 1000, 2.59607), (1.003, 1000, 2.89879)]
)
def test_many_looks_are_as_good_as_all_of_them(growth: float, looks: int, expected: float) -> None:
    """From the same sums at every look, on 400 and 240 points."""
    log_variance = np.geomspace(1, growth ** (looks - 1), looks)

    assert band_critical_value(log_variance, 0.95) == pytest.approx(expected, abs=0.002)


@given(
    st.lists(st.floats(1e-6, 2), min_size=1, max_size=12),
    st.tuples(st.floats(0.05, 0.999), st.floats(0.05, 0.999)),
)
def test_a_band_is_wider_than_intervals_and_less_wide_than_bonferronis(
    steps: list[float], confidence: tuple[float, float]
) -> None:
    log_variance = np.cumsum(steps)
    low, high = sorted(confidence)

    one, two = (band_critical_value(log_variance, level) for level in (low, high))

    assert one <= two + 1e-9
    assert norm.ppf((1 + high) / 2) - 1e-9 <= two
    assert two <= norm.ppf(1 - (1 - high) / 2 / len(steps)) + 0.02


@pytest.mark.slow
def test_a_path_stays_within_the_band_as_often_as_it_says() -> None:
    """A Brownian motion at the times of a curve from 1,000 customers who leave one by one."""
    left = np.arange(1, 901)
    log_variance = left / 1000 / (1000 - left)
    steps = np.sqrt(np.diff(log_variance, prepend=0))
    z, rng, runs = band_critical_value(log_variance, 0.95), np.random.default_rng(7), 40_000
    within: Any = 0
    for _ in range(runs // 1000):
        path = np.cumsum(rng.standard_normal((1000, len(steps))) * steps, axis=1)
        within += np.count_nonzero((np.abs(path) <= z * np.sqrt(log_variance)).all(axis=1))

    assert within / runs == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / runs))
