import copy
import pickle
from datetime import date
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics import Counts, Grouped, SegmentComparison, compare_segments
from cxmetrics.comparisons.equality import equality_test
from cxmetrics.comparisons.families import Adjustment
from cxmetrics.errors import (
    ArgumentError,
    CxMetricsError,
    MismatchError,
    OverlappingClustersError,
    UnknownKeyError,
)
from tests.strategies import batches_on, close, scales

GROUPS = Counts(cx.NPS_GROUPS, [[20, 30, 50], [10, 20, 70], [3, 5, 12]])
SHOPS = cx.nps(Grouped({"shop": ["N", "S", "W"]}, GROUPS))
AREAS = cx.nps(cx.datasets.airport()["recommend"].total(over="flight").select(year=2018))
VERSUS = ("rest", "pairs", "previous", 0)
ADJUSTMENTS = get_args(Adjustment)
AGREEING: tuple[Adjustment, ...] = ("single-step", "none")


def grouped_means(data: st.DataObject, rows: int = 4) -> Grouped[cx.Estimate]:
    batch = data.draw(scales(max_size=6).flatmap(lambda scale: batches_on(scale, rows=rows)))
    return cx.mean_score(Grouped({"segment": range(rows)}, batch))


def test_worked_example() -> None:
    """Groups (20, 30, 50), (10, 20, 70), (3, 5, 12): X² = 8.11678 · 199/200... with N = 220.

    The common score is .445036 and X² 8.07989 (p = .01760), by an independent program.
    """
    compared = compare_segments(SHOPS)

    assert compared.overall.statistic == pytest.approx(8.07989, abs=5e-6)
    assert compared.overall.pvalue == pytest.approx(0.01760, abs=5e-6)
    assert str(compared.overall) == (
        "NPS is the same in 3 groups: p = 0.018 (score, statistic 8.08)"
    )
    alone = cx.difference(cx.nps(GROUPS[0]), cx.nps(GROUPS[1] + GROUPS[2]))
    assert compared["N"].value == pytest.approx(alone.value)
    assert compared["N"].pvalue == pytest.approx(1 - (1 - alone.pvalue) ** 3)
    assert compared.raw_pvalues[0] == pytest.approx(alone.pvalue)


@given(data=st.data())
def test_two_groups_are_one_difference(data: st.DataObject) -> None:
    estimates = grouped_means(data, rows=2)
    after, before = estimates[1], estimates[0]
    span = np.ptp(after.basis.bounds)
    assume(after.n > 0 and before.n > 0)
    alone = cx.difference(after, before)

    for versus in ("previous", 0):
        [compared] = compare_segments(estimates, versus=versus).values()
        assert compared.pvalue == pytest.approx(alone.pvalue, rel=1e-6, abs=1e-9)
        assert tuple(compared.interval) == close(tuple(alone.interval), 1e3 * span)
    for adjust in ADJUSTMENTS:
        compared = compare_segments(estimates, adjust=adjust)[1]
        assert compared.value == pytest.approx(alone.value, abs=1e-9)
        assert compared.pvalue == pytest.approx(alone.pvalue, rel=1e-6, abs=1e-9)
        assert tuple(compared.interval) == close(tuple(alone.interval), 1e3 * span)
    overall = equality_test(estimates.batch)
    if np.isfinite(alone.statistic):
        assert overall.statistic == pytest.approx(alone.statistic**2, rel=1e-6, abs=1e-9)


@given(data=st.data(), versus=st.sampled_from(VERSUS), adjust=st.sampled_from(AGREEING))
def test_an_interval_excludes_zero_exactly_when_the_adjusted_test_rejects(
    data: st.DataObject, versus: Any, adjust: Adjustment
) -> None:
    estimates = grouped_means(data)
    compared = compare_segments(estimates, versus=versus, adjust=adjust).batch
    low, high = compared.interval
    span = np.ptp(estimates.batch.basis.bounds)

    decided = ~np.isnan(compared.value) & (np.minimum(np.abs(low), np.abs(high)) > 1e-7 * span)
    excludes = (np.asarray(low) > 0) | (np.asarray(high) < 0)
    rejects = np.asarray(compared.pvalue) < 0.05
    assert np.array_equal(excludes[decided], rejects[decided])


