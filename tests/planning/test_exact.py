"""Enumerated power beside brute force: every pair of outcomes, by the public test."""

from itertools import product
from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import cxmetrics as cx
from cxmetrics import ZERO_TO_TEN, Counts
from cxmetrics._typing import Alternative, FloatArray
from cxmetrics.likelihood import difference_statistic, score_statistic
from cxmetrics.planning import detectable_difference, power, sample_size
from cxmetrics.planning.distributions import coupled
from cxmetrics.planning.exact import is_enumerable, outcomes_of, probabilities, rejected_pairs
from tests.planning.surveys import EXCELLENT, MEAN, TYPICAL, csat_of, nps_of


@given(n=st.integers(1, 9), points=st.integers(2, 5))
def test_every_outcome_comes_once(n: int, points: int) -> None:
    outcomes = outcomes_of(n, points)

    assert len(np.unique(outcomes, axis=0)) == len(outcomes) == comb(n + points - 1, points - 1)
    assert (outcomes.sum(axis=1) == n).all()
    assert probabilities(outcomes, np.full(points, 1 / points)).sum() == pytest.approx(1)


def test_probabilities_are_those_of_scipy() -> None:
    outcomes, shares = outcomes_of(6, 3), np.array([0.2, 0.3, 0.5])

    assert probabilities(outcomes, shares) == pytest.approx(
        stats.multinomial(6, shares).pmf(outcomes)
    )
    assert probabilities(outcomes, np.array([0.0, 0.0, 1.0])).sum() == pytest.approx(1)


@given(
    scores=st.lists(st.integers(-20, 20), min_size=2, max_size=4, unique=True),
    sizes=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    z=st.floats(0.2, 3.5),
    signs=st.sampled_from([(1, -1), (1,), (-1,)]),
)
def test_tables_decide_as_the_statistic_does(
    scores: list[int], sizes: tuple[int, int], z: float, signs: tuple[int, ...]
) -> None:
    points = np.sort(scores).astype(np.float64)
    after, before = (outcomes_of(n, len(points)) for n in sizes)
    statistic = every_statistic(after, before, points)
    # At rounding either is right.
    clear = np.abs(np.abs(statistic) - z) > 1e-9

    rejected = rejected_pairs(after, before, points, z, signs)

    expected = np.any([sign * statistic >= z for sign in signs], axis=0)
    assert np.array_equal(rejected[clear], expected[clear])


def test_tables_decide_as_the_statistic_does_in_groups_of_50() -> None:
    """Both outcomes of the pairs at random, of 1,326 times 1,326."""
    outcomes, points = outcomes_of(50, 3), np.array([-100.0, 0, 100])
    one, two = np.random.default_rng(1).integers(0, len(outcomes), (2, 20_000))

    rejected = rejected_pairs(outcomes, outcomes, points, 1.959963984540054, (1, -1))

    n, null = np.full(len(one), 100.0), np.zeros(len(one))
    statistic = difference_statistic(outcomes[one], outcomes[two], points, null, n)
    assert np.array_equal(rejected[one, two], np.abs(statistic) >= 1.959963984540054)


def every_statistic(after: FloatArray, before: FloatArray, points: FloatArray) -> FloatArray:
    one = np.repeat(after, len(before), axis=0)
    two = np.tile(before, (len(after), 1))
    n = (one + two).sum(axis=1)
    statistic = difference_statistic(one, two, points, np.zeros(len(one)), n)
    return statistic.reshape(len(after), len(before))


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
@pytest.mark.parametrize(("n", "ratio", "n_before"), [(7, 1.0, 7), (6, 1.5, 9), (8, 0.5, 4)])
def test_power_of_two_groups_is_that_of_all_pairs(
    n: int, ratio: float, n_before: int, alternative: Alternative
) -> None:
    """All pairs of outcomes, each tested by `difference`."""
    after, before = outcomes_of(n, 3), outcomes_of(n_before, 3)
    target = nps_of(50, 250, 700)
    tests = cx.difference(
        batch(np.repeat(after, len(before), axis=0)),
        batch(np.tile(before, (len(after), 1))),
        alternative=alternative,
    )
    chances = np.outer(
        stats.multinomial(n, [0.05, 0.25, 0.7]).pmf(after),
        stats.multinomial(n_before, [0.2, 0.3, 0.5]).pmf(before),
    ).ravel()

    found = power(TYPICAL, n=n, ratio=ratio, target=target, alternative=alternative)

    assert found == pytest.approx(chances[tests.pvalue <= 0.05].sum(), abs=1e-12)


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_power_against_a_benchmark_is_that_of_all_outcomes(alternative: Alternative) -> None:
    """All outcomes of 30 answers, each tested by `Estimate.test`."""
    outcomes = outcomes_of(30, 3)
    tests = batch(outcomes).test(30, alternative=alternative)
    chances = np.ravel(stats.multinomial(30, [0.05, 0.25, 0.7]).pmf(outcomes))

    found = power(
        TYPICAL,
        n=30,
        target=nps_of(50, 250, 700),
        comparison="benchmark",
        alternative=alternative,
    )

    assert found == pytest.approx(chances[tests.pvalue <= 0.05].sum(), abs=1e-12)


