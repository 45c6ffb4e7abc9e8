"""The shifted beta-geometric law against its definition, direct sums, grids and searches."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special, stats

from cxmetrics.likelihood import (
    BetaGeometric,
    beta_geometric_limits,
    fit_beta_geometric,
    number_at_risk,
)
from cxmetrics.likelihood.beta_geometric import log_likelihood

Z = 1.959963984540054

# Percentages alive after 0 to 7 years (Fader and Hardie 2007, table 1), per 1,000 customers.
HIGH_END = np.array([1000, 869, 743, 653, 593, 551, 517, 491.0])
REGULAR = np.array([1000, 631, 468, 382, 326, 289, 262, 241.0])

# The same law by its parameters, for oracles that know nothing of churn and spread.
VALUES: dict[str, tuple[Callable[[BetaGeometric], Any], Callable[[float, float], Any]]] = {
    "survival": (
        lambda law: law.survival(12),
        lambda a, b: np.exp(special.betaln(a, b + 12) - special.betaln(a, b)),
    ),
    "retention": (lambda law: law.retention(3), lambda a, b: (b + 2) / (a + b + 2)),
    "lifetime": (
        lambda law: law.lifetime(0.1),
        lambda a, b: special.hyp2f1(1, b, a + b, 1 / 1.1),
    ),
    "residual lifetime": (
        lambda law: law.residual_lifetime(3, 0.1),
        lambda a, b: (b + 2) / (a + b + 2) * special.hyp2f1(1, b + 3, a + b + 3, 1 / 1.1),
    ),
    "alpha": (lambda law: law.alpha, lambda a, _: a),
    "beta": (lambda law: law.beta, lambda _, b: b),
}

# At risk and churned, of which each is extreme in its own way.
HOSTILE = {
    "rising churn": ([10, 9, 8], [1, 1, 8]),
    "one period": ([50], [20]),
    "no churn": ([5, 5, 5], [0, 0, 0]),
    "no churn of one": ([1], [0]),
    "all at once": ([10, 0], [10, 0]),
    "one, at once": ([1], [1]),
    "only at once": ([10, 5, 5], [5, 0, 0]),
    "a quiet start": ([100, 100, 98, 60], [0, 2, 38, 1]),
    "late entries": ([10, 5, 20], [10, 0, 3]),
    "only late entries": ([0, 20, 30], [0, 9, 2]),
    "all stop late": ([10, 0, 20], [10, 0, 20]),
    "very many": ([1e9, 0.869e9, 0.743e9], [131e6, 126e6, 90e6]),
    "fractions": ([7.5, 3.2, 1.1], [4.1, 1.7, 0.1]),
}
hostile = pytest.mark.parametrize("cohort", HOSTILE.values(), ids=HOSTILE)


def cohort_of(alive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return alive[:-1], -np.diff(alive)


def arrays(cohort: tuple[list[float], list[float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(cohort[0], float), np.array(cohort[1], float)


def simulated(
    rng: np.random.Generator, churn: np.ndarray, periods: int
) -> tuple[np.ndarray, np.ndarray]:
    """Customers with these probabilities to leave, watched for some periods."""
    tenures = rng.geometric(churn)
    left = np.array([np.count_nonzero(tenures == t) for t in range(1, periods + 1)], float)
    censored = np.zeros(periods)
    censored[-1] = len(churn) - left.sum()
    return number_at_risk(left, censored), left


def grid_of_laws() -> BetaGeometric:
    spread = np.concatenate([[0], np.geomspace(1e-7, 1e7, 150), [np.inf]])
    churn = np.concatenate([[0], np.geomspace(1e-6, 1, 400)])
    return BetaGeometric(*np.meshgrid(churn, spread))


def log_likelihoods(laws: BetaGeometric, at_risk: np.ndarray, churned: np.ndarray) -> Any:
    """By the definition, period by period."""
    sums = np.zeros(np.shape(laws.churn))
    for period, (n, left) in enumerate(zip(at_risk, churned, strict=True), start=1):
        leaves = laws.churn_in(period)
        sums += special.xlogy(left, leaves) + special.xlog1py(n - left, -leaves)
    return sums


def highest(height: Callable[[np.ndarray], float]) -> np.ndarray:
    """The highest point of the plane by Nelder and Mead."""

    def depth(point: np.ndarray) -> float:
        return -height(point)

    return np.asarray(optimize.fmin(depth, np.zeros(2), xtol=1e-9, ftol=1e-12, disp=False))


def searched_limits(
    value: Callable[[float, float], Any], at_risk: np.ndarray, churned: np.ndarray
) -> tuple[float, float]:
    """Limits by a search in the plane of log α and log β, ray by ray from its top."""
    period = np.arange(1, len(at_risk) + 1)

    def height(point: np.ndarray) -> float:
        a, b = np.exp(point)
        stays = (b + period - 1) / (a + b + period - 1)
        return float((at_risk - churned) @ np.log(stays) + churned @ np.log1p(-stays))

    top = highest(height)
    level = height(top) - Z**2 / 2

    def at_edge(angle: float) -> float:
        ray = np.array([np.cos(angle), np.sin(angle)])
        far = 0.1
        while height(top + far * ray) > level:
            far *= 2
        length = optimize.brentq(lambda s: height(top + s * ray) - level, 0, far, xtol=1e-14)
        return float(value(*np.exp(top + length * ray)))

    angles = np.linspace(0, 2 * np.pi, 61)
    values = [at_edge(angle) for angle in angles]
    least, most = angles[np.argmin(values)], angles[np.argmax(values)]
    low = optimize.minimize_scalar(at_edge, bounds=(least - 0.2, least + 0.2), method="bounded")
    high = optimize.minimize_scalar(
        lambda angle: -at_edge(angle), bounds=(most - 0.2, most + 0.2), method="bounded"
    )
    return low.fun, -high.fun


def test_high_end_customers() -> None:
    """Fader and Hardie (2007): α = .668, β = 3.806, and 37.8 % after twelve years.

    Expected lifetimes of the unrounded fit by ₂F₁ and by direct sums.
    """
    law = fit_beta_geometric(*cohort_of(HIGH_END))

    assert (law.alpha, law.beta) == pytest.approx((0.668, 3.806), abs=0.0005)
    assert 100 * law.survival(12) == pytest.approx(37.8, abs=0.05)
    assert law.lifetime(0.1) == pytest.approx(5.922253, abs=5e-7)
    assert law.residual_lifetime(3, 0.1) == pytest.approx(6.293891, abs=1e-6)


def test_regular_customers() -> None:
    """Fader and Hardie (2007): α = .704, β = 1.182, and 17.0 % after twelve years."""
    law = fit_beta_geometric(*cohort_of(REGULAR))

    assert (law.alpha, law.beta) == pytest.approx((0.704, 1.182), abs=0.0005)
    assert 100 * law.survival(12) == pytest.approx(17.0, abs=0.05)
    assert law.lifetime(0.1) == pytest.approx(3.694908, abs=1e-6)
    assert law.residual_lifetime(3, 0.1) == pytest.approx(4.869805, abs=1e-6)


@pytest.mark.parametrize("alive", [HIGH_END, REGULAR], ids=["high end", "regular"])
def test_the_fit_by_a_search_over_both_parameters(alive: np.ndarray) -> None:
    """P(t) = B(α + 1, β + t - 1)/B(α, β) and S(t) = B(α, β + t)/B(α, β), with Nelder-Mead."""
    at_risk, churned = cohort_of(alive)
    t = np.arange(1, 8)

    def height(point: np.ndarray) -> float:
        a, b = np.exp(point)
        left = special.betaln(a + 1, b + t - 1) - special.betaln(a, b)
        stayed = special.betaln(a, b + 7) - special.betaln(a, b)
        return float(churned @ left + alive[-1] * stayed)

    best = highest(height)
    law = fit_beta_geometric(at_risk, churned)

    assert (law.alpha, law.beta) == pytest.approx(tuple(np.exp(best)), rel=1e-5)
    assert log_likelihood(law, at_risk, churned) == pytest.approx(height(best), rel=1e-12)


def test_number_at_risk_by_hand() -> None:
    at_risk = number_at_risk(np.array([5, 0, 2]), np.array([1, 3, 4]))

    assert at_risk.tolist() == [15, 9, 6]


@given(st.integers(1, 8).flatmap(lambda n: st.lists(st.integers(0, 400), min_size=n, max_size=n)))
def test_no_other_law_is_more_likely(churned: list[int]) -> None:
    """On a grid of 60,000 laws, ends included; a fifth of those who stay is not watched on."""
    left = np.array(churned, float)
    at_risk = number_at_risk(left, np.ceil((left + 1) / 5))
    law = fit_beta_geometric(at_risk, left)

    most = log_likelihoods(grid_of_laws(), at_risk, left).max()
    assert most <= log_likelihood(law, at_risk, left) + 1e-9 * max(1, -most)


@hostile
def test_no_other_law_is_more_likely_in_hostile_cohorts(
    cohort: tuple[list[float], list[float]],
) -> None:
    at_risk, churned = arrays(cohort)
    law = fit_beta_geometric(at_risk, churned)

    most = log_likelihoods(grid_of_laws(), at_risk, churned).max()
    assert most <= log_likelihood(law, at_risk, churned) + 1e-9 * max(1, -most)


@pytest.mark.parametrize(("first", "spread"), [(1.0, 0), (1.1, 1.268)])
def test_the_higher_of_two_peaks_is_found(first: float, spread: float) -> None:
    """Both times the likelihood falls as the spread grows from 0 to 0.1, and rises from there."""
    kept = np.array([69, 67, 63, 63, 63, 63, 45, 45, 35, 35, 35, 25, 25, 18.0])
    churned = np.array([first, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0])
    laws = BetaGeometric(*np.meshgrid(np.linspace(1e-3, 0.1, 1_000), [0, 0.1, 1.268]))

    alike, between, apart = log_likelihoods(laws, kept + churned, churned).max(axis=1)
    assert between < min(alike, apart)
    assert (apart > alike) == (spread > 0)
    assert fit_beta_geometric(kept + churned, churned).spread == pytest.approx(spread, abs=0.001)


def test_customers_who_are_all_alike_have_no_spread() -> None:
    law = fit_beta_geometric(*cohort_of(1000 * 0.8 ** np.arange(5.0)))

    assert law == pytest.approx((0.2, 0))
    assert (law.alpha, law.beta) == (np.inf, np.inf)
    assert law.survival(12) == pytest.approx(0.8**12)
    assert law.lifetime() == pytest.approx(5)
    assert law.lifetime(0.1) == pytest.approx(1.1 / 0.3)


def test_retention_that_falls_with_tenure_has_no_spread() -> None:
    """The best law of customers who are all alike: 10 of the 27 periods ended with churn."""
    law = fit_beta_geometric(*arrays(([10, 9, 8], [1, 1, 8])))

    assert law == pytest.approx((10 / 27, 0))


def test_churn_in_the_first_period_only_has_infinite_spread() -> None:
    law = fit_beta_geometric(*arrays(([10, 5, 5], [5, 0, 0])))

    assert law == pytest.approx((0.5, np.inf))
    assert (law.alpha, law.beta) == (0, 0)
    assert law.survival(30) == pytest.approx(0.5)
    assert law.lifetime() == np.inf
    assert law.lifetime(0.1) == pytest.approx(1 + 0.5 / 0.1)
    assert law.after(2).survival(30) == pytest.approx(1)


def test_no_churn_is_a_law_although_it_has_no_parameters() -> None:
    law = fit_beta_geometric(*arrays(([5, 5, 5], [0, 0, 0])))

    assert tuple(law) == (0, 0)
    assert (np.isnan(law.alpha), law.beta) == (True, np.inf)
    assert (law.survival(100), law.lifetime()) == (1, np.inf)
    assert law.lifetime(0.1) == pytest.approx(11)


def test_if_everybody_leaves_at_once_nobody_stays() -> None:
    law = fit_beta_geometric(*arrays(([10, 0], [10, 0])))

    assert tuple(law) == (1, 0)
    assert (law.alpha, np.isnan(law.beta)) == (np.inf, True)
    assert (law.survival(0), law.survival(1)) == (1, 0)
    assert (law.lifetime(), law.lifetime(0.1), law.lifetime(0.1, 7)) == (1, 1, 1)


def test_of_one_period_the_spread_is_not_known() -> None:
    assert fit_beta_geometric(*arrays(([50], [20]))) == pytest.approx((0.4, 0))


parameters = st.tuples(st.floats(0.05, 50), st.floats(0.05, 50))


@given(parameters, st.integers(0, 60))
def test_survival_is_a_ratio_of_beta_functions(parameter: Any, periods: int) -> None:
    a, b = parameter
    law = BetaGeometric.of(a, b)

    theirs = np.exp(special.betaln(a, b + periods) - special.betaln(a, b))
    assert (law.alpha, law.beta) == pytest.approx(parameter)
    assert law.survival(periods) == pytest.approx(theirs, rel=1e-9)
    assert law.retention(periods + 1) == pytest.approx((b + periods) / (a + b + periods))


@given(parameters, st.integers(0, 30), st.integers(0, 30))
def test_who_has_stayed_has_a_law_of_the_same_kind(parameter: Any, first: int, more: int) -> None:
    law = BetaGeometric.of(*parameter)
    stayed = law.after(first)

    assert (stayed.alpha, stayed.beta) == pytest.approx((law.alpha, law.beta + first))
    assert law.survival(first) * stayed.survival(more) == pytest.approx(law.survival(first + more))


@given(parameters, st.floats(0.01, 2), st.integers(1, 9))
def test_lifetimes_are_direct_sums(parameter: Any, discount: float, period: int) -> None:
    law = BetaGeometric.of(*parameter)
    stays = law.retention(np.arange(1, 4_001))
    survival = np.concatenate([[1], np.cumprod(stays)])
    factors = (1 + discount) ** -np.arange(4_001.0)

    assert law.lifetime(discount) == pytest.approx(survival @ factors, rel=1e-12)
    assert law.lifetime(discount, period) == pytest.approx(survival[:period] @ factors[:period])
    renewals = survival[period:] / survival[period - 1]
    residual = law.residual_lifetime(period, discount)
    assert residual == pytest.approx(renewals @ factors[: len(renewals)], rel=1e-12)
    ahead = law.residual_lifetime(period, discount, 3)
    assert ahead == pytest.approx(renewals[:3] @ factors[:3])


@pytest.mark.parametrize("discount", [1e-4, 0.003, 0.1, 2])
@pytest.mark.parametrize(("a", "b"), [(0.1, 3), (0.668, 3.806), (4, 0.5), (3, 50), (1e-3, 1e-3)])
def test_discounted_lifetimes_are_hypergeometric(a: float, b: float, discount: float) -> None:
    """₂F₁(1, β; α + β; 1/(1 + d)) (Fader and Hardie 2010) by scipy."""
    theirs = special.hyp2f1(1, b, a + b, 1 / (1 + discount))

    assert BetaGeometric.of(a, b).lifetime(discount) == pytest.approx(theirs, rel=1e-10)


def test_a_lifetime_where_scipy_has_none() -> None:
    """₂F₁(1, 900; 920; 1/1.003) = 42.117436886473 by mpmath 1.4.1; scipy 1.17 gives NaN."""
    assert BetaGeometric.of(20, 900).lifetime(0.003) == pytest.approx(42.117436886473, rel=1e-13)


def test_without_a_discount_the_lifetime_may_be_infinite() -> None:
    """(α + β - 1)/(α - 1), as the limit of small discounts and of long horizons."""
    law = BetaGeometric.of(3.0, 5.0)

    assert law.lifetime() == pytest.approx(3.5)
    assert law.lifetime(1e-6) == pytest.approx(3.5, rel=1e-5)
    assert law.lifetime(0, 5_000) == pytest.approx(3.5, rel=1e-5)
    assert BetaGeometric.of(1.0, 5.0).lifetime() == np.inf
    assert BetaGeometric.of(0.7, 0.1).lifetime() == np.inf


def test_a_large_beta_is_nearly_the_geometric_law() -> None:
    near, alike = BetaGeometric.of(2e11, 8e11), BetaGeometric(0.2, 0.0)

    assert near.survival(40) == pytest.approx(alike.survival(40), rel=1e-9)
    assert near.lifetime(0.05) == pytest.approx(alike.lifetime(0.05), rel=1e-9)
    assert near.lifetime() == pytest.approx(5, rel=1e-9)


def test_a_batch_is_its_laws() -> None:
    batch = BetaGeometric(np.array([[0.1, 0.4], [0.3, 1]]), np.array([[0, 0.2], [np.inf, 3]]))

    for index in np.ndindex(2, 2):
        law = BetaGeometric(*(np.asarray(part)[index] for part in batch))
        for name, options in (
            ("survival", (5,)),
            ("lifetime", ()),
            ("lifetime", (0.1,)),
            ("lifetime", (0.1, 9)),
            ("residual_lifetime", (2, 0.1)),
        ):
            batched = np.asarray(getattr(batch, name)(*options))
            assert batched[index] == pytest.approx(getattr(law, name)(*options), rel=1e-14)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("alive", [HIGH_END, np.rint(REGULAR / 10)], ids=["1,000", "100"])
def test_limits_by_a_search_over_both_parameters(value: str, alive: np.ndarray) -> None:
    ours, theirs = VALUES[value]
    limits = beta_geometric_limits(ours, *cohort_of(alive), Z)

    assert limits == pytest.approx(searched_limits(theirs, *cohort_of(alive)), rel=1e-8)


@pytest.mark.parametrize("value", VALUES)
@hostile
def test_limits_are_the_extremes_of_all_laws_that_are_likely(
    value: str, cohort: tuple[list[float], list[float]]
) -> None:
    """On a grid of 60,000 laws, ends included, none has a value beyond."""
    at_risk, churned = arrays(cohort)
    ours, _ = VALUES[value]
    best = fit_beta_geometric(at_risk, churned)
    low, high = beta_geometric_limits(ours, at_risk, churned, Z)

    laws = grid_of_laws()
    heights = log_likelihoods(laws, at_risk, churned)
    likely = heights >= log_likelihood(best, at_risk, churned) - Z**2 / 2
    values = np.asarray(ours(BetaGeometric(*(np.asarray(part)[likely] for part in laws))))
    values = values[~np.isnan(values)]
    slack = 1e-9 * np.abs(values)
    assert np.all((values >= low - slack) & (values <= high + slack))


@hostile
def test_limits_contain_the_value_and_widen(cohort: tuple[list[float], list[float]]) -> None:
    at_risk, churned = arrays(cohort)
    value = fit_beta_geometric(at_risk, churned).survival(5)
    wide = (0.0, 1.0)

    for critical in (2.5, 1.0, 1e-3):
        low, high = beta_geometric_limits(lambda law: law.survival(5), at_risk, churned, critical)
        assert wide[0] - 1e-12 <= low <= value + 1e-9
        assert value - 1e-9 <= high <= wide[1] + 1e-12
        wide = low, high


@pytest.mark.parametrize(("n", "left"), [(50, 20), (40, 0), (7, 7), (300, 1)])
def test_limits_of_one_period_are_those_of_a_share(n: int, left: int) -> None:
    """The shares at which the binomial likelihood ratio is z²."""

    def fall(share: float) -> float:
        top = stats.binom.logpmf(n - left, n, 1 - left / n)
        return float(2 * (top - stats.binom.logpmf(n - left, n, share)) - Z**2)

    theirs = (
        optimize.brentq(fall, 1e-9, 1 - left / n) if left < n else 0,
        optimize.brentq(fall, 1 - left / n, 1 - 1e-9) if left else 1,
    )
    limits = beta_geometric_limits(
        lambda law: law.survival(1), np.array([float(n)]), np.array([float(left)]), Z
    )

    assert limits == pytest.approx(theirs, rel=1e-9)


def test_a_lifetime_may_have_no_upper_limit() -> None:
    """Of customers who seem alike, the lower limit is at spread 0 (confirmed by SLSQP)."""
    at_risk, churned = arrays(([100, 80, 64], [20, 16, 12.8]))

    low, high = beta_geometric_limits(lambda law: law.lifetime(), at_risk, churned, Z)

    assert low == pytest.approx(3.949843389798, rel=1e-10)
    assert high == np.inf


@pytest.mark.slow
@pytest.mark.parametrize("n", [200, 1000])
@pytest.mark.parametrize(
    ("a", "b"), [(0.668, 3.806), (0.704, 1.182), (1.5e9, 8.5e9)], ids=["high", "regular", "alike"]
)
def test_limits_cover_the_truth(n: int, a: float, b: float) -> None:
    """Of 300 cohorts of 7 periods; the share of those covered has a standard error of .0126."""
    rng, truth = np.random.default_rng(n), BetaGeometric.of(a, b)
    hits = np.zeros(2)
    values = [VALUES["survival"][0], VALUES["lifetime"][0]]
    for _ in range(300):
        cohort = simulated(rng, rng.beta(a, b, n), 7)
        for index, value in enumerate(values):
            low, high = beta_geometric_limits(value, *cohort, Z)
            hits[index] += low <= value(truth) <= high

    assert hits / 300 == pytest.approx([0.95, 0.95], abs=0.035)