@given(data=st.data(), versus=st.sampled_from(VERSUS), adjust=st.sampled_from(ADJUSTMENTS))
def test_adjusting_widens_and_empty_groups_stay(
    data: st.DataObject, versus: Any, adjust: Adjustment
) -> None:
    estimates = grouped_means(data)
    compared = compare_segments(estimates, versus=versus, adjust=adjust)
    single = compare_segments(estimates, versus=versus, adjust="none")

    assert list(compared) == list(single)
    span = np.ptp(estimates.batch.basis.bounds)
    known = ~np.isnan(single.batch.value)
    assert np.array_equal(known, ~np.isnan(compared.batch.pvalue))
    assert (compared.batch.pvalue >= compared.raw_pvalues - 1e-12)[known].all()
    assert (compared.batch.interval.low <= single.batch.interval.low + 1e-9 * span).all()
    assert (compared.batch.interval.high >= single.batch.interval.high - 1e-9 * span).all()
    assert compared.batch.confidence_level == 0.95


@given(data=st.data())
def test_the_effect_against_the_total_is_the_smaller_one(data: st.DataObject) -> None:
    estimates = grouped_means(data)
    counts = estimates.batch.score.counts
    assume(np.any(counts.counts))
    total = cx.mean_score(Counts(counts.scale, counts.counts.sum(axis=0)))

    compared = compare_segments(estimates).versus_total()

    known = ~np.isnan(compared.batch.value)
    expected = np.asarray(estimates.batch.value - total.value)
    assert np.asarray(compared.batch.value)[known] == pytest.approx(expected[known], abs=1e-9)


@given(data=st.data())
def test_turning_the_scale_turns_the_differences(data: st.DataObject) -> None:
    estimates = grouped_means(data)
    counts = estimates.batch.score.counts
    turned = cx.mean_score(Grouped(estimates.columns, counts.mirrored()))

    one, two = compare_segments(estimates), compare_segments(turned)

    span = np.ptp(estimates.batch.basis.bounds)
    assert one.batch.value == close(-two.batch.value, span)
    assert one.batch.interval.low == close(-two.batch.interval.high, span)
    assert one.overall.statistic == pytest.approx(two.overall.statistic, rel=1e-6, abs=1e-9)


def test_weights_and_clusters_go_through() -> None:
    by = ["a"] * 6 + ["b"] * 6 + ["c"] * 6
    answers = [10, 9, 10, 8, 9, 3] * 2 + [1, 2, 3, 9, 10, 2]
    customers = [f"{shop}{i // 2}" for i, shop in enumerate(by)]
    counts = Counts.of(answers, cx.ZERO_TO_TEN, by=by, clusters=customers)
    compared = compare_segments(cx.nps(counts))

    rest = counts["a"] + counts["b"]
    alone = cx.difference(cx.nps(counts["c"]), cx.nps(rest))
    assert compared.raw_pvalues[2] == pytest.approx(alone.pvalue, rel=1e-9)
    assert compared.overall.statistic == pytest.approx(3.0111877683948145)
    crossing = Counts.of(answers, cx.ZERO_TO_TEN, by=by, clusters=list(range(9)) * 2)
    with pytest.raises(OverlappingClustersError):
        compare_segments(cx.nps(crossing))


def test_groups_that_share_clusters_are_refused_even_if_no_two_of_them_are_compared() -> None:
    """Ann is in a and c, which are not neighbours; the test of all groups has both."""
    customers = ["Ann", "Bob", "Eve", "Ivo", "Ann", "Joy"]
    counts = Counts.of([1, 0, 1, 1, 0, 1], cx.YES_NO, by=[*"aabbcc"], clusters=customers)

    with pytest.raises(OverlappingClustersError) as error:
        compare_segments(cx.top_box(counts, top=1), versus="previous")
    message = "Can't compare Top-1 box of groups that share clusters."
    assert str(error.value).startswith(message)


def test_what_is_the_same_everywhere_does_not_differ() -> None:
    alike = cx.nps(Grouped({"shop": ["N", "S"]}, Counts(cx.NPS_GROUPS, [[0, 0, 5], [0, 0, 9]])))

    assert compare_segments(alike).overall.statistic == 0
    assert compare_segments(alike).overall.pvalue == 1
    empty = cx.nps(Grouped({"shop": ["N", "S"]}, Counts(cx.NPS_GROUPS, [[0, 0, 0], [0, 0, 9]])))
    nothing = compare_segments(empty, versus="pairs")
    assert np.isnan(nothing.overall.pvalue)
    assert np.isnan(nothing.batch.pvalue).all()
    assert nothing.letters() == {"S": "a", "N": "a"}


