"""Differences of groups that share customers: between independent groups and paired ones."""

from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

import cxmetrics as cx
from cxmetrics import NPS_GROUPS, ONE_TO_FIVE, YES_NO, ZERO_TO_TEN, Counts, Grouped, nps
from cxmetrics.comparisons.overlapping import overlapping_difference
from cxmetrics.comparisons.paired import paired_difference
from cxmetrics.errors import (
    ArgumentError,
    CxMetricsError,
    MismatchError,
    TooFewResponsesError,
)
from cxmetrics.summaries.pairs import PairCounts
from tests.strategies import counts_on, pairs_on

MAY, JUNE = Counts(NPS_GROUPS, [50, 80, 90]), Counts(NPS_GROUPS, [40, 80, 100])
BOTH = PairCounts(scale=NPS_GROUPS, table=[[20, 5, 5], [0, 30, 10], [0, 5, 45]])


def test_a_worked_example() -> None:
    """By hand: the variance of the difference, from the answers of everyone one by one."""
    x = np.repeat([-100, 0, 100], BOTH.after.counts)
    one, two = nps(JUNE), nps(MAY)
    before, after = np.array([-100, 0, 100])[np.array(np.nonzero(BOTH.table))]
    weights = BOTH.table[BOTH.table > 0]
    y_mean = np.average(before, weights=weights)
    covariance = np.sum(weights * (after - x.mean()) * (before - y_mean))
    variance = one.std_error**2 + two.std_error**2
    variance -= 2 * covariance / np.sqrt(220 * 219 * 220 * 219)

    found = overlapping_difference(one, two, BOTH)

    assert found.value == one.value - two.value
    assert found.std_error == pytest.approx(np.sqrt(variance), rel=1e-12)
    assert (found.method, found.metric, found.unit) == ("mover", "NPS", "points")
    assert str(found) == "NPS +9.1 points [-1.9, 19.9] (95% mover, p = 0.10, n=220 and 220)"
    assert found.summary() == (
        "NPS is 9.1 points higher, 27.3 after 18.2; the data fit anything "
        "from a fall of 1.9 to a rise of 19.9 (95% CI; p = 0.10)."
    )


@given(data=st.data())
def test_without_customers_in_both_it_is_the_difference_of_independent_groups(
    data: st.DataObject,
) -> None:
    after, before = (cx.csat(data.draw(counts_on(ONE_TO_FIVE, min_n=1))) for _ in range(2))
    null = data.draw(st.sampled_from([0, -20, 35]))
    nobody = PairCounts.empty(ONE_TO_FIVE)

    found = overlapping_difference(after, before, nobody, null=null)

    theirs = cx.difference(after, before, method="mover", null=null)
    assert tuple(found.interval) == pytest.approx(tuple(theirs.interval), rel=1e-12, abs=1e-12)
    assert found.pvalue == pytest.approx(theirs.pvalue, rel=1e-9)
    assert found.std_error == pytest.approx(theirs.std_error, rel=1e-12, nan_ok=True)


@given(pairs=pairs_on(ONE_TO_FIVE, min_n=1).filter(lambda pairs: pairs.n > 1))
def test_of_customers_who_are_all_in_both_the_standard_error_is_the_paired_one(
    pairs: PairCounts,
) -> None:
    metric = cx.mean_score
    paired = paired_difference(pairs, metric=metric)

    found = overlapping_difference(metric(pairs.after), metric(pairs.before), pairs)

    assert found.value == paired.value
    assert found.std_error**2 == pytest.approx(paired.std_error**2, rel=1e-9, abs=1e-12)
    assert found.interval.low < found.interval.high


def test_of_many_customers_who_are_all_in_both_the_interval_is_close_to_the_paired_one() -> None:
    pairs = PairCounts(scale=NPS_GROUPS, table=BOTH.table * 20)

    found = overlapping_difference(nps(pairs.after), nps(pairs.before), pairs)

    paired = paired_difference(pairs)
    assert tuple(found.interval) == pytest.approx(tuple(paired.interval), abs=0.15)
    assert found.pvalue == pytest.approx(paired.pvalue, abs=1e-4)


