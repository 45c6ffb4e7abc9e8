"""Paired differences against published values, other libraries and all sign flips one by one."""

from functools import partial
from itertools import product
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import gammaln
from scipy.stats import ttest_rel
from statsmodels.stats.contingency_tables import mcnemar

import cxmetrics as cx
from cxmetrics import ONE_TO_FIVE, YES_NO, ZERO_TO_TEN, Counts, Grouped, Scale, nps
from cxmetrics._typing import Alternative, PairedMethod
from cxmetrics.comparisons.paired import paired_difference
from cxmetrics.errors import (
    ArgumentError,
    MismatchError,
    ScaleError,
    TooFewResponsesError,
    ZeroWidthWarning,
)
from cxmetrics.summaries.pairs import PairCounts
from tests.strategies import pairs_on

METHODS: tuple[PairedMethod, ...] = get_args(PairedMethod)

box = partial(cx.top_box, top=1)
every_alternative = pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])


def table(rose: int, fell: int, n: int) -> PairCounts:
    """Answers of yes and no: so many changed from no to yes, and from yes to no."""
    return PairCounts(scale=YES_NO, table=[[n - rose - fell, rose], [fell, 0]])


# ---------------------------------------------------------------------- published values

FISCHER = np.array(
    [[1, 0, 1, 0, 0], [0, 2, 8, 4, 4], [1, 1, 31, 14, 11], [1, 0, 15, 9, 12], [0, 0, 2, 1, 3]]
)
SCORES = (8, 3.5, 0, -3.5, -8)


def fischer(method: PairedMethod = "score", **options: Any) -> cx.Difference:
    """121 pairs on five ordered points, rows less columns (Fischer 1999)."""
    pairs = PairCounts(scale=ONE_TO_FIVE, table=FISCHER.T)
    metric = partial(cx.linear_score, scores=SCORES)
    return paired_difference(pairs, metric=metric, method=method, **options)


@pytest.mark.parametrize(
    ("method", "limits", "pvalue"),
    [
        ("score", (0.91547112327, 2.46718894475), 3.4431118e-4),
        ("t", (0.92375820929, 2.46467154278), 2.83204173e-5),
        ("sign-flip", (0.88429752066, 2.50413223140), 2.80378132e-5),
    ],
)
def test_values_of_five_ordered_points(
    method: PairedMethod, limits: tuple[float, float], pvalue: float
) -> None:
    """d = 205/121; a second program has .91547 to 2.46719 (score) and p = 2.8038e-5 (flips)."""
    found = fischer(method)

    assert found.value == pytest.approx(205 / 121, rel=1e-14)
    assert found.std_error == pytest.approx(0.3891332063, rel=1e-9)
    assert tuple(found.interval) == pytest.approx(limits, rel=1e-10)
    assert found.pvalue == pytest.approx(pvalue, rel=1e-8)


def test_the_statistic_of_sign_flips_is_that_of_the_null_variance() -> None:
    """Published limits with the variance under the null: .8769 and 2.5115."""
    found = fischer("sign-flip")

    half = 1.959963984540054 * found.value / found.statistic
    assert found.value - half == pytest.approx(0.8769, abs=5e-5)
    assert found.value + half == pytest.approx(2.5115, abs=5e-5)


@pytest.mark.parametrize(
    ("rose", "fell", "n", "level", "limits"),
    [
        (1, 7, 21, 0.95, (-0.5172, -0.0260)),  # Fagerland et al. (2014)
        (6, 16, 161, 0.95, (-0.1240, -0.0054)),
        (16, 8, 86, 0.95, (-0.020, 0.207)),  # Agresti & Min (2005)
        (9, 3, 32, 0.95, (-0.027, 0.390)),  # Tango (1998)
        (0, 1, 44, 0.90, (-0.096, 0.037)),
    ],
)
def test_on_two_points_the_score_interval_is_tangos(
    rose: int, fell: int, n: int, level: float, limits: tuple[float, float]
) -> None:
    found = paired_difference(table(rose, fell, n), metric=box, confidence_level=level)

    digits = 5.1e-5 if (rose + fell, n) in {(8, 21), (22, 161)} else 5.1e-4
    assert tuple(np.divide(found.interval, 100)) == pytest.approx(limits, abs=digits)
    assert found.unit == "percentage points"


