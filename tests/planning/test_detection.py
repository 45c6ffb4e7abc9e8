"""Power, detectable differences and margins: references, laws, refusals."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats import power as reference
from statsmodels.stats.proportion import proportion_confint

import cxmetrics as cx
from cxmetrics import ONE_TO_FIVE, ZERO_TO_TEN, Counts
from cxmetrics.errors import ArgumentError, MismatchError, TooFewResponsesError
from cxmetrics.likelihood import difference_statistic
from cxmetrics.planning import Margin, detectable_difference, margin_of_error, power
from tests.planning.surveys import EXCELLENT, MEAN, TYPICAL, csat_of, every_setting, nps_of


@pytest.mark.parametrize(
    ("alternative", "name"), [("two-sided", "two-sided"), ("greater", "larger")]
)
def test_power_of_two_proportions(alternative: Any, name: str) -> None:
    """statsmodels, with the variances of both samples, 80 to 85 %."""
    spread = np.sqrt(0.85 * 0.15 + 0.8 * 0.2)
    expected = reference.normal_power_het(
        0.05, 400, 0.05, std_null=spread, std_alternative=spread, alternative=name
    )

    found = power(csat_of(800), n=400, target=csat_of(850), alternative=alternative)

    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("n_after", "n_before"), [(300, 600), (600, 300), (250, 1_000)])
def test_power_of_unequal_groups(n_after: int, n_before: int) -> None:
    """Of all outcomes with a noticeable chance: 90 % after 80 %."""
    after, before = np.meshgrid(np.arange(n_after + 1), np.arange(n_before + 1), indexing="ij")
    chance = stats.binom.pmf(after, n_after, 0.9) * stats.binom.pmf(before, n_before, 0.8)
    likely = chance > 1e-9
    rows = [np.stack([n - k[likely], k[likely]], axis=1) for n, k in
            ((n_after, after), (n_before, before))]  # fmt: skip
    statistic = difference_statistic(
        rows[0].astype(np.float64),
        rows[1].astype(np.float64),
        np.array([0.0, 100]),
        np.zeros(likely.sum()),
        np.full(likely.sum(), float(n_after + n_before)),
    )
    exact = chance[likely][np.abs(statistic) >= stats.norm.isf(0.025)].sum()

    found = power(csat_of(800), n=n_after, target=csat_of(900), ratio=n_before / n_after)

    assert found == pytest.approx(exact, abs=0.012)


def test_power_of_a_proportion_against_a_benchmark() -> None:
    """statsmodels, with the variances of the null and of the alternative, 80 to 85 %."""
    expected = reference.normal_power_het(
        0.05, 500, 0.05, std_null=np.sqrt(0.8 * 0.2), std_alternative=np.sqrt(0.85 * 0.15)
    )

    found = power(csat_of(800), n=500, change=5, comparison="benchmark")

    assert found == pytest.approx(expected, abs=1e-6)


def test_power_of_two_means() -> None:
    """statsmodels: a z-test of two means whose variances are the same, 2/9."""
    before = cx.mean_score(Counts(ONE_TO_FIVE, [0, 0, 0, 200, 100]))
    after = Counts(ONE_TO_FIVE, [0, 0, 0, 100, 200])
    expected = reference.NormalIndPower().power((1 / 3) / np.sqrt(2 / 9), 52, 0.05)

    assert power(before, n=52, target=after) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("n", "up", "down"),
    [(100, 28.69, 32.10), (200, 20.82, 22.56), (400, 14.97, 15.85), (1_000, 9.59, 9.95)],
)
def test_detectable_differences_of_a_usual_score(n: int, up: float, down: float) -> None:
    """(z + z) √((V₁ + V₂)/n), with V₂ of the moved distribution, by a root finder."""
    assert detectable_difference(TYPICAL, n=n) == pytest.approx(up, abs=0.005)
    assert detectable_difference(TYPICAL, n=n, direction="down") == pytest.approx(-down, abs=0.006)


@every_setting
@given(n=st.integers(60, 5_000), change=st.floats(0.5, 30))
def test_power_rises_with_answers_and_with_the_change(
    setting: dict[str, Any], n: int, change: float
) -> None:
    least = power(TYPICAL, n=n, change=change, **setting)

    assert power(TYPICAL, n=n + 100, change=change, **setting) >= least - 1e-12
    assert power(TYPICAL, n=n, change=change + 1, **setting) >= least - 1e-9


@every_setting
@given(n=st.integers(100, 5_000), goal=st.floats(0.3, 0.95))
def test_detectable_differences_have_the_power(
    setting: dict[str, Any], n: int, goal: float
) -> None:
    change = detectable_difference(TYPICAL, n=n, power=goal, **setting)

    assert power(TYPICAL, n=n, change=change, **setting) == pytest.approx(goal, abs=1e-9)


@given(n=st.integers(60, 500))
def test_power_is_the_same_with_before_and_after_exchanged(n: int) -> None:
    """A ratio turned round, as far as it gives whole numbers."""
    one, two = csat_of(800), csat_of(860)

    assert power(one, n=n, target=two, ratio=2) == pytest.approx(
        power(two, n=2 * n, target=one, ratio=0.5)
    )


@given(n=st.integers(60, 999), change=st.floats(1, 40))
def test_small_populations_and_design_effects(n: int, change: float) -> None:
    plain = power(TYPICAL, n=n, change=change)

    assert power(TYPICAL, n=n, change=change, population=1_000) >= plain
    assert power(TYPICAL, n=n, change=change, design_effect=1.5) <= plain
    assert power(TYPICAL, n=1_000, change=change, population=1_000) == 1


def test_less_is_found_in_the_other_direction() -> None:
    assert power(TYPICAL, n=400, change=10, alternative="less") < 0.001
    assert power(TYPICAL, n=400, change=-10, alternative="less") > 0.5


def test_levels_below_one_half_have_no_critical_value() -> None:
    """One-sided at 60 %: rejected from -0.25 standard errors on, by the normal law."""
    found = power(
        csat_of(800), n=20, change=5, alternative="greater", confidence_level=0.4,
        comparison="benchmark",
    )  # fmt: skip

    gap = (5 + stats.norm.isf(0.4) * np.sqrt(1_600 / 20)) / np.sqrt(85 * 15 / 20)
    assert found == pytest.approx(stats.norm.cdf(gap), abs=1e-6)


def test_correlated_answers_need_fewer() -> None:
    """At a correlation of 0 and 1/2, of the same 300 customers."""
    none, half = (
        power(TYPICAL, n=300, change=10, comparison="paired", correlation=each)
        for each in (0.0, 0.5)
    )

    assert none < power(TYPICAL, n=300, change=10) + 0.01 < half


def test_paired_proportions_have_the_power_of_their_discordant_pairs() -> None:
    """McNemar's z = (b - c)/√(b + c), of 14 % who rise and 4 % who fall.

    Its mean is √n δ/√ψ, and its variance by the delta method, with δ = 0.1 and ψ = 0.18:
    Σ p s² - (Σ p s)², s = 1/√ψ - δ/(2ψ√ψ) for a rise, -1/√ψ - δ/(2ψ√ψ) for a fall.
    """
    psi, delta, n = 0.18, 0.1, 200
    rise, fall = (sign / psi**0.5 - delta / (2 * psi**1.5) for sign in (1, -1))
    variance = 0.14 * rise**2 + 0.04 * fall**2 - (0.14 * rise + 0.04 * fall) ** 2
    gap = n**0.5 * delta / psi**0.5 - stats.norm.isf(0.025)

    found = power(csat_of(800), n=n, target=csat_of(900), comparison="paired", correlation=1 / 3)

    assert found == pytest.approx(stats.norm.cdf(gap / variance**0.5), abs=1e-5)


def test_nothing_can_be_below_the_end_of_the_scale() -> None:
    """One answer that is no detractor's rejects a benchmark of -100: 1 - 0.95^100 of the surveys.

    A change of 10 is 5 % of promoters, as that is where the likelihood puts new mass.
    """
    worst = nps_of(50, 0, 0)

    found = 1 - 0.95**100
    for alternative, rise, fall in (
        ("two-sided", found, found), ("greater", found, 0), ("less", 0, found)
    ):  # fmt: skip
        options: dict[str, Any] = {"comparison": "benchmark", "alternative": alternative}
        assert power(worst, n=100, change=10, **options) == pytest.approx(rise)
        assert power(nps_of(0, 0, 50), n=100, change=-10, **options) == pytest.approx(fall)


def test_power_at_the_end_of_the_scale_goes_on_where_enumeration_ends() -> None:
    """From 50 answers, which are enumerated, to 51, with 1/2 % detractors."""
    all_promoters = nps_of(0, 0, 50)

    for n in (50, 51):
        found = power(all_promoters, n=n, change=-1, comparison="benchmark")
        assert found == pytest.approx(1 - 0.995**n)
    change = detectable_difference(all_promoters, n=100, direction="down", comparison="benchmark")
    assert change == pytest.approx(-200 * (1 - 0.2**0.01))


def test_nothing_is_detectable_where_there_is_no_room() -> None:
    all_promoters = nps_of(0, 0, 20)

    assert np.isnan(detectable_difference(all_promoters, n=100))
    assert np.isnan(detectable_difference(EXCELLENT, n=30))
    assert detectable_difference(all_promoters, n=100, direction="down") == pytest.approx(
        -14.56, abs=0.01
    )


@pytest.mark.parametrize(
    ("n", "options", "half"),
    [
        (235, {}, 10),
        (938, {}, 5),
        (2_604, {}, 3),
        (1_132, {"population": 2_000}, 3),
        (2 * 938, {"design_effect": 2}, 5),
    ],
)
def test_margins_of_a_usual_score(n: int, options: dict[str, Any], half: float) -> None:
    """n = z² V / h², V = 6,100; in a population of 2,000, 2,604 / (1 + 2,604/2,000)."""
    below, above = margin_of_error(TYPICAL, n=n, **options)

    assert (below + above) / 2 == pytest.approx(half, rel=0.006)
    assert below > half > above


@pytest.mark.parametrize(("n", "half"), [(385, 10), (1_537, 5), (4_269, 3)])
def test_margins_in_the_worst_case(n: int, half: float) -> None:
    """Half promoters, half detractors: V = 10,000."""
    below, above = margin_of_error(nps_of(50, 0, 50), n=n)

    assert below == pytest.approx(above)
    assert half - 0.1 < below < half


def test_margins_are_those_of_the_interval() -> None:
    """Of 1,000 answers like the 1,000 there are; Wilson's, by statsmodels."""
    csat = csat_of(800)
    low, high = proportion_confint(800, 1_000, method="wilson")

    margin = margin_of_error(csat, n=1_000)

    assert margin == pytest.approx((80 - 100 * low, 100 * high - 80))
    assert margin.below == pytest.approx(80 - csat.interval.low)


