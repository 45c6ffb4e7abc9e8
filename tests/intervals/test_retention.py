"""What is read off a curve, where intervals by themselves would know too much or too little."""

import copy
import pickle
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import t as student
from statsmodels.duration.survfunc import SurvfuncRight

from cxmetrics import LifeTable, mean_tenure, median_tenure, retention_at
from cxmetrics.errors import ZeroWidthWarning
from cxmetrics.intervals.retention import MeanTenure, RetentionAt, TenureBasis, TenureQuantile
from tests import strategies
from tests.metrics.survival_data import GROUPS, customers

every_group = pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)


@every_group
def test_medians_are_those_of_lifelines_and_their_limits_those_of_statsmodels(group: Any) -> None:
    tenure, churned = customers(group["customers"])
    with warnings.catch_warnings():  # where the limits do not come down to a half
        warnings.simplefilter("ignore", RuntimeWarning)
        low, high = SurvfuncRight(tenure, churned).quantile_ci(0.5, method="cloglog")

    median = median_tenure(LifeTable.of(tenure, churned))

    assert median.value == group["median"]
    # Where nobody is seen any more, more may have left: after 52 weeks in the study of Rossi.
    assert median.interval.low == (low if np.isfinite(low) else 52)
    assert median.interval.high == (high if np.isfinite(high) else np.inf)


@pytest.mark.parametrize(
    ("tenure", "churned", "value", "interval"),
    [
        # With Wilson's limits of 3 of 3, the lower one is .44: they say nothing of a half.
        ([2, 5, 9], [1, 1, 1], 5, (0, np.inf)),
        ([2], [1], 2, (0, np.inf)),
        # Of 10 of 10 it is .72: half of them have not left while they were seen.
        ([12] * 10, [0] * 10, np.inf, (12, np.inf)),
        ([7.5] * 10, [1] * 10, 7.5, (7.5, 7.5)),
        # All but 3 were lost from sight at 4, so nothing is known of 10 from then on.
        ([4] * 97 + [10] * 3, [0] * 100, np.inf, (4, np.inf)),
        # Half of 10 leave at 3, after which nobody is seen.
        ([3] * 10, [1] * 5 + [0] * 5, 3, (3, np.inf)),
    ],
)
def test_a_median_knows_no_more_than_was_seen(
    tenure: list[float], churned: list[int], value: float, interval: tuple[float, float]
) -> None:
    median = median_tenure(LifeTable.of(tenure, churned))

    assert (median.value, median.interval) == (value, interval)
    for null in (0.5, 3.5, 11, 13):
        rejected = median.test(null).pvalue < 0.05
        assert rejected == (not interval[0] <= null <= interval[1])


def test_what_comes_after_a_gap_is_not_known() -> None:
    """One is lost from sight at 3, another one was first seen at 5."""
    table = LifeTable.of([3, 8], [0, 1], entry=[0, 5])

    assert RetentionAt(table=table, tenure=3.0).value == 100
    assert np.isnan(RetentionAt(table=table, tenure=4.0).value)
    assert np.isnan(RetentionAt(table=table, tenure=8.0).value)
    assert np.isnan(MeanTenure(table=table, horizon=6.0).value)
    assert median_tenure(table).value == np.inf
    assert median_tenure(table).interval == (0, np.inf)
    assert np.isnan(RetentionAt(table=LifeTable.of([8], [1], entry=[2]), tenure=4.0).value)


def test_a_share_between_tenures_is_known_from_those_who_were_seen_for_longer() -> None:
    table = LifeTable.of([2, 4, 4, 6], [0, 0, 0, 0])

    at = {tenure: retention_at(table, tenure) for tenure in (0, 2, 3, 4, 5, 6)}

    assert {tenure: found.n_effective for tenure, found in at.items()} == {
        0: 4, 2: 4, 3: 3, 4: 3, 5: 1, 6: 1
    }  # fmt: skip
    assert all(found.value == 100 for found in at.values())
    assert at[2].interval.low > at[3].interval.low > at[5].interval.low


@pytest.mark.parametrize("method", ["log-log", "score"])
def test_a_mean_of_customers_who_are_all_alike_has_width(method: Any) -> None:
    """Greenwood's variance is 0; with Wilson's it is that of 5 who stay to 12 or not at all."""
    table = LifeTable.of([3] * 5, [1] * 5)

    mean = mean_tenure(table, 12, method=method)

    assert mean.value == 3
    assert (mean.std_error, mean.df) == (0, np.inf)
    expected = retention_at(LifeTable.of([1] * 20, [1] * 15 + [0] * 5), 1, method="score")
    assert expected.value == 25
    low, high = (12 * limit / 100 for limit in expected.interval)
    assert mean.interval.low < low < 3 < high < mean.interval.high
    with pytest.warns(ZeroWidthWarning, match="but 'log-log' needs none"):
        assert mean_tenure(table, 12, method="normal").interval == (3, 3)


