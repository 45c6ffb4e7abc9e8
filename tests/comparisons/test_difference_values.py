"""Differences against reference values, published ones and other libraries."""

from typing import NamedTuple

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import ttest_ind

import cxmetrics as cx
from cxmetrics import NPS_GROUPS, ONE_TO_FIVE, YES_NO, Counts, Estimate
from cxmetrics._typing import Alternative

Z = 1.959963984540054
"""97.5 % quantile of the normal."""


class Case(NamedTuple):
    """Two estimates, the 95 % limits of their difference, and T of no difference."""

    after: Estimate
    before: Estimate
    limits: tuple[float, float]
    statistic: float

    @property
    def range(self) -> float:
        """Greatest difference that is possible."""
        low, high = self.after.basis.bounds
        return high - low


def net(*counts: int) -> Estimate:
    return cx.nps(Counts(NPS_GROUPS, counts))


def box(yes: int, n: int) -> Estimate:
    return cx.top_box(Counts(YES_NO, (n - yes, yes)), top=1)


def mean(*counts: int) -> Estimate:
    return cx.mean_score(Counts(ONE_TO_FIVE, counts))


CASES = {
    "nps 20/30/50 - 10/20/70": Case(
        net(20, 30, 50),
        net(10, 20, 70),
        (-49.95622494813684, -9.522752212917862),
        -2.8407814732608596,
    ),
    "nps 2/3/5 - 0/2/18": Case(
        net(2, 3, 5),
        net(0, 2, 18),
        (-113.8549758907394, -17.709530216243619),
        -2.610428400297948,
    ),
    "nps 0/0/10 - 0/0/8": Case(
        net(0, 0, 10),
        net(0, 0, 8),
        (-57.8275897999935, 67.4116692999768),
        0.0,
    ),
    "mean": Case(
        mean(1, 2, 4, 10, 8),
        mean(3, 4, 6, 5, 2),
        (0.20920939000951444, 1.593294374019906),
        2.4765651389305896,
    ),
    "box 5/56 - 0/29": Case(
        box(5, 56),
        box(0, 29),
        (-3.259656174351412, 19.333097669088067),
        1.6488632447841147,
    ),
}
"""Computed by two independent algorithms (dual path and double bisection); the last one also
published: -.0326 to .1933 (Fagerland, Lydersen & Laake 2015)."""

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
varied = pytest.mark.parametrize(
    "case",
    [case for name, case in CASES.items() if name != "nps 0/0/10 - 0/0/8"],
    ids=[name for name in CASES if name != "nps 0/0/10 - 0/0/8"],
)
every_alternative = pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])


@every_case
def test_score_limits_and_statistics_are_the_reference_values(case: Case) -> None:
    found = cx.difference(case.after, case.before)

    assert found.method == "score"
    assert found.value == case.after.value - case.before.value
    assert tuple(found.interval) == pytest.approx(case.limits, rel=0, abs=1e-12 * case.range)
    assert found.statistic == pytest.approx(case.statistic, rel=0, abs=1e-12)
    assert found.pvalue == pytest.approx(2 * ndtr(-abs(case.statistic)), rel=1e-10)


@every_case
def test_one_sided_score_tests_and_limits_are_half_of_the_two_sided_ones(case: Case) -> None:
    greater = cx.difference(case.after, case.before, alternative="greater", confidence_level=0.975)
    less = cx.difference(case.after, case.before, alternative="less", confidence_level=0.975)

    within = 1e-11 * case.range
    assert greater.pvalue == pytest.approx(ndtr(-case.statistic), rel=1e-10)
    assert less.pvalue == pytest.approx(ndtr(case.statistic), rel=1e-10)
    assert greater.interval.low == pytest.approx(case.limits[0], rel=0, abs=within)
    assert greater.interval.high == case.range
    assert less.interval.low == -case.range
    assert less.interval.high == pytest.approx(case.limits[1], rel=0, abs=within)


@every_case
def test_at_its_limits_the_score_test_is_as_significant_as_the_level_says(case: Case) -> None:
    for null, statistic in zip(case.limits, (Z, -Z), strict=True):
        found = cx.difference(case.after, case.before, null=null)

        assert found.null == null
        assert found.statistic == pytest.approx(statistic, rel=1e-10)
        assert found.pvalue == pytest.approx(0.05, rel=1e-9)
        assert tuple(found.interval) == pytest.approx(case.limits, rel=0, abs=1e-11 * case.range)


