"""The laws of comparisons, each once, for every method and kind of score."""

import copy
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics import Counts, Difference, Grouped
from cxmetrics._typing import Alternative, DifferenceMethod
from tests.strategies import batches_on, close, counts_on, levels

# Intervals without width have a test of their own.
pytestmark = pytest.mark.filterwarnings("ignore::cxmetrics.errors.ZeroWidthWarning")

METRICS: dict[str, tuple[Callable[..., Any], cx.Scale]] = {
    "nps": (cx.nps, cx.ZERO_TO_TEN),
    "csat": (cx.csat, cx.ONE_TO_FIVE),
    "mean": (cx.mean_score, cx.ONE_TO_SEVEN),
}
METHODS: tuple[DifferenceMethod, ...] = get_args(DifferenceMethod)

MEMBERS = [
    pytest.param(metric, scale, method, id=f"{name}-{method}")
    for name, (metric, scale) in METRICS.items()
    for method in METHODS
    if method != "permutation" or name != "mean"  # of seven scores it is drawn by chance
]
every_member = pytest.mark.parametrize(("metric", "scale", "method"), MEMBERS)


MOST = {"score": 5_000, "mover": 5_000, "welch": 5_000, "permutation": 30}
"""Most answers per point; all permutations of them are enumerated."""


def sizes(scale: cx.Scale, method: DifferenceMethod) -> st.SearchStrategy[Counts]:
    return counts_on(scale, min_n=1, most=MOST[method])


def span(difference: Difference) -> float:
    low, high = difference.after.basis.bounds
    return high - low


@every_member
@given(data=st.data())
def test_a_batch_is_its_rows(
    metric: Any, scale: cx.Scale, method: DifferenceMethod, data: st.DataObject
) -> None:
    after, before = (metric(data.draw(batches_on(scale, most=MOST[method]))) for _ in range(2))
    compare = partial(cx.difference, method=method, confidence_level=data.draw(levels))

    differences = compare(after, before)

    for i, row in enumerate(differences):
        if after[i].n == 0 or before[i].n == 0:
            assert np.isnan([row.value, row.std_error, row.statistic, row.pvalue]).all()
            assert row.interval == (-span(row), span(row))
            with pytest.raises(cx.errors.TooFewResponsesError):
                compare(after[i], before[i])
            continue
        alone = compare(metric(after[i].score.counts), metric(before[i].score.counts))
        assert row.value == close(alone.value, span(alone))
        assert tuple(row.interval) == close(tuple(alone.interval), span(alone))
        assert row.statistic == pytest.approx(alone.statistic, rel=1e-11, abs=1e-11)
        assert row.pvalue == pytest.approx(alone.pvalue, rel=1e-9, abs=1e-12)


@every_member
@given(data=st.data())
def test_swapping_the_groups_flips_the_sign_and_nothing_else(
    metric: Any, scale: cx.Scale, method: DifferenceMethod, data: st.DataObject
) -> None:
    after, before = (metric(data.draw(sizes(scale, method))) for _ in range(2))

    there = cx.difference(after, before, method=method)
    back = cx.difference(before, after, method=method)

    assert back.value == close(-there.value, span(there))
    flipped = (-back.interval.high, -back.interval.low)
    assert flipped == close(tuple(there.interval), span(there))
    assert back.statistic == pytest.approx(-there.statistic, rel=1e-11, abs=1e-11)
    assert back.std_error == close(there.std_error, span(there))


@every_member
@given(data=st.data())
def test_value_and_interval_lie_in_the_range_and_widen_with_the_level(
    metric: Any, scale: cx.Scale, method: DifferenceMethod, data: st.DataObject
) -> None:
    after, before = (metric(data.draw(sizes(scale, method))) for _ in range(2))
    narrow, wide = (
        cx.difference(after, before, method=method, confidence_level=level)
        for level in sorted([data.draw(levels), data.draw(levels)])
    )

    assert -span(wide) <= wide.interval.low <= wide.interval.high <= span(wide)
    assert wide.interval.low <= narrow.interval.low + 1e-12 * span(wide)
    assert narrow.interval.high <= wide.interval.high + 1e-12 * span(wide)
    if method == "score":
        assert wide.interval.low <= wide.value <= wide.interval.high
        assert wide.interval.low < wide.interval.high


