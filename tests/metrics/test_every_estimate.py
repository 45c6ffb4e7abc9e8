"""The laws of estimates that are not scores of answers, each once, for every member.

A member is a row of MEMBERS: batches of what the metric is made of, and the metric.
"""

import copy
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, get_args

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics import Estimate, Grouped
from cxmetrics._typing import Alternative
from cxmetrics.errors import CxMetricsError
from tests.strategies import amount_batches, batches_on, levels, revenue_batches

pytestmark = [
    pytest.mark.filterwarnings("ignore::cxmetrics.errors.ZeroWidthWarning"),
    pytest.mark.filterwarnings("ignore::cxmetrics.errors.ConcentrationWarning"),
]

ROWS = 4


class Member(NamedTuple):
    """A metric as the laws call it.

    Args:
        batches: Batches of what it is made of.
        metric: The metric, of a batch.
        has_width: Whether its intervals always contain the value, and have width.
    """

    batches: st.SearchStrategy[Any]
    metric: Callable[..., Estimate]
    has_width: bool = True


def exposures() -> st.SearchStrategy[dict[int, tuple[int, float]]]:
    """Events and time of a few segments."""
    row = st.tuples(st.integers(0, 60), st.floats(0.01, 1e6))
    return st.lists(row, min_size=ROWS, max_size=ROWS).map(lambda rows: dict(enumerate(rows)))


def rates(rows: dict[int, tuple[int, float]], **options: Any) -> Estimate:
    """Rates of segments."""
    events = {key: events for key, (events, _) in rows.items()}
    time = {key: time for key, (_, time) in rows.items()}
    return cx.churn_per_time(events, time, **options).batch