def test_customers_who_go_together_make_it_shorter_and_others_longer() -> None:
    same = PairCounts(scale=YES_NO, table=[[30, 0], [0, 30]])
    opposite = PairCounts(scale=YES_NO, table=[[0, 30], [30, 0]])
    everyone = cx.top_box(Counts(YES_NO, [50, 50]), top=1)
    compare = partial(overlapping_difference, everyone, everyone)

    widths = [np.ptp(compare(both).interval) for both in (same, PairCounts.empty(YES_NO), opposite)]

    assert widths == sorted(widths)
    assert len(set(widths)) == 3


def test_where_nobody_changes_there_is_width_all_the_same() -> None:
    """Of m customers the correlation counts (m - 1) / m, so the reach is that of 1/√m."""
    same = PairCounts(scale=YES_NO, table=[[8, 0], [0, 8]])
    estimate = cx.top_box(same.after, top=1)

    found = overlapping_difference(estimate, estimate, same)

    alone = cx.difference(estimate, estimate, method="mover")
    assert found.interval.high == pytest.approx(alone.interval.high / 4)
    assert (found.pvalue, found.statistic) == (1, 0)
    assert found.std_error == pytest.approx(0, abs=1e-6)


def test_groups_are_compared_over_the_union_of_their_keys() -> None:
    def grouped(**areas: Counts) -> Grouped[Counts]:
        table = np.array([counts.counts for counts in areas.values()])
        return Grouped({"area": list(areas)}, Counts(NPS_GROUPS, table))

    after, before = nps(grouped(a=JUNE, b=JUNE)), nps(grouped(a=MAY, c=MAY))
    both = Grouped({"area": ["a"]}, PairCounts(scale=NPS_GROUPS, table=BOTH.table[None]))

    found = overlapping_difference(after, before, both)

    assert list(found) == ["a", "b", "c"]
    alone = overlapping_difference(nps(JUNE), nps(MAY), BOTH)
    assert tuple(found["a"].interval) == pytest.approx(tuple(alone.interval), rel=1e-12)
    assert np.isnan([found["b"].value, found["c"].pvalue]).all()


# ---------------------------------------------------------------------- errors

BATCH = Counts(NPS_GROUPS, np.array([MAY.counts, [0, 0, 9]]))
BY_AREA = Grouped({"area": ["a", "b"]}, BATCH)
PAIRS_BY_AREA = Grouped(
    {"area": ["a", "b"]}, PairCounts(scale=NPS_GROUPS, table=[np.zeros((3, 3)), np.eye(3) * 3])
)