def test_there_is_no_margin_when_all_have_answered() -> None:
    assert margin_of_error(TYPICAL, n=50, population=50) == Margin(0.0, 0.0)


@given(n=st.integers(1, 5_000), level=st.sampled_from([0.8, 0.9, 0.99]))
def test_margins_shrink_with_answers_and_grow_with_the_level(n: int, level: float) -> None:
    margin = margin_of_error(MEAN, n=n, confidence_level=level)

    assert all(np.less(margin_of_error(MEAN, n=n + 10, confidence_level=level), margin))
    assert all(np.greater(margin_of_error(MEAN, n=n, confidence_level=level + 0.005), margin))


CSAT = csat_of(800)
FIVE_POINTS = cx.mean_score(Counts(ONE_TO_FIVE, [0, 0, 1, 4, 5]))


@pytest.mark.parametrize(
    ("baseline", "options", "error", "message"),
    [
        (nps_of(0, 10, 90), {"change": 20}, ArgumentError,
         "`change` must keep NPS between -100 and 100, not take it from 90.0 to 110.0."),
        (FIVE_POINTS, {"change": -4}, ArgumentError,
         "`change` must keep Mean between 1 and 5, not take it from 4.40 to 0.40."),
        (TYPICAL, {"change": 0}, ArgumentError,
         "`change` must not be 0: there would be nothing to find."),
        (TYPICAL, {"change": "5"}, ArgumentError, "`change` must be a finite number, not '5'."),
        (TYPICAL, {}, ArgumentError,
         "Exactly one of `change` and `target` must be given, not neither."),
        (TYPICAL, {"change": 5, "target": EXCELLENT}, ArgumentError,
         "Exactly one of `change` and `target` must be given, not both."),
        (TYPICAL, {"target": CSAT}, MismatchError, "`target` must be of NPS, not of CSAT."),
        (TYPICAL, {"target": CSAT.score.counts}, MismatchError,
         "`target` must be on scale 0-10, not 1-5."),
        (CSAT, {"target": cx.csat(CSAT.score.counts, top=1)}, MismatchError,
         "`target` must have the cut-points of the baseline CSAT."),
        (TYPICAL, {"target": 35}, ArgumentError,
         "`target` must be an estimate or counts, not int.\nHint: did you mean change=...?"),
        (TYPICAL, {"target": nps_of(20, 30, 50)}, ArgumentError,
         "`target` must have another score than the baseline, not 30.0 points."),
        (TYPICAL, {"target": Counts.empty(ZERO_TO_TEN)}, TooFewResponsesError,
         "`target` must have at least one response, not 0."),
        (TYPICAL, {"target": Counts(ZERO_TO_TEN, np.ones((2, 11), int))}, ArgumentError,
         "`target` must be single, not a batch of shape (2,)."),
        (TYPICAL, {"change": 5, "n": 0}, ArgumentError, "`n` must be at least 1, not 0."),
        (TYPICAL, {"change": 5, "n": 10**16}, ArgumentError,
         "`n` must be at most 9,007,199,254,740,992, not 10,000,000,000,000,000."),
        (TYPICAL, {"change": 5, "n": 51, "population": 50}, ArgumentError,
         "`n` must be at most 50, of a population of 50, not 51."),
        (TYPICAL, {"change": 5, "n": 26, "population": 50, "ratio": 2}, ArgumentError,
         "`n` must be at most 25, of a population of 50 at ratio 2, not 26."),
        (TYPICAL, {"change": 5, "n": 2**53, "ratio": 2}, ArgumentError,
         "`n` must be at most 4,503,599,627,370,496 at ratio 2, not 9,007,199,254,740,992."),
        (TYPICAL, {"change": 5, "population": 100, "ratio": 200}, ArgumentError,
         "`ratio` must be at most 100: there are no more customers before, not 200."),
        (TYPICAL, {"change": 5, "ratio": 0}, ArgumentError,
         "`ratio` must be greater than 0, not 0."),
        (TYPICAL, {"change": 5, "design_effect": -1}, ArgumentError,
         "`design_effect` must be greater than 0, not -1."),
        (TYPICAL, {"change": 5, "population": 0}, ArgumentError,
         "`population` must be at least 1, not 0."),
        (TYPICAL, {"change": 5, "comparison": "pair"}, ArgumentError,
         ("`comparison` must be 'independent', 'paired' or 'benchmark', not 'pair'.\n"
          "Hint: did you mean 'paired'?")),
        (TYPICAL, {"change": 5, "comparison": "benchmark", "ratio": 2}, ArgumentError,
         "`ratio` must be 1 for comparison='benchmark', not 2."),
        (TYPICAL, {"change": 5, "comparison": "paired"}, ArgumentError,
         ("`correlation` must be given for comparison='paired'.\n"
          "Hint: how alike are two answers of the same customer?")),
        (TYPICAL, {"change": 5, "comparison": "paired", "correlation": 1}, ArgumentError,
         "`correlation` must be strictly between -1 and 1, not 1."),
        (TYPICAL, {"change": 60, "comparison": "paired", "correlation": 0.9}, ArgumentError,
         "`correlation` must be at most 0.459 between these distributions, not 0.9."),
        (TYPICAL, {"change": 5, "correlation": 0.5}, ArgumentError,
         ("`correlation` must not be given for comparison='independent'.\n"
          "Hint: did you mean comparison='paired'?")),
        (TYPICAL, {"change": 5, "alternative": "larger"}, ArgumentError,
         "`alternative` must be 'two-sided', 'less' or 'greater', not 'larger'."),
        (TYPICAL, {"change": 5, "confidence_level": 95}, ArgumentError,
         ("`confidence_level` must be strictly between 0 and 1, not 95.\n"
          "Hint: did you mean confidence_level=0.95?")),
        (cx.nps(Counts(ZERO_TO_TEN, np.ones((2, 11), int))), {"change": 5}, ArgumentError,
         ("`baseline` must be one estimate, not a batch of shape (2,).\n"
          "Hint: did you mean one of its rows?")),
        (cx.nps(Counts(ZERO_TO_TEN, np.zeros((2, 11), int)))[0], {"change": 5},
         TooFewResponsesError, "`baseline` must have at least one response, not 0."),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(
    baseline: cx.Estimate, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        power(baseline, **{"n": 100} | options)

    assert str(caught.value) == message


def test_a_baseline_is_an_estimate() -> None:
    with pytest.raises(TypeError, match="`baseline` must be a Estimate, not Counts"):
        power(TYPICAL.score.counts, n=100, change=5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"power": 80}, ("`power` must be strictly between 0 and 1, not 80.\n"
                         "Hint: did you mean power=0.8?")),
        ({"power": 0}, "`power` must be strictly between 0 and 1, not 0."),
        ({"power": 0.05}, ("`power` must be more than 0.05, its chance where nothing changes, "
                           "not 0.05.")),
        ({"direction": "upp"}, ("`direction` must be 'up' or 'down', not 'upp'.\n"
                                "Hint: did you mean 'up'?")),
        ({"alternative": "less"}, ("`alternative` must be 'two-sided' or 'greater' to find a "
                                   "rise, not 'less'.")),
        ({"alternative": "greater", "direction": "down"},
         "`alternative` must be 'two-sided' or 'less' to find a fall, not 'greater'."),
        ({"comparison": "paired", "correlation": 0.99, "power": 0.5},
         "`correlation` must be at most 0.940 between these distributions, not 0.99."),
    ],
)  # fmt: skip
def test_differences_that_can_not_be_sought(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        detectable_difference(TYPICAL, **{"n": 100} | options)

    assert str(caught.value) == message
