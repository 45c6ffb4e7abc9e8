from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxmetrics as cx
from cxmetrics import YES_NO, Counts, LifeTable, churn_per_time, churn_rate, retention_rate
from cxmetrics.errors import (
    ArgumentError,
    CxMetricsError,
    MismatchError,
    TooFewResponsesError,
    UnknownKeyError,
)


def test_worked_example() -> None:
    churn = churn_rate(31, 840)
    wilson = stats.binomtest(31, 840).proportion_ci(method="wilson")

    assert (churn.value, churn.unit, churn.n) == (100 * 31 / 840, "%", 840)
    assert tuple(churn.interval) == pytest.approx((100 * wilson.low, 100 * wilson.high))
    assert churn.shares == pytest.approx({"kept": 100 * 809 / 840, "lost": 100 * 31 / 840})
    assert str(churn) == "Churn 3.7% [2.6, 5.2] (95% score, n=840)"


def test_retention_is_what_churn_leaves() -> None:
    churn, kept = churn_rate(31, 840), retention_rate(809, 840)

    assert kept.value == pytest.approx(100 - churn.value)
    low, high = churn.interval
    assert tuple(kept.interval) == pytest.approx((100 - high, 100 - low))
    assert kept.shares == pytest.approx(churn.shares)


def test_nobody_lost_and_everybody_lost_have_width() -> None:
    assert churn_rate(0, 20).interval.high == pytest.approx(
        100 * 1.96**2 / (20 + 1.96**2), rel=1e-4
    )
    assert churn_rate(20, 20).interval.low < 85


def test_counts_know_who_was_there() -> None:
    """1 means lost, for both."""
    counts = Counts(YES_NO, [809, 31])

    assert churn_rate(counts) == churn_rate(31, 840)
    assert retention_rate(counts).value == pytest.approx(retention_rate(809, 840).value)
    assert retention_rate(counts).shares == pytest.approx(retention_rate(809, 840).shares)
    grouped = Counts.of([0, 1, 0, 0], YES_NO, by=["web", "web", "app", "app"])
    assert churn_rate(grouped)["web"].value == 50
    assert retention_rate(grouped)["app"].value == 100


def test_segments_compare_like_any_score() -> None:
    churn = churn_rate({"web": 30, "app": 12}, {"web": 500, "app": 520, "shop": 60})

    assert list(churn) == ["web", "app", "shop"]
    assert churn["shop"].value == 0
    assert cx.compare_segments(churn, versus="web")["app"].value == pytest.approx(12 / 5.2 - 6)


