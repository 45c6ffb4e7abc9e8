"""Ordinal differences against scipy and brute force; their laws, faces and refusals."""

import copy
import pickle
from functools import partial
from itertools import product
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq

import cxmetrics as cx
from cxmetrics import NPS_GROUPS, ONE_TO_FIVE, YES_NO, ZERO_TO_TEN, Counts, Grouped, Scale
from cxmetrics.comparisons.ordinal import OrdinalMethod, ordinal_difference
from cxmetrics.errors import (
    ArgumentError,
    MismatchError,
    OverlappingClustersError,
    TooFewResponsesError,
    ZeroWidthWarning,
)
from cxmetrics.intervals.linear_score import LinearScore
from tests.strategies import alternatives, answers_of, batches_on, counts_on, levels

METHODS: tuple[OrdinalMethod, ...] = get_args(OrdinalMethod)
every_method = pytest.mark.parametrize("method", METHODS)

PAIN = (
    Counts.of([3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4], ONE_TO_FIVE),
    Counts.of([1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1], ONE_TO_FIVE),
)
"""Pain scores of two groups of patients, of Brunner and Munzel (2000)."""

MARCH, APRIL = Counts(ONE_TO_FIVE, [20, 25, 30, 15, 10]), Counts(ONE_TO_FIVE, [10, 15, 30, 25, 20])

Z = 1.959963984540054
"""97.5 % quantile of the normal."""


def placements(other: Counts) -> Any:
    below = np.cumsum(other.weights)
    return (below - other.weights / 2) / below[-1]


def varies(values: Any) -> bool:
    return bool(np.ptp(values) > 0)


def test_published_pain_scores() -> None:
    """Brunner and Munzel (2000): t = 3.137, df = 17.683, p = 0.0058, interval .595 to .983."""
    pain = ordinal_difference(*PAIN)

    theirs = stats.brunnermunzel(answers_of(PAIN[1]), answers_of(PAIN[0]))
    assert pain.value == pytest.approx(0.788961, abs=5e-7)
    assert tuple(pain.interval) == pytest.approx((0.59522, 0.98271), abs=5e-6)
    assert pain.statistic == pytest.approx(theirs.statistic, rel=1e-12)
    assert pain.pvalue == pytest.approx(theirs.pvalue, rel=1e-9)
    assert pain.pvalue == pytest.approx(0.0057862, abs=5e-8)
    reach = float(stats.t.ppf(0.975, 17.6828)) * pain.std_error
    assert pain.interval.high - pain.value == pytest.approx(reach, rel=1e-6)


@given(data=st.data())
def test_brunner_munzel_is_the_one_of_scipy(data: st.DataObject) -> None:
    after, before = (data.draw(counts_on(ONE_TO_FIVE, min_n=2, most=40)) for _ in range(2))
    alternative: Any = data.draw(alternatives)

    found = ordinal_difference(after, before, alternative=alternative)

    assume(all(varies(placements(b)[a.counts > 0]) for a, b in ((after, before), (before, after))))
    # scipy states the alternative of the first sample, and its statistic of the second.
    one, two = answers_of(after)[: after.n], answers_of(before)[: before.n]
    theirs = stats.brunnermunzel(one, two, alternative=alternative)
    assert found.statistic == pytest.approx(-theirs.statistic, rel=1e-9, abs=1e-9)
    assert found.pvalue == pytest.approx(theirs.pvalue, rel=1e-7, abs=1e-12)


def test_pain_scores_on_logits() -> None:
    """By hand: logit .788961 = 1.31838, se .0921046 / (.788961 .211039) = .553172."""
    found = ordinal_difference(*PAIN, method="logit")

    df = 17.6828
    reach = stats.t.ppf(0.975, df) * found.std_error / (found.value * (1 - found.value))
    middle = np.log(found.value / (1 - found.value))
    limits = [1 / (1 + np.exp(-limit)) for limit in (middle - reach, middle + reach)]
    assert tuple(found.interval) == pytest.approx(limits, abs=1e-6)
    assert found.statistic == pytest.approx(
        middle * found.value * (1 - found.value) / found.std_error
    )