def test_faces() -> None:
    compared = compare_segments(AREAS, versus="pairs").ranked()

    assert str(compared).splitlines()[:6] == [
        "Change of NPS in points, 95% score interval,",
        "versus each other; p-values: Tukey, intervals: Tukey",
        "NPS is the same in 7 groups: p < 0.001 (score, statistic 33.89)",
        "boarding_area  versus  change    low   high  after  before  n after  n before        p",
        "E              G         22.1    2.1   39.6   51.0    28.8      157       503    0.021",
        "E              F         15.1   -5.3   33.1   51.0    35.9      157       407     0.28",
    ]
    assert compared["A", "E"].summary().startswith("NPS fell by 31.3 points, from 51.0 to 19.7")
    assert compared.letters()["E"] == "a"
    assert compare_segments(AREAS, versus="A", adjust="holm").summary() == (
        "NPS is the same in 7 groups: p < 0.001 (score, statistic 33.89).\n"
        "3 of 6 comparisons with 'A' show a difference (p-values: Holm, intervals: Bonferroni)."
    )
    rest = compare_segments(AREAS, adjust="bh")
    assert (rest.versus, rest.adjust, rest.interval_kind) == ("rest", "bh", "separate")
    assert rest.to_pandas().columns[:3].tolist() == ["boarding_area", "metric", "unit"]
    for made in (pickle.loads(pickle.dumps(rest)), copy.deepcopy(rest)):
        assert isinstance(made, SegmentComparison)
        assert made == rest
        assert made.overall == rest.overall


def test_small_groups_are_marked() -> None:
    counts = Counts(cx.NPS_GROUPS, [[2, 3, 4], [10, 20, 70], [30, 50, 120]])
    compared = compare_segments(cx.nps(Grouped({"shop": ["N", "S", "W"]}, counts)))

    lines = str(compared).splitlines()
    assert [line.endswith("few answers") for line in lines[4:]] == [True, False, False]
    assert "note" not in str(compare_segments(AREAS))


def test_periods_compare_with_the_one_before() -> None:
    days = [date(2026, month, 1) for month in (1, 2, 3)]
    months = cx.nps(Grouped({"month": days}, GROUPS))

    compared = compare_segments(months, versus="previous")

    assert list(compared) == days[1:]
    assert compared[days[1]].value == pytest.approx(months[days[1]].value - months[days[0]].value)
    backwards = cx.nps(Grouped({"month": days[::-1]}, GROUPS))
    with pytest.raises(ArgumentError) as error:
        compare_segments(backwards, versus="previous")
    assert str(error.value) == "Periods must be in order, but 2026-02-01 comes after 2026-03-01."


@pytest.mark.parametrize(
    ("estimates", "options", "error", "message"),
    [
        (
            SHOPS["N"],
            {},
            MismatchError,
            (
                "`estimates` must be grouped estimates, not Estimate.\n"
                "Hint: did you mean compare_segments(nps(grouped_counts))?"
            ),
        ),
        (
            cx.nps(Grouped({"shop": ["N"]}, GROUPS[:1])),
            {},
            ArgumentError,
            "`estimates` must have at least two groups, not 1.",
        ),
        (
            SHOPS,
            {"versus": "pair"},
            UnknownKeyError,
            (
                "`versus` must be 'rest', 'pairs', 'previous' or a group, not 'pair'.\n"
                "Hint: did you mean 'pairs'?"
            ),
        ),
        (
            SHOPS,
            {"adjust": "homl"},
            ArgumentError,
            (
                "`adjust` must be 'single-step', 'holm', 'bh' or 'none', not 'homl'.\n"
                "Hint: did you mean 'holm'?"
            ),
        ),
        (
            SHOPS,
            {"method": "permutation"},
            ArgumentError,
            "`method` must be 'score', 'mover' or 'welch', not 'permutation'.",
        ),
    ],
)
def test_what_cannot_be_compared(
    estimates: Any, options: Any, error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        compare_segments(estimates, **options)

    assert str(caught.value) == message


def test_what_a_comparison_cannot_tell() -> None:
    with pytest.raises(ArgumentError) as error:
        compare_segments(SHOPS).letters()
    assert str(error.value) == (
        "Only comparisons of all pairs have letters.\nHint: did you mean versus='pairs'?"
    )
    with pytest.raises(ArgumentError) as error:
        compare_segments(SHOPS, versus="N").versus_total()
    assert str(error.value) == (
        "Only groups that are compared with the rest have a total.\n"
        "Hint: did you mean versus='rest'?"
    )