@pytest.mark.parametrize(
    ("lost", "at_risk", "error", "message"),
    [
        (3, 2, ArgumentError, "`lost` must be 0 to 2, not 3."),
        (0, 0, TooFewResponsesError, "`at_risk` must be at least 1 customer, not 0."),
        (1, 10**20, ArgumentError, f"`at_risk` must be 0 to 2**53, not {10**20:,}."),
        (
            {"web": 1},
            {"web": 10**20},
            ArgumentError,
            f"`at_risk` must be 0 to 2**53 in 'web', not {10**20:,}.",
        ),
        ({"web": 1}, {"web": 0.5}, ArgumentError, "`at_risk` must be a whole number, not 0.5."),
        ({"web": 1}, 5, ArgumentError, "`lost` must be a whole number, not {'web': 1}."),
        (1, {"web": 5}, ArgumentError, "`lost` must be a mapping as `at_risk` is, not 1."),
        (
            pd.Series([1, 2]),
            pd.Series([10, 20]),
            ArgumentError,
            (
                "`at_risk` must be a number, or a mapping from groups to numbers, not Series.\n"
                "Hint: did you mean dict(zip(groups, at_risk))?"
            ),
        ),
        (
            3,
            None,
            ArgumentError,
            (
                "`at_risk` must be given: customers at the start.\n"
                "Hint: did you mean churn_rate(lost, at_risk)?"
            ),
        ),
        (
            Counts(cx.ONE_TO_FIVE, [1, 2, 3, 4, 5]),
            None,
            MismatchError,
            "`lost` must be on scale 0-1, not 1-5.",
        ),
        (
            {"wbe": 1},
            {"web": 2},
            UnknownKeyError,
            "Each group of `lost` must be in `at_risk`, not 'wbe'.\nHint: did you mean 'web'?",
        ),
    ],
)
def test_what_is_no_churn(
    lost: Any, at_risk: Any, error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        churn_rate(lost, at_risk)

    assert str(caught.value) == message


def test_a_number_may_be_one_of_numpy() -> None:
    lost: Any = np.array(3)
    there: Any = np.array(10)

    assert churn_rate(lost, there) == churn_rate(3, 10)
    assert churn_per_time(lost, there) == churn_per_time(3, 10)


def test_hint_of_retention_names_it() -> None:
    with pytest.raises(ArgumentError, match=r"did you mean retention_rate\(kept, at_risk\)"):
        retention_rate(3)


@pytest.mark.parametrize("rate", [churn_rate, retention_rate])
@pytest.mark.parametrize(
    ("counts", "at_risk"),
    [
        (Counts(YES_NO, [809, 31]), 840),
        (Counts.of([0, 1], YES_NO, by=["web", "app"]), {"web": 1, "app": 1}),
        ({"web": Counts(YES_NO, [809, 31])}, {"web": 840}),
    ],
)
def test_counts_and_numbers_do_not_mix(rate: Any, counts: Any, at_risk: Any) -> None:
    """The `n` of such counts is who was there, not who was lost."""
    with pytest.raises(MismatchError) as caught:
        rate(counts, at_risk)

    assert str(caught.value) == "`at_risk` must not be given with Counts, which know it."


def test_churn_per_time() -> None:
    """Person-years of two groups of women: 15 in 19,017 (Rothman and Greenland 1998)."""
    rate = churn_per_time(15, 19_017, unit="per year")

    assert rate.value == pytest.approx(15 / 19_017)
    assert rate.std_error == pytest.approx(15**0.5 / 19_017)
    assert (rate.n, rate.unit, rate.method) == (15, "per year", "garwood")
    assert str(rate) == ("Churn 0.0007888 per year [0.0004415, 0.0013010] (95% garwood, n=15)")
    assert "Churn per year, 95% garwood interval" in rate.to_html()


def test_a_life_table_knows_the_time() -> None:
    tenure, churned, entry = [5, 2, 5, 8], [1, 1, 0, 1], [0, 0, 3, 0]
    table = LifeTable.of(tenure, churned, entry=entry)

    assert churn_per_time(table) == churn_per_time(3, sum(tenure) - sum(entry))
    grouped = LifeTable.of(tenure, churned, entry=entry, by=["N", "N", "S", "S"])
    assert [rate.value for rate in churn_per_time(grouped).values()] == [2 / 7, 1 / 10]


def test_segments_of_rates() -> None:
    rates = churn_per_time({"web": 3}, {"web": 100.0, "app": 50}, unit="per month")

    assert [rate.value for rate in rates.values()] == [0.03, 0]
    assert np.isnan(rates.batch.take(np.array([-1])).value).all()
    assert list(churn_per_time({}, {})) == []


def test_without_time_there_is_no_rate() -> None:
    """Customers who left at once were never under observation."""
    alone = churn_per_time(LifeTable([0], [3], [0]))
    grouped = churn_per_time(LifeTable.of([0, 2], [1, 1], by=["at once", "later"]))

    assert np.isnan([alone.value, grouped["at once"].value]).all()
    assert alone.interval == grouped["at once"].interval == (0, np.inf)
    assert grouped["later"].value == 0.5


@pytest.mark.parametrize(
    ("events", "time", "error", "message"),
    [
        (3, None, ArgumentError, "`time` must be given: how long all customers were observed."),
        (-1, 5, ArgumentError, "`events` must be 0 to 2**53, not -1."),
        (10**20, 5, ArgumentError, f"`events` must be 0 to 2**53, not {10**20:,}."),
        (1, 0, ArgumentError, "`time` must be above 0, not 0."),
        (1.5, 2, ArgumentError, "`events` must be a whole number, not 1.5."),
        ({"N": 1}, 5, ArgumentError, "`time` must be a mapping as `events` is, not 5."),
        (
            [1, 2],
            [3.0, 4.0],
            ArgumentError,
            (
                "`events` must be a number, or a mapping from groups to numbers, not list.\n"
                "Hint: did you mean dict(zip(groups, events))?"
            ),
        ),
        (
            {"north": 1},
            {"nort": 5},
            UnknownKeyError,
            "Each group of `events` must be in `time`, not 'north'.\nHint: did you mean 'nort'?",
        ),
        (
            LifeTable.of([1, 2], [1, 1], weights=[1, 2]),
            None,
            MismatchError,
            (
                "`events` must be a life table without weights.\n"
                "Hint: did you mean retention_at(life_table, tenure)?"
            ),
        ),
        (
            LifeTable.of([1, 2], [1, 1]),
            3,
            MismatchError,
            "`time` must not be given with a life table, which knows it.",
        ),
        (
            LifeTable.empty(),
            None,
            TooFewResponsesError,
            "Churn must have at least one unit of time, not 0.",
        ),
    ],
)
def test_what_is_no_rate(events: Any, time: Any, error: type[CxMetricsError], message: str) -> None:
    with pytest.raises(error) as caught:
        churn_per_time(events, time)

    assert str(caught.value) == message
