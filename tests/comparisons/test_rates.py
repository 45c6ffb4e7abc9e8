from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats import rates

import cxmetrics as cx
from cxmetrics import churn_per_time, difference, rate_difference, rate_ratio
from cxmetrics._typing import Alternative
from cxmetrics.errors import ArgumentError, MismatchError

NEW = churn_per_time(15, 19_017, unit="per month")
OLD = churn_per_time(41, 28_010, unit="per month")


def test_worked_example() -> None:
    """15 in 19,017 and 41 in 28,010 (Rothman and Greenland 1998): ratio .53886.

    Limits from Wilson's and from Clopper and Pearson's of the share 15 / 56.
    """
    ratio, exact = rate_ratio(NEW, OLD), rate_ratio(NEW, OLD, method="exact")

    assert ratio.value == pytest.approx(0.53886, abs=5e-6)
    assert tuple(ratio.interval) == pytest.approx((0.30076, 0.96545), abs=5e-6)
    assert tuple(exact.interval) == pytest.approx((0.27706, 0.99435), abs=5e-6)
    assert str(ratio) == "Churn ratio 0.54 [0.30, 0.97] (95% score, p = 0.037, n=15 and 41)"
    assert ratio.null_hypothesis == "the rates of Churn are in the ratio 1"


@pytest.mark.parametrize(("method", "other"), [("score", "score"), ("exact", "exact-cond")])
@pytest.mark.parametrize("alternative", ["less", "greater"])
def test_p_values_are_those_of_statsmodels(
    method: Any, other: str, alternative: Alternative
) -> None:
    ratio = rate_ratio(NEW, OLD, null=0.8, method=method, alternative=alternative)

    direction = {"less": "smaller", "greater": "larger"}[alternative]
    expected = rates.test_poisson_2indep(
        15, 19_017, 41, 28_010, value=0.8, method=other, alternative=direction
    )
    assert ratio.pvalue == pytest.approx(expected.pvalue, rel=1e-10)
    if method == "score":
        assert ratio.statistic == pytest.approx(expected.statistic, rel=1e-10)


@pytest.mark.parametrize("alternative", ["less", "greater"])
def test_exact_p_values_are_those_of_the_binomial_test(alternative: Alternative) -> None:
    null = 0.8
    share = null * 19_017 / (null * 19_017 + 28_010)

    ratio = rate_ratio(NEW, OLD, null=null, method="exact", alternative=alternative)

    expected = stats.binomtest(15, 56, share, alternative=alternative).pvalue
    assert ratio.pvalue == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("method", ["score", "exact"])
def test_swapping_sides_inverts_the_ratio(method: Any) -> None:
    there, back = rate_ratio(NEW, OLD, method=method), rate_ratio(OLD, NEW, method=method)

    assert there.value == pytest.approx(1 / back.value)
    assert tuple(there.interval) == pytest.approx((1 / back.interval.high, 1 / back.interval.low))
    assert there.pvalue == pytest.approx(back.pvalue)
    assert there.statistic == pytest.approx(-back.statistic)


@pytest.mark.parametrize("method", ["score", "exact"])
@pytest.mark.parametrize("events", [(0, 5), (5, 0), (3, 8), (1, 1)])
@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
def test_an_interval_excludes_a_null_exactly_when_the_test_rejects_it(
    events: tuple[int, int], method: Any, alternative: Alternative
) -> None:
    after, before = churn_per_time(events[0], 10.0), churn_per_time(events[1], 20.0)
    low, high = rate_ratio(after, before, method=method, alternative=alternative).interval

    for limit in (low, high):
        for null in (limit * (1 - 1e-9), limit * (1 + 1e-9)):
            if 0 < null < np.inf:
                ratio = rate_ratio(after, before, null=null, method=method, alternative=alternative)
                assert (null < low or null > high) == (ratio.pvalue < 0.05)


@pytest.mark.parametrize("method", ["score", "exact"])
@given(rows=st.lists(st.tuples(*[st.integers(0, 300), st.floats(1e-3, 1e6)] * 2), min_size=1))
def test_a_batch_is_its_rows(method: Any, rows: list[tuple[int, float, int, float]]) -> None:
    x, time, y, other_time = (dict(enumerate(column)) for column in zip(*rows, strict=True))

    ratios = rate_ratio(churn_per_time(x, time), churn_per_time(y, other_time), method=method)

    for i, (after, span, before, other_span) in enumerate(rows):
        alone = rate_ratio(
            churn_per_time(after, span), churn_per_time(before, other_span), method=method
        )
        expected = (alone.value, *alone.interval, alone.statistic, alone.pvalue)
        found = (ratios[i].value, *ratios[i].interval, ratios[i].statistic, ratios[i].pvalue)
        assert found == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_ratios_without_events() -> None:
    none = churn_per_time(0, 10)
    nothing, above = rate_ratio(none, none), rate_ratio(churn_per_time(3, 10), none)

    assert np.isnan(nothing.value)
    assert (tuple(nothing.interval), nothing.pvalue) == ((0, np.inf), 1)
    assert np.isnan(above.value)
    assert 0.5 < above.interval.low < above.interval.high == np.inf
    assert (
        nothing.summary() == "The rates of Churn have no ratio, with 0 events after and 0 before."
    )
    assert rate_ratio(none, churn_per_time(3, 10)).value == 0


