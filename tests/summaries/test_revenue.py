"""Revenue of accounts: what it is made of, how it merges, and what it refuses."""

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics import Grouped
from cxmetrics.errors import ArgumentError, CxMetricsError, MismatchError
from cxmetrics.summaries.moments import Moments
from cxmetrics.summaries.revenue import AMOUNTS, Largest, Revenue
from cxmetrics.summaries.scatter import Scatter
from tests.strategies import assert_same_moments, revenues, sampling_weights

START = [100, 200, 150, 80, 120, 300, 90, 60]
END = [110, 180, 150, 0, 130, 330, 90, 75]
ACCOUNTS = Revenue.of(START, END)


def test_worked_example() -> None:
    """By hand: +10, -20, 0, lost, +10, +30, 0, +15; (Σs)²/Σs² = 1100² / 195000."""
    assert (ACCOUNTS.n, ACCOUNTS.start, ACCOUNTS.end) == (8, 1100, 1065)
    assert (ACCOUNTS.expansion, ACCOUNTS.contraction, ACCOUNTS.lost) == (65, 20, 80)
    assert ACCOUNTS.retained == 1000
    assert (ACCOUNTS.n_new, ACCOUNTS.new) == (0, 0)
    assert ACCOUNTS.n_effective == pytest.approx(1100**2 / 195_000)
    assert ACCOUNTS.largest_share == 1
    assert str(ACCOUNTS) == (
        "8 accounts with 1,100 at the start: 65 expansion, 20 contraction, 80 lost; 0 new with 0"
    )


def test_new_accounts_count_apart_and_those_never_there_nowhere() -> None:
    more = Revenue.of([*START, 0, 0, 0], [*END, 50, 0, 7.5])

    assert more.moments == ACCOUNTS.moments
    assert more.largest == ACCOUNTS.largest
    assert (more.n_new, more.new, more.end) == (2, 57.5, 1065)


def test_the_ten_largest_accounts_are_kept() -> None:
    start = np.arange(1.0, 101)
    revenue = Revenue.of(start, start)

    assert revenue.largest.amounts.tolist() == list(range(100, 90, -1))
    assert revenue.largest_share == pytest.approx(955 / 5050)
    assert ACCOUNTS.largest.amounts.tolist() == [*sorted(START, reverse=True), 0, 0]


def test_weights_are_taken_into_account() -> None:
    """As many accounts as the weights say, but for what depends on their number."""
    weights = [2, 1, 3, 1, 1, 2, 1, 1]
    weighted = Revenue.of([*START, 0], [*END, 10], weights=[*weights, 4])
    repeated = Revenue.of(np.repeat(START, weights), np.repeat(END, weights))

    for name in (*AMOUNTS, "retained", "end"):
        assert getattr(weighted, name) == pytest.approx(getattr(repeated, name))
    assert (weighted.n, weighted.n_new, weighted.new) == (8, 1, 40)
    amounts = np.multiply(START, weights)
    assert weighted.n_effective == pytest.approx(amounts.sum() ** 2 / (amounts**2).sum())
    assert weighted.largest.amounts[:3].tolist() == [600, 450, 200]


def test_revenue_by_group_is_a_grouped_batch() -> None:
    plan = ["pro", "pro", "basic", "basic", "pro", "pro", "basic", "pro", "new", "none"]
    grouped = Revenue.of([*START, 0, 0], [*END, 20, 0], by={"plan": plan})

    assert list(grouped) == ["basic", "new", "none", "pro"]
    assert grouped["basic"] == Revenue.of([150, 80, 90], [150, 0, 90])
    assert grouped["new"] == Revenue.of([0], [20])
    assert np.isnan(grouped["none"].n_effective)
    assert np.isnan(grouped["none"].largest_share)
    assert grouped.total().end == 1065
    assert Grouped.from_dict(json.loads(json.dumps(grouped.to_dict()))) == grouped
    assert str(grouped).splitlines() == [
        "Revenue from the start to the end of a period",
        "plan   n  start  expansion  contraction  lost  end  n_new  new",
        "basic  3    320          0            0    80  240      0    0",
        "new    0      0          0            0     0    0      1   20",
        "none   0      0          0            0     0    0      0    0",
        "pro    5    780         65           20     0  825      0    0",
    ]
    assert str(grouped.batch).splitlines()[1].startswith("n  start")
    assert '<td style="text-align:right">100.0%</td>' in grouped._repr_html_()
    assert grouped.to_pandas()["largest_share"].tolist()[::3] == [1, 1]


