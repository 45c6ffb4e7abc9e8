"""Trends against published and computed values; their laws, faces and refusals."""

import copy
import pickle
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.linear_model import WLS
from statsmodels.stats.contingency_tables import Table

import cxmetrics as cx
from cxmetrics import NPS_GROUPS, ONE_TO_FIVE, YES_NO, Counts, Grouped
from cxmetrics.comparisons.groups import sampling_variances
from cxmetrics.comparisons.trend import Line, Trend, TrendMethod, trend
from cxmetrics.errors import (
    ArgumentError,
    MismatchError,
    OverlappingClustersError,
    ZeroWidthWarning,
)
from tests.strategies import alternatives, batches_on, levels

METHODS: tuple[TrendMethod, ...] = get_args(TrendMethod)
every_method = pytest.mark.parametrize("method", METHODS)

ABSENT, PRESENT = [17066, 14464, 788, 126, 37], [48, 38, 5, 1, 1]
ALCOHOL = [0, 0.5, 1.5, 4, 7]
"""Malformations of newborns by drinks of the mother per day (Agresti)."""


def waves(*counts: list[int], keys: Any = None, scale: cx.Scale = NPS_GROUPS) -> Grouped[Counts]:
    return Grouped({"wave": keys or list(range(len(counts)))}, Counts(scale, counts))


def malformations() -> Grouped[cx.Estimate]:
    counts = np.transpose([ABSENT, PRESENT]).tolist()
    return cx.top_box(waves(*counts, keys=ALCOHOL, scale=YES_NO), top=1, label="Malformed")


RISING = waves([60, 90, 90], [50, 90, 100], [45, 90, 105], [30, 90, 120])
NOISY = waves([60, 90, 90], [20, 90, 130], [80, 90, 70], [30, 90, 120], [50, 90, 100])


def test_published_malformations() -> None:
    """Agresti: the trend statistic of Cochran and Armitage is z² = 6.570, as is M²."""
    found = trend(malformations(), method="linear-by-linear")

    assert found.statistic**2 == pytest.approx(6.570, abs=5e-4)
    table = Table(np.transpose([ABSENT, PRESENT]), shift_zeros=False)
    theirs = table.test_ordinal_association(row_scores=np.array(ALCOHOL), col_scores=np.arange(2))
    assert found.statistic == pytest.approx(theirs.zscore, rel=1e-6)
    assert found.pvalue == pytest.approx(theirs.pvalue, rel=1e-6)


@given(counts=batches_on(ONE_TO_FIVE, rows=4, most=200))
def test_linear_by_linear_is_the_correlation_of_answers_with_time(counts: Counts) -> None:
    """Mantel (1963): M² = (N - 1) r²."""
    answered = np.count_nonzero(counts.n)
    assume(answered > 2)
    assume(np.count_nonzero(counts.counts.sum(axis=0)) > 1)

    found = trend(cx.mean_score(Grouped({"wave": [1, 2, 5, 9]}, counts)), method="linear-by-linear")

    time = np.repeat([1, 2, 5, 9], counts.n)
    answers = np.concatenate([np.repeat(np.arange(1, 6), row) for row in counts.counts])
    slope, r = stats.linregress(time, answers)[:3:2]
    assert found.value == pytest.approx(slope, abs=1e-9)
    assert found.statistic == pytest.approx((len(time) - 1) ** 0.5 * r, rel=1e-7, abs=1e-7)


def test_lines_with_weights_of_their_own() -> None:
    """Computed by hand and with statsmodels: b = 2.594159, se = 1.503582, Q = 0.430028."""
    values = np.array([28.0, 31, 35, 33, 40, 41])
    variances = np.array([76, 75, 72, 74, 70, 71]) ** 2 / np.array([120, 150, 90, 200, 160, 140])

    line = Line.through(np.arange(6.0), values, 1 / variances)

    dispersion, df = line.dispersion(variances)
    assert line.slope == pytest.approx(2.594159, abs=5e-7)
    assert line.std_error(variances) == pytest.approx(1.503582, abs=5e-7)
    assert (dispersion * df, df) == pytest.approx((0.430028, 4), abs=5e-7)
    design = np.column_stack([np.ones(6), np.arange(6.0)])
    theirs = WLS(values, design, weights=1 / variances).fit()
    assert line.slope == pytest.approx(theirs.params[1])
    assert line.fitted == pytest.approx(theirs.fittedvalues)
    assert dispersion == pytest.approx(theirs.scale)


