"""Retention curves and what is read off them: references, laws, faces and refusals."""

import copy
import pickle
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import cxmetrics as cx
from cxmetrics import (
    Estimate,
    Grouped,
    LifeTable,
    mean_tenure,
    median_tenure,
    retention_at,
    retention_curve,
)
from cxmetrics.errors import ArgumentError, CxMetricsError, TooFewResponsesError
from tests import strategies
from tests.metrics.survival_data import GROUPS, PLACEBO, SIX_MP, customers
from tests.strategies import levels

SIX, NONE = (LifeTable.of(*customers(words)) for words in (SIX_MP, PLACEBO))
READ_OFF: dict[str, Any] = {
    "retention_at": partial(retention_at, tenure=2),
    "mean_tenure": partial(mean_tenure, horizon=2),
}


# -------------------------------------------------------------------- references


@pytest.mark.parametrize(
    ("week", "text"),
    [
        (6, "Retention after 6 85.7% [62.0, 95.2] (95% log-log, n=21)"),
        (10, "Retention after 10 75.3% [50.3, 88.9] (95% log-log, n=21)"),
        (23, "Retention after 23 44.8% [18.8, 68.0] (95% log-log, n=21)"),
    ],
)
def test_retention_at_a_week(week: int, text: str) -> None:
    """S .8571 [.6197, .9516], .7529 [.5032, .8894], .4482 [.1881, .6801]: Collett,
    Modelling Survival Data in Medical Research, and survfit of R with conf.type="log-log"."""
    assert str(retention_at(SIX, week)) == text


@pytest.mark.parametrize(
    ("table", "value", "std_error"), [(SIX, 17.9092, 1.55319), (NONE, 8.6667, 1.37739)]
)
def test_mean_within_a_horizon(table: LifeTable, value: float, std_error: float) -> None:
    """Not the variance of lifelines, 46.81: that is of the weeks of one patient, cut at 23."""
    mean = mean_tenure(table, 23, unit="weeks")

    assert mean.value == pytest.approx(value, abs=5e-5)
    assert mean.std_error == pytest.approx(std_error, abs=5e-6)


@pytest.mark.parametrize("theirs", GROUPS.values(), ids=GROUPS)
def test_curves_are_those_of_lifelines(theirs: Any) -> None:
    """Where all are there, or none, lifelines has limits without width, and we have Wilson's."""
    curve = retention_curve(LifeTable.of(*customers(theirs["customers"])))
    left = curve.churned > 0
    inner = curve.survival[left] > 0

    assert curve.tenures[left].tolist() == theirs["tenures"]
    assert_allclose(curve.survival[left], theirs["survival"], rtol=1e-9)
    for name in ("low", "high"):
        limits = np.asarray(getattr(curve.interval, name))[left]
        assert_allclose(limits[inner], np.array(theirs[name])[inner], rtol=1e-9)


def test_a_curve_has_the_numbers_that_are_read_off_it() -> None:
    curve = retention_curve(SIX, confidence_level=0.9)

    for row in curve.to_dicts():
        one = retention_at(SIX, row["tenure"], confidence_level=0.9).to_dict()
        assert 100 * row["survival"] == pytest.approx(one["value"], rel=1e-12)
        for name in ("std_error", "low", "high"):
            assert 100 * row[name] == pytest.approx(one[name], rel=1e-12)
    widths = np.diff(curve.tenures, prepend=0, append=35)
    area = widths @ np.append(1, curve.survival)
    assert mean_tenure(SIX, 35).value == pytest.approx(area)
    assert median_tenure(SIX).value == curve.tenures[curve.survival <= 0.5][0] == 23


def test_a_curve_ends_where_nobody_was_seen() -> None:
    tables = LifeTable.of([1, 2, 3, 6], [1, 0, 1, 1], by=["a", "a", "b", "b"])
    one, two = retention_curve(tables).batch

    assert_allclose(one.survival, [0.5, 0.5, np.nan, np.nan])
    assert_allclose(one.std_error, [0.5**1.5, 0.5**1.5, np.nan, np.nan])
    assert_allclose(np.transpose(one.interval)[2:], [[0, 1], [0, 1]])
    assert_allclose(two.survival, [1, 1, 0.5, 0])
    assert_allclose(two.std_error, [0, 0, 0.5**1.5, 0])