@given(data=st.data())
def test_the_rank_sum_test_is_the_one_of_scipy(data: st.DataObject) -> None:
    after, before = (data.draw(counts_on(ONE_TO_FIVE, min_n=1, most=40)) for _ in range(2))
    alternative: Any = data.draw(alternatives)
    assume(np.count_nonzero(after.counts + before.counts) > 1)

    found = ordinal_difference(after, before, method="mann-whitney", alternative=alternative)

    one, two = answers_of(after)[: after.n], answers_of(before)[: before.n]
    theirs = stats.mannwhitneyu(
        one, two, use_continuity=False, alternative=alternative, method="asymptotic"
    )
    assert found.value == pytest.approx(theirs.statistic / (after.n * before.n), rel=1e-12)
    assert found.pvalue == pytest.approx(theirs.pvalue, rel=1e-9, abs=1e-12)


@given(data=st.data())
def test_superiority_is_counted_over_all_pairs(data: st.DataObject) -> None:
    after, before = (data.draw(counts_on(ONE_TO_FIVE, min_n=1, most=9)) for _ in range(2))

    found = ordinal_difference(after, before)

    pairs = list(product(answers_of(after)[: after.n], answers_of(before)[: before.n]))
    signs = [np.sign(a - b) for a, b in pairs]
    assert found.value == pytest.approx((1 + np.mean(signs)) / 2, abs=1e-12)
    assert found.cliffs_delta == pytest.approx(np.mean(signs), abs=1e-12)
    low, high = found.interval
    assert found.cliffs_interval == (2 * low - 1, 2 * high - 1)


# ------------------------------------------------------- without any variation


def newcombe(theta: float, m: int, n: int) -> float:
    """Variance of Newcombe's (2006) method 5."""
    star = (m + n) / 2 - 1
    factor = 1 + star * (1 - theta) / (2 - theta) + star * theta / (1 + theta)
    return theta * (1 - theta) * factor / (m * n)


@pytest.mark.parametrize(("m", "n"), [(1, 1), (1, 20), (7, 8), (400, 3)])
def test_separate_groups_have_the_interval_of_newcombe(m: int, n: int) -> None:
    above, below = Counts(ONE_TO_FIVE, [0, 0, 0, m, 0]), Counts(ONE_TO_FIVE, [n, 0, 0, 0, 0])
    limit = brentq(lambda t: 1 - t - Z * newcombe(t, m, n) ** 0.5, 1e-12, 1 - 1e-12, xtol=1e-14)

    up, down = ordinal_difference(above, below), ordinal_difference(below, above)

    assert (up.value, up.interval.high) == (1, 1)
    assert up.interval.low == pytest.approx(limit, abs=1e-11)
    assert tuple(down.interval) == pytest.approx((0, 1 - limit), abs=1e-11)
    assert up.statistic == pytest.approx(0.5 / newcombe(0.5, m, n) ** 0.5, rel=1e-12)
    assert up.pvalue == pytest.approx(2 * stats.norm.sf(up.statistic), rel=1e-9)
    assert ordinal_difference(above, below, null=1).pvalue == 1
    assert ordinal_difference(above, below, null=0).pvalue == 0


def test_answers_that_are_all_alike_have_an_interval_with_width() -> None:
    alike = ordinal_difference(Counts(YES_NO, [0, 12]), Counts(YES_NO, [0, 9]))

    limit = brentq(lambda t: 0.5 - t - Z * newcombe(t, 12, 9) ** 0.5, 1e-12, 0.5, xtol=1e-14)
    assert (alike.value, alike.std_error, alike.pvalue) == (0.5, 0, 1)
    assert tuple(alike.interval) == pytest.approx((limit, 1 - limit), abs=1e-11)


def test_a_group_of_one_mind_has_the_interval_of_newcombe() -> None:
    """3 answers on one point against 100 around it, of which 45 are below and 30 alike."""
    found = ordinal_difference(Counts(ONE_TO_FIVE, [0, 0, 3, 0, 0]), MARCH)

    def beyond(limit: float) -> float:
        return float(abs(0.6 - limit) - Z * newcombe(limit, 3, 100) ** 0.5)

    low, high = (brentq(beyond, *ends, xtol=1e-14) for ends in ((1e-9, 0.6), (0.6, 1 - 1e-9)))
    assert found.value == pytest.approx(0.6)
    assert tuple(found.interval) == pytest.approx((low, high), abs=1e-11)
    assert found.statistic == pytest.approx(0.1 / newcombe(0.5, 3, 100) ** 0.5)


