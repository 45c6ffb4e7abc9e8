"""Interval methods against published values, formulas and other libraries."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri
from scipy.stats import t as student
from scipy.stats import ttest_1samp

import cxmetrics as cx
from cxmetrics import (
    NPS_GROUPS,
    ONE_TO_FIVE,
    ONE_TO_SEVEN,
    YES_NO,
    ZERO_TO_TEN,
    Counts,
    Estimate,
)
from cxmetrics._typing import Alternative, IntervalMethod
from cxmetrics.errors import ArgumentError, ZeroWidthWarning

Z = 1.959963984540054
"""97.5 % quantile of the normal."""

Limits = tuple[float, float]


def nps_of(
    detractors: int, passives: int, promoters: int, *, method: IntervalMethod = "score"
) -> Estimate:
    return cx.nps(Counts(NPS_GROUPS, (detractors, passives, promoters)), method=method)


def in_points(limits: Limits) -> Limits:
    """Published shares are of 1, the library's of 100."""
    return 100 * limits[0], 100 * limits[1]


# ----------------------------------------------------------- published values


@pytest.mark.parametrize(
    ("counts", "confidence_level", "method", "limits", "within"),
    [
        # Fagerland, Lydersen & Laake 2014, airway hyper-responsiveness (Bentur data)
        ((7, 13, 1), 0.95, "score", (-0.5172, -0.0260), 5e-5),
        # Fagerland, Lydersen & Laake 2014, complete response (Cavo data)
        ((16, 139, 6), 0.95, "score", (-0.1240, -0.0054), 5e-5),
        ((16, 139, 6), 0.95, "wald", (-0.1184, -0.0058), 5e-5),
        # Agresti & Min 2005
        ((8, 62, 16), 0.95, "score", (-0.020, 0.207), 5e-4),
        # Tango 1998
        ((3, 20, 9), 0.95, "score", (-0.027, 0.390), 5e-4),
        ((1, 43, 0), 0.90, "score", (-0.096, 0.037), 5e-4),
    ],
)
def test_limits_of_net_scores_are_the_published_ones(
    counts: tuple[int, int, int],
    confidence_level: float,
    method: IntervalMethod,
    limits: Limits,
    within: float,
) -> None:
    """Of matched pairs: those that changed one way, that did not, that changed the other."""
    estimate = nps_of(*counts, method=method)

    found = estimate.confidence_interval(confidence_level)

    assert tuple(found) == pytest.approx(in_points(limits), rel=0, abs=100 * within)


def test_the_lower_limit_of_promoters_alone() -> None:
    """By hand: 100 (n - z²) / (n + z²), here .44493."""
    low, high = nps_of(0, 0, 10).interval

    assert low == pytest.approx(100 * (10 - Z**2) / (10 + Z**2))
    assert low == pytest.approx(44.493, abs=5e-4)
    assert high == 100


NPS = {
    (20, 30, 50): {
        "score": (0.13955141614195687, 0.4433930663358594),
        "likelihood": (0.14180802367302442, 0.446672615999297),
        "adjusted-wald": (0.136526208978757, 0.4412776920970516),
        "rocks": (0.14051130178761606, 0.4420129700570441),
        "wald": (0.1469219192495733, 0.45307808075042666),
        "t": (0.1442469801616634, 0.4557530198383366),
    },
    (2, 8, 90): {
        "score": (0.774792461018919, 0.9347296250664285),
        "likelihood": (0.7872941755811245, 0.9398253713665516),
        "adjusted-wald": (0.7604049728980417, 0.9344864702576635),
        "rocks": (0.772932139785151, 0.9358057242925188),
        "wald": (0.8052125408712755, 0.9547874591287245),
        "t": (0.8039056790610921, 0.9560943209389079),
    },
    (1, 1, 8): {
        "score": (0.1195322377518403, 0.9164779672569618),
        "likelihood": (0.16947684014553438, 0.948100639474331),
        "adjusted-wald": (0.07387032642459906, 0.9375837537673561),
        "rocks": (0.1473171634790465, 0.9296059134440304),
        "wald": (0.30313754064101855, 1.0),
        "t": (0.21717088806681617, 1.0),
    },
    (0, 0, 10): {
        "score": (0.4449344002742216, 1.0),
        "likelihood": (0.6504933439003402, 1.0),
        "adjusted-wald": (0.3582253884989085, 1.0),
        "rocks": (0.47503551544790223, 1.0),
    },
}
"""Detractors, passives, promoters; computed by two independent algorithms (score and
likelihood: dual path and double bisection; the others: their formulas)."""

