"""The cohort triangle: its numbers, its rows as any metric, faces and refusals."""

import copy
import pickle
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from numpy.testing import assert_allclose
from statsmodels.stats.proportion import proportion_confint

import cxmetrics as cx
from cxmetrics.errors import ArgumentError
from cxmetrics.metrics.cohorts import CohortRetention, cohort_retention
from tests.strategies import activity_logs

ASKED = ("customer", "joined", "active")
ACTIVE = {1: [40, 22, 11, 13], 2: [50, 31, 12], 3: [20, 4]}
"""Customers who joined in January, February and March 2025 and bought in the month of
joining and in those after it."""


def log_of(active: dict[int, list[int]], sizes: dict[int, int]) -> pl.DataFrame:
    """Orders: of each cohort, the first so many customers were active at each age."""
    rows: list[tuple[tuple[int, int], date, date | None]] = []
    for month, numbers in active.items():
        joined = date(2025, month, 3)
        rows += [((month, i), joined, None) for i in range(sizes[month])]
        for age, number in enumerate(numbers):
            when = date(2025, month + age, 20)
            rows += [((month, i), joined, when + timedelta(days=i % 5)) for i in range(number)] * 2
    customer = [f"{month}-{i}" for (month, i), *_ in rows]
    return pl.DataFrame(
        {"customer": customer, "joined": [r[1] for r in rows], "active": [r[2] for r in rows]},
        schema_overrides={"active": pl.Date},
    )


LOG = log_of(ACTIVE, {1: 40, 2: 60, 3: 20})
TRIANGLE = cohort_retention(LOG, *ASKED)


def test_worked_example() -> None:
    """Shares by hand, 22 of 40 and so on, with Wilson's intervals of statsmodels."""
    assert str(TRIANGLE).splitlines() == [
        "Retention in %, by months since joining",
        "cohort       n      0     1     2     3",
        "2025-01-01  40  100.0  55.0  27.5  32.5",
        "2025-02-01  60   83.3  51.7  20.0     –",  # noqa: RUF001
        "2025-03-01  20  100.0  20.0     –     –",  # noqa: RUF001
    ]
    assert TRIANGLE.sizes.tolist() == [40, 60, 20]
    assert TRIANGLE.active.tolist() == [[40, 22, 11, 13], [50, 31, 12, 0], [20, 4, 0, 0]]
    assert TRIANGLE.observed.sum(axis=1).tolist() == [4, 3, 2]
    low, high = proportion_confint(TRIANGLE.active[:2, :3], [[40], [60]], method="wilson")
    assert_allclose(np.asarray(TRIANGLE.interval.low)[:2, :3], 100 * low, atol=1e-9)
    assert_allclose(np.asarray(TRIANGLE.interval.high)[:2, :3], 100 * high, atol=1e-9)


def test_the_future_is_not_nobody() -> None:
    unseen = ~TRIANGLE.observed

    assert np.isnan(TRIANGLE.retention[unseen]).all()
    assert set(np.asarray(TRIANGLE.interval.low)[unseen]) == {0}
    assert set(np.asarray(TRIANGLE.interval.high)[unseen]) == {100}
    frame = TRIANGLE.to_pandas()
    assert frame.columns.tolist() == [
        *("cohort", "age", "n", "active", "value", "low", "high", "observed")
    ]
    assert len(frame) == 12
    assert frame.loc[frame["observed"], "n"].tolist() == [40] * 4 + [60] * 3 + [20] * 2
    assert frame.loc[~frame["observed"], ["n", "active"]].to_numpy().sum() == 0
    assert frame["value"].isna().equals(~frame["observed"])


def test_nobody_is_0_where_it_was_seen() -> None:
    """Of 5 who joined in January nobody is seen again, but somebody who joined in March is."""
    found = cohort_retention(log_of({1: [0], 3: [0, 1]}, {1: 5, 3: 2}), *ASKED)

    assert [day.month for day in found.cohorts.tolist()] == [1, 3]
    assert_allclose(found.retention, np.array([[0, 0, 0, 0], [0, 50, np.nan, np.nan]]))


def test_an_age_compares_as_any_metric() -> None:
    first = TRIANGLE.age(1)

    assert first.columns == {"cohort": [date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)]}
    assert [estimate.value for estimate in first.values()] == pytest.approx([55, 3100 / 60, 20])
    counts = cx.Counts(cx.YES_NO, [18, 22])
    january = cx.top_box(counts, top=1, label="Retention after 1 month")
    assert first[date(2025, 1, 1)].interval == january.interval
    assert list(TRIANGLE.age(2)) == [date(2025, 1, 1), date(2025, 2, 1)]
    assert cx.trend(first).value < 0
    assert cx.trend(first).n == 120
    worst = cx.compare_segments(first)[date(2025, 3, 1)]
    assert worst.value == pytest.approx(20 - 53)
    assert worst.pvalue < 0.05
    assert cx.consistency(TRIANGLE.age(2)).n_groups == 2
    assert TRIANGLE.age(2).batch.metric == "Retention after 2 months"
    assert TRIANGLE.age(0)[date(2025, 2, 1)].shares["active"] == pytest.approx(500 / 6)


@given(activity_logs())
def test_every_share_is_of_its_cohort(log: dict[str, list[Any]]) -> None:
    frame = pl.DataFrame(log, schema_overrides={"active": pl.Date})
    found = cohort_retention(frame, *ASKED, period="quarter", confidence_level=0.8)
    low, high = map(np.asarray, found.interval)
    seen = found.observed

    assert found.sizes.sum() == len(set(log["customer"]))
    assert seen[:, 0].all()
    assert not (seen[:-1] < seen[1:]).any()
    assert ((low <= found.retention) & (found.retention <= high))[seen].all()
    sizes = np.broadcast_to(found.sizes[:, None], seen.shape)
    assert_allclose(found.retention[seen], (100 * found.active / sizes)[seen])
    assert pickle.loads(pickle.dumps(found)) == found
    assert copy.deepcopy(found) == found


def test_a_triangle_has_html_dict_and_frames() -> None:
    weekly: CohortRetention = cohort_retention(LOG, *ASKED, period="week", confidence_level=0.9)

    assert "Retention in %, by weeks since joining, 90% score intervals" in weekly._repr_html_()
    assert '<td style="text-align:right">55.0 [39.8, 69.3]</td>' in TRIANGLE._repr_html_()
    assert '<td style="text-align:right">–</td>' in TRIANGLE.to_html()  # noqa: RUF001
    assert (weekly.confidence_level, weekly.period, weekly.shape) == (0.9, "week", ())
    assert TRIANGLE.to_dict()["age"] == [0, 1, 2, 3] * 3
    assert TRIANGLE.to_dicts()[1] == {
        "cohort": date(2025, 1, 1),
        "age": 1,
        "n": 40,
        "active": 22,
        "value": pytest.approx(55),
        "low": pytest.approx(39.8, abs=0.05),
        "high": pytest.approx(69.3, abs=0.05),
        "observed": True,
    }
    assert TRIANGLE.to_polars()["cohort"].dtype == pl.Date


@pytest.mark.parametrize(
    ("age", "message"),
    [
        (4, "`periods` must be 0 to 3, not 4."),
        (-1, "`periods` must be 0 to 3, not -1."),
        (0.5, "`periods` must be a whole number, not 0.5."),
    ],
)
def test_ages_that_there_are_not_are_explained(age: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        TRIANGLE.age(age)

    assert str(error.value) == message
