"""Amounts and revenue of any frame are those of the same lists, in every engine."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmetrics import Grouped
from cxmetrics.errors import ArgumentError, CxMetricsError, UnknownKeyError
from cxmetrics.summaries.frames.amounts import tabulate_amounts, tabulate_revenue
from cxmetrics.summaries.moments import Moments
from cxmetrics.summaries.revenue import Revenue
from tests.strategies import assert_same_moments, revenues, sampling_weights
from tests.summaries.frames.engines import IN_MEMORY, database, every_engine, frame_in
from tests.summaries.frames.survey import COLUMNS, ROWS, TABLE, any_of, first_day, names
from tests.summaries.frames.test_tabulate import without_places

rng = np.random.default_rng(2)
AMOUNTS: dict[str, list[Any]] = {
    "spend": rng.lognormal(3, 2, ROWS).tolist(),
    "orders": any_of([0, 1, 2, 5]),
    "stamp": (1e9 + rng.normal(size=ROWS)).tolist(),  # alike but for the last digits
    "start": any_of([0, 100.0, 250, 1e6 / 3]),
    "end": any_of([0, 100.0, 260, 1e6 / 7]),
}
EVERY = COLUMNS | AMOUNTS
FRAME = TABLE
for _name, _values in AMOUNTS.items():
    FRAME = FRAME.append_column(_name, pa.array(_values))


def labels_of(by: Any, period: tuple[str, str] | None = None) -> Mapping[str, Any] | None:
    labels = {name: EVERY[name] for name in names(by)}
    if period is not None:
        when, unit = period
        labels[unit] = [first_day(value, unit) for value in EVERY[when]]
    return labels or None


def assert_same(found: Any, expected: Any) -> None:
    """The same keys in the same order, and the same sums to rounding."""
    assert type(found) is type(expected)
    if isinstance(found, Grouped):
        assert found.columns == expected.columns
        found, expected = found.batch, expected.batch
    if isinstance(found, Moments):
        assert_same_moments(found, expected)
        return
    assert_same_moments(found.moments, expected.moments)
    np.testing.assert_allclose(found.largest.amounts, expected.largest.amounts, rtol=1e-15)
    np.testing.assert_array_equal(found.n_new, expected.n_new)
    np.testing.assert_allclose(found.new, expected.new, rtol=1e-12)


CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "weighted": {"weights": "weight"},
    "one column": {"columns": "spend"},
    "whole numbers": {"columns": "orders", "by": "floor"},
    "by text": {"by": "shop"},
    "by fractions, weighted": {"by": "half", "weights": "weight"},
    "by several, weighted": {"by": ["shop", "room", "open"], "weights": "weight"},
    "by days": {"by": ["day"]},
    "by months": {"period": ("when", "month"), "columns": "stamp"},
    "by weeks and shops": {"period": ("day", "week"), "by": "shop", "weights": "weight"},
}


@every_engine
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_engine_finds_the_moments_of_the_lists(engine: str, case: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"columns": ["spend", "stamp"]} | case
    weights = case.get("weights")

    found = tabulate_amounts(frame_in(engine, FRAME), **asked)

    expected = Moments.of(
        {name: EVERY[name] for name in names(asked["columns"])},
        by=labels_of(case.get("by"), case.get("period")),
        weights=None if weights is None else EVERY[weights],
    )
    assert_same(found, expected)


@every_engine
@pytest.mark.parametrize("weights", [None, "weight"])
@pytest.mark.parametrize("by", [None, "open", ["shop", "room"]], ids=str)
def test_every_engine_finds_the_revenue_of_the_lists(
    engine: str, by: Any, weights: str | None
) -> None:
    found = tabulate_revenue(frame_in(engine, FRAME), "start", "end", by=by, weights=weights)

    assert_same(
        found,
        Revenue.of(
            EVERY["start"],
            EVERY["end"],
            by=labels_of(by),
            weights=None if weights is None else EVERY[weights],
        ),
    )


@every_engine
def test_parts_of_a_frame_add_to_the_whole(engine: str) -> None:
    parts = [frame_in(engine, FRAME[rows]) for rows in (slice(45), slice(45, ROWS), slice(ROWS))]

    one, two, both = (tabulate_amounts(part, ["spend", "stamp"], by="shop") for part in parts)
    assert_same(one + two, both)
    first, second, every = (tabulate_revenue(part, "start", "end", by="shop") for part in parts)
    assert_same(first + second, every)


@every_engine
@pytest.mark.parametrize("weights", [None, "weight"])
def test_an_empty_frame_has_no_customers(engine: str, weights: str | None) -> None:
    frame = frame_in(engine, FRAME[:0])

    assert tabulate_amounts(frame, "spend", weights=weights).n == 0
    assert tabulate_amounts(frame, "spend", by="shop", weights=weights).columns == {"shop": []}
    assert tabulate_revenue(frame, "start", "end", weights=weights).n == 0
    assert len(tabulate_revenue(frame, "start", "end", by="shop", weights=weights)) == 0


def test_groups_far_apart_lose_no_digits_in_an_engine() -> None:
    """About one common mean, the spread of each group would drown in the distance of both."""
    columns = {"x": [1e12, 1e12 + 1, 1e12 + 4, 1.0, 2.0, 5.0], "shop": [*"NNNSSS"]}
    frame = database().from_arrow(pa.table(columns))

    found = tabulate_amounts(frame, "x", by="shop")

    variance = np.var([0, 1, 4], ddof=1)
    assert found.batch.covariance.ravel() == pytest.approx([variance, variance], rel=1e-12)


def test_arrays_in_memory_and_what_sql_has_counted_are_read() -> None:
    decimals = database().sql("SELECT 1.25::DECIMAL(6, 2) AS x UNION ALL SELECT 3.75")
    categories = pd.Categorical(["b", "a", "b"], ["b", "a"])
    frame = pd.DataFrame({"x": [1, 2, 5], "level": categories, "w": [1.0, 2.0, 1.0]})

    assert tabulate_amounts(decimals, "x").means.tolist() == [2.5]
    assert list(tabulate_amounts(frame, "x", by="level", weights="w")) == ["b", "a"]
    assert tabulate_revenue(frame, "x", "x", by="level", weights="w")["b"].start == 6
    assert tabulate_revenue(frame, "x", "x").end == 8
    schema: Any = {"x": pl.Int64, "level": pl.Enum(["b", "a"])}
    levels = pl.LazyFrame({"x": [1, 2, 5], "level": ["b", "a", "b"]}, schema)
    revenue = tabulate_revenue(levels, "x", "x", by="level")
    assert list(revenue) == ["b", "a"]
    assert revenue["b"].largest.amounts[:3].tolist() == [5, 1, 0]


@settings(max_examples=8)
@given(st.data())
def test_any_accounts_in_memory_are_summed_up_alike(data: st.DataObject) -> None:
    n = data.draw(st.integers(0, 15))
    labels = st.lists(st.sampled_from(["N", "S", None]), min_size=n, max_size=n)
    columns: dict[str, Any] = {
        "start": data.draw(revenues(n)),
        "end": data.draw(revenues(n)),
        "weight": data.draw(sampling_weights(n)),
        "shop": data.draw(labels),
    }
    weights = data.draw(st.sampled_from([None, "weight"]))
    schema = pa.schema([(name, pa.float64()) for name in ("start", "end", "weight")])
    table = pa.table(columns, schema.append(pa.field("shop", pa.string())))
    each = None if weights is None else columns["weight"]

    frame = frame_in(data.draw(st.sampled_from(IN_MEMORY)), table)
    by = {"shop": columns["shop"]}

    assert_same(
        tabulate_revenue(frame, "start", "end", by="shop", weights=weights),
        Revenue.of(columns["start"], columns["end"], by=by, weights=each),
    )
    assert_same(
        tabulate_amounts(frame, ["end", "start"], by="shop", weights=weights),
        Moments.of({name: columns[name] for name in ("end", "start")}, by=by, weights=each),
    )


# ---------------------------------------------------------------------- errors

FEW = pa.table(
    {
        "good": [1.0, 2.0, 3.0, 4.0],
        "gappy": [1.0, None, float("nan"), 4.0],
        "infinite": [1.0, 2.0, float("inf"), 4.0],
        "negative": [1.0, -2.0, -3.0, 4.0],
        "below": [1.0, float("-inf"), 3.0, 4.0],
        "nothing": [0.0] * 4,
        "shop": ["N", "S", "N", "S"],
    }
)
HINT = "Hint: did you mean 0 for these, as for accounts that left, or to drop their rows?"
SPAN = "must be a number from -1e+100 to 1e+100"
POSITIVE = "must be a number from 0 to 1e+100"
MISTAKES: list[tuple[dict[str, Any], type[Exception], str]] = [
    (
        {"columns": ["good", "gappy"], "by": "shop"},
        ArgumentError,
        f"Each amount in `gappy` {SPAN}, but 2 of 4 are missing.\n{HINT}",
    ),
    (
        {"columns": "infinite"},
        ArgumentError,
        f"Each amount in `infinite` {SPAN}, not inf (1 of 4).",
    ),
    (
        {"columns": "below", "by": "shop"},
        ArgumentError,
        f"Each amount in `below` {SPAN}, not -inf (1 of 4).",
    ),
    (
        {"columns": "shop"},
        ArgumentError,
        "`columns` must be a column of numbers, not 'shop' of type String.",
    ),
    (
        {"columns": "goods"},
        UnknownKeyError,
        "There is no column 'goods'.\nHint: did you mean 'good'?",
    ),
    ({"columns": []}, ArgumentError, "`columns` must have at least one column, not none."),
    (
        {"columns": ["good", "good"]},
        ArgumentError,
        "The names of amounts must be different strings, not 'good', 'good'.",
    ),
    (
        {"columns": "good", "weights": "negative"},
        ArgumentError,
        "Each weight must be a finite number from 0, not -3.0.",
    ),
    (
        {"columns": "good", "weights": "gappy", "by": "shop"},
        ArgumentError,
        "Each weight must be a finite number from 0, not nan.",
    ),
    (
        {"columns": "good", "weights": "nothing"},
        ArgumentError,
        "One weight must be above 0, but all 4 of them are 0.",
    ),
    (
        {"start": "negative", "end": "good", "by": "shop"},
        ArgumentError,
        (
            f"Each amount in `start` {POSITIVE}, not -3.0 (2 of 4).\n"
            "Hint: did you mean to take credits off the revenue of their account first?"
        ),
    ),
    (
        {"start": "good", "end": "gappy"},
        ArgumentError,
        f"Each amount in `end` {POSITIVE}, but 2 of 4 are missing.\n{HINT}",
    ),
    (
        {"start": "good", "end": "shop"},
        ArgumentError,
        "`end` must be a column of numbers, not 'shop' of type String.",
    ),
]


@every_engine
@pytest.mark.parametrize(
    ("asked", "error", "message"), MISTAKES, ids=[str(asked) for asked, _, _ in MISTAKES]
)
def test_every_engine_has_the_same_words_for_a_mistake(
    engine: str, asked: dict[str, Any], error: type[CxMetricsError], message: str
) -> None:
    door: Any = tabulate_revenue if "start" in asked else tabulate_amounts
    with pytest.raises(error) as raised:
        door(frame_in(engine, FEW), **asked)

    assert type(raised.value) is error
    found = without_places(str(raised.value))
    # Of several numbers arrays show the first, and engines the smallest.
    assert found.replace("not -2.0", "not -3.0") == without_places(message)
