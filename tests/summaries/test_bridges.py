"""Life tables as the arguments of lifelines."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics import LifeTable, retention_curve, to_lifelines
from cxmetrics.errors import CxMetricsError, MismatchError

TABLE = LifeTable.of(
    [5, 2, 5, 8, 3, 6, 6, 4], [1, 1, 0, 1, 1, 0, 1, 1], entry=[0, 0, 3, 0, 2, 3, 2, 2]
)

# KaplanMeierFitter().fit(**to_lifelines(TABLE)).survival_function_ of lifelines 0.30.3
LIFELINES = {2: 0.666667, 3: 0.533333, 4: 0.444444, 5: 0.355556, 6: 0.237037, 8: 0}


def test_worked_example() -> None:
    columns = to_lifelines(TABLE)

    assert columns["durations"].tolist() == [2, 3, 4, 5, 5, 6, 6, 8]
    assert columns["event_observed"].tolist() == [1, 1, 1, 1, 0, 1, 0, 1]
    assert columns["weights"].tolist() == [1] * 8
    assert columns["entry"] == pytest.approx([0, 0, 0, 2, 2, 2, 3, 3])


def test_lifelines_sees_the_same_curve() -> None:
    assert retention_curve(TABLE).survival == pytest.approx([*LIFELINES.values()], abs=5e-7)


def test_many_customers_are_few_rows() -> None:
    columns = to_lifelines(LifeTable.from_survivors([1000, 869, 743, 653]))

    assert columns["durations"].tolist() == [1, 2, 3, 3]
    assert columns["weights"].tolist() == [131, 126, 90, 653]
    assert columns["entry"].tolist() == [0] * 4


@st.composite
def customers(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """Tenure, churn and entry of some customers."""
    n = draw(st.integers(0, 30))
    tenure = np.array(draw(st.lists(st.integers(1, 9), min_size=n, max_size=n)), np.int64)
    churned = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    entry = np.array(draw(st.lists(st.integers(0, 8), min_size=n, max_size=n)), np.int64)
    return tenure, churned, entry % np.maximum(tenure, 1)


@given(customers())
def test_counting_the_rows_gives_the_table_again(rows: tuple[Any, Any, Any]) -> None:
    """Entries are a hair later than in the table, and each is before its exit."""
    table = LifeTable.of(rows[0], rows[1], entry=rows[2])

    columns = to_lifelines(table)
    each = {name: np.repeat(column, columns["weights"]) for name, column in columns.items()}
    assert np.all(each["entry"] < each["durations"])
    again = LifeTable.of(each["durations"], each["event_observed"], entry=np.floor(each["entry"]))
    assert again == table


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            LifeTable([1], [[1], [2]], [[0], [0]]),
            (
                "`table` must be of one group, not a batch.\n"
                "Hint: did you mean grouped.total(), or grouped[key]?"
            ),
        ),
        (
            LifeTable.of([1, 2], [1, 1], weights=[1, 2]),
            "`table` must be a life table without weights.",
        ),
    ],
)
def test_what_lifelines_cannot_take(table: LifeTable, message: str) -> None:
    with pytest.raises(MismatchError) as caught:
        to_lifelines(table)

    assert str(caught.value) == message
    assert isinstance(caught.value, CxMetricsError)