def test_one_answer_is_no_error_but_one_cluster_says_nothing() -> None:
    one = ordinal_difference(Counts(ONE_TO_FIVE, [0, 0, 1, 0, 0]), MARCH)
    cluster = ordinal_difference(Counts.of([3, 4, 5], ONE_TO_FIVE, clusters=["a"] * 3), MARCH)

    assert np.isnan([one.std_error, cluster.std_error]).all()
    assert 0 < one.interval.low < one.value < one.interval.high < 1
    assert (cluster.interval, cluster.statistic, cluster.pvalue) == ((0.0, 1.0), 0, 1)


@pytest.mark.parametrize(("m", "n"), [(10, 10), (10, 40), (40, 10)])
def test_close_to_the_end_of_the_scale_intervals_hold(m: int, n: int) -> None:
    """All samples of 90 % and of 93 % promoters, and how likely they are."""
    one, two = (
        np.array([(a, b, size - a - b) for a in range(size + 1) for b in range(size + 1 - a)])
        for size in (m, n)
    )
    p, q = np.array([0.02, 0.08, 0.9]), np.array([0.05, 0.02, 0.93])
    likely = np.outer(stats.multinomial.pmf(one, m, p), stats.multinomial.pmf(two, n, q)).ravel()
    after = Counts(NPS_GROUPS, np.repeat(one, len(two), axis=0))
    before = Counts(NPS_GROUPS, np.tile(two, (len(one), 1)))

    low, high = ordinal_difference(after, before).interval

    psi = p @ (np.cumsum(q) - q / 2)
    assert likely[(low <= psi) & (psi <= high)].sum() > 0.985


def test_a_rank_sum_test_of_answers_that_are_all_alike_warns() -> None:
    with pytest.warns(ZeroWidthWarning):
        alike = ordinal_difference(
            Counts(YES_NO, [0, 12]), Counts(YES_NO, [0, 9]), method="mann-whitney"
        )

    assert (alike.interval, alike.statistic, alike.pvalue) == ((0.5, 0.5), 0, 1)


# ------------------------------------------------------- weights and clusters

ANSWERS = [5, 4, 4, 2, 3, 1, 5, 5, 2, 3, 4, 4]
WEIGHTS = [1.0, 2.0, 0.5, 1.0, 3.0, 1.0, 0.2, 1.0, 1.0, 2.5, 1.0, 0.7]
CUSTOMERS = [1, 1, 2, 3, 3, 3, 4, 5, 6, 6, 7, 8]

DESIGNS: dict[str, dict[str, Any]] = {
    "weighted": {"weights": WEIGHTS},
    "clustered": {"clusters": CUSTOMERS},
    "both": {"weights": WEIGHTS, "clusters": CUSTOMERS},
    "finite": {"population": 40},
}
every_design = pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)


@every_design
def test_each_side_adds_the_variance_of_its_mean_placement(design: dict[str, Any]) -> None:
    """By the linearised variance of a mean, of the placements as scores."""
    after = Counts.of(ANSWERS, ONE_TO_FIVE, **design)

    found = ordinal_difference(after, MARCH)

    one = LinearScore(counts=after, scores=placements(MARCH))
    two = LinearScore(counts=MARCH, scores=placements(after))
    assert found.value == pytest.approx(float(one.value), rel=1e-12)
    v, w = float(one.std_error) ** 2, float(two.std_error) ** 2
    assert found.std_error == pytest.approx((v + w) ** 0.5, rel=1e-12)
    df = (v + w) ** 2 / (v**2 / float(one.df) + w**2 / float(two.df))
    t = (found.value - 0.5) / found.std_error
    assert found.pvalue == pytest.approx(2 * stats.t.sf(abs(t), df), rel=1e-9)


def test_the_variance_of_clusters_is_the_one_of_the_jackknife() -> None:
    """Leaving out one customer at a time; the linearised variance is its limit."""
    rng = np.random.default_rng(5)
    customer = np.arange(900) // 3
    mood = rng.normal(size=300)[customer]
    answers = np.clip(np.round(3 + mood + rng.normal(size=900)), 1, 5).astype(int)
    before = Counts.of([1, 2, 3, 4, 5] * 40_000, ONE_TO_FIVE)

    found = ordinal_difference(Counts.of(answers, ONE_TO_FIVE, clusters=customer), before)

    left = np.array(
        [
            ordinal_difference(Counts.of(answers[customer != c], ONE_TO_FIVE), before).value
            for c in range(300)
        ]
    )
    jackknife = (299 / 300 * ((left - left.mean()) ** 2).sum()) ** 0.5
    assert found.std_error == pytest.approx(jackknife, rel=0.01)
    assert (
        found.std_error
        > 1.2 * ordinal_difference(Counts.of(answers, ONE_TO_FIVE), before).std_error
    )