# ---------------------------------------------------------------------- laws


@st.composite
def accounts(draw: st.DrawFn, weighted: bool | None = None) -> dict[str, Any]:  # noqa: FBT001
    n = draw(st.integers(1, 40))
    weighted = draw(st.booleans()) if weighted is None else weighted
    return {
        "start": draw(revenues(n)),
        "end": draw(revenues(n)),
        "by": draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)),
        "weights": draw(sampling_weights(n)) if weighted else None,
    }


def batches(weighted: bool) -> st.SearchStrategy[Revenue]:  # noqa: FBT001
    """Revenue in four groups, some of which may be empty."""

    def batch(some: dict[str, Any]) -> Revenue:
        grouped: Grouped[Revenue] = Revenue.of(**some)
        return grouped.in_order(range(4))

    return accounts(weighted).map(batch)


def assert_same(found: Revenue, expected: Revenue) -> None:
    assert_same_moments(found.moments, expected.moments)
    np.testing.assert_allclose(found.largest.amounts, expected.largest.amounts, rtol=1e-15)
    np.testing.assert_array_equal(found.n_new, expected.n_new)
    np.testing.assert_allclose(found.new, expected.new, rtol=1e-12)


@given(accounts())
def test_the_amounts_add_up(some: dict[str, Any]) -> None:
    revenue = Revenue.of(some["start"], some["end"], weights=some["weights"])
    start, end = np.array(some["start"]), np.array(some["end"])
    weights = np.ones(len(start)) if some["weights"] is None else np.array(some["weights"])

    assert revenue.n == (start > 0).sum()
    assert revenue.start == pytest.approx(weights @ start)
    assert revenue.end + revenue.new == pytest.approx(weights @ end)
    assert revenue.retained == pytest.approx(weights @ np.minimum(start, end), abs=1e-6)
    assert 0 <= revenue.retained <= revenue.start
    largest = np.sort(weights * start)[::-1][:10]
    assert revenue.largest.amounts.tolist()[: len(largest)] == largest.tolist()
    if revenue.start:
        squares = ((weights * start) ** 2).sum()
        assert revenue.n_effective == pytest.approx((weights @ start) ** 2 / squares)
        assert revenue.largest_share == pytest.approx(largest.sum() / (weights @ start))


@given(st.booleans(), st.data())
def test_revenue_forms_a_commutative_monoid(weighted: bool, data: st.DataObject) -> None:  # noqa: FBT001
    a, b, c = (data.draw(batches(weighted)) for _ in range(3))

    assert a + b == b + a
    assert_same((a + b) + c, a + (b + c))
    assert a + a.zeros(a.shape) == a
    assert (a[0] + Revenue.empty()).end == a[0].end
    for i, row in enumerate(a + b):
        assert_same(row, a[i] + b[i])


@given(st.data(), st.booleans())
def test_reducing_then_adding_is_adding_then_reducing(data: st.DataObject, weighted: bool) -> None:  # noqa: FBT001
    one, two = (data.draw(accounts(weighted)) for _ in range(2))
    both: Any = {name: None if one[name] is None else one[name] + two[name] for name in one}

    merged: Grouped[Revenue] = Revenue.of(**one) + Revenue.of(**two)
    together: Grouped[Revenue] = Revenue.of(**both)

    assert merged.columns == together.columns
    assert_same(merged.batch, together.batch)


@given(st.booleans().flatmap(batches), st.lists(st.integers(0, 1), min_size=4, max_size=4))
def test_rows_are_regrouped_and_left_out(batch: Revenue, codes: list[int]) -> None:
    regrouped, others, rows = batch.regrouped(np.array(codes), 2), batch.others(), list(batch)

    for code in (0, 1):
        mine = [row for row, at in zip(rows, codes, strict=True) if at == code]
        assert_same(regrouped[code], sum(mine, batch.zeros(())))
    for i in range(4):
        assert_same(others[i], sum(rows[:i] + rows[i + 1 :], batch.zeros(())))


