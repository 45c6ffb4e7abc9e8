"""Reference values of the methods from exact laws: conservative, bayes, bootstrap, permutation.

Scores are in units of the score, NPS on -1..1. Values marked "two ways" were computed
by two independent algorithms.
"""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

import cxmetrics as cx
from cxmetrics import NPS_GROUPS, ONE_TO_FIVE, YES_NO, ZERO_TO_TEN, Counts
from cxmetrics.errors import ArgumentError, ZeroWidthWarning


def net(*groups: int) -> Counts:
    return Counts(NPS_GROUPS, groups)


@pytest.mark.parametrize(("good", "n"), [(0, 7), (3, 10), (18, 25), (50, 50), (1, 400)])
def test_conservative_is_clopper_pearson_on_two_points(good: int, n: int) -> None:
    """scipy's exact interval, and its tails as one-sided p-values."""
    estimate = cx.top_box(Counts(YES_NO, [n - good, good]), top=1, method="conservative")

    exact = stats.binomtest(good, n).proportion_ci(method="exact")
    assert tuple(estimate.interval) == pytest.approx((100 * exact.low, 100 * exact.high), rel=1e-9)
    for null in (0.2, 0.5):
        for alternative in ("less", "greater"):
            expected = stats.binomtest(good, n, null, alternative=alternative).pvalue
            found = estimate.test(100 * null, alternative=alternative).pvalue
            assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("good", "n"), [(0, 7), (3, 10), (18, 25), (50, 50)])
def test_bayes_is_jeffreys_on_two_points(good: int, n: int) -> None:
    """Quantiles and tails of Beta(good + ½, bad + ½)."""
    estimate = cx.top_box(Counts(YES_NO, [n - good, good]), top=1, method="bayes")

    posterior = stats.beta(good + 0.5, n - good + 0.5)
    assert tuple(estimate.interval) == pytest.approx(100 * posterior.ppf([0.025, 0.975]), rel=1e-9)
    assert estimate.test(40, alternative="greater").pvalue == pytest.approx(posterior.cdf(0.4))


@pytest.mark.parametrize(
    ("method", "counts", "limits", "within"),
    [
        # Gaffke (2005), two ways.
        ("conservative", net(20, 30, 50), (0.1303916706365, 0.4538488762927), 1e-11),
        # Half an answer at each end; by Imhof's integral on 6,001 nodes, whose tails are
        # good to 2e-6 and its limits to 2e-5.
        ("bayes", net(20, 30, 50), (0.1408810231644395, 0.44481300449731975), 2e-5),
        ("bayes", net(2, 8, 90), (0.7819640703507105, 0.9368226070180015), 2e-5),
        ("bayes", net(1, 1, 8), (0.1529426477473237, 0.9328167462713566), 2e-5),
        ("bayes", net(0, 0, 10), (0.5656074649815821, 0.9999042191336969), 2e-5),
        # Percentiles of the exact law, two ways.
        ("bootstrap", net(20, 30, 50), (0.14, 0.45), 1e-12),
        ("bootstrap", net(2, 8, 90), (0.8, 0.95), 1e-12),
        ("bootstrap", net(1, 1, 8), (0.3, 1.0), 1e-12),
    ],
)
def test_published_and_computed_limits_of_nps(
    method: Any, counts: Counts, limits: tuple[float, float], within: float
) -> None:
    interval = cx.nps(counts, method=method).interval

    assert tuple(interval) == pytest.approx([100 * x for x in limits], rel=0, abs=100 * within)


@pytest.mark.parametrize("counts", [(20, 30, 50), (1, 1, 8), (2, 8, 90)])
def test_bayes_limits_leave_equal_tails_by_quadrature(counts: tuple[int, int, int]) -> None:
    """Given the middle share, the top share is a Beta: one integral, good to 1e-10."""
    bottom, middle, top = counts[0] + 0.5, counts[1], counts[2] + 0.5
    interval = cx.nps(net(*counts), method="bayes").interval

    for limit, tail in zip(interval, (0.025, 0.975), strict=True):
        t = (limit + 100) / 200

        def density(share: float, t: float = t) -> float:
            top_share = np.clip((t - share / 2) / (1 - share), 0, 1)
            below = stats.beta.cdf(top_share, top, bottom)
            return float(stats.beta.pdf(share, middle, bottom + top) * below)

        kinks = [x for x in (2 * t, 2 * t - 1, 2 - 2 * t) if 0 < x < 1]
        below, _ = integrate.quad(density, 0, 1, points=kinks, limit=500, epsabs=1e-13)
        assert below == pytest.approx(tail, abs=1e-9)


@pytest.mark.parametrize(
    ("counts", "limits"),
    [
        (Counts(ONE_TO_FIVE, [1, 2, 4, 10, 8]), (3.44, 4.28)),
        (Counts(ZERO_TO_TEN, [0, 0, 1, 0, 1, 2, 3, 5, 9, 6, 8]), (7.2, 8.457142857142857)),
        (Counts(cx.ONE_TO_SEVEN, [0, 1, 0, 2, 6, 11, 10]), (5.433333333333334, 6.266666666666667)),
    ],
)
def test_bootstrap_limits_of_means(counts: Counts, limits: tuple[float, float]) -> None:
    """Percentiles of the exact law, two ways."""
    assert tuple(cx.mean_score(counts, method="bootstrap").interval) == pytest.approx(limits)


