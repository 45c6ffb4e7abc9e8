"""Moments of amounts: what they hold, how they merge, and what they refuse."""

import copy
import json
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics import Grouped
from cxmetrics.errors import ArgumentError, CxMetricsError, FormatError, MismatchError
from cxmetrics.summaries.moments import Moments
from cxmetrics.summaries.scatter import Scatter
from tests.strategies import amounts_of, assert_same_moments, moment_batches, sampling_weights

START = [100, 200, 150, 80, 120, 300, 90, 60]
END = [110, 180, 150, 0, 130, 330, 90, 75]
ACCOUNTS = Moments.of({"start": START, "end": END})
WEIGHTS = [1.0, 2.0, 0.5, 0.0, 1.0, 3.0, 1.0, 1.5]
WEIGHTED = Moments.of({"start": START, "end": END}, weights=WEIGHTS)


def test_moments_are_those_of_numpy() -> None:
    assert (ACCOUNTS.n, ACCOUNTS.weight, ACCOUNTS.n_effective) == (8, 8.0, 8.0)
    assert ACCOUNTS.totals.tolist() == [1100, 1065]
    assert ACCOUNTS.means == pytest.approx([np.mean(START), np.mean(END)])
    assert ACCOUNTS.covariance == pytest.approx(np.cov(START, END))
    assert ACCOUNTS.std == pytest.approx(np.std([START, END], axis=1, ddof=1))


def test_weighted_moments_are_those_of_numpy() -> None:
    expected = np.cov(START, END, aweights=WEIGHTS, ddof=0) * 8 / 7

    assert WEIGHTED.n == 8
    assert WEIGHTED.weight == 10
    assert WEIGHTED.n_effective == pytest.approx(100 / np.square(WEIGHTS).sum())
    assert WEIGHTED.means == pytest.approx(np.average([START, END], axis=1, weights=WEIGHTS))
    assert WEIGHTED.covariance == pytest.approx(expected)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_moments_hold_the_variance_of_a_ratio(weights: list[float] | None) -> None:
    """u = e - R s, R = Σωe / Σωs; Σω²u² from the accounts and from their moments."""
    s, e, w = np.array(START), np.array(END), np.array(weights or [1.0] * 8)
    ratio = (w * e).sum() / (w * s).sum()
    moments = Moments.of({"start": START, "end": END}, weights=weights)

    squares = moments.squared or moments.scatter
    a = np.array([-ratio, 1.0])
    found = a @ squares.products @ a + squares.weight * (squares.means @ a) ** 2

    assert moments.totals[1] / moments.totals[0] == pytest.approx(ratio)
    assert found == pytest.approx((w**2 * (e - ratio * s) ** 2).sum())
    if weights is None:  # by hand from the published formula: R .968182, se .0892344
        assert np.sqrt(8 / 7 * found) / 1100 == pytest.approx(0.0892344, abs=5e-8)


ARRAYS: dict[str, Any] = {
    "list": list,
    "tuple": tuple,
    "numpy": np.array,
    "pandas": pd.Series,
    "Polars": pl.Series,
    "Arrow": pa.array,
    "masked": np.ma.array,
    "nullable": lambda values: pd.Series(values, dtype="Int64"),
    "short floats": lambda values: np.array(values, np.float32),
    "decimals": lambda values: [Decimal(value) for value in values],
    "objects": lambda values: np.array(values, object),
}


@pytest.mark.parametrize("read", ARRAYS.values(), ids=ARRAYS)
def test_any_array_is_read(read: Any) -> None:
    assert Moments.of({"start": read(START), "end": read(END)}) == ACCOUNTS


def test_moments_by_group_are_a_grouped_batch() -> None:
    plan = ["pro", "pro", "basic", "basic", "pro", "pro", "basic", "pro"]
    grouped = Moments.of({"start": START, "end": END}, by={"plan": plan}, weights=WEIGHTS)

    assert list(grouped) == ["basic", "pro"]
    rows = [2, 3, 6]
    expected = {
        name: [values[i] for i in rows] for name, values in (("start", START), ("end", END))
    }
    weights = [WEIGHTS[i] for i in rows]
    assert_same_moments(grouped["basic"], Moments.of(expected, weights=weights))
    assert_same_moments(grouped.total(), WEIGHTED)
    assert Grouped.from_dict(json.loads(json.dumps(grouped.to_dict()))) == grouped
    assert str(grouped).splitlines() == [
        "Moments of start, end",
        "plan   n  weight  mean_start  std_start  mean_end  std_end",
        "basic  3     1.5         110     34.641       110   34.641",
        "pro    5     8.5     189.412    104.914   200.294  113.718",
    ]