# -------------------------------------------------------------------------- laws


def tables_of(columns: dict[str, list[Any]], *told: str) -> Grouped[LifeTable]:
    options: dict[str, Any] = {name: columns[name] for name in told}
    by = {"plan": columns["by"]}
    return LifeTable.of(columns["tenure"], columns["churned"], by=by, **options)


@given(
    strategies.customers(),
    st.sampled_from([[], ["entry"], ["weights"]]),
    st.tuples(levels, levels),
)
def test_curves_fall_within_intervals_within_bands(
    columns: dict[str, list[Any]], told: list[str], confidence: tuple[float, float]
) -> None:
    tables = tables_of(columns, *told).batch
    curve, wide = (retention_curve(tables, confidence_level=level) for level in sorted(confidence))
    share, (low, high) = curve.survival, map(np.asarray, curve.interval)
    known = ~np.isnan(share)

    assert ((share[known] >= 0) & (share[known] <= 1)).all()
    assert (np.diff(np.where(known, share, -1)) <= 0).all()
    assert ((low[known] <= share[known]) & (share[known] <= high[known])).all()
    assert (low < high).all()
    for outer in (wide.interval, curve.band()):
        assert (np.asarray(outer.low) <= low + 1e-9).all()
        assert (np.asarray(outer.high) >= high - 1e-9).all()
    band = np.array(curve.band(0.999))
    assert ((band >= 0) & (band <= 1)).all()


@given(strategies.customers(), levels)
def test_a_batch_of_curves_is_its_rows(columns: dict[str, list[Any]], level: float) -> None:
    tables = tables_of(columns, "entry")
    curves = retention_curve(tables, confidence_level=level)
    band = np.array(curves.batch.band())

    for i, key in enumerate(tables):
        expected = retention_curve(tables[key], confidence_level=level)
        taken, nobody = curves.batch.take(np.array([i, -1]))
        for found in (curves[key], taken):
            for one, two in zip(found.to_dict().values(), expected.to_dict().values(), strict=True):
                assert_allclose(one, two, rtol=1e-12)
        assert_allclose(band[:, i], expected.band(), rtol=1e-9)
        assert nobody.n == 0
        assert np.isnan(nobody.survival).all()
        assert_allclose(nobody.interval, nobody.band())
        for value in (expected, curves.batch):
            assert pickle.loads(pickle.dumps(value)) == value
            assert copy.deepcopy(value) == value


@pytest.mark.parametrize("metric", READ_OFF.values(), ids=READ_OFF)
@given(columns=strategies.customers(reals=False))
def test_names_of_groups_do_not_matter(metric: Any, columns: dict[str, list[Any]]) -> None:
    other: dict[Any, Any] = {"N": "z", "S": "y", None: "x"}
    tenure, churned, by = (columns[name] for name in ("tenure", "churned", "by"))

    one = metric(LifeTable.of(tenure, churned, by=by))
    two = metric(LifeTable.of(tenure, churned, by=[other[name] for name in by]))

    for key in one:
        assert two[other[key]] == one[key]


@given(strategies.customers(), st.integers(0, 40))
def test_one_more_who_has_not_left_lowers_no_share(
    columns: dict[str, list[Any]], tenure: int
) -> None:
    before = LifeTable.of(columns["tenure"], columns["churned"])
    after = before + LifeTable.of([tenure], [False])

    for at in before.tenures[before.at_risk > 0].tolist():
        assert retention_at(after, at).value >= retention_at(before, at).value - 1e-12


@given(strategies.customers(reals=False))
def test_where_nobody_is_lost_retention_is_a_share_of_customers(
    columns: dict[str, list[Any]],
) -> None:
    """With Wilson's interval by method="score", as of any share."""
    n = len(columns["tenure"])
    assume(n > 0)
    table = LifeTable.of(columns["tenure"], [True] * n)
    counts = cx.Counts.of([tenure > 3 for tenure in columns["tenure"]], cx.YES_NO)

    found, expected = retention_at(table, 3, method="score"), cx.top_box(counts, top=1)

    assert found.value == pytest.approx(expected.value)
    assert tuple(found.interval) == pytest.approx(tuple(expected.interval))
    mean = mean_tenure(table, 12).value
    assert mean == pytest.approx(np.minimum(columns["tenure"], 12).mean())