def test_on_two_points_the_adjusted_interval_is_that_of_bonett_and_price() -> None:
    """-.5084 to -.0134 (Fagerland et al. 2014)."""
    found = paired_difference(table(1, 7, 21), metric=box, method="adjusted")

    assert tuple(found.interval) == pytest.approx((-50.84, -1.34), abs=5e-3)
    assert found.value == pytest.approx(-600 / 21)


@given(rose=st.integers(0, 40), fell=st.integers(0, 40), alike=st.integers(0, 60))
def test_on_two_points_the_score_test_is_mcnemars(rose: int, fell: int, alike: int) -> None:
    if rose + fell == 0:
        return
    found = paired_difference(table(rose, fell, rose + fell + alike), metric=box)

    theirs = mcnemar([[0, rose], [fell, alike]], exact=False, correction=False)
    assert found.statistic**2 == pytest.approx(theirs.statistic, rel=1e-10, abs=1e-12)
    assert found.pvalue == pytest.approx(theirs.pvalue, rel=1e-9)


@given(rose=st.integers(0, 40), fell=st.integers(0, 40), alike=st.integers(1, 60))
def test_on_two_points_sign_flips_are_the_exact_test_of_mcnemar(
    rose: int, fell: int, alike: int
) -> None:
    pairs = table(rose, fell, rose + fell + alike)

    found = paired_difference(pairs, metric=box, method="sign-flip")

    theirs = mcnemar([[0, rose], [fell, alike]], exact=True)
    assert found.pvalue == pytest.approx(theirs.pvalue, rel=1e-10)


def test_the_exact_test_of_mcnemar_by_hand() -> None:
    """2 (1 + 8) / 2**8."""
    found = paired_difference(table(1, 7, 21), metric=box, method="sign-flip")

    assert found.pvalue == pytest.approx(0.0703125, rel=1e-12)
    assert tuple(found.interval) == pytest.approx((-1200 / 21, 0), abs=1e-12)


# ---------------------------------------------------------------------- other computations


@given(data=st.data())
@every_alternative
def test_t_is_the_paired_one_of_scipy(alternative: Alternative, data: st.DataObject) -> None:
    answers = st.lists(st.integers(1, 5), min_size=8, max_size=8)
    after, before = data.draw(answers), data.draw(answers)
    if len(set(np.subtract(after, before))) == 1:
        return
    found = paired_difference(
        after,
        before,
        metric=cx.mean_score,
        scale=ONE_TO_FIVE,
        method="t",
        alternative=alternative,
        confidence_level=0.9,
    )

    theirs = ttest_rel(after, before, alternative=alternative)
    low, high = theirs.confidence_interval(0.9)
    assert found.statistic == pytest.approx(theirs.statistic, rel=1e-10, abs=1e-12)
    assert found.pvalue == pytest.approx(theirs.pvalue, rel=1e-9)
    # Quantiles of scipy 1.15 have ten digits only.
    assert found.interval.low == pytest.approx(max(low, -4), abs=1e-10)
    assert found.interval.high == pytest.approx(min(high, 4), abs=1e-10)


@given(pairs=pairs_on(ZERO_TO_TEN, min_n=1, most=3).filter(lambda pairs: pairs.n <= 9))
@every_alternative
def test_sign_flips_are_all_enumerated(alternative: Alternative, pairs: PairCounts) -> None:
    """Every flip by itself; the interval is the mean change less the quantiles of all."""
    before, after = np.nonzero(pairs.table)
    scores = np.array([-100] * 7 + [0] * 2 + [100] * 2)
    changes = np.repeat(scores[after] - scores[before], pairs.table[before, after])
    sums = np.array([np.dot(s, changes) for s in product([-1, 1], repeat=len(changes))])
    greater, less = np.mean(sums >= changes.sum()), np.mean(sums <= changes.sum())

    found = paired_difference(pairs, method="sign-flip", alternative=alternative)

    p = {"less": less, "greater": greater, "two-sided": min(1, 2 * min(less, greater))}
    assert found.pvalue == pytest.approx(p[alternative], rel=1e-12)
    tail = 0.025 if alternative == "two-sided" else 0.05
    critical = max(s for s in sums if np.mean(sums >= s) >= tail)
    reach = np.inf if critical == sums.max() else critical
    low, high = np.clip((changes.sum() + np.array([-reach, reach])) / len(changes), -200, 200)
    if alternative != "less":
        assert found.interval.low == pytest.approx(low, abs=1e-9)
    if alternative != "greater":
        assert found.interval.high == pytest.approx(high, abs=1e-9)