@every_member
@given(data=st.data())
def test_an_interval_excludes_a_null_exactly_when_the_test_rejects_it(
    metric: Any, scale: cx.Scale, method: DifferenceMethod, data: st.DataObject
) -> None:
    after, before = (metric(data.draw(sizes(scale, method))) for _ in range(2))
    alternative: Alternative = data.draw(st.sampled_from(get_args(Alternative)))
    level = data.draw(levels)
    compare = partial(
        cx.difference,
        after,
        before,
        method=method,
        alternative=alternative,
        confidence_level=level,
    )
    difference = compare()
    low, high = difference.interval
    near = [limit + side * 4e-12 * span(difference) for limit in (low, high) for side in (-1, 1)]
    inside = [null for null in near if abs(null) <= span(difference)]
    anywhere = data.draw(st.floats(-1, 1)) * span(difference)
    null = data.draw(st.sampled_from([*inside, anywhere])) if method != "permutation" else 0.0
    assume(min(abs(null - low), abs(null - high)) >= 2e-12 * span(difference))

    assert (null < low or null > high) == (compare(null=null).pvalue < 1 - level)


@every_member
@given(data=st.data())
def test_a_one_sided_interval_reaches_to_the_end_of_the_range(
    metric: Any, scale: cx.Scale, method: DifferenceMethod, data: st.DataObject
) -> None:
    after, before = (metric(data.draw(sizes(scale, method))) for _ in range(2))
    compare = partial(cx.difference, after, before, method=method)

    less = compare(alternative="less", confidence_level=0.975).interval
    greater = compare(alternative="greater", confidence_level=0.975).interval

    both = compare().interval
    assert (less.low, greater.high) == (-span(compare()), span(compare()))
    if method != "permutation":  # its two tails are not alike
        assert (greater.low, less.high) == pytest.approx(tuple(both), rel=1e-9, abs=1e-9)


@every_member
@given(data=st.data())
def test_mirroring_both_groups_flips_the_difference(
    metric: Any, scale: cx.Scale, method: DifferenceMethod, data: st.DataObject
) -> None:
    counts = [data.draw(sizes(scale, method)) for _ in range(2)]
    difference = cx.difference(*map(metric, counts), method=method)
    scores = -difference.after.score.scores[::-1]

    mirrored = cx.difference(
        *(cx.linear_score(each.mirrored(), scores=scores) for each in counts), method=method
    )

    flipped = (-mirrored.interval.high, -mirrored.interval.low)
    assert flipped == close(tuple(difference.interval), span(difference))


@every_member
@given(data=st.data())
def test_groups_are_compared_over_the_union_of_their_keys(
    metric: Any, scale: cx.Scale, method: DifferenceMethod, data: st.DataObject
) -> None:
    one, two = (data.draw(batches_on(scale, rows=3, most=MOST[method])) for _ in range(2))
    after = metric(Grouped({"area": ["b", "c", None]}, one))
    before = metric(Grouped({"area": ["a", "b", "c"]}, two))

    differences = cx.difference(after, before, method=method)

    assert list(differences) == ["a", "b", "c", None]
    assert np.isnan([differences["a"].value, differences[None].value]).all()
    assert differences["a"].after.n == 0
    assert differences["b"].before.n == before["b"].n
    if after["b"].n and before["b"].n:
        alone = cx.difference(after["b"], before["b"], method=method)
        assert differences["b"].value == alone.value


@every_member
@given(data=st.data())
def test_differences_survive_pickle_and_copy(
    metric: Any, scale: cx.Scale, method: DifferenceMethod, data: st.DataObject
) -> None:
    after, before = (metric(data.draw(batches_on(scale, most=MOST[method]))) for _ in range(2))
    differences = cx.difference(after, before, method=method)

    assert pickle.loads(pickle.dumps(differences)) == differences
    assert copy.deepcopy(differences) == differences


@every_member
def test_two_groups_alike_do_not_differ(
    metric: Any, scale: cx.Scale, method: DifferenceMethod
) -> None:
    estimate = metric(Counts(scale, np.arange(1, scale.size + 1)))

    difference = cx.difference(estimate, estimate, method=method)

    assert difference.value == 0
    assert difference.statistic == 0
    assert difference.pvalue == 1
    assert difference.interval.low == pytest.approx(-difference.interval.high)