@given(data=st.data())
def test_equal_weights_and_clusters_of_one_change_nothing(data: st.DataObject) -> None:
    answers = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=30))
    plain = ordinal_difference(Counts.of(answers, ONE_TO_FIVE), MARCH)

    for design in (
        {"weights": [2.5] * len(answers)},
        {"clusters": list(range(len(answers)))},
    ):
        same = ordinal_difference(Counts.of(answers, ONE_TO_FIVE, **design), MARCH)
        for name in ("value", "std_error", "statistic", "pvalue"):
            expected = pytest.approx(getattr(plain, name), rel=1e-9, abs=1e-12, nan_ok=True)
            assert getattr(same, name) == expected
        assert tuple(same.interval) == pytest.approx(tuple(plain.interval), rel=1e-9)


def test_fitted_weights_have_the_variance_of_their_replicates() -> None:
    raking = cx.rake({"region": list("NNNSSSSSNNSS")}, {"region": {"N": 0.6, "S": 0.4}})
    after = raking.counts(ANSWERS, ONE_TO_FIVE)

    found = ordinal_difference(after, MARCH)

    one = LinearScore(counts=after, scores=placements(MARCH)).std_error
    two = LinearScore(counts=MARCH, scores=placements(after)).std_error
    assert found.std_error == pytest.approx(float(np.hypot(one, two)))


def test_separate_groups_of_clusters_count_their_clusters() -> None:
    """Newcombe's variance with 4 customers for 8 answers, and Student's t."""
    after = Counts.of([5, 5, 4, 4, 5, 5, 4, 4], ONE_TO_FIVE, clusters=[1, 1, 2, 2, 3, 3, 4, 4])
    before = Counts(ONE_TO_FIVE, [6, 0, 0, 0, 0])

    found = ordinal_difference(after, before)

    assert found.statistic == pytest.approx(0.5 / newcombe(0.5, 4, 6) ** 0.5, rel=1e-12)
    df = 3 * 7 / (7 - 3)
    assert found.pvalue == pytest.approx(2 * stats.t.sf(found.statistic, df), rel=1e-9)


def test_clusters_whose_means_are_alike_are_answers_of_their_own() -> None:
    after = Counts.of([1, 5, 5, 1, 1, 5], ONE_TO_FIVE, clusters=["a", "a", "b", "b", "c", "c"])
    before = Counts(ONE_TO_FIVE, [0, 3, 3, 3, 0])

    found = ordinal_difference(after, before)

    # Placements are 0 and 1: a variance of 1/4 · 6/5, of 3 customers; all before are at 1/2.
    assert found.std_error == pytest.approx((0.25 * 6 / 5 / 3) ** 0.5)


def test_a_census_is_certain() -> None:
    everyone = Counts.of([1, 5, 4], ONE_TO_FIVE, population=3)
    all_before = Counts.of([2, 2, 4, 1], ONE_TO_FIVE, population=4)

    known = ordinal_difference(everyone, all_before)
    half_known = ordinal_difference(everyone, MARCH)

    assert known.interval == (known.value, known.value)
    assert known.pvalue == 0
    # Only the other side has a variance.
    alone = LinearScore(counts=MARCH, scores=placements(everyone)).std_error
    assert half_known.std_error == pytest.approx(float(alone))


# ------------------------------------------------------------------------ laws


@every_method
@pytest.mark.filterwarnings("ignore::cxmetrics.errors.ZeroWidthWarning")
@given(data=st.data())
def test_a_batch_is_its_rows(method: OrdinalMethod, data: st.DataObject) -> None:
    after, before = (data.draw(batches_on(ONE_TO_FIVE)) for _ in range(2))
    compare = partial(
        ordinal_difference, method=method, confidence_level=data.draw(levels), null=0.5
    )

    together = compare(after, before)
    for i, row in enumerate(together):
        if after[i].n == 0 or before[i].n == 0:
            assert np.isnan([row.value, row.std_error, row.statistic, row.pvalue]).all()
            assert row.interval == (0, 1)
            with pytest.raises(TooFewResponsesError):
                compare(after[i], before[i])
            continue
        alone = compare(after[i], before[i])
        for name in ("value", "std_error", "statistic", "pvalue", "interval"):
            expected = pytest.approx(getattr(alone, name), rel=1e-12, abs=1e-13, nan_ok=True)
            assert getattr(row, name) == expected