def test_tangos_limits_solve_his_equation() -> None:
    """The closed root of his quadratic, at 9, 3 and 32."""
    b, c, n = 9, 3, 32

    def statistic(delta: float) -> float:
        first = -b - c + (2 * n - b + c) * delta
        root = np.sqrt(first**2 - 8 * n * (-c * delta * (1 - delta)))
        q = (root - first) / (4 * n)
        return float((b - c - n * delta) / np.sqrt(n * (2 * q + delta * (1 - delta))))

    z = 1.959963984540054
    theirs = [brentq(lambda d, t=t: statistic(d) - t, -0.9, 0.9, xtol=1e-15) for t in (z, -z)]
    found = paired_difference(table(b, c, n), metric=box)
    assert tuple(found.interval) == pytest.approx(tuple(np.multiply(100, theirs)), rel=1e-9)
    tested = paired_difference(table(b, c, n), metric=box, null=10)
    assert tested.statistic == pytest.approx(statistic(0.1), rel=1e-10)


@given(
    rows=st.lists(st.integers(0, 9), min_size=5, max_size=5).filter(any),
    columns=st.lists(st.integers(0, 9), min_size=5, max_size=5).filter(any),
)
def test_answers_without_any_connection_are_as_two_independent_groups(
    rows: list[int], columns: list[int]
) -> None:
    """Where the table is the product of its margins, both standard errors are one."""
    pairs = PairCounts(scale=ONE_TO_FIVE, table=np.outer(rows, columns))
    if pairs.n == 1:
        return
    after, before = cx.mean_score(pairs.after), cx.mean_score(pairs.before)
    if after.std_error + before.std_error < 1e-6:
        return

    found = paired_difference(pairs, metric=cx.mean_score, method="t")

    theirs = cx.difference(after, before, method="welch")
    assert found.value == theirs.value
    assert found.std_error == pytest.approx(theirs.std_error, rel=1e-9)
    assert found.statistic == pytest.approx(theirs.statistic, rel=1e-9, abs=1e-9)


@given(pairs=pairs_on(ZERO_TO_TEN, min_n=1))
def test_only_changes_of_the_score_matter(pairs: PairCounts) -> None:
    """A passive who answers 7 and then 8 has not changed."""
    ends = {"detractor": (0, 6), "passive": (7, 8), "promoter": (9, 10)}
    groups = PairCounts(scale=cx.NPS_GROUPS, table=pairs.migration(ends).table)

    one, two = paired_difference(pairs), paired_difference(groups)

    assert tuple(one.interval) == tuple(two.interval)
    assert (one.statistic, one.pvalue) == (two.statistic, two.pvalue)


def test_changes_that_differ_by_rounding_are_one() -> None:
    """0.3 - 0.2 is not 0.2 - 0.1 in floats; the closed form of three changes knows no others."""
    scale = Scale(1, 4)
    pairs = PairCounts(scale=scale, table=np.arange(16).reshape(4, 4))
    tenths = partial(cx.linear_score, scores=(0.1, 0.2, 0.3, 0.4))

    for method in METHODS:
        one = paired_difference(pairs, metric=tenths, method=method)
        ten = paired_difference(pairs, metric=cx.mean_score, method=method)

        assert np.multiply(10, one.interval) == pytest.approx(tuple(ten.interval), rel=1e-10)
        assert one.pvalue == pytest.approx(ten.pvalue, rel=1e-9)


# ---------------------------------------------------------------------- results

AFTER = [8, 9, 9, 6, 10, 9, 7, 10, 9, 2, 9, 7, None, 5]
BEFORE = [6, 9, 8, 3, 10, 7, 5, 9, 8, 2, 7, 6, 4, None]


