"""Means of scores and their gaps: on one score they are what the plain score is."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

import cxmetrics as cx
from cxmetrics.intervals.score_mean import ScoreGap, ScoreMean

COUNTS = cx.Counts(cx.ONE_TO_FIVE, [[1, 2, 4, 10, 8], [3, 3, 3, 3, 3], [0, 0, 0, 0, 9]])
SCORES = cx.csat(COUNTS)


def mean_of(counts: cx.Counts) -> ScoreMean:
    """The mean of one score each."""
    basis = cx.csat(counts).score
    return ScoreMean(
        points=basis.points,
        effective=basis.effective,
        df=basis.df,
        n=basis.n,
        n_missing=basis.n_missing,
    )


MEANS = mean_of(COUNTS)


def estimate(basis: Any, method: str) -> cx.Estimate:
    return cx.Estimate.of(basis, metric="CSAT", unit="%", method=method)


def test_a_mean_of_one_score_is_a_score() -> None:
    found: Any = estimate(MEANS, "score")

    assert found.value == pytest.approx(SCORES.value)
    assert found.std_error == pytest.approx(SCORES.std_error)
    for mine, theirs in zip(found.interval, SCORES.interval, strict=True):
        assert mine == pytest.approx(theirs)
    assert found.test(60).pvalue == pytest.approx(SCORES.test(60).pvalue)
    assert found.basis.bounds == (0, 100)


def test_t_is_students() -> None:
    low, high = estimate(MEANS[0], "t").interval
    expected = cx.csat(COUNTS[0], method="t")

    assert (low, high) == pytest.approx(tuple(expected.interval))


def test_rows_of_a_batch() -> None:
    taken: Any = MEANS.take(np.array([1, -1]))

    assert taken[0] == MEANS[1]
    assert (taken.n[1], np.isnan(taken.value[1])) == (0, True)
    assert np.isnan(taken.std_error[1])
    gaps = gap_of(0.5, MEANS, MEANS).take(np.array([2, -1]))
    assert np.isnan(gaps.value[1])
    assert np.isnan(np.asarray(gaps.std_error)[1])


def gap_of(part: float, score: ScoreMean, rest: ScoreMean) -> ScoreGap:
    error = part * np.hypot(score.std_error, rest.std_error)
    return ScoreGap(part=part, score=score, rest=rest, std_error=error)


def test_a_gap_of_independent_scores_is_part_of_their_difference() -> None:
    """MOVER, referred to Student's t, whose level is that of the normal deviate."""
    one, two = mean_of(COUNTS[0]), mean_of(COUNTS[1])
    found = estimate(gap_of(0.5, one, two), "mover")
    level = 2 * stats.norm.cdf(stats.t.ppf(0.975, 14)) - 1
    pair = cx.csat(COUNTS[0]), cx.csat(COUNTS[1])
    expected = cx.difference(*pair, method="mover", confidence_level=float(level))

    assert found.value == pytest.approx(expected.value / 2)
    assert tuple(found.interval) == pytest.approx([limit / 2 for limit in expected.interval])
    assert found.df == 14
    assert (found.n, found.n_missing) == (25, 0)
    assert found.basis.bounds == (-50, 50)


def test_a_gap_by_t() -> None:
    one, two = mean_of(COUNTS[0]), mean_of(COUNTS[1])
    found = estimate(gap_of(0.5, one, two), "t")
    reach = stats.t.ppf(0.975, 14) * found.std_error

    assert tuple(found.interval) == pytest.approx((found.value - reach, found.value + reach))
    assert found.n_effective == 25


def test_a_gap_of_one_customer_says_nothing() -> None:
    one, two = mean_of(COUNTS[0]), mean_of(cx.Counts(cx.ONE_TO_FIVE, [0, 0, 0, 0, 1]))
    found = estimate(gap_of(0.5, one, two), "mover")

    assert tuple(found.interval) == (-50, 50)
    assert found.test(0).pvalue == 1
