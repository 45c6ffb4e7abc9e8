"""Lifetime value against its formulas, sums over periods, and cohorts whose truth is known."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics import (
    Counts,
    Estimate,
    LifeTable,
    fit_retention,
    lifetime_value,
    retention_rate,
)
from cxmetrics.errors import ArgumentError, CxMetricsError, MismatchError, TooFewResponsesError
from cxmetrics.likelihood import BetaGeometric

RATE = retention_rate(900, 1000)
COHORT = LifeTable.from_survivors([1000, 869, 743, 653, 593, 551, 517, 491])
ALIVE = np.array([1000, 869, 743, 653, 593, 551, 517, 491]) / 1000
GROUPS = cx.datasets.subscribers()
TERMS: dict[str, Any] = {"margin": 10, "discount": 0.1}

margins = st.floats(0.01, 1e4)
discounts = st.floats(0, 1)
kept = st.integers(1, 199)


def ltv(retention: Any, **options: Any) -> Any:
    return lifetime_value(retention, **{**TERMS, **options})


def test_constant_retention() -> None:
    """m (1 + d)/(1 + d - r) = 91.818 and m r/(1 + d - r) = 81.818."""
    start = ltv(RATE, discount=0.01, unit="€")
    end = ltv(RATE, discount=0.01, first_payment="end")

    assert (start.value, end.value) == pytest.approx((91.818182, 81.818182), abs=1e-6)
    assert str(start) == "Lifetime value 91.82 € [77.60, 108.71] (95% score, n=1,000)"
    assert (start.n, start.unit, start.method) == (1000, "€", "score")
    assert start.shares.keys() == {"kept", "lost"}


def test_a_horizon_of_constant_retention() -> None:
    """10 (1 + .9/1.01 + (.9/1.01)²)."""
    estimate = ltv(RATE, discount=0.01, horizon=3)

    assert estimate.value == pytest.approx(10 * (1 + 0.9 / 1.01 + (0.9 / 1.01) ** 2))
    assert estimate.metric == "Lifetime value (3 payments)"


def test_all_stay_or_none_does() -> None:
    """Wilson's limits of 20 of 20 are 83.9...100 %, of 0 of 20 they are 0...16.1 %."""
    always, never = (ltv(retention_rate(k, 20), discount=0) for k in (20, 0))

    assert always.value == np.inf
    assert tuple(always.interval) == pytest.approx((10 / (1 - 0.83887), np.inf), rel=1e-4)
    assert never.value == 10
    assert tuple(never.interval) == pytest.approx((10, 10 / (1 - 0.16113)), rel=1e-4)
    assert ltv(retention_rate(20, 20), discount=0.01).value == pytest.approx(1010)
    assert ltv(retention_rate(0, 20), first_payment="end").value == 0


def test_customers_as_they_were_seen() -> None:
    """10 Σ S(t)/1.1^t over t = 0...7, or from 1 on."""
    paid = 10 * ALIVE / 1.1 ** np.arange(8)

    start, end = ltv(COHORT), ltv(COHORT, first_payment="end")
    assert (start.value, start.metric) == (
        pytest.approx(paid.sum()),
        "Lifetime value (8 payments)",
    )
    assert (end.value, end.metric) == (
        pytest.approx(paid[1:].sum()),
        "Lifetime value (7 payments)",
    )
    assert (start.method, start.n) == ("log-log", 1000)


def test_margins_that_change() -> None:
    """A free month, then 10, then 20."""
    table = LifeTable.from_survivors([100, 80, 60])

    estimate = ltv(table, margin=[0, 10, 20], discount=0)
    assert estimate.value == pytest.approx(0.8 * 10 + 0.6 * 20)
    assert ltv(table, margin=np.array([10.0, 20]), discount=0, horizon=2).value == pytest.approx(26)
    assert ltv(table, margin=(10, 20), discount=0, first_payment="end").value == pytest.approx(20)


def test_real_tenures_are_paid_for_whole_periods() -> None:
    """Four customers, who left after 0.5, 1.5 and 2.5 periods, and who was seen for 3.2."""
    table = LifeTable.of([0.5, 1.5, 2.5, 3.2], [True, True, True, False])

    assert ltv(table, discount=0).value == pytest.approx(10 * (1 + 0.75 + 0.5 + 0.25))


def test_customers_with_weights() -> None:
    """Each counted twice is as good as once: what weights cost is in the effective number."""
    tenure, churned = [1, 2, 3, 3, 2, 3], [1, 1, 0, 1, 1, 0]
    plain = ltv(LifeTable.of(tenure, churned))
    weighted = ltv(LifeTable.of(tenure, churned, weights=[2] * 6))

    assert weighted.value == pytest.approx(plain.value)
    assert tuple(weighted.interval) == pytest.approx(tuple(plain.interval))