def test_raw_answers_are_their_pairs() -> None:
    pairs = PairCounts.of(after=AFTER, before=BEFORE, scale=ZERO_TO_TEN)

    found = paired_difference(AFTER, BEFORE)

    assert found == paired_difference(pairs)
    assert (found.n, found.after.n_missing, found.metric, found.unit) == (12, 2, "NPS", "points")
    assert (found.after, found.before) == (nps(pairs.after), nps(pairs.before))
    assert found.summary() == (
        "NPS is 58.3 points higher, 41.7 after -16.7; the data fit anything "
        "from a fall of 4.3 to a rise of 92.7 (95% CI; p = 0.061)."
    )


def test_the_scale_and_the_cut_points_are_those_of_the_metric() -> None:
    faces = partial(nps, detractors=(1, 3), promoters=(5, 5))

    found = paired_difference([5, 5, 4, 99], [3, 5, 5, 2], metric=faces, missing=[99])
    boxes = paired_difference([1, 1, 0], [0, 1, 0], metric=box, scale=YES_NO)

    assert (found.value, found.n, found.after.n_missing) == (pytest.approx(100 / 3), 3, 1)
    assert found.after.score.counts.scale == ONE_TO_FIVE
    assert boxes.value == pytest.approx(100 / 3)


def test_groups_are_compared_together() -> None:
    segment = {"segment": ["a", "b"] * 7}
    pairs = PairCounts.of(after=AFTER, before=BEFORE, scale=ZERO_TO_TEN, by=segment)

    found = paired_difference(pairs, confidence_level=0.9)

    assert isinstance(found, Grouped)
    assert str(found).splitlines() == [
        "Change of NPS in points, 90% score interval",
        "segment  change    low   high  after  before  n after  n before     p",
        "a          83.3   -4.7  119.6   66.7   -16.7        6         6  0.11",
        "b          33.3  -39.2   85.1   16.7   -16.7        6         6  0.32",
    ]
    alone = paired_difference(pairs["a"], confidence_level=0.9)
    assert (found["a"].value, found["a"].n) == (alone.value, 6)


def test_no_groups_have_no_differences() -> None:
    pairs = PairCounts.of(after=[], before=[], scale=ZERO_TO_TEN, by=[])

    for method in METHODS:
        assert len(paired_difference(pairs, method=method)) == 0


def test_one_pair_is_no_error() -> None:
    score, adjusted, t, flips = (paired_difference([10], [2], method=m) for m in METHODS)

    assert -200 < score.interval.low < 0
    assert score.interval.high == score.value == 200
    assert adjusted.interval.low < 0 < adjusted.interval.high
    assert (t.interval, t.pvalue) == (flips.interval, flips.pvalue) == ((-200, 200), 1)
    assert np.isnan(score.std_error)


def test_where_nobody_changes_only_t_has_no_width() -> None:
    answers = [9, 10, 3, 8]

    score = paired_difference(answers, answers)
    adjusted = paired_difference(answers, answers, method="adjusted")
    flips = paired_difference(answers, answers, method="sign-flip")
    with pytest.warns(ZeroWidthWarning):
        t = paired_difference(answers, answers, method="t")

    assert score.interval.low == pytest.approx(-score.interval.high)
    assert 0 < adjusted.interval.high < score.interval.high
    assert (t.interval, t.pvalue) == ((0, 0), 1)
    assert (flips.interval, flips.statistic, flips.pvalue) == ((-200, 200), 0, 1)


