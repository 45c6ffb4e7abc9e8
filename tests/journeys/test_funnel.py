import copy
import pickle
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

import cxmetrics as cx
from cxmetrics.errors import ArgumentError, CxMetricsError, MismatchError, TooFewResponsesError
from cxmetrics.journeys.funnel import Funnel, compare_funnels, funnel

NUMBERS = {"visit": 1000, "basket": 320, "paid": 210}
MAY, JUNE = funnel(NUMBERS), funnel({"visit": 1100, "basket": 420, "paid": 260})


def test_worked_example() -> None:
    """Steps and cumulative shares have the interval of Wilson."""
    assert MAY.entered.tolist() == [1000, 320, 210]
    assert MAY.completed.tolist() == [320, 210]
    assert MAY.dropped.tolist() == [680, 110]
    assert MAY.biggest_loss == "visit"
    for estimate, numbers in (
        (MAY.conversion, [(320, 1000), (210, 320)]),
        (MAY.cumulative, [(320, 1000), (210, 1000)]),
    ):
        assert estimate.unit == "%"
        for one, (went, came) in zip(estimate, numbers, strict=True):
            low, high = proportion_confint(went, came, method="wilson")
            assert one.value == pytest.approx(100 * went / came)
            assert tuple(one.interval) == pytest.approx((100 * low, 100 * high))


@given(st.lists(st.integers(0, 400), min_size=2, max_size=6))
def test_a_funnel_never_rises_and_loses_nobody(last: list[int]) -> None:
    reached = np.cumsum([*last, 1][::-1])[::-1].tolist()
    found = funnel({f"stage {k}": number for k, number in enumerate(reached)})

    assert found.entered.tolist() == reached
    assert np.all(np.diff(found.entered) <= 0)
    assert found.dropped.sum() + found.completed[-1] == found.n
    assert np.all(np.diff(found.cumulative.value) <= 1e-12)
    assert found.cumulative[0].value == found.conversion[0].value


def log() -> pl.DataFrame:
    """Two segments of customers, hours apart."""
    start = datetime(2026, 1, 1)  # noqa: DTZ001
    rows = []
    for k in range(40):
        shop, came = "N" if k % 2 else "S", start + timedelta(hours=k)
        rows.append((k, "visit", came, shop))
        if k % 4 < 3:
            rows.append((k, "basket", came + timedelta(hours=1 + k % 5), shop))
        if k % 4 < 1:
            rows.append((k, "paid", came + timedelta(hours=30), shop))
    return pl.DataFrame(rows, schema=["customer", "stage", "time", "shop"], orient="row")


def test_events_give_numbers_and_times() -> None:
    found = funnel(log(), ["visit", "basket", "paid"], unit="hour")

    assert found.entered.tolist() == [40, 30, 10]
    assert found.median_time is not None
    median: Any = found.median_time.value
    assert median.tolist() == [3, 27]
    took = sorted(1 + k % 5 for k in range(40) if k % 4 < 3)
    assert median[0] == np.median(took)
    assert found.median_time.unit == "hours"
    assert found.counts == funnel({"visit": 40, "basket": 30, "paid": 10}).counts


def test_funnels_of_segments_are_shown_however_many_stages_they_have() -> None:
    for stages in (["visit", "basket"], ["visit", "basket", "paid"]):
        lines = str(funnel(log(), stages, by="shop")).splitlines()
        assert lines[0] == f"visit to {stages[-1]}, conversion in %, 95% score interval"
        assert [line.split()[0] for line in lines[1:]] == ["shop", "N", "S"]


def test_segments_are_funnels_of_their_own() -> None:
    by_shop = funnel(log(), ["visit", "basket", "paid"], by="shop", unit="hour")

    assert by_shop["N"].entered.tolist() == [20, 10, 0]
    assert by_shop["S"].entered.tolist() == [20, 20, 10]
    assert by_shop.batch.biggest_loss.tolist() == ["visit", "basket"]
    assert str(by_shop) == (
        "visit to paid, conversion in %, 95% score interval\n"
        "shop   n  completed  conversion   low  high  most lost after\n"
        "N     20          0         0.0   0.0  16.1  visit\n"
        "S     20         10        50.0  29.9  70.1  basket"
    )
    assert by_shop.to_pandas().loc[1, "entered_paid"] == 10
    nobody: Any = by_shop.batch.take(np.array([1, -1]))
    assert nobody.n.tolist() == [20, 0]
    assert np.isnan(nobody.conversion.value[1]).all()
    alone = funnel(log().filter(pl.col("shop") == "S"), ["visit", "basket", "paid"], unit="hour")
    assert str(by_shop["S"]) == str(alone)
    assert by_shop.batch.summary().count("\n") == 1
    with pytest.raises(MismatchError, match="A batch of funnels has no single conversion"):
        by_shop.batch.by_step()


@pytest.mark.parametrize("stages", [["visit", "paid"], ["visit", "basket", "paid", "back"]])
def test_segments_of_any_number_of_stages_are_a_table(stages: list[str]) -> None:
    back = log().with_columns(pl.lit("back").alias("stage"), pl.col("time").max())
    events = pl.concat([log(), back])
    by_shop = funnel(events, stages, by="shop")

    table = str(by_shop).splitlines()

    for key, line in zip(by_shop, table[2:], strict=True):
        whole = by_shop[key].cumulative[-1]
        numbers = [f"{number:.1f}" for number in (whole.value, *whole.interval)]
        assert [key, *numbers] == [line.split()[0], *line.split()[3:6]]