def test_nobody_left_and_nobody_stayed_have_width() -> None:
    stayed, gone = LifeTable([3], [0], [20]), LifeTable([1], [20], [0])

    low, high = ltv(stayed).interval
    assert ltv(stayed).value == pytest.approx(high)
    assert low < high
    low, high = ltv(gone, horizon=4).interval
    assert ltv(gone, horizon=4).value == low == 10
    assert high > 10


def test_a_model_goes_on_where_the_data_end() -> None:
    """10 times the expected lifetime of 5.922253 (Fader and Hardie 2007)."""
    estimate = ltv(fit_retention(COHORT), unit="€")
    paid = sum(10 * fit_retention(COHORT).survival(t) / 1.1**t for t in range(8))

    assert isinstance(estimate, cx.Projection)
    assert estimate.value == pytest.approx(59.22253, abs=1e-5)
    assert estimate.share_beyond == pytest.approx(100 * (1 - paid / estimate.value))
    assert estimate.metric == "Lifetime value"


def test_the_share_beyond_the_data_is_always_told() -> None:
    estimate = ltv(fit_retention(COHORT), unit="€")

    assert str(estimate) == (
        "Lifetime value 59.22 € [56.39, 62.11] (95% profile, n=1,000, 29.0% beyond the data)"
    )
    assert estimate.summary() == (
        "Lifetime value is 59.22 € (95% CI: 56.39 € to 62.11 €); 29.0% of it lies beyond the data."
    )
    assert estimate.to_dict()["share_beyond"] == pytest.approx(28.998, abs=0.001)
    assert "share_beyond" in estimate.to_pandas()
    assert "beyond the data %" in estimate.to_html()
    ratio = cx.ltv_to_cac(estimate, 20)
    assert ratio.share_beyond == estimate.share_beyond
    assert str(ratio).startswith("LTV:CAC 2.961 [2.820, 3.105] (95% profile, n=1,000, 29.0% beyond")
    per_cost = cx.ltv_to_cac(estimate, cx.average_revenue([15, 20, 22, 30], unit="€"))
    assert isinstance(per_cost, cx.Projection)
    assert per_cost.share_beyond == estimate.share_beyond


def test_projections_are_values() -> None:
    estimates = ltv(fit_retention(GROUPS))

    batch = estimates.batch
    assert pickle.loads(pickle.dumps(batch)) == batch
    assert copy.deepcopy(batch) == batch
    assert estimates["Regular"] == ltv(fit_retention(GROUPS["Regular"]))
    assert batch.summary().count("\n") == 1
    assert str(estimates) == (
        "Lifetime value, 95% profile interval\n"
        "segment   value    low   high      n  missing  beyond the data %\n"
        "High End  59.22  56.39  62.11  1,000        0               29.0\n"
        "Regular   36.95  34.73  39.31  1,000        0               20.6"
    )
    assert len(str(batch).splitlines()) == 4
    blank = batch.take(np.array([0, -1]))
    assert np.isnan(blank.share_beyond).tolist() == [False, True]


def test_groups_have_the_horizon_that_all_of_them_were_seen_for() -> None:
    tables = LifeTable.of([1, 3, 3, 1, 2, 2], [1, 1, 0, 1, 1, 0], by=["old"] * 3 + ["new"] * 3)

    assert ltv(tables).batch.metric == "Lifetime value (3 payments)"
    longer = ltv(tables, horizon=4)
    assert np.isnan(longer["new"].value)
    assert longer["old"].value == ltv(tables["old"], horizon=4).value


def test_groups_of_rates_compare() -> None:
    rates = retention_rate({"web": 900, "app": 470}, {"web": 1000, "app": 500})
    values = ltv(rates)

    change = cx.difference(values["app"], values["web"])
    assert change.value == pytest.approx(11 / 0.16 - 11 / 0.2)
    assert change.method == "mover"
    family = cx.compare_segments(values, versus="pairs")
    assert family["web", "app"].value == pytest.approx(-change.value)


def test_models_compare() -> None:
    values = ltv(fit_retention(GROUPS))

    family = cx.compare_segments(values, versus="pairs")
    assert family["High End", "Regular"].value == pytest.approx(59.22253 - 36.94908, abs=1e-4)
    assert family["High End", "Regular"].pvalue < 1e-6


@given(margins, discounts, kept, st.floats(1.01, 2))
def test_it_rises_with_retention_and_margin_and_falls_with_discount(
    margin: float, discount: float, k: int, more: float
) -> None:
    value = lifetime_value(retention_rate(k, 200), margin=margin, discount=discount).value

    rate = retention_rate(k, 200)
    better = retention_rate(k + 1, 200)
    assert lifetime_value(better, margin=margin, discount=discount).value > value
    scaled = lifetime_value(rate, margin=more * margin, discount=discount).value
    assert scaled == pytest.approx(more * value)
    assert lifetime_value(rate, margin=margin, discount=more * (discount + 0.01)).value < value