def test_each_period_weighs_as_much_as_it_has_answers() -> None:
    """Least squares with statsmodels, and the variance of a weighted sum."""
    counts = waves([6, 9, 9], [50, 90, 100], [45, 90, 105], [30, 90, 120], keys=[1, 2, 4, 5])
    estimates = cx.nps(counts)
    n, time = np.ravel(estimates.batch.n), np.array([1.0, 2, 4, 5])
    values = np.ravel(estimates.batch.value)
    points = np.array([-100.0, 0, 100])
    variances = sampling_variances(counts.batch.counts.astype(float), points, borrowed=1)

    found = trend(estimates)

    theirs = WLS(values, np.column_stack([np.ones(4), time]), weights=n).fit()
    assert found.value == pytest.approx(theirs.params[1])
    assert found.fitted == pytest.approx(theirs.fittedvalues)
    away = time - np.average(time, weights=n)
    pull = n * away / (n * away**2).sum()
    assert found.std_error == pytest.approx((pull**2 @ variances) ** 0.5)
    assert found.overdispersion < 1
    assert (found.df, found.n_periods, found.n) == (np.inf, 4, n.sum())
    assert found.statistic == pytest.approx(found.value / found.std_error)
    assert found.pvalue == pytest.approx(2 * stats.norm.sf(abs(found.statistic)))


def test_periods_that_scatter_make_the_line_less_certain() -> None:
    noisy = trend(cx.nps(NOISY))
    points = np.array([-100.0, 0, 100])
    variances = sampling_variances(NOISY.batch.counts.astype(float), points, borrowed=1)

    # With equal numbers of answers the ratio is that of two sums.
    away = np.arange(5) - 2
    leverage = 1 / 5 + away**2 / 10
    values = np.ravel(cx.nps(NOISY).batch.value)
    ratio = ((values - noisy.fitted) ** 2).sum() / (variances * (1 - leverage)).sum()
    plain = ((away / 10) ** 2 @ variances) ** 0.5
    assert noisy.overdispersion == pytest.approx(ratio)
    assert noisy.std_error == pytest.approx(plain * ratio**0.5)
    assert noisy.df == 3
    assert noisy.pvalue == pytest.approx(2 * stats.t.sf(abs(noisy.statistic), 3), rel=1e-9)
    assert noisy.p_straight == pytest.approx(stats.chi2.sf(3 * ratio, 3))
    assert noisy.p_straight < 1e-9


def test_a_true_trend_is_found_at_its_size() -> None:
    """Twelve months in which the NPS rises by one point a month."""
    rng = np.random.default_rng(7)
    months = [date(2024, month, 1) for month in range(1, 13)]
    counts = [rng.multinomial(20_000, [0.3, 0.3 - k / 100, 0.4 + k / 100]) for k in range(12)]

    found = trend(cx.nps(Grouped({"month": months}, Counts(NPS_GROUPS, np.array(counts)))))

    assert found.value == pytest.approx(1, abs=0.1)
    assert found.interval.low < 1 < found.interval.high
    assert found.per_year == pytest.approx(12, abs=1.2)
    assert found.p_straight > 0.001


# ------------------------------------------------------------------------- time


def test_days_and_numbers_are_as_far_apart_as_they_say() -> None:
    days = [date(2024, 1, 1) + timedelta(days=d) for d in (0, 10, 20, 90)]
    hours = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=d) for d in (0, 10, 20, 90)]
    counts = RISING.batch

    by_day, by_hour, by_number, by_name = (
        trend(cx.nps(Grouped({"when": keys}, counts)))
        for keys in (days, hours, [0.0, 10.0, 20.0, 90.0], ["old", "mid", "new", "now"])
    )

    # Three steps take 90 days, so that a period is 30 of them.
    assert by_day.value == pytest.approx(30 * by_number.value)
    assert by_day.pvalue == pytest.approx(by_number.pvalue)
    assert by_day == by_hour
    assert by_day.per_year == pytest.approx(365.2425 * by_number.value)
    assert by_day.interval_per_year.low == pytest.approx(365.2425 * by_number.interval.low)
    assert np.isnan([by_number.per_year, by_name.per_year, *by_name.interval_per_year]).all()
    assert by_name == trend(cx.nps(RISING))


