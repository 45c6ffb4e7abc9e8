"""The laws of comparisons of the same customers, each once, for every method and kind of score."""

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
from cxmetrics._typing import Alternative, PairedMethod
from cxmetrics.comparisons.overlapping import overlapping_difference
from cxmetrics.comparisons.paired import paired_difference
from cxmetrics.summaries.pairs import PairCounts
from tests.strategies import batches_on, close, counts_on, levels, pair_batches_on, pairs_on

# Intervals without width have a test of their own.
pytestmark = pytest.mark.filterwarnings("ignore::cxmetrics.errors.ZeroWidthWarning")

METRICS: dict[str, tuple[Callable[..., Any], cx.Scale]] = {
    "nps": (cx.nps, cx.ZERO_TO_TEN),
    "csat": (cx.csat, cx.ONE_TO_FIVE),
    "uneven": (partial(cx.linear_score, scores=(0, 1, 2.5, 7)), cx.Scale(1, 4)),
}


def paired(method: PairedMethod) -> Callable[..., Any]:
    def compare(metric: Any, pairs: Any, after: Counts, before: Counts, **options: Any) -> Any:
        """Whoever answered only once does not count."""
        del after, before
        return paired_difference(pairs, metric=metric, method=method, **options)

    return compare


def overlapping(
    metric: Any, pairs: PairCounts, after: Counts, before: Counts, **options: Any
) -> Difference:
    """All pairs, and further customers who answered only after, or only before."""
    return overlapping_difference(
        metric(pairs.after + after), metric(pairs.before + before), pairs, **options
    )


COMPARISONS: dict[str, Callable[..., Any]] = {
    **{method: paired(method) for method in get_args(PairedMethod)},
    "overlapping": overlapping,
}
MEMBERS = [
    pytest.param(partial(compare, metric), scale, method, id=f"{name}-{method}")
    for name, (metric, scale) in METRICS.items()
    for method, compare in COMPARISONS.items()
]
every_member = pytest.mark.parametrize(("compare", "scale", "method"), MEMBERS)


def surveys(scale: cx.Scale) -> st.SearchStrategy[tuple[PairCounts, Counts, Counts]]:
    """Pairs, and answers of those who are not in both."""
    alone = counts_on(scale, most=300)
    return st.tuples(pairs_on(scale, min_n=1), alone, alone)


def span(difference: Difference) -> float:
    low, high = difference.after.basis.bounds
    return high - low


@every_member
@given(data=st.data())
def test_a_batch_is_its_rows(
    compare: Any, scale: cx.Scale, method: str, data: st.DataObject
) -> None:
    batch = (
        data.draw(pair_batches_on(scale)),
        *(data.draw(batches_on(scale, most=300)) for _ in range(2)),
    )
    compare = partial(compare, confidence_level=data.draw(levels))

    differences = compare(*batch)

    assert differences.method == {"overlapping": "mover"}.get(method, method)
    for row, *survey in zip(differences, *batch, strict=True):
        if row.n == 0:
            assert np.isnan([row.value, row.std_error, row.statistic, row.pvalue]).all()
            assert row.interval == (-span(row), span(row))
            with pytest.raises(cx.errors.TooFewResponsesError):
                compare(*survey)
            continue
        alone = compare(*survey)
        assert row.value == close(alone.value, span(alone))
        assert row.std_error == close(alone.std_error, span(alone))
        assert tuple(row.interval) == close(tuple(alone.interval), span(alone))
        assert row.statistic == pytest.approx(alone.statistic, rel=1e-11, abs=1e-11)
        assert row.pvalue == pytest.approx(alone.pvalue, rel=1e-9, abs=1e-12)


@every_member
@given(data=st.data())
def test_swapping_after_and_before_flips_the_sign_and_nothing_else(
    compare: Any, scale: cx.Scale, method: str, data: st.DataObject
) -> None:
    del method
    pairs, after, before = data.draw(surveys(scale))

    there = compare(pairs, after, before)
    back = compare(PairCounts(scale=scale, table=pairs.table.T), before, after)

    assert back.value == close(-there.value, span(there))
    flipped = (-back.interval.high, -back.interval.low)
    assert flipped == close(tuple(there.interval), span(there))
    assert back.statistic == pytest.approx(-there.statistic, rel=1e-11, abs=1e-11)
    assert back.std_error == close(there.std_error, span(there))


@every_member
@given(data=st.data())
def test_mirroring_the_scale_flips_the_difference(
    compare: Any, scale: cx.Scale, method: str, data: st.DataObject
) -> None:
    survey = data.draw(surveys(scale))
    difference = compare(*survey)
    scores = -difference.after.score.scores[::-1]

    mirrored = COMPARISONS[method](
        partial(cx.linear_score, scores=scores), *(part.mirrored() for part in survey)
    )

    flipped = (-mirrored.interval.high, -mirrored.interval.low)
    assert flipped == close(tuple(difference.interval), span(difference))