@given(margins, discounts, kept)
def test_the_end_is_the_start_less_the_first_payment(
    margin: float, discount: float, k: int
) -> None:
    start, end = (
        lifetime_value(
            retention_rate(k, 200), margin=margin, discount=discount, first_payment=first
        )
        for first in ("start", "end")
    )

    for one, two in ((start.value, end.value), *zip(start.interval, end.interval, strict=True)):
        assert two == pytest.approx(one - margin, rel=1e-9, abs=1e-9 * one)


@given(margins, discounts, st.integers(2, 7))
def test_the_end_is_the_start_less_the_first_payment_of_a_table_too(
    margin: float, discount: float, horizon: int
) -> None:
    start = lifetime_value(COHORT, margin=margin, discount=discount, horizon=horizon)
    end = lifetime_value(
        COHORT, margin=margin, discount=discount, horizon=horizon - 1, first_payment="end"
    )

    for one, two in ((start.value, end.value), *zip(start.interval, end.interval, strict=True)):
        assert two == pytest.approx(one - margin)
    assert end.std_error == pytest.approx(start.std_error)


@given(discounts, st.integers(2, 5), st.sampled_from(["start", "end"]))
def test_a_geometric_curve_has_the_value_of_its_rate(
    discount: float, horizon: int, first: Any
) -> None:
    """Of 100,000 customers 90 % stay in each of five years."""
    table = LifeTable.from_survivors([100_000, 90_000, 81_000, 72_900, 65_610, 59_049])

    seen = ltv(table, discount=discount, horizon=horizon, first_payment=first)
    constant = ltv(RATE, discount=discount, horizon=horizon, first_payment=first)
    assert seen.value == pytest.approx(constant.value)


@given(st.integers(3, 8))
def test_horizons_add_up(horizon: int) -> None:
    last = 10 * ALIVE[horizon - 1] / 1.1 ** (horizon - 1)

    longer, shorter = (ltv(COHORT, horizon=h).value for h in (horizon, horizon - 1))
    assert longer - shorter == pytest.approx(last)
    model = fit_retention(COHORT)
    last = 10 * model.survival(horizon - 1) / 1.1 ** (horizon - 1)
    longer, shorter = (ltv(model, horizon=h).value for h in (horizon, horizon - 1))
    assert longer - shorter == pytest.approx(last)


def test_other_methods_and_labels() -> None:
    assert ltv(RATE, method="conservative").method == "conservative"
    assert ltv(retention_rate(900, 1000, method="t")).method == "t"
    assert ltv(COHORT, method="score").method == "score"
    assert ltv(COHORT, label="CLV", confidence_level=0.8).metric == "CLV"
    assert ltv(cx.retention_at(COHORT, 1)).method == "log-log"
    with pytest.raises(ArgumentError, match="`method` must be 'log-log', 'score' or 'normal', not"):
        ltv(COHORT, method="profile")


ONE_OF = "`retention` must be an estimate, a life table or a fitted model, not {}."
STAY = "`retention` must be the share of customers who stay, not {}."
HINT = "\nHint: did you mean retention_rate(kept, at_risk)?"


