"""On how few accounts revenue rests."""

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics import Revenue
from cxmetrics.errors import CxMetricsError

START = [100, 200, 150, 80, 120, 300, 90, 60]


def test_worked_example() -> None:
    """By hand: 1100² / 195000 accounts; ten have all there is."""
    found = cx.revenue_concentration(START)

    assert (found.n, found.largest_share) == (8, 1)
    assert found.n_effective == pytest.approx(1100**2 / 195_000)
    assert str(found) == (
        "8 accounts as concentrated as 6.2 of equal size; the ten largest have 100.0%"
    )
    assert cx.revenue_concentration(Revenue.of(START, [0] * 8)) == found


def test_accounts_of_equal_size_are_as_many_as_they_are() -> None:
    found = cx.revenue_concentration([5.0] * 40)

    assert found.n_effective == pytest.approx(40)
    assert found.largest_share == pytest.approx(0.25)


def test_groups_are_a_table() -> None:
    revenue = Revenue.of([*START, 0], [*START, 7], by={"plan": [*"aaaabbbb", "new"]})
    found = cx.revenue_concentration(revenue)

    assert found["a"] == cx.revenue_concentration(START[:4])
    assert str(found).splitlines() == [
        "Concentration of revenue",
        "plan  n  effective n  ten largest",
        "a     4          3.6       100.0%",
        "b     4          2.8       100.0%",
        "new   0            –            –",  # noqa: RUF001
    ]
    assert np.isnan(found.suppress(min_n=5)["a"].n_effective)
    assert found.to_pandas().columns.tolist() == ["plan", "n", "n_effective", "largest_share"]
    assert str(found.batch).startswith("Concentration of revenue")
    assert "<td" in found._repr_html_()


def test_it_is_a_value() -> None:
    found = cx.revenue_concentration(START)

    assert json.loads(json.dumps(found.to_dict())) == {
        "n": 8,
        "n_effective": found.n_effective,
        "largest_share": 1.0,
    }
    assert found.to_dicts() == [found.to_dict()]
    assert pickle.loads(pickle.dumps(found)) == found
    assert copy.deepcopy(found) == found


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ([], "`start` must have revenue of at least one account, not 0 in total."),
        ([0, 0], "`start` must have revenue of at least one account, not 0 in total."),
        (Revenue.empty(), "`start` must have revenue of at least one account, not 0 in total."),
        (
            [1, "many"],
            (
                "Each amount in `start` must be a number from 0 to 1e+100, not 'many' "
                "(1 of 2, first at position 1)."
            ),
        ),
    ],
)
def test_what_is_no_revenue_is_explained(start: Any, message: str) -> None:
    with pytest.raises(CxMetricsError) as raised:
        cx.revenue_concentration(start)

    assert str(raised.value) == message