def test_faces() -> None:
    assert str(funnel(log(), ["visit", "basket", "paid"], unit="hour")) == (
        "Funnel of 40 customers, conversion in %, 95% score interval\n"
        "stage   entered  completed  dropped  conversion   low  high  cumulative  median time\n"
        "visit        40         30       10        75.0  59.8  85.8        75.0          3.0\n"
        "basket       30         10       20        33.3  19.2  51.2        25.0         27.0\n"
        "paid         10          –        –           –     –     –           –            –"  # noqa: RUF001
    )
    html = MAY.to_html()
    assert html.count("<tr>") == 4
    assert "cumulative high" in html
    assert list(MAY.to_dict())[:4] == ["stage", "entered", "completed", "dropped"]
    assert MAY.to_pandas()["entered"].tolist() == [1000, 320, 210]
    assert "<td" in funnel({"<b>": 2, "&": 1}).to_html()
    assert "&lt;b&gt;" in funnel({"<b>": 2, "&": 1}).to_html()
    assert MAY.median_time is None
    alone = funnel({"visit": 1, "paid": 1})
    assert str(alone).startswith("Funnel of 1 customer, conversion")
    assert alone.summary().startswith("Of 1 customer 1 came from visit to paid")
    assert MAY.summary() == (
        "Of 1,000 customers 210 came from visit to paid (21.0%, 95% CI: 18.6% to 23.6%); most "
        "were lost after visit: 680 did not go on (68.0%, 95% CI: 65.0% to 70.8%)."
    )


def test_funnels_are_values() -> None:
    timed = funnel(log(), ["visit", "basket", "paid"])

    for found in (MAY, timed):
        assert pickle.loads(pickle.dumps(found)) == found
        assert copy.deepcopy(found) == found
    assert timed != MAY
    assert isinstance(funnel(log(), ["visit", "paid"], by="shop").batch, Funnel)


def test_funnels_are_compared_step_by_step() -> None:
    apart = compare_funnels(JUNE, MAY, adjust="none")
    raw: Any = apart.batch.pvalue

    assert list(apart) == ["visit", "basket"]
    alone = cx.difference(JUNE.conversion[0], MAY.conversion[0])
    assert tuple(apart["visit"].interval) == pytest.approx(tuple(alone.interval))
    assert raw[0] == pytest.approx(alone.pvalue)
    for adjust, name in (("holm", "holm"), ("single-step", "sidak"), ("bh", "fdr_bh")):
        found = compare_funnels(JUNE, MAY, adjust=adjust).batch  # type: ignore[arg-type]
        assert found.pvalue == pytest.approx(multipletests(raw, method=name)[1])
        assert found.confidence_level == 0.95
    wider = compare_funnels(JUNE, MAY)["visit"].interval
    bonferroni = cx.difference(JUNE.conversion[0], MAY.conversion[0], confidence_level=0.975)
    assert tuple(wider) == pytest.approx(tuple(bonferroni.interval))


def test_a_step_that_nobody_reached_is_not_compared() -> None:
    empty = funnel({"visit": 10, "basket": 0, "paid": 0})

    steps = compare_funnels(empty, MAY)

    assert np.isnan(steps["basket"].pvalue)
    assert steps["visit"].pvalue < 0.05


@pytest.mark.parametrize(
    ("source", "stages", "error", "message"),
    [
        ({"visit": 3}, None, ArgumentError, "`stages` must be at least two names, not 1."),
        ([], None, ArgumentError, "`stages` must be at least two names, not 0."),
        ({"a": 3, "": 2}, None, ArgumentError, "Each stage must be a name, not ''."),
        ([], ["a", "b", "a"], ArgumentError, "Each stage must occur once, but 'a' occurs again."),
        ({"a": 3, "b": 4}, None, ArgumentError, "`source['b']` must be 0 to 3, not 4."),
        ({"a": -1, "b": 0}, None, ArgumentError, "`source['a']` must be at least 0, not -1."),
        (
            {"a": 2.5, "b": 0},
            None,
            ArgumentError,
            "`source['a']` must be a whole number, not 2.5.",
        ),
        (
            {"a": 0, "b": 0},
            None,
            TooFewResponsesError,
            "At least one customer must have reached 'a', not 0.",
        ),
    ],
)
def test_what_is_no_funnel(
    source: Any, stages: Any, error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        funnel(source, stages)

    assert str(caught.value) == message


def test_funnels_of_other_stages_are_not_compared() -> None:
    with pytest.raises(MismatchError) as caught:
        compare_funnels(MAY, funnel({"visit": 3, "paid": 2}))

    assert str(caught.value) == (
        "Both funnels must have the same stages, not visit, paid and visit, basket, paid."
    )
    with pytest.raises(TypeError, match="`before` must be a Funnel, not dict"):
        compare_funnels(MAY, NUMBERS)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="`unit` must be 'second'"):
        funnel(log(), ["visit", "paid"], unit="week")  # type: ignore[call-overload]