def test_moments_have_text_html_and_frames() -> None:
    assert str(ACCOUNTS) == (
        "8 rows of start (mean 137.5, std 79.0569), end (mean 133.125, std 96.1746)"
    )
    assert str(WEIGHTED).startswith("8 rows, weighted, of start (mean 177.5, std ")
    assert list(ACCOUNTS.to_dicts()[0]) == ["n", "mean_start", "std_start", "mean_end", "std_end"]
    assert WEIGHTED.to_pandas()["weight"].tolist() == [10]
    assert '<td style="text-align:right">137.5</td>' in ACCOUNTS._repr_html_()
    assert str(ACCOUNTS.zeros((2,))).splitlines()[1].startswith("n  mean_start")


def test_of_one_customer_there_is_no_spread_and_of_none_no_mean() -> None:
    one, none = Moments.of({"x": [5.0]}), Moments.empty(["x"])

    assert one.means.tolist() == [5]
    assert np.isnan(one.std).all()
    assert Moments.of({"x": []}) == none
    assert np.isnan(none.means).all()
    assert np.isnan(none.std).all()
    assert none.n_effective == 0
    assert np.isnan(Moments.of({"x": []}, weights=[]).n_effective)
    assert Moments.of({"x": []}, by=[]).batch.shape == (0,)


# ---------------------------------------------------------------------- precision


def exact_square(values: Any) -> Fraction:
    """Σ (x - m)² without rounding."""
    numbers = [Fraction(value) for value in np.asarray(values, float).tolist()]
    mean = sum(numbers, Fraction(0)) / len(numbers)
    return sum(((number - mean) ** 2 for number in numbers), Fraction(0))


@pytest.mark.parametrize("offset", [0, 1e6, 1e9, -1e12])
@pytest.mark.parametrize("by", [False, True])
def test_a_large_mean_costs_no_digits(offset: float, by: bool) -> None:  # noqa: FBT001
    values = offset + np.random.default_rng(1).normal(size=20_000)
    expected = float(exact_square(values))

    labels = np.zeros(len(values), int) + np.arange(len(values)) // 19_999
    found = Moments.of({"x": values}, by=labels if by else None)
    if isinstance(found, Grouped):
        found, expected = found[0], float(exact_square(values[:19_999]))

    assert found.scatter.products[0, 0] == pytest.approx(expected, rel=1e-12)


def test_amounts_that_are_alike_have_no_spread() -> None:
    assert Moments.of({"x": [0.1] * 30}).std[0] <= 1e-16
    assert Moments.of({"x": [7] * 30, "y": range(30)}).covariance[0].tolist() == [0, 0]


def test_parts_far_apart_merge_to_the_digits_that_floats_have() -> None:
    """Means of 10**9 are known to 10**-7; so is the distance of two of them."""
    values = 1e9 + np.arange(40.0) ** 2
    parts = [Moments.of({"x": values[i::4]}) for i in range(4)]

    merged, expected = sum(parts[1:], parts[0]), float(exact_square(values))

    assert merged.scatter.products[0, 0] == pytest.approx(expected, rel=1e-8)
    assert_same_moments(merged, Moments.of({"x": values}))


# ---------------------------------------------------------------------- laws


@given(st.data(), st.booleans())
def test_reducing_then_adding_is_adding_then_reducing(data: st.DataObject, weighted: bool) -> None:  # noqa: FBT001
    sizes = [data.draw(st.integers(0, 10)) for _ in range(2)]
    amounts = data.draw(amounts_of(sum(sizes)))
    parts = [slice(sizes[0]), slice(sizes[0], None)]
    weights = [data.draw(sampling_weights(n)) if weighted else None for n in sizes]

    one, two = (
        Moments.of({name: values[rows] for name, values in amounts.items()}, weights=some)
        for rows, some in zip(parts, weights, strict=True)
    )

    every = None if not weighted else [w for some in weights for w in some or ()]
    assert_same_moments(one + two, Moments.of(amounts, weights=every))


