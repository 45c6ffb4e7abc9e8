"""The laws of estimates, each once, for every metric and every interval method.

A metric is a row of METRICS: how it is called, and the scale its laws are tried on.
"""

import copy
import json
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, get_args

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics import Counts, Estimate, Grouped
from cxmetrics._typing import Alternative, IntervalMethod
from tests.strategies import answers_of, batches_on, close, counts_on, levels

# Intervals without width have a test of their own.
pytestmark = pytest.mark.filterwarnings("ignore::cxmetrics.errors.ZeroWidthWarning")


class Case(NamedTuple):
    """A metric as the laws call it."""

    metric: Callable[..., Any]
    scale: cx.Scale
    is_net: bool = False


METRICS: dict[str, Case] = {
    "nps": Case(cx.nps, cx.ZERO_TO_TEN, is_net=True),
    "nps of groups": Case(cx.nps, cx.NPS_GROUPS, is_net=True),
    "csat": Case(cx.csat, cx.ONE_TO_FIVE),
    "ces": Case(cx.ces, cx.ONE_TO_SEVEN),
    "ces top box": Case(partial(cx.ces, definition="top-box"), cx.ONE_TO_SEVEN),
    "ces net": Case(partial(cx.ces, definition="net"), cx.ONE_TO_FIVE, is_net=True),
    "mean_score": Case(cx.mean_score, cx.ONE_TO_TEN),
    "top_box": Case(partial(cx.top_box, top=1), cx.YES_NO),
    "bottom_box": Case(partial(cx.bottom_box, bottom=2), cx.ONE_TO_FIVE),
    "net_score": Case(partial(cx.net_score, bottom=1, top=2), cx.ONE_TO_FIVE, is_net=True),
    "linear_score": Case(
        partial(cx.linear_score, scores=[0, -2.5, -2.5, 7, 20], unit="€"), cx.ONE_TO_FIVE
    ),
}
METHODS: tuple[IntervalMethod, ...] = get_args(IntervalMethod)
WITH_WIDTH = {"score", "likelihood", "conservative"}

MEMBERS = [
    pytest.param(case.metric, case.scale, method, id=f"{name}-{method}")
    for name, case in METRICS.items()
    for method in METHODS
    if method != "rocks" or case.is_net
]
every_member = pytest.mark.parametrize(("metric", "scale", "method"), MEMBERS)
every_metric = pytest.mark.parametrize(
    ("metric", "scale"), [case[:2] for case in METRICS.values()], ids=METRICS
)


def span(estimate: Estimate) -> float:
    low, high = estimate.basis.bounds
    return high - low


@every_metric
@given(data=st.data())
def test_estimating_answers_is_estimating_their_counts(
    metric: Any, scale: cx.Scale, data: st.DataObject
) -> None:
    counts = data.draw(counts_on(scale, min_n=1, most=20))
    options: dict[str, Any] = {"scale": scale}
    if metric is cx.nps:
        options = {"detractors": (-1, -1), "promoters": (1, 1)} if scale.groups else {}

    raw = metric(answers_of(counts), **options)

    assert (str(raw), raw.interval) == (str(metric(counts)), metric(counts).interval)


@every_member
@given(data=st.data())
def test_a_batch_is_its_rows(
    metric: Any, scale: cx.Scale, method: IntervalMethod, data: st.DataObject
) -> None:
    batch = data.draw(batches_on(scale))
    level = data.draw(levels)

    estimates = metric(batch, method=method, confidence_level=level)
    tests = estimates.test(estimates.basis.bounds[0] + 0.3 * span(estimates))

    for i in range(4):
        estimate, test = estimates[i], tests[i]
        if batch[i].n == 0:
            assert np.isnan([estimate.value, estimate.std_error, test.pvalue]).all()
            assert estimate.interval == estimate.basis.bounds
            with pytest.raises(cx.errors.TooFewResponsesError):
                metric(batch[i], method=method)
            continue
        alone = metric(batch[i], method=method, confidence_level=level)
        assert estimate.value == close(alone.value, span(alone))
        assert estimate.std_error == close(alone.std_error, span(alone))
        assert tuple(estimate.interval) == close(tuple(alone.interval), span(alone))
        alone_test = alone.test(test.null)
        assert test.statistic == pytest.approx(alone_test.statistic, rel=1e-12, abs=1e-12)
        assert test.pvalue == pytest.approx(alone_test.pvalue, rel=1e-10, abs=1e-12)


@every_member
@given(data=st.data())
def test_value_and_interval_lie_in_the_range_and_widen_with_the_level(
    metric: Any, scale: cx.Scale, method: IntervalMethod, data: st.DataObject
) -> None:
    counts = data.draw(counts_on(scale, min_n=1))
    narrow, wide = sorted([data.draw(levels), data.draw(levels)])

    estimate = metric(counts, method=method, confidence_level=wide)
    lowest, highest = estimate.basis.bounds
    low, high = estimate.interval
    inner = estimate.confidence_interval(narrow)

    assert lowest <= estimate.value <= highest
    assert lowest <= low <= high <= highest
    assert low <= inner.low + 1e-12 * span(estimate)
    assert inner.high <= high + 1e-12 * span(estimate)
    if method in WITH_WIDTH:
        assert low <= estimate.value <= high
        assert low < high