def test_a_mean_has_the_limits_of_student() -> None:
    """log(-log) of the share of the horizon, ± t σ with one degree of freedom less than n."""
    table = LifeTable.of([2, 3, 7, 9, 12, 12], [1, 1, 1, 1, 0, 0])
    mean = mean_tenure(table, 12)
    share = mean.value / 12
    spread = mean.std_error / mean.value / -np.log(share)

    assert mean.df == 5
    low, high = (12 * share ** np.exp(sign * student.ppf(0.975, 5) * spread) for sign in (1, -1))
    assert tuple(mean.interval) == pytest.approx((low, high))
    center, half = mean.value, 1.959963984540054 * mean.std_error
    normal = mean_tenure(table, 12, method="normal").interval
    assert tuple(normal) == pytest.approx((center - half, min(12, center + half)))


# ------------------------------------------------------------- effective numbers


def test_so_many_customers_say_as_much() -> None:
    """Rothman's (1978) number: S(1 - S)/variance, and Kish's (Σω)²/Σω²."""
    tenure, churned = [1, 2, 2, 4, 4, 5], [1, 0, 1, 0, 1, 0]
    weights = [2.0, 1, 1, 3, 1, 2]
    table, weighted = (LifeTable.of(tenure, churned, weights=w) for w in (None, weights))

    for one in (table, weighted):
        found = retention_at(one, 4)
        share, error = found.value / 100, found.std_error / 100
        assert found.n_effective == pytest.approx(share * (1 - share) / error**2)
    assert median_tenure(table).n_effective == mean_tenure(table, 4).n_effective == 6
    assert mean_tenure(weighted, 4).n_effective == pytest.approx(100 / 20)
    assert retention_at(table, 1).n_effective == pytest.approx(6)


@given(strategies.customers(), st.floats(0.1, 100))
def test_equal_weights_are_none_and_their_unit_does_not_matter(
    columns: dict[str, list[Any]], factor: float
) -> None:
    tenure, churned, weights = (columns[name] for name in ("tenure", "churned", "weights"))
    plain, equal, one, many = (
        LifeTable.of(tenure, churned, weights=given)
        for given in (None, [factor] * len(tenure), weights, [factor * w for w in weights])
    )

    for table, same in ((plain, equal), (one, many)):
        for basis, twin in zip(bases(table), bases(same), strict=True):
            for name in ("value", "std_error", "n_effective"):
                assert_allclose(getattr(twin, name), getattr(basis, name), rtol=1e-9, atol=1e-12)
            limits = [each.method("log-log").interval(0.9, "two-sided") for each in (twin, basis)]
            assert_allclose(limits[0], limits[1], rtol=1e-8, atol=1e-8)


def bases(table: LifeTable) -> list[TenureBasis]:
    return [
        RetentionAt(table=table, tenure=3.0),
        MeanTenure(table=table, horizon=3.0),
        TenureQuantile(table=table, left=0.5),
    ]


def test_weights_of_0_say_nothing() -> None:
    table = LifeTable.of([1, 2, 3], [1, 1, 0], weights=[0.0, 1, 0], by=["a", "b", "a"])

    rates = retention_at(table, 3)

    assert np.isnan(rates["a"].value)
    assert (rates["a"].n, rates["a"].n_effective) == (2, 0)
    assert mean_tenure(table, 3)["a"].n_effective == 0


# ------------------------------------------------------------------------- rows


@given(strategies.customers())
def test_rows_are_taken_and_the_rest_is_added_up(columns: dict[str, list[Any]]) -> None:
    tables = LifeTable.of(columns["tenure"], columns["churned"], by=columns["by"])

    for basis in bases(tables.batch):
        for value in (basis, basis.take(np.array([-1, *range(len(tables))]))):
            assert pickle.loads(pickle.dumps(value)) == value
            assert copy.deepcopy(value) == value
        rest = basis.others()
        for i, key in enumerate(tables):
            others = [tables[other] for other in tables if other != key]
            assert rest[i].table == sum(others, LifeTable.empty())