@pytest.mark.parametrize(
    ("after", "before", "both", "error", "message"),
    [
        (
            nps(Counts(NPS_GROUPS, [29, 80, 90])),
            nps(MAY),
            PairCounts(scale=NPS_GROUPS, table=[[20, 5, 5], [10, 0, 0], [0, 0, 0]]),
            MismatchError,
            "`both` must not have more answers -1 than `after`, not 30 for 29.",
        ),
        (
            nps(JUNE),
            nps(Counts(NPS_GROUPS, [50, 80, 1])),
            BOTH,
            MismatchError,
            "`both` must not have more answers 1 than `before`, not 50 for 1.",
        ),
        (
            nps(BY_AREA),
            nps(BY_AREA),
            PAIRS_BY_AREA,
            MismatchError,
            "`both` must not have more answers -1 than `after`, not 3 for 0 in 'b'.",
        ),
        (
            nps(BATCH),
            nps(BATCH),
            PAIRS_BY_AREA.batch,
            MismatchError,
            "`both` must not have more answers -1 than `after`, not 3 for 0 in 1.",
        ),
        (
            nps(BATCH),
            nps(BATCH),
            BOTH,
            MismatchError,
            "`both` must have the shape of the estimates, not () for (2,).",
        ),
        (
            nps(JUNE),
            nps(MAY),
            PairCounts.empty(ZERO_TO_TEN),
            MismatchError,
            "`both` must be on scale detractor / passive / promoter, not 0-10.",
        ),
        (
            nps(JUNE),
            nps(MAY),
            JUNE,
            MismatchError,
            "`both` must be PairCounts, not Counts.",
        ),
        (
            nps(BY_AREA),
            nps(BY_AREA),
            BOTH,
            MismatchError,
            "`both` must be grouped PairCounts, not PairCounts.",
        ),
        (
            nps(BY_AREA),
            nps(BY_AREA),
            Grouped({"area": ["a", "x"]}, PAIRS_BY_AREA.batch),
            MismatchError,
            "`both` must have groups of the estimates only, not 'x'.",
        ),
        (
            nps(BY_AREA),
            nps(BY_AREA),
            Grouped({"year": ["a", "b"]}, PAIRS_BY_AREA.batch),
            MismatchError,
            "Both must be grouped by area, not year.",
        ),
        (
            nps(Counts.of([9, 10], ZERO_TO_TEN, weights=[1, 2])),
            nps([9, 10]),
            PairCounts.empty(ZERO_TO_TEN),
            MismatchError,
            "`after` must have answers without a design, not weighted ones.",
        ),
        (
            nps([9, 10]),
            nps(Counts.of([9, 10], ZERO_TO_TEN, population=5)),
            PairCounts.empty(ZERO_TO_TEN),
            MismatchError,
            "`before` must have answers without a design, not finite-population ones.",
        ),
        (nps(JUNE), cx.csat([5]), BOTH, MismatchError, "Can't subtract CSAT from NPS."),
        (
            nps(JUNE),
            nps(Counts(NPS_GROUPS, [[0, 0, 0]]))[0],
            BOTH,
            TooFewResponsesError,
            "`before` must have at least one response, not 0.",
        ),
    ],
)
def test_what_does_not_fit_together_is_explained(
    after: Any, before: Any, both: Any, error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as raised:
        overlapping_difference(after, before, both)

    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"null": -201}, "`null` must be between -200 and 200, not -201."),
        (
            {"alternative": "up"},
            "`alternative` must be 'two-sided', 'less' or 'greater', not 'up'.",
        ),
        ({"confidence_level": 1}, "`confidence_level` must be strictly between 0 and 1, not 1."),
    ],
)
def test_wrong_options_are_explained(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        overlapping_difference(nps(JUNE), nps(MAY), BOTH, **options)

    assert str(error.value) == message


# ---------------------------------------------------------------------- coverage

PROFILES = {"typical": (0.2, 0.3, 0.5), "excellent": (0.02, 0.08, 0.9), "polar": (0.5, 0, 0.5)}


@pytest.mark.slow
@pytest.mark.parametrize("both", [0, 10, 18])
@pytest.mark.parametrize(("after", "before"), list(product(PROFILES, repeat=2)))
def test_intervals_keep_their_level_where_half_the_customers_are_in_both(
    after: str, before: str, both: int
) -> None:
    """4,000 surveys of 20 and 20 answers; latent answers of a customer correlate by 0.6."""
    rng, surveys, n = np.random.default_rng(7), 4_000, 20
    shares = np.array([PROFILES[after], PROFILES[before]])
    latent = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], (surveys, both))
    cuts = ndtri(np.cumsum(shares, axis=1)[:, :-1])
    points = (latent[..., None] > cuts).sum(axis=-1)
    table = np.zeros((surveys, 3, 3), np.int64)
    np.add.at(table, (np.arange(surveys)[:, None], points[..., 1], points[..., 0]), 1)
    pairs = PairCounts(scale=NPS_GROUPS, table=table)
    one, two = (
        nps(side + Counts(NPS_GROUPS, rng.multinomial(n - both, share, surveys)))
        for side, share in zip((pairs.after, pairs.before), shares, strict=True)
    )

    low, high = overlapping_difference(one, two, pairs).interval

    truth = 100 * np.diff(shares[:, [0, 2]]).ravel() @ [1, -1]
    assert np.mean((low <= truth + 1e-9) & (truth - 1e-9 <= high)) >= 0.93