# ---------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (
            ([9, 10], [9]),
            {},
            MismatchError,
            "`before` must have one answer for each in `after`, not 1 for 2.",
        ),
        (
            ([9, 10], [9, 11]),
            {},
            ScaleError,
            (
                "In `before`: Each response must be on scale 0-10, not 11 "
                "(1 of 2, first at position 1).\n"
                "Hint: if 11 means no answer, did you mean missing=[11]?"
            ),
        ),
        (
            ([9, None], [None, 3]),
            {},
            TooFewResponsesError,
            "There must be at least one customer with both answers, not 0 (2 incomplete).",
        ),
        (
            (PairCounts.empty(ZERO_TO_TEN),),
            {},
            TooFewResponsesError,
            "There must be at least one customer with both answers, not 0.",
        ),
        (
            (PairCounts(scale=ONE_TO_FIVE, table=FISCHER),),
            {},
            MismatchError,
            (
                "`counts` must be on scale 0-10, not 1-5.\n"
                "Hint: did you mean to give detractors= and promoters=?"
            ),
        ),
        (
            ([9, 10],),
            {},
            ArgumentError,
            (
                "`before` must be given for raw answers.\n"
                "Hint: did you mean paired_difference(after, before)?"
            ),
        ),
        (
            ([9, 10], [3, 4]),
            {"metric": cx.mean_score},
            ArgumentError,
            "`scale` must be given for raw answers.\nHint: did you mean scale=ONE_TO_FIVE?",
        ),
        (
            (PairCounts.empty(ZERO_TO_TEN), [1]),
            {},
            ArgumentError,
            (
                "`before`, `scale` and `missing` must be given where pairs are counted, "
                "not with PairCounts."
            ),
        ),
        (
            (PairCounts.empty(ZERO_TO_TEN),),
            {"scale": ZERO_TO_TEN},
            ArgumentError,
            (
                "`before`, `scale` and `missing` must be given where pairs are counted, "
                "not with PairCounts."
            ),
        ),
        (
            (PairCounts.empty(ZERO_TO_TEN),),
            {"missing": [99]},
            ArgumentError,
            (
                "`before`, `scale` and `missing` must be given where pairs are counted, "
                "not with PairCounts."
            ),
        ),
        (
            (nps([9]), nps([9])),
            {},
            MismatchError,
            (
                "`after` must be answers or PairCounts, not Estimate, which does not know "
                "who answered what.\n"
                "Hint: did you mean PairCounts.of(after=..., before=..., scale=...)?"
            ),
        ),
        (
            (Counts.empty(ZERO_TO_TEN), Counts.empty(ZERO_TO_TEN)),
            {},
            MismatchError,
            (
                "`after` must be answers or PairCounts, not Counts, which does not know "
                "who answered what.\n"
                "Hint: did you mean PairCounts.of(after=..., before=..., scale=...)?"
            ),
        ),
        (
            (PairCounts.of(after=[9], before=[9], scale=ZERO_TO_TEN),),
            {"metric": lambda counts: counts.n},
            ArgumentError,
            "`metric` must make an Estimate from Counts, not int.",
        ),
    ],
)
def test_what_is_no_pair_of_answers_is_explained(
    arguments: tuple[Any, ...], options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        paired_difference(*arguments, **options)

    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"method": "welch"},
            "`method` must be 'score', 'adjusted', 't' or 'sign-flip', not 'welch'.",
        ),
        (
            {"method": "sign-flip", "null": 5},
            "`null` must be 0 for method='sign-flip', not 5.",
        ),
        ({"null": 201}, "`null` must be between -200 and 200, not 201."),
        (
            {"alternative": "up"},
            "`alternative` must be 'two-sided', 'less' or 'greater', not 'up'.",
        ),
        ({"confidence_level": 1}, "`confidence_level` must be strictly between 0 and 1, not 1."),
    ],
)
def test_wrong_options_are_explained(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        paired_difference([9, 10], [3, 4], **options)

    assert str(error.value) == message


# ---------------------------------------------------------------------- coverage


@pytest.mark.parametrize(
    ("method", "least", "mean"),
    [("score", 0.92, 0.95), ("adjusted", 0.90, 0.95), ("sign-flip", 0.93, 0.97)],
)
def test_intervals_keep_their_level_in_all_tables_of_twenty_customers(
    method: PairedMethod, least: float, mean: float
) -> None:
    """Exact coverage, over shares of those who rise and who fall of 5 % and more."""
    n = 20
    rose, fell = np.array([(r, f) for r in range(n + 1) for f in range(n + 1 - r)]).T
    tables = np.array([[n - rose - fell, rose], [fell, 0 * fell]]).transpose(2, 0, 1)
    found = paired_difference(
        PairCounts(scale=YES_NO, table=tables), metric=box, method=method
    ).interval
    ways = gammaln(n + 1) - gammaln(rose + 1) - gammaln(fell + 1) - gammaln(n - rose - fell + 1)
    coverages = []
    for up, down in product(np.arange(0.05, 0.95, 0.05), repeat=2):
        if up + down < 0.99:
            logs = rose * np.log(up) + fell * np.log(down)
            p = np.exp(ways + logs + (n - rose - fell) * np.log(1 - up - down))
            covers = (found.low <= 100 * (up - down)) & (100 * (up - down) <= found.high)
            coverages.append(p @ covers)

    assert min(coverages) >= least
    assert np.mean(coverages) >= mean
