"""Consistency against a published meta-analysis and statsmodels; its laws and refusals."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

import cxmetrics as cx
from cxmetrics import NPS_GROUPS, ONE_TO_FIVE, YES_NO, Counts, Grouped
from cxmetrics.comparisons.consistency import Consistency, Scatter, consistency
from cxmetrics.comparisons.equality import equality_test
from cxmetrics.comparisons.groups import sampling_variances
from cxmetrics.errors import (
    ArgumentError,
    MismatchError,
    OverlappingClustersError,
    ZeroWidthWarning,
)
from tests.strategies import batches_on, levels

TRIALS = np.array(
    [
        *([4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619]),
        *([33, 5036, 47, 5761], [180, 1361, 372, 1079], [8, 2537, 10, 619]),
        *([505, 87886, 499, 87892], [29, 7470, 45, 7232], [17, 1699, 65, 1600]),
        *([186, 50448, 141, 27197], [5, 2493, 3, 2338], [27, 16886, 29, 17825]),
    ],
    np.float64,
).T
"""Tuberculosis with and without vaccine in 13 trials: ill and well, treated and controls."""


def vaccine() -> Scatter:
    """Log relative risks, and their variances."""
    ill, well, ill_too, well_too = TRIALS
    treated, controls = ill + well, ill_too + well_too
    values = np.log(ill / treated) - np.log(ill_too / controls)
    return Scatter(values, 1 / ill - 1 / treated + 1 / ill_too - 1 / controls, 10.0)


def shops(*counts: list[int], scale: cx.Scale = NPS_GROUPS) -> Grouped[Counts]:
    return Grouped({"shop": list(range(len(counts)))}, Counts(scale, counts))


# Groups that are more alike than chance would have it have a test of their own.
pytestmark = pytest.mark.filterwarnings("ignore::cxmetrics.errors.ZeroWidthWarning")

THREE = shops([20, 30, 50], [10, 20, 70], [3, 5, 12])
ALIKE = shops([20, 30, 50], [24, 30, 46], [18, 32, 50])


def test_published_trials_of_a_vaccine() -> None:
    """R's metafor on dat.bcg: `confint(rma(yi, vi, data=escalc("RR", ...)))`.

    τ² of 0.3181 by Paule and Mandel, 0.3088 by DerSimonian and Laird, with the Q-profile
    [0.1197, 1.1115], I² of it [81.92, 97.68] %, Q = 152.2330.
    """
    trials = vaccine()
    low, high = trials.profile(0.95)

    assert trials.q(0) == pytest.approx(152.2330, abs=5e-5)
    assert trials.paule_mandel() ** 2 == pytest.approx(0.3181, abs=5e-5)
    assert trials.dersimonian_laird() ** 2 == pytest.approx(0.3088, abs=5e-5)
    assert (low**2, high**2) == pytest.approx((0.1197, 1.1115), abs=5e-5)
    assert (trials.i2(low), trials.i2(high)) == pytest.approx((0.819177, 0.976781), abs=5e-5)


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 6, 7])
def test_the_spread_between_groups_is_the_one_of_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, variances = rng.normal(0, 3, 3 + seed), rng.uniform(0.2, 2, 3 + seed)
    scatter = Scatter(values, variances, 1e3)

    for theirs, ours in (
        ("iterated", scatter.paule_mandel()),
        ("chi2", scatter.dersimonian_laird()),
    ):
        tau2 = combine_effects(values, variances, method_re=theirs, atol=1e-9).tau2
        assert ours**2 == pytest.approx(tau2, rel=1e-4)
        assert ours > 0


def test_dersimonian_and_laird_s_i2_is_higgins_and_thompson_s() -> None:
    """(Q - df)/Q, from Q alone."""
    trials = vaccine()

    assert trials.i2(trials.dersimonian_laird()) == pytest.approx(1 - 12 / trials.q(0))


def test_at_the_limits_q_is_at_its_quantiles() -> None:
    found = consistency(cx.nps(THREE), confidence_level=0.9)
    rows, points = THREE.batch.counts.astype(float), np.array([-100.0, 0, 100])
    variances = sampling_variances(rows, points, borrowed=20)
    scatter = Scatter(rows @ points / rows.sum(axis=1), variances, 100)

    tails = [stats.chi2.sf(scatter.q(tau), 2) for tau in found.interval]

    assert tails == pytest.approx([0.05, 0.95], rel=1e-9)
    assert scatter.q(found.value) == pytest.approx(2)
    weights = 1 / (variances + found.value**2)
    mean = combine_effects(scatter.values, variances + found.value**2).mean_effect_fe
    assert found.mean == pytest.approx(mean)
    assert found.mean_std_error == pytest.approx(weights.sum() ** -0.5)


def test_the_test_is_the_score_test_of_equal_scores() -> None:
    """Chi-squared of 8.07989 on 2 degrees of freedom, p = 0.01760."""
    found = consistency(cx.nps(THREE))

    assert found.test == equality_test(cx.nps(THREE).batch)
    assert (found.statistic, found.pvalue) == pytest.approx((8.07989, 0.01760), abs=5e-6)
    assert (found.df, found.n_groups, found.n) == (2, 3, 220)
    assert found.null_hypothesis == "NPS is the same in 3 groups"
    assert (found.lowest, found.highest) == (30, 60)


# ------------------------------------------------------------------------ laws


def consistent(counts: Counts, metric: Any = cx.nps, **options: Any) -> Consistency:
    return consistency(metric(Grouped({"shop": list(range(counts.shape[0]))}, counts)), **options)


def assert_alike(one: Consistency, two: Consistency, within: float) -> None:
    for name in ("value", "statistic", "pvalue", "i2", "mean_std_error", "interval"):
        expected = pytest.approx(getattr(two, name), rel=1e-7, abs=within)
        assert getattr(one, name) == expected


@given(counts=batches_on(NPS_GROUPS), level=levels, other=levels)
def test_the_interval_lies_in_the_range_and_widens_with_the_level(
    counts: Counts, level: float, other: float
) -> None:
    assume(np.count_nonzero(counts.n) > 1)
    narrow, wide = (consistent(counts, confidence_level=each) for each in sorted([level, other]))

    assert 0 <= wide.interval.low <= wide.interval.high <= 100
    assert wide.interval.low <= narrow.interval.low + 1e-9
    assert narrow.interval.high <= wide.interval.high + 1e-9
    assert 0 <= narrow.value <= 100
    assert narrow.i2_interval.low <= narrow.i2_interval.high <= 1


@given(counts=batches_on(ONE_TO_FIVE))
def test_mirrored_or_relabelled_groups_are_as_consistent(counts: Counts) -> None:
    assume(np.count_nonzero(counts.n) > 1)
    found = consistent(counts, cx.mean_score)

    assert_alike(consistent(counts.mirrored(), cx.mean_score), found, 1e-7)
    assert_alike(consistent(counts[::-1], cx.mean_score), found, 1e-7)


@given(counts=batches_on(NPS_GROUPS))
def test_groups_without_answers_do_not_count(counts: Counts) -> None:
    assume(np.count_nonzero(counts.n) > 1)

    assert_alike(consistent(counts[np.asarray(counts.n) > 0]), consistent(counts), 1e-12)


def test_equal_weights_and_clusters_of_one_change_nothing() -> None:
    answers, shop = [5, 4, 4, 2, 3, 1, 5, 5], list("aabbbccc")
    found = consistency(cx.csat(Counts.of(answers, ONE_TO_FIVE, by=shop)))

    for design in ({"weights": [3.0] * 8}, {"clusters": list(range(8))}):
        designed: dict[str, Any] = design
        same = consistency(cx.csat(Counts.of(answers, ONE_TO_FIVE, by=shop, **designed)))
        assert_alike(same, found, 1e-9)


def test_clusters_make_groups_less_different() -> None:
    """Each customer answers four times: a quarter of the answers says as much."""
    answers, shop = [5, 5, 1, 5, 1, 1, 5, 1] * 5, ["a", "a", "a", "a", "b", "b", "b", "b"] * 5
    one = Counts.of(answers, ONE_TO_FIVE, by=shop)
    four = Counts.of(
        np.repeat(answers, 4), ONE_TO_FIVE, by=np.repeat(shop, 4), clusters=np.repeat(range(40), 4)
    )

    plain, clustered = consistency(cx.csat(one)), consistency(cx.csat(four))

    assert clustered.n == 4 * plain.n
    assert clustered.value == pytest.approx(plain.value, rel=0.05)
    assert consistency(cx.csat(four.map(lambda c: Counts(c.scale, c.counts)))).pvalue < 1e-4
    assert plain.pvalue < clustered.pvalue < 5 * plain.pvalue


def test_true_differences_are_found() -> None:
    """Twenty groups of 4,000 whose true scores have a standard deviation of 10 points."""
    rng = np.random.default_rng(3)
    shift = stats.norm.ppf((np.arange(20) + 0.5) / 20) * 10
    shift *= 10 / shift.std(ddof=1)
    counts = np.array([rng.multinomial(4000, [0.3 - s / 200, 0.3, 0.4 + s / 200]) for s in shift])

    found = consistent(Counts(NPS_GROUPS, counts))

    assert found.value == pytest.approx(10, abs=0.8)
    assert found.interval.low < 10 < found.interval.high
    assert found.i2 > 0.95


# ------------------------------------------------------------------------ faces


def test_both_methods_are_named_and_shown() -> None:
    found = consistency(cx.nps(THREE))
    first_step = consistency(cx.nps(THREE), method="dersimonian-laird")

    assert (found.method, first_step.method) == ("paule-mandel", "dersimonian-laird")
    assert first_step.value != found.value
    assert first_step.interval == found.interval
    assert str(found) == (
        "NPS of 3 groups: standard deviation 13.1 points [2.8, 94.0] "
        "(95% Q-profile, same score: p = 0.018, n=220)"
    )


@pytest.mark.parametrize(
    ("estimates", "sentences"),
    [
        (
            cx.nps(THREE),
            ("NPS is not the same in 3 groups (p = 0.018).\n"
            "Around a mean of 45.4 points they differ by a standard deviation of 13.1 points "
            "(95% CI: 2.8 to 94.0)."),
        ),
        (
            cx.nps(ALIKE),
            ("NPS may be the same in 3 groups (p = 0.64).\n"
            "Around a mean of 28.2 points they may as well differ by a standard deviation of "
            "up to 32.3 points (95% CI: 0.0 to 32.3)."),
        ),
        (
            cx.top_box(shops([50, 50], [20, 80], [10, 90], scale=YES_NO), top=1),
            ("Top-1 box is not the same in 3 groups (p < 0.001).\n"
            "Around a mean of 73.5% they differ by a standard deviation of 20.4 percentage "
            "points (95% CI: 9.9 to 50.0)."),
        ),
    ],
)  # fmt: skip
def test_consistency_is_two_sentences(estimates: Any, sentences: str) -> None:
    assert consistency(estimates).summary() == sentences


@pytest.mark.filterwarnings("default::cxmetrics.errors.ZeroWidthWarning")
def test_groups_that_are_more_alike_than_chance_would_have_it_warn() -> None:
    with pytest.warns(ZeroWidthWarning, match="more alike than chance would have it"):
        found = consistency(cx.nps(shops([20, 30, 50], [20, 30, 50], [20, 30, 50])))

    assert (found.value, found.interval, found.pvalue, found.i2) == (0, (0, 0), 1, 0)
    assert found.summary() == (
        "NPS may be the same in 3 groups (p = 1.00).\n"
        "Around a mean of 30.0 points they differ by less than chance alone would have it."
    )
    assert found.shape == ()


def test_consistency_is_one_row() -> None:
    found = consistency(cx.nps(THREE))

    row = found.to_dict()
    assert list(row) == [
        *("metric", "unit", "value", "low", "high", "confidence_level"),
        *("statistic", "df", "pvalue", "i2", "i2_low", "i2_high"),
        *("mean", "mean_std_error", "lowest", "highest", "n_groups", "n", "method"),
    ]
    assert found.to_dicts() == [row]
    assert "I²" in found._repr_html_()
    assert "I²" not in found.to_markdown()
    assert found.to_pandas()["n_groups"].tolist() == [3]
    assert pickle.loads(pickle.dumps(found)) == found
    assert copy.deepcopy(found) == found


# ---------------------------------------------------------------------- errors

ANSWERS = [5, 4, 3, 2]
CROSSING = Counts.of(ANSWERS, ONE_TO_FIVE, by=["a", "a", "b", "b"], clusters=[1, 2, 1, 3])


@pytest.mark.parametrize(
    ("estimates", "options", "error", "message"),
    [
        (
            cx.nps([10, 9]),
            {},
            MismatchError,
            (
                "`estimates` must be grouped estimates, not Estimate.\n"
                "Hint: did you mean consistency(nps(grouped_counts))?"
            ),
        ),
        (
            cx.nps(shops([1, 2, 3], [0, 0, 0])),
            {},
            ArgumentError,
            "`estimates` must have at least two groups with answers, not 1.",
        ),
        (
            cx.csat(CROSSING),
            {},
            OverlappingClustersError,
            (
                "Can't compare CSAT of groups that share clusters.\n"
                "Hint: did you mean to keep one answer per cluster, such as the latest?"
            ),
        ),
        (
            cx.nps(THREE),
            {"method": "reml"},
            ArgumentError,
            "`method` must be 'paule-mandel' or 'dersimonian-laird', not 'reml'.",
        ),
    ],
)
def test_what_can_not_be_compared_is_refused(
    estimates: Any, options: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        consistency(estimates, **options)

    assert str(caught.value) == message