@every_method
@pytest.mark.filterwarnings("ignore::cxmetrics.errors.ZeroWidthWarning")
@given(data=st.data())
def test_swapped_or_mirrored_groups_turn_the_probability_round(
    method: OrdinalMethod, data: st.DataObject
) -> None:
    after, before = (data.draw(counts_on(ONE_TO_FIVE, min_n=1)) for _ in range(2))

    there = ordinal_difference(after, before, method=method)

    for back in (
        ordinal_difference(before, after, method=method),
        ordinal_difference(after.mirrored(), before.mirrored(), method=method),
    ):
        assert back.value == pytest.approx(1 - there.value, abs=1e-12)
        assert back.std_error == pytest.approx(there.std_error, rel=1e-7, abs=1e-12, nan_ok=True)
        turned = (1 - back.interval.high, 1 - back.interval.low)
        assert turned == pytest.approx(tuple(there.interval), abs=1e-9)
        assert back.pvalue == pytest.approx(there.pvalue, rel=1e-6, abs=1e-12)


@every_method
@pytest.mark.filterwarnings("ignore::cxmetrics.errors.ZeroWidthWarning")
@given(data=st.data())
def test_the_interval_excludes_a_null_exactly_when_the_test_rejects_it(
    method: OrdinalMethod, data: st.DataObject
) -> None:
    after, before = (data.draw(counts_on(ONE_TO_FIVE, min_n=1)) for _ in range(2))
    alternative: Any = data.draw(alternatives)
    level = data.draw(levels)
    compare = partial(
        ordinal_difference,
        after,
        before,
        method=method,
        alternative=alternative,
        confidence_level=level,
    )
    found = compare()
    low, high = found.interval
    near = [limit + side * 1e-9 for limit in (low, high) for side in (-1, 1)]
    nulls = [null for null in (*near, data.draw(st.floats(0, 1))) if 0 <= null <= 1]
    null = 0.5 if method == "mann-whitney" else data.draw(st.sampled_from(nulls))
    assume(min(abs(null - low), abs(null - high)) >= 5e-10)

    assert (null < low or null > high) == (compare(null=null).pvalue < 1 - level)
    assert 0 <= low <= found.value <= high <= 1
    if alternative != "two-sided":
        assert (low if alternative == "less" else 1 - high) == 0


def test_only_the_order_counts() -> None:
    """Grouping neighbouring points that nobody chose, or another metric, changes nothing."""
    spread = ordinal_difference(
        Counts(Scale(0, 9), np.insert(APRIL.counts, range(5), 0)),
        Counts(Scale(0, 9), np.insert(MARCH.counts, range(5), 0)),
    )

    found = ordinal_difference(APRIL, MARCH)
    assert (spread.value, spread.pvalue) == pytest.approx((found.value, found.pvalue))
    assert ordinal_difference(cx.csat(APRIL), cx.mean_score(MARCH)) == found


def test_the_score_can_stay_where_the_answers_move() -> None:
    """Detractors go from 0 to 6: the NPS does not see it."""
    before = Counts.from_mapping(ZERO_TO_TEN, {0: 60, 8: 20, 10: 60})
    after = Counts.from_mapping(ZERO_TO_TEN, {6: 60, 8: 20, 10: 60})

    assert cx.difference(cx.nps(after), cx.nps(before)).value == 0
    assert ordinal_difference(after, before).interval.low > 0.5


# ------------------------------------------------------------- groups and faces


def test_groups_are_compared_over_the_union_of_their_keys() -> None:
    after = Grouped({"shop": ["N", "S"]}, Counts(ONE_TO_FIVE, [APRIL.counts, MARCH.counts]))
    before = Grouped({"shop": ["S", "W"]}, Counts(ONE_TO_FIVE, [MARCH.counts, MARCH.counts]))

    found = ordinal_difference(after, cx.csat(before))

    assert str(found).splitlines() == [
        "Probability that an answer after is higher, ties shared, 95% brunner-munzel interval",
        "shop  P(after > before)    low   high  n after  n before     p",
        "N                     –      –      –      100         0     –",  # noqa: RUF001
        "S                 0.500  0.421  0.579      100       100  1.00",
        "W                     –      –      –        0       100     –",  # noqa: RUF001
    ]
    assert found["S"].n == 100
    assert found.batch.summary().splitlines()[0] == (
        "Answers can't be compared, with 100 answers after and 0 before."
    )
    assert "Cliff&#x27;s delta" in found._repr_html_()
    assert str(found.batch).splitlines()[1].split()[0] == "P(after"
    assert found.suppress(min_n=200)["S"].interval == (0, 1)
    assert found.to_pandas()["pvalue"].isna().tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("pair", "options", "sentence"),
    [
        (
            (MARCH, APRIL),
            {},
            ("Answers moved down: higher after in 36.5% of pairs "
            "(95% CI: 29.0% to 44.0%; p < 0.001)."),
        ),
        (
            (MARCH, MARCH),
            {"null": 0.6},
            ("Answers moved neither clearly up nor down: higher after in 50.0% of pairs "
            "(95% CI: 42.1% to 57.9%; p = 0.013 for 60.0%)."),
        ),
    ],
)  # fmt: skip
def test_a_comparison_is_one_sentence(pair: Any, options: Any, sentence: str) -> None:
    assert ordinal_difference(*pair, **options).summary() == sentence


