"""Tables at the edge: without rows, without answers, with types of their own; and mistakes."""

import re
from datetime import date
from typing import Any

import dask.dataframe as dd
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cxmetrics import ONE_TO_FIVE, ZERO_TO_TEN, Counts, Scale
from cxmetrics.errors import ArgumentError, CxMetricsError, ScaleError, UnknownKeyError
from cxmetrics.summaries.frames import tabulate
from tests.summaries.frames.engines import (
    NULLABLE,
    Engine,
    database,
    every_engine,
    frame_in,
    in_memory,
)
from tests.summaries.frames.survey import COLUMNS, TABLE, assert_same, counted

FEW = pa.table(
    {
        "recommend": [9, 10, 11, 3, 11, 11],
        "text": ["9", "10 - Extremely likely", "x", "3", "4", None],
        "far": [50, 70, 90, 100, 100, 0],
        "true": [True] * 6,
        "stars": [1, 2, 3, None, 5, 5],
        "shop": ["N", "S", "N", "S", "N", "S"],
        "negative": [1.0, -2.0, 1.0, -9.0, 1.0, 1.0],
        "nan": [1.0, float("nan"), 1.0, 1.0, 1.0, 1.0],
        "null": [1.0, 1.0, None, 1.0, 1.0, 1.0],
        "infinite": [1.0, float("inf"), 1.0, 1.0, 1.0, 1.0],
        "nothing": [0.0] * 6,
        "half": [1.0, 1.0, 2.5, 1.0, 1.0, 1.0],
        "huge": [1.0, 1e300, 1.0, 1.0, 1.0, 1.0],
        "month": [1, 1, 1, 2, 2, 2],
        "when": [date(2024, 1, 1)] * 6,
    }
)


@every_engine
@pytest.mark.parametrize(
    "design", [{}, {"weights": "nan"}, {"clusters": "text"}, {"count": "half"}]
)
def test_an_empty_frame_has_no_answers(engine: str, design: dict[str, Any]) -> None:
    frame = frame_in(engine, FEW[:0])

    alone = tabulate(frame, "stars", ONE_TO_FIVE, **design)
    by_month = tabulate(frame, "stars", ONE_TO_FIVE, by=["shop", "month"], **design)

    assert (alone.n, alone.n_missing, alone.shape) == (0, 0, ())
    assert by_month.columns == {"shop": [], "month": []}
    assert by_month.total().n == 0


@every_engine
def test_a_group_without_answers_stays(engine: str) -> None:
    columns: dict[str, list[Any]] = {
        "stars": [None, 5, None, 4],
        "shop": ["N", "S", "N", "S"],
        "who": [1, 1, 1, 2],
    }
    asked: dict[str, Any] = {
        "column": "stars",
        "scale": ONE_TO_FIVE,
        "by": "shop",
        "clusters": "who",
    }

    found = tabulate(frame_in(engine, pa.table(columns)), **asked)

    assert_same(found, counted(columns, **asked))
    assert (found["N"].n, found["N"].n_missing) == (0, 2)


@every_engine
def test_nobody_answered(engine: str) -> None:
    nothing = pa.array([None, None], pa.float64())
    frame = frame_in(engine, pa.table({"stars": nothing, "who": [1, 2], "shop": ["N", "S"]}))

    found = tabulate(frame, "stars", ONE_TO_FIVE, clusters="who", weights="stars", by="shop")

    assert found.total().n_missing == 2
    assert found.total().design_name == "weighted and clustered"


ORDER = ["low", "none", "mid", "high"]
LEVELS = pd.DataFrame(
    {"stars": [1, 5, 4, 3], "level": pd.Categorical(["mid", "low", None, "high"], ORDER)}
)


ordered = pd.CategoricalDtype(ORDER, ordered=True)
LEVELLED: dict[str, Engine] = {
    "pandas": lambda table: table,
    "pandas, ordered": lambda table: table.astype({"level": ordered}),
    "Polars": lambda table: pl.from_pandas(table, schema_overrides={"level": pl.Enum(ORDER)}),
    "DuckDB": lambda table: database().from_df(table),
    "Dask": lambda table: dd.from_pandas(table, 2),
}


