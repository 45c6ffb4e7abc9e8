"""The distributions that are planned for: constrained, coupled, named."""

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics import ONE_TO_FIVE, Counts, Scale
from cxmetrics._typing import FloatArray
from cxmetrics.errors import ArgumentError
from cxmetrics.intervals.linear_score import LinearScore
from cxmetrics.likelihood import score_statistic
from cxmetrics.planning.distributions import (
    changes_within,
    check_correlation,
    coupled,
    mean_and_variance,
    moved,
    names_of,
)
from tests.planning.surveys import MEAN, TYPICAL, csat_of

POINTS = np.array([-100.0, 0, 40, 100])


@st.composite
def shares(draw: st.DrawFn, points: int = 4) -> FloatArray:
    """Shares, some of them none."""
    counts = draw(st.lists(st.integers(0, 9), min_size=points, max_size=points).filter(any))
    return np.array(counts) / sum(counts)


def test_moved_distributions_are_the_most_likely_ones() -> None:
    """Beside a general optimiser: 20 / 30 / 50 moved to a score of 35."""
    points, p = np.array([-100.0, 0, 100]), np.array([0.2, 0.3, 0.5])
    best = scipy.optimize.minimize(  # type: ignore[call-overload]
        lambda q: -p @ np.log(q),
        p,
        method="SLSQP",
        bounds=[(1e-9, 1)] * 3,
        constraints=[
            {"type": "eq", "fun": lambda q: q.sum() - 1},
            {"type": "eq", "fun": lambda q: q @ points / 100 - 0.35},
        ],
        options={"ftol": 1e-14},
    )

    assert moved(p, points, 35.0) == pytest.approx(best.x, abs=1e-6)


@given(p=shares(), at=st.floats(0, 1))
def test_moved_distributions_have_the_score(p: FloatArray, at: float) -> None:
    """And T² = n (score - null)² / variance, which is the statistic of the engine."""
    score = -100 + 200 * at
    q = moved(p, POINTS, score)

    mean, variance = mean_and_variance(q, POINTS)
    assert q.sum() == pytest.approx(1)
    assert q.min() >= 0
    assert mean == pytest.approx(score, abs=1e-9)
    if variance > 1e-6:
        statistic = score_statistic(50 * p[None], POINTS, np.array([score]))[0]
        expected = np.sqrt(50 / variance) * (p @ POINTS - score)
        assert statistic == pytest.approx(expected, abs=1e-5)


@given(p=shares())
def test_what_stays_is_not_moved(p: FloatArray) -> None:
    assert moved(p, POINTS, float(p @ POINTS)) == pytest.approx(p)


@given(after=shares(), before=shares(), correlation=st.floats(-0.99, 0.99))
def test_coupled_answers_keep_their_margins(
    after: FloatArray, before: FloatArray, correlation: float
) -> None:
    pairs = coupled(after, before, POINTS, correlation)

    assert pairs.min() >= 0
    assert pairs.sum(axis=1) == pytest.approx(after, abs=1e-12)
    assert pairs.sum(axis=0) == pytest.approx(before, abs=1e-12)
    spread = np.sqrt(mean_and_variance(after, POINTS)[1] * mean_and_variance(before, POINTS)[1])
    seen = POINTS @ (pairs - np.outer(after, before)) @ POINTS
    try:
        check_correlation(after, before, POINTS, correlation)
    except ArgumentError:
        assert abs(seen) <= abs(correlation) * spread
    else:
        assert seen == pytest.approx(correlation * spread, abs=1e-6)


def test_correlations_that_no_pairs_have_are_told() -> None:
    """80 % and 90 %: at most 0.8 in both, (0.8 - 0.72) / (0.4 × 0.3) = 2/3; at least 0.7."""
    after, before, points = np.array([0.1, 0.9]), np.array([0.2, 0.8]), np.array([0.0, 100])

    with pytest.raises(ArgumentError) as high:
        check_correlation(after, before, points, 0.7)
    with pytest.raises(ArgumentError) as low:
        check_correlation(after, before, points, -0.2)

    between = "between these distributions"
    assert str(high.value) == f"`correlation` must be at most 0.667 {between}, not 0.7."
    assert str(low.value) == f"`correlation` must be at least -0.167 {between}, not -0.2."


def test_changes_of_a_customer_are_told_apart_by_size() -> None:
    """Steps of 0.1 that differ by rounding are one step."""
    changes, position = changes_within(np.array([0.1, 0.2, 0.3]))

    assert changes == pytest.approx([-0.2, -0.1, 0, 0.1, 0.2])
    assert position.tolist() == [[2, 1, 0], [3, 2, 1], [4, 3, 2]]


def test_groups_are_named() -> None:
    assert names_of(TYPICAL.score) == ("detractors", "passives", "promoters")
    assert names_of(MEAN.score) == ("1", "2", "3", "4", "5")
    assert names_of(csat_of(800).score) == ("1, 2, 3", "4, 5")


def test_scores_without_a_group_of_their_own_name_themselves() -> None:
    long = cx.mean_score(Counts(Scale(0, 11), np.ones(12, np.int64)))
    uneven = cx.linear_score(Counts(ONE_TO_FIVE, [1] * 5), scores=[0, 5, 0, 7.5, 5])

    assert names_of(long.score)[-1] == "11"
    assert names_of(uneven.score) == ("1, 3", "2, 5", "4")
    mixed = LinearScore(
        counts=Counts(ONE_TO_FIVE, [1] * 5),
        scores=np.arange(5.0),
        groups=(("low", 2), ("middle", 1), ("high", 2)),
    )
    assert names_of(mixed) == ("0", "1", "middle", "3", "4")
