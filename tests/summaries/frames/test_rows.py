"""latest_per and draw_sample: choosing rows, in the library that has them."""

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import ArgumentError, UnknownKeyError
from cxmetrics.summaries.frames import draw_sample, latest_per
from tests.summaries.frames.engines import every_engine, frame_in, in_memory

VISITS = pa.table(
    {
        "customer": ["Ann", "Bob", None, "Ann", "Bob", None, "Cid"],
        "when": [1.0, 5.0, 2.0, 3.0, 4.0, None, None],
        "recommend": [10, 9, 8, 7, 6, 5, 4],
    }
)
CUSTOMERS = pa.table(
    {
        "customer": list(range(12)),
        "region": ["N", "S", None, "N"] * 3,
        "plan": ["free"] * 6 + ["paid"] * 6,
    }
)


def column(frame: Any, name: str) -> list[Any]:
    """A column of the frame of any library."""
    values: list[Any] = nw.from_native(frame).lazy().collect()[name].to_list()
    return values


@every_engine
def test_each_customer_has_one_row_and_nobody_without_a_name_is_lost(engine: str) -> None:
    frame = frame_in(engine, VISITS)

    latest = latest_per(frame, "customer", "when")

    assert type(latest) is type(frame)
    assert nw.from_native(latest).lazy().collect_schema().names() == VISITS.column_names
    assert sorted(column(latest, "recommend")) == [4, 5, 7, 8, 9]


@in_memory
def test_a_frame_in_memory_keeps_its_order_and_the_last_of_equal_times(engine: str) -> None:
    table = pa.table({"who": [2, 1, 1, 2, 3], "when": [1, 1, 1, 0, 0], "row": [0, 1, 2, 3, 4]})

    assert column(latest_per(frame_in(engine, table), "who", "when"), "row") == [0, 2, 4]


@in_memory
def test_no_rows_have_no_latest_ones(engine: str) -> None:
    assert column(latest_per(frame_in(engine, VISITS[:0]), "customer", "when"), "when") == []


@pytest.mark.parametrize("names", [("custmer", "when"), ("customer", "whem")])
def test_the_latest_of_a_column_that_is_not_there(names: tuple[str, str]) -> None:
    with pytest.raises(UnknownKeyError, match=r"(?s)There is no column .* did you mean '(c|w)"):
        latest_per(VISITS, *names)


@in_memory
@pytest.mark.parametrize("by", ["region", ["region", "plan"]])
def test_a_draw_takes_so_many_of_each_segment(engine: str, by: Any) -> None:
    frame = frame_in(engine, CUSTOMERS)
    segments = list(zip(*(column(frame, name) for name in np.atleast_1d(by)), strict=True))

    drawn = column(draw_sample(frame, 1, by=by, rng=1), "customer")

    assert drawn == sorted(set(drawn))
    assert sorted(str(segments[i]) for i in drawn) == sorted(map(str, set(segments)))
    assert column(draw_sample(frame, 1, by=by, rng=1), "customer") == drawn


def test_segments_have_numbers_of_their_own_and_those_without_have_none() -> None:
    drawn = draw_sample(CUSTOMERS, {"N": 4, None: 2}, by="region", rng=np.random.default_rng(1))

    assert sorted(drawn["region"].to_pylist(), key=str) == ["N"] * 4 + [None] * 2
    several = draw_sample(CUSTOMERS, {("S", "paid"): 1}, by=["region", "plan"], rng=1)
    assert several.drop("customer").to_pylist() == [{"region": "S", "plan": "paid"}]
    assert draw_sample(CUSTOMERS, {}, by="region", rng=1).num_rows == 0


@given(st.integers(1, 4), st.integers(0, 1000))
def test_each_customer_is_as_likely_as_the_others(number: int, seed: int) -> None:
    frame = pl.DataFrame({"customer": range(5), "region": ["N"] * 5})

    drawn = draw_sample(frame, number, by="region", rng=seed)["customer"].to_list()

    expected = np.sort(np.random.default_rng(seed).choice(5, number, replace=False))
    assert drawn == expected.tolist()


@pytest.mark.parametrize(
    ("frame", "number", "by", "rng", "error", "message"),
    [
        (
            CUSTOMERS,
            4,
            "region",
            1,
            ArgumentError,
            "`per_segment` must be at most what a segment has, not 4 for 3 in 'S'.",
        ),
        (CUSTOMERS, 0, "region", 1, ArgumentError, "`per_segment` must be at least 1, not 0."),
        (
            CUSTOMERS,
            {"n": 1},
            "region",
            1,
            UnknownKeyError,
            "There is no segment 'n'.",
        ),
        (CUSTOMERS, 1, [], 1, ArgumentError, "`by` must have at least one column, not none."),
        (
            CUSTOMERS,
            1,
            "regio",
            1,
            UnknownKeyError,
            "There is no column 'regio'.\nHint: did you mean 'region'?",
        ),
        (
            pl.LazyFrame(CUSTOMERS),
            1,
            "region",
            1,
            ArgumentError,
            "`frame` must be in memory, not lazy.\nHint: did you mean to collect it first?",
        ),
    ],
)
def test_a_draw_that_cannot_be(
    frame: Any, number: Any, by: Any, rng: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        draw_sample(frame, number, by=by, rng=rng)

    assert str(raised.value) == message


def test_a_mapping_has_no_rows_to_draw() -> None:
    with pytest.raises(TypeError, match="dict"):
        draw_sample(CUSTOMERS.to_pydict(), 1, by="region", rng=1)


def test_pandas_keeps_the_index_of_its_rows() -> None:
    frame = pd.DataFrame({"who": [1, 1, 2], "when": [2, 1, 1]}, index=[7, 8, 9])

    assert draw_sample(frame, 1, by="who", rng=1).index.isin([7, 8, 9]).all()
