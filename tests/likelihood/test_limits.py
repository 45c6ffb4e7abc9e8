"""The engine against reference values, closed forms and slow algorithms of another kind."""

import time
from typing import NamedTuple

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, minimize
from scipy.special import ndtri
from scipy.stats import binomtest
from statsmodels.stats import proportion

from cxmetrics import ONE_TO_FIVE, Counts, linear_score
from cxmetrics._typing import FloatArray
from cxmetrics.likelihood import (
    difference_limits,
    difference_statistic,
    likelihood_limits,
    likelihood_statistic,
    score_limits,
    score_statistic,
)

Z = 1.959963984540054
"""97.5 % quantile of the normal."""

NET = np.array([-1.0, 0.0, 1.0])
BOX = np.array([0.0, 1.0])

SCALES = {2: BOX, 3: NET, 5: np.arange(1.0, 6.0), 7: np.arange(1.0, 8.0), 11: np.arange(11.0)}

every_size = pytest.mark.parametrize("size", [3, 5, 7, 11])

OLDER_SCIPY = pytest.mark.filterwarnings(
    "ignore:Values in x were outside bounds during a minimize step:RuntimeWarning"
)
"""SLSQP of older versions warns of what newer ones do in silence."""


def row(*counts: float) -> FloatArray:
    """A batch of one row."""
    return np.array([counts], dtype=np.float64)


def each(*numbers: float) -> FloatArray:
    """One number per row of a batch."""
    return np.array(numbers, dtype=np.float64)


# ---------------------------------------------------------- reference values


class One(NamedTuple):
    """Counts of one sample, and its 95 % limits."""

    scores: FloatArray
    counts: tuple[float, ...]
    score: tuple[float, float]
    likelihood: tuple[float, float]


ONE_SAMPLE = {
    "nps 20/30/50": One(
        NET,
        (20, 30, 50),
        (0.13955141614195687, 0.4433930663358594),
        (0.14180802367302442, 0.446672615999297),
    ),
    "nps 2/8/90": One(
        NET,
        (2, 8, 90),
        (0.774792461018919, 0.9347296250664285),
        (0.7872941755811245, 0.9398253713665516),
    ),
    "nps 1/1/8": One(
        NET,
        (1, 1, 8),
        (0.1195322377518403, 0.9164779672569618),
        (0.16947684014553438, 0.948100639474331),
    ),
    "nps 0/0/10": One(
        NET,
        (0, 0, 10),
        (0.4449344002742216, 1.0),
        (0.6504933439003402, 1.0),
    ),
    "mean 1-5": One(
        np.arange(1.0, 6.0),
        (1, 2, 4, 10, 8),
        (3.363218490581997, 4.238559266767751),
        (3.401277497134143, 4.2556118540555055),
    ),
    "box 7/18": One(
        BOX,
        (7, 18),
        (0.5242339480963842, 0.8571614614904344),
        (0.5283499147223216, 0.8686703856002904),
    ),
    "mean 0-10": One(
        np.arange(11.0),
        (0, 0, 1, 0, 1, 2, 3, 5, 9, 6, 8),
        (7.074833266341745, 8.403388754031187),
        (7.142258989984983, 8.424648649276062),
    ),
    "mean 1-7": One(
        np.arange(1.0, 8.0),
        (0, 1, 0, 2, 6, 11, 10),
        (5.30285837053699, 6.209900108816802),
        (5.369497989102866, 6.227335200641926),
    ),
}
"""Computed by two independent algorithms (dual path and double bisection)."""


class Two(NamedTuple):
    """Counts of two samples, the 95 % limits of their difference, and T of no difference."""

    scores: FloatArray
    after: tuple[float, ...]
    before: tuple[float, ...]
    limits: tuple[float, float]
    statistic: float


TWO_SAMPLES = {
    "nps 20/30/50 - 10/20/70": Two(
        NET,
        (20, 30, 50),
        (10, 20, 70),
        (-0.4995622494813684, -0.09522752212917862),
        -2.8407814732608596,
    ),
    "nps 2/3/5 - 0/2/18": Two(
        NET,
        (2, 3, 5),
        (0, 2, 18),
        (-1.138549758907394, -0.17709530216243619),
        -2.610428400297948,
    ),
    "nps 0/0/10 - 0/0/8": Two(
        NET,
        (0, 0, 10),
        (0, 0, 8),
        (-0.578275897999935, 0.674116692999768),
        0.0,
    ),
    "mean 1-5": Two(
        np.arange(1.0, 6.0),
        (1, 2, 4, 10, 8),
        (3, 4, 6, 5, 2),
        (0.20920939000951444, 1.593294374019906),
        2.4765651389305896,
    ),
    "box 5/56 - 0/29": Two(
        BOX,
        (51, 5),
        (29, 0),
        (-0.03259656174351412, 0.19333097669088067),
        1.6488632447841147,
    ),
}
"""Computed by two independent algorithms (dual path and double bisection)."""