@pytest.mark.parametrize(
    ("null", "statistic"), [(-10.0, 2.610813219301), (20.0, 0.0), (50.0, -2.773144094372)]
)
def test_score_tests_of_other_nulls_are_those_of_miettinen_and_nurminen(
    null: float, statistic: float
) -> None:
    """7/25 v 2/25, by the closed root of the cubic of Miettinen and Nurminen (1985)."""
    found = cx.difference(box(7, 25), box(2, 25), null=null)

    assert found.statistic == pytest.approx(statistic, abs=5e-12)


@pytest.mark.parametrize("confidence_level", [0.5, 0.99])
def test_swapped_groups_change_the_sign(confidence_level: float) -> None:
    case = CASES["nps 2/3/5 - 0/2/18"]

    one = cx.difference(case.after, case.before, null=-30, confidence_level=confidence_level)
    two = cx.difference(case.before, case.after, null=30, confidence_level=confidence_level)

    assert two.value == -one.value
    assert two.statistic == pytest.approx(-one.statistic, rel=1e-12)
    assert two.pvalue == pytest.approx(one.pvalue, rel=1e-12)
    assert tuple(two.interval) == pytest.approx((-one.interval.high, -one.interval.low), rel=1e-12)


# ---------------------------------------------------------------------- Welch


def answers(estimate: Estimate) -> list[float]:
    """The score of every answer."""
    counts = estimate.score.counts
    scores: list[float] = np.repeat(estimate.score.scores, counts.counts).tolist()
    return scores


@varied
@every_alternative
@pytest.mark.parametrize("share", [0.0, 0.05, -0.2])
def test_welch_is_the_one_of_scipy(case: Case, alternative: Alternative, share: float) -> None:
    """A null shifts the first sample; the interval is of what was not shifted."""
    null = share * case.range

    found = cx.difference(
        case.after,
        case.before,
        method="welch",
        null=null,
        alternative=alternative,
        confidence_level=0.9,
    )

    after, before = answers(case.after), answers(case.before)
    shifted = ttest_ind(np.subtract(after, null), before, equal_var=False, alternative=alternative)
    theirs = ttest_ind(after, before, equal_var=False, alternative=alternative)
    low, high = theirs.confidence_interval(0.9)
    assert found.statistic == pytest.approx(shifted.statistic, rel=1e-10, abs=1e-12)
    assert found.pvalue == pytest.approx(shifted.pvalue, rel=1e-9)
    assert found.interval.low == pytest.approx(max(low, -case.range), rel=1e-10)
    assert found.interval.high == pytest.approx(min(high, case.range), rel=1e-10)
    assert found.std_error == pytest.approx(found.value / theirs.statistic, rel=1e-10)


@pytest.mark.parametrize(
    ("name", "statistic"),
    [
        ("nps 20/30/50 - 10/20/70", -2.913024937365673),
        ("nps 2/3/5 - 0/2/18", -2.228119415343859),
        ("mean", 2.6419010663114633),
        ("box 5/56 - 0/29", 2.32210182006412),
    ],
)
def test_welch_statistics_are_the_reference_values(name: str, statistic: float) -> None:
    found = cx.difference(CASES[name].after, CASES[name].before, method="welch")

    assert found.statistic == pytest.approx(statistic, rel=1e-12)


def test_score_is_referred_to_the_normal_and_welch_to_students_t() -> None:
    """Of one and the same statistic the t has the larger p-value: here of 2 + 3 answers."""
    one, two = mean(0, 1, 0, 1, 0), mean(1, 1, 1, 0, 0)

    score, welch = (cx.difference(one, two, method=method) for method in ("score", "welch"))

    theirs = ttest_ind([2, 4], [1, 2, 3], equal_var=False)
    assert score.pvalue == pytest.approx(2 * ndtr(-abs(score.statistic)), rel=1e-12)
    assert welch.pvalue == pytest.approx(theirs.pvalue, rel=1e-10)
    assert welch.pvalue > 2 * ndtr(-abs(welch.statistic))