@every_member
@given(data=st.data())
def test_an_interval_excludes_a_null_exactly_when_the_test_rejects_it(
    metric: Any, scale: cx.Scale, method: IntervalMethod, data: st.DataObject
) -> None:
    counts = data.draw(counts_on(scale, min_n=1))
    level = data.draw(levels)
    alternative: Alternative = data.draw(st.sampled_from(get_args(Alternative)))
    estimate = metric(counts, method=method, confidence_level=level)
    lowest, highest = estimate.basis.bounds
    low, high = estimate.confidence_interval(alternative=alternative)
    near = [limit + side * 2e-12 * span(estimate) for limit in (low, high) for side in (-1, 1)]
    inside = [null for null in near if lowest <= null <= highest]
    anywhere = lowest + data.draw(st.floats(0, 1)) * span(estimate)
    null = data.draw(st.sampled_from([*inside, anywhere]))
    distance = min(abs(null - low), abs(null - high))
    assume(distance >= 1e-12 * span(estimate))

    pvalue = estimate.test(null, alternative=alternative).pvalue

    assert (null < low or null > high) == (pvalue < 1 - level)


@every_member
@given(data=st.data())
def test_a_one_sided_interval_reaches_to_the_end_of_the_range(
    metric: Any, scale: cx.Scale, method: IntervalMethod, data: st.DataObject
) -> None:
    estimate = metric(data.draw(counts_on(scale, min_n=1)), method=method)

    below = estimate.confidence_interval(0.975, alternative="less")
    above = estimate.confidence_interval(0.975, alternative="greater")

    assert (below.low, above.high) == estimate.basis.bounds
    both = (above.low, below.high)
    assert both == pytest.approx(tuple(estimate.confidence_interval(0.95)), rel=1e-9, abs=1e-9)


@every_member
@given(data=st.data())
def test_mirroring_the_scores_mirrors_value_and_interval(
    metric: Any, scale: cx.Scale, method: IntervalMethod, data: st.DataObject
) -> None:
    counts = data.draw(counts_on(scale, min_n=1))
    estimate = metric(counts, method=method)
    mirror: Any = partial(cx.linear_score, scores=-estimate.score.scores[::-1], method=method)

    mirrored = mirror(counts.mirrored())

    assert mirrored.value == close(-estimate.value, span(estimate))
    assert mirrored.std_error == close(estimate.std_error, span(estimate))
    flipped = (-mirrored.interval.high, -mirrored.interval.low)
    assert flipped == close(tuple(estimate.interval), span(estimate))


@every_metric
@given(data=st.data())
def test_more_of_the_same_answers_keep_the_value_and_narrow_the_interval(
    metric: Any, scale: cx.Scale, data: st.DataObject
) -> None:
    counts = data.draw(counts_on(scale, min_n=1))
    once, ten_times = metric(counts), metric(sum([counts] * 10))

    assert ten_times.value == pytest.approx(once.value, abs=1e-12 * span(once))
    width = once.interval.high - once.interval.low
    assert ten_times.interval.high - ten_times.interval.low < width


@every_metric
@given(data=st.data())
def test_a_merged_value_lies_between_its_parts(
    metric: Any, scale: cx.Scale, data: st.DataObject
) -> None:
    a, b = (data.draw(counts_on(scale, min_n=1)) for _ in range(2))
    low, high = sorted([metric(a).value, metric(b).value])
    slack = 1e-12 * span(metric(a))

    assert low - slack <= metric(a + b).value <= high + slack


@every_metric
@given(data=st.data())
def test_grouped_counts_give_grouped_estimates(
    metric: Any, scale: cx.Scale, data: st.DataObject
) -> None:
    batch = data.draw(batches_on(scale, rows=3))
    grouped: Grouped[Counts] = Grouped({"area": ["a", "b", None]}, batch)

    estimates = metric(grouped)

    assert estimates.columns == grouped.columns
    assert estimates.batch == metric(batch)


@every_metric
@given(data=st.data())
def test_estimates_survive_pickle_and_copy_and_stay_read_only(
    metric: Any, scale: cx.Scale, data: st.DataObject
) -> None:
    estimates = metric(data.draw(batches_on(scale)))

    for again in (pickle.loads(pickle.dumps(estimates)), copy.deepcopy(estimates)):
        assert again == estimates
        assert not again.value.flags.writeable
        assert not again.score.counts.counts.flags.writeable


@every_metric
def test_a_single_estimate_holds_python_numbers(metric: Any, scale: cx.Scale) -> None:
    row = metric(Counts(scale, np.arange(1, scale.size + 1))).to_dict()

    assert {type(row[name]) for name in ("value", "std_error", "low", "high")} == {float}
    assert {type(row[name]) for name in ("n", "n_missing")} == {int}
    assert json.loads(json.dumps(row)) == row