@pytest.mark.parametrize("case", ONE_SAMPLE.values(), ids=ONE_SAMPLE)
def test_one_sample_limits_are_the_reference_values(case: One) -> None:
    within = 1e-12 * float(case.scores[-1] - case.scores[0])

    score = score_limits(row(*case.counts), case.scores, each(Z))
    likelihood = likelihood_limits(row(*case.counts), case.scores, each(Z))

    assert np.ravel(score) == pytest.approx(case.score, rel=0, abs=within)
    assert np.ravel(likelihood) == pytest.approx(case.likelihood, rel=0, abs=within)


@pytest.mark.parametrize("case", TWO_SAMPLES.values(), ids=TWO_SAMPLES)
def test_two_sample_limits_and_statistics_are_the_reference_values(case: Two) -> None:
    within = 1e-12 * float(case.scores[-1] - case.scores[0])
    samples, n = (row(*case.after), row(*case.before)), each(sum(case.after + case.before))

    limits = difference_limits(*samples, case.scores, each(Z), n)
    statistic = difference_statistic(*samples, case.scores, each(0), n)

    assert np.ravel(limits) == pytest.approx(case.limits, rel=0, abs=within)
    assert statistic[0] == pytest.approx(case.statistic, abs=1e-12)


# --------------------------------------------------------------- closed forms


@pytest.mark.parametrize(("yes", "n"), [(0, 7), (1, 10), (18, 25), (30, 30), (412, 90_000)])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_of_two_points_the_score_limits_are_wilsons(yes: int, n: int, level: float) -> None:
    limits = score_limits(row(n - yes, yes), BOX, each(-ndtri((1 - level) / 2)))

    statsmodels = proportion.proportion_confint(yes, n, alpha=1 - level, method="wilson")
    scipy = binomtest(yes, n).proportion_ci(level, method="wilson")
    assert np.ravel(limits) == pytest.approx(statsmodels, rel=0, abs=1e-12)
    assert np.ravel(limits) == pytest.approx(tuple(scipy), rel=0, abs=1e-12)


def test_of_two_points_the_difference_is_the_published_one() -> None:
    """5/56 v 0/29, Miettinen and Nurminen: -.0326 to .1933 (Fagerland, Lydersen & Laake 2015)."""
    low, high = difference_limits(row(51, 5), row(29, 0), BOX, each(Z), each(85))

    assert low[0] == pytest.approx(-0.0326, abs=5e-5)
    assert high[0] == pytest.approx(0.1933, abs=5e-5)


def test_without_the_factor_the_difference_is_the_one_of_mee() -> None:
    """7/25 v 2/25: -.014 to .412 (Gart & Nam 1990).

    Solved for the four score intervals by their definitions, these are the limits of Mee
    (1984), -.01444 to .41236, without N/(N - 1): -.01687 to .41451 with it, -.01434 to
    .41373 corrected for skewness, -.01675 to .41590 with both. As N grows, so does the
    number of answers that the factor is made of, and it becomes 1.
    """
    samples = row(18, 7), row(23, 2)

    mee = np.ravel(difference_limits(*samples, BOX, each(Z), each(1e15)))
    miettinen_nurminen = np.ravel(difference_limits(*samples, BOX, each(Z), each(50)))

    assert mee == pytest.approx((-0.014, 0.412), abs=5e-4)
    assert mee == pytest.approx((-0.01444172, 0.41236154), abs=1e-8)
    assert miettinen_nurminen == pytest.approx((-0.01686991, 0.41450712), abs=1e-8)