# ------------------------------------------------------------------- comparisons

YEARS = LifeTable(
    [1, 2, 3],
    churned=[[30, 20, 9], [21, 16, 8], [11, 9, 4]],
    censored=[[4, 0, 37], [0, 5, 50], [6, 0, 70]],
)
PLANS = Grouped({"year": [2023, 2024, 2025]}, YEARS)


@pytest.mark.parametrize("method", ["log-log", "score", "normal"])
@pytest.mark.parametrize("metric", READ_OFF.values(), ids=READ_OFF)
def test_years_compare_as_those_of_any_metric(metric: Any, method: str) -> None:
    by_year: Grouped[Estimate] = metric(PLANS, method=method)
    first, second, third = by_year.values()
    both = metric(PLANS[2023] + PLANS[2024], method=method)

    change = cx.difference(second, first)
    welch = cx.difference(second, first, method="welch")
    rest = cx.compare_segments(by_year)

    assert (change.method, change.value) == ("mover", second.value - first.value)
    assert change.interval.low < change.value < change.interval.high
    assert welch.std_error == pytest.approx(np.hypot(first.std_error, second.std_error))
    assert rest[2025].before.value == pytest.approx(both.value)
    assert rest[2025].value == pytest.approx(third.value - both.value)
    assert list(cx.compare_segments(by_year, versus="previous")) == [2024, 2025]
    assert cx.compare_segments(by_year, versus="pairs").letters()[2025] == "a"


@pytest.mark.parametrize("metric", READ_OFF.values(), ids=READ_OFF)
def test_years_are_weighted_by_their_variances(metric: Any) -> None:
    """Least squares with these weights, and Cochran's Q."""
    by_year: Grouped[Estimate] = metric(PLANS)
    values, weights = by_year.batch.value, 1 / by_year.batch.std_error**2
    mean = np.average(values, weights=weights)

    assert cx.trend(by_year).value == pytest.approx(
        np.polyfit([0, 1, 2], values, 1, w=np.sqrt(weights))[0]
    )
    assert cx.consistency(by_year).statistic == pytest.approx(weights @ (values - mean) ** 2)


def test_groups_in_which_all_stayed_compare_too() -> None:
    tables = LifeTable([3], churned=[[0], [4], [0], [2]], censored=[[20], [16], [0], [9]])
    rates = retention_at(Grouped({"year": [1, 2, 3, 4]}, tables), 3)

    assert cx.trend(rates).n_periods == 3
    found = cx.compare_segments(rates)
    assert found[2].pvalue < found[4].pvalue
    assert np.isnan(found[3].value)
    assert cx.difference(rates[2], rates[1]).value == -20
    assert cx.difference(rates[2], rates[1]).interval.high < 5


def test_medians_subtract_by_their_limits() -> None:
    change = cx.difference(median_tenure(SIX), median_tenure(NONE))

    assert change.value == 15
    (low, _), (_, high) = median_tenure(SIX).interval, median_tenure(NONE).interval
    assert change.interval.low == pytest.approx(15 - np.hypot(23 - low, high - 8))
    assert change.interval.high == np.inf


# ------------------------------------------------------------------------- faces


def test_a_curve_has_text_html_dict_and_frame() -> None:
    curve = retention_curve(LifeTable.of([2, 3, 3, 5, 8], [1, 1, 0, 1, 0]))

    assert str(curve).splitlines()[:3] == [
        "Retention of 5 customers, 95% log-log interval",
        "tenure  at risk  churned  survival    low   high",
        "     2        5        1     0.800  0.204  0.969",
    ]
    assert '<th style="text-align:right">std error</th>' in curve._repr_html_()
    names = ["tenure", "at_risk", "churned", "survival", "std_error", "low", "high"]
    assert list(curve.to_dict()) == curve.to_pandas().columns.tolist() == names
    assert curve.to_dict()["at_risk"] == curve.to_polars()["at_risk"].to_list() == [5, 4, 2, 1]
    assert curve.to_dicts()[1]["survival"] == pytest.approx(0.6)
    assert (curve.shape, curve.n) == ((), 5)
    real = retention_curve(LifeTable.of([1 / 3, 2], [1, 0]))
    assert str(real).splitlines()[2].split()[0] == "0.333333"