@every_member
@given(data=st.data())
def test_value_and_interval_lie_in_the_range_and_widen_with_the_level(
    compare: Any, scale: cx.Scale, method: str, data: st.DataObject
) -> None:
    survey = data.draw(surveys(scale))
    narrow, wide = (
        compare(*survey, confidence_level=level)
        for level in sorted([data.draw(levels), data.draw(levels)])
    )

    within = 1e-12 * span(wide)
    assert -span(wide) <= wide.interval.low <= wide.interval.high <= span(wide)
    assert wide.interval.low <= narrow.interval.low + within
    assert narrow.interval.high <= wide.interval.high + within
    if method != "adjusted":  # which adds changes, and so has another center
        assert wide.interval.low - within <= wide.value <= wide.interval.high + within
    assert method != "score" or wide.interval.low < wide.interval.high


@every_member
@given(data=st.data())
def test_an_interval_excludes_a_null_exactly_when_the_test_rejects_it(
    compare: Any, scale: cx.Scale, method: str, data: st.DataObject
) -> None:
    alternative: Alternative = data.draw(st.sampled_from(get_args(Alternative)))
    level = data.draw(levels)
    compare = partial(
        compare,
        *data.draw(surveys(scale)),
        alternative=alternative,
        confidence_level=level,
    )
    difference = compare()
    low, high = difference.interval
    near = [limit + side * 4e-12 * span(difference) for limit in (low, high) for side in (-1, 1)]
    inside = [null for null in near if abs(null) <= span(difference)]
    anywhere = data.draw(st.floats(-1, 1)) * span(difference)
    null = 0.0 if method == "sign-flip" else data.draw(st.sampled_from([*inside, anywhere, 0.0]))
    if method != "sign-flip":  # of which limits may lie at 0 exactly
        assume(min(abs(null - low), abs(null - high)) >= 2e-12 * span(difference))

    assert (null < low or null > high) == (compare(null=null).pvalue < 1 - level)


@every_member
@given(data=st.data())
def test_a_one_sided_interval_reaches_to_the_end_of_the_range(
    compare: Any, scale: cx.Scale, method: str, data: st.DataObject
) -> None:
    del method
    compare = partial(compare, *data.draw(surveys(scale)))

    less = compare(alternative="less", confidence_level=0.975).interval
    greater = compare(alternative="greater", confidence_level=0.975).interval

    both = compare()
    assert (less.low, greater.high) == (-span(both), span(both))
    assert (greater.low, less.high) == pytest.approx(tuple(both.interval), rel=1e-9, abs=1e-9)


@every_member
@given(data=st.data())
def test_groups_are_compared_each_by_itself(
    compare: Any, scale: cx.Scale, method: str, data: st.DataObject
) -> None:
    del method
    keys = {"area": ["b", None, "a"]}
    pairs = data.draw(pair_batches_on(scale, rows=3))
    after, before = (data.draw(batches_on(scale, rows=3, most=300)) for _ in range(2))
    whole = compare(pairs, after, before)

    metric = compare.args[0]
    if compare.func is overlapping:
        differences = overlapping_difference(
            metric(Grouped(keys, pairs.after + after)),
            metric(Grouped(keys, pairs.before + before)),
            Grouped(keys, pairs),
        )
    else:
        differences = compare(Grouped(keys, pairs), after, before)

    assert set(differences) == {"b", None, "a"}
    for key, row in zip(["b", None, "a"], whole, strict=True):
        assert differences[key] == row


@every_member
@given(data=st.data())
def test_differences_survive_pickle_and_copy(
    compare: Any, scale: cx.Scale, method: str, data: st.DataObject
) -> None:
    del method
    differences = compare(*data.draw(surveys(scale)))

    assert pickle.loads(pickle.dumps(differences)) == differences
    assert copy.deepcopy(differences) == differences


@every_member
def test_nobody_changes_where_margins_are_alike(compare: Any, scale: cx.Scale, method: str) -> None:
    del method
    table = np.arange(scale.size**2).reshape(scale.size, scale.size) + 1
    nobody = Counts.empty(scale)

    difference = compare(PairCounts(scale=scale, table=table + table.T), nobody, nobody)

    assert difference.value == 0
    assert difference.statistic == pytest.approx(0, abs=1e-12)
    assert difference.pvalue == pytest.approx(1)
    assert difference.interval.low == pytest.approx(-difference.interval.high)