@every_method
def test_a_comparison_has_one_row_with_fixed_keys(method: OrdinalMethod) -> None:
    found = ordinal_difference(APRIL, MARCH, method=method)

    row = found.to_dict()
    assert list(row) == [
        *("null_hypothesis", "value", "std_error", "low", "high", "confidence_level"),
        *("statistic", "pvalue", "null", "alternative", "method"),
        *("cliffs_delta", "n_after", "n_before"),
    ]
    assert found.to_dicts() == [row]
    hypotheses = {
        "brunner-munzel": "P(after > before), ties shared, = 0.5",
        "logit": "P(after > before), ties shared, = 0.5",
        "mann-whitney": "answers after and before are distributed alike",
    }
    assert row["null_hypothesis"] == hypotheses[method]
    assert str(found).startswith("P(after > before) 0.635 [0.5")
    assert pickle.loads(pickle.dumps(found)) == found
    assert copy.deepcopy(found) == found


# ---------------------------------------------------------------------- errors

CLUSTERED = Counts.of(
    [5, 4, 3, 2], ONE_TO_FIVE, by=["a", "b", "a", "b"], clusters=["Ann", "Ann", "Bob", "Bob"]
)


@pytest.mark.parametrize(
    ("pair", "error", "message"),
    [
        (
            (APRIL, Counts(YES_NO, [1, 2])),
            MismatchError,
            "Can't compare answers on scale 1-5 with answers on scale 0-1.",
        ),
        (
            (Counts(NPS_GROUPS, [[1, 1, 1]]), Counts(NPS_GROUPS, [1, 1, 1])),
            MismatchError,
            "Can't compare a batch of shape (1,) with one of shape ().",
        ),
        (
            ([5, 4], APRIL),
            MismatchError,
            (
                "Both must be counts, or both grouped counts, not list and Counts.\n"
                "Hint: did you mean ordinal_difference(Counts.of(after, scale), ...)?"
            ),
        ),
        (
            (Counts.empty(ONE_TO_FIVE), APRIL),
            TooFewResponsesError,
            "`after` must have at least one response, not 0.",
        ),
        (
            (CLUSTERED["a"], CLUSTERED["b"]),
            OverlappingClustersError,
            (
                "Can't compare answers of groups that share clusters.\n"
                "Hint: did you mean to keep one answer per cluster, such as the latest?"
            ),
        ),
    ],
)
def test_what_does_not_belong_together_is_not_compared(
    pair: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        ordinal_difference(*pair)

    assert str(caught.value) == message


def test_wrong_options_are_explained() -> None:
    for options, message in (
        ({"null": 1.5}, "`null` must be between 0 and 1, not 1.5."),
        ({"method": "t"}, "`method` must be 'brunner-munzel', 'logit' or 'mann-whitney', not 't'."),
        (
            {"method": "mann-whitney", "null": 0.6},
            "`null` must be 0.5 for method='mann-whitney', not 0.6.",
        ),
    ):
        wrong: dict[str, Any] = options
        with pytest.raises(ArgumentError) as error:
            ordinal_difference(APRIL, MARCH, **wrong)
        assert str(error.value) == message


@every_design
def test_the_rank_sum_test_refuses_designs(design: dict[str, Any]) -> None:
    designed = Counts.of(ANSWERS, ONE_TO_FIVE, **design)

    with pytest.raises(ArgumentError) as error:
        ordinal_difference(APRIL, designed, method="mann-whitney")

    assert str(error.value) == (
        f"`method` must not be 'mann-whitney' for {designed.sample} answers.\n"
        "Hint: did you mean method='brunner-munzel'?"
    )