def test_power_of_paired_answers_is_that_of_all_outcomes() -> None:
    """20 customers, satisfied or not: those who change, each way, tested by their own score.

    With 80 % before, 90 % after and a correlation of 1/3, both are satisfied in
    0.72 + 0.12/3 = 76 %, so that 14 % rise and 4 % fall.
    """
    outcomes = outcomes_of(20, 3)
    chances = np.ravel(stats.multinomial(20, [0.04, 0.82, 0.14]).pmf(outcomes))
    tests = batch(outcomes).test(0)

    found = power(csat_of(800), n=20, target=csat_of(900), comparison="paired", correlation=1 / 3)

    assert found == pytest.approx(chances[tests.pvalue <= 0.05].sum(), abs=1e-12)


def batch(outcomes: FloatArray) -> cx.Estimate:
    rows = np.zeros((len(outcomes), 11), np.int64)
    rows[:, [3, 8, 10]] = outcomes
    return cx.nps(Counts(ZERO_TO_TEN, rows))


def test_power_of_a_mean_is_enumerated_in_small_groups() -> None:
    """5 answers each on five points: 126 outcomes, and 15,876 pairs."""
    outcomes, points = outcomes_of(5, 5), np.arange(1.0, 6)
    target = Counts(MEAN.score.counts.scale, [0, 0, 1, 4, 20])
    one, two = np.array([0, 0, 1, 4, 20]) / 25, np.array([1, 2, 4, 10, 8]) / 25
    rejected = np.abs(every_statistic(outcomes, outcomes, points)) >= stats.norm.isf(0.025)

    found = power(MEAN, n=5, target=target)

    after, before = (np.ravel(stats.multinomial(5, p).pmf(outcomes)) for p in (one, two))
    assert found == pytest.approx(after @ rejected @ before, abs=1e-12)


@pytest.mark.parametrize(
    ("points", "sizes", "expected"),
    [
        (3, (50, 50), True),
        (3, (50.9,), True),
        (3, (51,), False),
        (3, (50, 51), False),
        (3, (float("inf"),), False),
        (5, (11, 11), True),
        (5, (12, 12), False),
        (5, (36,), True),
        (5, (37,), False),
    ],
)
def test_only_what_takes_a_moment_is_enumerated(
    points: int, sizes: tuple[float, ...], *, expected: bool
) -> None:
    assert is_enumerable(points, *sizes) == expected


@pytest.mark.parametrize(
    ("baseline", "options"),
    [
        (EXCELLENT, {"change": -45}),
        (TYPICAL, {"change": 55, "ratio": 2}),
        (TYPICAL, {"change": -60, "alternative": "less", "confidence_level": 0.9}),
        (csat_of(850), {"change": 13, "comparison": "benchmark"}),
        (TYPICAL, {"change": 50, "comparison": "paired", "correlation": 0.4}),
    ],
    ids=["two", "ratio", "one-sided", "benchmark", "paired"],
)
def test_no_smaller_sample_reaches_the_power(
    baseline: cx.Estimate, options: dict[str, object]
) -> None:
    plan = sample_size(baseline, **options)  # type: ignore[arg-type]

    assert plan.method == "exact"
    powers = [power(baseline, n=n, **options) for n in range(1, plan.n_after + 1)]  # type: ignore[arg-type]
    assert powers[-1] == plan.power >= 0.8
    assert max(powers[:-1]) < 0.8