@st.composite
def life_tables(draw: st.DrawFn) -> cx.LifeTable:
    """Customers of a few groups, of which some are empty and some have a late entry."""
    number = st.one_of(st.just(0), st.integers(0, 4), st.integers(0, 300))
    rows = st.lists(st.lists(number, min_size=5, max_size=5), min_size=ROWS, max_size=ROWS)
    churned, censored = np.array(draw(rows)), np.array(draw(rows))
    later = np.cumsum((churned + censored)[:, ::-1], axis=1)[:, ::-1]
    entered = np.where(draw(st.booleans()), 0, np.append(later[:, 1:], 0 * later[:, :1], 1) // 2)
    entered[:, 1:] = 0
    return cx.LifeTable([1, 2, 3, 5, 8], churned, censored, entered)


MEMBERS = {
    f"churn_per_time {method}": Member(exposures(), partial(rates, method=method))
    for method in ("garwood", "mid-p")
}
for method in ("log-log", "score", "normal"):
    for name, at in {"retention_at": 3, "mean_tenure": 6}.items():
        metric = partial(getattr(cx, name), method=method)
        MEMBERS[f"{name} {method}"] = Member(
            life_tables(),
            lambda tables, metric=metric, at=at, **options: metric(tables, at, **options),
            has_width=method != "normal",
        )
MEMBERS["median_tenure"] = Member(life_tables(), cx.median_tenure, has_width=False)


REVENUE = {
    "net_revenue_retention": ("adjusted", "t", "fieller"),
    "revenue_expansion": ("adjusted", "t"),
    "gross_revenue_retention": ("score", "t", "fieller"),
    "revenue_churn": ("score",),
    "revenue_contraction": ("score",),
}
for name, methods in REVENUE.items():
    for method in methods:
        MEMBERS[f"{name} {method}"] = Member(
            revenue_batches(rows=ROWS),
            partial(getattr(cx, name), method=method),
            has_width=method in {"adjusted", "score"},
        )
MEMBERS["earned_growth adjusted"] = Member(
    st.booleans().flatmap(
        lambda weighted: st.tuples(
            revenue_batches(rows=ROWS, weighted=weighted),
            amount_batches("referred", rows=ROWS, weighted=weighted),
        )
    ),
    lambda both, **options: cx.earned_growth(both[0], referred=both[1], **options),
)
MEMBERS["average_revenue t"] = Member(
    amount_batches("spend", rows=ROWS), cx.average_revenue, has_width=False
)


def stays(counts: cx.Counts, method: Any) -> Estimate:
    """Retention rates of segments."""
    return cx.retention_rate(counts, method=method)


TERMS: dict[str, Any] = {"margin": 10, "discount": 0.02}
for method in ("score", "likelihood", "conservative", "t"):
    MEMBERS[f"lifetime_value of a rate {method}"] = Member(
        batches_on(cx.YES_NO, rows=ROWS),
        lambda counts, method=method, **options: cx.lifetime_value(
            stays(counts, method), **TERMS, **options
        ),
        has_width=method != "t",
    )
MEMBERS["payback_period of a rate"] = Member(
    batches_on(cx.YES_NO, rows=ROWS),
    lambda counts, **options: cx.payback_period(
        stays(counts, "score"), cost=35, **TERMS, **options
    ),
    has_width=False,
)
for method in ("log-log", "score", "normal"):
    MEMBERS[f"lifetime_value of a life table {method}"] = Member(
        life_tables(),
        partial(cx.lifetime_value, method=method, horizon=6, **TERMS),
        has_width=method != "normal",
    )
MEMBERS["payback_period of a life table"] = Member(
    life_tables(),
    partial(cx.payback_period, cost=35, first_payment="end", **TERMS),
    has_width=False,
)
MEMBERS["lifetime_value with a horizon"] = Member(
    batches_on(cx.YES_NO, rows=ROWS),
    lambda counts, **options: cx.lifetime_value(
        stays(counts, "score"), horizon=7, first_payment="end", **TERMS, **options
    ),
)
MEMBERS["ltv_to_cac score"] = Member(
    batches_on(cx.YES_NO, rows=ROWS),
    lambda counts, **options: cx.ltv_to_cac(
        cx.lifetime_value(stays(counts, "score"), **TERMS), 20, **options
    ),
)
MEMBERS["ltv_to_cac mover"] = Member(
    st.tuples(batches_on(cx.YES_NO, rows=ROWS), exposures()),
    lambda both, **options: cx.ltv_to_cac(
        cx.lifetime_value(stays(both[0], "score"), **TERMS), rates(both[1]), **options
    ),
)

every_member = pytest.mark.parametrize("member", MEMBERS.values(), ids=MEMBERS)


def single(estimates: Estimate, data: st.DataObject) -> Estimate:
    """One of the estimates that have a value."""
    known = np.flatnonzero(np.isfinite(estimates.value))
    assume(len(known) > 0)
    return estimates[data.draw(st.sampled_from(known.tolist()))]


def reach(estimate: Estimate) -> float:
    """A distance in the unit of an estimate, of the size of its interval."""
    low, high = estimate.interval
    if np.isfinite(high - low) and high > low:
        return float(high - low)
    return float(1 + abs(low)) if np.isfinite(low) else 1.0


@every_member
@given(data=st.data())
def test_a_batch_is_its_rows(member: Member, data: st.DataObject) -> None:
    estimates = member.metric(data.draw(member.batches), confidence_level=data.draw(levels))

    for i, estimate in enumerate(estimates):
        taken = estimates.take(np.array([i, -1]))
        assert (taken[0].n, taken[0].basis) == (estimate.n, estimate.basis)
        assert tuple(taken[0].interval) == pytest.approx(tuple(estimate.interval), rel=1e-12)
        assert np.isnan(taken[1].value)
        assert taken[1].interval == estimates.basis.bounds
        if np.isnan(estimate.value):
            assert estimate.interval == estimates.basis.bounds
            continue
        alone = estimate.based_on(estimate.basis)
        assert alone.value == pytest.approx(estimate.value, rel=1e-12)
        assert alone.std_error == pytest.approx(estimate.std_error, rel=1e-12, nan_ok=True)
        assert tuple(alone.interval) == pytest.approx(tuple(estimate.interval), rel=1e-12)


@every_member
@given(data=st.data())
def test_value_and_interval_lie_in_the_range_and_widen_with_the_level(
    member: Member, data: st.DataObject
) -> None:
    estimate = single(member.metric(data.draw(member.batches)), data)
    narrow, wide = sorted([data.draw(levels), data.draw(levels)])
    (lowest, highest), slack = estimate.basis.bounds, 1e-12 * reach(estimate)

    inner, outer = estimate.confidence_interval(narrow), estimate.confidence_interval(wide)

    assert lowest <= estimate.value <= highest
    assert lowest <= outer.low <= outer.high <= highest
    assert outer.low <= inner.low + slack
    assert inner.high <= outer.high + slack
    if member.has_width:
        assert outer.low <= estimate.value <= outer.high
        assert outer.low < outer.high


@every_member
@given(data=st.data())
def test_an_interval_excludes_a_null_exactly_when_the_test_rejects_it(
    member: Member, data: st.DataObject
) -> None:
    estimate, level = single(member.metric(data.draw(member.batches)), data), data.draw(levels)
    alternative: Alternative = data.draw(st.sampled_from(get_args(Alternative)))
    (lowest, highest), unit = estimate.basis.bounds, reach(estimate)
    low, high = estimate.confidence_interval(level, alternative=alternative)
    near = [limit + side * 1e-9 * unit for limit in (low, high) for side in (-1, 1)]
    anywhere = estimate.value + data.draw(st.floats(-2, 2)) * unit
    null = data.draw(st.sampled_from([*near, anywhere]))
    assume(np.isfinite(null) and lowest <= null <= highest)
    assume(min(abs(null - low), abs(null - high)) >= 0.99e-9 * unit)

    pvalue = estimate.test(null, alternative=alternative).pvalue

    assert (null < low or null > high) == (pvalue < 1 - level)


@every_member
@given(data=st.data())
def test_a_one_sided_interval_reaches_to_the_end_of_the_range(
    member: Member, data: st.DataObject
) -> None:
    estimate = single(member.metric(data.draw(member.batches)), data)

    below = estimate.confidence_interval(0.975, alternative="less")
    above = estimate.confidence_interval(0.975, alternative="greater")

    assert (below.low, above.high) == estimate.basis.bounds
    assert (above.low, below.high) == pytest.approx(tuple(estimate.confidence_interval(0.95)))


@every_member
@given(data=st.data())
def test_swapping_sides_flips_the_sign_of_a_difference_and_nothing_else(
    member: Member, data: st.DataObject
) -> None:
    estimates = member.metric(data.draw(member.batches))
    one, two = single(estimates, data), single(estimates, data)

    there, back = cx.difference(one, two), cx.difference(two, one)

    assert there.method == "mover"
    assert there.value == -back.value
    assert tuple(there.interval) == pytest.approx((-back.interval.high, -back.interval.low))
    assert there.statistic == pytest.approx(-back.statistic, abs=1e-9)
    assert there.pvalue == pytest.approx(back.pvalue, abs=1e-12)


@every_member
@given(data=st.data())
def test_a_difference_agrees_with_its_interval(member: Member, data: st.DataObject) -> None:
    estimates, level = member.metric(data.draw(member.batches)), data.draw(levels)
    one, two = single(estimates, data), single(estimates, data)
    both = cx.difference(one, two, confidence_level=level)
    low, high = both.interval
    assume(min(abs(low), abs(high)) > 1e-9 * max(reach(one), reach(two)))

    assert (low > 0 or high < 0) == (both.pvalue < 1 - level)


@every_member
@given(data=st.data())
def test_estimates_are_values(member: Member, data: st.DataObject) -> None:
    estimates = member.metric(data.draw(member.batches))

    assert pickle.loads(pickle.dumps(estimates)) == estimates
    assert copy.deepcopy(estimates) == estimates
    for face in (str(estimates), estimates.to_html(), estimates.to_markdown()):
        assert estimates.metric.split()[0] in face or "value" in face
    assert len(estimates.to_dicts()) == ROWS


@every_member
@given(data=st.data())
def test_families_of_comparisons_take_them(member: Member, data: st.DataObject) -> None:
    estimates = member.metric(data.draw(member.batches))
    assume(np.isfinite(estimates.value).sum() > 1)
    grouped = Grouped({"segment": list(range(ROWS))}, estimates)

    for versus in ("pairs", "previous", 0):
        family = cx.compare_segments(grouped, versus=versus)
        pvalues: Any = family.batch.pvalue
        raw = family.raw_pvalues * (1 - 1e-12)
        assert np.all(np.isnan(pvalues) | (pvalues >= raw))
    rest = cx.compare_segments(grouped)
    again = cx.compare_segments(Grouped({"segment": ["d", "c", "b", "a"]}, estimates[::-1]))
    statistic = rest.overall.statistic
    assert again.overall.statistic == pytest.approx(statistic, rel=1e-7, abs=1e-7)
    turned: Any = again.batch.value
    np.testing.assert_allclose(turned[::-1], rest.batch.value, rtol=1e-9, atol=1e-12)


def test_unknown_methods_are_refused() -> None:
    with pytest.raises(CxMetricsError, match="`method` must be 'garwood' or 'mid-p', not 'wald'"):
        cx.churn_per_time(3, 100, method="wald")  # type: ignore[call-overload]


def test_what_has_no_answers_is_not_for_methods_of_answers() -> None:
    rate = cx.churn_per_time(3, 100)

    for use in (
        partial(cx.difference, rate, rate, method="score"),
        partial(cx.sample_size, rate, change=1),
        partial(cx.ordinal_difference, rate, rate),
    ):
        with pytest.raises(cx.errors.MismatchError) as caught:
            use()
        assert str(caught.value) == "Estimates must be of answers on a scale, not of Churn."