def test_curves_by_group_are_a_row_each() -> None:
    curves = retention_curve(LifeTable.of([1, 2, 2], [1, 0, 1], by={"plan": ["a", "a", "b"]}))

    assert str(curves).splitlines() == [
        "Retention curves",
        "plan  n  churned",
        "a     2        1",
        "b     1        1",
    ]
    frame = curves.to_pandas()
    assert frame["survival_2"].tolist() == pytest.approx([0.5, 0.0])
    assert frame.columns.tolist()[:3] == ["plan", "at_risk_1", "churned_1"]
    assert curves.batch.to_dict()["churned"] == [[1, 0], [0, 1]]


def test_estimates_say_what_they_are() -> None:
    by_year = mean_tenure(PLANS, 3, unit="months", label="A quarter")

    assert str(retention_at(SIX, 10, label="Kept")).startswith("Kept 75.3% [")
    assert str(mean_tenure(SIX, 23.5, unit="weeks")) == (
        "Mean tenure within 23.5 18.13 weeks [13.89, 20.68] (95% log-log, n=21)"
    )
    assert str(median_tenure(SIX, unit="weeks")) == (
        "Median tenure 23.0 weeks [13.0, inf] (95% log-log, n=21)"
    )
    assert str(by_year).splitlines()[:2] == [
        "A quarter in months, 95% log-log interval",
        "year  value   low  high    n  missing",
    ]