def test_exact_and_normal_power_meet() -> None:
    """50 answers each are enumerated, 51 are not."""
    exact, normal = (power(TYPICAL, n=n, change=40) for n in (50, 51))

    assert exact == pytest.approx(normal, abs=0.03)


def test_one_effective_answer_is_needed_at_least() -> None:
    assert power(TYPICAL, n=4, change=40, design_effect=5) == 0
    assert power(TYPICAL, n=1, change=40) == power(TYPICAL, n=5, change=40, design_effect=5)


def test_nothing_is_found_where_no_outcome_rejects() -> None:
    assert power(TYPICAL, n=1, change=40, comparison="benchmark", confidence_level=0.999) == 0


@given(n=st.integers(2, 12), direction=st.sampled_from(["up", "down"]))
def test_detectable_differences_are_just_found(n: int, direction: str) -> None:
    change = detectable_difference(TYPICAL, n=n, direction=direction, power=0.5)  # type: ignore[arg-type]

    if not np.isnan(change):
        assert power(TYPICAL, n=n, change=change) == pytest.approx(0.5, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "after", "expected"),
    [(208, (0.1, 0.3, 0.6), 0.80), (91, (0.076, 0.248, 0.676), 0.81)],
)
def test_the_normal_approximation_is_close_in_simulations(
    n: int, after: tuple[float, ...], expected: float
) -> None:
    """200,000 pairs of surveys: a standard error of 0.0009."""
    rng, points = np.random.default_rng(20_260), np.array([-100.0, 0, 100])
    one = rng.multinomial(n, after, 200_000).astype(np.float64)
    two = rng.multinomial(n, [0.2, 0.3, 0.5], 200_000).astype(np.float64)
    size, null = np.full(len(one), 2.0 * n), np.zeros(len(one))

    rejected = np.abs(difference_statistic(one, two, points, null, size)) >= stats.norm.isf(0.025)

    assert rejected.mean() == pytest.approx(expected, abs=0.01)


@pytest.mark.slow
def test_paired_power_is_that_of_simulated_customers() -> None:
    """100,000 panels: coupled as planned, and by a log-linear table with the same correlation."""
    plan = sample_size(TYPICAL, change=25, comparison="paired", correlation=0.5)
    after, before, points = plan.after / 100, plan.before / 100, np.array([-100.0, 0, 100])

    planned = simulated(coupled(after, before, points, 0.5), plan.n_after)
    smooth = simulated(log_linear(after, before, 0.5), plan.n_after)

    assert planned == pytest.approx(0.8, abs=0.01)
    assert 0.8 <= smooth <= 0.85


def simulated(pairs: FloatArray, n: int) -> float:
    """Share of panels with a change that the score test finds."""
    changes = np.array([100 * (i - j) for i, j in product(range(3), range(3))])
    panels = np.random.default_rng(7).multinomial(n, pairs.ravel(), 100_000)
    distinct = np.unique(changes)
    counts = np.stack([panels[:, changes == change].sum(axis=1) for change in distinct], axis=1)
    statistic = score_statistic(
        counts.astype(np.float64), distinct.astype(np.float64), np.zeros(len(counts))
    )
    return float(np.mean(np.abs(statistic) >= stats.norm.isf(0.025)))


def log_linear(after: FloatArray, before: FloatArray, correlation: float) -> FloatArray:
    """Pairs with these margins and correlation, and one association everywhere."""
    points = np.arange(3.0)
    low, high = -20.0, 20.0
    table = np.ones((3, 3)) / 9
    for _ in range(60):
        tilt = (low + high) / 2
        table = np.exp(tilt * np.outer(points - 1, points - 1))
        for _ in range(500):
            table *= (after / table.sum(axis=1))[:, None]
            table *= before / table.sum(axis=0)
        seen = points @ table @ points - (after @ points) * (before @ points)
        spread = sqrt(
            (after @ points**2 - (after @ points) ** 2)
            * (before @ points**2 - (before @ points) ** 2)
        )
        low, high = (tilt, high) if seen / spread < correlation else (low, tilt)
    return table