MEANS: dict[str, tuple[Counts, dict[str, Limits]]] = {
    "1-5": (
        Counts(ONE_TO_FIVE, (1, 2, 4, 10, 8)),
        {
            "score": (3.363218490581997, 4.238559266767751),
            "likelihood": (3.401277497134143, 4.2556118540555055),
            "adjusted-wald": (3.2989688725111264, 4.2266127658361485),
            "wald": (3.4604395049584773, 4.299560495041523),
            "t": (3.429080278597457, 4.330919721402543),
        },
    ),
    "0-10": (
        Counts(ZERO_TO_TEN, (0, 0, 1, 0, 1, 2, 3, 5, 9, 6, 8)),
        {
            "score": (7.074833266341745, 8.403388754031187),
            "likelihood": (7.142258989984983, 8.424648649276062),
            "adjusted-wald": (6.778985930923189, 8.370151255794504),
            "wald": (7.232846712457759, 8.481439001827955),
            "t": (7.200373193407882, 8.513912520877833),
        },
    ),
    "1-7": (
        Counts(ONE_TO_SEVEN, (0, 1, 0, 2, 6, 11, 10)),
        {
            "score": (5.30285837053699, 6.209900108816802),
            "likelihood": (5.369497989102866, 6.227335200641926),
            "adjusted-wald": (5.1179779997175565, 6.191571999099626),
            "wald": (5.456233866929524, 6.277099466403809),
            "t": (5.431056832179303, 6.302276501154029),
        },
    ),
}
"""As above, of the mean answer."""

TOP_BOX = {
    "score": (0.5242339480963842, 0.8571614614904344),
    "likelihood": (0.5283499147223216, 0.8686703856002904),
    "adjusted-wald": (0.5220132518417175, 0.8593821577451011),
    "wald": (0.5439956707064356, 0.8960043292935643),
    "t": (0.530840572292582, 0.909159427707418),
}
"""As above, of 18 answers of 25 in the two top boxes."""


@pytest.mark.parametrize(
    ("counts", "method", "limits"),
    [
        pytest.param(counts, method, limits, id=f"{counts} {method}")
        for counts, methods in NPS.items()
        for method, limits in methods.items()
    ],
)
def test_limits_of_nps_are_the_reference_values(
    counts: tuple[int, int, int], method: IntervalMethod, limits: Limits
) -> None:
    interval = nps_of(*counts, method=method).interval

    assert tuple(interval) == pytest.approx(in_points(limits), rel=0, abs=2e-10)


@pytest.mark.parametrize(
    ("counts", "method", "limits"),
    [
        pytest.param(counts, method, limits, id=f"{scale} {method}")
        for scale, (counts, methods) in MEANS.items()
        for method, limits in methods.items()
    ],
)
def test_limits_of_means_are_the_reference_values(
    counts: Counts, method: IntervalMethod, limits: Limits
) -> None:
    interval = cx.mean_score(counts, method=method).interval

    assert tuple(interval) == pytest.approx(limits, rel=0, abs=1e-11)


@pytest.mark.parametrize(("method", "limits"), TOP_BOX.items())
def test_limits_of_a_top_box_are_the_reference_values(
    method: IntervalMethod, limits: Limits
) -> None:
    interval = cx.top_box(MEANS["1-5"][0], top=2, method=method).interval

    assert tuple(interval) == pytest.approx(in_points(limits), rel=0, abs=1e-10)


# ------------------------------------------------------------------- p-values


def tails(statistic: float, law: Callable[[float], float]) -> dict[Alternative, float]:
    """p-values by alternative, from the lower tail of a symmetric law."""
    return {
        "two-sided": 2 * law(-abs(statistic)),
        "less": law(statistic),
        "greater": law(-statistic),
    }


def tango_shares(counts: tuple[int, int, int], null: float) -> tuple[float, float, float]:
    """Shares of greatest likelihood with a net score, by the quadratic of Tango (1998)."""
    bad, _, good = counts
    n = sum(counts)
    b = -good - bad + (2 * n - good + bad) * null
    q = (np.sqrt(b**2 + 8 * n * bad * null * (1 - null)) - b) / (4 * n)
    return float(q), float(1 - 2 * q - null), float(q + null)


COUNTS = (20, 30, 50)
N = 100
VALUE = 0.3
VARIANCE = 0.7 - VALUE**2


def score_by_tango(null: float) -> float:
    bad, _, good = tango_shares(COUNTS, null)
    return float((VALUE - null) / np.sqrt((good + bad - null**2) / N))