@given(st.data(), st.booleans())
def test_moments_form_a_commutative_monoid(data: st.DataObject, weighted: bool) -> None:  # noqa: FBT001
    a, b, c = (data.draw(moment_batches(weighted=weighted)) for _ in range(3))
    zero = Moments.empty(["x", "y"])

    assert a + b == b + a
    assert_same_moments((a + b) + c, a + (b + c))
    assert a + a.zeros(a.shape) == a
    assert a[0] + zero == a[0]
    assert (zero + a[0]).scatter == a[0].scatter
    assert sum([a, b]) == a + b


@given(moment_batches(), moment_batches())
def test_a_batch_is_its_rows(a: Moments, b: Moments) -> None:
    if (a.squared is None) == (b.squared is None):
        for i, row in enumerate(a + b):
            assert_same_moments(row, a[i] + b[i])
    for name in ("means", "covariance", "std", "n_effective"):
        whole = getattr(a, name)
        rows = [getattr(row, name) for row in a]
        np.testing.assert_allclose(whole, rows, rtol=1e-12)


@given(moment_batches(rows=5), st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_rows_that_share_a_code_are_added(batch: Moments, codes: list[int]) -> None:
    regrouped = batch.regrouped(np.array(codes), 3)

    for code in range(3):
        mine = [row for row, at in zip(batch, codes, strict=True) if at == code]
        assert_same_moments(regrouped[code], sum(mine, batch.zeros(())))


@given(moment_batches(rows=5))
def test_others_are_the_sum_of_all_other_rows(batch: Moments) -> None:
    others = batch.others()

    for i in range(5):
        rest = [row for j, row in enumerate(batch) if j != i]
        assert_same_moments(others[i], sum(rest, batch.zeros(())))
    assert batch[:1].others() == batch[:1].zeros((1,))


def test_others_lose_no_digits_beside_a_giant() -> None:
    """The sum of all less the giant would leave nothing of the small ones."""
    batch = Moments.of({"x": [1e15, 3e15, 1.0, 2.0, 3.0, 5.0]}, by=[0, 0, 1, 1, 2, 2]).batch

    rest = batch.others()[0]

    assert_same_moments(rest, Moments.of({"x": [1.0, 2.0, 3.0, 5.0]}))


@given(moment_batches())
def test_moments_survive_storing_and_copying(batch: Moments) -> None:
    for value in (batch, batch[0]):
        assert Moments.from_dict(json.loads(json.dumps(value.to_dict()))) == value
        assert pickle.loads(pickle.dumps(value)) == value
        assert copy.deepcopy(value) == value


@given(st.data())
def test_the_unit_of_the_weights_does_not_matter(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 12))
    amounts = data.draw(amounts_of(n))
    weights = data.draw(sampling_weights(n))

    one, eight = (Moments.of(amounts, weights=[unit * w for w in weights]) for unit in (1, 8))

    for name in ("means", "covariance", "n_effective"):
        np.testing.assert_array_equal(getattr(one, name), getattr(eight, name))
    equal = Moments.of(amounts, weights=[0.5] * n)
    for name in ("means", "covariance", "n_effective"):
        np.testing.assert_allclose(
            getattr(equal, name), getattr(Moments.of(amounts), name), rtol=1e-12
        )


# ---------------------------------------------------------------------- errors