# ------------------------------------------------------------------------- laws


def over(counts: Counts, metric: Any = cx.nps, **options: Any) -> Trend:
    return trend(metric(Grouped({"wave": list(range(counts.shape[0]))}, counts)), **options)


def enough(counts: Counts) -> bool:
    return int(np.count_nonzero(counts.n)) > 2


@every_method
@pytest.mark.filterwarnings("ignore::cxmetrics.errors.ZeroWidthWarning")
@given(counts=batches_on(ONE_TO_FIVE, rows=5))
def test_a_scale_or_a_time_turned_round_turns_the_trend_round(
    method: TrendMethod, counts: Counts
) -> None:
    assume(enough(counts))
    found = over(counts, cx.mean_score, method=method)

    for turned in (counts.mirrored(), counts[::-1]):
        back = over(turned, cx.mean_score, method=method)
        assert back.value == pytest.approx(-found.value, abs=1e-9)
        assert back.std_error == pytest.approx(found.std_error, rel=1e-6, abs=1e-9)
        flipped = (-back.interval.high, -back.interval.low)
        assert flipped == pytest.approx(tuple(found.interval), rel=1e-6, abs=1e-8)


@every_method
@pytest.mark.filterwarnings("ignore::cxmetrics.errors.ZeroWidthWarning")
@given(data=st.data())
def test_the_interval_excludes_a_null_exactly_when_the_test_rejects_it(
    method: TrendMethod, data: st.DataObject
) -> None:
    counts = data.draw(batches_on(NPS_GROUPS, rows=5))
    assume(enough(counts))
    alternative, level = data.draw(alternatives), data.draw(levels)
    compare = partial(over, counts, method=method, alternative=alternative, confidence_level=level)
    found = compare()
    low, high = found.interval
    steepest = over(counts, method=method, alternative="less").interval.low
    anywhere = data.draw(st.floats(-1, 1)) * steepest
    near = [limit + side * 1e-8 for limit in (low, high) for side in (-1, 1)]
    nulls = [null for null in [*near, anywhere] if abs(null) <= -steepest]
    null = 0.0 if method == "linear-by-linear" else data.draw(st.sampled_from(nulls))
    assume(min(abs(null - low), abs(null - high)) > 1e-9)

    assert (null < low or null > high) == (compare(null=null).pvalue < 1 - level)
    assert low <= found.value <= high
    if alternative != "two-sided":
        end = low if alternative == "less" else -high
        assert end == pytest.approx(steepest)


@every_method
@pytest.mark.filterwarnings("ignore::cxmetrics.errors.ZeroWidthWarning")
@given(counts=batches_on(NPS_GROUPS, rows=5), pair=st.tuples(levels, levels))
def test_the_interval_widens_with_the_level(
    method: TrendMethod, counts: Counts, pair: tuple[float, float]
) -> None:
    assume(enough(counts))
    narrow, wide = (over(counts, method=method, confidence_level=each) for each in sorted(pair))

    assert wide.interval.low <= narrow.interval.low <= narrow.value
    assert narrow.value <= narrow.interval.high <= wide.interval.high


def test_periods_without_answers_do_not_count() -> None:
    with_gap = waves([60, 90, 90], [0, 0, 0], [50, 90, 100], [45, 90, 105], keys=[1, 2, 3, 4])
    without = waves([60, 90, 90], [50, 90, 100], [45, 90, 105], keys=[1, 3, 4])

    assert trend(cx.nps(with_gap)) == trend(cx.nps(without))


@every_method
def test_equal_weights_and_clusters_of_one_change_nothing(method: TrendMethod) -> None:
    answers, month = [5, 4, 4, 2, 3, 1, 5, 5, 1] * 3, [1, 1, 1, 2, 2, 2, 3, 3, 3] * 3
    found = trend(cx.csat(Counts.of(answers, ONE_TO_FIVE, by=month)), method=method)

    for design in ({"weights": [3.0] * 27}, {"clusters": list(range(27))}):
        designed: dict[str, Any] = design
        counts = Counts.of(answers, ONE_TO_FIVE, by=month, **designed)
        same = trend(cx.csat(counts), method=method)
        for name in ("value", "std_error", "statistic", "pvalue", "interval", "overdispersion"):
            assert getattr(same, name) == pytest.approx(getattr(found, name), rel=1e-9)