def test_segments_and_faces() -> None:
    after = churn_per_time({"web": 15, "app": 2}, {"web": 19_017, "app": 900})
    before = churn_per_time({"web": 41}, {"web": 28_010})
    ratios = rate_ratio(after, before)

    assert ratios["web"].interval == pytest.approx(rate_ratio(NEW, OLD).interval)
    assert np.isnan(ratios["app"].pvalue)
    assert ratios["app"].interval == (0, np.inf)
    assert str(ratios) == (
        "Ratio of the rates of Churn, 95% score interval\n"
        "segment  ratio   low  high     after    before  n after  n before      p\n"
        "web       0.54  0.30  0.97  0.000789  0.001464       15        41  0.037\n"
        "app          –  0.00   inf  0.002222         –        2         0      –"  # noqa: RUF001
    )
    assert ratios.batch.summary().count("\n") == 1
    assert "Ratio of the rates" in str(ratios.batch)
    assert np.isinf(ratios.batch.take(np.array([-1])).interval.high).all()
    row = rate_ratio(NEW, OLD, null=2).to_dict()
    assert list(row) == [
        "metric", "value", "low", "high", "confidence_level", "statistic", "pvalue", "null",
        "alternative", "method", "after", "before", "n_after", "n_before",
    ]  # fmt: skip
    assert rate_ratio(NEW, OLD).to_dicts() == [rate_ratio(NEW, OLD).to_dict()]
    assert "<td" in rate_ratio(NEW, OLD).to_html()
    assert rate_ratio(NEW, OLD).n == 56


def test_summary_names_another_null() -> None:
    assert rate_ratio(NEW, OLD, null=0.5).summary() == (
        "Churn is 0.54 times what it was, 0.0007888 per month after 0.001464 per month "
        "(95% CI: 0.30 to 0.97; p = 0.80 for a ratio of 0.5)."
    )


def test_difference_of_rates_is_made_of_their_limits() -> None:
    """Zou and Donner (2008): squared distances to the limits add up."""
    gap = rate_difference(NEW, OLD)
    (low, high), (below, above) = NEW.interval, OLD.interval

    assert gap == difference(NEW, OLD)
    down = ((NEW.value - low) ** 2 + (above - OLD.value) ** 2) ** 0.5
    up = ((high - NEW.value) ** 2 + (OLD.value - below) ** 2) ** 0.5
    assert tuple(gap.interval) == pytest.approx((gap.value - down, gap.value + up))


@pytest.mark.parametrize("compare", [rate_ratio, rate_difference])
def test_only_rates_have_a_ratio(compare: Any) -> None:
    churn = cx.churn_rate(3, 10)

    with pytest.raises(MismatchError) as caught:
        compare(churn, churn)

    assert str(caught.value) == (
        "Rates per time have a ratio, not Churn.\nHint: did you mean difference(after, before)?"
    )


def test_rates_in_other_units_have_no_ratio() -> None:
    with pytest.raises(MismatchError, match="Can't subtract Churn per year from Churn per month"):
        rate_ratio(NEW, churn_per_time(3, 10, unit="per year"))
    with pytest.raises(ArgumentError, match="`null` must be between 0 and inf, not -1"):
        rate_ratio(NEW, OLD, null=-1)


def test_small_groups_are_told_by_what_they_have() -> None:
    rates = churn_per_time({"web": 41, "app": 2}, {"web": 2_801.0, "app": 300})

    assert "few events" in str(cx.compare_segments(rates))
    nothing = difference(rates, churn_per_time({"web": 41}, {"web": 2_801.0}))
    assert nothing["app"].summary() == "Churn can't be compared, with 2 events after and 0 before."


def test_differences_without_a_unit() -> None:
    one, two = (churn_per_time(n, 100, unit="") for n in (30, 10))

    assert difference(one, two).summary().startswith("Churn rose by 0.2000, from 0.1000 to 0.3000")