@pytest.mark.parametrize(
    ("retention", "options", "error", "message"),
    [
        (0.9, {}, MismatchError, ONE_OF.format("0.9") + HINT),
        (cx.churn_rate(31, 840), {}, MismatchError, STAY.format("Churn in %") + HINT),
        (
            cx.churn_rate({"a": 3}, {"a": 9}),
            {},
            MismatchError,
            STAY.format("Churn in %") + HINT,
        ),
        (cx.nps([9, 3]), {}, MismatchError, STAY.format("NPS in points") + HINT),
        (
            cx.churn_per_time(3, 20, unit="per year"),
            {},
            MismatchError,
            STAY.format("Churn per year") + HINT,
        ),
        (RATE, {"discount": -1}, ArgumentError, "`discount` must be above -1, not -1."),
        (COHORT, {"discount": -1.5}, ArgumentError, "`discount` must be above -1, not -1.5."),
        (RATE, {"margin": 0}, ArgumentError, "`margin` must be above 0, not 0."),
        (COHORT, {"margin": -2}, ArgumentError, "`margin` must be above 0, not -2."),
        (
            RATE,
            {"margin": [1, 2]},
            ArgumentError,
            "`margin` must be a finite number, not [1, 2].",
        ),
        (COHORT, {"margin": [1, -2]}, ArgumentError, "Each `margin` must be at least 0, not -2."),
        (
            COHORT,
            {"margin": [5, 0, 0]},
            ArgumentError,
            "`margin` must not be 0 in all periods after the first payment.",
        ),
        (
            COHORT,
            {"margin": [5, 5, 5], "horizon": 4},
            ArgumentError,
            "`margin` must have one number per payment, 4, not 3.",
        ),
        (RATE, {"horizon": 0}, ArgumentError, "`horizon` must be at least 1, not 0."),
        (RATE, {"horizon": 1.5}, ArgumentError, "`horizon` must be a whole number, not 1.5."),
        (
            RATE,
            {"horizon": 1},
            ArgumentError,
            (
                "`horizon` must be at least 2, not 1, as the first payment is certain with "
                "first_payment='start'."
            ),
        ),
        (
            COHORT,
            {"horizon": 9},
            ArgumentError,
            (
                "`horizon` must be at most 8 payments, not 9: nobody was seen for longer than 7 "
                "periods.\nHint: did you mean fit_retention(table), a model of what comes later?"
            ),
        ),
        (
            COHORT,
            {"margin": [1] * 8, "first_payment": "end"},
            ArgumentError,
            (
                "`horizon` must be at most 7 payments, not 8: nobody was seen for longer than 7 "
                "periods.\nHint: did you mean fit_retention(table), a model of what comes later?"
            ),
        ),
        (
            COHORT,
            {"first_payment": "middle"},
            ArgumentError,
            "`first_payment` must be 'start' or 'end', not 'middle'.",
        ),
        (
            fit_retention(COHORT),
            {"discount": -0.1},
            ArgumentError,
            "`discount` must be 0, or at least 1e-06, for a model without a horizon, not -0.1.",
        ),
        (
            LifeTable.empty(),
            {},
            TooFewResponsesError,
            "`table` must have at least one customer, not 0.",
        ),
        (
            LifeTable([0], [0], [7]),
            {},
            TooFewResponsesError,
            "`table` must have customers who were seen for at least one period, not 0.",
        ),
        (
            LifeTable([0, 1], [3, 1], [0, 7]),
            {},
            ArgumentError,
            (
                "`table` must have tenures from 1, but 3 customers left at tenure 0.\n"
                "Hint: did you mean tenure + 1, the period in which they left?"
            ),
        ),
    ],
)
def test_what_has_no_lifetime_value(
    retention: Any, options: dict[str, Any], error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        ltv(retention, **options)

    assert str(caught.value) == message


def test_a_batch_without_customers_has_no_value() -> None:
    tables = LifeTable([1, 2], [[0, 0], [0, 0]], [[0, 0], [0, 0]])

    estimate: Estimate = ltv(tables)
    assert np.isnan(estimate.value).all()


def cohorts(rng: np.random.Generator, law: BetaGeometric, n: int, times: int) -> LifeTable:
    """Cohorts of customers with such a law, seen for up to 8 periods."""
    stays = np.array([law.retention(t) for t in range(1, 9)])
    alive = np.full((times, 9), n)
    for t, share in enumerate(stays):
        alive[:, t + 1] = rng.binomial(alive[:, t], share)
    return LifeTable.from_survivors(alive)


@pytest.mark.slow
@pytest.mark.parametrize("n", [10, 30, 200])
@pytest.mark.parametrize("law", [(0.668, 3.806), (0.5, 12)], ids=["many leave", "few leave"])
def test_intervals_of_seen_customers_cover_the_truth(law: Any, n: int) -> None:
    """Of 4,000 cohorts; the share of those covered has a standard error of .0034."""
    truth = 10 * BetaGeometric.of(*law).lifetime(0.05, 9)
    tables = cohorts(np.random.default_rng(n), BetaGeometric.of(*law), n, 4000)

    low, high = ltv(tables, discount=0.05).interval
    assert np.mean((low <= truth) & (truth <= high)) == pytest.approx(0.95, abs=0.015)


@pytest.mark.slow
def test_intervals_of_rates_cover_the_truth() -> None:
    """Wilson's intervals of 50 customers, mapped."""
    rng = np.random.default_rng(1)
    stay = rng.binomial(50, 0.9, 4000)
    values = ltv(retention_rate(Counts(cx.YES_NO, np.stack([stay, 50 - stay], axis=1))))

    low, high = values.interval
    assert np.mean((low <= 55) & (high >= 55)) == pytest.approx(0.95, abs=0.025)


@pytest.mark.slow
def test_intervals_of_models_cover_the_truth() -> None:
    """Of 200 cohorts of 150; the share of those covered has a standard error of .0154."""
    law = BetaGeometric.of(0.668, 3.806)
    truth = 10 * law.lifetime(0.1)
    models = fit_retention(cohorts(np.random.default_rng(1), law, 150, 200))

    low, high = ltv(models).interval
    assert np.mean((low <= truth) & (truth <= high)) == pytest.approx(0.95, abs=0.04)