def test_clusters_make_a_trend_less_certain() -> None:
    """Each customer answers four times: the answers say a quarter as much."""
    answers, month = [5, 4, 1, 2, 5, 1, 5, 5, 4] * 6, [1, 1, 1, 2, 2, 2, 3, 3, 3] * 6
    one = Counts.of(answers, ONE_TO_FIVE, by=month)
    four = Counts.of(
        np.repeat(answers, 4), ONE_TO_FIVE, by=np.repeat(month, 4), clusters=np.arange(216) // 4
    )

    plain, clustered = trend(cx.csat(one)), trend(cx.csat(four))

    assert clustered.value == pytest.approx(plain.value, rel=0.05)
    assert clustered.std_error == pytest.approx(plain.std_error, rel=0.05)
    assert clustered.n == 4 * plain.n


def test_answers_that_are_all_alike_have_no_trend() -> None:
    alike = waves([0, 0, 9], [0, 0, 20], [0, 0, 5])

    found = trend(cx.nps(alike))

    assert (found.value, found.pvalue, found.overdispersion) == (0, 1, 0)
    assert found.interval.low < 0 < found.interval.high
    with pytest.warns(ZeroWidthWarning):
        certain = trend(cx.nps(alike), method="linear-by-linear")
    assert (certain.interval, certain.pvalue, certain.overdispersion) == ((0, 0), 1, 0)


# ------------------------------------------------------------------------ faces

MONTHS = [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1), date(2024, 4, 1)]


@pytest.mark.parametrize(
    ("counts", "options", "sentence"),
    [
        (
            RISING,
            {},
            ("NPS rose by 7.92 points per period over 4 periods "
            "(95% CI of the rise: 3.71 to 12.12; p < 0.001)."),
        ),
        (
            Grouped({"month": MONTHS}, RISING.batch[::-1]),
            {},
            ("NPS fell by 7.97 points per period (95.93 per year) over 4 periods "
            "(95% CI of the fall: 3.75 to 12.19; p < 0.001)."),
        ),
        (
            NOISY,
            {"null": 5},
            ("NPS shows no clear trend: up by 0.83 points per period over 5 periods "
            "(95% CI of the rise: -22.90 to 24.57; p = 0.62 for +5)."),
        ),
    ],
)  # fmt: skip
def test_a_trend_is_one_sentence(counts: Any, options: Any, sentence: str) -> None:
    assert trend(cx.nps(counts), **options).summary() == sentence


@every_method
def test_a_trend_is_one_row(method: TrendMethod) -> None:
    found = trend(cx.nps(RISING), method=method)

    row = found.to_dict()
    assert list(row) == [
        *("metric", "unit", "value", "std_error", "low", "high", "confidence_level"),
        *("statistic", "pvalue", "null", "alternative", "df", "method"),
        *("per_year", "overdispersion", "p_straight", "n_periods", "n"),
    ]
    [shown] = found.to_dicts()
    assert shown["value"] == found.value
    hypotheses = {
        "weighted": "slope of NPS = 0",
        "linear-by-linear": "answers to NPS are distributed alike in all periods",
    }
    assert found.null_hypothesis == hypotheses[method]
    assert str(found).startswith("NPS +7.92 points per period [3.")
    assert str(found).endswith("p < 0.001, 4 periods, n=960)")
    assert "overdispersion" in found._repr_html_()
    assert "per year" not in found.to_markdown()
    by_month = trend(cx.nps(Grouped({"month": MONTHS}, RISING.batch)), method=method)
    assert "per year" in by_month.to_markdown()
    assert found.to_pandas()["n_periods"].tolist() == [4]
    assert found.shape == ()
    assert pickle.loads(pickle.dumps(found)) == found
    assert copy.deepcopy(found) == found


# ----------------------------------------------------------------------- errors

BATCH = RISING.batch
CROSSING = Counts.of(
    [5, 4, 3, 2, 5, 1], ONE_TO_FIVE, by=[1, 1, 2, 2, 3, 3], clusters=[1, 2, 1, 3, 4, 5]
)
BY_TWO = Grouped({"year": [1, 1, 2, 2], "area": ["a", "b", "a", "b"]}, BATCH)