@pytest.mark.parametrize("design", [{}, {"clusters": "stars"}, {"count": "stars"}], ids=str)
@pytest.mark.parametrize("engine", LEVELLED)
def test_categories_have_an_order_and_only_those_that_occur_are_groups(
    engine: str, design: dict[str, Any]
) -> None:
    found = tabulate(LEVELLED[engine](LEVELS), "stars", ONE_TO_FIVE, by="level", **design)

    assert list(found) == ["low", "mid", "high", None]


@pytest.mark.parametrize("engine", ["Polars", "PyArrow"])
def test_categories_without_an_order_are_sorted(engine: str) -> None:
    table = pa.table({"stars": [1, 5, 4], "level": pa.array(["b", "a", None]).dictionary_encode()})

    assert list(tabulate(frame_in(engine, table), "stars", ONE_TO_FIVE, by="level")) == [
        "a",
        "b",
        None,
    ]


@in_memory
def test_categories_of_answers_are_read_as_text(engine: str) -> None:
    if engine == "pandas Arrow" and pd.__version__ < "3":
        pytest.skip("pandas 2 loses the gaps when it groups by Arrow's own kind of categories.")
    answers = pa.array(["5", "x", "1", None]).dictionary_encode()
    table = pa.table({"stars": answers, "who": [1, 2, 1, 2]})

    found = tabulate(frame_in(engine, table), "stars", ONE_TO_FIVE, missing=["x"], clusters="who")

    assert_same(found, Counts.of([5, None, 1, None], ONE_TO_FIVE, clusters=[1, 2, 1, 2]))


def test_days_that_pandas_keeps_as_objects_are_keys_but_have_no_periods() -> None:
    frame = pd.DataFrame({"stars": [1, 2], "day": [date(2024, 1, 1), None]})

    assert list(tabulate(frame, "stars", ONE_TO_FIVE, by="day")) == [date(2024, 1, 1), None]
    with pytest.raises(ArgumentError, match="not 'day' of type Object"):
        tabulate(frame, "stars", ONE_TO_FIVE, period=("day", "month"))


def test_objects_of_numpy_are_what_they_hold() -> None:
    objects = np.array([np.int8(5), np.float32(1), None, np.nan], object)

    found = tabulate(pd.DataFrame({"stars": objects}), "stars", ONE_TO_FIVE)

    assert found == Counts(ONE_TO_FIVE, [1, 0, 0, 0, 1], n_missing=2)


@pytest.mark.parametrize("frame", [FEW.to_pydict(), [1, 2], None, pd.Series([1, 2])], ids=type)
def test_what_is_no_frame(frame: Any) -> None:
    with pytest.raises(TypeError, match="`frame` must be a data frame, not"):
        tabulate(frame, "stars", ONE_TO_FIVE)


@pytest.mark.engines
@pytest.mark.parametrize("by", [["shop"], ["shop", "room"]])
def test_many_partitions_of_dask_with_the_same_index(by: list[str]) -> None:
    parts = [TABLE[i::15].to_pandas(types_mapper=NULLABLE.get) for i in range(15)]
    frame = dd.concat([dd.from_pandas(part, 1) for part in parts])
    asked: dict[str, Any] = {"by": by, "clusters": ["customer"], "weights": "weight"}

    found = tabulate(frame, "stars", ONE_TO_FIVE, **asked)

    assert_same(found, counted(COLUMNS, "stars", ONE_TO_FIVE, **asked))


def test_what_sql_has_counted_is_counted() -> None:
    answers = database().from_arrow(TABLE)
    table = answers.aggregate("shop, CAST(stars AS DECIMAL(4, 1)) AS stars, sum(1) AS times")

    found = tabulate(table, "stars", ONE_TO_FIVE, by="shop", count="times")

    assert_same(found, counted(COLUMNS, "stars", ONE_TO_FIVE, by="shop"))