def likelihood_root(null: float) -> float:
    ratio = np.divide(COUNTS, np.multiply(N, tango_shares(COUNTS, null)))
    squared = 2 * np.dot(COUNTS, np.log(ratio))
    return float(np.copysign(np.sqrt(squared), VALUE - null))


def wald_by_formula(null: float) -> float:
    return float((VALUE - null) / np.sqrt(VARIANCE / N))


def rocks_by_formula(null: float) -> float:
    """Three quarters of an answer more at the ends, one and a half in between (Rocks 2016)."""
    bad, good, n = 20.75, 50.75, 103
    center = (good - bad) / n
    return float((center - null) / np.sqrt(((good + bad) / n - center**2) / n))


def adjusted_wald_by_root(null: float) -> float:
    """The z at which a limit of the interval is the null."""

    def limit(z: float) -> float:
        bad, good, n = 20 + z**2 / 2, 50 + z**2 / 2, N + z**2
        center = (good - bad) / n
        half = z * np.sqrt(((good + bad) / n - center**2) / n)
        return float(center - half if null < VALUE else center + half)

    z = brentq(lambda z: limit(z) - null, 0, 60, xtol=1e-14, rtol=1e-14)
    return float(np.copysign(z, VALUE - null))


STATISTICS: dict[IntervalMethod, Callable[[float], float]] = {
    "score": score_by_tango,
    "likelihood": likelihood_root,
    "wald": wald_by_formula,
    "rocks": rocks_by_formula,
    "adjusted-wald": adjusted_wald_by_root,
}


@pytest.mark.parametrize("method", STATISTICS)
@pytest.mark.parametrize("null", [-0.4, 0.0, 0.125, 0.44, 0.75])
@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
def test_tests_are_normal_tests_of_statistics_by_formula(
    method: IntervalMethod, null: float, alternative: Alternative
) -> None:
    test = nps_of(*COUNTS, method=method).test(100 * null, alternative=alternative)

    statistic = STATISTICS[method](null)
    assert test.statistic == pytest.approx(statistic, rel=1e-10)
    assert test.pvalue == pytest.approx(tails(statistic, ndtr)[alternative], rel=1e-8)


@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
@pytest.mark.parametrize("null", [2.5, 3.5, 3.88, 4.25])
def test_t_is_the_t_test_of_scipy(null: float, alternative: Alternative) -> None:
    counts = MEANS["1-5"][0]
    answers = np.repeat(counts.scale.points, counts.counts)

    estimate = cx.mean_score(counts, method="t")
    test, interval = (
        estimate.test(null, alternative=alternative),
        estimate.confidence_interval(0.9, alternative=alternative),
    )

    theirs = ttest_1samp(answers, null, alternative=alternative)
    low, high = theirs.confidence_interval(0.9)
    assert estimate.df == theirs.df
    assert test.statistic == pytest.approx(theirs.statistic, abs=1e-12)
    assert test.pvalue == pytest.approx(theirs.pvalue, rel=1e-10)
    assert tuple(interval) == pytest.approx((max(low, 1), min(high, 5)), rel=1e-12)


@pytest.mark.parametrize("method", [*STATISTICS, "t"])
@pytest.mark.parametrize("confidence_level", [0.3, 0.8, 0.999])
def test_at_its_own_limit_a_test_is_as_significant_as_the_level_says(
    method: IntervalMethod, confidence_level: float
) -> None:
    """Two-sided at the limits of the interval, one-sided at the one-sided limits."""
    estimate = nps_of(*COUNTS, method=method)
    alpha = 1 - confidence_level

    for limit in estimate.confidence_interval(confidence_level):
        assert estimate.test(limit).pvalue == pytest.approx(alpha, rel=1e-8)
    low, highest = estimate.confidence_interval(confidence_level, alternative="greater")
    lowest, high = estimate.confidence_interval(confidence_level, alternative="less")
    assert (lowest, highest) == (-100, 100)
    assert estimate.test(low, alternative="greater").pvalue == pytest.approx(alpha, rel=1e-8)
    assert estimate.test(high, alternative="less").pvalue == pytest.approx(alpha, rel=1e-8)


def test_only_t_has_degrees_of_freedom_in_its_reference() -> None:
    """The same statistic, referred to the normal or to Student's t with n - 1."""
    counts = Counts(YES_NO, (1, 2))  # variance 2/9; of n - 1, 1/3
    wald, t = (cx.top_box(counts, top=1, method=method).test(100) for method in ("wald", "t"))

    assert wald.statistic == pytest.approx(-(1 / 3) / np.sqrt(2 / 27))
    assert wald.pvalue == pytest.approx(2 * ndtr(-(1 / 3) / np.sqrt(2 / 27)))
    assert t.statistic == pytest.approx(-1)
    assert t.pvalue == pytest.approx(2 * student.sf(1, df=2))
    assert ndtri(0.975) == pytest.approx(Z, abs=1e-15)