# ------------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: retention_at(SIX, 36),
            ArgumentError,
            (
                "Nobody was seen for longer than 35, so that what comes later is not known.\n"
                "Hint: did you mean a model, fit_retention(table)?"
            ),
        ),
        (
            lambda: mean_tenure(LifeTable.of([8], [1], entry=[2]), 5),
            ArgumentError,
            (
                "Nobody was seen for longer than 0, so that what comes later is not known.\n"
                "Hint: did you mean a model, fit_retention(table)?"
            ),
        ),
        (
            lambda: retention_at(SIX, -1),
            ArgumentError,
            "`tenure` must be at least 0, not -1.",
        ),
        (
            lambda: retention_at(SIX, "year"),  # type: ignore[call-overload]
            ArgumentError,
            "`tenure` must be a finite number, not 'year'.",
        ),
        (lambda: mean_tenure(SIX, 0), ArgumentError, "`horizon` must be above 0, not 0."),
        (
            lambda: retention_at(SIX, 3, method="wilson"),  # type: ignore[call-overload]
            ArgumentError,
            "`method` must be 'log-log', 'score' or 'normal', not 'wilson'.",
        ),
        (
            lambda: retention_curve(SIX, confidence_level=95),
            ArgumentError,
            (
                "`confidence_level` must be strictly between 0 and 1, not 95.\n"
                "Hint: did you mean confidence_level=0.95?"
            ),
        ),
        (
            lambda: retention_curve(SIX).band(1),
            ArgumentError,
            "`confidence_level` must be strictly between 0 and 1, not 1.",
        ),
    ],
)
def test_what_is_no_retention_is_explained(
    call: Any, error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        call()

    assert str(caught.value) == message


@pytest.mark.parametrize("metric", [*READ_OFF.values(), median_tenure, retention_curve])
def test_there_must_be_customers(metric: Any) -> None:
    with pytest.raises(TooFewResponsesError) as caught:
        metric(LifeTable.empty())
    assert str(caught.value) == "`table` must have at least one customer, not 0."
    with pytest.raises(TypeError) as wrong:
        metric([1, 2, 3])
    assert str(wrong.value) == "`table` must be a LifeTable, not list."


def test_no_groups_are_no_curves() -> None:
    tables = LifeTable.of([], [], by=[])

    assert len(retention_curve(tables)) == len(retention_at(tables, 3)) == 0
    assert np.array(retention_curve(tables).batch.band()).shape == (2, 0, 0)


# ------------------------------------------------------------------- simulations

RUNS = 4_000
MONTHS = 12


def simulated(n: int, churn: float, longest: int | None = None) -> LifeTable:
    """Customers of whom the same share leaves every month, seen for 1 to `longest` months."""
    rng = np.random.default_rng(1)
    leaves = rng.geometric(churn, (RUNS, n))
    seen = rng.integers(1, (longest or 0) + 1, (RUNS, n)) if longest else np.int64(MONTHS + 1)
    tenure, left = np.minimum(np.minimum(leaves, seen), MONTHS + 1), leaves <= seen
    months = np.arange(1, MONTHS + 2)
    churned, censored = (
        np.stack([((tenure == month) & which).sum(axis=1) for month in months], axis=1)
        for which in (left, ~left)
    )
    return LifeTable(months, churned, censored)


def coverage(found: Estimate, truth: float) -> float:
    """How often the interval holds the truth, where there is a value."""
    low, high = (np.asarray(limit)[~np.isnan(found.value)] for limit in found.interval)
    return float(np.mean((low <= truth) & (truth <= high)))


@pytest.mark.slow
@pytest.mark.parametrize("longest", [None, 24])
@pytest.mark.parametrize("churn", [0.003, 0.01, 0.05, 0.2])
@pytest.mark.parametrize("n", [10, 20, 50])
def test_intervals_cover_as_often_as_they_say(n: int, churn: float, longest: int | None) -> None:
    """In 20,000 runs: retention in 94.9% to 99.0%, as few numbers of customers are possible;
    means in 92.2% to 97.7%, but of 10 seen for 1 to 24 months who leave at 20% in 89.9%.
    """
    tables = simulated(n, churn, longest)
    share, mean = 100 * (1 - churn) ** MONTHS, ((1 - churn) ** np.arange(MONTHS)).sum()

    least = 0.885 if (n, churn, longest) == (10, 0.2, 24) else 0.91
    assert 0.94 <= coverage(retention_at(tables, MONTHS), share) <= 0.995
    assert least <= coverage(mean_tenure(tables, MONTHS), mean) <= 0.985
    assert 0.91 <= coverage(retention_at(tables, MONTHS, method="score"), share) <= 0.99


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::cxmetrics.errors.ZeroWidthWarning")
@pytest.mark.parametrize("metric", [retention_at, mean_tenure])
def test_normal_intervals_cover_far_too_seldom_where_few_leave(metric: Any) -> None:
    for n, most in ((10, 0.35), (20, 0.55), (50, 0.85)):
        truth = {
            retention_at: 100 * 0.997**MONTHS,
            mean_tenure: (0.997 ** np.arange(MONTHS)).sum(),
        }[metric]
        assert coverage(metric(simulated(n, 0.003), MONTHS, method="normal"), truth) < most


@pytest.mark.slow
def test_the_variance_with_weights_is_that_of_a_simulation() -> None:
    rng, n = np.random.default_rng(2), 200
    found = []
    for _ in range(3_000):
        leaves, seen = rng.geometric(0.1, n), rng.integers(4, 20, n)
        weights = rng.choice([0.2, 1, 3], n)
        table = LifeTable.of(np.minimum(leaves, seen), leaves <= seen, weights=weights)
        estimate = retention_at(table, 8)
        found.append((estimate.value, estimate.std_error**2))

    values, variances = np.transpose(found)
    assert values.mean() == pytest.approx(100 * 0.9**8, abs=0.4)
    assert variances.mean() == pytest.approx(values.var(), rel=0.08)


@pytest.mark.slow
def test_bands_cover_whole_curves_as_often_as_they_say() -> None:
    """Of 100 customers who leave at 5% a month, until month 12."""
    stays = 0.95 ** np.arange(1, MONTHS + 2)
    curve = retention_curve(simulated(100, 0.05, 24)[:1000])

    together = {}
    for name, (low, high) in {"pointwise": curve.interval, "band": curve.band()}.items():
        together[name] = np.mean(((low <= stays) & (stays <= high))[:, :MONTHS].all(axis=1))

    assert together["pointwise"] < 0.85
    assert 0.93 <= together["band"] <= 0.98