def test_a_bootstrap_of_answers_alike_has_no_width() -> None:
    with pytest.warns(ZeroWidthWarning):
        assert cx.nps(net(0, 0, 10), method="bootstrap").interval == (100, 100)


@pytest.mark.parametrize(
    ("after", "before", "limits"),
    [
        (net(20, 30, 50), net(10, 20, 70), (-0.4961131011524351, -0.09404779901460286)),
        (net(2, 3, 5), net(0, 2, 18), (-1.1216040098009445, -0.11569240560810173)),
        (net(0, 0, 10), net(0, 0, 8), (-0.5550655997257784, 0.6488151297677606)),
    ],
)
def test_mover_limits(after: Counts, before: Counts, limits: tuple[float, float]) -> None:
    """Zou and Donner (2008) from score limits; two ways."""
    difference = cx.difference(cx.nps(after), cx.nps(before), method="mover")

    assert tuple(difference.interval) == pytest.approx([100 * x for x in limits], abs=1e-10)


def test_mover_is_newcombes_method_on_two_points() -> None:
    """5/56 v 0/29: -.0381, .1926 (Newcombe 1998, in Fagerland, Lydersen & Laake 2015)."""
    one, two = (cx.top_box(Counts(YES_NO, row), top=1) for row in ([51, 5], [29, 0]))

    low, high = cx.difference(one, two, method="mover").interval

    assert (low, high) == pytest.approx((-3.81, 19.26), abs=0.005)


@pytest.mark.parametrize(
    ("after", "before"), [((2, 1, 4), (1, 1, 3)), ((3, 1, 2), (1, 4, 2)), ((2, 6), (5, 2))]
)
def test_permutation_pvalues_by_all_splits(after: tuple[int, ...], before: tuple[int, ...]) -> None:
    """Every way to choose who is in the first group, the studentised difference of each."""
    scores = np.linspace(-1, 1, len(after))
    answers = np.repeat(scores, np.add(after, before))
    size = sum(after)

    def statistic(one: np.ndarray, two: np.ndarray) -> float:
        gap = float(np.mean(one) - np.mean(two))
        error = np.var(one) / (len(one) - 1) + np.var(two) / (len(two) - 1)
        return 0.0 if abs(gap) < 1e-12 else gap / float(np.sqrt(error)) if error else np.inf

    observed = statistic(np.repeat(scores, after), np.repeat(scores, before))
    everyone = set(range(len(answers)))
    law = np.array(
        [
            statistic(answers[list(split)], answers[sorted(everyone - set(split))])
            for split in combinations(range(len(answers)), size)
        ]
    )

    scale = NPS_GROUPS if len(after) == 3 else YES_NO
    metric = cx.nps if len(after) == 3 else lambda counts: cx.top_box(counts, top=1)
    estimates = [metric(Counts(scale, row)) for row in (after, before)]
    for alternative, extreme in (
        ("two-sided", np.abs(law) >= abs(observed) * (1 - 1e-9)),
        ("less", law <= observed + 1e-9 * abs(observed)),
        ("greater", law >= observed - 1e-9 * abs(observed)),
    ):
        found = cx.difference(*estimates, method="permutation", alternative=alternative)  # type: ignore[call-overload]
        assert found.statistic == pytest.approx(observed)
        assert found.pvalue == pytest.approx(extreme.mean())


def test_the_known_permutation_pvalue() -> None:
    """(3, 2, 5) v (1, 1, 8): p = .28483, as scipy.stats.permutation_test finds."""
    difference = cx.difference(cx.nps(net(3, 2, 5)), cx.nps(net(1, 1, 8)), method="permutation")

    assert difference.pvalue == pytest.approx(0.28483, abs=5e-6)


def test_many_scores_are_permuted_by_draws_from_a_generator() -> None:
    one, two = (
        cx.mean_score(Counts(ONE_TO_FIVE, row)) for row in ([1, 2, 4, 10, 8], [3, 4, 6, 5, 2])
    )
    with pytest.raises(ArgumentError) as error:
        cx.difference(one, two, method="permutation")
    assert str(error.value) == (
        "`rng` must be given to permute more than three scores, or large groups.\n"
        "Hint: did you mean rng=1?"
    )

    drawn = cx.difference(one, two, method="permutation", rng=1)

    assert drawn == cx.difference(one, two, method="permutation", rng=1)
    assert drawn.pvalue == pytest.approx(0.0125, abs=0.004)
    low, high = drawn.interval
    assert 0 < low < drawn.value < high


def test_groups_of_one_answer_can_not_be_permuted() -> None:
    one = cx.nps(net(0, 0, 1))

    lone = cx.difference(one, cx.nps(net(20, 30, 50)), method="permutation")

    assert (lone.interval, lone.pvalue) == ((-200, 200), 1)


def test_groups_all_alike_differ_without_doubt() -> None:
    with pytest.warns(ZeroWidthWarning):
        apart = cx.difference(cx.nps(net(0, 0, 9)), cx.nps(net(0, 9, 0)), method="permutation")

    assert (apart.statistic, apart.interval) == (np.inf, (100, 100))
    assert apart.pvalue == pytest.approx(2 / 48_620)