def cubic_statistic(x1: int, n1: int, x0: int, n0: int, null: float) -> float:
    """The statistic of Miettinen and Nurminen (1985), by the closed root of their cubic."""
    n, events = n1 + n0, x1 + x0
    third = ((n1 + 2 * n0) * null - n - events) / (3 * n)
    linear = ((n0 * null - n - 2 * x0) * null + events) / n
    q = third**3 - linear * third / 2 + x0 * null * (1 - null) / (2 * n)
    p = np.copysign(np.sqrt(max(third**2 - linear / 3, 0)), q)
    angle = (np.pi + np.arccos(np.clip(q / p**3, -1, 1))) / 3
    before = 2 * p * np.cos(angle) - third
    after = before + null
    variance = (after * (1 - after) / n1 + before * (1 - before) / n0) * n / (n - 1)
    return float((x1 / n1 - x0 / n0 - null) / np.sqrt(variance))


def test_of_two_points_the_statistic_is_the_closed_form_of_miettinen_and_nurminen() -> None:
    """Not that of statsmodels 0.15, whose cubic has events where the paper has answers."""
    rng = np.random.default_rng(1985)
    for _ in range(300):
        n1, n0 = rng.integers(2, 200, size=2).tolist()
        x1, x0 = int(rng.integers(0, n1 + 1)), int(rng.integers(0, n0 + 1))
        null = float(rng.uniform(-0.9, 0.9))

        statistic = difference_statistic(
            row(n1 - x1, x1), row(n0 - x0, x0), BOX, each(null), each(n1 + n0)
        )

        expected = cubic_statistic(x1, n1, x0, n0, null)
        assert statistic[0] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("x1", "n1", "x0", "n0"), [(5, 56, 1, 29), (7, 25, 2, 25), (9, 10, 3, 40)])
def test_of_two_points_the_test_of_no_difference_is_the_one_of_statsmodels(
    x1: int, n1: int, x0: int, n0: int
) -> None:
    statistic = difference_statistic(
        row(n1 - x1, x1), row(n0 - x0, x0), BOX, each(0), each(n1 + n0)
    )

    theirs = proportion.test_proportions_2indep(
        x1, n1, x0, n0, value=0, method="score", compare="diff", correction=True
    )
    assert statistic[0] == pytest.approx(theirs.statistic, rel=1e-12)


@pytest.mark.parametrize("n", [1, 2, 10, 1_000, 10**9])
@pytest.mark.parametrize("z", [0.1, Z, 5.0])
def test_of_promoters_alone_the_lower_limit_has_a_closed_form(n: int, z: float) -> None:
    """All mass that is missing goes to the detractors: T² = n (1 - θ) / (1 + θ)."""
    low, high = score_limits(row(0, 0, n), NET, each(z))

    assert low[0] == pytest.approx((n - z**2) / (n + z**2), rel=0, abs=1e-15)
    assert high[0] == 1


def tango(bad: float, good: float, n: float, null: float) -> float:
    """The statistic of Tango (1998), eq. 6 and 13, by the root of his quadratic."""
    b = -good - bad + (2 * n - good + bad) * null
    c = -bad * null * (1 - null)
    q = (np.sqrt(b**2 - 8 * n * c) - b) / (4 * n)
    return float((good - bad - n * null) / np.sqrt(n * (2 * q + null * (1 - null))))


def test_of_net_scores_the_statistic_is_the_closed_form_of_tango() -> None:
    rng = np.random.default_rng(1998)
    for counts in rng.integers(0, 60, size=(300, 3)).tolist():
        counts[1] += sum(counts) == 0
        null = float(rng.uniform(-0.95, 0.95))

        statistic = score_statistic(row(*counts), NET, each(null))

        expected = tango(counts[0], counts[2], sum(counts), null)
        assert statistic[0] == pytest.approx(expected, rel=1e-9, abs=1e-9)


# ----------------------------------------------- algorithms of another kind