@pytest.mark.parametrize(
    ("estimates", "error", "message"),
    [
        (
            cx.nps([10, 9]),
            MismatchError,
            (
                "`estimates` must be grouped estimates, not Estimate.\n"
                "Hint: did you mean trend(nps(grouped_counts))?"
            ),
        ),
        (
            cx.nps(waves([1, 2, 3], [0, 0, 0], [4, 5, 6])),
            ArgumentError,
            "`estimates` must have at least three periods with answers, not 2.",
        ),
        (
            cx.nps(BY_TWO),
            ArgumentError,
            (
                "Periods must be one column of keys, not 2: year, area.\n"
                "Hint: did you mean to select one area at a time?"
            ),
        ),
        (
            cx.nps(Grouped({"month": [1, 2, 3, None]}, BATCH)),
            ArgumentError,
            "Each period must be known, not None.",
        ),
        (
            cx.nps(Grouped({"month": [1.0, 2.0, 3.0, np.inf]}, BATCH)),
            ArgumentError,
            "Each period must be known, not inf.",
        ),
        (
            cx.nps(Grouped({"month": [1, 2, 3, "later"]}, BATCH)),
            ArgumentError,
            "Periods must all be days, or all be numbers, or neither.",
        ),
        (
            cx.nps(Grouped({"month": [2024, 2025, 2023, 2026]}, BATCH)),
            ArgumentError,
            "Periods must be in order, but 2023 comes after 2025.",
        ),
        (
            cx.nps(Grouped({"month": MONTHS[::-1]}, BATCH)),
            ArgumentError,
            "Periods must be in order, but 2024-03-01 comes after 2024-04-01.",
        ),
        (
            cx.csat(CROSSING),
            OverlappingClustersError,
            (
                "Can't compare CSAT of groups that share clusters.\n"
                "Hint: did you mean to keep one answer per cluster, such as the latest?"
            ),
        ),
    ],
)
def test_what_has_no_trend_is_refused(estimates: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        trend(estimates)

    assert str(caught.value) == message


def test_wrong_options_are_explained() -> None:
    for options, message in (
        ({"method": "ols"}, "`method` must be 'weighted' or 'linear-by-linear', not 'ols'."),
        ({"null": 81}, "`null` must be between -80 and 80, not 81."),
        (
            {"null": 5, "method": "linear-by-linear"},
            "`null` must be 0 for method='linear-by-linear', not 5.",
        ),
    ):
        wrong: dict[str, Any] = options
        with pytest.raises(ArgumentError) as error:
            trend(cx.nps(RISING), **wrong)
        assert str(error.value) == message


def test_keys_of_numpy_are_numbers_and_days() -> None:
    counts = Counts(NPS_GROUPS, [[60, 90, 90], [50, 90, 100], [40, 90, 110], [40, 80, 120]])
    waves = [1, 2, 4, 8]
    days = np.array(["2026-01-01", "2026-02-01", "2026-03-01", "2026-05-01"], "datetime64[ns]")

    spaced = trend(cx.nps(Grouped({"wave": waves}, counts)))

    assert trend(cx.nps(Grouped({"wave": np.array(waves)}, counts))) == spaced
    assert trend(cx.nps(Grouped({"wave": [np.int8(wave) for wave in waves]}, counts))) == spaced
    by_day = trend(cx.nps(Grouped({"day": days}, counts)))
    assert by_day == trend(cx.nps(Grouped({"day": days.astype("datetime64[D]")}, counts)))
    assert np.isfinite(by_day.per_year)


def test_days_and_times_are_no_periods_of_one_kind() -> None:
    counts = Counts(NPS_GROUPS, [[60, 90, 90], [50, 90, 100], [40, 90, 110]])
    keys = [date(2026, 1, 1), datetime(2026, 2, 1, 12), date(2026, 3, 1)]  # noqa: DTZ001

    with pytest.raises(ArgumentError) as caught:
        trend(cx.nps(Grouped({"when": keys}, counts)))

    assert str(caught.value) == (
        "Periods must be of one kind, not datetime.date(2026, 1, 1) and "
        "datetime.datetime(2026, 2, 1, 12, 0)."
    )


def test_no_slope_is_neither_up_nor_down() -> None:
    counts = Counts(NPS_GROUPS, [[50, 90, 100]] * 3)

    assert (
        trend(cx.nps(Grouped({"wave": [1, 2, 3]}, counts)))
        .summary()
        .startswith(
            "NPS shows no clear trend: moved by 0.00 points per period over 3 periods (95% CI"
        )
    )