def test_the_largest_of_others_may_all_be_in_one_row() -> None:
    batch = Revenue.of(np.arange(1.0, 31), np.zeros(30), by=np.arange(30) // 10).batch

    assert batch.others().largest.amounts.tolist() == [
        list(range(30, 20, -1)),
        list(range(30, 20, -1)),
        list(range(20, 10, -1)),
    ]
    assert batch[:1].others() == batch[:1].zeros((1,))
    assert batch[:0].others().shape == (0,)


@given(st.booleans().flatmap(batches))
def test_revenue_survives_storing_and_copying(batch: Revenue) -> None:
    for value in (batch, batch[0]):
        assert Revenue.from_dict(json.loads(json.dumps(value.to_dict()))) == value
        assert pickle.loads(pickle.dumps(value)) == value
        assert copy.deepcopy(value) == value


# ---------------------------------------------------------------------- errors

SPAN = "must be a number from 0 to 1e+100"


@pytest.mark.parametrize(
    ("start", "end", "error", "message"),
    [
        (
            [1, -2, -3],
            [1, 2, 3],
            ArgumentError,
            (
                f"Each amount in `start` {SPAN}, not -2.0 (2 of 3, first at position 1).\n"
                "Hint: did you mean to take credits off the revenue of their account first?"
            ),
        ),
        (
            [1, 2, 3],
            [1, None, 3],
            ArgumentError,
            (
                f"Each amount in `end` {SPAN}, but 1 of 3 are missing, first at position 1.\n"
                "Hint: did you mean 0 for these, as for accounts that left, or to drop their rows?"
            ),
        ),
        (
            [1, 2],
            [1, -np.inf],
            ArgumentError,
            f"Each amount in `end` {SPAN}, not -inf (1 of 2, first at position 1).",
        ),
        (
            [1, 2],
            [1],
            MismatchError,
            "`end` must have one amount for each in `start`, not 1 for 2.",
        ),
    ],
)
def test_what_is_no_revenue_is_explained(
    start: Any, end: Any, error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as raised:
        Revenue.of(start, end)

    assert str(raised.value) == message


NOTHING: dict[str, Any] = {
    "moments": Moments.empty(AMOUNTS),
    "largest": Largest(amounts=np.zeros(10)),
    "n_new": 0,
    "new": 0.0,
}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"moments": Moments.empty(["x"])},
            "`moments` must be of start, expansion, contraction, lost, not of x.",
        ),
        (
            {"largest": Largest(amounts=np.zeros((2, 10)))},
            "`largest` must have the shape () of `moments`, not (2,).",
        ),
        ({"n_new": [1]}, "`n_new` must have the shape () of `moments`, not (1,)."),
        ({"new": [1.0]}, "`new` must have the shape () of `moments`, not (1,)."),
    ],
)
def test_parts_that_do_not_fit_are_refused(content: dict[str, Any], message: str) -> None:
    with pytest.raises(MismatchError) as raised:
        Revenue(**NOTHING | content)

    assert str(raised.value) == message


@pytest.mark.parametrize("amounts", [range(10), [-1.0] * 10, np.zeros(9), 5])
def test_largest_amounts_are_ten_falling_numbers(amounts: Any) -> None:
    with pytest.raises(MismatchError) as raised:
        Largest(amounts=amounts)

    assert str(raised.value) == "`amounts` must be 10 numbers from 0, largest first."


def test_other_things_do_not_add() -> None:
    with pytest.raises(TypeError):
        ACCOUNTS + ACCOUNTS.moments
    with pytest.raises(TypeError):
        ACCOUNTS.largest + Scatter.empty(1)
    with pytest.raises(MismatchError):
        ACCOUNTS + ACCOUNTS.zeros((2,))
    with pytest.raises(MismatchError):
        ACCOUNTS.largest + ACCOUNTS.largest.zeros((2,))