HINT = "Hint: did you mean 0 for these, as for accounts that left, or to drop their rows?"
SPAN = "must be a number from -1e+100 to 1e+100"


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        (
            {"amounts": {"start": [1, 2, 3], "end": [1, None, None]}},
            ArgumentError,
            (f"Each amount in `end` {SPAN}, but 2 of 3 are missing, first at position 1.\n{HINT}"),
        ),
        (
            {"amounts": {"x": [1.0, np.inf, np.nan, -np.inf]}},
            ArgumentError,
            f"Each amount in `x` {SPAN}, not inf (2 of 4, first at position 1).",
        ),
        (
            {"amounts": {"x": [1, "2 €"]}},
            ArgumentError,
            f"Each amount in `x` {SPAN}, not '2 €' (1 of 2, first at position 1).",
        ),
        (
            {"amounts": {"x": [1.0, 1e200]}},
            ArgumentError,
            f"Each amount in `x` {SPAN}, not 1e+200 (1 of 2, first at position 1).",
        ),
        (
            {"amounts": {"x": [1, True]}},
            ArgumentError,
            f"Each amount in `x` {SPAN}, not True (1 of 2, first at position 1).",
        ),
        (
            {"amounts": {"x": [[1, 2]]}},
            ArgumentError,
            "`x` must be a 1-D array or list, not 2-D.",
        ),
        (
            {"amounts": {"x": [1, 2], "y": [1, 2, 3]}},
            MismatchError,
            "`y` must have one amount for each in `x`, not 3 for 2.",
        ),
        (
            {"amounts": {}},
            ArgumentError,
            "`amounts` must have at least one column, not none.",
        ),
        (
            {"amounts": {1: [2]}},
            ArgumentError,
            "The names of amounts must be different strings, not 1.",
        ),
        (
            {"amounts": {"x": [1, 2]}, "weights": [1, -1]},
            ArgumentError,
            "Each weight must be a finite number from 0, not -1 (1 of 2, first at position 1).",
        ),
        (
            {"amounts": {"x": [1, 2]}, "by": ["a"]},
            MismatchError,
            "`by` must have one label per response, not 1 for 2.",
        ),
    ],
)
def test_amounts_that_cannot_be_added_are_explained(
    asked: dict[str, Any], error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as raised:
        Moments.of(**asked)

    assert str(raised.value) == message


def test_moments_of_other_amounts_or_with_weights_do_not_add() -> None:
    with pytest.raises(MismatchError) as raised:
        ACCOUNTS + Moments.of({"start": [1]})
    assert str(raised.value) == (
        "Can't add moments on names ('start',) to moments on names ('start', 'end')."
    )
    with pytest.raises(MismatchError, match="Can't add weighted moments to unweighted ones"):
        ACCOUNTS + WEIGHTED
    with pytest.raises(MismatchError, match="Can't add unweighted moments to weighted ones"):
        WEIGHTED + ACCOUNTS
    with pytest.raises(MismatchError, match=r"Can't add a batch of shape \(1,\)"):
        ACCOUNTS + ACCOUNTS.zeros((1,))
    with pytest.raises(TypeError):
        ACCOUNTS + 1


NOTHING: dict[str, Any] = {"names": ("x",), "n": 0, "scatter": Scatter.empty(1)}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"n": -1}, "`n` must be whole numbers from 0."),
        ({"n": 0.5}, "`n` must be whole numbers from 0."),
        (
            {"n": [1, 2]},
            "`scatter` must be of 1 amounts, one row per `n`, not of shape (1,).",
        ),
        (
            {"squared": Scatter.empty(2)},
            "`squared` must be of 1 amounts, one row per `n`, not of shape (2,).",
        ),
    ],
)
def test_what_is_no_moments_is_refused(content: dict[str, Any], message: str) -> None:
    with pytest.raises(MismatchError) as raised:
        Moments(**NOTHING | content)

    assert str(raised.value) == message


def test_names_and_stored_data_are_checked() -> None:
    with pytest.raises(ArgumentError) as raised:
        Moments(names=("x", "x"), n=0, scatter=Scatter.empty(2))
    assert str(raised.value) == "The names of amounts must be different strings, not 'x', 'x'."
    with pytest.raises(FormatError):
        Moments.from_dict(Scatter.empty(1).to_dict())


@pytest.mark.parametrize("weights", [None, "some"])
def test_many_amounts_in_many_groups_are_those_of_each_group(weights: str | None) -> None:
    """Beyond eight amounts, groups are multiplied as matrices; rows come in any order."""
    rng = np.random.default_rng(8)
    shop, each = rng.integers(0, 5, 40_000), rng.uniform(0.5, 2, 40_000)
    amounts = {f"a{k}": rng.normal(k, 1, 40_000) for k in range(9)}
    given: dict[str, Any] = {} if weights is None else {"weights": each}
    found = Moments.of(amounts, by=shop, **given)

    for label in range(5):
        mine = shop == label
        part: dict[str, Any] = {} if weights is None else {"weights": each[mine]}
        alone = Moments.of({name: column[mine] for name, column in amounts.items()}, **part)
        assert found[label].totals == pytest.approx(alone.totals)
        assert found[label].scatter.products == pytest.approx(alone.scatter.products, abs=1e-6)