@pytest.mark.parametrize("method", ["score", "likelihood"])
def test_a_null_at_the_end_of_the_scale_is_impossible_unless_it_is_the_value(
    method: IntervalMethod,
) -> None:
    some, alike = nps_of(*COUNTS, method=method), nps_of(0, 0, 10, method=method)

    assert (some.test(100).statistic, some.test(100).pvalue) == (-np.inf, 0)
    assert (alike.test(100).statistic, alike.test(100).pvalue) == (0, 1)


def test_two_answers_have_the_law_of_cauchy_to_the_last_digit() -> None:
    """Of 8 and 10: the mean is 50 and its standard error too, so that t = 8e-12."""
    test = nps_of(0, 1, 1, method="t").test(50 - 4e-10, alternative="greater")

    assert test.pvalue == pytest.approx(0.5 - np.arctan(8e-12) / np.pi, abs=1e-16)
    assert test.pvalue < 0.5


# ------------------------------------------------------------ edges and errors


@pytest.mark.parametrize("method", ["wald", "t"])
def test_wald_and_t_warn_when_all_answers_are_alike(method: IntervalMethod) -> None:
    message = "An interval has no width: this method sees no variation, but 'score' needs none."

    with pytest.warns(ZeroWidthWarning) as warned:
        interval = nps_of(0, 0, 10, method=method).interval

    assert tuple(interval) == (100, 100)
    assert [str(warning.message) for warning in warned] == [message]


@pytest.mark.parametrize("method", ["score", "likelihood", "adjusted-wald", "rocks"])
@pytest.mark.parametrize("counts", [(0, 0, 10), (0, 10, 0), (10, 0, 0)])
def test_the_other_methods_have_width_when_all_answers_are_alike(
    counts: tuple[int, int, int], method: IntervalMethod
) -> None:
    estimate = nps_of(*counts, method=method)
    low, high = estimate.interval

    assert low < high
    assert low <= estimate.value <= high


@pytest.mark.parametrize(
    "scores",
    [
        pytest.param((0, 0, 0, 100, 100), id="two groups"),
        pytest.param((1, 2, 3, 4, 5), id="five groups"),
        pytest.param((0, 0, 1, 2, 2), id="not from -1 to 1"),
        pytest.param((-2, -2, 1, 1, 2), id="not 0 in the middle"),
    ],
)
def test_rocks_is_for_net_scores(scores: tuple[float, ...]) -> None:
    counts = Counts(ONE_TO_FIVE, (1, 2, 4, 10, 8))

    with pytest.raises(ArgumentError) as raised:
        cx.linear_score(counts, scores=scores, method="rocks")

    assert str(raised.value) == (
        "`method` must not be 'rocks' for other than net scores of three groups.\n"
        "Hint: did you mean method='adjusted-wald'?"
    )


def test_rocks_takes_any_net_score_of_three_groups() -> None:
    counts = Counts(ONE_TO_FIVE, (5, 15, 30, 20, 30))

    net = cx.net_score(counts, bottom=2, top=2, method="rocks")
    linear = cx.linear_score(counts, scores=(-100, -100, 0, 100, 100), method="rocks")

    expected = in_points(NPS[20, 30, 50]["rocks"])
    assert tuple(net.interval) == pytest.approx(expected, rel=1e-12)
    assert tuple(linear.interval) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("method", ["score", "likelihood", "adjusted-wald", "wald", "t"])
@pytest.mark.parametrize("origin", [-1_000.0, 1e6, 1e9])
def test_limits_do_not_depend_on_the_origin_of_the_scores(
    method: IntervalMethod, origin: float
) -> None:
    """Up to the digits of the scores: of 1e9, seven are left behind the point."""
    counts = Counts(YES_NO, (7, 18))

    near = cx.linear_score(counts, scores=(0, 1), method=method)
    far = cx.linear_score(counts, scores=(origin, origin + 1), method=method)

    for one, two in zip(near.interval, far.interval, strict=True):
        assert two - origin == pytest.approx(one, abs=1e-15 * abs(origin) + 1e-12)
    assert far.test(origin + 0.5).pvalue == pytest.approx(near.test(0.5).pvalue, rel=1e-5)