def random_tables(seed: int, size: int, rows: int) -> FloatArray:
    """Tables of a few answers, some of them without answers at one or both ends."""
    rng = np.random.default_rng(seed)
    tables = rng.integers(0, 9, size=(rows, size)).astype(np.float64)
    tables[rows // 4 : rows // 2, 0] = 0
    tables[rows // 3 : rows // 2, -1] = 0
    tables[:, size // 2] += 1
    return tables


def nulls_of(tables: FloatArray, scores: FloatArray, share: float) -> FloatArray:
    """Nulls part of the way from the estimate to the upper end, or below 0 to the lower."""
    value = tables @ scores / tables.sum(axis=1)
    return np.asarray(value + abs(share) * (scores[-1 if share > 0 else 0] - value))


def tilt_at(counts: FloatArray, scores: FloatArray, theta: FloatArray) -> FloatArray:
    """The λ of greatest likelihood with the score theta, by bisection.

    The shares are n / (N (1 + λ (w - θ))), and λ is between the poles of the whole scale
    (Aitchison & Silvey 1958).
    """
    d = scores - theta[:, None]
    low, high = -1 / d[:, -1], -1 / d[:, 0]
    for _ in range(90):
        middle = (low + high) / 2
        left = (counts * d / tilted(counts, d, middle)).sum(axis=1) > 0
        low, high = np.where(left, middle, low), np.where(left, high, middle)
    return np.asarray((low + high) / 2)


def tilted(counts: FloatArray, d: FloatArray, tilt: FloatArray) -> FloatArray:
    """1 + λ (w - θ) where there are answers."""
    return np.asarray(np.where(counts > 0, 1 + tilt[:, None] * d, 1))


def most_likely(counts: FloatArray, scores: FloatArray, theta: FloatArray) -> FloatArray:
    """Shares of greatest likelihood with the score theta; at a pole, the end has the rest."""
    tilt = tilt_at(counts, scores, theta)
    n = counts.sum(axis=1, keepdims=True)
    shares = counts / n / tilted(counts, scores - theta[:, None], tilt)
    rest = 1 - shares.sum(axis=1)
    shares[:, 0] += np.where(tilt > 0, rest, 0)
    shares[:, -1] += np.where(tilt > 0, 0, rest)
    return np.asarray(shares)


def jointly_most_likely(
    after: FloatArray, before: FloatArray, scores: FloatArray, difference: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Shares of two samples whose scores differ so much, by bisection on one of the scores.

    The slope of the log likelihood in θ is N λ, of both samples together 0.
    """
    low = np.maximum(scores[0], scores[0] + difference)
    high = np.minimum(scores[-1], scores[-1] + difference)
    theta = (low + high) / 2
    for _ in range(45):
        slope = after.sum(axis=1) * tilt_at(after, scores, theta)
        slope += before.sum(axis=1) * tilt_at(before, scores, theta - difference)
        low, high = np.where(slope > 0, theta, low), np.where(slope > 0, high, theta)
        theta = (low + high) / 2
    return most_likely(after, scores, theta), most_likely(before, scores, theta - difference)


def pearson(counts: FloatArray, shares: FloatArray) -> FloatArray:
    """Pearson's X² of counts against shares; nothing where none is expected or seen."""
    expected = counts.sum(axis=-1, keepdims=True) * shares
    terms = (counts - expected) ** 2 / np.where(expected > 0, expected, 1)
    return np.asarray(terms.sum(axis=-1))


def likelihood_ratio(counts: FloatArray, shares: FloatArray) -> FloatArray:
    """G² of counts against shares."""
    seen = counts > 0
    ratio = counts / (counts.sum(axis=-1, keepdims=True) * np.where(seen, shares, 1))
    return np.asarray(2 * (counts * np.log(np.where(seen, ratio, 1))).sum(axis=-1))


@every_size
@pytest.mark.parametrize("share", [-0.6, -0.1, 0.1, 0.6])
def test_statistics_are_pearsons_and_the_likelihood_ratio_by_bisection(
    size: int, share: float
) -> None:
    scores, tables = SCALES[size], random_tables(size, size, 60)
    nulls = nulls_of(tables, scores, share)

    score = score_statistic(tables, scores, nulls)
    likelihood = likelihood_statistic(tables, scores, nulls)

    shares = most_likely(tables, scores, nulls)
    assert score**2 == pytest.approx(pearson(tables, shares), rel=1e-9)
    assert likelihood**2 == pytest.approx(likelihood_ratio(tables, shares), rel=1e-9)
    inner = score != 0  # the estimate may be at the end of the scale, and so the null
    assert np.all(np.sign(score[inner]) == -np.sign(share))
    assert np.all(np.sign(likelihood[inner]) == -np.sign(share))


@every_size
def test_limits_are_where_the_statistics_by_bisection_are_critical(size: int) -> None:
    scores, tables = SCALES[size], random_tables(100 + size, size, 60)
    z = np.full(60, Z)

    for limits, squared in (
        (score_limits(tables, scores, z), pearson),
        (likelihood_limits(tables, scores, z), likelihood_ratio),
    ):
        for limit in limits:
            inside = (limit > scores[0]) & (limit < scores[-1])
            shares = most_likely(tables[inside], scores, limit[inside])
            assert squared(tables[inside], shares) == pytest.approx(Z**2, rel=1e-8)


@pytest.mark.parametrize("size", [2, 3, 5, 7, 11])
@pytest.mark.parametrize("null", [-0.5, -0.1, 0.0, 0.3])
def test_two_sample_statistics_are_pearsons_by_bisection(size: int, null: float) -> None:
    """Without the factor (N - 1)/N, T² is the X² of both samples together."""
    scores = SCALES[size]
    after, before = random_tables(200 + size, size, 30), random_tables(300 + size, size, 30)[::-1]
    nulls, n = np.full(30, null * (scores[-1] - scores[0])), after.sum(axis=1) + before.sum(axis=1)

    statistic = difference_statistic(after, before, scores, nulls, n)

    one, two = jointly_most_likely(after, before, scores, nulls)
    total = pearson(after, one) + pearson(before, two)
    assert statistic**2 * n / (n - 1) == pytest.approx(total, rel=1e-7, abs=1e-9)
    gap = after @ scores / after.sum(axis=1) - before @ scores / before.sum(axis=1) - nulls
    assert np.all(statistic * gap >= 0)


def by_optimiser(
    counts: FloatArray, scores: FloatArray, signs: tuple[int, ...], target: float
) -> FloatArray:
    """Shares of greatest likelihood whose signed scores add up to the target, by SLSQP."""
    samples, size = counts.shape
    flat, n = counts.ravel(), counts.sum()
    sums = np.kron(np.eye(samples), np.ones(size))

    def loss(shares: FloatArray) -> float:
        return float(-(flat * np.log(shares)).sum() / n)

    def slope(shares: FloatArray) -> FloatArray:
        return np.asarray(-flat / shares / n)

    found = minimize(
        loss,
        np.full(counts.size, 1 / size),
        jac=slope,
        method="SLSQP",
        bounds=[(1e-12, 1.0)] * counts.size,
        constraints=[
            LinearConstraint(sums, 1, 1),
            LinearConstraint(np.kron(signs, scores)[None, :], target, target),
        ],
        options={"ftol": 1e-15, "maxiter": 2_000},
    )
    return np.asarray(found.x).reshape(counts.shape)


@every_size
@pytest.mark.parametrize("share", [-0.5, 0.2])
@OLDER_SCIPY
def test_statistics_are_those_at_the_maximum_that_an_optimiser_finds(
    size: int, share: float
) -> None:
    scores, tables = SCALES[size], random_tables(400 + size, size, 8)
    nulls = nulls_of(tables, scores, share)

    score = score_statistic(tables, scores, nulls)
    likelihood = likelihood_statistic(tables, scores, nulls)

    for k, table in enumerate(tables[:, None]):
        shares = by_optimiser(table, scores, (1,), float(nulls[k]))
        assert score[k] ** 2 == pytest.approx(pearson(table, shares).sum(), rel=1e-4)
        assert likelihood[k] ** 2 == pytest.approx(likelihood_ratio(table, shares).sum(), rel=1e-6)


@every_size
@OLDER_SCIPY
def test_two_sample_statistics_are_those_at_the_maximum_that_an_optimiser_finds(size: int) -> None:
    scores = SCALES[size]
    after, before = random_tables(500 + size, size, 8), random_tables(600 + size, size, 8)[::-1]
    n = after.sum(axis=1) + before.sum(axis=1)
    null = 0.3 * (scores[-1] - scores[0])

    statistic = difference_statistic(after, before, scores, np.full(8, null), n)

    for k in range(8):
        tables = np.stack([after[k], before[k]])
        shares = by_optimiser(tables, scores, (1, -1), null)
        squared = statistic[k] ** 2 * n[k] / (n[k] - 1)
        assert squared == pytest.approx(pearson(tables, shares).sum(), rel=1e-4)


# ------------------------------------------------------------- hostile counts

ROUNDING = 2.0**-49
"""Share of the range by which a limit may be off."""


def hostile(rng: np.random.Generator, rows: int, size: int) -> FloatArray:
    """Single answers, empty ends and middles, tiny shares; totals from 0.05 to 1e9."""
    kind = rng.integers(0, 7, size=(rows, 1))
    only = np.arange(size) == rng.integers(0, size, size=(rows, 1))
    ends = np.isin(np.arange(size), [0, size - 1])
    shares = rng.dirichlet(np.full(size, 0.5), size=rows)
    shares *= ~((kind == 0) & ~ends)
    shares *= ~((kind == 1) & (np.arange(size) == 0))
    shares *= ~((kind == 2) & (np.arange(size) == size - 1))
    shares *= ~((kind == 3) & (rng.random((rows, size)) < 0.5))
    shares *= np.where(kind == 4, 10 ** rng.uniform(-13, 0, size=(rows, size)), 1)
    shares = np.where(kind == 5, only + 1e-6 * shares, shares)
    shares = np.where(shares < 1e-13, 0, shares)
    shares = np.where((kind == 6) | (shares.sum(axis=1, keepdims=True) == 0), only, shares)
    totals = 10 ** rng.uniform(np.log10(0.05), 9, size=(rows, 1))
    counts = totals * shares / shares.sum(axis=1, keepdims=True)
    rounded = np.round(counts)
    use = (rng.random((rows, 1)) < 0.4) & (rounded.sum(axis=1, keepdims=True) > 0)
    return np.asarray(np.where(use, rounded, counts))


def assert_sound(
    limits: tuple[FloatArray, FloatArray],
    value: FloatArray,
    bounds: tuple[float, float],
) -> None:
    """No NaN, nothing off the range, the value inside, and some width."""
    low, high = limits
    rounding = ROUNDING * (bounds[1] - bounds[0])

    assert np.all(low >= bounds[0] - rounding)
    assert np.all(high <= bounds[1] + rounding)
    assert np.all(low <= value + rounding)
    assert np.all(high >= value - rounding)
    assert np.all(low < high)


def assert_critical(outside: FloatArray, inside: FloatArray, z: FloatArray) -> None:
    """A statistic falls through z between two nulls a rounding apart."""
    assert np.all(outside >= z * (1 - 1e-8))
    assert np.all(inside <= z * (1 + 1e-8))


def check_hostile_rows(rows: int, size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, z = SCALES[size], np.exp(rng.uniform(np.log(0.1), np.log(6), size=rows))
    first, last = float(scores[0]), float(scores[-1])
    after, before = hostile(rng, rows, size), hostile(rng, rows, size)
    n = np.maximum(after.sum(axis=1) + before.sum(axis=1), 2)

    def score(nulls: FloatArray) -> FloatArray:
        return score_statistic(after, scores, nulls)

    def likelihood(nulls: FloatArray) -> FloatArray:
        return likelihood_statistic(after, scores, nulls)

    def difference(nulls: FloatArray) -> FloatArray:
        return difference_statistic(after, before, scores, nulls, n)

    value = after @ scores / after.sum(axis=1)
    gap = value - before @ scores / before.sum(axis=1)
    for limits, statistic, estimate, (least, most) in (
        (score_limits(after, scores, z), score, value, (first, last)),
        (likelihood_limits(after, scores, z), likelihood, value, (first, last)),
        (
            difference_limits(after, before, scores, z, n),
            difference,
            gap,
            (first - last, last - first),
        ),
    ):
        assert_sound(limits, estimate, (least, most))
        rounding = ROUNDING * (most - least)
        for limit, sign in zip(limits, (1, -1), strict=True):
            outside = sign * statistic(np.clip(limit - sign * rounding, least, most))
            inside = sign * statistic(np.clip(limit + sign * rounding, least, most))
            inner = (limit > least + rounding) & (limit < most - rounding)
            assert_critical(outside[inner], inside[inner], z[inner])


@pytest.mark.parametrize("size", [2, 3, 5, 11])
def test_limits_of_hostile_counts_are_sound_and_critical(size: int) -> None:
    start = time.perf_counter()

    check_hostile_rows(5_000, size, seed=size)

    assert time.perf_counter() - start < 30  # usually a fifth of a second


@pytest.mark.slow
@pytest.mark.parametrize("size", [2, 3, 5, 7, 11])
def test_limits_of_a_million_hostile_counts_are_sound_and_critical(size: int) -> None:
    for seed in range(10):
        check_hostile_rows(20_000, size, seed=1_000 + seed)


TINY = [1e-14, 1e-16, 1e-18, 1e-30, 1e-80, 1e-120, 1e-200, 1e-300]


@pytest.mark.parametrize("share", TINY)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_share_too_small_to_matter_does_not_matter(share: float, at: int) -> None:
    """As sampling weights make them: at 1e-16 a share is lost beside 1, at 1e-160 its square."""
    for counts in ([0.0, 0.0, 10.0], [10.0, 0.0, 0.0], [0.0, 10.0, 0.0], [3.0, 0.0, 4.0]):
        clean, other = row(*counts), row(3, 3, 4)
        dirty = clean.copy()
        dirty[0, at] += 10 * share
        for limits in (score_limits, likelihood_limits):
            close = pytest.approx(np.ravel(limits(clean, NET, each(Z))), rel=0, abs=1e-6)
            assert np.ravel(limits(dirty, NET, each(Z))) == close
        close = pytest.approx(
            np.ravel(difference_limits(clean, other, NET, each(Z), each(20))), rel=0, abs=1e-6
        )
        assert np.ravel(difference_limits(dirty, other, NET, each(Z), each(20))) == close


@pytest.mark.parametrize("null", [1e-3, 1e-6, 1e-9, 1e-12, 1e-15])
def test_statistics_keep_their_digits_close_to_an_end(null: float) -> None:
    """Of a share p at the top and no other but the bottom, q = null is the constrained one."""
    for p in (0.2, 0.5, 0.9):
        counts, q = row(10 * (1 - p), 10 * p), null
        entropy = p * np.log(p / q) + (1 - p) * (np.log(1 - p) - np.log1p(-q))

        score = score_statistic(counts, BOX, each(null))
        likelihood = likelihood_statistic(counts, BOX, each(null))

        assert score[0] == pytest.approx(np.sqrt(10) * (p - q) / np.sqrt(q * (1 - q)), rel=1e-12)
        assert likelihood[0] == pytest.approx(np.sqrt(20 * entropy), rel=1e-12)


@pytest.mark.parametrize("size", [3, 11, 101])
def test_the_difference_of_opposite_ends_is_the_whole_range(size: int) -> None:
    """Its limit is that end too, to the last digit."""
    scores, bottom = np.arange(float(size)), np.zeros((1, size))
    bottom[0, 0] = 7

    low, high = difference_limits(bottom, bottom[:, ::-1], scores, each(Z), each(14))
    mirrored = difference_limits(bottom[:, ::-1], bottom, scores, each(Z), each(14))

    assert low[0] == 1 - size
    assert mirrored[1][0] == size - 1
    assert high[0] == pytest.approx(-mirrored[0][0], rel=1e-13)
    assert high[0] > 1 - size


def test_a_batch_of_no_rows_has_no_limits() -> None:
    none, rows = np.zeros(0), np.zeros((0, 3))

    for limits in (score_limits, likelihood_limits):
        assert np.shape(limits(rows, NET, none)) == (2, 0)
    for statistic in (score_statistic, likelihood_statistic):
        assert statistic(rows, NET, none).shape == (0,)
    assert np.shape(difference_limits(rows, rows, NET, none, none)) == (2, 0)
    assert difference_statistic(rows, rows, NET, none, none).shape == (0,)


def test_without_answers_there_is_no_number() -> None:
    none, some = row(0, 0, 0), row(1, 2, 3)

    assert np.isnan(score_limits(none, NET, each(Z))).all()
    assert np.isnan(likelihood_limits(none, NET, each(Z))).all()
    assert np.isnan(score_statistic(none, NET, each(0)))
    assert np.isnan(likelihood_statistic(none, NET, each(0)))
    for samples in ((none, some), (some, none), (none, none)):
        assert np.isnan(difference_limits(*samples, NET, each(Z), each(6))).all()
        assert np.isnan(difference_statistic(*samples, NET, each(0.1), each(6)))


def test_at_the_end_of_the_scale_a_null_is_impossible_unless_it_is_the_estimate() -> None:
    counts, nulls = np.array([[1.0, 2, 3], [0, 0, 6]]), each(1, 1)

    assert score_statistic(counts, NET, nulls).tolist() == [-np.inf, 0]
    assert likelihood_statistic(counts, NET, nulls).tolist() == [-np.inf, 0]
    assert score_statistic(counts, NET, -nulls).tolist() == [np.inf, np.inf]
    assert likelihood_statistic(counts, NET, -nulls).tolist() == [np.inf, np.inf]
    difference = difference_statistic(counts, counts[:, ::-1], NET, 2 * nulls, each(12, 12))
    assert difference.tolist() == [-np.inf, 0]


def test_at_the_critical_value_0_both_limits_are_the_estimate() -> None:
    counts = np.array([[2.0, 3, 5], [0, 0, 4], [4, 0, 0], [0, 3, 0]])
    value, z = counts @ NET / counts.sum(axis=1), np.zeros(4)

    for limits in (score_limits, likelihood_limits):
        low, high = limits(counts, NET, z)
        assert low == pytest.approx(value, abs=1e-15)
        assert high == pytest.approx(value, abs=1e-15)
    for limit in difference_limits(counts, counts[::-1], NET, z, each(14, 7, 7, 14)):
        assert limit == pytest.approx(value - value[::-1], abs=1e-15)


# ----------------------------------------------------------------- invariance


@pytest.mark.parametrize("size", [2, 3, 5, 11])
def test_mirrored_counts_have_mirrored_limits(size: int) -> None:
    rng, scores = np.random.default_rng(size), np.arange(float(size))
    counts, other, z = hostile(rng, 500, size), hostile(rng, 500, size), np.full(500, Z)
    n = np.maximum(counts.sum(axis=1) + other.sum(axis=1), 2)

    for limits in (score_limits, likelihood_limits):
        low, high = limits(counts, scores, z)
        mirrored = limits(counts[:, ::-1], scores, z)
        assert mirrored[1] == pytest.approx(size - 1 - low, abs=1e-13 * size)
        assert mirrored[0] == pytest.approx(size - 1 - high, abs=1e-13 * size)
    low, high = difference_limits(counts, other, scores, z, n)
    mirrored = difference_limits(counts[:, ::-1], other[:, ::-1], scores, z, n)
    swapped = difference_limits(other, counts, scores, z, n)
    for one, two in (mirrored, swapped):
        assert two == pytest.approx(-low, abs=1e-13 * size)
        assert one == pytest.approx(-high, abs=1e-13 * size)


@pytest.mark.parametrize(("slope", "start"), [(100, 0), (0.01, 7), (3, -1e3)])
def test_limits_move_with_the_origin_and_the_unit_of_the_scores(slope: float, start: float) -> None:
    scores, counts, z = SCALES[7], random_tables(7, 7, 40), np.full(40, Z)
    other, n = counts[::-1], counts.sum(axis=1) + counts[::-1].sum(axis=1)
    moved, within = start + slope * scores, 1e-12 * (abs(start) + slope)

    for limits in (score_limits, likelihood_limits):
        for one, two in zip(limits(counts, scores, z), limits(counts, moved, z), strict=True):
            assert two == pytest.approx(start + slope * one, abs=within)
    for one, two in zip(
        difference_limits(counts, other, scores, z, n),
        difference_limits(counts, other, moved, z, n),
        strict=True,
    ):
        assert two == pytest.approx(slope * one, abs=within)


def test_rows_of_a_batch_do_not_know_each_other() -> None:
    rng = np.random.default_rng(8)
    counts, other = hostile(rng, 200, 5), hostile(rng, 200, 5)
    scores, z, n = SCALES[5], np.full(200, Z), counts.sum(axis=1) + other.sum(axis=1) + 2

    together = [
        *score_limits(counts, scores, z),
        *likelihood_limits(counts, scores, z),
        *difference_limits(counts, other, scores, z, n),
    ]

    for k in range(200):
        at = slice(k, k + 1)
        alone = [
            *score_limits(counts[at], scores, z[at]),
            *likelihood_limits(counts[at], scores, z[at]),
            *difference_limits(counts[at], other[at], scores, z[at], n[at]),
        ]
        assert np.ravel(alone) == pytest.approx([limit[k] for limit in together], rel=0, abs=1e-13)


def test_scores_may_come_in_any_order() -> None:
    """Of a scale turned about, each point keeping its score, the limits are the same."""
    counts, scores, order = (1, 2, 4, 10, 8), (0.0, 2.0, 3.0, 7.0, 9.0), [3, 0, 4, 2, 1]

    ordered = linear_score(Counts(ONE_TO_FIVE, counts), scores=scores)
    shuffled = linear_score(
        Counts(ONE_TO_FIVE, [counts[k] for k in order]), scores=[scores[k] for k in order]
    )

    assert tuple(shuffled.interval) == pytest.approx(tuple(ordered.interval), rel=1e-14)
    assert shuffled.test(5).statistic == pytest.approx(ordered.test(5).statistic, rel=1e-12)


@pytest.mark.parametrize("method", ["score", "likelihood"])
def test_points_of_equal_score_are_one_point(method: str) -> None:
    five = linear_score(
        Counts(ONE_TO_FIVE, (1, 2, 4, 10, 8)),
        scores=(-1, -1, 0, 0, 1),
        method="score" if method == "score" else "likelihood",
    )

    limits = score_limits if method == "score" else likelihood_limits
    assert tuple(five.interval) == tuple(np.ravel(limits(row(3, 14, 8), NET, each(Z))))