WEIGHT = "Each weight must be a finite number from 0, not "
COUNT = "`count` must be whole numbers from 0 to 2**53, not "
MISTAKES: list[tuple[dict[str, Any], type[Exception], str]] = [
    (
        {"column": "recommend"},
        ScaleError,
        (
            "Each response must be on scale 0-10, not 11 (3 of 6).\n"
            "Hint: if 11 means no answer, did you mean missing=[11]?"
        ),
    ),
    (
        {"column": "text", "missing": ["x"], "by": "shop"},
        ScaleError,
        (
            "Each response must be on scale 0-10, not '10 - Extremely likely' (1 of 6).\n"
            "Hint: did you mean [int(answer.split()[0]) for answer in responses]?"
        ),
    ),
    (
        {"column": "far", "by": "shop"},
        ScaleError,
        (
            "Each response must be on scale 0-10, not 50 (1 of 6).\n"
            "Hint: are the answers on another scale than 0-10?"
        ),
    ),
    (
        {"column": "true", "count": "month"},
        ScaleError,
        "Each response must be on scale 0-10, not True (9 of 9).\nHint: did you mean scale=YES_NO?",
    ),
    *(
        (
            {argument: "shpo"} | ({} if argument == "column" else {"column": "stars"}),
            UnknownKeyError,
            "There is no column 'shpo'.\nHint: did you mean 'shop'?",
        )
        for argument in ("column", "by", "weights", "clusters", "count")
    ),
    (
        {"column": "stars", "period": ("wehn", "day")},
        UnknownKeyError,
        "There is no column 'wehn'.\nHint: did you mean 'when'?",
    ),
    ({"column": "stars", "weights": "negative"}, ArgumentError, WEIGHT + "-2.0."),
    ({"column": "stars", "weights": "nan", "by": "shop"}, ArgumentError, WEIGHT + "nan."),
    ({"column": "stars", "weights": "null", "by": "shop"}, ArgumentError, WEIGHT + "nan."),
    ({"column": "stars", "weights": "infinite"}, ArgumentError, WEIGHT + "inf."),
    (
        {"column": "stars", "weights": "nothing", "by": "shop"},
        ArgumentError,
        "One weight must be above 0, but all 5 of them are 0.",
    ),
    (
        {"column": "stars", "weights": "text"},
        ArgumentError,
        "`weights` must be a column of numbers, not 'text' of type String.",
    ),
    ({"column": "stars", "count": "negative"}, ArgumentError, COUNT + "-9."),
    ({"column": "stars", "count": "nan"}, ArgumentError, COUNT + "nan."),
    ({"column": "stars", "count": "null"}, ArgumentError, COUNT + "nan."),
    ({"column": "stars", "count": "infinite"}, ArgumentError, COUNT + "inf."),
    ({"column": "stars", "count": "huge"}, ArgumentError, COUNT + "1e+300."),
    ({"column": "stars", "count": "half"}, ArgumentError, COUNT + "fractions."),
    (
        {"column": "stars", "count": "shop"},
        ArgumentError,
        "`count` must be a column of numbers, not 'shop' of type String.",
    ),
    (
        {"column": "stars", "period": ("when", "moth")},
        ArgumentError,
        (
            "`period` must be 'day', 'week', 'month', 'quarter' or 'year', not 'moth'.\n"
            "Hint: did you mean 'month'?"
        ),
    ),
    (
        {"column": "stars", "period": "when"},
        ArgumentError,
        (
            "`period` must be a column and a period, not 'when'.\n"
            "Hint: did you mean period=('when', 'month')?"
        ),
    ),
    (
        {"column": "stars", "period": ("shop", "day")},
        ArgumentError,
        (
            "`period` must be a column of dates or times, not 'shop' of type String.\n"
            "Hint: did you mean to make dates of it first?"
        ),
    ),
    (
        {"column": "stars", "period": ("when", "month"), "by": ["month"]},
        ArgumentError,
        "`by` must not have a column 'month' beside a period of that name.",
    ),
    (
        {"column": "stars", "by": []},
        ArgumentError,
        "`by` must have at least one column, not none.",
    ),
    (
        {"column": "stars", "scale": Scale(0, 21), "clusters": "shop"},
        ScaleError,
        (
            "`clusters` must be on a scale of at most 21 points, not 22.\n"
            "Hint: did you mean to group the answers first, as answer // 2?"
        ),
    ),
]


@every_engine
@pytest.mark.parametrize(
    ("asked", "error", "message"),
    MISTAKES,
    ids=[str(asked) for asked, _, _ in MISTAKES],
)
def test_every_engine_has_the_same_words_for_a_mistake(
    engine: str, asked: dict[str, Any], error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as raised:
        tabulate(frame_in(engine, FEW), **{"scale": ZERO_TO_TEN} | asked)

    assert type(raised.value) is error
    assert without_places(str(raised.value)) == without_places(message)


def without_places(message: str) -> str:
    """A message without the row, which arrays have and engines have not."""
    message = re.sub(r", first at position \d+", "", message)
    return re.sub(r"(each weight.*) \(.*\)", r"\1", message, flags=re.IGNORECASE)
